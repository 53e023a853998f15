/*
 * The parameters of RandomForestClassifier, by scikit-learn 1.7.2's names and
 * with its defaults, and the checks that it makes of them.
 *
 * A parameter that takes an int, a float, a name or None is a struct
 * forest_number: 1 (one feature) and 1.0 (all of them) are different.
 *
 * Not offered: oob_score, warm_start, ccp_alpha and monotonic_cst other than
 * their defaults, class_weight as a dict, random_state None (nothing could be
 * reproduced). They are refused by name.
 *
 * Source: sklearn/ensemble/_forest.py, sklearn/tree/_classes.py
 * (_parameter_constraints), utils/_param_validation.py.
 */
#ifndef MODEL_FOREST_PARAMS_H
#define MODEL_FOREST_PARAMS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum forest_criterion {
	CRITERION_GINI,
	CRITERION_ENTROPY,
	CRITERION_LOG_LOSS, /* the same numbers as entropy */
};

enum forest_class_weight {
	CLASS_WEIGHT_NONE,
	CLASS_WEIGHT_BALANCED,
	CLASS_WEIGHT_BALANCED_SUBSAMPLE,
};

enum forest_number_kind {
	FOREST_NUMBER_NONE,
	FOREST_NUMBER_INT,
	FOREST_NUMBER_FLOAT,
	FOREST_NUMBER_SQRT, /* max_features="sqrt" */
	FOREST_NUMBER_LOG2,
};

struct forest_number {
	enum forest_number_kind kind;
	int64_t integer;
	double real;
};

struct forest_params {
	int64_t n_estimators;
	enum forest_criterion criterion;
	struct forest_number max_depth;         /* int, None */
	struct forest_number min_samples_split; /* int, float */
	struct forest_number min_samples_leaf;  /* int, float */
	double min_weight_fraction_leaf;
	struct forest_number max_features;   /* sqrt, log2, int, float, None */
	struct forest_number max_leaf_nodes; /* int, None */
	double min_impurity_decrease;
	bool bootstrap;
	struct forest_number n_jobs; /* int, None; no effect on the result */
	uint32_t random_state;
	int64_t verbose;
	enum forest_class_weight class_weight;
	struct forest_number max_samples; /* int, float, None */
};

/* scikit-learn's defaults, with random_state 0. */
extern const struct forest_params forest_params_default;

/* What scikit-learn checks before it looks at the data. The message names the
 * parameter, as its own does. */
int forest_params_check(const struct forest_params *params, struct error *err);

/* {"n_estimators": 300, "class_weight": "balanced", ...} on top of the
 * defaults, then forest_params_check(). An unknown name is an error. */
int forest_params_parse(struct forest_params *ret, const char *json, size_t len,
			struct error *err);

/* Python's words: "gini", "balanced"; NULL for class_weight None. */
const char *forest_criterion_name(enum forest_criterion criterion);
const char *forest_class_weight_name(enum forest_class_weight weight);

#endif
