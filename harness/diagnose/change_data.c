/* Changes of what the training reads, and of what it is asked for. */
#include "diagnose/change.h"

#include "base/alloc.h"
#include "base/language.h"
#include "diagnose/table_rewrite.h"
#include "step/sql.h"

#include <string.h>

/* Where the next part of a list is written. */
static struct strbuf *part(struct strbuf *sb)
{
	if (sb->len)
		strbuf_addstr(sb, "; ");
	return sb;
}

/* "labels: 758 of 2000 rows changed; labels_snapshots: 2000 rows added" */
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
		if (c.changed)
			strbuf_addf(part(&sb), WORDS("%s: %zu of %zu rows "
						     "changed"),
				    now->name, c.changed, c.of);
		if (c.added)
			strbuf_addf(part(&sb), WORDS("%s: %zu rows added"),
				    now->name, c.added);
		if (c.removed)
			strbuf_addf(part(&sb), WORDS("%s: %zu rows removed"),
				    now->name, c.removed);
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
	sql_session_end(&world->worlds->session);
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
		world->check->actual =
			WORDS("the later month was not taken in");
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
		world->proof = WORDS("the ingestion changed no row");
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
			WORDS("what the training reads is not known%s%s"),
			worlds->statements_why ? ": " : "",
			worlds->statements_why ? worlds->statements_why : "");
		return;
	}
	world->bit = strcmp(world->replay.matrix.multiset,
			    worlds->replay.matrix.multiset) != 0;
	world->proof = world->bit
		? WORDS("the training's own queries give other rows")
		: WORDS("the training's own queries give the same rows");
	/* Of queries that can't be asked again (of a temporary table) it shows
	 * in what comes of them: nothing else was changed. */
	if (world->bit || world->comparison.metrics_equal ||
	    (world->comparison.has_model && world->comparison.model_equal))
		return;
	world->bit = true;
	world->proof = WORDS("the training's own queries can't all be asked "
			     "again; its result is another");
}

/* Little memory for sorts and joins, neither hash joins nor indexes, and each
 * scan in a parallel worker: for new sessions of this database, until taken
 * back. One worker, and the leader takes no part: several return rows in
 * another order each time, and a report must not. *ret_sql (or NULL): what was
 * done. */
static int set_plans(PGconn *conn, bool on, struct strbuf *ret_sql,
		     struct error *err)
{
	static const char *const settings[][2] = {
		{ "work_mem", "64kB" },
		{ "enable_hashjoin", "off" },
		{ "enable_hashagg", "off" },
		{ "enable_indexscan", "off" },
		{ "enable_indexonlyscan", "off" },
		{ "enable_bitmapscan", "off" },
		{ "max_parallel_workers_per_gather", "1" },
		{ "parallel_leader_participation", "off" },
		{ "parallel_setup_cost", "0" },
		{ "parallel_tuple_cost", "0" },
		{ "min_parallel_table_scan_size", "0" },
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
		if (ret_sql)
			strbuf_addf(ret_sql, "%s%s", i ? "; " : "", sql.buf);
		strbuf_release(&sql);
	}
	PQfreemem(quoted);
	return rc;
}

/* By hand, through psql. */
static void add_sql(struct world *world, const char *sql)
{
	struct runner *runner = world->worlds->runner;

	strbuf_addf(&world->commands, "%s -c %s\n",
		    stack_by_hand(runner->options.stack, "database"),
		    step_shell_quote(runner->options.arena, sql));
}

/* An order of PostgreSQL's own making does as well. */
static void add_permutation(struct world *world, const char *table)
{
	add_sql(world, arena_printf(
		world->worlds->runner->options.arena, "BEGIN; CREATE TEMP TABLE bis_rows AS "
		"TABLE %s; DELETE FROM %s; INSERT INTO %s SELECT * FROM "
		"bis_rows AS t ORDER BY md5(t::text); COMMIT", table, table,
		table));
}

int apply_row_order(struct world *world, const json_t *args,
		    struct error *err)
{
	struct worlds *worlds = world->worlds;
	struct arena *arena = worlds->runner->options.arena;
	PGconn *conn;
	_cleanup_(strbuf_release) struct strbuf sql = STRBUF_INIT(STRBUF_TEXT);
	struct strbuf proof = STRBUF_INIT(STRBUF_LINE);
	const struct statement *unbounded;

	(void)args;
	if (sql_session_ask(&worlds->session, &conn, err) < 0)
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
		strbuf_addf(part(&proof), WORDS("%s: %zu of %zu rows moved"),
			    now->name, c.moved, c.of);
		world->bit = true;
	}
	if (!world->bit)
		strbuf_addstr(&proof, WORDS("no row moved"));
	struct plans before, after;
	const char *conninfo = worlds->session.conninfo;
	if (plans_look(&worlds->asked, conninfo, &before, err) < 0 ||
	    set_plans(conn, true, &sql, err) < 0 ||
	    plans_look(&worlds->asked, conninfo, &after, err) < 0)
		return -1;
	sql_session_end(&worlds->session);
	add_sql(world, sql.buf);
	strbuf_addf(part(&proof), strcmp(before.digest, after.digest)
		    ? WORDS("its queries are run by other plans, %zu of %zu "
			    "in a parallel worker")
		    : WORDS("its queries are run by the same plans, %zu of "
			    "%zu in a parallel worker"),
		    after.parallel, after.count);
	world->proof = arena_strdup(arena, proof.buf);
	strbuf_release(&proof);
	return 0;
}

void undo_row_order(struct world *world)
{
	struct sql_session *session = &world->worlds->session;
	PGconn *conn;

	if (sql_session_ask(session, &conn, NULL) == 0)
		set_plans(conn, false, NULL, NULL);
	sql_session_end(session);
}

/* Whether a column of a table goes to other rows. */
typedef bool choose_column(const struct worlds *worlds,
			   const struct table_state *table,
			   const struct table_column *column);

static bool is_label(const struct worlds *worlds,
		     const struct table_state *table,
		     const struct table_column *column)
{
	const char *label = worlds_label_column(worlds, table);

	return label && !strcmp(label, column->name);
}

/* What tells rows of the labels apart, but for dates: "user_id". A table of
 * something else (a registry of feature views) has no features. */
static bool has_entity(const struct worlds *worlds,
		       const struct table_state *table)
{
	for (size_t i = 0; i < worlds->base.at.len; i++) {
		const struct table_state *labels = worlds->base.at.at[i];
		if (!worlds_label_column(worlds, labels))
			continue;
		for (size_t j = 0; j < labels->columns.len; j++) {
			const struct table_column *c = &labels->columns.at[j];
			if (c->key && !c->is_time)
				return table_column_find(table, c->name) >= 0;
		}
	}
	return true;
}

static bool is_feature(const struct worlds *worlds,
		       const struct table_state *table,
		       const struct table_column *column)
{
	return !worlds_label_column(worlds, table) && !column->key &&
	       !column->is_time && has_entity(worlds, table);
}

/* In every table that the training reads. */
static int deal_out(struct world *world, choose_column *choose,
		    struct error *err)
{
	struct worlds *worlds = world->worlds;
	PGconn *conn = NULL;
	const struct statement *unbounded;
	int rc = sql_session_ask(&worlds->session, &conn, err);

	for (size_t i = 0; i < worlds->base.at.len && rc == 0; i++) {
		struct table_state *table = worlds->base.at.at[i];
		bool *chosen = xcalloc(table->columns.len + 1,
				       sizeof(*chosen));
		bool any = false;
		for (size_t j = 0; j < table->columns.len; j++)
			any |= chosen[j] = choose(worlds, table,
						  &table->columns.at[j]);
		if (any && world_reads(world, table->name, &unbounded) &&
		    table_shuffle(conn, &worlds->base, table, chosen, "bis",
				  err) < 0)
			rc = error_context(err, "permuting columns of %s",
					   table->name);
		free(chosen);
	}
	return rc;
}

int apply_labels(struct world *world, const json_t *args, struct error *err)
{
	(void)args;
	return deal_out(world, is_label, err);
}

int apply_features(struct world *world, const json_t *args, struct error *err)
{
	(void)args;
	return deal_out(world, is_feature, err);
}

int apply_seed(struct world *world, const json_t *args,
	       struct error *err)
{
	struct runner *runner = world->worlds->runner;

	(void)err;
	if (!stack_action_takes(runner->options.stack, "train", "seed")) {
		world->check->verdict = VERDICT_NOT_APPLICABLE;
		world->check->actual =
			WORDS("this training has no knob for the seed");
		return 0;
	}
	json_object_set(world->with, "seed", json_object_get(args, "seed"));
	world->bit = true;
	world->proof = arena_printf(
		runner->options.arena,
			WORDS("seed %s was handed to the training"),
		step_scalar(runner->options.arena,
			    json_object_get(args, "seed")));
	return 0;
}
