/*
 * Trees laid out for predicting, inside model/: 8 bytes a node, siblings side
 * by side, so that several rows can walk down at once without a branch. Made
 * when a tree is, while its nodes are in the cache.
 *
 * The first levels lie breadth first, so that they fill few lines of the
 * cache, and each part of the tree below them lies together. Leaves of the
 * same shares, and in a tree that was grown to its end hardly any others are
 * found, are the same to them.
 *
 * Values are keys that sort as they do (rank_key()), and a row has one column
 * more, which is 0: leaves look at it, and lead to themselves. Where values are
 * missing, a row is given twice, once with keys that go right everywhere and
 * once with such that go left.
 */
#ifndef MODEL_PACKED_TREE_H
#define MODEL_PACKED_TREE_H

#include "model/forest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct packed_node {
	uint32_t key;  /* left where it is >= the row's; of a leaf: the number
			* of its shares */
	uint32_t link; /* the left child, above a bit that says whether what
			* is missing goes left, above the feature */
};

struct packed_tree {
	size_t node_count;
	unsigned int feature_bits;
	/* Nodes of the deepest of the first levels: [below, end of top). */
	uint32_t below, top_count;
	size_t share_count;
	double *shares; /* share_count x n_classes, each row different */
	struct packed_node nodes[];
};

/* Rows are walked down in blocks of this many, and through large trees in an
 * order made for that many. */
enum { PACKED_LANES = 8, PACKED_ORDERED = 12288 };

/* Scratch of one thread: rows in the order in which they are walked down. */
struct packed_order {
	uint32_t row[PACKED_ORDERED], at[PACKED_ORDERED];
};


/* NULL where the nodes don't form a tree, or where numbers of nodes and
 * features don't fit in 32 bits together. */
struct packed_tree *packed_tree_new(const struct tree *tree, size_t n_features,
				    size_t n_classes);
void packed_tree_free(struct packed_tree *p);

/* The keys of a missing value. */
#define PACKED_GOES_LEFT 0
#define PACKED_GOES_RIGHT UINT32_MAX

/* Where n rows end, as rows of p->shares; a row is n_features keys and a 0,
 * and, `missing`, the same again with missing values that go left. n is a
 * multiple of PACKED_LANES. */
void packed_tree_apply(const struct packed_tree *p, const uint32_t *rows,
		       size_t n_features, bool missing, size_t n,
		       struct packed_order *order, uint32_t *ret);

#endif
