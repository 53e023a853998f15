/*
 * What a training asks the database: PostgreSQL's own statement log, switched
 * on around it, read back through SQL (pg_read_file: the log's format is
 * jsonlog, PostgreSQL 15 and later), and parsed by libpg_query, PostgreSQL's
 * own parser. Statements are evidence, never a verdict.
 */
#ifndef DIAGNOSE_STATEMENTS_H
#define DIAGNOSE_STATEMENTS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/vec.h"
#include "diagnose/tables.h"

#include <libpq-fe.h>
#include <stdbool.h>

/* A relation that a statement reads. */
struct table_read {
	const char *table;  /* as in struct tables */
	bool bounded;       /* a condition compares one of its time columns */
};

struct statement {
	const char *text;     /* with $1, $2 as sent */
	const char *shown;    /* with the values in their place, for people */
	const char **params;  /* texts; NULL entries are NULLs */
	int param_count;
	const char *failure;  /* the server's message, or NULL: it succeeded */
	bool reads_only;      /* a single SELECT (or COPY of one) */
	bool ordered;         /* its outermost SELECT has an ORDER BY */
	const char *query;    /* the SELECT itself, of a COPY; else = text */
	VEC(struct table_read) reads;
};

struct statements {
	struct arena arena;
	VEC(struct statement *) at; /* in order of time */
};

/* The log between _begin and _end. */
struct statement_log {
	PGconn *conn;        /* superuser; the caller's */
	char file[256];
	long long offset;
	bool on;
};

int statement_log_begin(struct statement_log *log, PGconn *conn,
			struct error *err);
/* Switches the log off, and reads what other sessions of this database
 * asked meanwhile. `tables` tells which names are tables, and their time
 * columns. */
int statement_log_end(struct statement_log *log, const struct tables *tables,
		      struct statements *ret, struct error *err);
void statements_release(struct statements *statements);

/* Whether any statement that succeeded reads the table; *ret_unbounded: the
 * first that does so without a bound on time, or NULL. */
bool statements_read(const struct statements *statements, const char *table,
		     const struct statement **ret_unbounded);

#endif
