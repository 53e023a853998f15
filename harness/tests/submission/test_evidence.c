/* What a student's own runs left behind, and the data that are trained on. */
#include "tests/submission/made.h"

#include <sqlite3.h>

static json_t *layout(void)
{
	return json_pack("{s:[s,s],s:[s,s,s,s,s],s:[s]}", "data", "data/seeds",
			 "*/seeds", "generated", "mlflow.db", "mlruns",
			 "registry.db", "__pycache__", "var/*.log",
			 "generated_where", "PG_VERSION");
}

static void prepare(struct made *m, const char *data)
{
	struct error err = ERROR_INIT;
	json_t *said = layout();

	made_must_open(m, NULL);
	ck_assert_msg(submission_prepare(&m->s, said, data, &err) == 0, "%s",
		      err.message);
	json_decref(said);
}

static bool lists(const json_t *array, const char *text)
{
	json_t *item;
	size_t i;

	json_array_foreach(array, i, item)
		if (json_is_string(item) &&
		    !strcmp(json_string_value(item), text))
			return true;
	return false;
}

static const json_t *moved(struct made *m)
{
	return json_object_get(m->s.recorded, "moved");
}

/* MLflow 2.16's tables, as far as they are read. */
static void make_mlflow(const char *path)
{
	static const char sql[] =
		"CREATE TABLE experiments (experiment_id INTEGER, name TEXT);"
		"INSERT INTO experiments VALUES (1, 'streamflow');"
		"CREATE TABLE runs (run_uuid TEXT, name TEXT, status TEXT,"
		" experiment_id INTEGER);"
		"INSERT INTO runs VALUES ('81d1', 'rf_baseline', 'FINISHED',"
		" 1);"
		"CREATE TABLE latest_metrics (key TEXT, value DOUBLE,"
		" run_uuid TEXT);"
		"INSERT INTO latest_metrics VALUES ('auc', 0.6208, '81d1');"
		"INSERT INTO latest_metrics VALUES ('auc', 0.1, 'other');"
		"CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT);"
		"INSERT INTO params VALUES ('as_of', '2024-01-31', '81d1');"
		"CREATE TABLE model_versions (name TEXT, version INTEGER,"
		" current_stage TEXT, run_id TEXT);"
		"INSERT INTO model_versions VALUES ('streamflow_churn', 3,"
		" 'Production', '81d1');"
		"CREATE TABLE registered_model_aliases (alias TEXT,"
		" version INTEGER, name TEXT);"
		"INSERT INTO registered_model_aliases VALUES ('champion', 3,"
		" 'streamflow_churn');";
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

START_TEST(generated_state_is_moved_aside)
{
	struct made m;

	made_init(&m);
	made_write(&m, "data/seeds/month_000/users.csv", "x");
	made_write(&m, "services/mlflow/mlruns/1/meta.yaml", "x");
	made_write(&m, "repo/registry.db", "stale");
	made_write(&m, "repo/features.py", "x");
	made_write(&m, "repo/__pycache__/features.pyc", "x");
	made_write(&m, "var/app.log", "x");
	made_write(&m, "var/lib/app.log", "x");
	made_write(&m, "pg/PG_VERSION", "16");
	prepare(&m, NULL);
	ck_assert_uint_eq(json_array_size(moved(&m)), 6);
	ck_assert(lists(moved(&m), "services/mlflow/mlruns"));
	ck_assert(lists(moved(&m), "repo/registry.db"));
	ck_assert(lists(moved(&m), "repo/__pycache__"));
	ck_assert(lists(moved(&m), "var/app.log"));
	ck_assert(lists(moved(&m), "var/lib/app.log"));
	ck_assert(lists(moved(&m), "pg"));
	/* Folders are there, and empty. */
	ck_assert(made_has(&m, "services/mlflow/mlruns"));
	ck_assert(!made_has(&m, "services/mlflow/mlruns/1"));
	ck_assert(!made_has(&m, "pg/PG_VERSION"));
	ck_assert(!made_has(&m, "repo/registry.db"));
	made_expect(&m, "repo/features.py", "x");
	ck_assert_uint_eq(strlen(m.s.data_digest), 64);
	ck_assert(io_exists(path_join(&m.arena, m.s.scratch.path,
				      "recorded/repo/registry.db")));
	made_release(&m);
}
END_TEST

START_TEST(a_committed_tracking_database_is_read)
{
	struct made m;
	struct stat st;

	made_init(&m);
	made_write(&m, "mlflow/keep", "x");
	make_mlflow(path_join(&m.arena, m.source, "mlflow/mlflow.db"));
	prepare(&m, NULL);
	const json_t *database = json_array_get(
		json_object_get(m.s.recorded, "databases"), 0);
	json_t *expected = json_pack(
		"{s:s,s:[{s:s,s:s,s:s,s:s,s:{s:s},s:{s:f},s:{}}],"
		"s:[{s:s,s:i,s:s,s:[s],s:s}]}", "path", "mlflow/mlflow.db",
		"runs", "run_id", "81d1", "name", "rf_baseline", "status",
		"FINISHED", "experiment", "streamflow", "params", "as_of",
		"2024-01-31", "metrics", "auc", 0.6208, "tags", "versions",
		"name", "streamflow_churn", "version", 3, "stage",
		"Production", "aliases", "champion", "run_id", "81d1");
	char *got = json_dumps(database, JSON_SORT_KEYS);
	ck_assert_msg(json_equal(database, expected), "%s", got);
	free(got);
	json_decref(expected);
	/* Where an engine mounts it, an empty file is a database, too. */
	ck_assert_int_eq(stat(path_join(&m.arena, m.s.root,
					"mlflow/mlflow.db"), &st), 0);
	ck_assert(S_ISREG(st.st_mode) && st.st_size == 0);
	made_release(&m);
}
END_TEST

START_TEST(a_damaged_database_says_so_and_ends_nothing)
{
	struct made m;

	made_init(&m);
	made_write(&m, "file", "x");
	const char *path = path_join(&m.arena, m.source, "mlflow.db");
	make_mlflow(path);
	ck_assert_int_eq(truncate(path, 5000), 0);
	prepare(&m, NULL);
	const json_t *database = json_array_get(
		json_object_get(m.s.recorded, "databases"), 0);
	ck_assert_ptr_nonnull(json_object_get(database, "error"));
	made_release(&m);
}
END_TEST

START_TEST(committed_models_are_known_by_their_blob)
{
	struct made m;
	json_t *file;
	size_t i;
	bool found = false;

	made_init(&m);
	made_write(&m, "models/model.pkl", "hello\n");
	made_write(&m, "mlruns/0/artifacts/model.pkl", "hello\n");
	made_write(&m, "report.md", "x");
	made_commit(&m, "Ada", "ada@example.org", 1700000000);
	prepare(&m, NULL);
	const json_t *files = json_object_get(m.s.recorded, "files");
	ck_assert_uint_eq(json_array_size(files), 2);
	json_array_foreach(files, i, file) {
		/* echo hello | git hash-object --stdin */
		ck_assert_str_eq(json_string_value(json_object_get(
					 file, "git_blob")),
				 "ce013625030ba8dba906f756967f9e9ca394464a");
		found |= !strcmp(json_string_value(json_object_get(
					 file, "path")),
				 "mlruns/0/artifacts/model.pkl");
	}
	ck_assert(found);
	made_release(&m);
}
END_TEST

static const char *given_data(struct made *m)
{
	const char *data = made_path(m, "given");
	const char *own = m->source;

	m->source = data;
	made_write(m, "month_000/users.csv", "theirs");
	made_write(m, "month_000/labels.csv", "same");
	made_write(m, "month_001/users.csv", "more");
	m->source = own;
	return data;
}

START_TEST(the_instructors_data_take_the_place_of_the_own)
{
	struct made m;

	made_init(&m);
	made_write(&m, "data/seeds/month_000/users.csv", "mine");
	made_write(&m, "data/seeds/month_000/labels.csv", "same");
	made_write(&m, "data/seeds/notes.txt", "x");
	prepare(&m, given_data(&m));
	made_expect(&m, "data/seeds/month_000/users.csv", "theirs");
	made_expect(&m, "data/seeds/month_001/users.csv", "more");
	ck_assert(!made_has(&m, "data/seeds/notes.txt"));
	ck_assert(made_notes(&m, "not the same: month_000/users.csv; only in "
			     "the submission: notes.txt; only in the "
			     "instructor's: month_001/users.csv"));
	ck_assert_ptr_nonnull(m.s.data_digest);
	ck_assert_ptr_null(m.s.no_data);
	made_release(&m);
}
END_TEST

START_TEST(data_go_where_the_submission_has_them)
{
	struct made m;

	made_init(&m);
	made_write(&m, "src/data/seeds/month_000/users.csv", "mine");
	prepare(&m, given_data(&m));
	made_expect(&m, "src/data/seeds/month_000/users.csv", "theirs");
	ck_assert(!made_has(&m, "data"));
	made_release(&m);
}
END_TEST

START_TEST(no_data_is_said_and_data_are_given_a_place)
{
	struct made m;

	made_init(&m);
	made_write(&m, "compose.yaml", "x");
	prepare(&m, NULL);
	ck_assert_ptr_nonnull(m.s.no_data);
	ck_assert(strstr(m.s.no_data, "data/seeds"));
	prepare(&m, given_data(&m));
	ck_assert_ptr_null(m.s.no_data);
	made_expect(&m, "data/seeds/month_000/users.csv", "theirs");
	made_release(&m);
}
END_TEST

TESTS_MAIN("submission/evidence", generated_state_is_moved_aside,
	   a_committed_tracking_database_is_read,
	   a_damaged_database_says_so_and_ends_nothing,
	   committed_models_are_known_by_their_blob,
	   the_instructors_data_take_the_place_of_the_own,
	   data_go_where_the_submission_has_them,
	   no_data_is_said_and_data_are_given_a_place)
