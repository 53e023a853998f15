#include "diagnose/tables.h"

#include "base/alloc.h"
#include "base/strbuf.h"
#include "step/sql.h"

#include <stdlib.h>
#include <string.h>

#define COPY_MAX ((size_t)512 * 1024 * 1024)

static const char list_query[] =
	"SELECT c.oid::regclass::text,"
	/* without a primary key, the whole row is the key */
	" coalesce((SELECT '(ROW(' || string_agg('t.' ||"
	"   quote_ident(a.attname), ', ' ORDER BY k.ord) || '))::text' FROM pg_index i"
	"  CROSS JOIN LATERAL unnest(i.indkey::int[]) WITH ORDINALITY"
	"   AS k(attnum, ord)"
	"  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum"
	"  WHERE i.indrelid = c.oid AND i.indisprimary),"
	"  't::text'),"
	" coalesce((SELECT ' ' || string_agg(a.attname, ' ') || ' '"
	"  FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0"
	"  AND NOT a.attisdropped AND a.atttypid IN ('date'::regtype,"
	"  'timestamp'::regtype, 'timestamptz'::regtype)), ' '),"
	" (SELECT ' ' || string_agg(a.attname, ' ') || ' '"
	"  FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0"
	"  AND NOT a.attisdropped)"
	" FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
	" WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%'"
	" AND n.nspname <> 'information_schema' AND c.relpersistence = 'p'"
	" ORDER BY 1";

void tables_release(struct tables *tables)
{
	for (size_t i = 0; i < tables->at.len; i++) {
		map_release(&tables->at.at[i]->by_key);
		free(tables->at.at[i]->copy);
	}
	vec_release(&tables->at);
	arena_release(&tables->arena);
}

struct table_state *tables_find(const struct tables *tables, const char *name)
{
	for (size_t i = 0; i < tables->at.len; i++)
		if (!strcmp(tables->at.at[i]->name, name))
			return tables->at.at[i];
	return NULL;
}

static int read_rows(PGconn *conn, struct arena *arena,
		     struct table_state *table, struct error *err)
{
	PGresult *result;
	const char *query = arena_printf(
		arena, "SELECT %s, md5(t::text) FROM %s AS t ORDER BY t.ctid",
		table->key, table->name);

	if (sql_run(conn, query, NULL, 0, &result, err) < 0)
		return error_context(err, "reading table %s", table->name);
	table->row_count = (size_t)PQntuples(result);
	table->rows = arena_array(arena, table->row_count,
				  sizeof(*table->rows));
	for (size_t i = 0; i < table->row_count; i++) {
		struct table_row *row = &table->rows[i];
		row->key = arena_strdup(arena, PQgetvalue(result, (int)i, 0));
		row->digest =
			arena_strdup(arena, PQgetvalue(result, (int)i, 1));
		row->rank = i;
		map_put(&table->by_key, row->key, row);
	}
	PQclear(result);
	return 0;
}

static int copy_out(PGconn *conn, struct table_state *table, struct error *err)
{
	struct strbuf text = STRBUF_INIT(COPY_MAX), query =
		STRBUF_INIT(STRBUF_LINE);
	PGresult *result;
	char *row;
	int len;

	strbuf_addf(&query, "COPY %s TO STDOUT", table->name);
	result = PQexec(conn, query.buf);
	bool copying = PQresultStatus(result) == PGRES_COPY_OUT;
	PQclear(result);
	strbuf_release(&query);
	while (copying && (len = PQgetCopyData(conn, &row, 0)) > 0) {
		strbuf_add(&text, row, (size_t)len);
		PQfreemem(row);
	}
	while ((result = PQgetResult(conn))) {
		if (PQresultStatus(result) != PGRES_COMMAND_OK)
			copying = false;
		PQclear(result);
	}
	if (!copying || text.truncated) {
		strbuf_release(&text);
		return error_set(err, ERROR_LIMIT, "copying table %s: %s",
				 table->name, copying ? "it is too large"
				 : PQerrorMessage(conn));
	}
	table->copy = strbuf_detach(&text, &table->copy_len);
	return 0;
}

int tables_read(PGconn *conn, bool keep, struct tables *ret,
		struct error *err)
{
	struct tables tables = { .arena = ARENA_INIT };
	PGresult *result;
	int rc = 0;

	if (sql_run(conn, list_query, NULL, 0, &result, err) < 0)
		return error_context(err, "listing tables");
	for (int i = 0; i < PQntuples(result) && rc == 0; i++) {
		struct table_state *table =
			arena_new(&tables.arena, struct table_state);
		table->name = arena_strdup(&tables.arena,
					   PQgetvalue(result, i, 0));
		table->key = arena_strdup(&tables.arena,
					  PQgetvalue(result, i, 1));
		table->time_columns = arena_strdup(&tables.arena,
						   PQgetvalue(result, i, 2));
		table->columns = arena_strdup(&tables.arena,
					      PQgetvalue(result, i, 3));
		*vec_push(&tables.at) = table;
		rc = read_rows(conn, &tables.arena, table, err);
		if (rc == 0 && keep)
			rc = copy_out(conn, table, err);
	}
	PQclear(result);
	if (rc < 0)
		tables_release(&tables);
	else
		*ret = tables;
	return rc;
}

/* Places among the rows that both have: the physical place moves for all
 * when one row before them goes, and that is no move. */
static size_t count_moved(const struct table_state *before,
			  const struct table_state *now)
{
	size_t moved = 0, a = 0, b = 0;

	for (;;) {
		while (a < before->row_count &&
		       !map_get(&now->by_key, before->rows[a].key))
			a++;
		while (b < now->row_count &&
		       !map_get(&before->by_key, now->rows[b].key))
			b++;
		if (a >= before->row_count || b >= now->row_count)
			return moved;
		if (strcmp(before->rows[a].key, now->rows[b].key))
			moved++;
		a++;
		b++;
	}
}

struct table_change tables_compare(const struct table_state *before,
				   const struct table_state *now)
{
	struct table_change change = { .of = before->row_count };

	for (size_t i = 0; i < now->row_count; i++) {
		const struct table_row *old =
			map_get(&before->by_key, now->rows[i].key);
		if (!old)
			change.added++;
		else if (strcmp(old->digest, now->rows[i].digest))
			change.changed++;
	}
	for (size_t i = 0; i < before->row_count; i++)
		if (!map_get(&now->by_key, before->rows[i].key))
			change.removed++;
	change.moved = count_moved(before, now);
	return change;
}

/* The rows of a table, taken out into a temporary one and put back in an
 * order. Triggers and foreign keys sleep meanwhile: the rows stay the same. */
static int rewrite(PGconn *conn, const struct table_state *table,
		   const char *join, const char *order,
		   const char *const *params, int count, struct error *err)
{
	struct arena arena = ARENA_INIT;
	struct {
		const char *query;
		int count;
	} steps[] = {
		{ "BEGIN", 0 },
		{ "SET LOCAL session_replication_role = replica", 0 },
		{ arena_printf(&arena,
			       "CREATE TEMP TABLE bis_rows ON COMMIT DROP AS "
			       "SELECT t.* FROM %s AS t %s ORDER BY %s",
			       table->name, join, order), count },
		{ arena_printf(&arena, "DELETE FROM %s", table->name), 0 },
		{ arena_printf(&arena,
			       "INSERT INTO %s OVERRIDING SYSTEM VALUE SELECT "
			       "* FROM bis_rows", table->name), 0 },
		{ "COMMIT", 0 },
	};
	int rc = 0;

	for (size_t i = 0; i < ARRAY_SIZE(steps) && rc == 0; i++)
		rc = sql_run(conn, steps[i].query,
			     steps[i].count ? params : NULL, steps[i].count,
			     NULL, err);
	if (rc < 0) {
		error_context(err, "rewriting table %s", table->name);
		sql_run(conn, "ROLLBACK", NULL, 0, NULL, NULL);
	}
	arena_release(&arena);
	return rc;
}

int tables_permute(PGconn *conn, const struct table_state *table,
		   const char *salt, struct error *err)
{
	struct arena arena = ARENA_INIT;
	const char *order = arena_printf(&arena, "md5(%s || $1), %s",
					 table->key,
					 table->key);
	int rc = rewrite(conn, table, "", order, &salt, 1, err);

	arena_release(&arena);
	return rc;
}

/* {"a","b"}: an array literal of the keys, in order. */
static void add_array(struct strbuf *sb, const struct table_state *table)
{
	strbuf_addch(sb, '{');
	for (size_t i = 0; i < table->row_count; i++) {
		strbuf_addstr(sb, i ? ",\"" : "\"");
		for (const char *p = table->rows[i].key; *p; p++) {
			if (*p == '"' || *p == '\\')
				strbuf_addch(sb, '\\');
			strbuf_addch(sb, *p);
		}
		strbuf_addch(sb, '"');
	}
	strbuf_addch(sb, '}');
}

int tables_reorder(PGconn *conn, const struct table_state *before,
		   struct error *err)
{
	struct strbuf keys = STRBUF_INIT(COPY_MAX);
	struct arena arena = ARENA_INIT;

	add_array(&keys, before);
	const char *join = arena_printf(
		&arena, "LEFT JOIN unnest($1::text[]) WITH ORDINALITY AS "
		"bis_order(bis_key, bis_rank) ON bis_key = %s",
		before->key);
	const char *param = keys.buf;
	int rc = rewrite(conn, before, join, "bis_rank NULLS LAST, t.ctid",
			 &param, 1, err);
	strbuf_release(&keys);
	arena_release(&arena);
	return rc;
}

static int copy_in(PGconn *conn, const struct table_state *before,
		   struct error *err)
{
	struct strbuf query = STRBUF_INIT(STRBUF_LINE);
	PGresult *result;

	strbuf_addf(&query, "COPY %s FROM STDIN", before->name);
	result = PQexec(conn, query.buf);
	bool fine = PQresultStatus(result) == PGRES_COPY_IN;
	PQclear(result);
	strbuf_release(&query);
	enum { BLOCK = 1 << 20 };
	for (size_t at = 0; fine && at < before->copy_len; at += BLOCK) {
		size_t len = before->copy_len - at;
		fine = PQputCopyData(conn, before->copy + at,
				     (int)(len < BLOCK ? len : BLOCK)) == 1;
	}
	if (fine)
		fine = PQputCopyEnd(conn, NULL) == 1;
	while ((result = PQgetResult(conn))) {
		if (PQresultStatus(result) != PGRES_COMMAND_OK)
			fine = false;
		PQclear(result);
	}
	return fine ? 0 : error_set(err, ERROR_INVALID, "%s",
				    PQerrorMessage(conn));
}

int tables_put_back(PGconn *conn, const struct table_state *before,
		    struct error *err)
{
	struct strbuf empty = STRBUF_INIT(STRBUF_LINE);

	strbuf_addf(&empty, "DELETE FROM %s", before->name);
	int rc = sql_run(conn, "BEGIN", NULL, 0, NULL, err);
	if (rc == 0)
		rc = sql_run(conn,
			     "SET LOCAL session_replication_role = replica",
			     NULL, 0, NULL, err);
	if (rc == 0)
		rc = sql_run(conn, empty.buf, NULL, 0, NULL, err);
	if (rc == 0)
		rc = copy_in(conn, before, err);
	if (rc == 0)
		rc = sql_run(conn, "COMMIT", NULL, 0, NULL, err);
	if (rc < 0) {
		error_context(err, "putting table %s back", before->name);
		sql_run(conn, "ROLLBACK", NULL, 0, NULL, NULL);
	}
	strbuf_release(&empty);
	return rc;
}
