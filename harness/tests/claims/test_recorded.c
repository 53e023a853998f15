/* bis claims --submission: the record that was committed with a submission
 * decides, by its run ids. */
#include "base/clock.h"
#include "base/io.h"
#include "base/path.h"
#include "base/subprocess.h"
#include "claims/value.h"
#include "tests/test.h"

#include <sqlite3.h>
#include <unistd.h>

static const char sql[] =
	"CREATE TABLE experiments (experiment_id INTEGER, name TEXT);"
	"INSERT INTO experiments VALUES (1, 'streamflow');"
	"CREATE TABLE runs (run_uuid TEXT, name TEXT, status TEXT,"
	" experiment_id INTEGER);"
	"INSERT INTO runs VALUES ('81d1fbefdbd4465c81f085bdf80f6d00',"
	" 'rf_baseline_2024-01-31', 'FINISHED', 1);"
	"CREATE TABLE latest_metrics (key TEXT, value DOUBLE, run_uuid TEXT);"
	"INSERT INTO latest_metrics VALUES ('auc', 0.62075378654455793,"
	" '81d1fbefdbd4465c81f085bdf80f6d00');"
	"CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT);"
	"INSERT INTO params VALUES ('training_rows', '7043',"
	" '81d1fbefdbd4465c81f085bdf80f6d00');"
	"CREATE TABLE model_versions (name TEXT, version INTEGER,"
	" current_stage TEXT, run_id TEXT);"
	"INSERT INTO model_versions VALUES ('streamflow_churn', 3,"
	" 'Production', '81d1fbefdbd4465c81f085bdf80f6d00');";

static const char compose[] = "services:\n  api: {}\n  mlflow: {}\n";

static void make_submission(struct arena *arena, const char *folder)
{
	const char *path = path_join(arena, folder, "mlflow.db");
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	ck_assert_int_eq(io_write_file(path_join(arena, folder, "compose.yaml"),
				       compose, strlen(compose), 0644, NULL),
			 0);
}

static void run_claims(struct arena *arena, const char *folder,
		       const char *report, int exit_code,
		       struct subprocess_result *ret)
{
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;
	const char *path = path_join(arena, folder, "rapport.md");
	const char *argv[] = {path_join(arena, tests_builddir(), "bis"),
			      "claims",
			      path,
			      "--submission",
			      folder,
			      "--format",
			      "json",
			      NULL};
	const char *env[] = {arena_printf(arena, "BIS_SCENARIOS=%s/scenarios",
					  tests_srcdir()),
			     "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", NULL};
	struct error err = ERROR_INIT;

	ck_assert_int_eq(
		io_write_file(path, report, strlen(report), 0644, NULL), 0);
	spec.argv = argv;
	spec.env = env;
	spec.timeout = 60 * CLOCK_SEC;
	ck_assert_msg(subprocess_run(&spec, ret, &err) == 0, "%s",
		      err.message);
	ck_assert_msg(ret->exit_code == exit_code, "exit %d: %s%s",
		      ret->exit_code, ret->out.buf, ret->err.buf);
}

START_TEST(the_record_decides)
{
	struct arena arena = ARENA_INIT;
	struct subprocess_result result;
	char folder[] = "/tmp/bis-claims-XXXXXX";

	ck_assert_ptr_nonnull(mkdtemp(folder));
	make_submission(&arena, folder);
	run_claims(&arena, folder,
		   "AUC=0.6208 (run_id=81d1fbefdbd4465c81f085bdf80f6d00)\n\n"
		   "training_rows=7043, two services, version 3 in "
		   "Production\n",
		   0, &result);
	ck_assert_ptr_nonnull(strstr(result.out.buf, "\"confirmed\": 5"));
	ck_assert_ptr_nonnull(strstr(result.out.buf, "in the run that is "
						     "cited"));
	subprocess_result_release(&result);
	run_claims(&arena, folder,
		   "AUC=0.6280 (run_id=81d1fbefdbd4465c81f085bdf80f6d01)\n", 1,
		   &result);
	ck_assert_ptr_nonnull(strstr(result.out.buf, "\"contradicted\": 2"));
	subprocess_result_release(&result);
	io_remove_tree(folder, NULL);
	arena_release(&arena);
}
END_TEST

START_TEST(a_command_is_what_was_run_whatever_bis_adds_to_it)
{
	static const char run[] =
		"docker compose exec -T -e TRAIN_AS_OF=2024-01-31 -e "
		"AS_OF=2024-01-31 prefect python /opt/flows/train.py";
	static const struct {
		const char *typed;
		bool agrees;
	} cases[] = {
		{ "docker compose exec -e TRAIN_AS_OF=2024-01-31 prefect "
		  "python /opt/flows/train.py", true },
		{ "docker compose exec -it -e AS_OF=2024-01-31 prefect python "
		  "/opt/flows/train.py", true },
		{ run, true },
		{ "docker compose exec -e TRAIN_AS_OF=2024-02-29 prefect "
		  "python /opt/flows/train.py", false },
		{ "docker compose exec prefect python /opt/flows/other.py",
		  false },
		{ "docker compose exec api python /opt/flows/train.py",
		  false },
		{ "docker compose exec prefect python", false },
		{ "docker compose exec prefect python /opt/flows/train.py -v",
		  false },
	};
	const struct claim_kind kind = { .type = CLAIM_COMMAND };
	struct arena arena = ARENA_INIT;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		ck_assert_msg(claim_agrees(&kind, cases[i].typed, run,
					   &arena) == cases[i].agrees,
			      "%s", cases[i].typed);
	arena_release(&arena);
}
END_TEST

TESTS_MAIN("claims/recorded", the_record_decides,
	   a_command_is_what_was_run_whatever_bis_adds_to_it)
