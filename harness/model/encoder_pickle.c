#include "model/estimator_pickle.h"
#include "base/alloc.h"

#include <stdlib.h>

/* What a ColumnTransformer's parts refer to again. */
struct transformer {
	struct numpy_pickle *np;
	const struct column_encoder *encoder;
	size_t n_text;
	pickler_id *names;        /* by column: its name */
	pickler_id text_names;    /* the list of text columns */
	pickler_id other_columns; /* the list of the others, as it is told */
	pickler_id one_hot;       /* the unfitted encoder */
};

static bool has_kind(const struct transformer *t, bool text)
{
	return text ? t->n_text > 0 : t->n_text < t->encoder->n_columns;
}

/* The names of the text columns or of the others, in a list. */
static pickler_id put_names(struct transformer *t, bool text)
{
	const struct column_encoder *e = t->encoder;
	struct pickler *p = t->np->p;
	struct pickler_batch b;
	pickler_id id;

	id = pickler_list(p, &b, text ? t->n_text : e->n_columns - t->n_text);
	for (size_t i = 0; i < e->n_columns; i++) {
		if (e->columns[i].is_text != text)
			continue;
		pickler_item(p, &b);
		pickler_own_text(p, e->columns[i].name, &t->names[i]);
	}
	pickler_end(p, &b);
	return id;
}

/* ... their numbers. */
static pickler_id put_indices(const struct transformer *t, bool text)
{
	const struct column_encoder *e = t->encoder;
	struct pickler *p = t->np->p;
	struct pickler_batch b;
	pickler_id id;

	id = pickler_list(p, &b, text ? t->n_text : e->n_columns - t->n_text);
	for (size_t i = 0; i < e->n_columns; i++) {
		if (e->columns[i].is_text != text)
			continue;
		pickler_item(p, &b);
		pickler_int(p, (int64_t)i);
	}
	pickler_end(p, &b);
	return id;
}

enum { EVERY_COLUMN = -1 };

/* feature_names_in_: of the text columns (1), the others (0), or all. */
static void put_feature_names(struct transformer *t, int text)
{
	const struct column_encoder *e = t->encoder;
	struct pickler_batch b;
	size_t n = text == EVERY_COLUMN ? e->n_columns
		   : text               ? t->n_text
					: e->n_columns - t->n_text;

	numpy_pickle_objects_begin(t->np, (int64_t)n, &b);
	for (size_t i = 0; i < e->n_columns; i++) {
		if (text != EVERY_COLUMN && e->columns[i].is_text != text)
			continue;
		pickler_item(t->np->p, &b);
		pickler_own_text(t->np->p, e->columns[i].name, &t->names[i]);
	}
	numpy_pickle_objects_end(t->np, &b);
}

static void put_one_hot_params(struct pickler *p, struct pickler_batch *b)
{
	pickle_key_text(p, b, "categories", "auto");
	pickle_key_bool(p, b, "sparse_output", true);
	pickle_key(p, b, "dtype");
	pickler_global(p, "numpy", "float64");
	pickle_key_text(p, b, "handle_unknown", "ignore");
	pickle_key_text(p, b, "drop", "first");
	pickle_key_none(p, b, "min_frequency");
	pickle_key_none(p, b, "max_categories");
	pickle_key_text(p, b, "feature_name_combiner", "concat");
}

enum { ONE_HOT_PARAMS = 8 };

static pickler_id put_one_hot(struct pickler *p)
{
	struct pickler_batch b;
	pickler_id id;

	id = pickle_estimator(p, &b, "sklearn.preprocessing._encoders",
			      "OneHotEncoder", ONE_HOT_PARAMS + 1);
	put_one_hot_params(p, &b);
	pickle_estimator_end(p, &b);
	return id;
}

/* The index of each text column's dropped category: the first of each. */
static pickler_id put_drop_indices(struct transformer *t)
{
	struct pickler_batch b;
	pickler_id id;

	id = numpy_pickle_objects_begin(t->np, (int64_t)t->n_text, &b);
	for (size_t i = 0; i < t->n_text; i++) {
		pickler_item(t->np->p, &b);
		pickler_int(t->np->p, 0);
	}
	numpy_pickle_objects_end(t->np, &b);
	return id;
}

static void put_categories(struct transformer *t)
{
	const struct column_encoder *e = t->encoder;
	struct pickler_batch b;

	pickler_list(t->np->p, &b, t->n_text);
	for (size_t i = 0; i < e->n_columns; i++) {
		if (!e->columns[i].is_text)
			continue;
		pickler_item(t->np->p, &b);
		numpy_pickle_texts(t->np, e->columns[i].categories,
				   e->columns[i].n_categories);
	}
	pickler_end(t->np->p, &b);
}

static void put_output_counts(struct transformer *t)
{
	const struct column_encoder *e = t->encoder;
	struct pickler_batch b;

	pickler_list(t->np->p, &b, t->n_text);
	for (size_t i = 0; i < e->n_columns; i++) {
		if (!e->columns[i].is_text)
			continue;
		pickler_item(t->np->p, &b);
		pickler_int(t->np->p, (int64_t)e->columns[i].n_outputs);
	}
	pickler_end(t->np->p, &b);
}

static void put_fitted_one_hot(struct transformer *t)
{
	struct pickler *p = t->np->p;
	struct pickler_batch b;
	pickler_id drop;

	pickle_estimator(p, &b, "sklearn.preprocessing._encoders",
			 "OneHotEncoder", ONE_HOT_PARAMS + 8);
	put_one_hot_params(p, &b);
	pickle_key_bool(p, &b, "_infrequent_enabled", false);
	pickle_key_int(p, &b, "n_features_in_", (int64_t)t->n_text);
	pickle_key(p, &b, "feature_names_in_");
	put_feature_names(t, 1);
	pickle_key(p, &b, "categories_");
	put_categories(t);
	pickle_key(p, &b, "_drop_idx_after_grouping");
	drop = put_drop_indices(t);
	pickle_key(p, &b, "drop_idx_");
	pickler_again(p, drop);
	pickle_key(p, &b, "_n_features_outs");
	put_output_counts(t);
	pickle_estimator_end(p, &b);
}

/* What "passthrough" becomes: a FunctionTransformer without a function. */
static void put_passthrough(struct transformer *t)
{
	struct pickler *p = t->np->p;
	struct pickler_batch b, config;

	pickle_estimator(p, &b, "sklearn.preprocessing._function_transformer",
			 "FunctionTransformer", 12);
	pickle_key_none(p, &b, "func");
	pickle_key_none(p, &b, "inverse_func");
	pickle_key_bool(p, &b, "validate", false);
	pickle_key_bool(p, &b, "accept_sparse", true);
	pickle_key_bool(p, &b, "check_inverse", false);
	pickle_key_text(p, &b, "feature_names_out", "one-to-one");
	pickle_key_none(p, &b, "kw_args");
	pickle_key_none(p, &b, "inv_kw_args");
	pickle_key(p, &b, "_sklearn_output_config");
	pickler_dict(p, &config, 1);
	pickle_key_text(p, &config, "transform", "default");
	pickler_end(p, &config);
	pickle_key_int(p, &b, "n_features_in_",
		       (int64_t)(t->encoder->n_columns - t->n_text));
	pickle_key(p, &b, "feature_names_in_");
	put_feature_names(t, 0);
	pickle_estimator_end(p, &b);
}

/* slice(start, stop, None) */
static void put_slice(struct pickler *p, size_t start, size_t stop)
{
	pickler_global(p, "builtins", "slice");
	pickler_tuple(p, 3);
	pickler_int(p, (int64_t)start);
	pickler_int(p, (int64_t)stop);
	pickler_none(p);
	pickler_tuple_end(p, 3);
	pickler_reduce(p);
}

/* One entry of `transformers` and one of `transformers_`: a name, how its
 * columns are transformed, and which they are. */
static void put_transformers(struct transformer *t)
{
	struct pickler *p = t->np->p;
	struct pickler_batch b;

	pickler_list(p, &b, 1);
	pickler_item(p, &b);
	pickler_tuple(p, 3);
	pickler_text(p, "cat");
	t->one_hot = put_one_hot(p);
	t->text_names = put_names(t, true);
	pickler_tuple_end(p, 3);
	pickler_end(p, &b);
}

static void put_fitted_transformers(struct transformer *t)
{
	struct pickler *p = t->np->p;
	struct pickler_batch b;
	bool others = has_kind(t, false);

	pickler_list(p, &b, others ? 2 : 1);
	pickler_item(p, &b);
	pickler_tuple(p, 3);
	pickler_text(p, "cat");
	if (has_kind(t, true))
		put_fitted_one_hot(t);
	else
		pickler_again(p, t->one_hot);
	pickler_again(p, t->text_names);
	pickler_tuple_end(p, 3);
	if (others) {
		pickler_item(p, &b);
		pickler_tuple(p, 3);
		pickler_text(p, "remainder");
		put_passthrough(t);
		pickler_again(p, t->other_columns);
		pickler_tuple_end(p, 3);
	}
	pickler_end(p, &b);
}

static void put_input_indices(struct transformer *t)
{
	struct pickler *p = t->np->p;
	struct pickler_batch b;

	pickler_dict(p, &b, 2);
	pickle_key(p, &b, "cat");
	put_indices(t, true);
	pickle_key(p, &b, "remainder");
	t->other_columns = put_indices(t, false);
	pickler_end(p, &b);
}

/* Columns are told by name where the text columns are. */
static void put_remainder(struct transformer *t)
{
	struct pickler *p = t->np->p;

	pickler_tuple(p, 3);
	pickler_text(p, "remainder");
	pickler_text(p, "passthrough");
	if (has_kind(t, true))
		t->other_columns = put_names(t, false);
	else
		pickler_again(p, t->other_columns);
	pickler_tuple_end(p, 3);
}

/* Transformers without columns come last, with an empty slice. */
static void put_output_indices(struct transformer *t)
{
	const struct column_encoder *e = t->encoder;
	struct pickler *p = t->np->p;
	size_t others = e->n_columns - t->n_text;
	struct pickler_batch b;

	pickler_dict(p, &b, 2);
	if (has_kind(t, true)) {
		pickle_key(p, &b, "cat");
		put_slice(p, 0, e->n_outputs - others);
	}
	pickle_key(p, &b, "remainder");
	if (others)
		put_slice(p, e->n_outputs - others, e->n_outputs);
	else
		put_slice(p, 0, 0);
	if (!has_kind(t, true)) {
		pickle_key(p, &b, "cat");
		put_slice(p, 0, 0);
	}
	pickler_end(p, &b);
}

static void put_columns(struct transformer *t)
{
	struct pickler *p = t->np->p;
	struct pickler_batch b;

	pickler_list(p, &b, 1);
	pickler_item(p, &b);
	pickler_again(p, t->text_names);
	pickler_end(p, &b);
}

static void put_transformer(struct transformer *t)
{
	struct pickler *p = t->np->p;
	struct pickler_batch b;

	pickle_estimator(p, &b, "sklearn.compose._column_transformer",
			 "ColumnTransformer", 17);
	pickle_key(p, &b, "transformers");
	put_transformers(t);
	pickle_key_text(p, &b, "remainder", "passthrough");
	pickle_key_float(p, &b, "sparse_threshold", 0.3);
	pickle_key_none(p, &b, "n_jobs");
	pickle_key_none(p, &b, "transformer_weights");
	pickle_key_bool(p, &b, "verbose", false);
	pickle_key_bool(p, &b, "verbose_feature_names_out", true);
	pickle_key_text(p, &b, "force_int_remainder_cols", "deprecated");
	pickle_key(p, &b, "feature_names_in_");
	put_feature_names(t, EVERY_COLUMN);
	pickle_key_int(p, &b, "n_features_in_", (int64_t)t->encoder->n_columns);
	pickle_key(p, &b, "_columns");
	put_columns(t);
	pickle_key(p, &b, "_transformer_to_input_indices");
	put_input_indices(t);
	pickle_key(p, &b, "_remainder");
	put_remainder(t);
	pickle_key_bool(p, &b, "sparse_output_", false);
	pickle_key(p, &b, "transformers_");
	put_fitted_transformers(t);
	pickle_key(p, &b, "output_indices_");
	put_output_indices(t);
	pickle_estimator_end(p, &b);
}

void pickle_encoder(struct numpy_pickle *np, const struct column_encoder *e)
{
	struct transformer t = {.np = np, .encoder = e};

	t.names = xcalloc(e->n_columns, sizeof(*t.names));
	for (size_t i = 0; i < e->n_columns; i++)
		t.n_text += e->columns[i].is_text;
	put_transformer(&t);
	free(t.names);
}
