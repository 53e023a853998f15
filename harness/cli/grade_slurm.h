/*
 * `bis grade --engine slurm`: a class on a cluster, as one job array. A task
 * is one student, graded by `bis grade --shard I/N` into OUT/shards/I; what
 * is done is merged into OUT as by `bis merge`. Tasks that a lost node took
 * with it are requeued by Slurm, and submitted again where it did not.
 *
 * OUT must be on a file system that all nodes share, and `bis` must be there
 * under the same path. Slurm's own commands are used (sbatch, squeue, scancel),
 * found in PATH.
 */
#ifndef CLI_GRADE_SLURM_H
#define CLI_GRADE_SLURM_H

#include "base/arena.h"
#include "base/error.h"
#include "cli/command.h"

#include <stddef.h>

struct slurm_array {
	const char *bis, *out;
	const struct arguments *arguments; /* of `bis grade` */
	const size_t *tasks;               /* from 1: whom to grade */
	size_t task_count, class_size;
	size_t at_once;                    /* 0: as many as there is room */
};

/* Submits the array, waits until all of it has left the queue, and merges
 * what was graded. -1 also where a signal came (ERROR_CANCELLED): then the
 * array was cancelled. */
int slurm_grade(const struct slurm_array *array, struct arena *arena,
		struct error *err);

#endif
