/*
 * Where a submission is graded: a folder of Bis's own below $TMPDIR or /tmp,
 * "bis-submission-XXXXXX", alive while Bis holds its lock (see
 * base/locked_folder.h).
 *
 *	tree/         the copy that is graded; services may write into it
 *	history.git/  its objects and references
 *	recorded/     generated state that was moved aside
 *	given/        an archive's folders, while it is unpacked
 *	kept          names the folder of a stack that goes on using it
 */
#ifndef SUBMISSION_SCRATCH_H
#define SUBMISSION_SCRATCH_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* As whom services run, see stack/account.h: the tree becomes theirs. */
struct scratch_owner {
	bool drop; /* they are others than we */
	uid_t uid;
	gid_t gid;
};

enum { SCRATCH_PATH = 512 };
struct scratch {
	char path[SCRATCH_PATH];
	int lock; /* -1: there is none */
	bool kept;
};
#define SCRATCH_INIT { "", -1, false }

int scratch_make(struct scratch *scratch, const struct scratch_owner *owner,
		 struct error *err);
/* Removes it, unless it is kept. -1 where something of it stays: services
 * wrote files into it that are not ours to remove. */
int scratch_end(struct scratch *scratch, struct error *err);
/* Leaves it for as long as that stack's folder is there. */
int scratch_keep(struct scratch *scratch, const char *stack_folder,
		 struct error *err);

struct scratch_cleaned {
	size_t removed, alive, stubborn;
	struct error why; /* of the first that is stubborn */
};
/* Removes those that nobody holds and no stack uses: every start of a run does
 * it, and `bis clean`. */
void scratch_clean(struct scratch_cleaned *ret);

#endif
