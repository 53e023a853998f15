/* worlds/heap.h against PostgreSQL itself: the same rows into a table, and the
 * order in which a scan gives them back. */
#include "worlds/heap.h"
#include "base/alloc.h"
#include "base/compiler.h"
#include "base/strbuf.h"
#include "model/random_state.h"
#include "tests/postgres.h"

#include <libpq-fe.h>

enum { ROWS = 3000, COLUMNS = 5 };

static const enum heap_type types[COLUMNS] = {
	HEAP_INTEGER, HEAP_NUMERIC, HEAP_BOOLEAN, HEAP_TEXT, HEAP_DOUBLE,
};
static const char *const sql_types[COLUMNS] = {
	"integer", "numeric", "boolean", "text", "double precision",
};

/* Numbers of any length, texts of 0 to 200 letters, and some NULLs. */
static const char *make_value(struct random_state *rs, size_t column,
			      bool nulls, char buf[256])
{
	uint32_t r = random_state_next(rs), digits = r % 9;
	uint32_t spread = r % 10 ? 20 : 200;

	if (nulls && random_state_next(rs) % 4 == 0)
		return NULL;
	switch (types[column]) {
	case HEAP_NUMERIC:
		snprintf(buf, 256, "%u.%0*u", r % (r % 3 ? 100u : 1000000000u),
			 (int)digits + 1, digits ? r % 10 * 100 : 0);
		break;
	case HEAP_BOOLEAN:
		snprintf(buf, 256, "%s", r % 2 ? "t" : "f");
		break;
	case HEAP_TEXT:
		memset(buf, 'x', 255);
		buf[random_state_next(rs) % spread] = '\0';
		break;
	default:
		snprintf(buf, 256, "%u", r % 1000);
	}
	return buf;
}

static void add_value(struct strbuf *sql, const char *value)
{
	if (value)
		strbuf_addf(sql, ",'%s'", value);
	else
		strbuf_addstr(sql, ",NULL");
}

/* Rows as one INSERT, and their sizes. Column 0 is the row's number. */
static void make_rows(uint32_t seed, bool nulls, size_t *sizes,
		      struct strbuf *sql)
{
	struct random_state rs;

	random_state_seed(&rs, seed);
	strbuf_addstr(sql, "CREATE TABLE t (");
	for (size_t c = 0; c < COLUMNS; c++)
		strbuf_addf(sql, "%sc%zu %s", c ? ", " : "", c, sql_types[c]);
	strbuf_addstr(sql, "); INSERT INTO t VALUES ");
	for (size_t i = 0; i < ROWS; i++) {
		char bufs[COLUMNS][256];
		const char *values[COLUMNS] = {bufs[0]};

		snprintf(bufs[0], sizeof(bufs[0]), "%zu", i);
		strbuf_addf(sql, "%s(%zu", i ? "," : "", i);
		for (size_t c = 1; c < COLUMNS; c++) {
			values[c] = make_value(&rs, c, nulls, bufs[c]);
			add_value(sql, values[c]);
		}
		strbuf_addch(sql, ')');
		sizes[i] = heap_row_size(types, values, COLUMNS);
	}
}

static void compare(uint32_t seed, bool nulls)
{
	struct strbuf sql = STRBUF_INIT(STRBUF_TEXT);
	size_t *sizes = xcalloc(ROWS, sizeof(*sizes));
	size_t *order = xcalloc(ROWS, sizeof(*order));
	PGconn *db = PQconnectdb(tests_postgres_database());
	PGresult *rows;
	size_t moved = 0;

	make_rows(seed, nulls, sizes, &sql);
	heap_scan_order(sizes, ROWS, order);
	rows = PQexec(db, sql.buf);
	ck_assert_msg(PQresultStatus(rows) == PGRES_COMMAND_OK, "%s",
		      PQerrorMessage(db));
	PQclear(rows);
	rows = PQexec(db, "SELECT c0 FROM t");
	ck_assert_int_eq(PQntuples(rows), ROWS);
	for (int i = 0; i < ROWS; i++) {
		size_t row = strtoul(PQgetvalue(rows, i, 0), NULL, 10);

		ck_assert_msg(row == order[i],
			      "seed %u: row %zu comes out at %d, not %zu", seed,
			      row, i, order[i]);
		moved += row != (size_t)i;
	}
	/* Else this would show nothing. */
	ck_assert_msg(moved > 100, "only %zu rows moved", moved);
	PQclear(rows);
	PQfinish(db);
	free(sizes);
	free(order);
	strbuf_release(&sql);
}

START_TEST(a_scan_gives_rows_back_as_postgresql_does)
{
	for (uint32_t seed = 1; seed <= 4; seed++)
		compare(seed, false);
}
END_TEST

START_TEST(so_it_does_with_missing_values)
{
	for (uint32_t seed = 11; seed <= 14; seed++)
		compare(seed, true);
}
END_TEST

START_TEST(rows_of_one_size_keep_their_order)
{
	size_t sizes[500], order[500];

	for (size_t i = 0; i < 500; i++)
		sizes[i] = 72;
	heap_scan_order(sizes, 500, order);
	for (size_t i = 0; i < 500; i++)
		ck_assert_uint_eq(order[i], i);
	heap_scan_order(sizes, 0, order);
}
END_TEST

TESTS_MAIN_POSTGRES("worlds/heap", a_scan_gives_rows_back_as_postgresql_does,
		    so_it_does_with_missing_values,
		    rows_of_one_size_keep_their_order)
