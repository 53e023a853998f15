/*
 * Two decoded pickles, side by side: every difference by path, in the order of
 * the left one. Each pair of values is looked at once, so shared and cyclic
 * values cost nothing twice.
 */
#ifndef COMPARE_PICKLE_WALK_H
#define COMPARE_PICKLE_WALK_H

#include "compare/canonical.h"
#include "compare/comparator.h"
#include "compare/pair_set.h"

/* How the elements of a list compared, where some did not. */
struct list_difference {
	const char *path;
	size_t left, right; /* lengths */
	size_t differ;      /* of the elements that both have */
	size_t first;       /* the first that differs */
};

struct pickle_walk {
	const struct compare_job *job;
	struct comparison *c;
	const struct pickle *left, *right;
	struct canonical left_digests, right_digests; /* when first needed */
	struct strbuf path;
	struct pair_set seen;
	VEC(struct list_difference) lists; /* the first thousand */
	size_t outlined; /* values looked at for lists in another order */
	struct error *err;
};

/* Adds to c. An error where they are too entangled to compare. */
int pickle_walk_run(struct pickle_walk *w, const struct compare_job *job,
		    const struct pickle *left, const struct pickle *right,
		    struct comparison *c, struct error *err);
void pickle_walk_release(struct pickle_walk *w);

#endif
