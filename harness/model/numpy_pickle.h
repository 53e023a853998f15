/*
 * Writing NumPy 2's arrays and scalars into a pickle of protocol 5, inside
 * model/. An element type is one object for all arrays that have it.
 */
#ifndef MODEL_NUMPY_PICKLE_H
#define MODEL_NUMPY_PICKLE_H

#include "model/pickler.h"

enum numpy_type {
	NUMPY_BOOL,
	NUMPY_INT64,
	NUMPY_FLOAT64,
	NUMPY_OBJECT,
	NUMPY_INTP, /* int64 too, but the one that Cython's intp_t has */
	NUMPY_UINT8,
	NUMPY_TREE_NODE, /* struct tree_node */
	NUMPY_TYPES,
};

struct numpy_pickle {
	struct pickler *p;
	pickler_id types[NUMPY_TYPES];
	pickler_id letter_b; /* b'b' */
};

/* A contiguous array of numbers or nodes. */
void numpy_pickle_array(struct numpy_pickle *np, enum numpy_type type,
			const void *data, const int64_t *shape, size_t n_dims);

/* A NumPy scalar of 8 bytes. */
void numpy_pickle_scalar(struct numpy_pickle *np, enum numpy_type type,
			 const void *value);

/* An array of n objects: they are the items of a list between the two, as of
 * pickler_list(). */
pickler_id numpy_pickle_objects_begin(struct numpy_pickle *np, int64_t n,
				      struct pickler_batch *b);
void numpy_pickle_objects_end(struct numpy_pickle *np, struct pickler_batch *b);

/* An array of n texts, each an object of its own. */
void numpy_pickle_texts(struct numpy_pickle *np, const char *const *texts,
			size_t n);

#endif
