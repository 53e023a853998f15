/*
 * scikit-learn 1.7.2's RandomForestClassifier, bit for bit: the same data,
 * parameters and seed give the same trees, to the last bit of every threshold
 * and impurity, and the same probabilities, whatever the number of threads.
 *
 * It is not a model of the algorithm but of that program: the same draws of
 * NumPy's generator, the same xorshift in each tree, the same order in which
 * features are tried and found constant, and, where weights are not whole
 * numbers, the same order of additions, which follows from the permutation in
 * which its unstable sort and its partition leave the samples.
 *
 * Classes are numbers 0 .. n_classes-1 here, in the sorted order of the
 * labels (np.unique); what they are called is the caller's business.
 *
 * Sources: scikit-learn 1.7.2 sklearn/ensemble/_forest.py, tree/_classes.py,
 * tree/_tree.pyx, _splitter.pyx, _partitioner.pyx, _criterion.pyx,
 * utils/_random.pxd.
 */
#ifndef MODEL_FOREST_H
#define MODEL_FOREST_H

#include "base/error.h"
#include "model/forest_params.h"
#include "model/matrix.h"

#include <stddef.h>
#include <stdint.h>

enum { TREE_LEAF = -1, TREE_UNDEFINED = -2 };

/* A node as it lies in Tree.nodes and in a pickle of it: 64 bytes, the last 7
 * of them zero. For a leaf the children are TREE_LEAF, and feature and
 * threshold TREE_UNDEFINED. */
struct tree_node {
	int64_t left_child, right_child;
	int64_t feature;
	double threshold; /* left where the feature is <= it */
	double impurity;
	int64_t n_node_samples;
	double weighted_n_node_samples;
	uint8_t missing_go_to_left;
	uint8_t padding[7];
};

struct packed_tree;

struct tree {
	struct tree_node *nodes; /* parents before children; 0 is the root */
	double *values; /* node_count x n_classes: shares of the classes */
	size_t node_count;
	int64_t max_depth;     /* of the deepest node; the root has 0 */
	uint32_t random_state; /* of this tree */
	struct packed_tree *packed; /* the nodes for predicting, or NULL */
};

struct forest {
	struct forest_params params;
	size_t n_features, n_classes;
	int64_t max_features;        /* tried at each node, from params */
	int64_t n_samples;           /* that it was fitted on */
	int64_t n_samples_bootstrap; /* drawn for each tree; -1: no bootstrap */
	struct tree *trees;
	size_t n_trees;
};

/* How many threads `n_jobs` asks for: None 1, -1 all processors. */
unsigned int forest_threads(const struct forest_number *n_jobs);

/*
 * Fits params->n_estimators trees to the rows of x, y[i] < n_classes being
 * the class of row i; every class must occur. n_threads 0: as n_jobs says.
 *
 * `invalid` where scikit-learn raises (naming the parameter): infinite
 * values, a bad parameter, no rows. One class only is no error: its forest
 * has trees of one node, as scikit-learn's. `limit`: more than 2^31 rows,
 * features or nodes.
 */
int forest_fit(struct forest *ret, const struct matrix *x, const uint32_t *y,
	       size_t n_classes, const struct forest_params *params,
	       unsigned int n_threads, struct error *err);
void forest_release(struct forest *forest);

/*
 * The mean of the trees' shares, n_rows x n_classes by rows, as
 * predict_proba() adds them up with n_jobs=1. `invalid`: another number of
 * columns than it was fitted on, infinite values.
 */
int forest_predict_proba(const struct forest *forest, const struct matrix *x,
			 unsigned int n_threads, double *ret,
			 struct error *err);

/* The class of the highest probability in each row, the first of equals: what
 * predict() takes from predict_proba(). */
void forest_argmax(const double *proba, size_t n_rows, size_t n_classes,
		   uint32_t *ret);

#endif
