/* The order of a list's values, told by their digests: keys that stand at
 * other places, and lists that hold the same in another order. */
#ifndef COMPARE_PICKLE_ORDER_H
#define COMPARE_PICKLE_ORDER_H

#include "compare/pickle_walk.h"

struct digested {
	unsigned char digest[CANONICAL_SIZE];
	size_t index; /* in the list */
};

/* For qsort() and to merge: by the digest alone. */
int pickle_by_digest(const void *a, const void *b);

/* The digests of every `stride`-th value of a list of the left or the right,
 * sorted, equal ones as they stand in the list. To be freed. NULL and the
 * walk's error set where a value can't be digested. */
struct digested *pickle_digest_list(struct pickle_walk *w, bool is_left,
				    const struct pickle_list *list,
				    size_t stride);

/* 1 where two lists hold the same in another order, 0 where not (or where
 * looking for it would cost too much), -1 on an error. */
int pickle_is_permuted(struct pickle_walk *w, const struct pickle_list *a,
		       const struct pickle_list *b);

#endif
