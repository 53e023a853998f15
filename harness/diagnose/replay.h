/*
 * What a training's reading statements return when they are asked again now,
 * with the same values, in a read-only transaction: digests by stage. And how
 * PostgreSQL would run them: EXPLAIN, never ANALYZE.
 */
#ifndef DIAGNOSE_REPLAY_H
#define DIAGNOSE_REPLAY_H

#include "diagnose/stages.h"

struct replay {
	int replayed;  /* how many statements; 0: nothing to compare */
	int missed;    /* that read something, and can't be asked again */
	struct stage_digest entity_rows, features, labels, matrix;
};

/* label_names: the columns that may hold the label, an array of texts. */
void replay_statements(const struct statements *statements, PGconn *conn,
		       const json_t *label_names, struct replay *ret);

/* The relations behind views, and the bounds that stand in a view: added to
 * what each statement reads, from EXPLAIN (VERBOSE, FORMAT JSON). A statement
 * that can't be explained keeps what the parser saw. */
void plans_resolve(struct statements *statements, const struct tables *tables,
		   PGconn *conn);

/* All plans, without costs: whether others are taken now, in a new session. */
struct plans {
	char digest[SHA256_HEX];
	size_t count;
	size_t parallel; /* of them, how many have parallel workers */
};
int plans_look(const struct statements *statements, const char *conninfo,
	       struct plans *ret, struct error *err);

#endif
