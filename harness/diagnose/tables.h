/*
 * What the tables of a database hold at one moment: every row's key, a digest
 * of it and its place, so that "other rows" and "the same rows in another
 * order" are told apart; and the rows themselves, so that a table can be put
 * back, or in another order, on the running stack.
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
	const char *key;    /* the key columns as a row literal */
	const char *digest; /* md5 of the row */
	size_t rank;        /* its place in the physical order, from 0 */
};

struct table_state {
	const char *name;  /* as SQL takes it: labels, "Odd"."Name" */
	const char *key;   /* SQL of the key's text: (ROW(t.user_id))::text */
	const char *time_columns; /* " as_of updated_at ": of date and time
				   * types, between spaces */
	const char *columns; /* all, between spaces */
	struct table_row *rows;
	size_t row_count;
	struct map by_key; /* to struct table_row */
	char *copy;        /* COPY's text, in physical order; NULL: not kept */
	size_t copy_len;
};

struct tables {
	struct arena arena;
	VEC(struct table_state *) at; /* by name */
};

void tables_release(struct tables *tables);

/* All of the database's ordinary tables. keep: with their rows' text. */
int tables_read(PGconn *conn, bool keep, struct tables *ret,
		struct error *err);
struct table_state *tables_find(const struct tables *tables, const char *name);

/* How `now` differs from `before`, of rows that have the same key. */
struct table_change {
	size_t changed, added, removed; /* rows by key */
	size_t moved; /* kept rows whose place among the kept ones changed */
	size_t of;    /* rows before */
};
struct table_change tables_compare(const struct table_state *before,
				   const struct table_state *now);

/* Rewrites a table in a pseudo-random physical order (by the md5 of key and
 * salt); the rows stay the same. */
int tables_permute(PGconn *conn, const struct table_state *table,
		   const char *salt, struct error *err);
/* Rewrites it in the physical order that its rows had in `before`; rows that
 * were not there come last. */
int tables_reorder(PGconn *conn, const struct table_state *before,
		   struct error *err);
/* Puts the rows of `before` back, and nothing else. Needs before->copy. */
int tables_put_back(PGconn *conn, const struct table_state *before,
		    struct error *err);

#endif
