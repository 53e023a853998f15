/*
 * A growing array of any type, as a struct with `at`, `len` and `alloc`:
 *
 *	VEC(struct check) checks = VEC_INIT;
 *	*vec_push(&checks) = (struct check){ ... };
 *	for (size_t i = 0; i < checks.len; i++) use(&checks.at[i]);
 *	vec_release(&checks);
 *
 * Pointers into it are good until the next push. Elements are not destroyed:
 * what they own is the arena's or the caller's business.
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include "base/alloc.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define VEC(type) struct { type *at; size_t len, alloc; }
#define VEC_INIT { NULL, 0, 0 }

/* A zeroed new element at the end; gives its address. */
#define vec_push(v) \
	(vec_grow_((void **)&(v)->at, (v)->len, &(v)->alloc, \
		   sizeof(*(v)->at)), \
	 &(v)->at[(v)->len++])

#define vec_release(v) \
	do { \
		free((v)->at); \
		(v)->at = NULL; \
		(v)->len = (v)->alloc = 0; \
	} while (0)

static inline void vec_grow_(void **at, size_t len, size_t *alloc, size_t size)
{
	if (len == *alloc) {
		*alloc = len ? len * 2 : 8;
		*at = xreallocarray(*at, *alloc, size);
	}
	memset((char *)*at + len * size, 0, size);
}

#endif
