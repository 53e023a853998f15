/* A few words around libpq that the `sql` step and diagnose/ share. */
#ifndef STEP_SQL_H
#define STEP_SQL_H

#include "step/step.h"

#include <libpq-fe.h>

void sql_close(PGconn **conn); /* for _cleanup_(sql_close) */
int sql_connect(const char *conninfo, PGconn **ret, struct error *err);

/* One session for several questions: a new one costs PostgreSQL a process,
 * which is more than most of them. Each question finds it as new (DISCARD ALL);
 * but settings of the database itself that came since are for new sessions. */
struct sql_session {
	const char *conninfo;
	PGconn *conn; /* NULL: none is open */
};

/* *ret stays the session's: the same until it is ended. */
int sql_session_ask(struct sql_session *session, PGconn **ret,
		    struct error *err);
/* The next question opens a new one. */
void sql_session_end(struct sql_session *session);

/* ret NULL: the answer is not wanted. A refused statement is ERROR_INVALID
 * with the server's primary message. The caller clears *ret. */
int sql_run(PGconn *conn, const char *query, const char *const *params,
	    int count, PGresult **ret, struct error *err);
/* [{column: typed value}, ...], at most 10 000 rows. */
json_t *sql_rows(const PGresult *result);

#endif
