#include "diagnose/entry.h"

#include "base/language.h"
#include "diagnose/change.h"
#include "diagnose/evidence.h"
#include "diagnose/explain.h"
#include "scenario/interpolate.h"

#include <string.h>

struct check_result *entry_check(struct runner *runner,
				 struct exercise_result *exercise,
				 const struct perturb *entry)
{
	struct check_result *check =
		runner_check(runner, exercise, entry->id, "perturb");
	struct arena *arena = runner->options.arena;

	check->title = entry->title;
	check->why = entry->why;
	check->hint = entry->hint;
	check->asked = entry->asked;
	check->given_points = entry->points;
	if (entry->at.file)
		check->where = arena_printf(arena, "%s:%d", entry->at.file,
					    entry->at.line);
	return check;
}

/* The change is in: trains, and compares with what was graded. */
static int train_in(struct world *world, struct error *err)
{
	struct worlds *worlds = world->worlds;
	const struct trial trial = {
		.id = world->entry->id, .purpose = "change",
		.with = world->with, .surroundings = &world->surroundings,
	};

	if (world_train(worlds, &trial, &world->asked, &world->asked_known,
			&world->run, &world->outcome, err) < 0)
		return -1;
	if (world->outcome.by_hand)
		strbuf_addf(&world->commands, "%s\n", world->outcome.by_hand);
	if (!world->run)
		return 0;
	if (world_digest(world, err) < 0)
		return -1;
	return world_compare(worlds, worlds->graded, world->run,
			     &world->comparison, err);
}

static int judge_staying(struct world *world, const struct change *change,
			 struct error *err)
{
	struct check_result *check = world->check;
	const struct runner_options *options =
		&world->worlds->runner->options;

	check->expected = WORDS("the same AS_OF gives the same answer");
	if (!world->bit) {
		check->verdict = VERDICT_INCONCLUSIVE;
		check->actual = arena_printf(
			options->arena,
				WORDS("the change did not take effect: %s"),
			world->proof);
		return 0;
	}
	check->verdict = world->comparison.agree ? VERDICT_PASSED
						 : VERDICT_FAILED;
	if (world->comparison.agree)
		return 0;
	check->actual = world->comparison.brief;
	if (options->diagnose == DIAGNOSE_NEVER)
		return 0;
	/* The causes are looked for in the data as well. */
	if (!world->now_known && world_look(world, err) < 0)
		return -1;
	return change->explain(world, err);
}

/* Why the metrics cannot have moved, whatever the data, or NULL: then they say
 * nothing about where they came from. */
static const char *why_metrics_stay(const json_t *metrics)
{
	const char *name;
	json_t *value;
	size_t perfect = 0;

	json_object_foreach((json_t *)(uintptr_t)metrics, name, value)
		perfect += json_number_value(value) == 1;
	if (!json_object_size(metrics))
		return WORDS("the model changed; no metric was logged");
	return perfect < 2 ? NULL : WORDS("the model changed; its metrics are "
		"perfect before and after, and could not");
}

static void judge_mattering(struct world *world, struct unmoved *unmoved)
{
	struct check_result *check = world->check;
	bool metrics_moved = !world->comparison.metrics_equal;
	bool model_moved = !world->comparison.has_model ||
			   !world->comparison.model_equal;

	check->expected = WORDS("another model, and other metrics");
	if (!world->bit) {
		check->verdict = VERDICT_INCONCLUSIVE;
		check->actual = arena_printf(
			world->worlds->runner->options.arena,
			WORDS("the change did not take effect: "
			      "%s"), world->proof);
		return;
	}
	check->verdict = metrics_moved && model_moved ? VERDICT_PASSED
						      : VERDICT_FAILED;
	if (check->verdict == VERDICT_PASSED)
		return;
	const char *stay = why_metrics_stay(world->worlds->graded->metrics);
	if (model_moved && stay) {
		check->verdict = VERDICT_PASSED;
		check->note = stay;
		return;
	}
	check->actual = arena_printf(
		world->worlds->runner->options.arena,
		WORDS("%s, though %s"), !metrics_moved && !model_moved
		? WORDS("the model and every metric stayed the same")
		: !metrics_moved ?
			WORDS("every logged metric stayed the same to the "
		  "last bit") :
			WORDS("the model stayed the same"), world->proof);
	if (!metrics_moved && strcmp(world->entry->change, "seed")) {
		unmoved->count++;
		unmoved->model_moved |= model_moved;
		if (!unmoved->check)
			unmoved->check = check->id;
	}
}

static void add_values(struct world *world)
{
	struct check_result *check = world->check;
	const struct train_record *graded = world->worlds->graded;

	if (!world->run)
		return;
	check->value = json_pack(
		"{s:b,s:s,s:s*,s:s*,s:O,s:O*}", "bit", (int)world->bit,
		"proof", world->proof ? world->proof : "", "rung",
		world->comparison.rung, "first_difference",
		world->comparison.first_difference, "before", graded->metrics,
		"after", world->run ? world->run->metrics : NULL);
}

/* Steps that the entry wants taken in this world: by hand, too, they come
 * after what made it, and no later world knows of them. */
static int take_steps(struct world *world, struct exercise_result *exercise,
		      struct error *err)
{
	struct runner *runner = world->worlds->runner;
	size_t graded = runner->state_commands.len;

	if (!world->entry->steps.len)
		return 0;
	if (stack_wake(runner->options.stack, err) < 0)
		return -1;
	strbuf_addstr(&runner->state_commands, world->commands.buf);

	if (world->run && world->outcome.value)
		json_object_set(runner->context.values, "world",
				world->outcome.value);
	for (size_t i = 0; i < world->entry->steps.len; i++) {
		const struct check_result *check = runner_step(
			runner, exercise, world->entry->steps.at[i]);
		if (check)
			world_digest_answers(&world->stages, check);
	}
	json_object_del(runner->context.values, "world");
	strbuf_setlen(&runner->state_commands, graded);
	return 0;
}

/* The training itself ended badly in this world: why is asked as of any other
 * difference, where the change did take effect. */
static int judge_failed(struct world *world, const struct change *change,
			struct error *err)
{
	struct check_result *check = world->check;
	bool wanted = world->worlds->runner->options.diagnose !=
		      DIAGNOSE_NEVER;

	check->verdict = VERDICT_FAILED;
	check->actual = world->outcome.actual;
	check->log_tail = world->outcome.log_tail;
	check->expected = world->outcome.expected;
	if (change->must_matter || !world->bit || !wanted ||
	    world->outcome.no_answer)
		return 0;
	return change->explain(world, err);
}

static int judge(struct world *world, const struct change *change,
		 struct unmoved *unmoved, struct error *err)
{
	if (!world->run)
		return judge_failed(world, change, err);
	add_values(world);
	if (change->must_matter) {
		judge_mattering(world, unmoved);
		return 0;
	}
	return judge_staying(world, change, err);
}

/* A row for the change, or for each of several at once. */
static void add_rows(struct world *world)
{
	struct result *result = world->worlds->runner->options.result;
	const struct stages *control = &world->worlds->stages;
	bool parted = world->run && !world->comparison.agree;
	const char *stage = parted ? explain_stage(world) : NULL;

	for (size_t i = 0; i < world->parts.len; i++) {
		struct matrix_row *row = vec_push(&result->matrix);
		*row = world->parts.at[i];
		row->rung = row->bit ? world->comparison.rung : NULL;
		row->stage = row->bit ? stage : NULL;
	}
	if (!world->parts.len)
		*vec_push(&result->matrix) = (struct matrix_row){
			.perturbation = world->entry->id, .bit = world->bit,
			.proof = world->proof, .rung = world->comparison.rung,
			.stage = stage,
			.stages = stages_json(control, &world->stages),
		};
}

static int change_and_train(struct world *world, const struct change *change,
			    struct exercise_result *exercise,
			    struct unmoved *unmoved, struct error *err)
{
	/* The check is open (passed) until the change or the training says
	 * otherwise. */
	if (world->check->verdict != VERDICT_PASSED)
		return 0;
	if (train_in(world, err) < 0)
		return -1;
	if (change->prove && world->run)
		change->prove(world);
	/* Before the fix is tried, in the world as it is. */
	if (take_steps(world, exercise, err) < 0)
		return -1;
	add_rows(world);
	return judge(world, change, unmoved, err);
}

static int execute(struct world *world, struct exercise_result *exercise,
		   struct unmoved *unmoved, struct error *err)
{
	struct worlds *worlds = world->worlds;
	const struct change *change = change_find(world->entry->change);
	json_t *args = NULL;
	int rc = interpolate_tree(world->entry->args,
				  worlds->runner->context.values, &args, err);

	if (rc == 0 && !change->elsewhere)
		rc = world_restore(worlds, err);
	if (rc == 0)
		rc = change->apply(world, args, err);
	if (rc == 0 && !world->now_known && !change->spares_data)
		rc = world_look(world, err);
	if (rc == 0)
		rc = change_and_train(world, change, exercise, unmoved, err);
	if (change->undo)
		change->undo(world);
	json_decref(args);
	return rc;
}

void entry_try(struct worlds *worlds, const struct perturb *entry,
	       struct exercise_result *exercise, struct unmoved *unmoved)
{
	struct runner *runner = worlds->runner;
	struct world world = { .worlds = worlds, .entry = entry,
			       .commands = STRBUF_INIT(STRBUF_TEXT) };
	struct error err = ERROR_INIT;

	world.check = entry_check(runner, exercise, entry);
	world.with = json_deep_copy(worlds->with);
	runner->context.world = entry->id;
	if (!runner_needs(runner, entry->needs.at, entry->needs.len,
			  world.check))
		;
	else if (!worlds->control_agrees) {
		world.check->verdict = VERDICT_INCONCLUSIVE;
		world.check->actual =
			WORDS("the training does not give the same "
				      "even where nothing was changed");
	} else if (execute(&world, exercise, unmoved, &err) < 0) {
		world.check->verdict = VERDICT_ERROR;
		world.check->actual = arena_strdup(runner->options.arena,
						   err.message);
	}
	strbuf_rtrim(&world.commands);
	world.check->by_hand =
		arena_printf(runner->options.arena, "%s%s",
			     world.from_nothing ? ""
						: runner->state_commands.buf,
			     world.commands.buf);
	runner_settle(runner, world.check);
	runner->context.world = "";
	world_release(&world);
}
