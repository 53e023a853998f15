/*
 * NumPy's .npz files: a zip of .npy files, one for each named array.
 *
 * Unpacked into memory, with caps; what isn't a .npy file is refused. The zip
 * is read by libarchive.
 */
#ifndef FORMAT_NPZ_H
#define FORMAT_NPZ_H

#include "base/arena.h"
#include "base/error.h"
#include "format/ndarray.h"

#include <stdbool.h>

struct npz_entry {
	const char *name; /* without ".npy" */
	struct ndarray array;
};

struct npz {
	struct arena arena; /* owns all of it */
	struct npz_entry *entries; /* sorted by name */
	size_t count;
};

/* Whether the bytes begin as a zip with a .npy file first. */
bool npz_is(const unsigned char *data, size_t len);

/* `limit`: more than 10 000 arrays or 1 GiB. `invalid`: no zip, a damaged or
 * encrypted one, a member that is no .npy file, a name twice. */
int npz_decode(struct npz *ret, const unsigned char *data, size_t len,
	       struct error *err);
void npz_release(struct npz *npz);

#endif
