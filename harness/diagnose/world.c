#include "diagnose/world.h"

#include "base/io.h"
#include "base/path.h"
#include "compare/canonical.h"
#include "step/sql.h"

#include <string.h>

static const char saved_name[] = "graded";

/* The metrics that may differ between two runs, as the scenario declares. */
static const json_t *volatile_metrics(const struct worlds *worlds)
{
	return json_object_get(worlds->runner->options.scenario->names,
			       "volatile");
}

int world_train(struct worlds *worlds, const struct trial *trial,
		struct statements *asked, bool *ret_asked,
		struct train_record **ret, struct step_outcome *outcome,
		struct error *err)
{
	static const struct surroundings none = { .one_cpu = false };
	const struct surroundings *given =
		trial->surroundings ? trial->surroundings : &none;
	struct arena *arena = worlds->runner->options.arena;
	const char **env;
	const struct action_options options =
		surroundings_options(given, &env);
	const struct train_spec spec = { .id = trial->id, .with = trial->with,
					 .purpose = trial->purpose,
					 .options = &options };
	struct statement_log log = { .on = false };
	PGconn *conn;
	struct error why = ERROR_INIT;

	memset(outcome, 0, sizeof(*outcome));
	outcome->verdict = VERDICT_PASSED;
	if (asked && (sql_session_ask(&worlds->session, &conn, &why) < 0 ||
		      statement_log_begin(&log, conn, &why) < 0))
		worlds->statements_why = arena_strdup(arena, why.message);
	int rc = train_once(&worlds->runner->context, &spec, ret, outcome,
			    err);
	bool logged = log.on && statement_log_end(&log, &worlds->base, asked,
						  &why) == 0;
	sql_session_end(&worlds->session);
	if (logged && sql_session_ask(&worlds->session, &conn, &why) == 0) {
		plans_resolve(asked, &worlds->base, conn);
		*ret_asked = true;
	} else if (asked) {
		worlds->statements_why = arena_strdup(arena, why.message);
	}
	free(env);
	return rc;
}

int world_compare(struct worlds *worlds, const struct train_record *left,
		  const struct train_record *right,
		  struct run_comparison *ret, struct error *err)
{
	return compare_runs(&worlds->runner->context, left, right,
			    volatile_metrics(worlds), ret, err);
}

int world_try(struct worlds *worlds, const struct trial *trial,
	      const struct train_record *other, bool *ret_agrees,
	      struct train_record **ret_run, struct error *err)
{
	struct run_comparison comparison = { .value = NULL };
	struct step_outcome outcome;
	struct train_record *run = NULL;

	*ret_agrees = false;
	int rc = world_train(worlds, trial, NULL, NULL, &run, &outcome, err);
	json_decref(outcome.value);
	if (ret_run)
		*ret_run = run;
	if (rc < 0 || !run)
		return rc;
	rc = world_compare(worlds, other ? other : worlds->graded, run,
			   &comparison, err);
	*ret_agrees = rc == 0 && comparison.agree;
	json_decref(comparison.value);
	return rc;
}

static int read_tables(struct worlds *worlds, struct tables *ret,
		       struct error *err)
{
	PGconn *conn;

	if (sql_session_ask(&worlds->session, &conn, err) < 0)
		return -1;
	return tables_read(conn, ret, err);
}

int worlds_begin(struct worlds *worlds, struct runner *runner,
		 const struct train_record *graded, const json_t *with,
		 struct error *err)
{
	memset(worlds, 0, sizeof(*worlds));
	worlds->runner = runner;
	worlds->graded = graded;
	worlds->with = json_deep_copy(with);
	worlds->session.conninfo = stack_database(runner->options.stack, NULL);
	if (!worlds->session.conninfo)
		return error_set(err, ERROR_INVALID,
				 "this stack has no database");
	int rc = read_tables(worlds, &worlds->base, err);
	sql_session_end(&worlds->session);
	if (rc < 0 || stack_save(runner->options.stack, saved_name, err) < 0)
		return error_context(err, "saving the graded state");
	return 0;
}

void world_digest_answers(struct stages *stages,
			  const struct check_result *check)
{
	struct digesting d = { .rows = 0 };
	json_t *answer;
	size_t i;

	if (stages->at[STAGE_ANSWERS].known || strcmp(check->kind, "predict"))
		return;
	json_array_foreach(json_object_get(check->value, "answers"), i,
			   answer) {
		char *text = json_dumps(answer, JSON_COMPACT);
		if (text)
			digesting_add(&d, text, strlen(text));
		free(text);
	}
	stages->at[STAGE_ANSWERS] = digesting_end(&d);
}

/* Of the graded model: the first that was asked of it. */
static void digest_graded_answers(struct worlds *worlds)
{
	const struct result *result = worlds->runner->options.result;

	for (size_t i = 0; i < result->exercises.len; i++) {
		const struct exercise_result *exercise =
			result->exercises.at[i];
		for (size_t j = 0; j < exercise->checks.len; j++)
			world_digest_answers(&worlds->stages,
					     exercise->checks.at[j]);
	}
}

int worlds_control(struct worlds *worlds, struct error *err)
{
	struct runner *runner = worlds->runner;
	struct world control = { .worlds = worlds };
	struct step_outcome *outcome = &control.outcome;
	const struct trial trial = { .id = "control", .purpose = "control",
				     .with = worlds->with };

	runner->context.world = "control";
	int rc = world_train(worlds, &trial, &worlds->asked,
			     &worlds->statements_known, &control.run, outcome,
			     err);
	if (rc == 0 && control.run)
		rc = world_compare(worlds, worlds->graded, control.run,
				   &worlds->control, err);
	if (rc < 0)
		return error_context(err, "the control training");
	worlds->control_agrees = control.run && worlds->control.agree;
	rc = world_digest(&control, err);
	worlds->replay = control.replay;
	worlds->stages = control.stages;
	digest_graded_answers(worlds);
	json_decref(outcome->value);
	return rc;
}

struct readback *worlds_readback(struct worlds *worlds)
{
	if (!worlds->readback_known)
		readback_begin(&worlds->readback,
			       worlds->runner->options.stack,
			       worlds->runner->options.arena);
	worlds->readback_known = true;
	return &worlds->readback;
}

/* The models of changed worlds were compared and are in the report by digest;
 * the files themselves are the graded trainings' alone. */
static void drop_artifacts(const struct result *result)
{
	for (size_t i = 0; i < result->runs.len; i++)
		if (*result->runs.at[i]->world && result->runs.at[i]->folder)
			io_remove_tree(result->runs.at[i]->folder, NULL);
}

void worlds_end(struct worlds *worlds)
{
	struct stack *stack = worlds->runner->options.stack;

	sql_session_end(&worlds->session);
	drop_artifacts(worlds->runner->options.result);
	if (worlds->runner->options.keep &&
	    stack_restore(stack, saved_name, NULL) == 0)
		stack_wake(stack, NULL);
	worlds->runner->context.world = "";
	tables_release(&worlds->base);
	statements_release(&worlds->asked);
	json_decref(worlds->with);
	json_decref(worlds->control.value);
	readback_release(&worlds->readback);
}

int world_restore(struct worlds *worlds, struct error *err)
{
	struct tables now;
	int rc = 0;

	sql_session_end(&worlds->session);
	if (stack_restore(worlds->runner->options.stack, saved_name, err) < 0 ||
	    read_tables(worlds, &now, err) < 0)
		return error_context(err, "putting the graded state back");
	if (now.at.len != worlds->base.at.len)
		rc = error_set(err, ERROR_INTERNAL,
			       "the restored database has %zu tables, not %zu",
			       now.at.len, worlds->base.at.len);
	for (size_t i = 0; i < now.at.len && rc == 0; i++) {
		const struct table_state *table = now.at.at[i];
		const struct table_state *before =
			tables_find(&worlds->base, table->name);
		if (!before || !table_is_same(before, table))
			rc = error_set(err, ERROR_INTERNAL,
				       "table %s is not as it was after it "
				       "was restored", table->name);
	}
	tables_release(&now);
	return rc;
}

int world_look(struct world *world, struct error *err)
{
	if (world->now_known)
		tables_release(&world->now);
	world->now_known = false;
	if (read_tables(world->worlds, &world->now, err) < 0)
		return -1;
	world->now_known = true;
	return 0;
}

/* A table's rows, into the stage that the table belongs to. */
static void digest_table(struct digesting into[STAGES],
			 const struct worlds *worlds,
			 const struct table_state *table)
{
	enum stage stage = worlds_label_column(worlds, table) ? STAGE_LABELS
		: table->time_columns[1] ? STAGE_SNAPSHOTS : STAGE_RAW_TABLES;

	digesting_add(&into[stage], table->name, strlen(table->name));
	for (size_t i = 0; i < table->row_count; i++)
		digesting_add(&into[stage], table->rows[i].line,
			      table->rows[i].len);
}

static void digest_object(struct stage_digest *ret, const json_t *object,
			  const json_t *without)
{
	struct digesting d = { .rows = 0 };
	json_t *copy = json_copy((json_t *)(uintptr_t)object), *name;
	size_t i;

	json_array_foreach(without, i, name)
		json_object_del(copy, json_string_value(name));
	char *text = json_dumps(copy, JSON_SORT_KEYS);
	if (text && json_object_size(copy))
		digesting_add(&d, text, strlen(text));
	*ret = digesting_end(&d);
	free(text);
	json_decref(copy);
}

/* Its bytes, and in the place of "any order" its decoded value; which is the
 * control's where the bytes are. */
static void digest_model(struct worlds *worlds, struct train_record *run,
			 struct stage_digest *ret)
{
	struct arena *arena = worlds->runner->options.arena;
	const struct stage_digest *control =
		&worlds->stages.at[STAGE_MODEL];

	for (size_t i = 0; i < run->artifacts.len; i++) {
		struct artifact_record *a = &run->artifacts.at[i];
		struct pickle pickle;
		if (strcmp(path_basename(a->path), "model.pkl"))
			continue;
		snprintf(ret->sequence, sizeof(ret->sequence), "%s",
			 a->digest.sha256);
		if (control->known &&
		    !strcmp(control->sequence, ret->sequence)) {
			*ret = *control;
			a->canonical = arena_strdup(arena, ret->multiset);
			return;
		}
		if (pickle_open(&pickle, path_join(arena, run->folder,
						   a->path), NULL, NULL) < 0)
			return;
		if (canonical_digest_pickle(&pickle, &declared_mlflow,
					    ret->multiset, NULL) == 0) {
			ret->known = true;
			a->canonical = arena_strdup(arena, ret->multiset);
		}
		pickle_release(&pickle);
		return;
	}
}

int world_replay(const struct world *world, struct replay *ret,
		 struct error *err)
{
	struct worlds *worlds = world->worlds;
	PGconn *conn;

	if (!worlds->statements_known)
		return 0;
	if (sql_session_ask(&worlds->session, &conn, err) < 0)
		return -1;
	replay_statements(
		world->asked_known ? &world->asked : &worlds->asked, conn,
		json_object_get(worlds->runner->options.scenario->names,
				"label"), ret);
	return 0;
}

int world_digest(struct world *world, struct error *err)
{
	struct worlds *worlds = world->worlds;
	const struct tables *tables =
		world->now_known ? &world->now : &worlds->base;
	struct digesting by_stage[STAGES] = { { .rows = 0 } };
	struct stages *s = &world->stages;
	const struct statement *unbounded;

	for (size_t i = 0; i < tables->at.len; i++)
		if (world_reads(world, tables->at.at[i]->name, &unbounded))
			digest_table(by_stage, worlds, tables->at.at[i]);
	for (size_t i = 0; i <= STAGE_LABELS; i++)
		s->at[i] = digesting_end(&by_stage[i]);
	if (world_replay(world, &world->replay, err) < 0)
		return -1;
	if (world->replay.labels.known)
		s->at[STAGE_LABELS] = world->replay.labels;
	s->at[STAGE_ENTITY_ROWS] = world->replay.entity_rows;
	s->at[STAGE_FEATURES] = world->replay.features;
	s->at[STAGE_MATRIX] = world->replay.matrix;
	if (!world->run)
		return 0;
	digest_object(&s->at[STAGE_PARAMETERS], world->run->params, NULL);
	digest_object(&s->at[STAGE_METRICS], world->run->metrics,
		      volatile_metrics(worlds));
	digest_model(worlds, world->run, &s->at[STAGE_MODEL]);
	return 0;
}

void world_release(struct world *world)
{
	if (world->now_known)
		tables_release(&world->now);
	if (world->asked_known)
		statements_release(&world->asked);
	strbuf_release(&world->commands);
	surroundings_release(&world->surroundings);
	vec_release(&world->parts);
	json_decref(world->with);
	json_decref(world->outcome.value);
	json_decref(world->comparison.value);
}

/* A training that ended badly did not come to all that it reads. */
bool world_reads(const struct world *world, const char *table,
		 const struct statement **ret_unbounded)
{
	const struct worlds *worlds = world->worlds;

	*ret_unbounded = NULL;
	if (world->asked_known &&
	    statements_read(&world->asked, table, ret_unbounded))
		return true;
	if (worlds->statements_known && (!world->asked_known || !world->run))
		return statements_read(&worlds->asked, table, ret_unbounded);
	return !world->asked_known && !worlds->statements_known;
}

/* The column that the scenario's `names: {label: [...]}` names, if the table
 * has one of them. */
const char *worlds_label_column(const struct worlds *worlds,
				const struct table_state *table)
{
	const json_t *names = json_object_get(
		worlds->runner->options.scenario->names, "label");
	json_t *name;
	size_t i;

	json_array_foreach(names, i, name)
		if (table_column_find(table, json_string_value(name)) >= 0)
			return json_string_value(name);
	return NULL;
}
