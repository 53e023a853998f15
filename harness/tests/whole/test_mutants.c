/*
 * The kill table: every fault of the embedded stack is run under
 * streamflow/tp4-strict, and must come to exactly what
 * fixtures/streamflow/kill-table.txt says. Prints a line a fault, and
 * "N of N mutants killed".
 */
#include "tests/test.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/path.h"
#include "base/subprocess.h"
#include "base/vec.h"

#include <jansson.h>
#include <unistd.h>

enum { FIELDS = 5 };

static struct arena arena;

static int cmp_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "b,a" to "a,b"; "" to "-". */
static const char *sorted(const char *list)
{
	char *copy = arena_strdup(&arena, list);
	VEC(const char *) names = VEC_INIT;
	struct strbuf sb = STRBUF_INIT(STRBUF_TEXT);
	char *save = NULL;

	for (char *name = strtok_r(copy, ",", &save); name;
	     name = strtok_r(NULL, ",", &save))
		*vec_push(&names) = name;
	if (names.len)
		qsort(names.at, names.len, sizeof(*names.at), cmp_texts);
	for (size_t i = 0; i < names.len; i++)
		strbuf_addf(&sb, "%s%s", i ? "," : "", names.at[i]);
	const char *text = arena_strdup(&arena, sb.len ? sb.buf : "-");
	vec_release(&names);
	strbuf_release(&sb);
	return text;
}

static const char *with_verdict(const json_t *result, const char *verdict)
{
	struct strbuf sb = STRBUF_INIT(STRBUF_TEXT);
	json_t *exercise, *check;
	size_t i, j;

	json_array_foreach(json_object_get(result, "exercises"), i, exercise) {
		json_array_foreach(json_object_get(exercise, "checks"), j,
				   check) {
			const char *is = json_string_value(
				json_object_get(check, "verdict"));
			if (is && !strcmp(is, verdict))
				strbuf_addf(&sb, "%s,",
					    json_string_value(json_object_get(
						    check, "id")));
		}
	}
	const char *text = sorted(sb.buf);
	strbuf_release(&sb);
	return text;
}

static const char *causes_of(const json_t *result)
{
	struct strbuf sb = STRBUF_INIT(STRBUF_TEXT);
	json_t *diagnosis;
	size_t i;

	json_array_foreach(json_object_get(result, "diagnosis"), i, diagnosis)
		strbuf_addf(&sb, "%s,", json_string_value(json_object_get(
						diagnosis, "cause")));
	const char *text = sorted(sb.buf);
	strbuf_release(&sb);
	return text;
}

/* What the run came to, in the table's own columns. */
static bool run_fault(const char *fault, const char *ret[FIELDS],
		      const char **ret_why)
{
	const char *out = arena_printf(&arena, "%s/mutants-%d/%s",
				       tests_builddir(), (int)getpid(), fault);
	const char *argv[] = {
		arena_printf(&arena, "%s/bis", tests_builddir()), "run",
		"streamflow/tp4-strict", "--var",
		arena_printf(&arena, "fault=%s", fault), "--out", out, NULL,
	};
	const char *env[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
		"/sbin:/bin", "LC_ALL=C.UTF-8", "ASAN_OPTIONS=detect_leaks=0",
		arena_printf(&arena, "BIS_SCENARIOS=%s/scenarios",
			     tests_srcdir()), NULL,
	};
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;
	struct subprocess_result result;
	struct error err = ERROR_INIT;
	char how[64];

	spec.argv = argv;
	spec.env = env;
	spec.timeout = 300 * CLOCK_SEC;
	if (subprocess_run(&spec, &result, &err) < 0) {
		*ret_why = arena_strdup(&arena, err.message);
		return false;
	}
	ret[0] = fault;
	ret[1] = result.signal ? subprocess_describe(0, result.signal, how)
			       : arena_printf(&arena, "%d", result.exit_code);
	*ret_why = arena_strdup(&arena, result.err.buf);
	subprocess_result_release(&result);
	json_t *json = json_load_file(
		arena_printf(&arena, "%s/result.json", out), 0, NULL);
	if (!json)
		return false;
	ret[2] = with_verdict(json, "failed");
	ret[3] = with_verdict(json, "blocked");
	ret[4] = causes_of(json);
	io_remove_tree(path_dirname(&arena, out), NULL);
	const char *pending = arena_printf(
		&arena, "%s %s", with_verdict(json, "error"),
		with_verdict(json, "inconclusive"));
	json_decref(json);
	if (strcmp(pending, "- -")) {
		*ret_why = arena_printf(&arena, "error, inconclusive: %s\n%s",
					pending, *ret_why);
		return false;
	}
	return true;
}

static bool killed(char *line)
{
	static const char *const names[FIELDS] = { "fault", "exit", "failed",
						   "blocked", "cause" };
	const char *want[FIELDS], *got[FIELDS] = { NULL };
	const char *why = "";
	char *save = NULL;
	bool same = true;

	for (int i = 0; i < FIELDS; i++) {
		want[i] = strtok_r(i ? NULL : line, " \t", &save);
		ck_assert_msg(want[i] != NULL, "a line of the table has fewer "
			      "than %d fields", FIELDS);
	}
	if (!run_fault(want[0], got, &why)) {
		printf("%-24s ALIVE: %s\n", want[0], why);
		return false;
	}
	for (int i = 1; i < FIELDS; i++) {
		const char *is = want[i][0] == '-' ? "-" : sorted(want[i]);
		if (!strcmp(is, got[i]))
			continue;
		printf("%-24s ALIVE: %s is %s, expected %s\n%s\n", want[0],
		       names[i], got[i], is, why);
		same = false;
	}
	if (same)
		printf("%-24s exit %s, failed: %s, cause: %s\n", want[0],
		       got[1], got[2], got[4]);
	fflush(stdout);
	return same;
}

START_TEST(every_fault_is_caught_by_the_check_meant_for_it)
{
	struct strbuf table = STRBUF_INIT(STRBUF_TEXT);
	struct error err = ERROR_INIT;
	const char *path = arena_printf(
		&arena, "%s/fixtures/streamflow/kill-table.txt",
		tests_srcdir());
	const char *one = getenv("FAULT");
	int count = 0, dead = 0;
	char *save = NULL;

	ck_assert_msg(!io_read_file(path, &table, &err), "%s", err.message);
	for (char *line = strtok_r(table.buf, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (*line == '#' ||
		    (one && strncmp(line, one, strcspn(line, " "))))
			continue;
		count++;
		dead += killed(line);
	}
	printf("%d of %d mutants killed (the first is the correct program, "
	       "and lives)\n", dead, count);
	ck_assert_int_gt(count, 0);
	ck_assert_int_eq(dead, count);
	strbuf_release(&table);
	arena_release(&arena);
}
END_TEST

int main(void)
{
	tests_need("postgres", access("/usr/bin/pg_config", X_OK) == 0 ||
		   access("/usr/lib/postgresql", X_OK) == 0,
		   "the embedded stack runs on it");
	setenv("CK_DEFAULT_TIMEOUT", "1800", 0);
	Suite *suite = suite_create("whole/mutants");
	TCase *tcase = tcase_create("mutants");
	tcase_set_timeout(tcase, 1800);
	tcase_add_test(tcase,
		       every_fault_is_caught_by_the_check_meant_for_it);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
