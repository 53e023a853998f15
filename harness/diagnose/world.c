#include "diagnose/world.h"

#include "base/io.h"
#include "step/sql.h"

#include <string.h>

static const char saved_name[] = "graded";

/* The metrics that may differ between two runs, as the scenario declares. */
static const json_t *volatile_metrics(const struct worlds *worlds)
{
	return json_object_get(worlds->runner->options.scenario->names,
			       "volatile");
}

int world_train(struct worlds *worlds, const char *id, const json_t *with,
		struct statements *asked, bool *ret_asked,
		struct train_record **ret, struct step_outcome *outcome,
		struct error *err)
{
	const struct train_spec spec = { .id = id, .with = with };
	struct statement_log log = { .on = false };
	struct error why = ERROR_INIT;

	memset(outcome, 0, sizeof(*outcome));
	outcome->verdict = VERDICT_PASSED;
	if (asked && statement_log_begin(&log, worlds->conninfo, &why) < 0)
		worlds->statements_why =
			arena_strdup(worlds->runner->options.arena,
				     why.message);
	int rc = train_once(&worlds->runner->context, &spec, ret, outcome,
			    err);
	if (log.on && statement_log_end(&log, &worlds->base, asked, &why) == 0)
		*ret_asked = true;
	else if (asked)
		worlds->statements_why =
			arena_strdup(worlds->runner->options.arena,
				     why.message);
	return rc;
}

int world_try(struct worlds *worlds, const char *id, bool *ret_agrees,
	      struct error *err)
{
	struct run_comparison comparison = { .value = NULL };
	struct step_outcome outcome;
	struct train_record *run = NULL;

	*ret_agrees = false;
	int rc = world_train(worlds, id, worlds->with, NULL, NULL, &run,
			     &outcome, err);
	json_decref(outcome.value);
	if (rc < 0 || !run)
		return rc;
	rc = compare_runs(&worlds->runner->context, worlds->graded, run,
			  volatile_metrics(worlds), &comparison, err);
	*ret_agrees = rc == 0 && comparison.agree;
	json_decref(comparison.value);
	return rc;
}

static int read_tables(struct worlds *worlds, struct tables *ret,
		       struct error *err)
{
	_cleanup_(sql_close) PGconn *conn = NULL;

	if (sql_connect(worlds->conninfo, &conn, err) < 0)
		return -1;
	return tables_read(conn, ret, err);
}

int worlds_begin(struct worlds *worlds, struct runner *runner,
		 const struct train_record *graded, const json_t *with,
		 struct error *err)
{
	struct step_outcome outcome;
	struct train_record *run = NULL;

	memset(worlds, 0, sizeof(*worlds));
	worlds->runner = runner;
	worlds->graded = graded;
	worlds->with = json_deep_copy(with);
	worlds->conninfo = stack_database(runner->options.stack, NULL);
	if (!worlds->conninfo)
		return error_set(err, ERROR_INVALID,
				 "this stack has no database");
	if (read_tables(worlds, &worlds->base, err) < 0 ||
	    stack_save(runner->options.stack, saved_name, err) < 0)
		return error_context(err, "saving the graded state");
	runner->context.world = "control";
	int rc = world_train(worlds, "control", with, &worlds->asked,
			     &worlds->statements_known, &run, &outcome, err);
	json_decref(outcome.value);
	if (rc == 0 && run)
		rc = compare_runs(&runner->context, graded, run,
				  volatile_metrics(worlds), &worlds->control,
				  err);
	if (rc < 0)
		return error_context(err, "the control training");
	worlds->control_agrees = run && worlds->control.agree;
	if (worlds->statements_known &&
	    statements_replay(&worlds->asked, worlds->conninfo,
			      &worlds->replay, err) < 0)
		return -1;
	return 0;
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
	drop_artifacts(worlds->runner->options.result);
	if (worlds->runner->options.keep)
		stack_restore(worlds->runner->options.stack, saved_name, NULL);
	worlds->runner->context.world = "";
	tables_release(&worlds->base);
	statements_release(&worlds->asked);
	json_decref(worlds->with);
	json_decref(worlds->control.value);
}

int world_restore(struct worlds *worlds, struct error *err)
{
	struct tables now;
	int rc = 0;

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

void world_release(struct world *world)
{
	if (world->now_known)
		tables_release(&world->now);
	if (world->asked_known)
		statements_release(&world->asked);
	strbuf_release(&world->commands);
	json_decref(world->with);
	json_decref(world->outcome.value);
	json_decref(world->comparison.value);
}

bool world_reads(const struct world *world, const char *table,
		 const struct statement **ret_unbounded)
{
	*ret_unbounded = NULL;
	if (world->asked_known)
		return statements_read(&world->asked, table, ret_unbounded);
	if (world->worlds->statements_known)
		return statements_read(&world->worlds->asked, table,
				       ret_unbounded);
	return true;
}
