#include "diagnose/explain.h"

#include "base/path.h"
#include "diagnose/cause.h"
#include "diagnose/change.h"
#include "diagnose/table_rewrite.h"
#include "format/pickle_summary.h"
#include "step/sql.h"

#include <string.h>

static struct diagnosis *new_diagnosis(struct runner *runner,
				       const char *check, const char *cause,
				       const char *stage)
{
	struct diagnosis *diagnosis =
		arena_new(runner->options.arena, struct diagnosis);

	diagnosis->check = check;
	diagnosis->cause = cause;
	diagnosis->stage = arena_strdup(runner->options.arena, stage);
	diagnosis->confidence = CONFIDENCE_POSSIBLE;
	diagnosis->words = cause_find(cause)->words;
	*vec_push(&runner->options.result->diagnosis) = diagnosis;
	return diagnosis;
}

static void add_rows_changed(struct world *world, struct diagnosis *diagnosis,
			     const char *table)
{
	struct table_change c =
		tables_compare(&world->worlds->base, &world->now, table);

	*vec_push(&diagnosis->evidence) = (struct evidence){
		.kind = "rows-changed",
		.text = arena_printf(world->worlds->runner->options.arena,
				     "table %s: %zu of %zu rows changed since "
				     "the first training", table, c.changed,
				     c.of),
		.data = json_pack("{s:s,s:I,s:I}", "table", table,
				  "changed", (json_int_t)c.changed, "of",
				  (json_int_t)c.of),
	};
}

static void add_rows_moved(struct world *world, struct diagnosis *diagnosis,
			   const char *table)
{
	struct table_change c =
		tables_compare(&world->worlds->base, &world->now, table);

	*vec_push(&diagnosis->evidence) = (struct evidence){
		.kind = "rows-moved",
		.text = arena_printf(world->worlds->runner->options.arena,
				     "table %s: %zu of %zu rows moved", table,
				     c.moved, c.of),
		.data = json_pack("{s:s,s:I,s:I}", "table", table,
				  "moved", (json_int_t)c.moved, "of",
				  (json_int_t)c.of),
	};
}

static void add_statement(struct runner *runner, struct diagnosis *diagnosis,
			  const struct statement *statement, const char *kind,
			  const char *table)
{
	json_t *data = json_object();

	if (table)
		json_object_set_new(data, "table", json_string(table));
	if (statement->failure)
		json_object_set_new(data, "error",
				    json_string(statement->failure));
	*vec_push(&diagnosis->evidence) = (struct evidence){
		.kind = kind,
		.text = arena_strdup(runner->options.arena, statement->shown),
		.data = data,
	};
}

/* A swallowed error that makes the code fall back is evidence, too. */
static void add_failures(struct world *world, struct diagnosis *diagnosis)
{
	for (size_t i = 0; world->asked_known && i < world->asked.at.len; i++)
		if (world->asked.at.at[i]->failure)
			add_statement(world->worlds->runner, diagnosis,
				      world->asked.at.at[i],
				      "failed-statement", NULL);
}

/* A table that the training reads and whose rows moved. */
static bool has_moved(struct world *world, const char *table)
{
	const struct statement *unbounded;

	return world_reads(world, table, &unbounded) &&
	       tables_compare(&world->worlds->base, &world->now, table).moved;
}

/* In the state as it is: the order that the table's rows had before. */
static int restore_order(struct world *world, const char *table,
			 struct error *err)
{
	_cleanup_(sql_close) PGconn *conn = NULL;

	if (sql_connect(world->worlds->conninfo, &conn, err) < 0)
		return -1;
	return table_reorder(conn, &world->now, &world->worlds->base, table,
			     err);
}

/* The first statement that reads the table and asks for no order. */
static const struct statement *unordered_read(const struct world *world,
					      const char *table)
{
	const struct statements *asked = world->asked_known
		? &world->asked : &world->worlds->asked;

	for (size_t i = 0; i < asked->at.len; i++) {
		const struct statement *s = asked->at.at[i];
		if (s->failure || !s->reads_only || s->ordered)
			continue;
		for (size_t j = 0; j < s->reads.len; j++)
			if (!strcmp(s->reads.at[j].table, table))
				return s;
	}
	return NULL;
}

/* What the training reads without a bound on time and the change replaced. */
static bool is_suspect(struct world *world, const char *table,
		       const struct statement **ret_unbounded)
{
	if (!tables_find(&world->worlds->base, table) ||
	    !world_reads(world, table, ret_unbounded))
		return false;
	struct table_change c =
		tables_compare(&world->worlds->base, &world->now, table);
	if (!c.changed && !c.removed)
		return false;
	return *ret_unbounded || !world->asked_known;
}

static int put_suspects_back(struct world *world, struct error *err)
{
	struct worlds *worlds = world->worlds;
	_cleanup_(sql_close) PGconn *conn = NULL;
	const struct statement *unbounded;

	if (sql_connect(worlds->conninfo, &conn, err) < 0)
		return -1;
	for (size_t i = 0; i < world->now.at.len; i++) {
		const char *name = world->now.at.at[i]->name;
		if (is_suspect(world, name, &unbounded) &&
		    table_put_back(conn, tables_find(&worlds->base, name),
				   err) < 0)
			return -1;
	}
	return 0;
}

/* The diagnosis for rows that were replaced: which tables, whose statement. */
static struct diagnosis *name_suspects(struct world *world)
{
	struct worlds *worlds = world->worlds;
	struct runner *runner = worlds->runner;
	struct diagnosis *diagnosis = NULL;

	for (size_t i = 0; i < world->now.at.len; i++) {
		const struct table_state *now = world->now.at.at[i];
		const struct statement *unbounded = NULL;
		if (!is_suspect(world, now->name, &unbounded))
			continue;
		bool labels = change_label_column(worlds, now) != NULL;
		if (!diagnosis)
			diagnosis = new_diagnosis(
				runner, world->entry->id,
				labels ? "labels-not-versioned"
				       : "features-past-as-of",
				now->name);
		else if (!labels)
			diagnosis->cause = "features-past-as-of";
		if (unbounded)
			add_statement(runner, diagnosis, unbounded,
				      "statement", now->name);
		add_rows_changed(world, diagnosis, now->name);
	}
	if (diagnosis) {
		diagnosis->words = cause_find(diagnosis->cause)->words;
		add_failures(world, diagnosis);
	}
	return diagnosis;
}

static const char *suspect_names(struct world *world)
{
	struct strbuf sb = STRBUF_INIT(STRBUF_LINE);
	const struct statement *unbounded;

	for (size_t i = 0; i < world->now.at.len; i++) {
		const struct table_state *now = world->now.at.at[i];
		if (is_suspect(world, now->name, &unbounded))
			strbuf_addf(&sb, "%s%s", sb.len ? ", " : "",
				    now->name);
	}
	const char *names = arena_strdup(world->worlds->runner->options.arena,
					 sb.buf);
	strbuf_release(&sb);
	return names;
}

static const char *id_with(struct world *world, const char *suffix)
{
	return arena_printf(world->worlds->runner->options.arena, "%s.%s",
			    world->entry->id, suffix);
}

/* Once more with the later month in, and the earlier physical order. */
static int try_order(struct world *world, bool *ret_agrees, struct error *err)
{
	bool any = false;

	*ret_agrees = false;
	for (size_t i = 0; i < world->now.at.len; i++) {
		const struct table_state *now = world->now.at.at[i];
		if (!has_moved(world, now->name))
			continue;
		any = true;
		if (restore_order(world, now->name, err) < 0)
			return -1;
	}
	if (!any)
		return 0;
	return world_try(world->worlds, id_with(world, "order"), ret_agrees,
			 err);
}

static void name_order(struct world *world, const struct table_state *now)
{
	struct runner *runner = world->worlds->runner;
	struct arena *arena = runner->options.arena;
	struct diagnosis *diagnosis = new_diagnosis(
		runner, world->entry->id, "rows-unordered", "entity rows");
	const struct statement *statement =
		now ? unordered_read(world, now->name) : NULL;

	if (!now)
		return;
	if (statement)
		add_statement(runner, diagnosis, statement, "statement",
			      now->name);
	add_rows_moved(world, diagnosis, now->name);
	diagnosis->fix = (struct bilingual){
		arena_printf(arena, "the rows of %s put back in the order that "
			     "they had", now->name),
		arena_printf(arena, "les lignes de %s remises dans l'ordre "
			     "qu'elles avaient", now->name),
	};
	diagnosis->fix_tried = diagnosis->fix_worked = true;
	diagnosis->confidence = CONFIDENCE_CERTAIN;
}

/* The earlier order, one table after the other, those first that a statement
 * reads without asking for one: the table that makes the training agree
 * again is the one whose order mattered. */
static int find_unordered(struct world *world, bool with_statement,
			  const struct table_state **ret, struct error *err)
{
	bool agrees = false;

	for (size_t i = 0; i < world->now.at.len && !*ret; i++) {
		const struct table_state *now = world->now.at.at[i];
		bool has = unordered_read(world, now->name) != NULL;
		if (has != with_statement || !has_moved(world, now->name))
			continue;
		if (restore_order(world, now->name, err) < 0 ||
		    world_try(world->worlds,
			      id_with(world, now->name), &agrees, err) < 0)
			return -1;
		if (agrees)
			*ret = now;
	}
	return 0;
}

int explain_later_month(struct world *world, const json_t *args,
			bool *ret_order, struct error *err)
{
	struct worlds *worlds = world->worlds;
	struct arena *arena = worlds->runner->options.arena;
	bool worked = false;

	(void)args;
	if (try_order(world, ret_order, err) < 0)
		return -1;
	if (*ret_order)
		return 0; /* the rows' order is another entry's question */
	struct diagnosis *diagnosis = name_suspects(world);
	if (!diagnosis) {
		new_diagnosis(worlds->runner, world->entry->id, "unknown",
			      NULL);
		return 0;
	}
	if (put_suspects_back(world, err) < 0 ||
	    world_try(worlds, id_with(world, "fix"), &worked, err) < 0)
		return error_context(err, "trying the fix");
	const char *names = suspect_names(world);
	diagnosis->fix = (struct bilingual){
		arena_printf(arena, "the rows of %s as of %s put back, the "
			     "rest left as it was", names,
			     worlds->graded->as_of),
		arena_printf(arena, "les lignes de %s du %s remises, le reste "
			     "inchangé", names, worlds->graded->as_of),
	};
	diagnosis->fix_tried = true;
	diagnosis->fix_worked = worked;
	diagnosis->confidence = worked ? CONFIDENCE_CERTAIN
		: world->asked_known ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
	return 0;
}

int explain_row_order(struct world *world, struct error *err)
{
	const struct table_state *found = NULL;

	if (find_unordered(world, true, &found, err) < 0 ||
	    find_unordered(world, false, &found, err) < 0)
		return error_context(err, "trying the fix");
	name_order(world, found);
	return 0;
}

/* What the decoded model says of its own seed. */
static const json_t *model_seed(struct runner *runner,
				const struct train_record *run, json_t **owner)
{
	const char *path = NULL;

	*owner = NULL;
	for (size_t i = 0; i < run->artifacts.len; i++)
		if (!strcmp(path_basename(run->artifacts.at[i].path),
			    "model.pkl"))
			path = path_join(runner->options.arena, run->folder,
					 run->artifacts.at[i].path);
	if (!path || pickle_summary_file(path, owner, NULL) < 0)
		return NULL;
	return json_object_get(
		json_object_get(json_object_get(*owner, "estimator"),
				"params"), "random_state");
}

/* The two trainings that the comparison held side by side: the first two of
 * the graded ones. */
static size_t graded_runs(const struct result *result,
			  const struct train_record *ret[2])
{
	size_t count = 0;

	for (size_t i = 0; i < result->runs.len && count < 2; i++)
		if (!*result->runs.at[i]->world)
			ret[count++] = result->runs.at[i];
	return count;
}

/* A model that was fitted without a seed says None, or another number each
 * time; one that has its own seed and differs was given other rows. */
void explain_flaky(struct runner *runner, const struct check_result *check)
{
	const struct train_record *runs[2];
	json_t *left, *right;

	if (graded_runs(runner->options.result, runs) < 2)
		return;
	const json_t *a = model_seed(runner, runs[0], &left);
	const json_t *b = model_seed(runner, runs[1], &right);
	bool known = a && b;
	bool unseeded = known && (json_is_null(a) || !json_equal(
		(json_t *)(uintptr_t)a, (json_t *)(uintptr_t)b));
	struct diagnosis *diagnosis = new_diagnosis(
		runner, check->id, !known ? "flaky" : unseeded
		? "seed-missing-model" : "seed-missing-split",
		!known ? NULL : unseeded ? "model" : "matrix");
	if (known) {
		struct arena *arena = runner->options.arena;
		diagnosis->confidence = unseeded ? CONFIDENCE_LIKELY
						 : CONFIDENCE_POSSIBLE;
		*vec_push(&diagnosis->evidence) = (struct evidence){
			.kind = "parameter",
			.text = arena_printf(
				arena, "random_state of the fitted models: "
				"%s, %s", json_is_null(a) ? "None"
				: step_scalar(arena, a), json_is_null(b)
				? "None" : step_scalar(arena, b)),
		};
	}
	json_decref(left);
	json_decref(right);
}

void explain_unmoved(struct runner *runner, const char *check_id, int count,
		     bool model_moved)
{
	struct diagnosis *diagnosis = new_diagnosis(
		runner, check_id,
		model_moved ? "metrics-not-from-model" : "hard-coded",
		"metrics");

	diagnosis->confidence = CONFIDENCE_LIKELY;
	*vec_push(&diagnosis->evidence) = (struct evidence){
		.kind = "unmoved",
		.text = arena_printf(
			runner->options.arena,
			"%d times the training's data were shown to change "
			"and the logged metrics stayed the same to the last "
			"bit%s", count, model_moved
			? ", while the model changed" : ""),
	};
}
