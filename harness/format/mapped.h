/*
 * A regular file, mapped read-only: decoders look at it in place, so that a
 * model of 60 MB costs address space and no memory of our own.
 *
 * The bytes are those of the file while nobody writes to it: artifacts are
 * copied or finished before they are read. An empty file has len 0 and a
 * valid `data`.
 */
#ifndef FORMAT_MAPPED_H
#define FORMAT_MAPPED_H

#include "base/error.h"

#include <stddef.h>

struct mapped {
	const unsigned char *data;
	size_t len;
	void *mapping; /* NULL where nothing is mapped */
};

#define MAPPED_INIT { NULL, 0, NULL }

/* The largest file that is read at all: 4 GiB. */
#define MAPPED_MAX ((size_t)4 << 30)

/* A folder, a device or a FIFO is refused; larger than max_len is `limit`. */
int mapped_open(struct mapped *m, const char *path, size_t max_len,
		struct error *err);
void mapped_close(struct mapped *m); /* back to MAPPED_INIT */

#endif
