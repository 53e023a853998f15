/*
 * Two results to report on, as a run would leave them: one where everything
 * holds, and one with every verdict, a diagnosis, a repair, and texts that a
 * hostile submission might have returned. Times and ids are fixed.
 */
#ifndef TESTS_REPORT_SAMPLE_H
#define TESTS_REPORT_SAMPLE_H

#include "event/result.h"

struct result *sample_passing(struct arena *arena);
struct result *sample_failing(struct arena *arena);

/* For tests of one rule: an empty result with one exercise of that many
 * points, and a check in it. */
struct result *sample_empty(struct arena *arena);
struct exercise_result *sample_exercise(struct result *result, const char *id,
					const char *title, double max_points);
struct check_result *sample_check(struct result *result,
				  struct exercise_result *exercise,
				  const char *id, enum verdict verdict,
				  double max_points);
/* Adds up points as run/points.h does. */
void sample_add_up(struct result *result);

#endif
