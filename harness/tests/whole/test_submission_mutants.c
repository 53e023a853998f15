/*
 * The kill table of submissions: the reference submission, its mutants and its
 * correct variants are handed in one by one (fixtures/submission/hand-in),
 * graded on their own containers by streamflow/tp4, and must come to
 * exactly what fixtures/submission/kill-table.txt says. A row whose note begins
 * with "only ID,..." is graded by these exercises and checks alone: the worlds
 * beyond them can't tell anything of its mistake.
 *
 *	SUBMISSIONS=all|some  all rows; or those that are marked, of which a mutant
 *			      is graded only by the first check that must fail.
 *			      Where it isn't said nothing is run: an engine is
 *			      needed
 *	FAULT=NAME,...        these rows, whole
 *	JOBS=N                so many at once
 *	BIS_COMPOSE=v1|v2     that Compose
 *	KEEP=DIR              what was found stays there: reports, logs
 */
#include "tests/whole/kill_table.h"
#include "tests/test.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/subprocess.h"

#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_MOST = 1024 * 1024 };

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

/* What a row's note says is looked at; "": all. */
static const char *part_of(const struct kill_row *row)
{
	const char *ids = row->note + strlen("only ");

	return strncmp(row->note, "only ", 5) ? ""
		: arena_strndup(&arena, ids, strcspn(ids, " :;"));
}

/* Hands a row's submission in and grades it, by these ids or ("") whole: what
 * came of it. false: no result. */
static bool grade(const char *name, const char *only, struct kill_row *ret,
		  const char **ret_said, const char **ret_pending)
{
	enum { FIXED = 7, ONLY_MOST = 16 };
	const char *submission = hand_in(name);
	const char *out = arena_printf(&arena, "%s/%s.out",
				       env_or("KEEP", work), name);
	const char *argv[FIXED + 2 * ONLY_MOST + 1] = {
		arena_printf(&arena, "%s/bis", tests_builddir()), "run",
		"streamflow/tp4", "--submission", submission, "--out", out,
	};
	char *ids = arena_strdup(&arena, only), *save = NULL;
	size_t n = FIXED;

	for (char *id = strtok_r(ids, ",", &save);
	     id && n + 2 < ARRAY_SIZE(argv); id = strtok_r(NULL, ",", &save)) {
		argv[n++] = "--only";
		argv[n++] = id;
	}
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
	const char *only = check ? check : part_of(row);
	struct kill_row want = check ? narrowed(row, check) : *row, got;
	int64_t start = clock_monotonic();

	if (!grade(name, only, &got, &said, &pending)) {
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
	       "pending: %s (%s%s%s%.0f s)\n", name, same ? "ok" : "NOT OK",
	       got.fields[KILL_EXIT], got.fields[KILL_FAILED],
	       got.fields[KILL_CAUSE], got.remedies, pending,
	       *only ? "only " : "", only, *only ? ", " : "",
	       (double)(clock_monotonic() - start) / (double)CLOCK_SEC);
	return same;
}

/* In a process of its own, which says all of it at once. */
static void start_row(const struct kill_row *row, bool whole)
{
	fflush(stdout);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid)
		return;
	setvbuf(stdout, NULL, _IOFBF, OUTPUT_MOST);
	bool holds = row_holds(row, whole);
	fflush(stdout);
	_exit(holds ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* How many hold. */
static int run_rows(const struct kill_table *rows, bool whole)
{
	size_t jobs = strtoul(env_or("JOBS", "1"), NULL, 10), started = 0;
	int good = 0, status;

	for (size_t ended = 0; ended < rows->rows.len; ended++) {
		while (started < rows->rows.len && started < ended + jobs)
			start_row(&rows->rows.at[started++], whole);
		ck_assert_int_gt(wait(&status), 0);
		good += WIFEXITED(status) && !WEXITSTATUS(status);
	}
	return good;
}

/* "a,b" has "b". */
static bool is_in(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = list; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (!strncmp(at, name, len) && (!at[len] || at[len] == ','))
			return true;
	}
	return false;
}

START_TEST(every_submission_comes_to_what_the_table_says)
{
	const char *named = getenv("FAULT");
	bool all = !strcmp(env_or("SUBMISSIONS", ""), "all");
	struct kill_table table, rows = { VEC_INIT };

	kill_table_read(&arena, arena_printf(
		&arena, "%s/fixtures/submission/kill-table.txt",
		tests_srcdir()), &table);
	for (size_t i = 0; i < table.rows.len; i++) {
		const struct kill_row *row = &table.rows.at[i];
		if (named ? is_in(named, row->fields[KILL_NAME])
			: all || row->always)
			*vec_push(&rows.rows) = *row;
	}
	int good = run_rows(&rows, named || all);
	printf("%d of %zu submissions came to what the table says\n", good,
	       rows.rows.len);
	ck_assert_uint_gt(rows.rows.len, 0);
	ck_assert_int_eq(good, (int)rows.rows.len);
	kill_table_release(&rows);
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
	int code = tests_run(suite);
	io_remove_tree(folder, NULL);
	arena_release(&arena);
	return code;
}
