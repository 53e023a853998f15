/* sql: one query with bound parameters; values keep their types. */
#include "step/sql.h"

#include "base/number.h"

#include <string.h>

static const struct key_spec keys[] = {
	{ .name = "database", .type = KEY_STRING,
	  .doc = "Which database of the stack (the application's)." },
	{ .name = "params", .type = KEY_ANY,
	  .doc = "A list of values for $1, $2, ... of the query." },
	{ .name = "query", .type = KEY_STRING, .required = true,
	  .doc = "One SQL statement." },
	{ 0 },
};

enum { ROWS_MAX = 10000, QUERY_MILLIS = 60000 };

/* Types by their fixed ids in pg_type.dat (stable across versions). */
enum { OID_BOOL = 16, OID_INT8 = 20, OID_INT2 = 21, OID_INT4 = 23,
       OID_FLOAT4 = 700, OID_FLOAT8 = 701, OID_NUMERIC = 1700,
       OID_JSON = 114, OID_JSONB = 3802 };

void sql_close(PGconn **conn)
{
	PQfinish(*conn);
	*conn = NULL;
}

static int is_connected(PGconn *conn, struct error *err)
{
	if (PQstatus(conn) == CONNECTION_OK)
		return 0;
	return error_set(err, ERROR_UNAVAILABLE, "database: %s",
			 PQerrorMessage(conn));
}

int sql_connect(const char *conninfo, PGconn **ret, struct error *err)
{
	PGconn *conn = PQconnectdb(conninfo);

	if (is_connected(conn, err) < 0) {
		PQfinish(conn);
		return -1;
	}
	*ret = conn;
	return 0;
}

void sql_session_end(struct sql_session *session)
{
	sql_close(&session->conn);
}

int sql_session_ask(struct sql_session *session, PGconn **ret,
		    struct error *err)
{
	if (!session->conn) {
		if (sql_connect(session->conninfo, &session->conn, err) < 0)
			return -1;
	} else if (sql_run(session->conn, "DISCARD ALL", NULL, 0, NULL,
			   NULL) < 0) {
		PQreset(session->conn);
		if (is_connected(session->conn, err) < 0)
			return -1;
	}
	*ret = session->conn;
	return 0;
}

int sql_run(PGconn *conn, const char *query, const char *const *params,
	    int count, PGresult **ret, struct error *err)
{
	PGresult *result = PQexecParams(conn, query, count, NULL, params, NULL,
					NULL, 0);
	ExecStatusType status = PQresultStatus(result);

	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
		const char *message =
			PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
		error_set(err, ERROR_INVALID, "%s",
			  message ? message : PQerrorMessage(conn));
		PQclear(result);
		return -1;
	}
	if (ret)
		*ret = result;
	else
		PQclear(result);
	return 0;
}

static json_t *typed(const PGresult *result, int row, int column)
{
	const char *text = PQgetvalue(result, row, column);
	size_t len = (size_t)PQgetlength(result, row, column);
	int64_t n;
	double d;
	json_t *value = NULL;

	if (PQgetisnull(result, row, column))
		return json_null();
	switch (PQftype(result, column)) {
	case OID_BOOL:
		return json_boolean(*text == 't');
	case OID_INT2: case OID_INT4: case OID_INT8:
		if (number_parse_int(text, INT64_MIN, INT64_MAX, &n))
			return json_integer(n);
		break;
	case OID_FLOAT4: case OID_FLOAT8: case OID_NUMERIC:
		if (number_parse_double(text, &d))
			value = json_real(d); /* NULL for nan and inf */
		break;
	case OID_JSON: case OID_JSONB:
		value = json_loadb(text, len, JSON_DECODE_ANY, NULL);
		break;
	default:
		break;
	}
	return value ? value : json_stringn(text, len);
}

json_t *sql_rows(const PGresult *result)
{
	json_t *rows = json_array();

	for (int i = 0; i < PQntuples(result) && i < ROWS_MAX; i++) {
		json_t *row = json_object();
		for (int j = 0; j < PQnfields(result); j++)
			json_object_set_new(row, PQfname(result, j),
					    typed(result, i, j));
		json_array_append_new(rows, row);
	}
	return rows;
}

static const char **bound(struct step_context *context, const json_t *list)
{
	size_t count = json_array_size(list);
	const char **params =
		arena_array(context->arena, count + 1, sizeof(*params));

	for (size_t i = 0; i < count; i++) {
		const json_t *value = json_array_get(list, i);
		params[i] = json_is_null(value)
			? NULL : step_scalar(context->arena, value);
	}
	return params;
}

static void add_literal(struct strbuf *sb, const char *before,
			const char *text)
{
	strbuf_addstr(sb, before);
	if (!text) {
		strbuf_addstr(sb, "NULL");
		return;
	}
	strbuf_addch(sb, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			strbuf_addch(sb, '\'');
		strbuf_addch(sb, *text);
	}
	strbuf_addch(sb, '\'');
}

static const char *by_hand(struct step_context *context, const char *query,
			   const char *const *params, size_t count)
{
	struct strbuf sb = STRBUF_INIT(STRBUF_TEXT);

	/* psql binds with \bind only from version 16 on: PREPARE does it in
	 * every version. */
	strbuf_addf(&sb, "%s", stack_by_hand(context->stack, "database"));
	if (!count) {
		strbuf_addf(&sb, " -c %s",
			    step_shell_quote(context->arena, query));
	} else {
		struct strbuf values = STRBUF_INIT(STRBUF_TEXT);
		for (size_t i = 0; i < count; i++)
			add_literal(&values, i ? ", " : "", params[i]);
		strbuf_addf(&sb, " -c %s -c %s",
			    step_shell_quote(context->arena,
					     arena_printf(context->arena,
							  "PREPARE q AS %s",
							  query)),
			    step_shell_quote(context->arena,
					     arena_printf(context->arena,
							  "EXECUTE q(%s)",
							  values.buf)));
		strbuf_release(&values);
	}
	const char *text = arena_strdup(context->arena, sb.buf);
	strbuf_release(&sb);
	return text;
}

static int run(struct step_context *context, const struct step *step,
	       const json_t *args, struct step_outcome *ret, struct error *err)
{
	const char *conninfo = stack_database(context->stack,
					      step_text(args, "database"));
	const char *query = step_text(args, "query");
	const json_t *list = json_object_get(args, "params");
	const char **params = bound(context, list);
	_cleanup_(sql_close) PGconn *conn = NULL;
	PGresult *result;
	struct error why = ERROR_INIT;

	(void)step;
	if (!conninfo)
		return error_set(err, ERROR_INVALID,
				 "this stack has no such database");
	if (sql_connect(conninfo, &conn, err) < 0)
		return -1;
	char limit[64];
	snprintf(limit, sizeof(limit), "SET statement_timeout = %d",
		 QUERY_MILLIS);
	if (sql_run(conn, limit, NULL, 0, NULL, err) < 0)
		return -1;
	ret->service = "database";
	ret->by_hand = by_hand(context, query, params, json_array_size(list));
	if (sql_run(conn, query, params, (int)json_array_size(list), &result,
		    &why) < 0) {
		ret->value = json_pack("{s:s}", "error", why.message);
		ret->actual = arena_strdup(context->arena, why.message);
		return 0;
	}
	json_t *rows = sql_rows(result);
	json_t *row = json_array_get(rows, 0);
	const char *first = PQnfields(result) ? PQfname(result, 0) : NULL;
	ret->value = json_pack("{s:i,s:O}", "row_count",
			       PQntuples(result), "rows", rows);
	if (row && first) {
		json_object_set(ret->value, "row", row);
		json_object_set(ret->value, "value",
				json_object_get(row, first));
	}
	json_decref(rows);
	PQclear(result);
	return 0;
}

const struct step_kind step_sql = {
	.syntax = { "sql", "Ask the database.", keys },
	.run = run,
};
