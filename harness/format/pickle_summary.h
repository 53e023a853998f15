/*
 * What a model file holds, as JSON that expressions look into.
 *
 *	{ "format": "pickle", "protocol": 5, "joblib": false,
 *	  "class": "sklearn.pipeline.Pipeline",
 *	  "steps": [ {"name": "prep", "class": "sklearn.compose..."}, ... ],
 *	  "estimator": { "class": "sklearn.ensemble._forest....",
 *	                 "params": {"n_estimators": 300, ...},
 *	                 "n_trees": 300, "n_nodes": 312345 },
 *	  "n_features_in": 14, "feature_names_in": ["months_active", ...],
 *	  "text_columns": ["net_service"], "numeric_columns": [...],
 *	  "dropped_columns": [...], "categories": {"net_service": ["DSL", ...]},
 *	  "classes": [false, true], "params": {...},
 *	  "versions": {"sklearn": "1.7.2"}, "imports": ["...", ...] }
 *
 * A key whose answer the file does not hold is absent. `estimator` is the last
 * step of a Pipeline, or the model itself; `params` are the object's own.
 * `text_columns` are those that an encoder of categories takes (one-hot,
 * ordinal, target); where an encoder is given positions, the names come from
 * feature_names_in. NaN and infinities are texts, since JSON has none.
 */
#ifndef FORMAT_PICKLE_SUMMARY_H
#define FORMAT_PICKLE_SUMMARY_H

#include "format/pickle.h"

#include <jansson.h>

/* Gives a new reference. */
json_t *pickle_summary(const struct pickle *p);

/* The same for a file; errors as pickle_open(). */
int pickle_summary_file(const char *path, json_t **ret, struct error *err);

/* A value as JSON: numbers, texts, lists, small arrays of numbers and dicts
 * with text keys as such, everything else as pickle_print() says it. Nesting
 * past max_depth and lists past 1000 elements are printed too; past 20 000
 * values it is "...". */
json_t *pickle_to_json(const struct pickle_value *v, int max_depth);

/* The names and values of an estimator's constructor: attributes that neither
 * begin nor end with '_', as a JSON object. NULL where v is no object. */
json_t *pickle_params(const struct pickle_value *v);

/* The last step of a Pipeline (of pipelines); v itself where it is none. */
const struct pickle_value *pickle_final_estimator(const struct pickle_value *v);
/* Whether v is a sklearn.pipeline.Pipeline. */
bool pickle_is_pipeline(const struct pickle_value *v);
/* feature_names_in_ of the object, or of a Pipeline's first step. */
const struct pickle_value *pickle_feature_names(const struct pickle_value *v);

#endif
