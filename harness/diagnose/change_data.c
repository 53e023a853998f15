/* Changes of what the training reads, and of what it is asked for. */
#include "diagnose/change.h"

#include "diagnose/table_rewrite.h"
#include "step/sql.h"

#include <string.h>

/* "labels 758 of 2000, usage_agg_30d 2000 of 2000 rows changed" */
static const char *changed_rows(struct world *world, bool *ret_any)
{
	struct tables *base = &world->worlds->base;
	struct strbuf sb = STRBUF_INIT(STRBUF_LINE);

	*ret_any = false;
	for (size_t i = 0; i < world->now.at.len; i++) {
		const struct table_state *now = world->now.at.at[i];
		struct table_change c =
			tables_compare(base, &world->now, now->name);
		if (!c.changed && !c.added && !c.removed)
			continue;
		*ret_any = true;
		if (sb.len)
			strbuf_addstr(&sb, "; ");
		strbuf_addf(&sb, "%s:", now->name);
		if (c.changed)
			strbuf_addf(&sb, " %zu of %zu rows changed",
				    c.changed, c.of);
		if (c.added)
			strbuf_addf(&sb, "%s %zu added", c.changed ? "," : "",
				    c.added);
		if (c.removed)
			strbuf_addf(&sb, ", %zu removed", c.removed);
	}
	const char *text = arena_strdup(world->worlds->runner->options.arena,
					sb.buf);
	strbuf_release(&sb);
	return text;
}

/* Ingests a month by the stack's own action. */
static int ingest(struct world *world, const json_t *args, struct error *err)
{
	struct runner *runner = world->worlds->runner;
	const struct action_options options = { .timeout = 0 };
	struct action_outcome outcome = { .known = false };
	json_t *with = json_pack("{s:O,s:O}", "month",
				 json_object_get(args, "month"), "as_of",
				 json_object_get(args, "as_of"));
	int rc = stack_action(runner->options.stack, "ingest", with, &options,
			      &outcome, err);

	json_decref(with);
	json_decref(outcome.values);
	if (outcome.command)
		strbuf_addf(&world->commands, "%s\n", outcome.command);
	if (rc < 0)
		return error_context(err, "ingesting the later month");
	if (!outcome.known)
		return error_set(err, ERROR_INVALID,
				 "this stack has no action `ingest`");
	if (outcome.exit_code) {
		/* The submission's own validation may refuse it: then the
		 * question was not put. */
		world->check->verdict = VERDICT_INCONCLUSIVE;
		world->check->actual = "the later month was not taken in";
		world->check->log_tail =
			step_tail(runner->options.arena,
				  *outcome.err_text ? outcome.err_text
						    : outcome.out, 15);
		return 0;
	}
	if (world_look(world, err) < 0)
		return -1;
	world->proof = changed_rows(world, &world->bit);
	if (!world->bit)
		world->proof = "the ingestion changed no row";
	return 0;
}

int apply_later_month(struct world *world, const json_t *args,
		      struct error *err)
{
	return ingest(world, args, err);
}

int apply_as_of(struct world *world, const json_t *args,
		struct error *err)
{
	json_object_set(world->with, "as_of", json_object_get(args, "as_of"));
	return ingest(world, args, err);
}

/* What the training asked the database gives other rows now. */
void prove_matrix(struct world *world)
{
	const struct worlds *worlds = world->worlds;

	if (!world->asked_known || !world->replay.replayed ||
	    !worlds->replay.replayed) {
		world->bit = false;
		world->proof = arena_printf(
			worlds->runner->options.arena,
			"what the training reads is not known%s%s",
			worlds->statements_why ? ": " : "",
			worlds->statements_why ? worlds->statements_why : "");
		return;
	}
	world->bit = strcmp(world->replay.matrix.multiset,
			    worlds->replay.matrix.multiset) != 0;
	world->proof = world->bit
		? "the training's own queries give other rows"
		: "the training's own queries give the same rows";
}

/* Little memory for sorts and joins, and neither hash joins nor indexes: for
 * new sessions of this database, until taken back. No parallel workers: what
 * they return comes in another order each time, and a report must not. */
static int set_plans(PGconn *conn, bool on, struct error *err)
{
	static const char *const settings[][2] = {
		{ "work_mem", "64kB" },
		{ "enable_hashjoin", "off" },
		{ "enable_hashagg", "off" },
		{ "enable_indexscan", "off" },
		{ "enable_indexonlyscan", "off" },
		{ "enable_bitmapscan", "off" },
	};
	const char *database = PQdb(conn);
	char *quoted = PQescapeIdentifier(conn, database, strlen(database));
	int rc = 0;

	for (size_t i = 0; i < ARRAY_SIZE(settings) && rc == 0; i++) {
		struct strbuf sql = STRBUF_INIT(STRBUF_LINE);
		strbuf_addf(&sql, "ALTER DATABASE %s %s %s%s%s%s", quoted,
			    on ? "SET" : "RESET", settings[i][0],
			    on ? " = '" : "", on ? settings[i][1] : "",
			    on ? "'" : "");
		rc = sql_run(conn, sql.buf, NULL, 0, NULL, err);
		strbuf_release(&sql);
	}
	PQfreemem(quoted);
	return rc;
}

/* By hand: an order of PostgreSQL's own making does as well. */
static void add_permutation(struct world *world, const char *table)
{
	struct runner *runner = world->worlds->runner;
	const char *sql = arena_printf(
		runner->options.arena, "BEGIN; CREATE TEMP TABLE bis_rows AS "
		"TABLE %s; DELETE FROM %s; INSERT INTO %s SELECT * FROM "
		"bis_rows AS t ORDER BY md5(t::text); COMMIT", table, table,
		table);

	strbuf_addf(&world->commands, "%s -c %s\n",
		    stack_by_hand(runner->options.stack, "database"),
		    step_shell_quote(runner->options.arena, sql));
}

int apply_row_order(struct world *world, const json_t *args,
		    struct error *err)
{
	struct worlds *worlds = world->worlds;
	struct arena *arena = worlds->runner->options.arena;
	_cleanup_(sql_close) PGconn *conn = NULL;
	struct strbuf proof = STRBUF_INIT(STRBUF_LINE);
	const struct statement *unbounded;

	(void)args;
	if (sql_connect(worlds->conninfo, &conn, err) < 0)
		return -1;
	for (size_t i = 0; i < worlds->base.at.len; i++) {
		struct table_state *table = worlds->base.at.at[i];
		if (table->row_count < 2 ||
		    !world_reads(world, table->name, &unbounded))
			continue;
		if (table_permute(conn, &worlds->base, table, "bis", err) < 0)
			return -1;
		add_permutation(world, table->name);
	}
	if (world_look(world, err) < 0)
		return -1;
	for (size_t i = 0; i < world->now.at.len; i++) {
		const struct table_state *now = world->now.at.at[i];
		struct table_change c = tables_compare(
			&worlds->base, &world->now, now->name);
		if (!c.moved)
			continue;
		strbuf_addf(&proof, "%s%s: %zu of %zu rows moved",
			    proof.len ? "; " : "", now->name, c.moved, c.of);
		world->bit = true;
	}
	if (!world->bit)
		strbuf_addstr(&proof, "no row moved");
	char before[SHA256_HEX], after[SHA256_HEX];
	if (plans_digest(&worlds->asked, worlds->conninfo, before, err) < 0 ||
	    set_plans(conn, true, err) < 0 ||
	    plans_digest(&worlds->asked, worlds->conninfo, after, err) < 0)
		return -1;
	strbuf_addstr(&proof, strcmp(before, after)
		      ? "; its queries are run by other plans"
		      : "; its queries are run by the same plans");
	world->proof = arena_strdup(arena, proof.buf);
	strbuf_release(&proof);
	return 0;
}

void undo_row_order(struct world *world)
{
	_cleanup_(sql_close) PGconn *conn = NULL;

	if (sql_connect(world->worlds->conninfo, &conn, NULL) == 0)
		set_plans(conn, false, NULL);
}

int apply_labels(struct world *world, const json_t *args,
		 struct error *err)
{
	struct worlds *worlds = world->worlds;
	_cleanup_(sql_close) PGconn *conn = NULL;
	const struct statement *unbounded;

	(void)args;
	if (sql_connect(worlds->conninfo, &conn, err) < 0)
		return -1;
	for (size_t i = 0; i < worlds->base.at.len; i++) {
		struct table_state *table = worlds->base.at.at[i];
		const char *column = worlds_label_column(worlds, table);
		if (column && world_reads(world, table->name, &unbounded) &&
		    table_shuffle_column(conn, &worlds->base, table,
					 table_column_find(table, column),
					 "bis", err) < 0)
			return error_context(err, "permuting the labels of %s",
					     table->name);
	}
	return 0;
}

/* The features that the training reads go to other users: every column of
 * those tables but keys, dates and labels, each by itself. */
int apply_features(struct world *world, const json_t *args, struct error *err)
{
	struct worlds *worlds = world->worlds;
	_cleanup_(sql_close) PGconn *conn = NULL;
	const struct statement *unbounded;

	(void)args;
	if (sql_connect(worlds->conninfo, &conn, err) < 0)
		return -1;
	for (size_t i = 0; i < worlds->base.at.len; i++) {
		struct table_state *table = worlds->base.at.at[i];
		if (worlds_label_column(worlds, table) ||
		    !world_reads(world, table->name, &unbounded))
			continue;
		for (size_t j = 0; j < table->columns.len; j++) {
			const struct table_column *c = &table->columns.at[j];
			if (c->key || c->is_time)
				continue;
			if (table_shuffle_column(conn, &worlds->base, table,
						 (int)j, c->name, err) < 0)
				return error_context(err, "permuting %s of %s",
						     c->name, table->name);
		}
	}
	return 0;
}

int apply_seed(struct world *world, const json_t *args,
	       struct error *err)
{
	struct runner *runner = world->worlds->runner;

	(void)err;
	if (!stack_action_takes(runner->options.stack, "train", "seed")) {
		world->check->verdict = VERDICT_NOT_APPLICABLE;
		world->check->actual =
			"this training has no knob for the seed";
		return 0;
	}
	json_object_set(world->with, "seed", json_object_get(args, "seed"));
	world->bit = true;
	world->proof = arena_printf(
		runner->options.arena, "seed %s was handed to the training",
		step_scalar(runner->options.arena,
			    json_object_get(args, "seed")));
	return 0;
}
