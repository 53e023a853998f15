/*
 * A class, graded: each submission by a `bis run` of its own, so many at a
 * time, with a journal written ahead (grade/journal.h). Ended at any moment,
 * by a signal, a kill or a power cut, and begun again with the same arguments,
 * it goes on where it was.
 *
 * It gives up after BATCH_PATIENCE submissions in a row that the machine could
 * not grade: the next forty would say the same.
 */
#ifndef GRADE_BATCH_H
#define GRADE_BATCH_H

#include "base/vec.h"
#include "grade/job.h"
#include "grade/journal.h"

enum { BATCH_PATIENCE = 3 };

struct batch;

/* Who looks on: told of every change of a job, and often in between. */
struct batch_watcher {
	void (*changed)(struct batch_watcher *self, const struct batch *batch,
			const struct job *job);
	void (*tick)(struct batch_watcher *self, const struct batch *batch);
};

struct batch {
	struct job_options options;
	const char *out;
	size_t jobs; /* at a time */
	int64_t max_disk; /* bytes that the engine's images may take; 0: any */
	struct journal *journal;
	struct batch_watcher *watcher;
	struct arena *arena;
	VEC(struct job) students; /* in the order of the entries */
	bool crowded;             /* they take more, nobody is started */
	size_t in_a_row;          /* that the machine could not grade */
	const char *last_problem; /* of those, why */
};

/* Which of those that were graded before are graded again. */
struct batch_again {
	bool failed;                /* where a scored check does not hold, and
				     * every problem */
	const char *const *ids;
	size_t id_count;
};

/* Looks at what is there: whoever was graded is JOB_GRADED, with `before`. */
int batch_init(struct batch *batch, const struct entries *entries,
	       const struct batch_again *again, struct error *err);
void batch_release(struct batch *batch);

/* Grades those that wait. -1 where it had to stop before the end: a signal
 * (ERROR_CANCELLED), the disk, the journal, or too many problems in a row. */
int batch_run(struct batch *batch, struct error *err);

/* How many stacks this machine has room for: one a processor, and `memory`
 * bytes each. At least 1. */
size_t batch_jobs_auto(int64_t memory);

#endif
