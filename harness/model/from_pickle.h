/*
 * A fitted scikit-learn model, decoded from its pickle and evaluated without
 * Python: what does it answer for these rows?
 *
 * Understood: Pipeline (also nested), ColumnTransformer with columns by name
 * or position, OneHotEncoder (categories, drop, handle_unknown), StandardScaler,
 * "passthrough" and "drop"; and at the end RandomForestClassifier or
 * LogisticRegression. Anything else is ERROR_INVALID and named, so that a
 * caller can say "this estimator is not one that is evaluated here".
 *
 * The file is hostile: array lengths, indices of children, features and
 * classes are checked when it is loaded, so that evaluating can't run away.
 *
 * Sources: scikit-learn 1.2 to 1.7: compose/_column_transformer.py,
 * preprocessing/_encoders.py, _data.py, linear_model/_logistic.py,
 * tree/_tree.pyx (node layout).
 */
#ifndef MODEL_FROM_PICKLE_H
#define MODEL_FROM_PICKLE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* A cell of a row that the model is asked about. */
struct model_cell {
	const char *text; /* a text column's value; NULL: a number */
	double number;    /* NaN: missing */
};

struct decoded_model;

int decoded_model_load(const char *path, struct decoded_model **ret,
		       struct error *err);
void decoded_model_free(struct decoded_model *model); /* NULL is fine */

/* The columns that a row must have, in order; NULL names where the model was
 * fitted without any. */
size_t decoded_model_columns(const struct decoded_model *model);
const char *decoded_model_column(const struct decoded_model *model, size_t i);

/* The class labels as texts: "False", "True", "0", "1", "churn". */
size_t decoded_model_classes(const struct decoded_model *model);
const char *decoded_model_class(const struct decoded_model *model, size_t i);

/* predict_proba() of one row: a probability for each class. A text in a
 * column that the model takes for a number is ERROR_INVALID ("could not
 * convert string to float: 'DSL'"), as is an unknown category where the
 * encoder refuses it. */
int decoded_model_proba(const struct decoded_model *model,
			const struct model_cell *row, double *ret,
			struct error *err);

/* The class that predict() gives: the first of the most probable. */
size_t decoded_model_argmax(const struct decoded_model *model,
			    const double *proba);

#endif
