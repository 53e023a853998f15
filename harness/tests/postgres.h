/*
 * A private PostgreSQL for a test program: started once, before its tests,
 * and gone when the program ends, however it ends.
 *
 *	int main(void)
 *	{
 *		tests_postgres_start();      // exits 77 where there is none
 *		int result = run_tests();    // TESTS_MAIN_NAMED(run_tests, ...)
 *		tests_postgres_stop();
 *		return result;
 *	}
 *
 * In _SOURCES: harness/tests/postgres.c harness/tests/postgres.h.
 */
#ifndef TESTS_POSTGRES_H
#define TESTS_POSTGRES_H

#include "tests/test.h"

/* Skips the program (need "postgres") where no server is installed, fails it
 * where one is and does not start. */
void tests_postgres_start(void);
void tests_postgres_stop(void);

/* A new empty database, as its superuser: a libpq connection string, which
 * lives as long as the program. For a test that wants its own. */
const char *tests_postgres_database(void);

/* A folder that the server's user may use too (COPY, artifacts), below the
 * private one. */
const char *tests_postgres_folder(void);

/* TESTS_MAIN, with a PostgreSQL around it. */
#define TESTS_MAIN_POSTGRES(name, ...) \
	TESTS_MAIN_NAMED(tests_run_, name, __VA_ARGS__) \
	int main(void) \
	{ \
		tests_postgres_start(); \
		int result_ = tests_run_(); \
		tests_postgres_stop(); \
		return result_; \
	}

#endif
