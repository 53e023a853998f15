#include "tests/report/sample.h"

#include <stdio.h>
#include <string.h>

/* 2026-11-22 22:07:10 UTC */
static const int64_t began = INT64_C(1795385230) * 1000000;

struct result *sample_empty(struct arena *arena)
{
	struct result *result = result_new(arena);

	result->bis_version = "1.0";
	result->scenario = "streamflow/tp4";
	result->scenario_digest = "5d41402abc4b2a76b9719d911017c592aabbccdd";
	result->title = (struct bilingual){
		"StreamFlow TP4: a reproducible baseline",
		"StreamFlow TP4 : une référence reproductible"
	};
	result->stack = "process";
	result->folder = "reports/streamflow-tp4";
	result->vars = json_pack("{s:s,s:i}", "as_of", "2024-01-31", "seed", 42);
	result->started = began;
	result->duration = 4321000;
	return result;
}

struct exercise_result *sample_exercise(struct result *result, const char *id,
					const char *title, double max_points)
{
	struct exercise_result *e =
		arena_new(result->arena, struct exercise_result);

	e->id = id;
	e->title = (struct bilingual){ title, NULL };
	e->max_points = max_points;
	*vec_push(&result->exercises) = e;
	return e;
}

struct check_result *sample_check(struct result *result,
				  struct exercise_result *exercise,
				  const char *id, enum verdict verdict,
				  double max_points)
{
	struct check_result *c = arena_new(result->arena, struct check_result);

	c->id = id;
	c->exercise = exercise->id;
	c->kind = "http";
	c->verdict = verdict;
	c->asked = max_points > 0 ? ASKED_STATED : ASKED_BEYOND;
	c->max_points = max_points;
	c->points = verdict == VERDICT_PASSED ? max_points : 0;
	c->where = arena_printf(result->arena,
				"scenarios/streamflow/tp4.yaml:%zu",
				12 + 10 * exercise->checks.len);
	c->again = arena_printf(result->arena,
				"bis run streamflow/tp4 --only %s", id);
	c->started = began;
	c->duration = 31000;
	*vec_push(&exercise->checks) = c;
	return c;
}

static enum verdict worse(enum verdict a, enum verdict b)
{
	static const int rank[VERDICT_COUNT] = { 1, 5, 4, 0, 2, 3 };

	return rank[a] >= rank[b] ? a : b;
}

void sample_add_up(struct result *result)
{
	result->verdict = VERDICT_NOT_APPLICABLE;
	result->points = result->pending = result->max_points = 0;
	for (size_t i = 0; i < result->exercises.len; i++) {
		struct exercise_result *e = result->exercises.at[i];

		e->verdict = VERDICT_NOT_APPLICABLE;
		e->points = e->pending = 0;
		for (size_t j = 0; j < e->checks.len; j++) {
			const struct check_result *c = e->checks.at[j];

			e->points += c->points;
			if (verdict_is_pending(c->verdict))
				e->pending += c->max_points;
			if (c->max_points > 0)
				e->verdict = worse(e->verdict, c->verdict);
		}
		result->points += e->points;
		result->pending += e->pending;
		result->max_points += e->max_points;
		result->verdict = worse(result->verdict, e->verdict);
	}
}

static struct train_record *add_training(struct result *result, const char *id,
					 const char *world, double auc,
					 const char *sha256)
{
	struct train_record *run = arena_new(result->arena, struct train_record);
	struct artifact_record *artifact;

	run->id = id;
	run->world = world;
	run->purpose = !*world ? "graded" : strcmp(world, "control")
		? "change" : "control";
	run->run_id = arena_printf(result->arena, "%032zx",
				   (size_t)0xabc0 + result->runs.len);
	run->as_of = "2024-01-31";
	run->metrics = json_pack("{s:f,s:f,s:f}", "auc", auc, "f1", 0.5065,
				 "train_time_sec", 0.340378);
	run->params = json_pack("{s:s}", "n_estimators", "300");
	run->run_name = "rf_baseline_2024-01-31";
	run->model_name = "streamflow_churn";
	run->model_version = arena_printf(result->arena, "%zu",
					  result->runs.len + 1);
	run->printed = "[OK] Trained baseline RF.";
	artifact = vec_push(&run->artifacts);
	artifact->path = "model/MLmodel";
	snprintf(artifact->digest.sha256, SHA256_HEX, "%064zx",
		 (size_t)0xfeed + result->runs.len);
	snprintf(artifact->digest.git_blob, SHA1_HEX, "%040zx",
		 (size_t)0xbeef + result->runs.len);
	artifact->digest.size = 812;
	artifact = vec_push(&run->artifacts);
	artifact->path = "model/model.pkl";
	snprintf(artifact->digest.sha256, SHA256_HEX, "%s", sha256);
	snprintf(artifact->digest.git_blob, SHA1_HEX, "%.40s", sha256);
	artifact->digest.size = 48638067;
	artifact->canonical = sha256 + 4;
	run->started = began + 1000000;
	run->duration = 3800000;
	*vec_push(&result->runs) = run;
	return run;
}

static void add_surroundings(struct result *result)
{
	*vec_push(&result->screens) = (struct screen){
		"experiment-page",
		{ "MLflow, experiment `streamflow`", NULL },
		"after b, before the promotion",
		"┌──────┬─────────────────────┬────────┐\n"
		"│ run  │ started (UTC)       │    auc │\n"
		"├──────┼─────────────────────┼────────┤\n"
		"│ rf_b │ 2026-11-22 22:07:10 │ 0.8202 │\n"
		"└──────┴─────────────────────┴────────┘\n",
	};
	*vec_push(&result->environment) =
		(struct fact){ "PostgreSQL", "15.18" };
	*vec_push(&result->environment) =
		(struct fact){ "kernel", "Linux 6.1 | x86_64" };
	*vec_push(&result->timings) =
		(struct timing){ "initdb", began, 412000 };
	*vec_push(&result->commands) = "streamflow train --as-of 2024-01-31";
}

static void add_beginning(struct result *result)
{
	struct exercise_result *e =
		sample_exercise(result, "ex1", "The stack answers", 3);
	struct check_result *c;

	c = sample_check(result, e, "health", VERDICT_PASSED, 1);
	c->title = (struct bilingual){ "the API is up", "l'API répond" };
	c->why = (struct bilingual){
		"Nothing else can be looked at before it answers.",
		"Rien d'autre ne peut être regardé avant qu'elle réponde."
	};
	c = sample_check(result, e, "tables", VERDICT_PASSED, 2);
	c->title = (struct bilingual){ "every table holds its month", NULL };
	c->actual = "7043 users, 7043 labels";
	c->note = "answered at the second attempt";
}

static struct exercise_result *add_training_exercise(struct result *result)
{
	struct exercise_result *e = sample_exercise(
		result, "ex2", "The baseline is repeatable", 10);
	struct check_result *c =
		sample_check(result, e, "twice", VERDICT_PASSED, 10);

	c->kind = "compare";
	c->title = (struct bilingual){ "trained twice, the same model",
				       "entraîné deux fois, le même modèle" };
	c->why = (struct bilingual){
		"A number that cannot be obtained again proves nothing.", NULL
	};
	c->actual = "`a` and `b` agree to the last byte (48 638 067 bytes)";
	return e;
}

struct result *sample_passing(struct arena *arena)
{
	struct result *result = sample_empty(arena);
	static const char sha256[] = "b3a2834b00112233445566778899aabbccddee"
				     "ff00112233445566778899aabb";

	add_beginning(result);
	add_training_exercise(result);
	add_training(result, "a", "", 0.8202247191011236, sha256);
	add_training(result, "b", "", 0.8202247191011236, sha256);
	*vec_push(&result->matrix) = (struct matrix_row){
		.perturbation = "control", .proof = "nothing was changed",
		.rung = "bytes",
	};
	*vec_push(&result->matrix) = (struct matrix_row){
		.perturbation = "time-travel", .bit = true,
		.proof = "2652 of 7043 rows of labels changed",
		.rung = "bytes",
	};
	*vec_push(&result->matrix) =
		(struct matrix_row){ .perturbation = "as-of-matters",
				     .bit = true,
				     .proof = "5102 rows changed",
				     .rung = "none" };
	add_surroundings(result);
	sample_add_up(result);
	return result;
}

static void add_serving(struct result *result)
{
	struct exercise_result *e = sample_exercise(
		result, "ex3", "The model is promoted and served", 7);
	struct check_result *c;

	c = sample_check(result, e, "promotable", VERDICT_ERROR, 1);
	c->title = (struct bilingual){ "a version can be promoted", NULL };
	c->actual = "the tracking server did not answer within 60 s";
	c = sample_check(result, e, "predict", VERDICT_FAILED, 2);
	c->title = (struct bilingual){ "a known user gets a prediction",
				       "un client connu reçoit une "
				       "prédiction" };
	c->why = (struct bilingual){ "It is what the model is for.", NULL };
	c->hint = (struct bilingual){
		"Give the `api` service its MLFLOW_TRACKING_URI.", NULL
	};
	c->expected = ".json | has(\"prediction\")";
	c->actual = "200, {\"error\":\"Model *or* feature store <b>not</b> "
		    "initialized\"} | see http://example.org @teacher";
	c->by_hand = "curl -s -X POST localhost:8000/predict -d "
		     "'{\"user_id\":\"7590-VHVEG\"}'";
	c->log_tail = "Warning: init failed:\x1b[31m ```\r\n"
		      "Registered Model with name=streamflow_churn\xff not "
		      "found\n";
	c->value = json_pack("{s:i,s:{s:s}}", "status", 200, "json", "error",
			     "Model *or* feature store <b>not</b> initialized");
	*vec_push(&c->broken) = (struct broken_expectation){
		".json | has(\"prediction\")",
		"scenarios/streamflow/tp4.yaml:88:27",
		"    expect: [ 'é' , '.json | has(\"prediction\")' ]", 24,
		".json = {\"error\":\"Model *or* feature store\"}", NULL
	};
	*vec_push(&c->broken) = (struct broken_expectation){
		".json.value < 1", "scenarios/streamflow/tp4.yaml:89:15",
		"      - '.json.value < 1'", 10, "", "missing .json.value"
	};
	c = sample_check(result, e, "predict-agrees", VERDICT_BLOCKED, 3);
	c->title = (struct bilingual){ "the answer is the model's", NULL };
	c->blocked_by = "predict";
	c->actual = "`predict` failed";
	c = sample_check(result, e, "features", VERDICT_NOT_APPLICABLE, 0);
	c->title = (struct bilingual){ "/features/{user_id} answers", NULL };
	c->actual = "the API does not offer /features";
	c = sample_check(result, e, "unknown-user", VERDICT_INCONCLUSIVE, 1);
	c->title = (struct bilingual){ "nobody gets no prediction", NULL };
	c->actual = "two answers could be the prediction: `p` and `score`";
}

static void add_beyond(struct result *result)
{
	struct exercise_result *e = sample_exercise(
		result, "beyond", "Beyond the lab: does it last?", 0);
	struct diagnosis *d = arena_new(result->arena, struct diagnosis);
	struct check_result *c;

	c = sample_check(result, e, "time-travel", VERDICT_FAILED, 0);
	c->kind = "perturb";
	c->title = (struct bilingual){
		"the next month does not change the past", NULL
	};
	c->hint = (struct bilingual){ "Keep the labels by month.", NULL };
	c->expected = "the same metrics and model at the same AS_OF";
	c->actual = "auc: 0.8202247191011236 != 0.6208\n"
		    "300 of 300 trees differ";
	c->by_hand = "streamflow ingest --month 2024-02-29\n"
		     "streamflow train --as-of 2024-01-31";
	c = sample_check(result, e, "clock", VERDICT_PASSED, 0);
	c->title = (struct bilingual){ "the clock does not matter", NULL };

	d->check = "time-travel";
	d->cause = "labels-not-versioned";
	d->stage = "labels";
	d->confidence = CONFIDENCE_CERTAIN;
	d->words = (struct bilingual){
		"the training reads table labels, which holds one row a user "
		"and no date; the later ingestion replaced them.", NULL
	};
	*vec_push(&d->evidence) = (struct evidence){
		"rows-changed", "2652 of 7043 rows of labels changed",
		json_pack("{s:s,s:i,s:i}", "table", "labels", "changed", 2652,
			  "of", 7043)
	};
	*vec_push(&d->evidence) = (struct evidence){
		"statement", "SELECT user_id, churn_label FROM labels", NULL
	};
	*vec_push(&d->evidence) = (struct evidence){
		"failed-statement",
		"SELECT user_id FROM labels\nWHERE period_start = $1",
		json_pack("{s:s}", "error",
			  "column \"period_start\" does not exist")
	};
	d->fix = (struct bilingual){ "labels of 2024-01-31 restored", NULL };
	d->fix_tried = d->fix_worked = true;
	*vec_push(&result->diagnosis) = d;
}

static void add_hand_in(struct result *result)
{
	struct hand_in *hand_in = arena_new(result->arena, struct hand_in);

	hand_in->commit = "4f1c8d2a9b3e5f60718293a4b5c6d7e8f9012345";
	hand_in->chosen_by = (struct bilingual){
		"the last commit before 2025-12-20 00:00:00 UTC",
		"le dernier commit avant le 2025-12-20 00:00:00 UTC" };
	hand_in->date = INT64_C(1766100000) * 1000000;
	hand_in->dated_by = (struct bilingual){ "its last commit by a person",
		"son dernier commit fait par une personne" };
	hand_in->packages_as_of = "2025-12-18T23:20:00Z";
	hand_in->digest = "9b74c9897bac770ffc029102a200c5de8f0f7f54";
	*vec_push(&hand_in->notes) = (struct bilingual){
		"its history was cut off when it was cloned", NULL };
	*vec_push(&hand_in->maps) =
		(struct map_record){ "api", "back|end", "bis.yaml" };
	hand_in->left_out = json_pack("[{s:s,s:s}]", "path", "all",
				      "reason", "outside");
	hand_in->recorded = json_pack(
		"{s:[s,s],s:[{s:s,s:s,s:s,s:i}],s:[]}", "moved", "mlflow.db",
		"mlruns/`1`", "files", "path", "models/model.pkl", "git_blob",
		"ce013625030ba8dba906f756967f9e9ca394464a", "sha256",
		"5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6",
		"size", 6, "databases");
	result->hand_in = hand_in;
	result->submission = "hand-in/élève | 7.zip";
}

struct result *sample_failing(struct arena *arena)
{
	struct result *result = sample_empty(arena);
	static const char before[] = "b3a2834b00112233445566778899aabbccddee"
				     "ff00112233445566778899aabb";
	static const char after[] = "48e660a700112233445566778899aabbccddee"
				    "ff00112233445566778899aabb";

	add_hand_in(result);
	add_beginning(result);
	add_training_exercise(result);
	add_serving(result);
	add_beyond(result);
	add_training(result, "a", "", 0.8202247191011236, before);
	add_training(result, "b", "", 0.8202247191011236, before);
	add_training(result, "control", "control", 0.8202247191011236, before);
	add_training(result, "time-travel", "time-travel", 0.6208, after);
	add_training(result, "time-travel.fix", "time-travel",
		     0.8202247191011236, before);
	*vec_push(&result->matrix) = (struct matrix_row){
		.perturbation = "control", .proof = "nothing was changed",
		.rung = "bytes",
	};
	*vec_push(&result->matrix) = (struct matrix_row){
		.perturbation = "time-travel", .bit = true,
		.proof = "2652 of 7043 rows of labels changed",
		.rung = "none", .stage = "labels",
		.stages = json_pack(
			"[{s:s,s:s,s:s,s:s,s:s}]", "stage", "labels",
			"sequence", "5b1d", "multiset", "77aa", "rows",
			"other", "order", "other"),
	};
	*vec_push(&result->matrix) = (struct matrix_row){
		.perturbation = "clock", .proof = "the clock could not be set",
	};
	*vec_push(&result->remedies) = (struct remedy_record){
		"feature-repo-script",
		{ "debug_online_features.py runs when the feature repository "
		  "is imported; it was set aside", NULL }, "apply",
		"removed services/feast/debug_online_features.py", 0.5
	};
	add_surroundings(result);
	sample_add_up(result);
	result->exit_code = 4;
	return result;
}
