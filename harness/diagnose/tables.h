/*
 * What the tables of a database hold at one moment: every row as COPY writes
 * it, in its place, so that "other rows" and "the same rows in another order"
 * are told apart. COPY is the cheapest thing to ask of the server: it casts
 * and hashes nothing there, and its text can be put back as it is
 * (table_rewrite.h).
 */
#ifndef DIAGNOSE_TABLES_H
#define DIAGNOSE_TABLES_H

#include "base/arena.h"
#include "base/error.h"
#include "base/map.h"
#include "base/vec.h"

#include <libpq-fe.h>
#include <stdbool.h>

struct table_row {
	const char *line; /* fields between tabs, as COPY escapes them */
	size_t len;       /* without the newline */
	const char *key;  /* the key's fields between tabs; without a primary
			   * key, the whole line */
};

struct table_column {
	const char *name;
	bool is_time; /* a date or a timestamp */
	int key;      /* its place in the primary key, from 1; 0: none */
};

struct table_state {
	const char *name; /* as SQL takes it: labels, "Odd"."Name" */
	VEC(struct table_column) columns; /* what COPY writes, in its order */
	const char *time_columns; /* " as_of updated_at ": between spaces */
	char *copy; /* COPY's text, in physical order */
	size_t copy_len;
	struct table_row *rows; /* in physical order */
	size_t row_count;
	bool indexed;      /* keys and by_key are filled: only where two */
	struct map by_key; /* states of a table are not the same text */
};

/* A view, and one of the tables that it reads, by itself or through others. */
struct table_view {
	const char *name, *table;
};

struct tables {
	struct arena arena;
	VEC(struct table_state *) at; /* by name */
	VEC(struct table_view) views;
};

void tables_release(struct tables *tables);

/* All of the database's ordinary tables. */
int tables_read(PGconn *conn, struct tables *ret, struct error *err);
struct table_state *tables_find(const struct tables *tables, const char *name);
/* The place of a column, or -1. */
int table_column_find(const struct table_state *table, const char *name);
/* Keys, and rows by key. */
void table_index(struct tables *tables, struct table_state *table);

/* The same rows in the same order. */
bool table_is_same(const struct table_state *a, const struct table_state *b);

/* How a table differs in `now` from `before`, of rows that have the same
 * key. Where `before` has no such table, all its rows were added. */
struct table_change {
	size_t changed, added, removed; /* rows by key */
	size_t moved; /* kept rows whose place among the kept ones changed */
	size_t of;    /* rows before */
};
struct table_change tables_compare(struct tables *before, struct tables *now,
				   const char *name);

#endif
