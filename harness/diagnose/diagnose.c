#include "diagnose/diagnose.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/language.h"
#include "diagnose/change.h"
#include "diagnose/entry.h"
#include "diagnose/explain.h"
#include "diagnose/fresh_stack.h"
#include "scenario/interpolate.h"

#include <string.h>

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
			struct check_result *check = entry_check(
				runner, runner->options.result->exercises
						.at[i], entry);
			if (runner_needs(runner, entry->needs.at,
					 entry->needs.len, check)) {
				check->verdict = VERDICT_BLOCKED;
				check->blocked_by = run;
				check->actual = WORDS("there is no training to "
						"repeat");
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
				entry_try(worlds, exercise->perturb.at[j],
					  runner->options.result->exercises
						  .at[i], unmoved);
		}
	}
}

/* The comparison of graded trainings that failed, or NULL. */
static const struct check_result *find_flaky(const struct result *result)
{
	for (size_t i = 0; i < result->exercises.len; i++) {
		const struct exercise_result *exercise =
			result->exercises.at[i];
		for (size_t j = 0; j < exercise->checks.len; j++)
			if (!strcmp(exercise->checks.at[j]->kind, "compare") &&
			    exercise->checks.at[j]->verdict == VERDICT_FAILED)
				return exercise->checks.at[j];
	}
	return NULL;
}

/* Whether the scenario has an entry with this change. */
static bool has_change(const struct scenario *scenario, const char *name)
{
	for (size_t i = 0; i < scenario->exercises.len; i++) {
		const struct exercise *exercise = scenario->exercises.at[i];
		for (size_t j = 0; j < exercise->perturb.len; j++)
			if (!strcmp(exercise->perturb.at[j]->change, name))
				return true;
	}
	return false;
}

/* --diagnose all: what the scenario does not ask for itself. */
static bool is_another(const struct runner *runner,
		       const struct change *change)
{
	return runner->options.diagnose == DIAGNOSE_ALL &&
	       !runner->options.only_count && change->title.en &&
	       !has_change(runner->options.scenario, change->name);
}

/* --diagnose all: the changes that need nothing but the training, each as an
 * entry without points, after those of the scenario. */
static void try_the_others(struct worlds *worlds, const char *run,
			   struct unmoved *unmoved)
{
	struct runner *runner = worlds->runner;
	size_t last = runner->options.result->exercises.len - 1;

	for (size_t i = 0; i < change_count; i++) {
		const struct change *change = &changes[i];
		if (!is_another(runner, change) || interrupt_signal())
			continue;
		struct perturb *entry =
			arena_new(runner->options.arena, struct perturb);
		entry->id = entry->change = change->name;
		entry->title = change->title;
		entry->asked = ASKED_BEYOND;
		entry->args = json_pack("{s:s}", "run", run);
		runner->total++;
		entry_try(worlds, entry,
			  runner->options.result->exercises.at[last], unmoved);
		json_decref(entry->args);
	}
}

static size_t count_wanted(const struct runner *runner)
{
	const struct scenario *scenario = runner->options.scenario;
	size_t count = 0;

	for (size_t i = 0; i < scenario->exercises.len; i++) {
		const struct exercise *exercise = scenario->exercises.at[i];
		for (size_t j = 0; j < exercise->perturb.len; j++)
			count += is_wanted(runner, exercise->perturb.at[j]);
	}
	return count;
}

static int64_t find_timing(const struct result *result, const char *name)
{
	for (size_t i = 0; i < result->timings.len; i++)
		if (!strcmp(result->timings.at[i].name, name))
			return result->timings.at[i].duration;
	return 0;
}

/* What it will cost, before it is spent. */
static void say_cost(const struct runner *runner,
		     const struct train_record *graded)
{
	char each[CLOCK_TEXT], start[CLOCK_TEXT];
	size_t count = 1 + count_wanted(runner);
	bool second = has_change(runner->options.scenario, "fresh-stack") &&
		!runner_skips(runner, "fresh-stack");

	for (size_t i = 0; i < change_count; i++) {
		count += is_another(runner, &changes[i]);
		second |= is_another(runner, &changes[i]) &&
			changes[i].elsewhere;
	}
	event_note(runner->options.sinks, "%zu trainings of about %s to come, "
		   "each from the restored state; %s", count,
		   clock_format_duration(graded->duration, each),
		   runner->options.diagnose == DIAGNOSE_NEVER
		   ? "no more: causes are not looked for"
		   : "a few more to find out why where a result differs");
	if (second)
		event_note(runner->options.sinks, "one of them in a second "
			   "stack: about %s to bring it up",
			   clock_format_duration(find_timing(
				   runner->options.result, "stack up"),
				   start));
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

/* Trainings differ by themselves: no world can tell anything, but why. */
static int search_flaky(struct worlds *worlds, const char *check,
			const struct train_record *left,
			const struct train_record *right, struct error *err)
{
	struct runner *runner = worlds->runner;

	event_phase(runner->options.sinks, "trainings in pairs, to find out "
		    "why they differ");
	runner->context.world = "search";
	int rc = explain_flaky(worlds, check, left, right, err);
	runner->context.world = "";
	return rc;
}

/* What must matter did not: something was kept, or it never comes from the
 * data, for which once is not enough. */
static int search_unmoved(struct worlds *worlds, const char *run,
			  const struct unmoved *unmoved, struct error *err)
{
	struct runner *runner = worlds->runner;
	bool named = false;

	if (!unmoved->model_moved) {
		event_phase(runner->options.sinks, "a second stack, to find "
			    "out what was kept in the first");
		if (explain_kept(worlds, unmoved->check, run, &named, err) < 0)
			return -1;
	}
	if (!named && unmoved->count >= 2)
		explain_unmoved(runner, unmoved->check, unmoved->count,
				unmoved->model_moved);
	return 0;
}

/* The first check that the differing control makes inconclusive. */
static const char *first_wanted(const struct runner *runner)
{
	const struct scenario *scenario = runner->options.scenario;

	for (size_t i = 0; i < scenario->exercises.len; i++) {
		const struct exercise *exercise = scenario->exercises.at[i];
		for (size_t j = 0; j < exercise->perturb.len; j++)
			if (is_wanted(runner, exercise->perturb.at[j]))
				return exercise->perturb.at[j]->id;
	}
	return "control";
}

/* The control, then every entry. */
static int run_worlds(struct worlds *worlds, const char *run,
		      struct error *err)
{
	struct runner *runner = worlds->runner;
	enum diagnose_when when = runner->options.diagnose;
	struct unmoved unmoved = { .count = 0 };

	if (worlds_control(worlds, err) < 0)
		return -1;
	*vec_push(&runner->options.result->matrix) = (struct matrix_row){
		.perturbation = "control", .proof =
			WORDS("nothing was changed"),
		.rung = worlds->control.rung,
		.stages = stages_json(NULL, &worlds->stages),
	};
	try_entries(worlds, &unmoved);
	const struct train_record *control =
		result_find_run(runner->options.result, "control");
	if (!worlds->control_agrees)
		return when == DIAGNOSE_NEVER || !control ? 0
			: search_flaky(worlds, first_wanted(runner),
				       worlds->graded, control, err);
	if (when == DIAGNOSE_ALL)
		try_the_others(worlds, run, &unmoved);
	return when == DIAGNOSE_NEVER || !unmoved.count ? 0
		: search_unmoved(worlds, run, &unmoved, err);
}

int diagnose_run(struct runner *runner, struct error *err)
{
	const struct scenario *scenario = runner->options.scenario;
	const char *id = repeated_run(scenario);
	const struct train_record *graded =
		id ? result_find_run(runner->options.result, id) : NULL;
	const struct step *step = id ? find_step(scenario, id) : NULL;
	const struct check_result *flaky = find_flaky(runner->options.result);
	bool search = flaky && runner->options.diagnose != DIAGNOSE_NEVER &&
		!runner_skips(runner, flaky->id);
	struct worlds worlds;
	json_t *with = NULL;

	if (!id)
		return 0;
	if (!graded || !step || (!search && !any_can_run(runner))) {
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
	const struct train_record *runs[2];
	if (rc == 0 && search && !any_can_run(runner)) {
		block_all(runner, id);
		if (graded_runs(runner->options.result, runs) == 2)
			rc = search_flaky(&worlds, flaky->id, runs[0],
					  runs[1], err);
	} else if (rc == 0) {
		say_cost(runner, graded);
		rc = run_worlds(&worlds, id, err);
	}
	worlds_end(&worlds);
	if (interrupt_signal())
		return error_set(err, ERROR_CANCELLED, "interrupted");
	return rc;
}
