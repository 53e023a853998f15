#include "model/estimator_pickle.h"
#include "base/alloc.h"
#include "base/compiler.h"

#include <stdlib.h>

/* DecisionTreeClassifier's parameters. `own` NULL: the forest's template,
 * which has the defaults; else a tree of a forest with these. */
static void put_tree_params(struct pickler *p, struct pickler_batch *b,
			    const struct forest_params *own,
			    uint32_t random_state)
{
	struct forest_params params = forest_params_default;

	params.max_features.kind = FOREST_NUMBER_NONE;
	if (own)
		params = *own;
	pickle_key_text(p, b, "criterion",
			forest_criterion_name(params.criterion));
	pickle_key_text(p, b, "splitter", "best");
	pickle_key_number(p, b, "max_depth", &params.max_depth);
	pickle_key_number(p, b, "min_samples_split", &params.min_samples_split);
	pickle_key_number(p, b, "min_samples_leaf", &params.min_samples_leaf);
	pickle_key_float(p, b, "min_weight_fraction_leaf",
			 params.min_weight_fraction_leaf);
	pickle_key_number(p, b, "max_features", &params.max_features);
	pickle_key_number(p, b, "max_leaf_nodes", &params.max_leaf_nodes);
	if (own)
		pickle_key_int(p, b, "random_state", random_state);
	else
		pickle_key_none(p, b, "random_state");
	pickle_key_float(p, b, "min_impurity_decrease",
			 params.min_impurity_decrease);
	pickle_key_none(p, b, "class_weight");
	pickle_key_float(p, b, "ccp_alpha", 0);
	pickle_key_none(p, b, "monotonic_cst");
}

enum { TREE_PARAMS = 13 };

/* The object and then its state, as Tree.__reduce__() gives them. */
static void put_tree_arrays(struct numpy_pickle *np, const struct tree *tree,
			    size_t n_features, size_t n_classes)
{
	struct pickler *p = np->p;
	int64_t k = (int64_t)n_classes;
	int64_t values_shape[] = {(int64_t)tree->node_count, 1, k};
	int64_t one = 1;
	struct pickler_batch b;

	pickler_global(p, "sklearn.tree._tree", "Tree");
	pickler_tuple(p, 3);
	pickler_int(p, (int64_t)n_features);
	numpy_pickle_array(np, NUMPY_INT64, &k, &one, 1);
	pickler_int(p, 1);
	pickler_tuple_end(p, 3);
	pickler_reduce(p);
	pickler_dict(p, &b, 4);
	pickle_key_int(p, &b, "max_depth", tree->max_depth);
	pickle_key_int(p, &b, "node_count", values_shape[0]);
	pickle_key(p, &b, "nodes");
	numpy_pickle_array(np, NUMPY_TREE_NODE, tree->nodes, values_shape, 1);
	pickle_key(p, &b, "values");
	numpy_pickle_array(np, NUMPY_FLOAT64, tree->values, values_shape, 3);
	pickler_end(p, &b);
	pickler_build(p);
}

static void put_tree(struct numpy_pickle *np, const struct forest *forest,
		     const struct tree *tree, const double *classes)
{
	struct pickler *p = np->p;
	int64_t k = (int64_t)forest->n_classes;
	struct pickler_batch b;

	pickle_estimator(p, &b, "sklearn.tree._classes",
			 "DecisionTreeClassifier", TREE_PARAMS + 7);
	put_tree_params(p, &b, &forest->params, tree->random_state);
	pickle_key_int(p, &b, "n_features_in_", (int64_t)forest->n_features);
	pickle_key_int(p, &b, "n_outputs_", 1);
	pickle_key(p, &b, "classes_");
	numpy_pickle_array(np, NUMPY_FLOAT64, classes, &k, 1);
	pickle_key(p, &b, "n_classes_");
	numpy_pickle_scalar(np, NUMPY_INT64, &k);
	pickle_key_int(p, &b, "max_features_", forest->max_features);
	pickle_key(p, &b, "tree_");
	put_tree_arrays(np, tree, forest->n_features, forest->n_classes);
	pickle_estimator_end(p, &b);
}

static void put_trees(struct numpy_pickle *np, const struct forest *forest)
{
	double *classes = xcalloc(forest->n_classes, sizeof(*classes));
	struct pickler_batch b;

	for (size_t k = 0; k < forest->n_classes; k++)
		classes[k] = (double)k;
	pickler_list(np->p, &b, forest->n_trees);
	for (size_t i = 0; i < forest->n_trees; i++) {
		pickler_item(np->p, &b);
		put_tree(np, forest, &forest->trees[i], classes);
	}
	pickler_end(np->p, &b);
	free(classes);
}

static void put_classes(struct numpy_pickle *np, const struct labels *labels)
{
	int64_t n = (int64_t)labels->n;
	unsigned char bools[2];

	switch (labels->kind) {
	case LABELS_INT:
		numpy_pickle_array(np, NUMPY_INT64, labels->integers, &n, 1);
		break;
	case LABELS_BOOL:
		for (size_t i = 0; i < labels->n && i < 2; i++)
			bools[i] = labels->integers[i] != 0;
		numpy_pickle_array(np, NUMPY_BOOL, bools, &n, 1);
		break;
	case LABELS_TEXT:
		numpy_pickle_texts(np, labels->texts, labels->n);
		break;
	}
}

static pickler_id put_template(struct pickler *p)
{
	struct pickler_batch b;
	pickler_id id;

	id = pickle_estimator(p, &b, "sklearn.tree._classes",
			      "DecisionTreeClassifier", TREE_PARAMS + 1);
	put_tree_params(p, &b, NULL, 0);
	pickle_estimator_end(p, &b);
	return id;
}

static void put_estimator_params(struct pickler *p)
{
	static const char *const names[] = {
		"criterion",
		"max_depth",
		"min_samples_split",
		"min_samples_leaf",
		"min_weight_fraction_leaf",
		"max_features",
		"max_leaf_nodes",
		"min_impurity_decrease",
		"random_state",
		"ccp_alpha",
		"monotonic_cst",
	};

	pickler_tuple(p, ARRAY_SIZE(names));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		pickler_text(p, names[i]);
	pickler_tuple_end(p, ARRAY_SIZE(names));
}

static void put_forest_params(struct pickler *p, struct pickler_batch *b,
			      const struct forest_params *f)
{
	pickle_key_int(p, b, "n_estimators", f->n_estimators);
	pickle_key(p, b, "estimator_params");
	put_estimator_params(p);
	pickle_key_bool(p, b, "bootstrap", f->bootstrap);
	pickle_key_bool(p, b, "oob_score", false);
	pickle_key_number(p, b, "n_jobs", &f->n_jobs);
	pickle_key_int(p, b, "random_state", f->random_state);
	pickle_key_int(p, b, "verbose", f->verbose);
	pickle_key_bool(p, b, "warm_start", false);
	pickle_key_text(p, b, "class_weight",
			forest_class_weight_name(f->class_weight));
	pickle_key_number(p, b, "max_samples", &f->max_samples);
	pickle_key_text(p, b, "criterion", forest_criterion_name(f->criterion));
	pickle_key_number(p, b, "max_depth", &f->max_depth);
	pickle_key_number(p, b, "min_samples_split", &f->min_samples_split);
	pickle_key_number(p, b, "min_samples_leaf", &f->min_samples_leaf);
	pickle_key_float(p, b, "min_weight_fraction_leaf",
			 f->min_weight_fraction_leaf);
	pickle_key_number(p, b, "max_features", &f->max_features);
	pickle_key_number(p, b, "max_leaf_nodes", &f->max_leaf_nodes);
	pickle_key_float(p, b, "min_impurity_decrease",
			 f->min_impurity_decrease);
	pickle_key_none(p, b, "monotonic_cst");
	pickle_key_float(p, b, "ccp_alpha", 0);
}

enum { FOREST_PARAMS = 20 };

void pickle_forest(struct numpy_pickle *np, const struct forest *forest,
		   const struct labels *labels)
{
	struct pickler *p = np->p;
	struct pickler_batch b;
	pickler_id template;

	pickle_estimator(p, &b, "sklearn.ensemble._forest",
			 "RandomForestClassifier", FOREST_PARAMS + 10);
	pickle_key(p, &b, "estimator");
	template = put_template(p);
	put_forest_params(p, &b, &forest->params);
	pickle_key_int(p, &b, "n_features_in_", (int64_t)forest->n_features);
	pickle_key_int(p, &b, "_n_samples", forest->n_samples);
	pickle_key_int(p, &b, "n_outputs_", 1);
	pickle_key(p, &b, "classes_");
	put_classes(np, labels);
	pickle_key_int(p, &b, "n_classes_", (int64_t)forest->n_classes);
	if (forest->n_samples_bootstrap < 0)
		pickle_key_none(p, &b, "_n_samples_bootstrap");
	else
		pickle_key_int(p, &b, "_n_samples_bootstrap",
			       forest->n_samples_bootstrap);
	pickle_key(p, &b, "estimator_");
	pickler_again(p, template);
	pickle_key(p, &b, "estimators_");
	put_trees(np, forest);
	pickle_estimator_end(p, &b);
}
