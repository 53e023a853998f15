/*
 * Trees laid out for predicting, inside model/: 12 bytes a node, siblings side
 * by side, so that several rows can walk down at once without a branch.
 *
 * A float is <= a double threshold exactly where it is <= the largest float
 * that is no more than it, so thresholds are floats here. A leaf leads to
 * itself.
 */
#ifndef MODEL_PACKED_TREE_H
#define MODEL_PACKED_TREE_H

#include "model/forest.h"

#include <stdbool.h>

struct packed_node {
	float threshold;
	uint32_t value; /* where a row's value of the feature lies in a block */
	uint32_t left;  /* three times the number of the left child */
};

struct packed_tree {
	struct packed_node *nodes;
	uint32_t *origin; /* a packed node's number in the tree */
};

/* Rows go in blocks of 8, by columns: value f of row i is at f * 8 + i. */
enum { PACKED_LANES = 8 };

/* Whether the tree is small enough: 2^30 nodes, 2^28 features. */
bool packed_tree_fits(const struct tree *tree, size_t n_features);
void packed_tree_init(struct packed_tree *p, const struct tree *tree);
void packed_tree_release(struct packed_tree *p);

/* The leaves, numbered as in the tree, of one block; it holds no NaN. */
void packed_tree_apply(const struct packed_tree *p, const float *block,
		       uint32_t ret[PACKED_LANES]);

#endif
