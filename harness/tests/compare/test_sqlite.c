/* Databases as a stranger's tracking server leaves them. */
#include "tests/test.h"

#include "base/arena.h"
#include "base/io.h"
#include "base/path.h"
#include "compare/ladder.h"
#include "format/sqlite.h"

#include <sqlite3.h>
#include <unistd.h>

static struct arena arena;
static struct comparison c;
static char folder[] = "/tmp/bis-sqlite-XXXXXX";

static void setup_folder(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	c = (struct comparison)COMPARISON_INIT;
}

static void remove_folder(void)
{
	comparison_release(&c);
	arena_release(&arena);
	io_remove_tree(folder, NULL);
}

static const char schema[] =
	"CREATE TABLE runs (run_uuid TEXT PRIMARY KEY, name TEXT, status TEXT,"
	" start_time INTEGER);"
	"CREATE TABLE metrics (key TEXT, value REAL, timestamp INTEGER,"
	" run_uuid TEXT);"
	"CREATE TABLE tags (key TEXT, value TEXT, run_uuid TEXT);";

static const char *make(const char *name, const char *sql)
{
	char *path = path_join(&arena, folder, name);
	sqlite3 *db;
	char *why = NULL;

	unlink(path);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, schema, NULL, NULL, NULL),
			 SQLITE_OK);
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &why) == SQLITE_OK,
		      "%s", why);
	sqlite3_close(db);
	return path;
}

static enum rung compare(const char *left, const char *right)
{
	struct error err = ERROR_INIT;

	comparison_release(&c);
	ck_assert_msg(compare_paths(make("a.db", left), make("b.db", right),
				    NULL, &c, &err) == 0, "%s", err.message);
	return c.rung;
}

START_TEST(runs_that_differ_in_names_and_times_are_equal)
{
	ck_assert_int_eq(compare(
		"INSERT INTO runs VALUES ('abc', 'bold-fox', 'FINISHED', 1);"
		"INSERT INTO metrics VALUES ('auc', 0.8202, 11, 'abc');"
		"INSERT INTO metrics VALUES ('f1', 0.5, 12, 'abc');"
		"INSERT INTO metrics VALUES ('train_time_sec', 1.5, 1, 'abc');"
		"INSERT INTO tags VALUES ('mlflow.runName', 'x', 'abc');",
		"INSERT INTO tags VALUES ('mlflow.runName', 'y', 'def');"
		"INSERT INTO metrics VALUES ('f1', 0.5, 99, 'def');"
		"INSERT INTO metrics VALUES ('auc', 0.8202, 98, 'def');"
		"INSERT INTO metrics VALUES ('train_time_sec', 2.5, 1, 'def');"
		"INSERT INTO runs VALUES ('def', 'shy-owl', 'FINISHED', 2);"),
		RUNG_CANONICAL);
	ck_assert_uint_gt(c.counts[DIFFERENCE_VOLATILE], 3);
}
END_TEST

START_TEST(another_metric_is_named)
{
	ck_assert_int_eq(compare(
		"INSERT INTO metrics VALUES ('auc', 0.5, 11, 'abc');",
		"INSERT INTO metrics VALUES ('auc', 0.25, 12, 'def');"),
		RUNG_NONE);
	ck_assert_str_eq(comparison_first(&c)->path, "metrics[0].value");
	ck_assert_str_eq(comparison_first(&c)->left, "0.5");
	ck_assert_int_eq(compare(
		"INSERT INTO tags VALUES ('user', 'a', 'abc');",
		"INSERT INTO tags VALUES ('user', 'b', 'abc');"), RUNG_NONE);
}
END_TEST

START_TEST(what_the_schema_defines_is_not_run)
{
	struct error err = ERROR_INIT;
	json_t *out;
	const char *path = make("v.db",
		"CREATE VIEW v AS SELECT load_extension('/tmp/x');"
		"CREATE VIRTUAL TABLE t USING fts5(a);"
		"INSERT INTO tags VALUES (x'00ff', 'b', NULL);");

	ck_assert_msg(sqlite_read(path, NULL, &out, &err) == 0, "%s",
		      err.message);
	ck_assert_ptr_null(json_object_get(out, "v"));
	ck_assert_ptr_null(json_object_get(out, "t"));
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(
		json_object_get(out, "tags"), 0), "key")), "x'00ff'");
	json_decref(out);
}
END_TEST

START_TEST(rows_are_capped_and_a_file_is_left_alone)
{
	const struct sqlite_limits few = { 10, 2, 1000 };
	struct error err = ERROR_INIT;
	json_t *out;
	const char *path = make("a ?#%.db",
		"INSERT INTO tags VALUES (1, 2, 3), (4, 5, 6), (7, 8, 9);");

	ck_assert_int_eq(sqlite_read(path, &few, &out, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_LIMIT);
	ck_assert(!io_exists(arena_printf(&arena, "%s-journal", path)));
	ck_assert(!io_exists(arena_printf(&arena, "%s-wal", path)));
	ck_assert_int_eq(sqlite_read("/nowhere.db", NULL, &out, &err), -1);
}
END_TEST

START_TEST(a_damaged_database_is_an_error_or_less)
{
	const char *path = make("d.db",
		"INSERT INTO tags VALUES ('a', 'b', 'c');"
		"INSERT INTO metrics VALUES ('auc', 0.5, 1, 'x');");
	struct strbuf bytes = STRBUF_INIT(1 << 20);
	const char *broken = path_join(&arena, folder, "broken.db");

	ck_assert_int_eq(io_read_file(path, &bytes, NULL), 0);
	for (size_t i = 0; i < bytes.len; i += 37) {
		json_t *out = NULL;
		char saved = bytes.buf[i];
		bytes.buf[i] = (char)(saved ^ 0x55);
		io_write_file(broken, bytes.buf, bytes.len, 0600, NULL);
		if (sqlite_read(broken, NULL, &out, NULL) == 0)
			json_decref(out);
		bytes.buf[i] = saved;
		io_write_file(broken, bytes.buf, i, 0600, NULL);
		if (sqlite_read(broken, NULL, &out, NULL) == 0)
			json_decref(out);
	}
	strbuf_release(&bytes);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("compare/sqlite");
	TCase *tcase = tcase_create("compare/sqlite");

	tcase_add_checked_fixture(tcase, setup_folder, remove_folder);
	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, runs_that_differ_in_names_and_times_are_equal);
	tcase_add_test(tcase, another_metric_is_named);
	tcase_add_test(tcase, what_the_schema_defines_is_not_run);
	tcase_add_test(tcase, rows_are_capped_and_a_file_is_left_alone);
	tcase_add_test(tcase, a_damaged_database_is_an_error_or_less);
	suite_add_tcase(suite, tcase);
	return tests_run(suite);
}
