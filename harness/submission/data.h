/* The data that a submission is trained on: its own, or the instructor's. */
#ifndef SUBMISSION_DATA_H
#define SUBMISSION_DATA_H

#include "submission/submission.h"

/*
 * places: where the data may lie, as patterns of paths; the first that is a
 * folder, else the first without wildcards. data: the instructor's, which
 * takes that place; what differs from the submission's own is a note. Without
 * data anywhere submission->no_data says so.
 */
int data_place(struct submission *submission, const json_t *places,
	       const char *data, struct error *err);

#endif
