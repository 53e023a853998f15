/*
 * The kill table of submissions: the reference submission, its mutants and its
 * correct variants are handed in one by one (fixtures/submission/hand-in),
 * graded on their own containers by streamflow/tp4, and must come to
 * exactly what fixtures/submission/kill-table.txt says.
 *
 *	SUBMISSIONS=all|some  all rows; or those that are marked, of which a mutant
 *			      is graded only by the first check that must fail.
 *			      Where it isn't said nothing is run: an engine is
 *			      needed
 *	FAULT=NAME            one row, whole
 *	BIS_COMPOSE=v1|v2     that Compose
 *	KEEP=DIR              what was found stays there: reports, logs
 */
#include "tests/whole/kill_table.h"
#include "tests/test.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/subprocess.h"

#include <unistd.h>

static struct arena arena;
static const char *work;

static const char *env_or(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && *value ? value : otherwise;
}

/* Runs to the end with our PATH and the engine's settings; what it said on
 * stderr. */
static int run(const char *const *argv, const char **ret_said)
{
	const char *env[] = {
		arena_printf(&arena, "PATH=%s", env_or("PATH", "/usr/bin:/bin")),
		arena_printf(&arena, "HOME=%s", env_or("HOME", "/")),
		arena_printf(&arena, "BIS_COMPOSE=%s",
			     env_or("BIS_COMPOSE", "")),
		arena_printf(&arena, "DOCKER_HOST=%s",
			     env_or("DOCKER_HOST", "")),
		arena_printf(&arena, "BIS_SCENARIOS=%s/scenarios",
			     tests_srcdir()),
		"LC_ALL=C.UTF-8", "ASAN_OPTIONS=detect_leaks=0", NULL,
	};
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;
	struct subprocess_result result;
	struct error err = ERROR_INIT;

	spec.argv = argv;
	spec.env = env;
	spec.timeout = 3600 * CLOCK_SEC;
	*ret_said = "";
	if (subprocess_run(&spec, &result, &err) < 0) {
		*ret_said = arena_strdup(&arena, err.message);
		return -1;
	}
	*ret_said = arena_strdup(&arena, result.err.buf);
	int code = result.signal ? 128 + result.signal : result.exit_code;
	subprocess_result_release(&result);
	return code;
}

static const char *hand_in(const char *name)
{
	const char *to = arena_printf(&arena, "%s/%s", work, name), *said;
	const char *argv[] = {
		arena_printf(&arena, "%s/fixtures/submission/hand-in",
			     tests_srcdir()), name, to, NULL,
	};

	ck_assert_msg(run(argv, &said) == 0, "handing in %s: %s", name, said);
	return to;
}

static bool same_texts(const char *name, const char *what, const char *got,
		       const char *want)
{
	if (!strcmp(got, want))
		return true;
	printf("%-24s ALIVE: %s is %s, expected %s\n", name, what, got, want);
	return false;
}

/* What must come of `--only CHECK`: that check fails, and nothing else is
 * looked at. Why two trainings differ is looked for all the same. */
static struct kill_row narrowed(const struct kill_row *row, const char *check)
{
	struct kill_row narrow = *row;

	narrow.fields[KILL_FAILED] = check;
	narrow.fields[KILL_BLOCKED] = "-";
	if (strcmp(check, "twice"))
		narrow.fields[KILL_CAUSE] = "-";
	return narrow;
}

/* Hands a row's submission in and grades it, by one check or (NULL) whole:
 * what came of it. false: no result. */
static bool grade(const char *name, const char *check, struct kill_row *ret,
		  const char **ret_said, const char **ret_pending)
{
	const char *submission = hand_in(name);
	const char *out = arena_printf(&arena, "%s/%s.out",
				       env_or("KEEP", work), name);
	const char *argv[] = {
		arena_printf(&arena, "%s/bis", tests_builddir()), "run",
		"streamflow/tp4", "--submission", submission, "--out", out,
		check ? "--only" : NULL, check, NULL,
	};
	int code = run(argv, ret_said);

	io_remove_tree(submission, NULL);
	*ret = (struct kill_row){ .note = "" };
	ret->fields[KILL_EXIT] = arena_printf(&arena, "%d", code);
	return kill_row_of(&arena, arena_printf(&arena, "%s/result.json", out),
			   ret, ret_pending) == 0;
}

static bool row_holds(const struct kill_row *row, bool whole)
{
	const char *name = row->fields[KILL_NAME], *said, *pending = "-";
	const char *failed = row->fields[KILL_FAILED];
	const char *check = whole || !strcmp(failed, "-") ? NULL
		: arena_strndup(&arena, failed, strcspn(failed, ","));
	struct kill_row want = check ? narrowed(row, check) : *row, got;
	int64_t start = clock_monotonic();

	if (!grade(name, check, &got, &said, &pending)) {
		printf("%-24s ALIVE: exit %s, no result\n%s\n", name,
		       got.fields[KILL_EXIT], said);
		return false;
	}
	bool same = true;
	for (int i = KILL_EXIT; i < KILL_FIELDS; i++)
		same &= same_texts(name, kill_field_names[i], got.fields[i],
				   want.fields[i]);
	same &= same_texts(name, "remedies", got.remedies, want.remedies);
	if (!same)
		printf("%s\n", said);
	printf("%-24s %s exit %s, failed: %s, cause: %s, remedies: %s, "
	       "pending: %s (%s%s%.0f s)\n", name, same ? "ok" : "NOT OK",
	       got.fields[KILL_EXIT], got.fields[KILL_FAILED],
	       got.fields[KILL_CAUSE], got.remedies, pending,
	       check ? "only " : "", check ? arena_printf(&arena, "%s, ", check)
					   : "",
	       (double)(clock_monotonic() - start) / (double)CLOCK_SEC);
	fflush(stdout);
	return same;
}

START_TEST(every_submission_comes_to_what_the_table_says)
{
	const char *one = getenv("FAULT");
	bool all = !strcmp(env_or("SUBMISSIONS", ""), "all");
	struct kill_table table;
	int count = 0, good = 0;

	kill_table_read(&arena, arena_printf(
		&arena, "%s/fixtures/submission/kill-table.txt",
		tests_srcdir()), &table);
	for (size_t i = 0; i < table.rows.len; i++) {
		const struct kill_row *row = &table.rows.at[i];
		if (one ? strcmp(row->fields[KILL_NAME], one) != 0
			: !all && !row->always)
			continue;
		count++;
		good += row_holds(row, one || all);
	}
	printf("%d of %d submissions came to what the table says\n", good,
	       count);
	ck_assert_int_gt(count, 0);
	ck_assert_int_eq(good, count);
	kill_table_release(&table);
}
END_TEST

int main(void)
{
	char folder[] = "/tmp/bis-submissions-XXXXXX";

	tests_need("compose", *env_or("SUBMISSIONS", env_or("FAULT", "")),
		   "an engine and the base images; make check-compose runs it");
	if (!mkdtemp(folder)) {
		perror(folder);
		return EXIT_FAILURE;
	}
	work = folder;
	Suite *suite = suite_create("whole/submissions");
	TCase *tcase = tcase_create("submissions");
	tcase_set_timeout(tcase, 6 * 3600);
	tcase_add_test(tcase, every_submission_comes_to_what_the_table_says);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	io_remove_tree(folder, NULL);
	arena_release(&arena);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
