/* bis diff and bis inspect as they are run. */
#include "tests/test.h"

#include "base/arena.h"
#include "base/io.h"
#include "base/subprocess.h"

#include <jansson.h>
#include <unistd.h>

static struct arena arena;
static struct subprocess_result result;

static const char *vector(const char *name)
{
	return arena_printf(&arena,
			    "%s/fixtures/vectors/sk1.7.2-np2.3.5/%s",
			    tests_srcdir(), name);
}

/* Runs bis with up to four arguments, and gives its exit code. */
static int run(const char *a, const char *b, const char *c, const char *d)
{
	const char *const argv[] = {
		arena_printf(&arena, "%s/bis", tests_builddir()), a, b, c, d,
		NULL,
	};
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;
	struct error err = ERROR_INIT;

	spec.argv = argv;
	subprocess_result_release(&result);
	ck_assert_msg(subprocess_run(&spec, &result, &err) == 0, "%s",
		      err.message);
	return result.exit_code;
}

static bool says(const char *text)
{
	return strstr(result.out.buf, text) != NULL;
}

START_TEST(models_that_agree_exit_with_0)
{
	ck_assert_int_eq(run("diff", vector("forest.p5.pkl"),
			     vector("forest.joblib.z.pkl"), NULL), 0);
	ck_assert(says("Agree on: canonical\n"));
	ck_assert_int_eq(run("diff", vector("forest.p5.pkl"),
			     vector("forest-jobs.p5.pkl"), NULL), 0);
	ck_assert(says("parameters that change nothing:\n"
		       "  clf.n_jobs: 1 != 2\n"));
	ck_assert_int_eq(run("diff", "--rung=bytes", vector("forest.p5.pkl"),
			     vector("forest.p4.pkl")), 1);
}
END_TEST

START_TEST(models_that_differ_exit_with_1_and_are_told_apart_briefly)
{
	size_t lines = 0;

	ck_assert_int_eq(run("diff", vector("forest.p5.pkl"),
			     vector("forest-seed.p5.pkl"), NULL), 1);
	ck_assert(says("Agree on: none\n"));
	ck_assert(says("First difference:\n  clf.random_state: 42 != 43\n"));
	ck_assert(says("  3 of 3 trees differ\n"));
	ck_assert(says("  tree 0 parts at node 0: feature "));
	ck_assert(says("  parameters (random_state) differ\n"));
	ck_assert(says("  predictions part at row "));
	for (const char *p = result.out.buf; (p = strchr(p, '\n')); p++)
		lines++;
	ck_assert_uint_lt(lines, 60);
}
END_TEST

START_TEST(one_ulp_agrees_on_predictions)
{
	ck_assert_int_eq(run("diff", vector("forest.p5.pkl"),
			     vector("forest-ulp.p5.pkl"),
			     "--rung=predictions"), 0);
	ck_assert(says("Agree on: predictions\n"));
	ck_assert(says(" (1 ulp)\n"));
	ck_assert_int_eq(run("diff", vector("forest.p5.pkl"),
			     vector("forest-ulp.p5.pkl"), NULL), 1);
}
END_TEST

START_TEST(json_is_complete)
{
	ck_assert_int_eq(run("diff", "--format=json", vector("forest.p5.pkl"),
			     vector("forest-seed.p5.pkl")), 1);
	json_t *out = json_loads(result.out.buf, 0, NULL);
	ck_assert_ptr_nonnull(out);
	ck_assert_str_eq(json_string_value(json_object_get(out, "rung")),
			 "none");
	ck_assert_str_eq(json_string_value(json_object_get(
		json_object_get(out, "first"), "path")), "clf.random_state");
	json_decref(out);
	ck_assert_int_eq(run("inspect", "--json", vector("forest.p5.pkl"),
			     NULL), 0);
	out = json_loads(result.out.buf, 0, NULL);
	ck_assert_ptr_nonnull(out);
	ck_assert_str_eq(json_string_value(json_object_get(out, "verdict")),
			 "needed");
	ck_assert_str_eq(json_string_value(json_array_get(
		json_object_get(out, "text_columns"), 0)), "net_service");
	json_decref(out);
}
END_TEST

START_TEST(a_tree_is_shown_by_the_names_of_its_columns)
{
	ck_assert_int_eq(run("inspect", "--tree=1", vector("forest.p5.pkl"),
			     NULL), 0);
	ck_assert(says("tree 1 of 3: 17 nodes, 4 deep\n0 monthly_fee <= "));
	ck_assert_int_eq(run("inspect", "--tree=3", vector("forest.p5.pkl"),
			     NULL), 4);
	ck_assert(strstr(result.err.buf, "no tree 3: there are 3"));
	ck_assert_int_eq(run("inspect", "--tree=0", vector("plain.p5.pkl"),
			     NULL), 4);
}
END_TEST

START_TEST(a_model_answers_for_rows_without_python)
{
	char path[] = "/tmp/bis-rows-XXXXXX";
	static const char rows[] =
		"net_service,monthly_fee,months_active,paperless_billing,other\n"
		"DSL,20.5,3,True,x\n"
		"Fiber optic,99.95,60,False,y\n"
		"Satellite,70.25,1,True,z\n";
	/* What scikit-learn 1.7.2's predict() and predict_proba() give. */
	static const char answers[] =
		"prediction,False,True\n"
		"False,0.8541136556403731,0.1458863443596268\n"
		"False,0.8169613621480026,0.1830386378519974\n"
		"False,0.8434737389495579,0.15652626105044198\n";
	int fd = mkstemp(path);

	ck_assert(io_write_all(fd, rows, sizeof(rows) - 1, NULL) == 0);
	int code = run("inspect", vector("forest.p5.pkl"), "--predict", path);
	ck_assert_msg(code == 0, "%s", result.err.buf);
	ck_assert_str_eq(result.out.buf, answers);
	ck_assert_int_eq(ftruncate(fd, 30), 0);
	code = run("inspect", vector("forest.p5.pkl"), "--predict", path);
	close(fd);
	remove(path);
	ck_assert_int_eq(code, 4);
	ck_assert_msg(strstr(result.err.buf, "no column `months_active`"),
		      "%s", result.err.buf);
}
END_TEST

START_TEST(what_runs_programs_is_called_hostile)
{
	char path[] = "/tmp/bis-hostile-XXXXXX";
	static const char evil[] = "\x80\x02" "cposix\nsystem\n(X\x01\0\0\0xtR.";
	int fd = mkstemp(path);

	ck_assert(io_write_all(fd, evil, sizeof(evil) - 1, NULL) == 0);
	close(fd);
	int code = run("inspect", path, NULL, NULL);
	remove(path);
	ck_assert_int_eq(code, 1);
	ck_assert(says("hostile      posix.system (called)\n"));
}
END_TEST

START_TEST(what_cannot_be_said_exits_with_4_and_misuse_with_2)
{
	ck_assert_int_eq(run("diff", "/nowhere", "/nowhere", NULL), 4);
	ck_assert_int_eq(run("inspect", "/nowhere", NULL, NULL), 4);
	ck_assert_int_eq(run("diff", "/nowhere", NULL, NULL), 2);
	ck_assert_int_eq(run("diff", "a", "b", "--rung=top"), 2);
	ck_assert_int_eq(run("inspect", NULL, NULL, NULL), 2);
}
END_TEST

TESTS_MAIN("cli/diff", models_that_agree_exit_with_0,
	   models_that_differ_exit_with_1_and_are_told_apart_briefly,
	   one_ulp_agrees_on_predictions, json_is_complete,
	   a_tree_is_shown_by_the_names_of_its_columns,
	   a_model_answers_for_rows_without_python,
	   what_runs_programs_is_called_hostile,
	   what_cannot_be_said_exits_with_4_and_misuse_with_2)
