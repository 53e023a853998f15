#include "format/sqlite.h"

#include "base/strbuf.h"
#include "format/utf8.h"

#include <math.h>
#include <sqlite3.h>
#include <string.h>

const struct sqlite_limits sqlite_default_limits = {
	500, 200000, (size_t)1 << 20,
};

/* Of SQLite's own instructions: seconds of work. */
enum { STEPS_BETWEEN_CHECKS = 100000, MAX_CHECKS = 20000 };

struct reader {
	sqlite3 *db;
	const struct sqlite_limits *limits;
	const char *path;
	size_t rows, checks;
	struct error *err;
};

bool sqlite_is(const unsigned char *data, size_t len)
{
	return len >= 16 && memcmp(data, "SQLite format 3", 16) == 0;
}

static int complain(struct reader *r)
{
	return error_set(r->err, ERROR_INVALID, "%s: %s", r->path,
			 r->checks > MAX_CHECKS
			 ? "it takes too long to read"
			 : sqlite3_errmsg(r->db));
}

/* Ends a statement that works without end. */
static int count_work(void *context)
{
	struct reader *r = context;

	return ++r->checks > MAX_CHECKS;
}

/* Only reading is authorised, whatever a schema smuggles in. */
static int authorize(void *context, int action, const char *a, const char *b,
		     const char *database, const char *trigger)
{
	(void)context;
	(void)a;
	(void)b;
	(void)database;
	(void)trigger;
	return action == SQLITE_SELECT || action == SQLITE_READ
		? SQLITE_OK : SQLITE_DENY;
}

/* The path as SQLite's URI takes it: what could end it is escaped. */
static void make_uri(const char *path, struct strbuf *into)
{
	strbuf_addstr(into, "file:");
	for (; *path; path++) {
		if (strchr("?#%", *path))
			strbuf_addf(into, "%%%02x", (unsigned char)*path);
		else
			strbuf_addch(into, *path);
	}
	strbuf_addstr(into, "?immutable=1");
}

static int open_database(struct reader *r)
{
	struct strbuf uri = STRBUF_INIT(STRBUF_LINE);

	make_uri(r->path, &uri);
	int rc = sqlite3_open_v2(uri.buf, &r->db,
				 SQLITE_OPEN_READONLY | SQLITE_OPEN_URI |
				 SQLITE_OPEN_NOMUTEX, NULL);
	strbuf_release(&uri);
	if (rc != SQLITE_OK)
		return complain(r);
	sqlite3_db_config(r->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(r->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(r->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(r->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_limit(r->db, SQLITE_LIMIT_LENGTH, (int)r->limits->cell);
	sqlite3_limit(r->db, SQLITE_LIMIT_SQL_LENGTH, 100000);
	sqlite3_limit(r->db, SQLITE_LIMIT_COLUMN, 500);
	sqlite3_limit(r->db, SQLITE_LIMIT_EXPR_DEPTH, 50);
	sqlite3_limit(r->db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_progress_handler(r->db, STEPS_BETWEEN_CHECKS, count_work, r);
	sqlite3_set_authorizer(r->db, authorize, NULL);
	return 0;
}

static json_t *text_json(const unsigned char *text, int len)
{
	json_t *value = json_stringn((const char *)text, (size_t)len);

	if (value)
		return value;
	struct strbuf sb = STRBUF_INIT(STRBUF_TEXT);
	utf8_add_visible(&sb, (const char *)text, (size_t)len, "\n\t");
	value = json_stringn(sb.buf, sb.len);
	strbuf_release(&sb);
	return value;
}

static json_t *blob_json(const unsigned char *bytes, int len)
{
	struct strbuf sb = STRBUF_INIT(STRBUF_TEXT);

	strbuf_addstr(&sb, "x'");
	for (int i = 0; i < len; i++)
		strbuf_addf(&sb, "%02x", bytes[i]);
	strbuf_addch(&sb, '\'');
	json_t *value = json_stringn(sb.buf, sb.len);
	strbuf_release(&sb);
	return value;
}

static json_t *cell_json(sqlite3_stmt *rows, int i)
{
	double real;

	switch (sqlite3_column_type(rows, i)) {
	case SQLITE_INTEGER:
		return json_integer(sqlite3_column_int64(rows, i));
	case SQLITE_FLOAT:
		real = sqlite3_column_double(rows, i);
		return isfinite(real) ? json_real(real)
			: json_string(real > 0 ? "inf" : "-inf");
	case SQLITE_TEXT:
		return text_json(sqlite3_column_text(rows, i),
				 sqlite3_column_bytes(rows, i));
	case SQLITE_BLOB:
		return blob_json(sqlite3_column_blob(rows, i),
				 sqlite3_column_bytes(rows, i));
	default:
		return json_null();
	}
}

static int add_row(struct reader *r, sqlite3_stmt *rows, json_t *list)
{
	if (++r->rows > r->limits->rows)
		return error_set(r->err, ERROR_LIMIT,
				 "%s: more than %zu rows", r->path,
				 r->limits->rows);
	json_t *row = json_object();
	for (int i = 0; i < sqlite3_column_count(rows); i++)
		json_object_set_new(row, sqlite3_column_name(rows, i),
				    cell_json(rows, i));
	json_array_append_new(list, row);
	return 0;
}

/* "a ""b""": a name as SQL quotes it. */
static void add_quoted(struct strbuf *sql, const char *name)
{
	strbuf_addch(sql, '"');
	for (; *name; name++) {
		strbuf_addch(sql, *name);
		if (*name == '"')
			strbuf_addch(sql, '"');
	}
	strbuf_addch(sql, '"');
}

static int read_table(struct reader *r, const char *name, json_t *list)
{
	struct strbuf sql = STRBUF_INIT(STRBUF_LINE);
	sqlite3_stmt *rows = NULL;
	int result = 0, rc;

	strbuf_addstr(&sql, "SELECT * FROM ");
	add_quoted(&sql, name);
	rc = sqlite3_prepare_v2(r->db, sql.buf, -1, &rows, NULL);
	strbuf_release(&sql);
	if (rc != SQLITE_OK)
		return complain(r);
	while (!result && (rc = sqlite3_step(rows)) == SQLITE_ROW)
		result = add_row(r, rows, list);
	if (!result && rc != SQLITE_DONE)
		result = complain(r);
	sqlite3_finalize(rows);
	return result;
}

/* Real tables only: a virtual one has no root page. */
static int read_tables(struct reader *r, json_t *into)
{
	static const char sql[] =
		"SELECT name FROM sqlite_schema WHERE type = 'table' AND "
		"rootpage > 0 ORDER BY name";
	sqlite3_stmt *tables = NULL;
	int result = 0, rc;

	rc = sqlite3_prepare_v2(r->db, sql, -1, &tables, NULL);
	if (rc != SQLITE_OK)
		return complain(r);
	while (!result && (rc = sqlite3_step(tables)) == SQLITE_ROW) {
		const char *name =
			(const char *)sqlite3_column_text(tables, 0);
		if (!name || strncmp(name, "sqlite_", 7) == 0)
			continue; /* SQLite's own */
		json_t *list = json_array();
		if (json_object_size(into) >= r->limits->tables)
			result = error_set(r->err, ERROR_LIMIT,
					   "%s: more than %zu tables", r->path,
					   r->limits->tables);
		else
			result = read_table(r, name, list);
		if (!result)
			json_object_set(into, name, list);
		json_decref(list);
	}
	if (!result && rc != SQLITE_DONE)
		result = complain(r);
	sqlite3_finalize(tables);
	return result;
}

int sqlite_read(const char *path, const struct sqlite_limits *limits,
		json_t **ret, struct error *err)
{
	struct reader r = {
		.limits = limits ? limits : &sqlite_default_limits,
		.path = path,
		.err = err,
	};
	json_t *tables = json_object();
	int result = open_database(&r);

	if (!result)
		result = read_tables(&r, tables);
	sqlite3_close(r.db);
	if (result < 0)
		json_decref(tables);
	else
		*ret = tables;
	return result;
}
