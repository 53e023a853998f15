/*
 * A table's rows written anew on the running stack: in another physical
 * order, in an earlier one, as they were, or with columns' values dealt out
 * otherwise. Triggers and foreign keys sleep meanwhile.
 */
#ifndef DIAGNOSE_TABLE_REWRITE_H
#define DIAGNOSE_TABLE_REWRITE_H

#include "diagnose/tables.h"

/* A pseudo-random physical order (by a digest of key and salt); the rows stay
 * the same. `tables` is the state that `table` belongs to, and what the
 * database holds now. */
int table_permute(PGconn *conn, struct tables *tables,
		  struct table_state *table, const char *salt,
		  struct error *err);
/* The physical order that the rows have in `before`; rows that were not there
 * come last. */
int table_reorder(PGconn *conn, struct tables *now, struct tables *before,
		  const char *name, struct error *err);
/* The rows of `before`, and no others. */
int table_put_back(PGconn *conn, const struct table_state *before,
		   struct error *err);
/* The values of the chosen columns (one flag each) go to other rows, pseudo-
 * randomly, each column's by itself; each row keeps its place and its other
 * values. */
int table_shuffle(PGconn *conn, struct tables *tables,
		  struct table_state *table, const bool *chosen,
		  const char *salt, struct error *err);

#endif
