/*
 * The language, good and bad. Each fixtures/hostile/scenarios/X.yaml is
 * refused with exactly the complaint in X.expected;
 *
 *	BIS_UPDATE=1 make check TESTS=harness/tests/scenario/test_scenario
 *
 * writes those files anew, to be read as a diff.
 */
#include "scenario/scenario.h"
#include "tests/test.h"
#include "tables.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/strbuf.h"
#include "scenario/evaluator.h"
#include "scenario/interpolate.h"
#include "scenario/validate.h"

#include <dirent.h>
#include <unistd.h>

static struct arena arena;
static struct error err;
static struct scenario *scenario;

static void in_folder(const char *below)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", tests_srcdir(), below);
	ck_assert_msg(chdir(path) == 0, "%s", path);
}

static int load(const char *path, const char *const *vars, size_t count)
{
	json_t *extra = json_pack("{s:s, s:i}", "fault", "none", "users", 100);
	int rc;

	scenario_release(scenario);
	scenario = NULL;
	arena_release(&arena);
	err = (struct error)ERROR_INIT;
	rc = scenario_load(path, &test_tables, vars, count, extra, &arena,
			   &scenario, &err);
	json_decref(extra);
	return rc;
}

static int load_text(const char *text)
{
	char path[] = "/tmp/bis-test-XXXXXX";
	int fd = mkstemp(path), rc;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(io_write_all(fd, text, strlen(text), NULL), 0);
	close(fd);
	rc = load(path, NULL, 0);
	unlink(path);
	return rc;
}

static void expect_json(const json_t *json, const char *expected)
{
	char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);

	ck_assert_str_eq(text, expected);
	free(text);
}

START_TEST(a_scenario_is_read_as_it_is_written)
{
	in_folder("fixtures/language");
	ck_assert_msg(load("base.yaml", NULL, 0) == 0, "%s", err.message);
	ck_assert_str_eq(scenario->name, "base");
	ck_assert_str_eq(scenario->title.fr, "Un TP");
	ck_assert_str_eq(scenario->stack, "stacks/process.yaml");
	ck_assert_str_eq(scenario->submission_stack, "stacks/compose.yaml");
	ck_assert_uint_eq(strlen(scenario->digest), 64);
	expect_json(scenario->vars, "{\"as_of\":\"2024-01-31\",\"seed\":42,"
		    "\"ratio\":0.5,\"strict\":false,\"name\":\"007\","
		    "\"patience\":\"2m\"}");
	expect_json(scenario->names,
		    "{\"auc\":[\"auc\",\"val_auc\"],\"f1\":[\"f1\"]}");
	ck_assert_uint_eq(scenario->exercises.len, 3);

	const struct exercise *ex1 = scenario_exercise(scenario, "ex1");
	ck_assert_uint_eq(ex1->steps.len, 2);
	ck_assert_str_eq(ex1->steps.at[0]->id, "health");
	ck_assert_str_eq(ex1->steps.at[0]->at.file, "shared/health.yaml");

	const struct step *ask = scenario_step(scenario, "ask");
	ck_assert_str_eq(ask->syntax->name, "http");
	expect_json(ask->args, "{\"service\":\"api\","
		    "\"get\":\"/features/${name}\",\"headers\":"
		    "{\"X-As-Of\":\"$as_of\",\"X-Price\":\"$$5\"}}");
	ck_assert_str_eq(ask->until->text, ".status == 200");
	ck_assert_int_eq(ask->until->at.line, 20);
	ck_assert_int_eq(ask->until->at.column, 18);
	ck_assert_str_eq(ask->halt->text, ".status == 404");
	ck_assert_int_eq(ask->every, 250 * CLOCK_MSEC);
	ck_assert_int_eq(ask->within, 120 * CLOCK_SEC);
	ck_assert_uint_eq(ask->expect.len, 2);
	ck_assert_uint_eq(ask->captures.len, 2);
	ck_assert_str_eq(ask->when->text, ".has_features");
	ck_assert_str_eq(ask->why.fr, "Il doit répondre.");
	ck_assert_str_eq(ask->hint.en, "Start it.");
	ck_assert(ask->scored && ask->check);
	ck_assert_double_eq(ask->points, 2);
	ck_assert_int_eq(ask->asked, ASKED_STATED);
	ck_assert_int_eq(scenario_step(scenario, "a")->asked, ASKED_IMPLIED);
	ck_assert(!scenario_step(scenario, "a")->check);
	ck_assert(scenario_step(scenario, "health")->check);
	ck_assert_str_eq(scenario_step(scenario, "b")->needs.at[0], "a");
	ck_assert(scenario_step(scenario, "twice")->check);
	ck_assert_ptr_null(scenario_step(scenario, "ex1"));
}
END_TEST

START_TEST(every_expression_has_its_number)
{
	in_folder("fixtures/language");
	ck_assert_int_eq(load("base.yaml", NULL, 0), 0);
	ck_assert_uint_eq(scenario->expressions.len, 9);
	for (size_t i = 0; i < scenario->expressions.len; i++)
		ck_assert_uint_eq(scenario->expressions.at[i]->index, i);
}
END_TEST

START_TEST(perturbations_come_after_every_step)
{
	in_folder("fixtures/language");
	ck_assert_int_eq(load("base.yaml", NULL, 0), 0);
	const struct perturb *travel =
		scenario_perturb(scenario, "time-travel");
	const struct perturb *seed = scenario_perturb(scenario, "other-seed");

	ck_assert_str_eq(travel->change, "later-month");
	expect_json(travel->args, "{\"months\":1}");
	ck_assert_int_eq(travel->asked, ASKED_BEYOND);
	ck_assert_uint_eq(travel->steps.len, 1);
	ck_assert_str_eq(travel->steps.at[0]->id, "again");
	ck_assert_str_eq(travel->needs.at[0], "twice");
	ck_assert_int_eq(seed->asked, ASKED_STATED);
}
END_TEST

START_TEST(an_included_scenario_is_adjusted_by_id)
{
	in_folder("fixtures/language");
	ck_assert_int_eq(load("base.yaml", NULL, 0), 0);
	char *before = strdup(scenario->digest);

	ck_assert_msg(load("strict.yaml", NULL, 0) == 0, "%s", err.message);
	ck_assert_str_eq(scenario->title.en, "The same, stricter");
	ck_assert_str_eq(scenario->lab, "lab");
	ck_assert_str_eq(scenario->stack, "stacks/process.yaml");
	ck_assert_str_eq(scenario->submission_stack, "stacks/compose.yaml");
	ck_assert_uint_eq(scenario->exercises.len, 4);
	ck_assert_str_eq(scenario->exercises.at[3]->id, "more");
	expect_json(json_object_get(scenario->vars, "seed"), "43");
	const struct perturb *travel =
		scenario_perturb(scenario, "time-travel");
	ck_assert_double_eq(travel->points, 4);
	ck_assert_int_eq(travel->asked, ASKED_STATED);
	ck_assert_str_eq(travel->hint.en, "Keep the labels.");
	ck_assert_str_ne(scenario->digest, before);
	free(before);
}
END_TEST

START_TEST(the_command_line_sets_variables_of_the_file_and_of_the_stack)
{
	static const char *const vars[] = {
		"seed=7", "as_of=2024-02-29", "strict=true", "name=7",
		"fault=no-seed-model", "ratio=1",
	};

	in_folder("fixtures/language");
	ck_assert_msg(load("base.yaml", vars, ARRAY_SIZE(vars)) == 0, "%s",
		      err.message);
	expect_json(scenario->vars, "{\"as_of\":\"2024-02-29\",\"seed\":7,"
		    "\"ratio\":1,\"strict\":true,\"name\":\"7\","
		    "\"patience\":\"2m\",\"fault\":\"no-seed-model\"}");
}
END_TEST

static const struct {
	const char *var, *complaint;
} bad_vars[] = {
	{ "sed=7", "--var sed=7: no variable `sed` in base.yaml; did you mean "
		   "`seed`?" },
	{ "fautl=x", "--var fautl=x: no variable `fautl` in base.yaml; did you "
		     "mean `fault`?" },
	{ "seed", "--var seed: NAME=VALUE is wanted" },
	{ "=7", "--var =7: NAME=VALUE is wanted" },
	{ "seed=x", "--var seed=x: `seed` is a number, as its default 42" },
	{ "strict=yes", "--var strict=yes: `strict` is true or false, as its "
			"default false" },
	{ "patience=60", "base.yaml:23:19: `within` must be a duration such "
			 "as 250ms, 60s or 2m; the variable `patience` is not\n"
			 "  23 |           within: $patience\n"
			 "     |                   ^^^^^^^^^" },
};

START_TEST(a_variable_that_is_not_there_or_not_that_is_refused)
{
	in_folder("fixtures/language");
	for (size_t i = 0; i < ARRAY_SIZE(bad_vars); i++) {
		ck_assert_int_eq(load("base.yaml", &bad_vars[i].var, 1), -1);
		ck_assert_str_eq(err.message, bad_vars[i].complaint);
		ck_assert_int_eq(err.kind, ERROR_INVALID);
	}
}
END_TEST

/* Compares with the file, or writes it. */
static void expect_file(const char *path, const char *text)
{
	struct strbuf expected = STRBUF_INIT(STRBUF_LINE);

	if (getenv("BIS_UPDATE")) {
		FILE *f = fopen(path, "w");

		ck_assert_ptr_nonnull(f);
		fprintf(f, "%s\n", text);
		fclose(f);
	}
	ck_assert_msg(io_read_file(path, &expected, NULL) == 0, "%s", path);
	strbuf_rtrim(&expected);
	ck_assert_msg(!strcmp(expected.buf, text), "%s:\n%s\nbut it said\n%s",
		      path, expected.buf, text);
	strbuf_release(&expected);
}

/* As `bis check` does. */
static int load_and_compile(const char *path)
{
	struct evaluator *evaluator = NULL;

	if (load(path, NULL, 0) < 0 ||
	    evaluator_start(scenario, &evaluator, &err) < 0)
		return -1;
	evaluator_stop(evaluator);
	return 0;
}

START_TEST(every_hostile_scenario_gets_its_complaint)
{
	struct dirent *entry;
	size_t count = 0;

	in_folder("fixtures/hostile/scenarios");
	DIR *dir = opendir(".");
	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL) {
		char expected[300];
		size_t len = strlen(entry->d_name);

		if (len < 6 || strcmp(entry->d_name + len - 5, ".yaml") != 0)
			continue;
		ck_assert_msg(load_and_compile(entry->d_name) == -1,
			      "%s is accepted", entry->d_name);
		ck_assert_int_eq(err.kind, ERROR_INVALID);
		snprintf(expected, sizeof(expected), "%.*s.expected",
			 (int)(len - 5), entry->d_name);
		expect_file(expected, err.message);
		count++;
	}
	closedir(dir);
	ck_assert_uint_ge(count, 35);
}
END_TEST

START_TEST(an_unreadable_scenario_is_said_to_be_that)
{
	ck_assert_int_eq(load("/nowhere/tp4.yaml", NULL, 0), -1);
	ck_assert_int_eq(err.kind, ERROR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(err.message, "/nowhere/tp4.yaml"));
	ck_assert_ptr_nonnull(strstr(err.message, "No such file"));
	ck_assert_int_eq(load("/", NULL, 0), -1);
}
END_TEST

START_TEST(an_expression_of_a_kind_is_kept_beside_its_arguments)
{
	ck_assert_msg(load_text("bis: 1\ntitle: t\nexercises:\n"
				"  - id: e\n    title: e\n    steps:\n"
				"      - id: s\n"
				"        exec: { service: x, command: y, "
				"rows: '.rows[] | select(.n > 1)' }\n") == 0,
		      "%s", err.message);
	const struct step *step = scenario_step(scenario, "s");

	ck_assert_str_eq(step_argument(step, "rows")->text,
			 ".rows[] | select(.n > 1)");
	ck_assert_ptr_null(step_argument(step, "columns"));
	ck_assert_ptr_null(json_object_get(step->args, "rows"));
}
END_TEST

START_TEST(a_scenario_is_found_by_name_or_path)
{
	const char *path;
	struct arena a = ARENA_INIT;

	in_folder("fixtures");
	setenv("BIS_SCENARIOS", "/nowhere:language", 1);
	ck_assert_int_eq(scenario_find("base", &a, &path, &err), 0);
	ck_assert_str_eq(path, "language/base.yaml");
	ck_assert_int_eq(scenario_find("language/base", &a, &path, &err), 0);
	ck_assert_str_eq(path, "language/base.yaml");
	ck_assert_int_eq(scenario_find("language/base.yaml", &a, &path, &err),
			 0);
	ck_assert_int_eq(scenario_find("bsae", &a, &path, &err), -1);
	ck_assert_str_eq(err.message,
			 "no scenario `bsae`; did you mean `base`?");
	ck_assert_int_eq(scenario_find("zebra", &a, &path, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.message, "no scenario `zebra`: "));
	arena_release(&a);
}
END_TEST

static const struct {
	const char *text, *value;
} texts[] = {
	{ "$seed", "42" },
	{ "${seed}", "42" },
	{ "$list", "[1]" },
	{ "$o.name", "\"x y\"" },
	{ "${o.name}", "\"x y\"" },
	{ "seed $seed.", "\"seed 42.\"" },
	{ "$as_of.csv", "\"2024-01-31.csv\"" },
	{ "a${seed}b", "\"a42b\"" },
	{ "$$seed", "\"$seed\"" },
	{ "WHERE id = $1 AND d = '$as_of'",
	  "\"WHERE id = $1 AND d = '2024-01-31'\"" },
	{ "${1} ${ $ ${}", "\"${1} ${ $ ${}\"" },
	{ "x$list", "\"x[1]\"" },
	{ "x${o.deep.b}", "\"xtrue\"" },
	{ "x$ratio", "\"x0.1\"" },
	{ "plain", "\"plain\"" },
};

START_TEST(texts_take_values_in)
{
	json_t *vars = json_pack("{s:i, s:s, s:[i], s:{s:s, s:{s:b}}, s:f}",
				 "seed", 42, "as_of", "2024-01-31", "list", 1,
				 "o", "name", "x y", "deep", "b", 1, "ratio",
				 0.1);

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		json_t *text = json_string(texts[i].text), *value = NULL;

		/* A name before ".csv" alone is a path; in a longer text it
		 * ends at the dot. */
		if (!strcmp(texts[i].text, "$as_of.csv")) {
			ck_assert_int_eq(interpolate_tree(text, vars, &value,
							  &err), -1);
			json_decref(text);
			continue;
		}
		ck_assert_msg(interpolate_tree(text, vars, &value, &err) == 0,
			      "%s: %s", texts[i].text, err.message);
		expect_json(value, texts[i].value);
		json_decref(text);
		json_decref(value);
	}
	json_decref(vars);
}
END_TEST

START_TEST(a_tree_is_copied_and_its_keys_stay)
{
	json_t *vars = json_pack("{s:i}", "n", 3), *made = NULL;
	json_t *tree = json_loads("{\"$n\": [\"$n\", 1.5, null, {\"a\": "
				  "\"b$n\"}]}", 0, NULL);
	json_t *bad = json_loads("[{\"a\": \"$missing\"}]", 0, NULL);

	ck_assert_int_eq(interpolate_tree(tree, vars, &made, &err), 0);
	expect_json(made, "{\"$n\":[3,1.5,null,{\"a\":\"b3\"}]}");
	json_decref(made);
	ck_assert_int_eq(interpolate_tree(bad, vars, &made, &err), -1);
	ck_assert_str_eq(err.message, "no value for `$missing`");
	json_decref(tree);
	json_decref(bad);
	json_decref(vars);
}
END_TEST

TESTS_MAIN("scenario/scenario", a_scenario_is_read_as_it_is_written,
	   every_expression_has_its_number,
	   perturbations_come_after_every_step,
	   an_included_scenario_is_adjusted_by_id,
	   the_command_line_sets_variables_of_the_file_and_of_the_stack,
	   a_variable_that_is_not_there_or_not_that_is_refused,
	   every_hostile_scenario_gets_its_complaint,
	   an_unreadable_scenario_is_said_to_be_that,
	   an_expression_of_a_kind_is_kept_beside_its_arguments,
	   a_scenario_is_found_by_name_or_path, texts_take_values_in,
	   a_tree_is_copied_and_its_keys_stay)
