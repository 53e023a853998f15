#include "diagnose/change.h"

#include "diagnose/diagnose.h"
#include "diagnose/table_rewrite.h"
#include "step/sql.h"

#include <string.h>

static const struct key_spec later_keys[] = {
	{ .name = "as_of", .type = KEY_STRING, .required = true,
	  .doc = "The AS_OF of the month that is ingested later." },
	{ .name = "month", .type = KEY_STRING, .required = true,
	  .doc = "The month that is ingested later." },
	{ .name = "run", .type = KEY_STEP, .required = true,
	  .doc = "The id of the train step that is repeated." },
	{ 0 },
};
static const struct key_spec run_keys[] = {
	{ .name = "run", .type = KEY_STEP, .required = true,
	  .doc = "The id of the train step that is repeated." },
	{ 0 },
};
static const struct key_spec seed_keys[] = {
	{ .name = "run", .type = KEY_STEP, .required = true,
	  .doc = "The id of the train step that is repeated." },
	{ .name = "seed", .type = KEY_INTEGER, .required = true,
	  .doc = "The other seed." },
	{ 0 },
};

const struct step_syntax change_syntaxes[] = {
	{ "as-of", "Train at another AS_OF: the result must change.",
	  later_keys },
	{ "labels", "Permute the labels that the training is seen to read: "
	  "the result must change.", run_keys },
	{ "later-month", "Ingest the next month, train at the old AS_OF.",
	  later_keys },
	{ "row-order", "Rewrite the tables that the training reads in "
	  "another physical order.", run_keys },
	{ "seed", "Train with another seed, where there is a knob for it: "
	  "the result must change.", seed_keys },
};
const size_t change_count = ARRAY_SIZE(change_syntaxes);

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

static int apply_later_month(struct world *world, const json_t *args,
			     struct error *err)
{
	return ingest(world, args, err);
}

static int apply_as_of(struct world *world, const json_t *args,
		       struct error *err)
{
	json_object_set(world->with, "as_of", json_object_get(args, "as_of"));
	return ingest(world, args, err);
}

/* What the training asked the database gives other rows now. */
static void prove_matrix(struct world *world)
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
	world->bit = strcmp(world->replay.multiset,
			    worlds->replay.multiset) != 0;
	world->proof = world->bit
		? "the training's own queries give other rows"
		: "the training's own queries give the same rows";
}

static int apply_row_order(struct world *world, const json_t *args,
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
		if (table->row_count > 1 &&
		    world_reads(world, table->name, &unbounded) &&
		    table_permute(conn, &worlds->base, table, "bis", err) < 0)
			return -1;
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
	world->proof = world->bit ? arena_strdup(arena, proof.buf)
				  : "no row moved";
	strbuf_release(&proof);
	return 0;
}

/* The column that the scenario's `names: {label: [...]}` names, if the table
 * has one of them. */
const char *change_label_column(const struct worlds *worlds,
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

static int apply_labels(struct world *world, const json_t *args,
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
		const char *column = change_label_column(worlds, table);
		if (column && world_reads(world, table->name, &unbounded) &&
		    table_shuffle_column(conn, &worlds->base, table,
					 table_column_find(table, column),
					 "bis", err) < 0)
			return error_context(err, "permuting the labels of %s",
					     table->name);
	}
	return 0;
}

static int apply_seed(struct world *world, const json_t *args,
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

const struct change changes[] = {
	{ "as-of", true, apply_as_of, prove_matrix },
	{ "labels", true, apply_labels, prove_matrix },
	{ "later-month", false, apply_later_month, NULL },
	{ "row-order", false, apply_row_order, NULL },
	{ "seed", true, apply_seed, NULL },
};

const struct change *change_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++)
		if (!strcmp(changes[i].name, name))
			return &changes[i];
	return NULL;
}
