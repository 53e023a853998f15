#include "model/transform.h"

#include "format/pickle_summary.h"

#include <math.h>
#include <string.h>

enum { DEPTH_MAX = 8, WIDTH_MAX = 1000000 };

static int apply(struct arena *arena, const struct pickle_value *transformer,
		 struct transform_row *row, int depth, struct error *err);

/* The element of an array or list, as a number or a text. */
static struct model_cell element(struct arena *arena,
				 const struct pickle_value *list, size_t i)
{
	const struct ndarray *array = pickle_ndarray(list);
	struct ndarray_column column;
	struct model_cell cell = { NULL, NAN };

	if (array && ndarray_column(array, NULL, &column)) {
		if (i < column.count)
			cell.number = ndarray_double(&column, i);
		return cell;
	}
	const struct pickle_value *item = pickle_at(list, i);
	bool truth;
	cell.text = pickle_str(arena, item);
	if (!cell.text && pickle_bool(item, &truth))
		cell.number = truth;
	else if (!cell.text && !pickle_double(item, &cell.number))
		cell.number = NAN;
	return cell;
}

static size_t length(const struct pickle_value *list)
{
	const struct ndarray *array = pickle_ndarray(list);

	return array ? array->count : pickle_len(list);
}

static bool same(const struct model_cell *a, const struct model_cell *b)
{
	if (a->text || b->text)
		return a->text && b->text && !strcmp(a->text, b->text);
	return a->number == b->number ||
	       (isnan(a->number) && isnan(b->number));
}

/* The index of the category that column i drops, or -1. */
static int64_t dropped(struct arena *arena,
		       const struct pickle_value *encoder, size_t i)
{
	const struct pickle_value *all =
		pickle_attribute(encoder, "drop_idx_");
	const struct pickle_value *item = pickle_at(all, i);
	struct model_cell cell;

	if (!all || (item && item->type == PICKLE_NONE))
		return -1;
	cell = element(arena, all, i);
	return isnan(cell.number) ? -1 : (int64_t)cell.number;
}

static int one_hot(struct arena *arena, const struct pickle_value *encoder,
		   struct transform_row *row, struct error *err)
{
	const struct pickle_value *categories =
		pickle_attribute(encoder, "categories_");
	bool ignore = pickle_is_str(
		pickle_attribute(encoder, "handle_unknown"), "ignore");
	bool infrequent = false;
	size_t width = 0, at = 0;

	pickle_bool(pickle_attribute(encoder, "_infrequent_enabled"),
		    &infrequent);
	if (infrequent || pickle_len(categories) != row->count)
		return error_set(err, ERROR_INVALID,
				 "a OneHotEncoder of another kind");
	for (size_t i = 0; i < row->count; i++)
		width += length(pickle_at(categories, i));
	if (width > WIDTH_MAX)
		return error_set(err, ERROR_LIMIT, "%zu categories", width);
	struct model_cell *cells = arena_array(arena, width + 1,
					       sizeof(*cells));
	for (size_t i = 0; i < row->count; i++) {
		const struct pickle_value *known = pickle_at(categories, i);
		int64_t drop = dropped(arena, encoder, i);
		bool found = false;
		for (size_t k = 0; k < length(known); k++) {
			struct model_cell category = element(arena, known, k);
			bool is = same(&row->cells[i], &category);
			found |= is;
			if ((int64_t)k != drop)
				cells[at++].number = is;
		}
		if (!found && !ignore)
			return error_set(err, ERROR_INVALID,
					 "unknown category `%s` in column %zu",
					 row->cells[i].text
					 ? row->cells[i].text : "(a number)",
					 i);
	}
	row->cells = cells;
	row->names = arena_array(arena, at + 1, sizeof(*row->names));
	row->count = at;
	return 0;
}

static int scale(struct arena *arena, const struct pickle_value *scaler,
		 struct transform_row *row, struct error *err)
{
	const struct pickle_value *mean = pickle_attribute(scaler, "mean_");
	const struct pickle_value *scales = pickle_attribute(scaler, "scale_");
	bool with_mean = true, with_std = true;
	struct model_cell *cells =
		arena_array(arena, row->count + 1, sizeof(*cells));

	pickle_bool(pickle_attribute(scaler, "with_mean"), &with_mean);
	pickle_bool(pickle_attribute(scaler, "with_std"), &with_std);
	if ((with_mean && length(mean) != row->count) ||
	    (with_std && length(scales) != row->count))
		return error_set(err, ERROR_INVALID,
				 "a StandardScaler of another width");
	for (size_t i = 0; i < row->count; i++) {
		if (row->cells[i].text)
			return error_set(err, ERROR_INVALID,
					 "could not convert string to float: "
					 "'%s'", row->cells[i].text);
		cells[i] = row->cells[i];
		if (with_mean)
			cells[i].number -= element(arena, mean, i).number;
		if (with_std)
			cells[i].number /= element(arena, scales, i).number;
	}
	row->cells = cells;
	return 0;
}

/* Where the i-th of the wanted columns is in the row; -1: nowhere. */
static int64_t find_column(struct arena *arena,
			   const struct pickle_value *wanted, size_t i,
			   const struct transform_row *row)
{
	struct model_cell cell = element(arena, wanted, i);

	if (!cell.text)
		return cell.number >= 0 && cell.number < (double)row->count
			? (int64_t)cell.number : -1;
	for (size_t k = 0; k < row->count; k++)
		if (row->names[k] && !strcmp(row->names[k], cell.text))
			return (int64_t)k;
	return -1;
}

static int select_columns(struct arena *arena,
			  const struct pickle_value *wanted,
			  const struct transform_row *row,
			  struct transform_row *ret, struct error *err)
{
	bool alone = wanted && wanted->type == PICKLE_STR;
	size_t count = alone ? 1 : length(wanted);
	struct model_cell *cells =
		arena_array(arena, count + 1, sizeof(*cells));
	const char **names = arena_array(arena, count + 1, sizeof(*names));

	if (!wanted || count > row->count)
		return error_set(err, ERROR_INVALID,
				 "a ColumnTransformer's columns");
	for (size_t i = 0; i < count; i++) {
		int64_t from = -1;
		if (alone) {
			for (size_t k = 0; k < row->count && from < 0; k++)
				if (row->names[k] &&
				    pickle_is_str(wanted, row->names[k]))
					from = (int64_t)k;
		} else {
			from = find_column(arena, wanted, i, row);
		}
		if (from < 0)
			return error_set(err, ERROR_INVALID,
					 "a ColumnTransformer takes a column "
					 "that is not there");
		cells[i] = row->cells[from];
		names[i] = row->names[from];
	}
	*ret = (struct transform_row){ cells, names, count };
	return 0;
}

/* ColumnTransformer keeps the columns of its remainder in a list of its own
 * (_RemainderColsList, scikit-learn 1.5 and later): its `data`. */
static const struct pickle_value *
plain_columns(const struct pickle_value *columns)
{
	const struct pickle_value *data = pickle_attribute(columns, "data");

	return data ? data : columns;
}

static int column_transform(struct arena *arena,
			    const struct pickle_value *transformer,
			    struct transform_row *row, int depth,
			    struct error *err)
{
	const struct pickle_value *parts =
		pickle_attribute(transformer, "transformers_");
	size_t count = pickle_len(parts), width = 0;
	struct transform_row *made =
		arena_array(arena, count + 1, sizeof(*made));

	for (size_t i = 0; i < count; i++) {
		const struct pickle_value *part = pickle_at(parts, i);
		const struct pickle_value *how = pickle_at(part, 1);
		if (pickle_is_str(how, "drop"))
			continue;
		if (select_columns(arena, plain_columns(pickle_at(part, 2)),
				   row, &made[i], err) < 0 ||
		    (!pickle_is_str(how, "passthrough") && made[i].count &&
		     apply(arena, how, &made[i], depth + 1, err) < 0))
			return -1;
		width += made[i].count;
	}
	struct model_cell *cells =
		arena_array(arena, width + 1, sizeof(*cells));
	const char **names = arena_array(arena, width + 1, sizeof(*names));
	size_t at = 0;
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < made[i].count; k++, at++) {
			cells[at] = made[i].cells[k];
			names[at] = made[i].names[k];
		}
	}
	*row = (struct transform_row){ cells, names, width };
	return 0;
}

static int apply_pipeline(struct arena *arena,
			  const struct pickle_value *pipeline,
			  struct transform_row *row, int depth,
			  struct error *err)
{
	const struct pickle_value *steps = pickle_attribute(pipeline, "steps");

	for (size_t i = 0; i < pickle_len(steps); i++)
		if (apply(arena, pickle_at(pickle_at(steps, i), 1), row,
			  depth + 1, err) < 0)
			return -1;
	return 0;
}

/* What a fitted ColumnTransformer holds for "passthrough", since 1.3: a
 * FunctionTransformer without its function. */
static bool is_identity(const struct pickle_value *transformer)
{
	const struct pickle_value *func = pickle_attribute(transformer, "func");

	return pickle_is_a(transformer, "sklearn.preprocessing."
			   "_function_transformer.FunctionTransformer") &&
	       func && func->type == PICKLE_NONE;
}

static int apply(struct arena *arena, const struct pickle_value *transformer,
		 struct transform_row *row, int depth, struct error *err)
{
	const char *class = pickle_class(transformer);

	if (depth > DEPTH_MAX)
		return error_set(err, ERROR_LIMIT, "pipelines nested too deep");
	if (!class)
		return error_set(err, ERROR_INVALID,
				 "a step without its transformer");
	if (pickle_is_str(transformer, "passthrough") ||
	    is_identity(transformer))
		return 0;
	if (pickle_is_pipeline(transformer))
		return apply_pipeline(arena, transformer, row, depth, err);
	if (!strcmp(class,
		    "sklearn.compose._column_transformer.ColumnTransformer"))
		return column_transform(arena, transformer, row, depth, err);
	if (!strcmp(class, "sklearn.preprocessing._encoders.OneHotEncoder"))
		return one_hot(arena, transformer, row, err);
	if (!strcmp(class, "sklearn.preprocessing._data.StandardScaler"))
		return scale(arena, transformer, row, err);
	return error_set(err, ERROR_INVALID,
			 "%s is not a transformer that is evaluated here",
			 class);
}

int transform_apply(struct arena *arena,
		    const struct pickle_value *transformer,
		    struct transform_row *row, struct error *err)
{
	return apply(arena, transformer, row, 0, err);
}
