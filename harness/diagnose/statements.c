#include "diagnose/statements.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/number.h"
#include "base/strbuf.h"
#include "diagnose/parse.h"
#include "step/sql.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	STATEMENTS_MAX = 5000,
	PARAMS_MAX = 200,
	REPLAY_ROWS_MAX = 2000000,
};
#define LOG_MAX ((size_t)64 * 1024 * 1024)

/* One value of one row; NULL where the statement fails or gives none. */
static char *ask(PGconn *conn, const char *query, const char *const *params,
		 int count, struct error *err)
{
	PGresult *result;

	if (sql_run(conn, query, params, count, &result, err) < 0)
		return NULL;
	char *value = PQntuples(result) && !PQgetisnull(result, 0, 0)
		? strdup(PQgetvalue(result, 0, 0)) : NULL;
	PQclear(result);
	if (!value)
		error_set(err, ERROR_UNAVAILABLE, "`%s` gave nothing", query);
	return value;
}

/* The postmaster reads the new setting before it tells a session to: once
 * this one has it, every new one does. */
static int wait_until_logged(PGconn *conn, const char *want,
			     struct error *err)
{
	int64_t deadline = clock_monotonic() + 5 * CLOCK_SEC;

	while (clock_monotonic() < deadline) {
		char *value = ask(conn, "SHOW log_statement", NULL, 0, err);
		bool done = value && !strcmp(value, want);
		free(value);
		if (done)
			return 0;
		clock_sleep(2 * CLOCK_MSEC);
	}
	return error_set(err, ERROR_TIMEOUT,
			 "PostgreSQL did not take log_statement=%s", want);
}

static int find_end_of_log(struct statement_log *log, struct error *err)
{
	char *file = ask(log->conn, "SELECT pg_current_logfile('jsonlog')",
			 NULL, 0, err);
	const char *params[] = { file };
	int64_t size = 0;

	if (!file)
		return error_context(err, "PostgreSQL keeps no jsonlog");
	snprintf(log->file, sizeof(log->file), "%s", file);
	char *text = ask(log->conn, "SELECT size FROM pg_stat_file($1)",
			 params, 1, err);
	int rc = text && number_parse_int(text, 0, INT64_MAX, &size) ? 0 : -1;
	log->offset = size;
	free(text);
	free(file);
	return rc;
}

int statement_log_begin(struct statement_log *log, PGconn *conn,
			struct error *err)
{
	memset(log, 0, sizeof(*log));
	log->conn = conn;
	if (sql_run(log->conn, "ALTER SYSTEM SET log_statement = 'all'", NULL,
		    0, NULL, err) < 0 ||
	    sql_run(log->conn, "SELECT pg_reload_conf()", NULL, 0, NULL,
		    err) < 0 ||
	    wait_until_logged(log->conn, "all", err) < 0 ||
	    find_end_of_log(log, err) < 0)
		return error_context(err, "switching the statement log on");
	log->on = true;
	return 0;
}

/* Asks something that the log must show, and reads until it does: the
 * collector writes a little after the fact. */
static char *read_log(struct statement_log *log, struct error *err)
{
	char mark[64], from[32];
	int64_t deadline = clock_monotonic() + 5 * CLOCK_SEC;
	const char *params[] = { log->file, from };

	snprintf(mark, sizeof(mark), "SELECT 'bis %lld'",
		 (long long)clock_now());
	snprintf(from, sizeof(from), "%lld", log->offset);
	if (sql_run(log->conn, mark, NULL, 0, NULL, err) < 0)
		return NULL;
	while (clock_monotonic() < deadline) {
		char *text = ask(log->conn,
				 "SELECT pg_read_file($1, $2::bigint, "
				 "67108864)", params, 2, err);
		if (!text || strstr(text, mark))
			return text;
		free(text);
		clock_sleep(2 * CLOCK_MSEC);
	}
	error_set(err, ERROR_TIMEOUT, "the statement log lags behind");
	return NULL;
}

/* "parameters: $1 = '2024-01-31', $2 = NULL" into texts. */
static void read_params(struct arena *arena, const char *detail,
			struct statement *statement)
{
	static const char lead[] = "parameters: ";
	const char *p = detail;

	if (!p || strncasecmp(p, lead, strlen(lead)))
		return;
	statement->params =
		arena_array(arena, PARAMS_MAX, sizeof(*statement->params));
	while ((p = strstr(p, " = ")) && statement->param_count < PARAMS_MAX) {
		p += 3;
		struct strbuf value = STRBUF_INIT(LOG_MAX);
		if (*p == '\'') {
			for (p++; *p; p++) {
				if (*p == '\'' && *++p != '\'')
					break;
				strbuf_addch(&value, *p);
			}
			statement->params[statement->param_count++] =
				arena_strdup(arena, value.buf);
		} else {
			statement->params[statement->param_count++] = NULL;
		}
		strbuf_release(&value);
	}
}

/* The text with its values in the place of $1, $2, ... */
static const char *with_values(struct arena *arena,
			       const struct statement *statement)
{
	struct strbuf sb = STRBUF_INIT(LOG_MAX);

	for (const char *p = statement->text; *p; p++) {
		char *end;
		long n = *p == '$' && isdigit((unsigned char)p[1])
			? strtol(p + 1, &end, 10) : 0;
		if (n < 1 || n > statement->param_count) {
			strbuf_addch(&sb, *p);
			continue;
		}
		const char *value = statement->params[n - 1];
		if (value)
			strbuf_addf(&sb, "'%s'", value);
		else
			strbuf_addstr(&sb, "NULL");
		p = end - 1;
	}
	const char *text = arena_strdup(arena, sb.buf);
	strbuf_release(&sb);
	return text;
}

/* "statement: SELECT 1", "execute <unnamed>: SELECT 1" */
static const char *logged_text(const char *message)
{
	if (!strncmp(message, "statement: ", 11))
		return message + 11;
	if (!strncmp(message, "execute ", 8)) {
		const char *colon = strstr(message, ": ");
		return colon ? colon + 2 : NULL;
	}
	return NULL;
}

static const char *member(const json_t *entry, const char *key)
{
	return json_string_value(json_object_get(entry, key));
}

/* A failed statement was logged when it was sent, if it was a simple query;
 * a refused PREPARE or Parse was not. */
static void note_failure(const json_t *entry, struct statements *into)
{
	const char *text = member(entry, "statement");
	const char *message = member(entry, "message");
	size_t len = into->at.len;

	if (!text || !message)
		return;
	struct statement *last = len ? into->at.at[len - 1] : NULL;
	if (!last || last->failure || strcmp(last->text, text)) {
		last = arena_new(&into->arena, struct statement);
		last->text = arena_strdup(&into->arena, text);
		*vec_push(&into->at) = last;
	}
	last->failure = arena_strdup(&into->arena, message);
}

static void note_entry(const json_t *entry, const char *database, int own_pid,
		       struct statements *into)
{
	const char *where = member(entry, "dbname");
	const char *severity = member(entry, "error_severity");
	const char *message = member(entry, "message");

	if (!where || strcmp(where, database) || !severity || !message ||
	    json_integer_value(json_object_get(entry, "pid")) == own_pid ||
	    into->at.len >= STATEMENTS_MAX)
		return;
	if (!strcmp(severity, "ERROR")) {
		note_failure(entry, into);
		return;
	}
	const char *text = logged_text(message);
	if (!text)
		return;
	struct statement *statement = arena_new(&into->arena,
						struct statement);
	statement->text = arena_strdup(&into->arena, text);
	read_params(&into->arena, member(entry, "detail"), statement);
	*vec_push(&into->at) = statement;
}

int statement_log_end(struct statement_log *log, const struct tables *tables,
		      struct statements *ret, struct error *err)
{
	struct statements statements = { .arena = ARENA_INIT };

	if (!log->on)
		return error_set(err, ERROR_INTERNAL, "the log is not on");
	char *text = read_log(log, err);
	sql_run(log->conn, "ALTER SYSTEM RESET log_statement", NULL, 0, NULL,
		NULL);
	sql_run(log->conn, "SELECT pg_reload_conf()", NULL, 0, NULL, NULL);
	for (char *line = text; line && *line;) {
		size_t len = strcspn(line, "\n");
		json_t *entry = json_loadb(line, len, 0, NULL);
		note_entry(entry, PQdb(log->conn),
			   PQbackendPID(log->conn), &statements);
		json_decref(entry);
		line += len + (line[len] == '\n');
	}
	log->on = false;
	if (!text)
		return error_context(err, "reading the statement log");
	free(text);
	for (size_t i = 0; i < statements.at.len; i++) {
		struct statement *statement = statements.at.at[i];
		statement->shown = with_values(&statements.arena, statement);
		parse_statement(&statements.arena, tables, statement);
	}
	*ret = statements;
	return 0;
}

void statements_release(struct statements *statements)
{
	for (size_t i = 0; i < statements->at.len; i++)
		vec_release(&statements->at.at[i]->reads);
	vec_release(&statements->at);
	arena_release(&statements->arena);
}

bool statements_read(const struct statements *statements, const char *table,
		     const struct statement **ret_unbounded)
{
	bool read = false;

	*ret_unbounded = NULL;
	for (size_t i = 0; i < statements->at.len; i++) {
		const struct statement *statement = statements->at.at[i];
		for (size_t j = 0; j < statement->reads.len; j++) {
			const struct table_read *r = &statement->reads.at[j];
			if (statement->failure || !statement->reads_only ||
			    strcmp(r->table, table))
				continue;
			read = true;
			if (!r->bounded && !*ret_unbounded)
				*ret_unbounded = statement;
		}
	}
	return read;
}

