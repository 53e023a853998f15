/* The order in which the lab's tables lie in the database: their rows, read
 * from the month's file, laid down by worlds/heap.h. */
#include "worlds/month.h"

#include "base/alloc.h"
#include "base/path.h"
#include "base/vec.h"
#include "format/csv.h"

#include <string.h>

enum { NO_CELL = 512 };

/* A row of the file: its key, and its size in each of the tables. */
struct laying {
	const struct worlds_lab *lab;
	struct arena *arena;
	struct csv csv;
	size_t key;
	size_t **cells; /* by table and column: the cell, or NO_CELL */
	VEC(const char *) keys;
	VEC(size_t) sizes; /* by row and table */
};

static size_t find_cell(const struct csv *csv, const char *name)
{
	for (size_t i = 0; i < csv->cells.len; i++)
		if (!strcmp(csv->cells.at[i].text, name))
			return i;
	return NO_CELL;
}

static int read_header(struct laying *l, struct error *err)
{
	if (csv_next(&l->csv, err) < 0)
		return -1;
	l->key = find_cell(&l->csv, l->lab->key);
	l->cells = arena_array(l->arena, l->lab->n_tables, sizeof(*l->cells));
	for (size_t t = 0; t < l->lab->n_tables; t++) {
		const struct lab_table *table = &l->lab->tables[t];

		l->cells[t] = arena_array(l->arena, table->n_columns + 1,
					  sizeof(**l->cells));
		for (size_t c = 0; c < table->n_columns; c++)
			l->cells[t][c] =
				find_cell(&l->csv, table->columns[c]);
	}
	return 0;
}

/* What the ingestion makes of an empty cell of that column, or NULL. */
static const char *filled(const struct worlds_lab *lab, const char *column)
{
	for (size_t f = 0; f < lab->n_features; f++)
		if (!strcmp(lab->features[f].column, column))
			return lab_feature_missing(&lab->features[f], 0);
	return NULL;
}

static size_t size_in(const struct laying *l, size_t t)
{
	const struct lab_table *table = &l->lab->tables[t];
	const char **values = xcalloc(table->n_columns + 1, sizeof(*values));
	size_t size;

	for (size_t c = 0; c < table->n_columns; c++) {
		size_t cell = l->cells[t][c];

		/* A column that the file lacks is the stamp: not NULL. */
		values[c] = cell == NO_CELL ? "" : l->csv.cells.at[cell].text;
		if (cell != NO_CELL && !*values[c])
			values[c] = filled(l->lab, table->columns[c]);
	}
	size = heap_row_size(table->types, values, table->n_columns);
	free(values);
	return size;
}

static int read_rows(struct laying *l, struct error *err)
{
	int more = read_header(l, err);

	if (more < 0)
		return -1;
	while ((more = csv_next(&l->csv, err)) > 0) {
		*vec_push(&l->keys) =
			arena_strdup(l->arena, l->csv.cells.at[l->key].text);
		for (size_t t = 0; t < l->lab->n_tables; t++)
			*vec_push(&l->sizes) = size_in(l, t);
	}
	return more;
}

/* Table after table: the rows of one go into the next as they come out. */
static void lay_down(const struct laying *l, size_t *order)
{
	size_t n = l->keys.len, tables = l->lab->n_tables;
	size_t *sizes = xcalloc(n + 1, sizeof(*sizes));
	size_t *moved = xcalloc(n + 1, sizeof(*moved));
	size_t *before = xcalloc(n + 1, sizeof(*before));

	for (size_t i = 0; i < n; i++)
		order[i] = i;
	for (size_t t = 0; t < tables; t++) {
		memcpy(before, order, n * sizeof(*before));
		for (size_t i = 0; i < n; i++)
			sizes[i] = l->sizes.at[before[i] * tables + t];
		heap_scan_order(sizes, n, moved);
		for (size_t i = 0; i < n; i++)
			order[i] = before[moved[i]];
	}
	free(sizes);
	free(moved);
	free(before);
}

static void add_order(struct laying *l, struct month *month)
{
	struct month_order *o = &month->orders[month->n_orders++];
	size_t *order = xcalloc(l->keys.len + 1, sizeof(*order));

	lay_down(l, order);
	o->table = l->lab->tables[l->lab->n_tables - 1].name;
	o->what = arena_printf(l->arena,
			       "as PostgreSQL lays %s down after ingesting %s",
			       o->table, month->name);
	o->n = l->keys.len;
	o->keys = arena_array(l->arena, o->n + 1, sizeof(*o->keys));
	for (size_t i = 0; i < o->n; i++)
		o->keys[i] = l->keys.at[order[i]];
	free(order);
}

int month_read_heap(struct month *month, const struct worlds_lab *lab,
		    const char *dir, struct arena *arena, struct error *err)
{
	struct laying l = {.lab = lab, .arena = arena};
	const char *path = path_join(
		arena, path_join(arena, dir, month->name),
		arena_printf(arena, "%s.csv", lab->features[0].table));
	int result;

	if (!lab->n_tables)
		return 0;
	result = csv_open(&l.csv, path, NULL, err);
	if (!result)
		result = read_rows(&l, err);
	if (!result)
		add_order(&l, month);
	csv_close(&l.csv);
	vec_release(&l.keys);
	vec_release(&l.sizes);
	return result;
}
