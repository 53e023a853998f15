/*
 * The lab's preparation of raw features, fitted:
 *
 *	ColumnTransformer([("cat", OneHotEncoder(drop="first",
 *		handle_unknown="ignore"), text columns)],
 *		remainder="passthrough")
 *
 * Out come first the text columns' categories, each column's in sorted order
 * and without the first, then the other columns as they stood.
 *
 * Source: scikit-learn 1.7.2 sklearn/compose/_column_transformer.py,
 * preprocessing/_encoders.py.
 */
#ifndef MODEL_COLUMN_ENCODER_H
#define MODEL_COLUMN_ENCODER_H

#include "base/arena.h"
#include "base/error.h"
#include "model/table.h"

#include <stddef.h>

struct encoded_column {
	const char *name;
	bool is_text;
	const char **categories; /* of text: distinct, sorted by code point */
	size_t n_categories;
	size_t first_output; /* its first column in the output */
	size_t n_outputs;
};

struct column_encoder {
	struct encoded_column *columns; /* in the order of the input */
	size_t n_columns;
	size_t n_outputs;
	struct arena arena;
};

/* Learns names and categories. `invalid`: a missing text; so many categories
 * that scikit-learn would turn to a sparse matrix (a share of values that
 * aren't zero below 0.3), for which a forest takes another path. */
int column_encoder_fit(struct column_encoder *ret, const struct table *table,
		       struct error *err);
void column_encoder_release(struct column_encoder *encoder);

/* ret: n_rows x n_outputs, by columns. Rows are those given, in that order,
 * or all for rows NULL (n_rows is then table->n_rows). Columns are found by
 * name, so the table's may stand in another order, as a DataFrame's may. An
 * unknown category gives zeros. `invalid`: a column isn't there. */
int column_encoder_transform(const struct column_encoder *encoder,
			     const struct table *table, const size_t *rows,
			     size_t n_rows, float *ret, struct error *err);

#endif
