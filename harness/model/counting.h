/*
 * The fast way to grow a tree, inside model/, for two classes, whole-number
 * weights and no missing values.
 *
 * There every sum that scikit-learn makes is exact, so its order does not
 * matter, and nor does the order of the samples: weights are counted by value
 * instead of sorted. (With missing values it does: scikit-learn's partition
 * then leaves some samples on the wrong side, and which depends on their
 * order.) Values are ranks of 16 bits, of all rows or, where these
 * are more than RANKS_MAX_ROWS, of a part of the tree that is small enough;
 * weights are added up by rank, and bits say which ranks occur. In larger nodes
 * they are added up by bins of equal width, and only what lies in bins that may
 * hold a better split is sorted, by radix. Candidates are sieved by a
 * comparison without division before scikit-learn's own formula decides.
 */
#ifndef MODEL_COUNTING_H
#define MODEL_COUNTING_H

#include "model/ranks.h"
#include "model/tree.h"

/* Weights of both classes and the number of samples, in one word. */
enum { COUNT_BITS = 21 };
#define COUNT_MASK ((UINT64_C(1) << COUNT_BITS) - 1)

struct counting {
	/* Of the samples, in ascending order of rows within a node: the row,
	 * or its number in the block within the block's nodes; the weight
	 * times two, plus the class. */
	uint32_t *rows, *payload;
	uint32_t *counts;  /* by row: how often it was drawn */
	/* For nodes that are too large for ranks; the first one also for
	 * what goes right in a partition. */
	uint64_t *sort[2];
	size_t alloc; /* of all of these but counts */
	const struct rank_block *ranks; /* the current one, or NULL */
	struct rank_block own;          /* of a part of a larger tree */
	bool owns, by_block;
	size_t block_end; /* own holds the samples up to here */
	/* What rows are numbers of: the data, or a part of a larger tree. */
	const float *columns;
	size_t column_length;
	float *compact;     /* of such a part, or NULL */
	size_t compact_end; /* it holds the samples up to here */
	uint64_t *sums;   /* by rank; all zero between features */
	uint64_t present[RANKS_MAX_ROWS / 64]; /* a bit a rank, likewise */
	uint64_t chosen[RANKS_MAX_ROWS / 64];  /* a bit a bin to look into */
};

/* Whether a fit can go this way. */
bool counting_applies(const struct tree_data *data, bool whole_weights,
		      size_t total_weight);

/* shared: ranks of all rows, or NULL where there are too many. */
struct counting *counting_new(const struct tree_data *data,
			      const struct rank_block *shared,
			      bool depth_first);
void counting_free(struct counting *c);

/* Takes counts as the weights of a new tree; gives how many samples. */
size_t counting_begin(struct counting *c, const struct tree_data *data);

/* The classes' weights in samples[start:end], into the criterion. */
void counting_node(struct counting *c, struct criterion *criterion,
		   size_t start, size_t end);

/* As tree_best_split(), for the node that counting_node() was called for. */
void counting_best_split(struct tree_scratch *s, const struct tree_data *data,
			 const struct tree_settings *settings, size_t start,
			 size_t end, double impurity, size_t *n_constant,
			 struct tree_split *ret);

#endif
