/* A second stack from nothing gave another result: by what was ingested into
 * it, by what it gives a training otherwise, or by something unseen. */
#include "diagnose/fresh_stack.h"

#include "base/language.h"
#include "diagnose/change.h"
#include "diagnose/evidence.h"
#include "diagnose/explain.h"
#include "diagnose/table_rewrite.h"
#include "step/sql.h"

#include <string.h>

/* What a training can be given as the first stack gives it. `value` is read
 * back by the stack file's action `environment`. */
static const struct {
	const char *value, *variable, *en, *fr;
} held[] = {
	{ "home", "HOME", "home folder", "dossier personnel" },
	{ "host", "HOSTNAME", "host name", "nom d'hôte" },
	{ "tmp", "TMPDIR", "temporary folder", "dossier temporaire" },
};

static struct diagnosis *name(struct world *world, const char *cause,
			      struct bilingual fix, bool worked)
{
	struct diagnosis *diagnosis =
		diagnosis_new(world->worlds->runner, world->entry->id, cause,
			      explain_stage(world));

	diagnosis->fix = fix;
	diagnosis->fix_tried = true;
	diagnosis->fix_worked = worked;
	diagnosis->confidence = worked ? CONFIDENCE_CERTAIN
				       : CONFIDENCE_LIKELY;
	return diagnosis;
}

static int try_again(struct world *world, const char *suffix,
		     const char *purpose, const struct surroundings *given,
		     const struct train_record *other, bool *ret_agrees,
		     struct error *err)
{
	const struct trial trial = {
		.id = arena_printf(world->worlds->runner->options.arena,
				   "%s.%s", world->entry->id, suffix),
		.purpose = purpose, .with = world->worlds->with,
		.surroundings = given,
	};

	return world_try(world->worlds, &trial, other, ret_agrees, NULL, err);
}

/* The tables that the training reads and that hold something else, or in
 * another order. */
static bool is_other(struct world *world, const struct table_state *now,
		     struct table_change *ret)
{
	const struct statement *unbounded;

	*ret = tables_compare(&world->worlds->base, &world->now, now->name);
	return tables_find(&world->worlds->base, now->name) &&
	       world_reads(world, now->name, &unbounded) &&
	       (ret->changed || ret->added || ret->removed || ret->moved);
}

static int put_rows(struct world *world, bool *ret_any, bool *ret_contents,
		    struct error *err)
{
	PGconn *conn = NULL;
	struct table_change c;
	int rc = sql_session_ask(&world->worlds->session, &conn, err);

	for (size_t i = 0; i < world->now.at.len && rc == 0; i++) {
		const struct table_state *now = world->now.at.at[i];
		if (!is_other(world, now, &c))
			continue;
		*ret_any = true;
		*ret_contents |= c.changed || c.added || c.removed;
		rc = table_put_back(conn, tables_find(&world->worlds->base,
						      now->name), err);
	}
	return rc;
}

/* What the same ingestion wrote otherwise. */
static int try_rows(struct world *world, bool *ret_named, struct error *err)
{
	bool any = false, contents = false;
	struct table_change c;

	if (put_rows(world, &any, &contents, err) < 0 || !any)
		return any ? -1 : 0;
	if (try_again(world, "rows", "fix", NULL, NULL, ret_named, err) < 0 ||
	    !*ret_named)
		return 0;
	struct diagnosis *diagnosis = name(
		world, contents ? "flaky" : "rows-unordered",
		(struct bilingual){
			"the same training in the second stack, on the rows "
			"of the first in their order",
			"le même entraînement dans la seconde pile, sur les "
			"lignes de la première dans leur ordre" }, true);
	for (size_t i = 0; i < world->now.at.len; i++) {
		const struct table_state *now = world->now.at.at[i];
		if (!is_other(world, now, &c))
			continue;
		if (c.changed || c.added || c.removed)
			evidence_rows_changed(world, diagnosis, now->name);
		else
			evidence_rows_moved(world, diagnosis, now->name);
	}
	return 0;
}

/* Whether both stacks say it, and not the same. */
static bool reads_otherwise(struct world *world, const json_t *first,
			    const char *value)
{
	const json_t *second = worlds_readback(world->worlds)->control;
	const char *was = step_text(first, value);
	const char *is = step_text(second, value);

	return was && is && strcmp(was, is) != 0;
}

/* "packages, host": what differs, by name; the values are others each time,
 * and no text for a report. */
static void note_differences(struct world *world, const json_t *first,
			     struct diagnosis *diagnosis)
{
	struct strbuf list = STRBUF_INIT(STRBUF_LINE);
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)first, key, value)
		if (strcmp(key, "now") && reads_otherwise(world, first, key))
			strbuf_addf(&list, "%s%s", list.len ? ", " : "", key);
	evidence_note(world->worlds->runner, diagnosis, "environment",
		      arena_printf(world->worlds->runner->options.arena,
				   WORDS("read back in both stacks, and not "
				         "the "
				   "same: "
				   "%s"), list.len ? list.buf : "nothing"));
	strbuf_release(&list);
}

/* Adds the variable, as the first stack has it, where it differs. */
static bool hold(struct world *world, const json_t *first, size_t i,
		 struct surroundings *into)
{
	if (!reads_otherwise(world, first, held[i].value))
		return false;
	*vec_push(&into->env) = arena_printf(
		world->worlds->runner->options.arena, "%s=%s",
		held[i].variable, step_text(first, held[i].value));
	return true;
}

/* All that can be held at once; if that explains it, one after the other. */
static int try_held(struct world *world, const json_t *first, bool *ret_named,
		    struct error *err)
{
	struct arena *arena = world->worlds->runner->options.arena;
	struct surroundings all = { .one_cpu = false };
	bool any = false, agrees = false;
	int rc = 0;

	for (size_t i = 0; i < ARRAY_SIZE(held); i++)
		any |= hold(world, first, i, &all);
	if (any)
		rc = try_again(world, "held", "search", &all, NULL, &agrees,
			       err);
	surroundings_release(&all);
	for (size_t i = 0; rc == 0 && agrees && i < ARRAY_SIZE(held); i++) {
		struct surroundings one = { .one_cpu = false };
		bool alone = false;
		if (hold(world, first, i, &one))
			rc = try_again(world, held[i].value, "fix", &one,
				       NULL, &alone, err);
		surroundings_release(&one);
		if (rc < 0 || !alone)
			continue;
		note_differences(world, first, name(
			world, "environment-drift", (struct bilingual){
			arena_printf(arena, "the same training in the second "
				     "stack, with the %s of the first",
				     held[i].en),
			arena_printf(arena, "le même entraînement dans la "
				     "seconde pile, avec le %s de la première",
				     held[i].fr) }, true));
		*ret_named = true;
	}
	return rc;
}

/* Nothing that can be held explains it: does the second stack agree with
 * itself? */
static int name_unseen(struct world *world, const json_t *first,
		       struct error *err)
{
	bool agrees = false;

	if (world->run && try_again(world, "again", "search", NULL, world->run,
				    &agrees, err) < 0)
		return -1;
	if (!world->run) {
		diagnosis_new(world->worlds->runner, world->entry->id,
			      "unknown", NULL);
		return 0;
	}
	if (!agrees) {
		diagnosis_new(world->worlds->runner, world->entry->id, "flaky",
			      explain_stage(world));
		return 0;
	}
	struct diagnosis *diagnosis = diagnosis_new(
		world->worlds->runner, world->entry->id, "environment-drift",
		explain_stage(world));
	diagnosis->confidence = CONFIDENCE_LIKELY;
	evidence_note(world->worlds->runner, diagnosis, "search",
		      WORDS("trained twice in each of the two stacks: the "
		            "same in "
		      "either, another in the other"));
	note_differences(world, first, diagnosis);
	return 0;
}

int explain_kept(struct worlds *worlds, const char *check, const char *run,
		 bool *ret_named, struct error *err)
{
	struct runner *runner = worlds->runner;
	const struct perturb entry = {
		.id = arena_printf(runner->options.arena, "%s.kept", check),
	};
	struct check_result steps = { .verdict = VERDICT_PASSED };
	struct world world = { .worlds = worlds, .entry = &entry,
			       .check = &steps,
			       .commands = STRBUF_INIT(STRBUF_TEXT) };
	json_t *args = json_pack("{s:s}", "run", run);
	bool agrees = true;
	int rc = apply_fresh_stack(&world, args, err);

	if (rc == 0 && steps.verdict == VERDICT_PASSED)
		rc = apply_labels(&world, args, err);
	if (rc == 0 && steps.verdict == VERDICT_PASSED)
		rc = try_again(&world, "first", "search", NULL, NULL, &agrees,
			       err);
	undo_fresh_stack(&world);
	world_release(&world);
	json_decref(args);
	*ret_named = rc == 0 && !agrees;
	if (!*ret_named)
		return rc;
	struct diagnosis *diagnosis =
		diagnosis_new(runner, check, "state-kept", "metrics");
	diagnosis->fix = (struct bilingual){
		"the same change of labels in a second stack, where nothing "
		"had been trained before: there the result changes",
		"le même changement d'étiquettes dans une seconde pile, où "
		"rien n'avait été entraîné : là, le résultat change" };
	diagnosis->fix_tried = diagnosis->fix_worked = true;
	diagnosis->confidence = CONFIDENCE_CERTAIN;
	return 0;
}

int explain_fresh_stack(struct world *world, struct error *err)
{
	bool named = false;

	if (try_rows(world, &named, err) < 0)
		return -1;
	const json_t *first = fresh_stack_first_environment(world);
	if (!named && try_held(world, first, &named, err) < 0)
		return -1;
	return named ? 0 : name_unseen(world, first, err);
}
