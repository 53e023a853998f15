/*
 * `bis run --submission` from one end to the other, without an engine: a stack
 * of the process driver whose actions are scripts of the submission.
 */
#include "tests/submission/made.h"

#include "base/subprocess.h"
#include "base/clock.h"

#include <signal.h>

static const char stack_file[] =
	"bis-stack: 1\n"
	"driver: process\n"
	"submission:\n"
	"  data: [data/seeds]\n"
	"  generated: [mlflow.db, '*.pyc']\n"
	"services:\n"
	"  api: { role: api, run: [sleep, '1000'] }\n"
	"actions:\n"
	"  apply: { run: [sh, '${submission}/apply.sh', '${submission}'] }\n"
	"  ingest: { run: [cat, '${submission}/data/seeds/users.csv'] }\n";

static const char scenario_file[] =
	"bis: 1\n"
	"title: Handed in\n"
	"submission_stack: stack.yaml\n"
	"remedies: remedies.yaml\n"
	"names: { auc: [auc] }\n"
	"exercises:\n"
	"  - id: one\n"
	"    title: One\n"
	"    points: 4\n"
	"    steps:\n"
	"      - { id: ingest, action: { name: ingest }, points: 1,\n"
	"          expect: ['.out | contains(\"users\")'] }\n"
	"      - { id: apply, action: { name: apply }, points: 2 }\n"
	"      - { id: after, value: { of: 1 }, needs: [apply], points: 1,\n"
	"          expect: ['. == 1'] }\n"
	"      - { id: promoted, recorded: {}, points: 0,\n"
	"          expect: ['.promoted | length > 0'] }\n";

static const char remedies_file[] =
	"bis-remedies: 1\n"
	"remedies:\n"
	"  - id: script\n"
	"    when: { action: apply, output: 'in (\\w+\\.sh): broken' }\n"
	"    repair: { remove: '*/$1', beside: feature_store.yaml,\n"
	"              unless: FeatureView }\n"
	"    deduction: 0.5\n"
	"    why: { en: 'A script was set aside.', fr: 'Écarté.' }\n"
	"  - id: settings\n"
	"    when: { action: apply, exit: 3, output: 'no settings' }\n"
	"    repair: { set: .env, from: [.env.example],\n"
	"              named_in: ['compose.yaml'],\n"
	"              values: ['A=1', '*USER*=ada'] }\n"
	"    why: There was no .env.\n"
	"  - id: folder\n"
	"    when: { action: apply, output: 'needs (\\S+)' }\n"
	"    repair: { folder: $1 }\n"
	"    why: A folder was missing.\n"
	"  - id: folder-beside\n"
	"    when: { action: apply, output: 'copies (\\S+)' }\n"
	"    repair: { folder: $1, beside: feature_store.yaml }\n"
	"    why: A folder was missing.\n";

/* Runs every script of repo/, wants .env with USER, and a folder. */
static const char apply[] =
	"cd \"$1\"\n"
	"for f in repo/*.sh; do\n"
	"  [ -e \"$f\" ] || continue\n"
	"  sh \"$f\" || { echo \"in ${f##*/}: broken\"; exit 1; }\n"
	"done\n"
	"[ -e wants-env ] && { grep -q DB_USER=ada .env && grep -q A=7 .env ||\n"
	"  { echo no settings; exit 3; }; }\n"
	"[ -e wants-folder ] && [ ! -d var/lib ] && { echo needs var/lib; exit 1; }\n"
	"[ -e wants-beside ] && [ ! -d repo/var ] && { echo copies var; exit 1; }\n"
	"exit 0\n";

static void place(struct made *m, const char *name, const char *text)
{
	const char *path = made_path(m, name);

	ck_assert_int_eq(io_write_file(path, text, strlen(text), 0644, NULL),
			 0);
}

static void begin(struct made *m)
{
	made_init(m);
	place(m, "stack.yaml", stack_file);
	place(m, "lab.yaml", scenario_file);
	place(m, "remedies.yaml", remedies_file);
	made_write(m, "apply.sh", apply);
	made_write(m, "data/seeds/users.csv", "users\n");
	made_write(m, "repo/feature_store.yaml", "x");
	made_write(m, "repo/good.sh", "exit 0\n");
}

/* "bis run lab.yaml --submission hand-in ..." in the test's folder. */
static struct subprocess_result bis(struct made *m, const char *rest)
{
	const char *script = arena_printf(
		&m->arena, "exec '%s/bis' run lab.yaml --out out "
		"--submission %s", tests_builddir(), rest);
	const char *argv[] = { "sh", "-c", script, NULL };
	const char *env[] = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:"
			      "/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8",
			      arena_printf(&m->arena, "TMPDIR=%s",
					   made_path(m, "tmp")), NULL };
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;
	struct subprocess_result result;
	struct error err = ERROR_INIT;

	io_remove_tree(made_path(m, "out"), NULL);
	spec.argv = argv;
	spec.env = env;
	spec.cwd = m->folder;
	spec.timeout = 100 * CLOCK_SEC;
	ck_assert_msg(!subprocess_run(&spec, &result, &err), "%s",
		      err.message);
	return result;
}

static void must_give(struct made *m, const char *rest, int code)
{
	struct subprocess_result result = bis(m, rest);

	ck_assert_msg(result.exit_code == code, "exit %d: %s%s",
		      result.exit_code, result.out.buf, result.err.buf);
	subprocess_result_release(&result);
}

static void must_refuse(struct made *m, const char *rest, int code,
			const char *says)
{
	struct subprocess_result result = bis(m, rest);

	ck_assert_msg(result.exit_code == code &&
		      strstr(result.err.buf, says), "exit %d: %s",
		      result.exit_code, result.err.buf);
	subprocess_result_release(&result);
}

static json_t *result_of(struct made *m)
{
	json_error_t why;
	json_t *json = json_load_file(made_path(m, "out/result.json"), 0,
				      &why);

	ck_assert_msg(json != NULL, "%s", why.text);
	return json;
}

static const char *member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

static const char *verdict(const json_t *result, const char *id)
{
	const json_t *checks = json_object_get(json_array_get(
		json_object_get(result, "exercises"), 0), "checks");
	json_t *check;
	size_t i;

	json_array_foreach(checks, i, check)
		if (!strcmp(member(check, "id"), id))
			return member(check, "verdict");
	return "";
}

static double points(const json_t *result)
{
	return json_number_value(json_object_get(result, "points"));
}

static bool report_says(struct made *m, const char *words)
{
	struct strbuf report = STRBUF_INIT(STRBUF_TEXT);

	ck_assert_int_eq(io_read_file(made_path(m, "out/report.md"), &report,
				      NULL), 0);
	bool says = strstr(report.buf, words) != NULL;
	strbuf_release(&report);
	return says;
}

START_TEST(a_folder_is_graded)
{
	struct made m;

	begin(&m);
	must_give(&m, "hand-in", 0);
	json_t *result = result_of(&m);
	ck_assert_double_eq(points(result), 4);
	ck_assert_str_eq(member(result, "submission"), "hand-in");
	ck_assert(json_is_null(json_object_get(result, "commit")));
	ck_assert_str_eq(member(json_object_get(result, "chosen_by"), "en"),
			 "the folder as it is");
	ck_assert_str_eq(verdict(result, "promoted"), "inconclusive");
	ck_assert(report_says(&m, "Graded: `hand-in` (the folder as it is)"));
	ck_assert(strstr(member(json_array_get(json_object_get(json_array_get(
		json_object_get(result, "exercises"), 0), "checks"), 0),
				"again"), "--submission hand-in"));
	json_decref(result);
	made_release(&m);
}
END_TEST

/* A second exercise, which fails. */
static const char second[] =
	"  - id: two\n"
	"    title: Two\n"
	"    points: 1\n"
	"    steps:\n"
	"      - { id: wrong, value: { of: 1 }, points: 1,\n"
	"          expect: ['. == 2'] }\n";

START_TEST(only_what_is_named_is_graded_an_exercise_or_a_check)
{
	struct made m;

	begin(&m);
	place(&m, "lab.yaml", arena_printf(&m.arena, "%s%s", scenario_file,
					   second));
	must_give(&m, "hand-in", 1);
	must_give(&m, "hand-in --only one", 0);
	json_t *result = result_of(&m);
	ck_assert_double_eq(points(result), 4);
	ck_assert(!report_says(&m, "`wrong`"));
	json_decref(result);
	must_give(&m, "hand-in --only two", 1);
	must_give(&m, "hand-in --only after --only wrong", 1);
	must_give(&m, "hand-in --only ingest --only after", 0);
	must_refuse(&m, "hand-in --only one --only tow", 2,
		    "--only tow: the scenario has no such check; did you mean "
		    "`two`?");
	made_release(&m);
}
END_TEST

START_TEST(a_commit_is_graded_and_named_first)
{
	struct made m;

	begin(&m);
	const char *id = made_commit(&m, "Ada", "ada@example.org", 1700000000);
	made_write(&m, "apply.sh", "exit 9\n");
	made_commit(&m, "Ada", "ada@example.org", 1700100000);
	must_give(&m, "hand-in", 1);
	must_give(&m, "hand-in --before 2023-11-15", 0);
	json_t *result = result_of(&m);
	ck_assert_str_eq(member(result, "commit"), id);
	json_t *hand_in = json_object_get(result, "hand_in");
	ck_assert_str_eq(member(hand_in, "date"), "2023-11-14T22:13:20Z");
	ck_assert_str_eq(member(hand_in, "packages_as_of"),
			 "2023-11-14T22:13:20Z");
	ck_assert(report_says(&m, arena_printf(
		&m.arena, "commit `%.12s` (the last commit before "
		"2023-11-15 00:00:00 UTC)", id)));
	json_decref(result);
	must_give(&m, arena_printf(&m.arena, "hand-in@%s", id), 0);
	must_refuse(&m, "hand-in --before yesterday", 2, "takes a date");
	must_refuse(&m, "hand-in@nope", 2, "no revision `nope`");
	made_release(&m);
}
END_TEST

/* What is wrong, which remedy, what it did, points of 4. */
static const struct {
	const char *file, *text, *remedy, *repair;
	double points;
} repaired[] = {
	{ "repo/debug.sh", "exit 1\n", "script", "removed repo/debug.sh",
	  3.5 },
	{ "wants-env", "", "settings",
	  "copied .env.example, set DB_USER in .env", 4 },
	{ "wants-folder", "", "folder", "made the folder var/lib", 4 },
	{ "wants-beside", "", "folder-beside", "made the folder repo/var", 4 },
};

START_TEST(a_known_failure_is_repaired_and_listed)
{
	struct made m;

	begin(&m);
	made_write(&m, ".env.example", "A=7\n");
	made_write(&m, "compose.yaml", "x: ${DB_USER}\ny: ${OTHER:-1}\n");
	made_write(&m, repaired[_i].file, repaired[_i].text);
	must_give(&m, "hand-in", 0);
	json_t *result = result_of(&m);
	const json_t *remedies = json_object_get(result, "remedies");
	ck_assert_uint_eq(json_array_size(remedies), 1);
	const json_t *remedy = json_array_get(remedies, 0);
	ck_assert_str_eq(member(remedy, "id"), repaired[_i].remedy);
	ck_assert_str_eq(member(remedy, "repair"), repaired[_i].repair);
	ck_assert_str_eq(member(remedy, "step"), "apply");
	ck_assert_double_eq(points(result), repaired[_i].points);
	ck_assert_str_eq(verdict(result, "after"), "passed");
	ck_assert_uint_eq(strlen(member(result, "remedies_digest")), 64);
	ck_assert(report_says(&m, repaired[_i].repair));
	/* Hers is as it was. */
	ck_assert(io_exists(path_join(&m.arena, m.source, repaired[_i].file)));
	ck_assert(!io_exists(path_join(&m.arena, m.source, ".env")));
	json_decref(result);
	made_release(&m);
}
END_TEST

/* A script that defines features is no debug script; one elsewhere isn't
 * meant; an unknown failure has no remedy. */
static const struct {
	const char *file, *text;
} not_repaired[] = {
	{ "repo/features.sh", "exit 1 # FeatureView\n" },
	{ "apply.sh", "echo in apply.sh: broken; exit 1\n" },
	{ "apply.sh", "echo 'in ../../etc.sh: broken'; exit 1\n" },
	{ "apply.sh", "echo something else; exit 1\n" },
	{ "apply.sh", "echo needs ../outside; exit 1\n" },
	{ "apply.sh", "echo needs /tmp/outside; exit 1\n" },
};

START_TEST(without_a_remedy_dependants_are_blocked)
{
	struct made m;

	begin(&m);
	made_write(&m, not_repaired[_i].file, not_repaired[_i].text);
	must_give(&m, "hand-in", 1);
	json_t *result = result_of(&m);
	ck_assert_uint_eq(json_array_size(json_object_get(result,
							  "remedies")), 0);
	ck_assert_str_eq(verdict(result, "apply"), "failed");
	ck_assert_str_eq(verdict(result, "after"), "blocked");
	ck_assert_double_eq(points(result), 1);
	ck_assert(!io_exists("/tmp/outside"));
	json_decref(result);
	made_release(&m);
}
END_TEST

/* A service may have put a link where a repair is to write. */
START_TEST(a_repair_follows_no_link)
{
	struct made m;

	begin(&m);
	made_write(&m, ".env.example", "A=7\n");
	made_write(&m, "compose.yaml", "x: ${DB_USER}\n");
	const char *target = made_path(&m, "target");
	place(&m, "target", "untouched");
	chmod(target, 0666);
	chmod(m.folder, 0777);
	made_write(&m, "apply.sh", arena_printf(
		&m.arena, "cd \"$1\"\ngrep -q DB_USER=ada .env && exit 0\n"
		"ln -sf '%s' .env\necho no settings; exit 3\n", target));
	must_give(&m, "hand-in", 0); /* a file of its own took its place */
	struct strbuf text = STRBUF_INIT(100);
	ck_assert_int_eq(io_read_file(target, &text, NULL), 0);
	ck_assert_str_eq(text.buf, "untouched");
	strbuf_release(&text);
	made_release(&m);
}
END_TEST

START_TEST(no_data_is_an_error_and_no_failure)
{
	struct made m;

	begin(&m);
	io_remove_tree(path_join(&m.arena, m.source, "data"), NULL);
	must_give(&m, "hand-in", 4);
	json_t *result = result_of(&m);
	ck_assert_str_eq(verdict(result, "ingest"), "error");
	json_decref(result);
	/* The instructor's. */
	ck_assert_int_eq(mkdir(made_path(&m, "given"), 0755), 0);
	place(&m, "given/users.csv", "users of the instructor\n");
	must_give(&m, "hand-in --data given", 0);
	result = result_of(&m);
	ck_assert_uint_eq(strlen(member(result, "data_digest")), 64);
	ck_assert(report_says(&m, "took the place of data/seeds"));
	json_decref(result);
	made_release(&m);
}
END_TEST

START_TEST(a_map_of_the_submission_is_listed)
{
	struct made m;

	begin(&m);
	made_write(&m, "bis.yaml", "names: { auc: my_auc, other: x }\n"
		   "roles: { api: backend }\nremedies: []\n");
	must_give(&m, "hand-in --map api=api", 0);
	json_t *result = result_of(&m);
	const json_t *maps = json_object_get(json_object_get(result,
							     "hand_in"),
					     "maps");
	ck_assert_uint_eq(json_array_size(maps), 2);
	ck_assert_str_eq(member(json_array_get(maps, 0), "from"), "--map");
	ck_assert_str_eq(member(json_array_get(maps, 1), "name"), "my_auc");
	ck_assert(report_says(&m, "`my_auc` was taken for the role `auc` "
				  "(bis.yaml)"));
	ck_assert(report_says(&m, "there is no role `other`"));
	ck_assert(report_says(&m, "`remedies` is ignored"));
	json_decref(result);
	must_refuse(&m, "hand-in --map nothing=x", 2, "a role `nothing`");
	made_release(&m);
}
END_TEST

/* In one's own repository: `bis run`, and nothing else. */
START_TEST(the_scenario_is_found_in_ones_own_folder)
{
	struct subprocess_result result;
	struct made m;

	begin(&m);
	made_write(&m, "compose.yaml", "services: {}\n");
	/* A scenario of the submission's own is not asked. */
	made_write(&m, "scenarios/easy.yaml", "bis: 1\ntitle: Easy\n"
		   "submission_stack: ../stack.yaml\nexercises: []\n");
	ck_assert_int_eq(mkdir(made_path(&m, "lab"), 0755), 0);
	place(&m, "lab/one.yaml", scenario_file);
	place(&m, "lab/stack.yaml", stack_file);
	place(&m, "lab/remedies.yaml", remedies_file);
	const char *script = arena_printf(
		&m.arena, "cd hand-in && exec '%s/bis' run --out ../out",
		tests_builddir());
	const char *argv[] = { "sh", "-c", script, NULL };
	const char *env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
			      arena_printf(&m.arena, "BIS_SCENARIOS=%s/lab",
					   m.folder),
			      arena_printf(&m.arena, "TMPDIR=%s/tmp",
					   m.folder), NULL };
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;
	spec.argv = argv;
	spec.env = env;
	spec.cwd = m.folder;
	spec.timeout = 60 * CLOCK_SEC;
	ck_assert_int_eq(subprocess_run(&spec, &result, NULL), 0);
	ck_assert_msg(result.exit_code == 0 &&
		      strstr(result.err.buf, "bis run one --submission ."),
		      "%d %s", result.exit_code, result.err.buf);
	subprocess_result_release(&result);
	made_release(&m);
}
END_TEST

START_TEST(bad_input_is_refused_with_its_reason)
{
	static const struct made_entry bomb[] = {
		{ .path = "zeros", .zeros = (size_t)1200 << 20 },
		{ .path = NULL } };
	struct made m;

	begin(&m);
	must_refuse(&m, "nowhere", 2, "No such file");
	must_refuse(&m, "stack.yaml", 2, "is no submission");
	must_refuse(&m, "hand-in --packages-as-of then", 2, "takes a date");
	made_archive(&m, "bomb.tar.gz", bomb);
	must_refuse(&m, "bomb.tar.gz", 4, "larger than 1024 MiB");
	place(&m, "remedies.yaml", "bis-remedies: 1\nremedies:\n"
	      "  - { id: x, when: { action: up, output: '(' }, repair: {}, "
	      "why: x }\n");
	must_refuse(&m, "hand-in", 3, "remedies.yaml:3:");
	made_release(&m);
}
END_TEST

START_TEST(a_killed_run_leaves_what_clean_removes)
{
	struct subprocess_result result;
	struct made m;

	begin(&m);
	made_write(&m, "apply.sh", "sleep 60\n");
	const char *script = arena_printf(
		&m.arena, "'%s/bis' run lab.yaml --out out --submission "
		"hand-in & sleep 2; kill -9 $!; wait $!; ls tmp | grep -c "
		"bis-submission-; sleep 3; '%s/bis' clean; ls tmp | wc -l",
		tests_builddir(), tests_builddir());
	const char *argv[] = { "sh", "-c", script, NULL };
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;
	const char *env[] = { "PATH=/usr/bin:/bin", arena_printf(
		&m.arena, "TMPDIR=%s", made_path(&m, "tmp")), NULL };
	spec.argv = argv;
	spec.env = env;
	spec.cwd = m.folder;
	spec.timeout = 60 * CLOCK_SEC;
	ck_assert_int_eq(subprocess_run(&spec, &result, NULL), 0);
	ck_assert_msg(strstr(result.out.buf, "1\nremoved: ") &&
		      strstr(result.out.buf, "\n0\n"), "%s%s", result.out.buf,
		      result.err.buf);
	subprocess_result_release(&result);
	made_release(&m);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("whole/submission");
	TCase *tcase = tcase_create("submission");

	tcase_set_timeout(tcase, 240);
	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, a_folder_is_graded);
	tcase_add_test(tcase,
		       only_what_is_named_is_graded_an_exercise_or_a_check);
	tcase_add_test(tcase, a_commit_is_graded_and_named_first);
	tcase_add_loop_test(tcase, a_known_failure_is_repaired_and_listed, 0,
			    (int)(sizeof(repaired) / sizeof(*repaired)));
	tcase_add_loop_test(tcase, without_a_remedy_dependants_are_blocked, 0,
			    (int)(sizeof(not_repaired) /
				  sizeof(*not_repaired)));
	tcase_add_test(tcase, a_repair_follows_no_link);
	tcase_add_test(tcase, no_data_is_an_error_and_no_failure);
	tcase_add_test(tcase, a_map_of_the_submission_is_listed);
	tcase_add_test(tcase, the_scenario_is_found_in_ones_own_folder);
	tcase_add_test(tcase, bad_input_is_refused_with_its_reason);
	tcase_add_test(tcase, a_killed_run_leaves_what_clean_removes);
	return tests_run(suite);
}
