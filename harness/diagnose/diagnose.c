#include "diagnose/diagnose.h"

#include "base/interrupt.h"
#include "diagnose/change.h"
#include "diagnose/explain.h"
#include "scenario/interpolate.h"

#include <string.h>

/* What the entries that must matter came to, together. */
struct unmoved {
	int count; /* matrix shown to change, metrics did not */
	bool model_moved;
	const char *check;
};

static const struct step *find_step(const struct scenario *scenario,
				    const char *id)
{
	for (size_t i = 0; i < scenario->exercises.len; i++) {
		const struct exercise *exercise = scenario->exercises.at[i];
		for (size_t j = 0; j < exercise->steps.len; j++)
			if (!strcmp(exercise->steps.at[j]->id, id))
				return exercise->steps.at[j];
	}
	return NULL;
}

/* With --only: the entry itself, or a step that it takes in its world. */
static bool is_wanted(const struct runner *runner,
		      const struct perturb *entry)
{
	for (size_t i = 0; i < entry->steps.len; i++)
		if (!runner_skips(runner, entry->steps.at[i]->id))
			return true;
	return !runner_skips(runner, entry->id);
}

static void add_matrix_row(struct runner *runner, const char *name, bool bit,
			   const char *proof, const char *rung)
{
	*vec_push(&runner->options.result->matrix) =
		(struct matrix_row){ name, bit, proof, rung };
}

static struct check_result *new_check(struct runner *runner,
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
	check->where = arena_printf(arena, "%s:%d", entry->at.file,
				    entry->at.line);
	return check;
}

/* The change is in: trains, and compares with what was graded. */
static int train_in(struct world *world, struct error *err)
{
	struct worlds *worlds = world->worlds;

	if (world_train(worlds, world->entry->id, world->with, &world->asked,
			&world->asked_known, &world->run, &world->outcome,
			err) < 0)
		return -1;
	if (world->outcome.by_hand)
		strbuf_addf(&world->commands, "%s\n", world->outcome.by_hand);
	if (!world->run)
		return 0;
	if (world->asked_known &&
	    statements_replay(&world->asked, worlds->conninfo, &world->replay,
			      err) < 0)
		return -1;
	return compare_runs(&worlds->runner->context, worlds->graded,
			    world->run,
			    json_object_get(worlds->runner->options.scenario
						    ->names, "volatile"),
			    &world->comparison, err);
}

static int judge_staying(struct world *world, const json_t *args,
			 struct error *err)
{
	struct check_result *check = world->check;
	bool order = false;

	check->expected = "the same AS_OF gives the same answer";
	if (world->comparison.agree) {
		check->verdict = world->bit ? VERDICT_PASSED
					    : VERDICT_INCONCLUSIVE;
		if (!world->bit)
			check->actual = arena_printf(
				world->worlds->runner->options.arena,
				"the change did not take effect: %s",
				world->proof);
		return 0;
	}
	check->verdict = VERDICT_FAILED;
	check->actual = world->comparison.brief;
	if (!strcmp(world->entry->change, "row-order"))
		return explain_row_order(world, err);
	if (explain_later_month(world, args, &order, err) < 0)
		return -1;
	if (order) {
		check->verdict = VERDICT_PASSED;
		check->note = "it differs only because the ingestion moved "
			      "rows that nothing orders (see row-order); with "
			      "the rows in their earlier order the answer is "
			      "the same";
	}
	return 0;
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
		return "the model changed; no metric was logged";
	return perfect < 2 ? NULL : "the model changed; its metrics are "
		"perfect before and after, and could not";
}

static void judge_mattering(struct world *world, struct unmoved *unmoved)
{
	struct check_result *check = world->check;
	bool metrics_moved = !world->comparison.metrics_equal;
	bool model_moved = !world->comparison.has_model ||
			   !world->comparison.model_equal;

	check->expected = "another model, and other metrics";
	if (!world->bit) {
		check->verdict = VERDICT_INCONCLUSIVE;
		check->actual = arena_printf(
			world->worlds->runner->options.arena,
			"the change did not take effect: %s", world->proof);
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
		"%s, though %s", !metrics_moved && !model_moved
		? "the model and every metric stayed the same"
		: !metrics_moved ? "every logged metric stayed the same to the "
		  "last bit" : "the model stayed the same", world->proof);
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

	check->value = json_pack(
		"{s:b,s:s,s:s*,s:s*,s:O,s:O*}", "bit", (int)world->bit,
		"proof", world->proof ? world->proof : "", "rung",
		world->comparison.rung, "first_difference",
		world->comparison.first_difference, "before", graded->metrics,
		"after", world->run ? world->run->metrics : NULL);
}

/* Steps that the entry wants taken in this world: by hand, too, they come
 * after what made it, and no later world knows of them. */
static void take_steps(struct world *world, struct exercise_result *exercise)
{
	struct runner *runner = world->worlds->runner;
	size_t graded = runner->state_commands.len;

	strbuf_addstr(&runner->state_commands, world->commands.buf);

	if (world->run && world->outcome.value)
		json_object_set(runner->context.values, "world",
				world->outcome.value);
	for (size_t i = 0; i < world->entry->steps.len; i++)
		runner_step(runner, exercise, world->entry->steps.at[i]);
	json_object_del(runner->context.values, "world");
	strbuf_setlen(&runner->state_commands, graded);
}

static int judge(struct world *world, const struct change *change,
		 const json_t *args, struct unmoved *unmoved,
		 struct error *err)
{
	struct check_result *check = world->check;

	if (!world->run) {
		check->verdict = VERDICT_FAILED;
		check->actual = world->outcome.actual;
		check->log_tail = world->outcome.log_tail;
		check->expected = world->outcome.expected;
		return 0;
	}
	if (change->prove)
		change->prove(world);
	add_values(world);
	if (change->must_matter) {
		judge_mattering(world, unmoved);
		return 0;
	}
	return judge_staying(world, args, err);
}

static int execute(struct world *world, struct exercise_result *exercise,
		   struct unmoved *unmoved, struct error *err)
{
	struct worlds *worlds = world->worlds;
	struct runner *runner = worlds->runner;
	const struct change *change = change_find(world->entry->change);
	json_t *args = NULL;
	int rc = interpolate_tree(world->entry->args, runner->context.values,
				  &args, err);

	if (rc == 0)
		rc = world_restore(worlds, err);
	/* The check is open (passed) until the change or the training says
	 * otherwise. */
	if (rc == 0)
		rc = change->apply(world, args, err);
	if (rc == 0 && world->check->verdict == VERDICT_PASSED) {
		rc = train_in(world, err);
		/* Before the fix is tried, in the world as it is. */
		if (rc == 0)
			take_steps(world, exercise);
		if (rc == 0)
			rc = judge(world, change, args, unmoved, err);
		add_matrix_row(runner, world->entry->id, world->bit,
			       world->proof, world->comparison.rung);
	}
	json_decref(args);
	return rc;
}

static void try_entry(struct worlds *worlds, const struct perturb *entry,
		      struct exercise_result *exercise,
		      struct unmoved *unmoved)
{
	struct runner *runner = worlds->runner;
	struct world world = { .worlds = worlds, .entry = entry,
			       .commands = STRBUF_INIT(STRBUF_TEXT) };
	struct error err = ERROR_INIT;

	world.check = new_check(runner, exercise, entry);
	world.with = json_deep_copy(worlds->with);
	runner->context.world = entry->id;
	if (!runner_needs(runner, entry->needs.at, entry->needs.len,
			  world.check))
		;
	else if (!worlds->control_agrees) {
		world.check->verdict = VERDICT_INCONCLUSIVE;
		world.check->actual = "the training does not give the same "
				      "even where nothing was changed";
	} else if (execute(&world, exercise, unmoved, &err) < 0) {
		world.check->verdict = VERDICT_ERROR;
		world.check->actual = arena_strdup(runner->options.arena,
						   err.message);
	}
	strbuf_rtrim(&world.commands);
	world.check->by_hand =
		arena_printf(runner->options.arena, "%s%s",
			     runner->state_commands.buf, world.commands.buf);
	runner_settle(runner, world.check);
	runner->context.world = "";
	world_release(&world);
}

/* The training that the first entry repeats: all of them repeat the same. */
static const char *repeated_run(const struct scenario *scenario)
{
	for (size_t i = 0; i < scenario->exercises.len; i++) {
		const struct exercise *exercise = scenario->exercises.at[i];
		if (exercise->perturb.len)
			return json_string_value(json_object_get(
				exercise->perturb.at[0]->args, "run"));
	}
	return NULL;
}

/* Nothing to compare with, or it is pointless: each is blocked by what it
 * needs, or by the training. */
static void block_all(struct runner *runner, const char *run)
{
	const struct scenario *scenario = runner->options.scenario;

	for (size_t i = 0; i < scenario->exercises.len; i++) {
		const struct exercise *exercise = scenario->exercises.at[i];
		for (size_t j = 0; j < exercise->perturb.len; j++) {
			const struct perturb *entry = exercise->perturb.at[j];
			if (!is_wanted(runner, entry))
				continue;
			struct check_result *check = new_check(
				runner, runner->options.result->exercises
						.at[i], entry);
			if (runner_needs(runner, entry->needs.at,
					 entry->needs.len, check)) {
				check->verdict = VERDICT_BLOCKED;
				check->blocked_by = run;
				check->actual = "there is no training to "
						"repeat";
			}
			runner_settle(runner, check);
		}
	}
}

/* Whether any entry has all that it needs. */
static bool any_can_run(struct runner *runner)
{
	const struct scenario *scenario = runner->options.scenario;
	struct check_result probe;

	for (size_t i = 0; i < scenario->exercises.len; i++) {
		const struct exercise *exercise = scenario->exercises.at[i];
		for (size_t j = 0; j < exercise->perturb.len; j++) {
			const struct perturb *entry = exercise->perturb.at[j];
			memset(&probe, 0, sizeof(probe));
			if (is_wanted(runner, entry) &&
			    runner_needs(runner, entry->needs.at,
					 entry->needs.len, &probe))
				return true;
		}
	}
	return false;
}

static void explain_graded(struct runner *runner)
{
	const struct result *result = runner->options.result;

	for (size_t i = 0; i < result->exercises.len; i++) {
		const struct exercise_result *exercise =
			result->exercises.at[i];
		for (size_t j = 0; j < exercise->checks.len; j++) {
			const struct check_result *check =
				exercise->checks.at[j];
			if (!strcmp(check->kind, "compare") &&
			    check->verdict == VERDICT_FAILED)
				explain_flaky(runner, check);
		}
	}
}

static void try_entries(struct worlds *worlds, struct unmoved *unmoved)
{
	struct runner *runner = worlds->runner;
	const struct scenario *scenario = runner->options.scenario;

	for (size_t i = 0; i < scenario->exercises.len; i++) {
		const struct exercise *exercise = scenario->exercises.at[i];
		for (size_t j = 0; j < exercise->perturb.len; j++) {
			if (interrupt_signal())
				return;
			if (is_wanted(runner, exercise->perturb.at[j]))
				try_entry(worlds, exercise->perturb.at[j],
					  runner->options.result->exercises
						  .at[i], unmoved);
		}
	}
}

int diagnose_run(struct runner *runner, struct error *err)
{
	const struct scenario *scenario = runner->options.scenario;
	const char *id = repeated_run(scenario);
	const struct train_record *graded =
		id ? result_find_run(runner->options.result, id) : NULL;
	const struct step *step = id ? find_step(scenario, id) : NULL;
	struct unmoved unmoved = { .count = 0 };
	struct worlds worlds;
	json_t *with = NULL;

	explain_graded(runner);
	if (!id)
		return 0;
	if (!graded || !step || !any_can_run(runner)) {
		block_all(runner, id);
		return 0;
	}
	event_phase(runner->options.sinks,
		    "the same training in changed worlds");
	if (interpolate_tree(step->args, runner->context.values, &with,
			     err) < 0)
		return -1;
	int rc = worlds_begin(&worlds, runner, graded, with, err);
	json_decref(with);
	if (rc == 0) {
		add_matrix_row(runner, "control", false,
			       "nothing was changed", worlds.control.rung);
		try_entries(&worlds, &unmoved);
		if (unmoved.count >= 2)
			explain_unmoved(runner, unmoved.check, unmoved.count,
					unmoved.model_moved);
	}
	worlds_end(&worlds);
	if (interrupt_signal())
		return error_set(err, ERROR_CANCELLED, "interrupted");
	return rc;
}
