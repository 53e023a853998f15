/*
 * Trees laid out for predicting, inside model/: 8 bytes a node, siblings side
 * by side, so that several rows can walk down at once without a branch. Made
 * when a tree is, while its nodes are in the cache.
 *
 * Values are keys that sort as they do (rank_key()), and a row has one column
 * more, which is 0: leaves look at it, and lead to themselves.
 */
#ifndef MODEL_PACKED_TREE_H
#define MODEL_PACKED_TREE_H

#include "model/forest.h"

#include <stddef.h>
#include <stdint.h>

struct packed_node {
	uint32_t key;  /* left where it is >= the row's; of a leaf: its number
			* in the tree */
	uint32_t link; /* the left child above the feature */
};

struct packed_tree {
	size_t node_count;
	unsigned int feature_bits;
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
struct packed_tree *packed_tree_new(const struct tree *tree, size_t n_features);

/* The leaves, numbered as in the tree, where n rows end, none of which holds
 * a NaN: n_features keys and a 0 each. n is a multiple of PACKED_LANES. */
void packed_tree_apply(const struct packed_tree *p, const uint32_t *rows,
		       size_t n_features, size_t n, struct packed_order *order,
		       uint32_t *ret);

#endif
