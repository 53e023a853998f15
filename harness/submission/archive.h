/*
 * An archive as it was handed in: .zip, .tar, and .tar with gzip, bzip2, xz or
 * zstd, read by libarchive. No other format and no filter that is a program
 * (libarchive falls back to those). Where everything lies in one folder, as
 * in what a forge gives for download, that folder is the submission.
 */
#ifndef SUBMISSION_ARCHIVE_H
#define SUBMISSION_ARCHIVE_H

#include "submission/tree_writer.h"

/* Whether the bytes begin as one of them does. */
bool archive_is(const unsigned char *data, size_t len);

/* Unpacks from an open file; tree_writer_finish() is called. To be called in
 * a child, see base/confined.h: ERROR_INVALID where it is broken or wants a
 * password. */
int archive_unpack(int fd, const char *name, struct tree_writer *into,
		   struct error *err);

#endif
