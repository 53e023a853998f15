#include "diagnose/table_rewrite.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/strbuf.h"
#include "step/sql.h"

#include <stdlib.h>
#include <string.h>

#define COPY_MAX ((size_t)512 * 1024 * 1024)

static int copy_in(PGconn *conn, const char *table, const char *text,
		   size_t len, struct error *err)
{
	struct strbuf query = STRBUF_INIT(STRBUF_LINE);
	PGresult *result;

	strbuf_addf(&query, "COPY %s FROM STDIN", table);
	result = PQexec(conn, query.buf);
	bool fine = PQresultStatus(result) == PGRES_COPY_IN;
	PQclear(result);
	strbuf_release(&query);
	enum { BLOCK = 1 << 20 };
	for (size_t at = 0; fine && at < len; at += BLOCK)
		fine = PQputCopyData(conn, text + at,
				     (int)(len - at < BLOCK ? len - at
						: (size_t)BLOCK)) == 1;
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

/* These rows in this order, in place of all that the table holds. */
static int write_table(PGconn *conn, const char *table, const char *text,
		       size_t len, struct error *err)
{
	struct strbuf empty = STRBUF_INIT(STRBUF_LINE);

	strbuf_addf(&empty, "DELETE FROM %s", table);
	int rc = sql_run(conn, "BEGIN", NULL, 0, NULL, err);
	if (rc == 0)
		rc = sql_run(conn,
			     "SET LOCAL session_replication_role = replica",
			     NULL, 0, NULL, err);
	if (rc == 0)
		rc = sql_run(conn, empty.buf, NULL, 0, NULL, err);
	if (rc == 0)
		rc = copy_in(conn, table, text, len, err);
	if (rc == 0)
		rc = sql_run(conn, "COMMIT", NULL, 0, NULL, err);
	if (rc < 0) {
		error_context(err, "rewriting table %s", table);
		sql_run(conn, "ROLLBACK", NULL, 0, NULL, NULL);
	}
	strbuf_release(&empty);
	return rc;
}

int table_put_back(PGconn *conn, const struct table_state *before,
		   struct error *err)
{
	return write_table(conn, before->name, before->copy, before->copy_len,
			   err);
}

/* A row and what decides its place. */
struct placed {
	const struct table_row *row;
	char digest[SHA256_HEX];
	size_t rank;
};

static int by_digest(const void *a, const void *b)
{
	return strcmp(((const struct placed *)a)->digest,
		      ((const struct placed *)b)->digest);
}

static int by_rank(const void *a, const void *b)
{
	size_t x = ((const struct placed *)a)->rank;
	size_t y = ((const struct placed *)b)->rank;

	return (x > y) - (x < y);
}

static struct placed *place_by_digest(const struct table_state *table,
				      const char *salt)
{
	struct placed *places = xreallocarray(NULL, table->row_count + 1,
					      sizeof(*places));
	struct strbuf text = STRBUF_INIT(COPY_MAX);

	for (size_t i = 0; i < table->row_count; i++) {
		strbuf_reset(&text);
		strbuf_addf(&text, "%s\t%s", table->rows[i].key, salt);
		places[i].row = &table->rows[i];
		hash_sha256(text.buf, text.len, places[i].digest);
	}
	strbuf_release(&text);
	qsort(places, table->row_count, sizeof(*places), by_digest);
	return places;
}

static int write_places(PGconn *conn, const char *table,
			const struct placed *places, size_t count,
			struct error *err)
{
	struct strbuf text = STRBUF_INIT(COPY_MAX);

	for (size_t i = 0; i < count; i++) {
		strbuf_add(&text, places[i].row->line, places[i].row->len);
		strbuf_addch(&text, '\n');
	}
	int rc = text.truncated
		? error_set(err, ERROR_LIMIT, "table %s is too large", table)
		: write_table(conn, table, text.buf, text.len, err);
	strbuf_release(&text);
	return rc;
}

int table_permute(PGconn *conn, struct tables *tables,
		  struct table_state *table, const char *salt,
		  struct error *err)
{
	table_index(tables, table);
	struct placed *places = place_by_digest(table, salt);
	int rc = write_places(conn, table->name, places, table->row_count,
			      err);

	free(places);
	return rc;
}

int table_reorder(PGconn *conn, struct tables *now, struct tables *before,
		  const char *name, struct error *err)
{
	struct table_state *table = tables_find(now, name);
	struct table_state *earlier = tables_find(before, name);

	if (!table || !earlier)
		return error_set(err, ERROR_INTERNAL, "no table %s", name);
	table_index(now, table);
	table_index(before, earlier);
	struct placed *places = xreallocarray(NULL, table->row_count + 1,
					      sizeof(*places));
	for (size_t i = 0; i < table->row_count; i++) {
		const struct table_row *old =
			map_get(&earlier->by_key, table->rows[i].key);
		places[i].row = &table->rows[i];
		places[i].rank = old ? (size_t)(old - earlier->rows)
				     : earlier->row_count + i;
	}
	qsort(places, table->row_count, sizeof(*places), by_rank);
	int rc = write_places(conn, name, places, table->row_count, err);
	free(places);
	return rc;
}

/* Where the n-th field of a line begins and how long it is. */
static const char *field(const struct table_row *row, int n, size_t *ret_len)
{
	const char *p = row->line, *end = row->line + row->len;

	while (n-- && (p = memchr(p, '\t', (size_t)(end - p))))
		p++;
	if (!p)
		p = end;
	const char *tab = memchr(p, '\t', (size_t)(end - p));
	*ret_len = (size_t)((tab ? tab : end) - p);
	return p;
}

/* Places by column, NULL for those that stay; each by a salt of its own. */
static struct placed **place_columns(struct table_state *table,
				     const bool *chosen, const char *salt)
{
	struct placed **places = xcalloc(table->columns.len,
					 sizeof(*places));
	struct strbuf own = STRBUF_INIT(STRBUF_LINE);

	for (size_t i = 0; i < table->columns.len; i++) {
		strbuf_reset(&own);
		strbuf_addf(&own, "%s%s", salt, table->columns.at[i].name);
		if (chosen[i])
			places[i] = place_by_digest(table, own.buf);
	}
	strbuf_release(&own);
	return places;
}

int table_shuffle(PGconn *conn, struct tables *tables,
		  struct table_state *table, const bool *chosen,
		  const char *salt, struct error *err)
{
	struct strbuf text = STRBUF_INIT(COPY_MAX);

	table_index(tables, table);
	struct placed **places = place_columns(table, chosen, salt);
	for (size_t i = 0; i < table->row_count; i++)
		for (size_t j = 0; j < table->columns.len; j++) {
			const struct table_row *from = places[j]
				? places[j][i].row : &table->rows[i];
			size_t len;
			const char *value = field(from, (int)j, &len);
			strbuf_add(&text, value, len);
			strbuf_addch(&text, j + 1 < table->columns.len
				     ? '\t' : '\n');
		}
	int rc = text.truncated
		? error_set(err, ERROR_LIMIT, "table %s is too large",
			    table->name)
		: write_table(conn, table->name, text.buf, text.len, err);
	for (size_t j = 0; j < table->columns.len; j++)
		free(places[j]);
	free(places);
	strbuf_release(&text);
	return rc;
}
