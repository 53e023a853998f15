/*
 * From what was given to a tree: which of folder, repository and archive it
 * is, and its files, copied by a child where a library reads them.
 */
#ifndef SUBMISSION_SOURCE_H
#define SUBMISSION_SOURCE_H

#include "submission/submission.h"

/* Fills root (below the scratch folder, which is there), commit, chosen_by,
 * date, files, left_out and notes. */
int source_take(struct submission *submission,
		const struct submission_options *options, struct error *err);

#endif
