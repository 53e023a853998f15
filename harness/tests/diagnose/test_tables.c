#include "tests/postgres.h"

#include "diagnose/table_rewrite.h"
#include "step/sql.h"

static PGconn *conn;
static struct tables before, now;

/* Names that must be quoted, a key of two columns that are not the first,
 * values that COPY escapes, NULLs, a column that COPY leaves out. */
static const char make[] =
	"CREATE TABLE \"Odd Name\" (v float8, b text, a int,"
	" twice int GENERATED ALWAYS AS (a * 2) STORED, seen date,"
	" PRIMARY KEY (a, b));"
	"INSERT INTO \"Odd Name\" (v, b, a, seen)"
	" SELECT CASE WHEN i % 7 = 0 THEN NULL ELSE i / 3.0 END,"
	" 'é\t\\' || i, i % 10, '2024-01-31' FROM generate_series(1, 50) i;"
	"CREATE TABLE keyless (x text);"
	"INSERT INTO keyless SELECT 'row ' || i FROM generate_series(1, 9) i;"
	"CREATE TABLE nothing (x int);"
	"CREATE VIEW odd_rows AS SELECT a FROM \"Odd Name\" WHERE a > 1;"
	"CREATE VIEW both_rows AS SELECT a::text FROM odd_rows"
	" UNION SELECT x FROM keyless";

static void read_into(struct tables *tables)
{
	struct error err = ERROR_INIT;

	ck_assert_msg(!tables_read(conn, tables, &err), "%s", err.message);
}

static struct table_state *odd(struct tables *tables)
{
	struct table_state *table = tables_find(tables, "\"Odd Name\"");

	ck_assert_ptr_nonnull(table);
	return table;
}

static struct table_change change(void)
{
	return tables_compare(&before, &now, "\"Odd Name\"");
}

static void begin(void)
{
	struct error err = ERROR_INIT;

	ck_assert_msg(!sql_connect(tests_postgres_database(), &conn, &err),
		      "%s", err.message);
	PQclear(PQexec(conn, make));
	read_into(&before);
}

static void end(void)
{
	tables_release(&before);
	tables_release(&now);
	sql_close(&conn);
}

START_TEST(a_table_is_read_with_its_columns_rows_and_keys)
{
	begin();
	struct table_state *table = odd(&before);
	ck_assert_uint_eq(table->row_count, 50);
	ck_assert_uint_eq(table->columns.len, 4); /* not the generated one */
	ck_assert_str_eq(table->time_columns, " seen ");
	ck_assert_int_eq(table_column_find(table, "a"), 2);
	ck_assert_int_eq(table_column_find(table, "twice"), -1);
	table_index(&before, table);
	ck_assert_str_eq(table->rows[0].key, "1\té\\t\\\\1");
	ck_assert_uint_eq(tables_find(&before, "nothing")->row_count, 0);
	end();
}
END_TEST

START_TEST(a_view_is_known_by_the_tables_below_it)
{
	static const char *const expected[][2] = {
		{ "both_rows", "\"Odd Name\"" }, { "both_rows", "keyless" },
		{ "odd_rows", "\"Odd Name\"" },
	};

	begin();
	ck_assert_uint_eq(before.views.len, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		ck_assert_str_eq(before.views.at[i].name, expected[i][0]);
		ck_assert_str_eq(before.views.at[i].table, expected[i][1]);
	}
	end();
}
END_TEST

START_TEST(a_permuted_table_holds_the_same_rows_in_another_order)
{
	struct error err = ERROR_INIT;

	begin();
	ck_assert_msg(!table_permute(conn, &before, odd(&before), "x", &err),
		      "%s", err.message);
	read_into(&now);
	struct table_change c = change();
	ck_assert_uint_eq(c.changed + c.added + c.removed, 0);
	ck_assert_uint_gt(c.moved, 40);
	ck_assert(table_is_same(tables_find(&before, "keyless"),
				tables_find(&now, "keyless")));
	end();
}
END_TEST

START_TEST(rows_go_back_to_an_earlier_order_and_new_ones_come_last)
{
	struct error err = ERROR_INIT;

	begin();
	table_permute(conn, &before, odd(&before), "x", &err);
	PQclear(PQexec(conn, "INSERT INTO \"Odd Name\" (v, b, a)"
		       " VALUES (1, 'new', 0)"));
	read_into(&now);
	ck_assert_msg(!table_reorder(conn, &now, &before, "\"Odd Name\"",
				     &err), "%s", err.message);
	tables_release(&now);
	read_into(&now);
	struct table_change c = change();
	ck_assert_uint_eq(c.moved, 0);
	ck_assert_uint_eq(c.added, 1);
	table_index(&now, odd(&now));
	ck_assert_str_eq(odd(&now)->rows[50].key, "0\tnew");
	end();
}
END_TEST

START_TEST(a_table_is_put_back_as_it_was)
{
	struct error err = ERROR_INIT;

	begin();
	PQclear(PQexec(conn, "UPDATE \"Odd Name\" SET v = 0 WHERE a < 5;"
		       "DELETE FROM \"Odd Name\" WHERE a = 9"));
	read_into(&now);
	ck_assert_uint_eq(change().changed, 25);
	ck_assert_uint_eq(change().removed, 5);
	ck_assert_msg(!table_put_back(conn, odd(&before), &err), "%s",
		      err.message);
	tables_release(&now);
	read_into(&now);
	ck_assert(table_is_same(odd(&before), odd(&now)));
	end();
}
END_TEST

START_TEST(shuffled_columns_leave_places_and_other_columns_alone)
{
	struct error err = ERROR_INIT;
	struct table_state *table;
	bool chosen[8] = { false };

	begin();
	table = odd(&before);
	chosen[table_column_find(table, "v")] = true;
	ck_assert_msg(!table_shuffle(conn, &before, table, chosen, "x", &err),
		      "%s", err.message);
	read_into(&now);
	ck_assert_uint_gt(change().changed, 40);
	ck_assert_uint_eq(change().moved, 0);
	PGresult *sum = PQexec(conn, "SELECT count(v) FROM \"Odd Name\"");
	ck_assert_str_eq(PQgetvalue(sum, 0, 0), "43");
	PQclear(sum);
	end();
}
END_TEST

START_TEST(a_table_that_refuses_its_rows_keeps_those_it_had)
{
	struct error err = ERROR_INIT;

	begin();
	PQclear(PQexec(conn, "ALTER TABLE \"Odd Name\" ADD CHECK (a < 5)"
		       " NOT VALID"));
	ck_assert_int_eq(table_put_back(conn, odd(&before), &err), -1);
	ck_assert_ptr_nonnull(strstr(err.message, "\"Odd Name\""));
	read_into(&now);
	ck_assert(table_is_same(odd(&before), odd(&now)));
	end();
}
END_TEST

TESTS_MAIN_POSTGRES("diagnose/tables",
		    a_table_is_read_with_its_columns_rows_and_keys,
		    a_view_is_known_by_the_tables_below_it,
		    a_permuted_table_holds_the_same_rows_in_another_order,
		    rows_go_back_to_an_earlier_order_and_new_ones_come_last,
		    a_table_is_put_back_as_it_was,
		    shuffled_columns_leave_places_and_other_columns_alone,
		    a_table_that_refuses_its_rows_keeps_those_it_had)
