/*
 * What every test program shares: a list of tests, run by Check.
 *
 *	START_TEST(a_rule_in_words) { ck_assert(...); } END_TEST
 *	TESTS_MAIN("base/strbuf", a_rule_in_words, another_rule)
 *
 * A test that can't run here calls SKIP("why"): the whole program then exits
 * 77, Automake's "skipped", unless BIS_REQUIRE names what is missing.
 */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TESTS_MAIN(name, ...) \
	TESTS_MAIN_NAMED(tests_run_, name, __VA_ARGS__) \
	int main(void) { return tests_run_(); }

/* The same as a function of that name, for a main() that does more. */
#define TESTS_MAIN_NAMED(function, name, ...) \
	static int function(void) \
	{ \
		const TTest *const tests_[] = { __VA_ARGS__ }; \
		Suite *suite_ = suite_create(name); \
		TCase *tcase_ = tcase_create(name); \
		for (size_t i_ = 0; i_ < sizeof(tests_) / sizeof(tests_[0]); \
		     i_++) \
			tcase_add_test(tcase_, tests_[i_]); \
		tcase_set_timeout(tcase_, 120); \
		suite_add_tcase(suite_, tcase_); \
		return tests_run(suite_); \
	}

/* For a main() that makes its own cases, with fixtures or another time limit:
 * runs them, and gives the program's exit code. Releases the suite. */
static inline int tests_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* For a test program as a whole, before its tests: is `what` (postgres,
 * data, root, ...) here? If not: says so, and exits 77, or 1 where
 * BIS_REQUIRE (a comma-separated list) names it. */
static inline void tests_need(const char *what, int present, const char *why)
{
	const char *require = getenv("BIS_REQUIRE");
	size_t len = strlen(what);

	if (present)
		return;
	for (const char *p = require; p && *p; p += strcspn(p, ",")) {
		p += *p == ',';
		if (!strncmp(p, what, len) && (p[len] == ',' || !p[len])) {
			printf("FAIL: %s is required here: %s\n", what, why);
			exit(1);
		}
	}
	printf("SKIP: needs %s: %s\n", what, why);
	exit(77);
}

/* The source tree: fixtures are read from there. */
static inline const char *tests_srcdir(void)
{
	const char *dir = getenv("BIS_SRCDIR");

	return dir ? dir : ".";
}

/* The build tree: programs are run from there. */
static inline const char *tests_builddir(void)
{
	const char *dir = getenv("BIS_BUILDDIR");

	return dir ? dir : ".";
}

#endif
