/*
 * Growing a tree in scikit-learn's own order, but on ranks, inside model/: for
 * two classes, where weights are no whole numbers and their sums depend on the
 * order in which its sort leaves the samples. Missing values are the last of
 * the samples while a feature is tried that has some.
 *
 * A sample is one word of 32 bits, its rank above its row, so that its unstable
 * introsort moves half as much, and the comparisons of ranks are those of the
 * values; model/ordered_sort.h has its permutation without its steps.
 * Candidates pass the same sieve as in model/counting.h.
 */
#ifndef MODEL_ORDERED_H
#define MODEL_ORDERED_H

#include "model/ranks.h"
#include "model/tree.h"

enum { ORDERED_ROW_BITS = 16 };

/* Whether the forest can be fitted this way. */
bool ordered_applies(const struct tree_data *data);

/* What a row weighs, as its class and as the other. */
struct ordered_share {
	double of[2];
};

/* Takes s->weights for a new tree. */
void ordered_weigh(struct tree_scratch *s, const struct tree_data *data);

/* criterion_init() of samples[start:end]. */
void ordered_node(struct tree_scratch *s, size_t start, size_t end);

/* As tree_best_split(). */
void ordered_best_split(struct tree_scratch *s, const struct tree_data *data,
			const struct tree_settings *settings, size_t start,
			size_t end, double impurity, size_t *n_constant,
			struct tree_split *ret);

#endif
