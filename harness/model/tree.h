/*
 * Growing one tree of a forest, inside model/: what a tree needs to know of
 * the data and of the parameters, resolved to numbers, and the scratch that a
 * thread keeps from tree to tree.
 */
#ifndef MODEL_TREE_H
#define MODEL_TREE_H

#include "model/forest.h"
#include "model/random_state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What all trees of a fit share. */
struct tree_data {
	const float *columns; /* n_samples x n_features, by columns */
	size_t n_samples, n_features;
	const uint32_t *y;
	size_t n_classes;
	/* By feature: what holds NaN as far as scikit-learn sees it; NULL:
	 * nothing does. */
	const bool *missing;
	/* A feature holds NaN that scikit-learn does not see. */
	bool hidden_nan;
};

struct tree_settings {
	enum forest_criterion criterion;
	size_t max_features;
	size_t min_samples_split, min_samples_leaf;
	double min_weight_leaf;
	int64_t max_depth;
	int64_t max_leaf_nodes; /* -1: no bound, and depth first */
	double min_impurity_decrease;
};

/* sklearn's SplitRecord. */
struct tree_split {
	size_t feature;
	size_t pos; /* samples[start:pos] go left; >= end: no split found */
	double threshold;
	double improvement;
	double impurity_left, impurity_right;
	bool missing_go_to_left;
	size_t n_missing;
};

/*
 * sklearn's Criterion: the weights of the classes in samples[start:end], and
 * in the two sides of a split at pos. Sums are kept and not counted anew,
 * since the rounding of each addition is part of the result.
 */
struct criterion {
	enum forest_criterion kind;
	size_t n_classes;
	const uint32_t *samples;
	const uint32_t *y;
	const double *weights; /* by row */
	size_t start, pos, end;
	size_t n_missing;
	bool missing_go_to_left;
	double weighted_n_samples; /* of the whole tree */
	double weighted_n_node_samples;
	double weighted_n_left, weighted_n_right, weighted_n_missing;
	double *sum_total, *sum_left, *sum_right, *sum_missing;
};

struct counting;
struct ordered_scratch;
struct ordered_share;
struct rank_block;

/* What a thread keeps from tree to tree. */
struct tree_scratch {
	uint32_t *samples;     /* rows of positive weight, in sklearn's order */
	float *feature_values; /* of the samples, while one feature is tried */
	double *weights;       /* by row */
	size_t *features, *constant_features;
	struct criterion criterion;
	struct counting *counting;      /* where that way is gone; else NULL */
	const struct rank_block *ranks; /* to go the ordered way, or NULL */
	struct ordered_scratch *ordered; /* with ranks */
	struct ordered_share *shares;    /* by row, likewise */
	uint32_t rand_r_state;
};

/* counting: to go that way, or NULL; the scratch owns it then. ranks: to go
 * the ordered way, or NULL. */
void tree_scratch_init(struct tree_scratch *s, const struct tree_data *data,
		       enum forest_criterion kind, struct counting *counting,
		       const struct rank_block *ranks);
void tree_scratch_release(struct tree_scratch *s);

/* Grows the tree of s->weights (or of counting's counts), with rs for the one
 * number that it draws. False where it would have 2^31 nodes. */
bool tree_grow(struct tree *ret, struct tree_scratch *s,
	       const struct tree_data *data,
	       const struct tree_settings *settings, struct random_state *rs);
void tree_release(struct tree *tree);

/* Parts of tree_grow(), each in its own file. */

/* criterion.c */
void criterion_init(struct criterion *c, size_t start, size_t end);
void criterion_init_missing(struct criterion *c, size_t n_missing);
void criterion_reset(struct criterion *c);
void criterion_update(struct criterion *c, size_t new_pos);
double criterion_node_impurity(const struct criterion *c);
void criterion_children_impurity(const struct criterion *c, double *ret_left,
				 double *ret_right);
double criterion_proxy_improvement(const struct criterion *c);
double criterion_improvement(const struct criterion *c, double impurity,
			     double left, double right);
void criterion_node_value(const struct criterion *c, double *ret);

/* sort.c: sklearn's introsort, which is not stable: values and samples are
 * sorted by the values (no NaN), and equal ones end in its very order. */
void tree_sort(float *values, uint32_t *samples, size_t n);

/* feature_draw.c: draws features until max_features were tried and one that
 * isn't constant among them; try_feature() says whether it was not. Of the
 * features n_known are known to be constant; gives how many are now. In
 * s->features [0, drawn) are drawn and known, [drawn, known) known and not
 * drawn, [known, total) newly found, [total, f_i) not drawn yet, and the rest
 * drawn and not constant. */
size_t tree_draw_features(struct tree_scratch *s, size_t n_features,
			  size_t max_features, size_t n_known,
			  bool (*try_feature)(void *search, size_t feature),
			  void *search);

/* splitter.c: the best split of samples[start:end], which it reorders.
 * *n_constant is the number of features known to be constant, on return that
 * of this node. */
void tree_best_split(struct tree_scratch *s, const struct tree_data *data,
		     const struct tree_settings *settings, size_t start,
		     size_t end, double impurity, size_t *n_constant,
		     struct tree_split *ret);

#endif
