/*
 * A folder as a student left it, copied for grading: without `.git`, links
 * that lead out, devices, and what can't be read.
 */
#ifndef SUBMISSION_FOLDER_COPY_H
#define SUBMISSION_FOLDER_COPY_H

#include "submission/tree_writer.h"

/* Copies what is in `from` with its times; tree_writer_finish() is called. */
int folder_copy(const char *from, struct tree_writer *into, struct error *err);

#endif
