#include "model/csv_table.h"
#include "base/alloc.h"
#include "base/compiler.h"
#include "base/number.h"
#include "base/vec.h"
#include "format/csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* pandas' default na_values. */
static const char *const missing_names[] = {
	"",     "#N/A",   "#N/A N/A", "#NA",  "-1.#IND", "-1.#QNAN", "-NaN",
	"-nan", "1.#IND", "1.#QNAN",  "<NA>", "N/A",     "NA",       "NULL",
	"NaN",  "None",   "n/a",      "nan",  "null",
};

/* A column while it is read: its cells, and what they could all be. */
struct raw_column {
	const char *name;
	VEC(const char *) cells; /* NULL: missing */
	bool has_missing, has_filled, all_bool, all_numbers;
};

struct reader {
	struct csv csv;
	struct arena *arena;
	struct raw_column *columns;
	size_t n_columns, n_rows;
};

static bool is_missing(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(missing_names); i++)
		if (!strcmp(text, missing_names[i]))
			return true;
	return false;
}

/* True or False, as pandas spells them; -1: neither. */
static int truth(const char *text)
{
	if (!strcmp(text, "True") || !strcmp(text, "TRUE") ||
	    !strcmp(text, "true"))
		return 1;
	if (!strcmp(text, "False") || !strcmp(text, "FALSE") ||
	    !strcmp(text, "false"))
		return 0;
	return -1;
}

static void take_cell(struct reader *r, struct raw_column *c, const char *text)
{
	double number;

	if (is_missing(text)) {
		c->has_missing = true;
		*vec_push(&c->cells) = NULL;
		return;
	}
	c->has_filled = true;
	c->all_bool &= truth(text) >= 0;
	c->all_numbers &= number_parse_double(text, &number);
	*vec_push(&c->cells) = arena_strdup(r->arena, text);
}

static int read_header(struct reader *r, struct error *err)
{
	int more = csv_next(&r->csv, err);

	if (more <= 0)
		return more < 0 ? -1
				: error_set(err, ERROR_INVALID,
					    "no header line");
	r->n_columns = r->csv.cells.len;
	r->columns = xcalloc(r->n_columns, sizeof(*r->columns));
	for (size_t i = 0; i < r->n_columns; i++) {
		r->columns[i].name =
			arena_strdup(r->arena, r->csv.cells.at[i].text);
		r->columns[i].all_bool = r->columns[i].all_numbers = true;
		for (size_t k = 0; k < i; k++)
			if (!strcmp(r->columns[k].name, r->columns[i].name))
				return csv_complain(&r->csv,
						    &r->csv.cells.at[i], err,
						    "a second column '%s'",
						    r->columns[i].name);
	}
	return 0;
}

static int read_rows(struct reader *r, struct error *err)
{
	int more;

	if (read_header(r, err) < 0)
		return -1;
	while ((more = csv_next(&r->csv, err)) > 0) {
		for (size_t i = 0; i < r->n_columns; i++)
			take_cell(r, &r->columns[i], r->csv.cells.at[i].text);
		r->n_rows++;
	}
	if (!more && !r->n_rows)
		return error_set(err, ERROR_INVALID, "no rows");
	return more;
}

static bool is_bool(const struct raw_column *c)
{
	return c->all_bool && c->has_filled && !c->has_missing;
}

/* A cell of a column of numbers or of True and False. */
static double number_of(const struct raw_column *c, const char *text)
{
	double number = NAN;

	if (!text)
		return NAN;
	if (is_bool(c))
		return truth(text);
	number_parse_double(text, &number);
	return number;
}

static int make_column(struct reader *r, const struct raw_column *from,
		       struct table_column *to, struct error *err)
{
	double *numbers;

	if (from->all_bool && from->has_filled && from->has_missing)
		return error_set(err, ERROR_INVALID,
				 "column '%s' holds True, False and empty "
				 "cells: write 1 and 0, or fill it",
				 from->name);
	to->name = from->name;
	to->is_text = !from->all_numbers && !is_bool(from);
	if (to->is_text) {
		const char **texts =
			arena_array(r->arena, r->n_rows, sizeof(*texts));

		memcpy(texts, from->cells.at, r->n_rows * sizeof(*texts));
		to->texts = texts;
		return 0;
	}
	numbers = arena_array(r->arena, r->n_rows, sizeof(*numbers));
	for (size_t i = 0; i < r->n_rows; i++)
		numbers[i] = number_of(from, from->cells.at[i]);
	to->numbers = numbers;
	return 0;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int compare_integers(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Classes of texts: np.unique(), and for each row which. */
static void label_texts(struct csv_table *t, const struct raw_column *from,
			size_t n)
{
	const char **labels = arena_array(&t->arena, n, sizeof(*labels));
	size_t kept = 0;

	memcpy(labels, from->cells.at, n * sizeof(*labels));
	qsort(labels, n, sizeof(*labels), compare_texts);
	for (size_t i = 0; i < n; i++)
		if (!kept || strcmp(labels[kept - 1], labels[i]))
			labels[kept++] = labels[i];
	t->labels = (struct labels){LABELS_TEXT, NULL, labels, kept};
	for (size_t i = 0; i < n; i++) {
		const char **found = bsearch(&from->cells.at[i], labels, kept,
					     sizeof(*labels), compare_texts);

		t->y[i] = (uint32_t)(found - labels);
	}
}

static int label_integers(struct csv_table *t, const struct raw_column *from,
			  size_t n, struct error *err)
{
	int64_t *rows = arena_array(&t->arena, n, sizeof(*rows));
	int64_t *labels = arena_array(&t->arena, n, sizeof(*labels));
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (is_bool(from))
			rows[i] = truth(from->cells.at[i]);
		else if (!number_parse_int(from->cells.at[i], INT64_MIN,
					   INT64_MAX, &rows[i]))
			return error_set(err, ERROR_INVALID,
					 "target '%s': '%s' is no whole "
					 "number; a classifier needs classes",
					 from->name, from->cells.at[i]);
	}
	memcpy(labels, rows, n * sizeof(*labels));
	qsort(labels, n, sizeof(*labels), compare_integers);
	for (size_t i = 0; i < n; i++)
		if (!kept || labels[kept - 1] != labels[i])
			labels[kept++] = labels[i];
	t->labels = (struct labels){is_bool(from) ? LABELS_BOOL : LABELS_INT,
				    labels, NULL, kept};
	for (size_t i = 0; i < n; i++) {
		const int64_t *found =
			bsearch(&rows[i], labels, kept, sizeof(*labels),
				compare_integers);

		t->y[i] = (uint32_t)(found - labels);
	}
	return 0;
}

static int make_target(struct csv_table *t, const struct raw_column *from,
		       size_t n, struct error *err)
{
	if (from->has_missing)
		return error_set(err, ERROR_INVALID,
				 "target '%s' has empty cells", from->name);
	t->y = arena_array(&t->arena, n, sizeof(*t->y));
	if (is_bool(from) || from->all_numbers)
		return label_integers(t, from, n, err);
	label_texts(t, from, n);
	return 0;
}

static int make_table(struct csv_table *t, struct reader *r, const char *target,
		      struct error *err)
{
	struct table_column *columns =
		arena_array(&t->arena, r->n_columns, sizeof(*columns));
	size_t n = 0;

	for (size_t i = 0; i < r->n_columns; i++) {
		if (!strcmp(r->columns[i].name, target)) {
			if (make_target(t, &r->columns[i], r->n_rows, err) < 0)
				return -1;
			continue;
		}
		if (make_column(r, &r->columns[i], &columns[n++], err) < 0)
			return -1;
	}
	if (n == r->n_columns)
		return error_set(err, ERROR_INVALID, "no column '%s'", target);
	if (!n)
		return error_set(err, ERROR_INVALID,
				 "no column beside the target '%s'", target);
	t->table = (struct table){columns, n, r->n_rows};
	return 0;
}

int csv_table_read(struct csv_table *ret, const char *path, const char *target,
		   struct error *err)
{
	struct csv_table t = {0};
	struct reader r = {.arena = &t.arena};
	int result = csv_open(&r.csv, path, NULL, err);

	if (!result)
		result = read_rows(&r, err);
	if (!result)
		result = make_table(&t, &r, target, err);
	for (size_t i = 0; r.columns && i < r.n_columns; i++)
		vec_release(&r.columns[i].cells);
	free(r.columns);
	csv_close(&r.csv);
	if (result < 0) {
		arena_release(&t.arena);
		return error_context(err, "reading %s", path);
	}
	*ret = t;
	return 0;
}

void csv_table_release(struct csv_table *t)
{
	arena_release(&t->arena);
	*t = (struct csv_table){0};
}
