#include "model/column_encoder.h"
#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

/* sparse_threshold's default. */
static const double sparse_threshold = 0.3;

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* np.unique() of the texts: UTF-8 sorts as code points do. */
static int find_categories(struct column_encoder *e, struct encoded_column *c,
			   const struct table_column *from, size_t n_rows,
			   struct error *err)
{
	const char **sorted = xcalloc(n_rows, sizeof(*sorted));
	size_t n = 0;

	for (size_t i = 0; i < n_rows; i++) {
		if (!from->texts[i]) {
			free(sorted);
			return error_set(err, ERROR_INVALID,
					 "column '%s', row %zu: no text; a "
					 "text column must be filled",
					 from->name, i);
		}
		sorted[i] = from->texts[i];
	}
	qsort(sorted, n_rows, sizeof(*sorted), compare_texts);
	for (size_t i = 0; i < n_rows; i++)
		if (!n || strcmp(sorted[i], sorted[n - 1]))
			sorted[n++] = sorted[i];
	c->categories = arena_array(&e->arena, n, sizeof(*c->categories));
	for (size_t i = 0; i < n; i++)
		c->categories[i] = arena_strdup(&e->arena, sorted[i]);
	c->n_categories = n;
	c->n_outputs = n ? n - 1 : 0;
	free(sorted);
	return 0;
}

/* Text columns' outputs first, then the others'. */
static void place(struct column_encoder *e)
{
	for (int text = 1; text >= 0; text--)
		for (size_t i = 0; i < e->n_columns; i++) {
			struct encoded_column *c = &e->columns[i];

			if (c->is_text != (bool)text)
				continue;
			c->first_output = e->n_outputs;
			e->n_outputs += c->n_outputs;
		}
}

/* ColumnTransformer._hstack() counts every value of a dense block, and those
 * that aren't zero of a sparse one. */
static int check_dense(const struct column_encoder *e,
		       const struct table *table, struct error *err)
{
	double filled = 0, all;

	for (size_t i = 0; i < e->n_columns; i++) {
		const struct encoded_column *c = &e->columns[i];

		for (size_t row = 0; row < table->n_rows; row++)
			filled += !c->is_text ||
				  strcmp(table->columns[i].texts[row],
					 c->categories[0]) != 0;
	}
	all = (double)e->n_outputs * (double)table->n_rows;
	if (filled < sparse_threshold * all)
		return error_set(err, ERROR_INVALID,
				 "the text columns have so many categories "
				 "(%zu columns in all) that scikit-learn "
				 "would fit a sparse matrix, which is not "
				 "supported",
				 e->n_outputs);
	return 0;
}

int column_encoder_fit(struct column_encoder *ret, const struct table *table,
		       struct error *err)
{
	struct column_encoder e = {.n_columns = table->n_columns};

	e.columns = arena_array(&e.arena, e.n_columns, sizeof(*e.columns));
	for (size_t i = 0; i < e.n_columns; i++) {
		const struct table_column *from = &table->columns[i];
		struct encoded_column *c = &e.columns[i];

		c->name = arena_strdup(&e.arena, from->name);
		c->is_text = from->is_text;
		c->n_outputs = 1;
		if (from->is_text &&
		    find_categories(&e, c, from, table->n_rows, err) < 0)
			goto failed;
	}
	place(&e);
	if (check_dense(&e, table, err) < 0)
		goto failed;
	*ret = e;
	return 0;
failed:
	arena_release(&e.arena);
	return -1;
}

void column_encoder_release(struct column_encoder *encoder)
{
	arena_release(&encoder->arena);
	*encoder = (struct column_encoder){0};
}

static const struct table_column *find_column(const struct table *table,
					      size_t first, const char *name)
{
	if (first < table->n_columns &&
	    !strcmp(table->columns[first].name, name))
		return &table->columns[first];
	for (size_t i = 0; i < table->n_columns; i++)
		if (!strcmp(table->columns[i].name, name))
			return &table->columns[i];
	return NULL;
}

static void encode_text(const struct encoded_column *c,
			const struct table_column *from, const size_t *rows,
			size_t n_rows, float *ret)
{
	memset(ret, 0, c->n_outputs * n_rows * sizeof(*ret));
	for (size_t i = 0; i < n_rows; i++) {
		const char *text = from->texts[rows ? rows[i] : i];
		const char **found;

		if (!text)
			continue;
		found = bsearch(&text, c->categories, c->n_categories,
				sizeof(*c->categories), compare_texts);
		if (found && found != c->categories)
			ret[(size_t)(found - c->categories - 1) * n_rows + i] =
				1;
	}
}

int column_encoder_transform(const struct column_encoder *e,
			     const struct table *table, const size_t *rows,
			     size_t n_rows, float *ret, struct error *err)
{
	for (size_t i = 0; i < e->n_columns; i++) {
		const struct encoded_column *c = &e->columns[i];
		const struct table_column *from =
			find_column(table, i, c->name);
		float *into = ret + c->first_output * n_rows;

		if (!from)
			return error_set(err, ERROR_INVALID,
					 "columns are missing: '%s'", c->name);
		if (from->is_text != c->is_text)
			return error_set(err, ERROR_INVALID,
					 "column '%s' holds %s, where it was "
					 "fitted on %s",
					 c->name,
					 from->is_text ? "text" : "numbers",
					 c->is_text ? "text" : "numbers");
		if (c->is_text)
			encode_text(c, from, rows, n_rows, into);
		else
			for (size_t k = 0; k < n_rows; k++)
				into[k] = (float)from
						  ->numbers[rows ? rows[k] : k];
	}
	return 0;
}
