/*
 * What to do next: of the checks that do not hold, those that a person can
 * do something about, the ones that give most points first.
 */
#ifndef REPORT_NEXT_STEPS_H
#define REPORT_NEXT_STEPS_H

#include "base/vec.h"
#include "event/result.h"

#include <stddef.h>

struct next_step {
	const struct check_result *check; /* failed, error or inconclusive */
	const struct exercise_result *exercise;
	size_t number;  /* of the exercise, see exercise_number() */
	double points;  /* that it gives, with those of checks it blocks */
	size_t blocks;  /* how many checks wait for it */
	size_t order;   /* of the check in the result */
	size_t others;  /* more checks that could not be decided, for the same
			 * reason to the letter; points has theirs too */
	const struct diagnosis *diagnosis; /* or NULL */
	const struct next_step *same; /* the step whose cause it shares, so
				       * that it need not be told twice */
};

struct next_steps {
	VEC(struct next_step) steps;
};

/* Failed checks with points by points, then those that could not be decided
 * (one step a reason), then advice; in the order of the result where equal. */
void next_steps_collect(struct next_steps *next, const struct result *result);
void next_steps_release(struct next_steps *next);

/* The number that people see of an exercise: from 1, 0 for one that gives no
 * points ("+"). */
size_t exercise_number(const struct result *result, size_t index);

#endif
