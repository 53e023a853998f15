#include "diagnose/tables.h"

#include "base/alloc.h"
#include "base/strbuf.h"
#include "step/sql.h"

#include <stdlib.h>
#include <string.h>

#define COPY_MAX ((size_t)512 * 1024 * 1024)
enum { ROW_MIN = 64 }; /* rows: the first guess of an array's size */

/* A row a column: relation, column, whether it is a time, its place in the
 * primary key. What COPY leaves out (generated columns) is left out. */
static const char list_query[] =
	"SELECT c.oid::regclass::text, a.attname,"
	" a.atttypid IN (1082, 1114, 1184)," /* date, timestamp, timestamptz */
	" coalesce(array_position(i.indkey::int2[], a.attnum), -1)"
	" FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
	" JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
	"  AND NOT a.attisdropped AND a.attgenerated = ''"
	" LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary"
	" WHERE c.relkind = 'r' AND c.relpersistence = 'p'"
	" AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"
	" ORDER BY 1, a.attnum";

/* A view's rule depends on what it reads. */
static const char views_query[] =
	"WITH RECURSIVE reads AS ("
	" SELECT DISTINCT r.ev_class AS view, d.refobjid AS relation"
	" FROM pg_rewrite r JOIN pg_class v ON v.oid = r.ev_class"
	"  AND v.relkind IN ('v', 'm')"
	" JOIN pg_namespace n ON n.oid = v.relnamespace"
	"  AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"
	" JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass"
	"  AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass"
	"  AND d.refobjid <> r.ev_class),"
	" below AS (SELECT view, relation FROM reads UNION"
	"  SELECT b.view, r.relation FROM below b JOIN reads r"
	"   ON r.view = b.relation)"
	" SELECT b.view::regclass::text, c.oid::regclass::text FROM below b"
	" JOIN pg_class c ON c.oid = b.relation AND c.relkind = 'r'"
	" ORDER BY 1, 2";

/* The same bytes for the same values, whatever the database is set to; and
 * a scan begins at the first page. */
static const char settings[] =
	"SET synchronize_seqscans = off; SET extra_float_digits = 1;"
	"SET datestyle = 'ISO'; SET intervalstyle = 'postgres';"
	"SET timezone = 'UTC'; SET bytea_output = 'hex'";

void tables_release(struct tables *tables)
{
	for (size_t i = 0; i < tables->at.len; i++) {
		struct table_state *table = tables->at.at[i];
		map_release(&table->by_key);
		vec_release(&table->columns);
		free(table->copy);
		free(table->rows);
	}
	vec_release(&tables->at);
	vec_release(&tables->views);
	arena_release(&tables->arena);
}

struct table_state *tables_find(const struct tables *tables, const char *name)
{
	for (size_t i = 0; i < tables->at.len; i++)
		if (!strcmp(tables->at.at[i]->name, name))
			return tables->at.at[i];
	return NULL;
}

int table_column_find(const struct table_state *table, const char *name)
{
	for (size_t i = 0; i < table->columns.len; i++)
		if (!strcmp(table->columns.at[i].name, name))
			return (int)i;
	return -1;
}

static void split_rows(struct table_state *table)
{
	const char *end = table->copy + table->copy_len;
	size_t alloc = 0;

	for (const char *p = table->copy; p < end;) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *stop = newline ? newline : end;
		if (table->row_count == alloc) {
			alloc = alloc ? alloc * 2 : ROW_MIN;
			table->rows = xreallocarray(table->rows, alloc,
						    sizeof(*table->rows));
		}
		table->rows[table->row_count++] = (struct table_row){
			.line = p, .len = (size_t)(stop - p),
		};
		p = stop + 1;
	}
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
	split_rows(table);
	return 0;
}

static void add_column(struct tables *tables, const PGresult *result, int i)
{
	const char *name = PQgetvalue(result, i, 0);
	struct table_state *table = tables->at.len
		? tables->at.at[tables->at.len - 1] : NULL;

	if (!table || strcmp(table->name, name)) {
		table = arena_new(&tables->arena, struct table_state);
		table->name = arena_strdup(&tables->arena, name);
		table->time_columns = " ";
		*vec_push(&tables->at) = table;
	}
	struct table_column *column = vec_push(&table->columns);
	column->name = arena_strdup(&tables->arena,
				    PQgetvalue(result, i, 1));
	column->is_time = *PQgetvalue(result, i, 2) == 't';
	/* An int2vector begins at 0. */
	column->key = atoi(PQgetvalue(result, i, 3)) + 1;
	if (column->is_time)
		table->time_columns =
			arena_printf(&tables->arena, "%s%s ",
				     table->time_columns, column->name);
}

static int read_views(PGconn *conn, struct tables *tables, struct error *err)
{
	PGresult *result;

	if (sql_run(conn, views_query, NULL, 0, &result, err) < 0)
		return error_context(err, "listing views");
	for (int i = 0; i < PQntuples(result); i++)
		*vec_push(&tables->views) = (struct table_view){
			arena_strdup(&tables->arena, PQgetvalue(result, i, 0)),
			arena_strdup(&tables->arena, PQgetvalue(result, i, 1)),
		};
	PQclear(result);
	return 0;
}

int tables_read(PGconn *conn, struct tables *ret, struct error *err)
{
	struct tables tables = { .arena = ARENA_INIT };
	PGresult *result = PQexec(conn, settings);
	bool set = PQresultStatus(result) == PGRES_COMMAND_OK;
	int rc = 0;

	PQclear(result);
	if (!set)
		return error_set(err, ERROR_UNAVAILABLE, "reading tables: %s",
				 PQerrorMessage(conn));
	if (sql_run(conn, list_query, NULL, 0, &result, err) < 0)
		return error_context(err, "listing tables");
	for (int i = 0; i < PQntuples(result); i++)
		add_column(&tables, result, i);
	PQclear(result);
	rc = read_views(conn, &tables, err);
	for (size_t i = 0; i < tables.at.len && rc == 0; i++)
		rc = copy_out(conn, tables.at.at[i], err);
	if (rc < 0)
		tables_release(&tables);
	else
		*ret = tables;
	return rc;
}

/* The fields of the key, in its order, between tabs. */
static const char *key_of(struct arena *arena,
			  const struct table_state *table,
			  const struct table_row *row, struct strbuf *key)
{
	strbuf_reset(key);
	for (int want = 1;; want++) {
		const char *p = row->line, *end = row->line + row->len;
		size_t i = 0;
		while (i < table->columns.len &&
		       table->columns.at[i].key != want)
			i++;
		if (i == table->columns.len)
			break;
		for (; i && (p = memchr(p, '\t', (size_t)(end - p))); i--)
			p++;
		const char *tab = p ? memchr(p, '\t', (size_t)(end - p)) : p;
		if (key->len)
			strbuf_addch(key, '\t');
		if (p)
			strbuf_add(key, p, (size_t)((tab ? tab : end) - p));
	}
	return key->len ? arena_strndup(arena, key->buf, key->len)
			: arena_strndup(arena, row->line, row->len);
}

void table_index(struct tables *tables, struct table_state *table)
{
	struct strbuf key = STRBUF_INIT(COPY_MAX);

	if (table->indexed)
		return;
	table->indexed = true;
	for (size_t i = 0; i < table->row_count; i++) {
		struct table_row *row = &table->rows[i];
		row->key = key_of(&tables->arena, table, row, &key);
		map_put(&table->by_key, row->key, row);
	}
	strbuf_release(&key);
}

bool table_is_same(const struct table_state *a, const struct table_state *b)
{
	return a->copy_len == b->copy_len &&
	       (!a->copy_len || !memcmp(a->copy, b->copy, a->copy_len));
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

static struct table_change compare(const struct table_state *before,
				   const struct table_state *now)
{
	struct table_change change = { .of = before->row_count };

	for (size_t i = 0; i < now->row_count; i++) {
		const struct table_row *row = &now->rows[i];
		const struct table_row *old =
			map_get(&before->by_key, row->key);
		if (!old)
			change.added++;
		else if (old->len != row->len ||
			 memcmp(old->line, row->line, row->len))
			change.changed++;
	}
	for (size_t i = 0; i < before->row_count; i++)
		if (!map_get(&now->by_key, before->rows[i].key))
			change.removed++;
	change.moved = count_moved(before, now);
	return change;
}

struct table_change tables_compare(struct tables *before, struct tables *now,
				   const char *name)
{
	struct table_state *a = tables_find(before, name);
	struct table_state *b = tables_find(now, name);

	if (!a || !b)
		return (struct table_change){
			.added = b ? b->row_count : 0,
			.removed = a ? a->row_count : 0,
			.of = a ? a->row_count : 0,
		};
	if (table_is_same(a, b))
		return (struct table_change){ .of = a->row_count };
	table_index(before, a);
	table_index(now, b);
	return compare(a, b);
}
