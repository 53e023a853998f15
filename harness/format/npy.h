/*
 * NumPy's .npy files: one array, viewed in place.
 *
 * The header is a Python literal ({'descr': ..., 'fortran_order': ...,
 * 'shape': ...}), read by a parser of just that. An array of objects is a
 * pickle behind the header, and is refused here.
 *
 * Source: NEP 1, format versions 1.0 to 3.0.
 */
#ifndef FORMAT_NPY_H
#define FORMAT_NPY_H

#include "base/arena.h"
#include "base/error.h"
#include "format/ndarray.h"

/* Whether the bytes begin as such a file does. */
bool npy_is(const unsigned char *data, size_t len);

/* The array's data are a view of the bytes; its type and shape the arena's.
 * `invalid` names the offset. Bytes after the data are refused. */
int npy_decode(struct arena *arena, const unsigned char *data, size_t len,
	       struct ndarray *ret, struct error *err);

#endif
