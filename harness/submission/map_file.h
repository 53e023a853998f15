/*
 * bis.yaml in a submission: which service plays a role, and under which name
 * something is logged, where Bis would not find it by itself. Nothing else is
 * taken from a submission: no command, probe, remedy or point.
 *
 *	roles: { api: backend }
 *	names: { auc: my_auc }
 */
#ifndef SUBMISSION_MAP_FILE_H
#define SUBMISSION_MAP_FILE_H

#include "submission/submission.h"

/* Fills submission->maps; what the file holds beside is a note, and so is a
 * file that can't be read. */
int map_file_read(struct submission *submission, struct error *err);

#endif
