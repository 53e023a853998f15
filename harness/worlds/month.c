#include "worlds/month.h"

#include "base/alloc.h"
#include "base/compiler.h"
#include "base/number.h"
#include "base/path.h"
#include "base/vec.h"
#include "format/csv.h"

#include <math.h>
#include <string.h>

enum { NO_COLUMN = 512 };

/* One table while it is read. */
struct reading {
	struct month *month;
	const struct worlds_lab *lab;
	size_t reading; /* of empty cells */
	struct arena *arena;
	const char *table;
	struct csv csv;
	size_t key;     /* its column */
	size_t target;  /* the label's column, or NO_COLUMN */
	size_t *column; /* by feature: its column here, or NO_COLUMN */
	bool *seen;     /* by row */
	VEC(const char *) keys;
};

size_t month_row(const struct month *month, const char *key)
{
	const char **at = map_get(&month->rows, key);

	return at ? (size_t)(at - month->keys) : SIZE_MAX;
}

static int find_column(struct reading *r, const char *name, size_t *ret,
		       struct error *err)
{
	for (size_t i = 0; i < r->csv.cells.len; i++)
		if (!strcmp(r->csv.cells.at[i].text, name)) {
			*ret = i;
			return 0;
		}
	return error_set(err, ERROR_INVALID, "%s:1: no column `%s`",
			 r->csv.path, name);
}

static int read_header(struct reading *r, struct error *err)
{
	const struct worlds_lab *lab = r->lab;
	int more = csv_next(&r->csv, err);

	if (more <= 0)
		return more < 0 ? -1
				: error_set(err, ERROR_INVALID,
					    "%s: no header line", r->csv.path);
	if (find_column(r, lab->key, &r->key, err) < 0)
		return -1;
	r->target = NO_COLUMN;
	if (!strcmp(r->table, lab->target_table) &&
	    find_column(r, lab->target_column, &r->target, err) < 0)
		return -1;
	for (size_t f = 0; f < lab->n_features; f++) {
		r->column[f] = NO_COLUMN;
		if (!strcmp(lab->features[f].table, r->table) &&
		    find_column(r, lab->features[f].column, &r->column[f],
				err) < 0)
			return -1;
	}
	return 0;
}

/* -1: neither. */
static int truth(const char *text)
{
	static const char *const words[2][5] = {
		{"False", "FALSE", "false", "f", "0"},
		{"True", "TRUE", "true", "t", "1"},
	};

	for (int value = 0; value < 2; value++)
		for (size_t i = 0; i < ARRAY_SIZE(words[0]); i++)
			if (!strcmp(text, words[value][i]))
				return value;
	return -1;
}

static int take_feature(struct reading *r, size_t f, size_t row,
			struct error *err)
{
	const struct lab_feature *feature = &r->lab->features[f];
	const struct csv_cell *cell = &r->csv.cells.at[r->column[f]];
	const char *missing = lab_feature_missing(feature, r->reading);
	const char *text = *cell->text || !missing ? cell->text : missing;
	double *number = r->month->numbers[f] ? &r->month->numbers[f][row]
					      : NULL;

	if (feature->type == FEATURE_TEXT) {
		r->month->texts[f][row] =
			*text ? arena_strdup(r->arena, text) : NULL;
		return 0;
	}
	*number = NAN;
	if (!*text)
		return 0;
	if (feature->type == FEATURE_NUMBER) {
		if (!number_parse_double(text, number) || isinf(*number))
			return csv_complain(&r->csv, cell, err,
					    "column %s: '%s' is no number",
					    feature->column, text);
		return 0;
	}
	if (truth(text) < 0)
		return csv_complain(&r->csv, cell, err,
				    "column %s: '%s' is neither True nor "
				    "False",
				    feature->column, text);
	*number = truth(text);
	return 0;
}

static int take_label(struct reading *r, size_t row, struct error *err)
{
	const struct csv_cell *cell = &r->csv.cells.at[r->target];

	if (!*cell->text)
		return 0;
	if (truth(cell->text) < 0)
		return csv_complain(&r->csv, cell, err,
				    "column %s: '%s' is neither True nor "
				    "False",
				    r->lab->target_column, cell->text);
	r->month->labels[row] = (uint8_t)truth(cell->text);
	return 0;
}

static int take_row(struct reading *r, struct error *err)
{
	const struct csv_cell *cell = &r->csv.cells.at[r->key];
	size_t row = month_row(r->month, cell->text);

	if (!*cell->text)
		return csv_complain(&r->csv, cell, err, "no %s", r->lab->key);
	if (row == SIZE_MAX)
		return 0; /* of somebody whom the first table lacks */
	if (r->seen[row])
		return csv_complain(&r->csv, cell, err, "%s %s a second time",
				    r->lab->key, cell->text);
	r->seen[row] = true;
	*vec_push(&r->keys) = r->month->keys[row];
	for (size_t f = 0; f < r->lab->n_features; f++)
		if (r->column[f] != NO_COLUMN &&
		    take_feature(r, f, row, err) < 0)
			return -1;
	return r->target == NO_COLUMN ? 0 : take_label(r, row, err);
}

/* Rows that a table lacks are not whole; the order of the others is kept. */
static void finish_table(struct reading *r, bool has_features)
{
	struct month *m = r->month;
	struct month_order *order = &m->orders[m->n_orders++];

	for (size_t row = 0; has_features && row < m->n_rows; row++)
		m->whole[row] &= r->seen[row];
	order->table = r->table;
	order->what = arena_printf(r->arena, "file order of %s/%s", m->name,
				   r->table);
	order->n = r->keys.len;
	order->keys = arena_array(r->arena, order->n + 1, sizeof(char *));
	if (order->n)
		memcpy(order->keys, r->keys.at, order->n * sizeof(char *));
}

static int open_table(struct reading *r, const char *dir, struct error *err)
{
	const char *path = path_join(
		r->arena, path_join(r->arena, dir, r->month->name),
		arena_printf(r->arena, "%s.csv", r->table));

	return csv_open(&r->csv, path, NULL, err);
}

static int read_rows(struct reading *r, struct error *err)
{
	bool has_features = false;
	int more;

	if (read_header(r, err) < 0)
		return -1;
	for (size_t f = 0; f < r->lab->n_features; f++)
		has_features |= r->column[f] != NO_COLUMN;
	while ((more = csv_next(&r->csv, err)) > 0)
		if (take_row(r, err) < 0)
			return -1;
	if (!more)
		finish_table(r, has_features);
	return more;
}

static int read_table(struct month *month, const struct worlds_lab *lab,
		      size_t reading, const char *table, const char *dir,
		      struct arena *arena, struct error *err)
{
	struct reading r = {.month = month,
			    .lab = lab,
			    .reading = reading,
			    .arena = arena,
			    .table = table};
	int result;

	r.column = xcalloc(lab->n_features, sizeof(*r.column));
	r.seen = xcalloc(month->n_rows + 1, sizeof(*r.seen));
	result = open_table(&r, dir, err);
	if (!result)
		result = read_rows(&r, err);
	csv_close(&r.csv);
	vec_release(&r.keys);
	free(r.column);
	free(r.seen);
	return result;
}

/* The users: those of the first feature's table, in its order. */
static int read_users(struct month *month, const struct worlds_lab *lab,
		      const char *dir, struct arena *arena, struct error *err)
{
	struct reading r = {.month = month,
			    .lab = lab,
			    .arena = arena,
			    .table = lab->features[0].table};
	int more, result = open_table(&r, dir, err);

	if (!result && (result = csv_next(&r.csv, err)) >= 0) {
		result = result ? find_column(&r, lab->key, &r.key, err)
				: error_set(err, ERROR_INVALID,
					    "%s: no header line", r.csv.path);
		while (!result && (more = csv_next(&r.csv, err)) != 0) {
			if (more < 0)
				result = -1;
			else
				*vec_push(&r.keys) = arena_strdup(
					arena, r.csv.cells.at[r.key].text);
		}
	}
	if (!result && !r.keys.len)
		result = error_set(err, ERROR_INVALID, "%s: no rows",
				   r.csv.path);
	month->n_rows = r.keys.len;
	month->keys = arena_array(arena, r.keys.len + 1, sizeof(char *));
	for (size_t i = 0; !result && i < r.keys.len; i++) {
		month->keys[i] = r.keys.at[i];
		map_put(&month->rows, month->keys[i], &month->keys[i]);
	}
	csv_close(&r.csv);
	vec_release(&r.keys);
	return result;
}

static void allocate(struct month *m, const struct worlds_lab *lab,
		     struct arena *arena)
{
	size_t n = m->n_rows;

	m->numbers = arena_array(arena, lab->n_features, sizeof(*m->numbers));
	m->texts = arena_array(arena, lab->n_features, sizeof(*m->texts));
	for (size_t f = 0; f < lab->n_features; f++) {
		if (lab->features[f].type == FEATURE_TEXT)
			m->texts[f] = arena_array(arena, n, sizeof(char *));
		else
			m->numbers[f] = arena_array(arena, n, sizeof(double));
	}
	m->whole = arena_array(arena, n, sizeof(*m->whole));
	m->labels = arena_array(arena, n, sizeof(*m->labels));
	memset(m->whole, true, n * sizeof(*m->whole));
	memset(m->labels, LABEL_NONE, n);
	m->orders = arena_array(arena, lab->n_features + 2,
				sizeof(*m->orders));
}

static bool was_read(const struct month *m, const char *table)
{
	for (size_t i = 0; i < m->n_orders; i++)
		if (!strcmp(m->orders[i].table, table))
			return true;
	return false;
}

int month_read(struct month *ret, const struct worlds_lab *lab,
	       const struct lab_month *month, size_t reading, const char *dir,
	       struct arena *arena, struct error *err)
{
	struct month m = {.name = month->folder,
			  .as_of = month->as_of,
			  .rows = MAP_INIT};
	int result = read_users(&m, lab, dir, arena, err);

	if (!result)
		allocate(&m, lab, arena);
	for (size_t f = 0; f < lab->n_features && !result; f++)
		if (!was_read(&m, lab->features[f].table))
			result = read_table(&m, lab, reading,
					    lab->features[f].table, dir, arena,
					    err);
	if (!result && !was_read(&m, lab->target_table))
		result = read_table(&m, lab, reading, lab->target_table, dir,
				    arena, err);
	if (result < 0) {
		month_release(&m);
		return -1;
	}
	*ret = m;
	return 0;
}

void month_release(struct month *month)
{
	map_release(&month->rows);
}
