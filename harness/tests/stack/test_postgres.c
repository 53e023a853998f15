#include "tests/postgres.h"

#include "base/arena.h"
#include "stack/postgres.h"

START_TEST(a_database_can_be_copied_while_somebody_sits_in_it)
{
	struct error err = ERROR_INIT;
	const char *from = tests_postgres_database();
	const char *name = strstr(from, "dbname=") + strlen("dbname=");
	char copy[64], maintenance[512];

	snprintf(copy, sizeof(copy), "copy_%s", name);
	snprintf(maintenance, sizeof(maintenance), "%.*spostgres",
		 (int)(name - from), from);
	ck_assert_msg(!postgres_execute(from, "CREATE TABLE t AS SELECT 1 AS a",
					&err), "%s", err.message);
	ck_assert_msg(!postgres_create_database(maintenance, copy, name, &err),
		      "%s", err.message);
	snprintf(maintenance, sizeof(maintenance), "%.*s%s",
		 (int)(name - from), from, copy);
	ck_assert_msg(!postgres_execute(maintenance, "SELECT a FROM t", &err),
		      "%s", err.message);
}
END_TEST

START_TEST(a_wrong_statement_is_an_error_that_quotes_it)
{
	struct error err = ERROR_INIT;

	ck_assert_int_eq(postgres_execute(tests_postgres_database(),
					  "SELECT nothing FROM nowhere", &err),
			 -1);
	ck_assert_ptr_nonnull(strstr(err.message, "SELECT nothing"));
	ck_assert_ptr_nonnull(strstr(err.message, "\"nowhere\" does not exist"));
}
END_TEST

START_TEST(without_a_server_the_command_that_installs_it_is_named)
{
	struct arena arena = ARENA_INIT;
	struct postgres_programs programs;
	struct error err = ERROR_INIT;

	setenv("BIS_PG_CONFIG", "/nonexistent/pg_config", 1);
	ck_assert_int_eq(postgres_find(&arena, &programs, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(err.message, "apt-get install"));
	arena_release(&arena);
}
END_TEST

TESTS_MAIN_POSTGRES("stack/postgres",
		    a_database_can_be_copied_while_somebody_sits_in_it,
		    a_wrong_statement_is_an_error_that_quotes_it,
		    without_a_server_the_command_that_installs_it_is_named)
