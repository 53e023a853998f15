/*
 * `bis run` as a person has it: interrupted, two at once, with bad input; and
 * what it says can be said again, with it and without. (Killed at any moment:
 * tests/stack/test_killed.c.)
 */
#include "tests/stack/traces.h"
#include "tests/test.h"

#include "base/arena.h"
#include "base/io.h"
#include "base/path.h"
#include "base/subprocess.h"
#include "base/vec.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A place of its own for private folders and reports. */
struct place {
	struct arena arena;
	char folder[64];
	const char *env[8];
};

static void place_init(struct place *p)
{
	memset(p, 0, sizeof(*p));
	snprintf(p->folder, sizeof(p->folder), "/tmp/bt-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(p->folder));
	/* Services that run as another user must reach their folder. */
	ck_assert_int_eq(chmod(p->folder, 0755), 0);
	p->env[0] = arena_printf(&p->arena,
				 "PATH=%s:%s/fixtures/streamflow:/usr/local/"
				 "sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
				 "/sbin:/bin", tests_builddir(),
				 tests_builddir());
	p->env[1] = "LC_ALL=C.UTF-8";
	p->env[2] = arena_printf(&p->arena, "TMPDIR=%s", p->folder);
	p->env[3] = arena_printf(&p->arena, "BIS_SCENARIOS=%s/scenarios",
				 tests_srcdir());
	p->env[4] = "NO_COLOR=1";
}

static void place_release(struct place *p)
{
	io_remove_tree(p->folder, NULL);
	arena_release(&p->arena);
}

static const char *bis_path(struct place *p)
{
	return arena_printf(&p->arena, "%s/bis", tests_builddir());
}

/* Runs to its end. The caller releases. */
static struct subprocess_result shell(struct place *p, const char *script)
{
	const char *argv[] = { "sh", "-c", script, NULL };
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;
	struct subprocess_result result;
	struct error err = ERROR_INIT;

	spec.argv = argv;
	spec.env = p->env;
	spec.cwd = p->folder;
	spec.timeout = 240 * CLOCK_SEC;
	ck_assert_msg(!subprocess_run(&spec, &result, &err), "%s",
		      err.message);
	return result;
}

static pid_t start(struct place *p, const char *out)
{
	const char *argv[] = { bis_path(p), "run", "streamflow/tp4", "--out",
			       arena_printf(&p->arena, "%s/%s", p->folder,
					    out), NULL };
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;
	struct error err = ERROR_INIT;
	pid_t pid;

	spec.argv = argv;
	spec.env = p->env;
	spec.cwd = p->folder;
	ck_assert_msg(!subprocess_start(&spec, &pid, &err), "%s", err.message);
	return pid;
}

static int end_of(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		ck_assert_int_eq(errno, EINTR);
	return status;
}

static json_t *result_of(struct place *p, const char *out)
{
	json_error_t why;
	json_t *json = json_load_file(
		arena_printf(&p->arena, "%s/%s/result.json", p->folder, out),
		0, &why);

	ck_assert_msg(json != NULL, "result.json: %s", why.text);
	return json;
}

static const json_t *check_of(const json_t *result, const char *id)
{
	json_t *exercise, *check;
	size_t i, j;

	json_array_foreach(json_object_get(result, "exercises"), i, exercise)
		json_array_foreach(json_object_get(exercise, "checks"), j,
				   check)
			if (!strcmp(json_string_value(json_object_get(
					    check, "id")), id))
				return check;
	ck_abort_msg("no check `%s`", id);
	return NULL;
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

START_TEST(an_interrupted_run_reports_what_was_done)
{
	static const int signals[] = { SIGINT, SIGTERM };
	int64_t deadline = clock_monotonic() + PATIENCE;
	struct place p;
	struct traces t;

	place_init(&p);
	pid_t pid = start(&p, "out");
	do {
		look(p.folder, &t);
		clock_sleep(CLOCK_MSEC);
	} while (!t.has_segment && clock_monotonic() < deadline);
	clock_sleep(500 * CLOCK_MSEC);
	kill(pid, signals[_i]);
	int status = end_of(pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 128 + signals[_i]);
	json_t *result = result_of(&p, "out");
	ck_assert_int_eq(json_integer_value(json_object_get(
				 result, "exit_code")), 128 + signals[_i]);
	ck_assert_str_eq(text_of(check_of(result, "seed-matters"), "verdict"),
			 "error");
	json_decref(result);
	expect_nothing_left(p.folder, &t);
	place_release(&p);
}
END_TEST

START_TEST(two_runs_at_once_do_not_meet)
{
	struct place p;

	place_init(&p);
	pid_t one = start(&p, "one"), two = start(&p, "two");
	ck_assert_int_eq(end_of(one), 0);
	ck_assert_int_eq(end_of(two), 0);
	static const char *const names[] = { "one", "two" };
	for (int i = 0; i < 2; i++) {
		json_t *result = result_of(&p, names[i]);
		ck_assert_double_eq(json_number_value(json_object_get(
					    result, "points")), 20);
		json_decref(result);
	}
	place_release(&p);
}
END_TEST

/* A fault, its check, and what its by-hand commands print in the end. */
static const struct {
	const char *fault, *check, *shows;
} again[] = {
	{ "labels-overwritten", "time-travel", "AUC=0.6" },
	{ "unknown-user-predicted", "unknown-user", "\"prediction\":" },
	{ "wrong-as-of-tag", "run-params", "rf_baseline_" },
};

/* Whatever is up in this place, and nothing else: others may be up, too. */
#define DOWN "for s in bis-stack-*; do test ! -d $s || " \
	"bis stack down --stack $s >&2; done\n"

/* Unchecked, so that it ends what a failed test leaves up. */
static struct place again_place;

static void again_begin(void)
{
	place_init(&again_place);
}

static void again_end(void)
{
	struct subprocess_result down = shell(&again_place, DOWN);

	subprocess_result_release(&down);
	place_release(&again_place);
}

START_TEST(a_failed_check_is_shown_again_with_bis_and_without)
{
	struct place *p = &again_place;
	const char *names[] = {
		arena_printf(&p->arena, "first%d", _i),
		arena_printf(&p->arena, "second%d", _i),
	};

	struct subprocess_result first = shell(p, arena_printf(
		&p->arena, "bis run streamflow/tp4-strict --var fault=%s "
		"--out %s", again[_i].fault, names[0]));
	ck_assert_msg(first.exit_code == 1, "%s", first.err.buf);
	json_t *result = result_of(p, names[0]);
	const json_t *check = check_of(result, again[_i].check);
	ck_assert_str_eq(text_of(check, "verdict"), "failed");

	struct subprocess_result with = shell(p, arena_printf(
		&p->arena, "%s --out %s", text_of(check, "again"), names[1]));
	ck_assert_msg(with.exit_code == 1, "%s: %d\n%s", text_of(check,
		      "again"), with.exit_code, with.err.buf);
	json_t *second = result_of(p, names[1]);
	ck_assert_str_eq(text_of(check_of(second, again[_i].check),
				 "verdict"), "failed");

	struct subprocess_result without = shell(p, arena_printf(
		&p->arena, "set -e; eval \"$(bis stack up --var fault=%s)\"\n"
		"%s\n" DOWN, again[_i].fault,
		text_of(check, "by_hand")));
	ck_assert_msg(without.exit_code == 0, "%s\n%s%s",
		      text_of(check, "by_hand"), without.out.buf,
		      without.err.buf);
	ck_assert_msg(strstr(without.out.buf, again[_i].shows) != NULL,
		      "`%s` is not in what the commands print:\n%s",
		      again[_i].shows, without.out.buf);
	subprocess_result_release(&first);
	subprocess_result_release(&with);
	subprocess_result_release(&without);
	json_decref(result);
	json_decref(second);
}
END_TEST

/* What is given, what it ends with, and words that its complaint has. */
static const struct {
	const char *script;
	int exit_code;
	const char *words;
} bad[] = {
	{ "bis run", 2, "which scenario" },
	{ "bis run no/such-scenario", 3, "no/such-scenario" },
	{ "bis run streamflow/tp5", 3, "streamflow/tp4" },
	{ "bis run streamflow/tp4 --var fualt=none", 3, "fault" },
	{ "bis run streamflow/tp4 --var as_of", 3, "as_of" },
	{ "bis run streamflow/tp4 --format pdf", 2, "pdf" },
	{ "bis run streamflow/tp4 --lang xx", 2, "xx" },
	{ "bis run streamflow/tp4 --map auc", 2, "ROLE=NAME" },
	{ "bis run streamflow/tp4 --only no-such-check", 2, "no-such-check" },
	{ "bis run streamflow/tp4 --out /proc/nowhere", 2, "/proc/nowhere" },
	{ "bis run streamflow/tp4 --stack nowhere.yaml", 3, "nowhere.yaml" },
	{ "bis run streamflow/tp4 --var fault=no-such-fault", 4,
	  "no-such-fault" },
	{ "touch x.yaml; bis run x.yaml", 3, "x.yaml" },
	{ "printf 'bis: 1\\ntitle: T\\nexercises:\\n- id: e\\n  title: E\\n"
	  "  steps:\\n  - id: s\\n    witihn: 3s\\n    http: { service: api, "
	  "get: / }\\n' > x.yaml; bis check x.yaml", 3, "x.yaml:8:5" },
};

START_TEST(bad_input_is_said_clearly)
{
	struct place p;

	place_init(&p);
	struct subprocess_result r = shell(&p, bad[_i].script);
	ck_assert_msg(r.exit_code == bad[_i].exit_code,
		      "%s: exit %d, not %d\n%s%s", bad[_i].script, r.exit_code,
		      bad[_i].exit_code, r.out.buf, r.err.buf);
	ck_assert_msg(strstr(r.err.buf, bad[_i].words) ||
		      strstr(r.out.buf, bad[_i].words), "%s: no `%s` in\n%s",
		      bad[_i].script, bad[_i].words, r.err.buf);
	subprocess_result_release(&r);
	place_release(&p);
}
END_TEST

START_TEST(what_is_no_condition_is_the_scenarios_fault)
{
	struct place p;

	place_init(&p);
	const char *file = arena_printf(&p.arena, "%s/x.yaml", p.folder);
	static const char text[] =
		"bis: 1\ntitle: T\nvars: { one: 1 }\nexercises:\n"
		"  - id: e\n    title: E\n    steps:\n"
		"      - id: s\n        value: { of: { a: 1 } }\n"
		"        expect: [ .a ]\n        points: 1\n"
		"      - id: m\n        value: { of: { a: 1 } }\n"
		"        expect: [ .b < 0.9 ]\n        points: 1\n";
	ck_assert(!io_write_file(file, text, strlen(text), 0644, NULL));
	struct subprocess_result r = shell(&p, arena_printf(
		&p.arena, "bis run x.yaml --stack "
		"\"$BIS_SCENARIOS/streamflow/embedded.yaml\" --out out"));
	ck_assert_msg(r.exit_code == 3, "exit %d: %s%s", r.exit_code,
		      r.out.buf, r.err.buf);
	json_t *result = result_of(&p, "out");
	ck_assert_str_eq(text_of(check_of(result, "s"), "verdict"), "error");
	ck_assert_str_eq(text_of(check_of(result, "m"), "verdict"), "failed");
	ck_assert_ptr_nonnull(strstr(text_of(check_of(result, "m"), "actual"),
				     "missing .b"));
	json_decref(result);
	subprocess_result_release(&r);
	place_release(&p);
}
END_TEST

/* A check that holds and one that does not, both with the answer 4711. */
static const char hidden_scenario[] =
	"bis: 1\ntitle: T\nexercises:\n"
	"  - id: e\n    title: E\n    steps:\n"
	"      - id: held\n        value: { of: { a: 4711 } }\n"
	"        expect: [ .a == 4711 ]\n"
	"        points: 1\n        hidden: true\n"
	"      - id: broken\n        value: { of: { a: 1 } }\n"
	"        expect: [ .a == 4711 ]\n"
	"        points: 1\n        hidden: true\n        hint: Count.\n";

/* In every report, on both streams, and where it is explained. */
START_TEST(a_hidden_answer_is_told_nowhere)
{
	struct place p;

	place_init(&p);
	const char *file = arena_printf(&p.arena, "%s/x.yaml", p.folder);
	ck_assert(!io_write_file(file, hidden_scenario,
				 strlen(hidden_scenario), 0644, NULL));
	const char *run = arena_printf(
		&p.arena, "bis run x.yaml --stack "
		"\"$BIS_SCENARIOS/streamflow/embedded.yaml\" --var users=50 "
		"--format markdown --format html --format json --format junit "
		"--format tap --format github --format gradescope "
		"--format check50");
	struct subprocess_result r = shell(&p, arena_printf(
		&p.arena, "%s --out out >log 2>&1; code=$?; "
		"bis explain broken x.yaml >>log || exit 9; "
		"! grep -r 4711 out log || exit 8; "
		"grep -q 'Count\\.' out/report.md || exit 7; exit $code",
		run));
	ck_assert_msg(r.exit_code == 1, "exit %d: %s%s", r.exit_code,
		      r.out.buf, r.err.buf);
	json_t *result = result_of(&p, "out");
	ck_assert_str_eq(text_of(check_of(result, "held"), "verdict"),
			 "passed");
	ck_assert_str_eq(text_of(check_of(result, "broken"), "verdict"),
			 "failed");
	json_decref(result);
	subprocess_result_release(&r);
	/* But to whoever may know it. */
	r = shell(&p, arena_printf(&p.arena, "%s --out told --show-hidden; "
				   "grep -q 4711 told/report.md", run));
	ck_assert_int_eq(r.exit_code, 0);
	subprocess_result_release(&r);
	place_release(&p);
}
END_TEST

/* Mended while it is watched: graded again, and what that changed is said. */
static const char watched[] =
	"bis run x.yaml --watch --out w --var users=50 --stack "
	"\"$BIS_SCENARIOS/streamflow/embedded.yaml\" >said 2>log &\n"
	"until grep -q Waiting log; do kill -0 $! || exit 9; sleep .1; done\n"
	"sed 's/a: 1 /a: 4711 /' x.yaml >y && mv y x.yaml\n"
	"until grep -q 'broken: failed, 0 -> passed' said; do\n"
	"kill -0 $! || exit 8; sleep .1; done\n"
	"test -f w/now/result.json -a -f w/before/result.json || exit 7\n"
	"until [ $(grep -c Waiting log) = 2 ]; do sleep .1; done\n"
	"kill -INT $!; wait $!; test $? = 130\n";

START_TEST(what_is_watched_is_graded_again)
{
	struct place p;

	place_init(&p);
	const char *file = arena_printf(&p.arena, "%s/x.yaml", p.folder);
	ck_assert(!io_write_file(file, hidden_scenario,
				 strlen(hidden_scenario), 0644, NULL));
	struct subprocess_result r = shell(&p, watched);
	ck_assert_msg(r.exit_code == 0, "exit %d: %s%s", r.exit_code,
		      r.out.buf, r.err.buf);
	subprocess_result_release(&r);
	place_release(&p);
}
END_TEST

static TCase *add(Suite *suite, const char *name, const TTest *test, int times)
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, 600);
	tcase_add_loop_test(tcase, test, 0, times);
	suite_add_tcase(suite, tcase);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("whole/run");

	tests_need("postgres", access("/usr/lib/postgresql", X_OK) == 0,
		   "the embedded stack runs on it");
	add(suite, "bad", bad_input_is_said_clearly, (int)ARRAY_SIZE(bad));
	add(suite, "condition", what_is_no_condition_is_the_scenarios_fault,
	    1);
	add(suite, "hidden", a_hidden_answer_is_told_nowhere, 1);
	add(suite, "watch", what_is_watched_is_graded_again, 1);
	add(suite, "interrupt", an_interrupted_run_reports_what_was_done, 2);
	add(suite, "two", two_runs_at_once_do_not_meet, 1);
	tcase_add_unchecked_fixture(
		add(suite, "again",
		    a_failed_check_is_shown_again_with_bis_and_without,
		    (int)ARRAY_SIZE(again)), again_begin, again_end);
	return tests_run(suite);
}
