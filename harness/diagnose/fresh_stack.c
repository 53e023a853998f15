#include "diagnose/fresh_stack.h"

#include "base/interrupt.h"
#include "base/language.h"
#include "step/sql.h"

#include <string.h>

struct fresh_stack {
	struct second_stack *second;
	struct worlds *first; /* whose world it is afterwards */
	struct worlds worlds; /* with the first's control */
	struct runner runner;
	bool runner_ready;
	struct result *steps; /* of the steps that are taken again */
	size_t others, services; /* that run as other processes */
	size_t rows_at_first;
};

static size_t count_rows(const struct tables *tables)
{
	size_t rows = 0;

	for (size_t i = 0; i < tables->at.len; i++)
		rows += tables->at.at[i]->row_count;
	return rows;
}

static const struct service_state *find_service(
	const struct service_state *states, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(states[i].name, name))
			return &states[i];
	return NULL;
}

/* Of the second stack's services that are up, how many are not the first's. */
static int compare_services(struct fresh_stack *fresh, struct error *err)
{
	struct service_state *first, *second;
	size_t first_count, count;

	if (stack_ps(fresh->first->runner->options.stack, &first,
		     &first_count, err) < 0 ||
	    stack_ps(fresh->second->stack, &second, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const struct service_state *was =
			find_service(first, first_count, second[i].name);
		if (!second[i].up || !second[i].pid)
			continue;
		fresh->services++;
		fresh->others += !was || was->pid != second[i].pid;
	}
	return 0;
}

static bool is_taken_again(const struct step *step)
{
	return step_kind_of(step)->changes_state &&
	       strcmp(step->syntax->name, "train") != 0;
}

/* What changed the state up to the training; not the trainings before it: by
 * the same AS_OF they must not matter. */
static int take_steps_again(struct world *world, struct fresh_stack *fresh,
			    const char *run, struct error *err)
{
	const struct scenario *scenario = fresh->runner.options.scenario;

	for (size_t i = 0; i < scenario->exercises.len; i++) {
		const struct exercise *exercise = scenario->exercises.at[i];
		for (size_t j = 0; j < exercise->steps.len; j++) {
			const struct step *step = exercise->steps.at[j];
			if (!strcmp(step->id, run))
				return 0;
			if (!is_taken_again(step))
				continue;
			const struct check_result *check = runner_step(
				&fresh->runner,
				fresh->steps->exercises.at[i], step);
			if (interrupt_signal())
				return error_set(err, ERROR_CANCELLED,
						 "interrupted");
			if (check->verdict == VERDICT_ERROR)
				return error_set(err, ERROR_UNAVAILABLE,
						 "%s: %s", check->id,
						 check->actual);
			if (check->verdict != VERDICT_FAILED)
				continue;
			world->check->verdict = VERDICT_FAILED;
			world->check->log_tail = check->log_tail;
			world->check->actual = arena_printf(
				fresh->runner.options.arena,
					WORDS("in a stack from "
				"nothing `%s` does not work: %s"), check->id,
				check->actual ? check->actual : "?");
			return 0;
		}
	}
	return 0;
}

static int begin_runner(struct fresh_stack *fresh, const struct perturb *entry,
			struct error *err)
{
	static const struct sinks nobody = { NULL, 0 };
	struct runner *first = fresh->first->runner;
	struct runner_options options = first->options;

	options.stack = fresh->second->stack;
	options.repair = fresh->second->repair;
	options.sinks = &nobody;
	options.result = fresh->steps = result_new(options.arena);
	fresh->runner_ready = true;
	if (runner_init(&fresh->runner, &options, err) < 0)
		return -1;
	json_decref(fresh->runner.context.values);
	fresh->runner.context.values = json_deep_copy(first->context.values);
	fresh->runner.context.result = first->options.result;
	fresh->runner.context.world = entry->id;
	return 0;
}

/* From here on the world is the second stack's. */
static void move_there(struct world *world, struct fresh_stack *fresh)
{
	fresh->worlds = *fresh->first;
	fresh->worlds.runner = &fresh->runner;
	fresh->worlds.session = (struct sql_session){
		.conninfo = stack_database(fresh->second->stack, NULL),
	};
	fresh->worlds.readback_known = false;
	world->worlds = &fresh->worlds;
}

static void add_commands(struct world *world, const struct fresh_stack *fresh)
{
	strbuf_addstr(&world->commands,
		      "# in another stack, brought up from nothing:\n");
	for (size_t i = 0; i < fresh->steps->commands.len; i++)
		strbuf_addf(&world->commands, "%s\n",
			    fresh->steps->commands.at[i]);
}

int apply_fresh_stack(struct world *world, const json_t *args,
		      struct error *err)
{
	struct worlds *first = world->worlds;
	struct fresh_stack *fresh =
		arena_new(first->runner->options.arena, struct fresh_stack);

	fresh->second = first->runner->options.second;
	fresh->first = first;
	world->fresh = fresh;
	world->from_nothing = true;
	if (fresh->second->make(fresh->second, err) < 0 ||
	    stack_up(fresh->second->stack, err) < 0)
		return error_context(err, "a second stack");
	if (begin_runner(fresh, world->entry, err) < 0)
		return -1;
	move_there(world, fresh);
	if (compare_services(fresh, err) < 0 || world_look(world, err) < 0)
		return -1;
	fresh->rows_at_first = count_rows(&world->now);
	if (take_steps_again(world, fresh, step_text(args, "run"), err) < 0)
		return error_context(err, "in a second stack");
	add_commands(world, fresh);
	/* What is found there is of this run. */
	fresh->runner.options.result = first->runner->options.result;
	return world_look(world, err);
}

static bool reads_any(const struct world *world)
{
	const struct statement *unbounded;

	for (size_t i = 0; i < world->now.at.len; i++)
		if (world->now.at.at[i]->row_count &&
		    world_reads(world, world->now.at.at[i]->name, &unbounded))
			return true;
	return false;
}

void prove_fresh_stack(struct world *world)
{
	const struct fresh_stack *fresh = world->fresh;
	size_t rows = count_rows(&world->now);
	bool reads = reads_any(world);

	world->bit = fresh->services && fresh->others == fresh->services &&
		rows > fresh->rows_at_first && reads;
	world->proof = arena_printf(
		fresh->runner.options.arena,
			WORDS("%zu of %zu services are other "
		"processes; its database held %zu rows at first and %zu after "
		"the ingestion%s"), fresh->others, fresh->services,
		fresh->rows_at_first, rows, reads ? ""
		: "; the training is not seen to read them");
}

const json_t *fresh_stack_first_environment(const struct world *world)
{
	return worlds_readback(world->fresh->first)->control;
}

void undo_fresh_stack(struct world *world)
{
	struct fresh_stack *fresh = world->fresh;

	if (!fresh)
		return;
	if (world->worlds == &fresh->worlds && fresh->worlds.readback_known)
		readback_release(&fresh->worlds.readback);
	if (world->worlds == &fresh->worlds)
		sql_session_end(&fresh->worlds.session);
	world->worlds = fresh->first;
	world->fresh = NULL;
	if (fresh->runner_ready)
		runner_release(&fresh->runner);
	result_release(fresh->steps);
	fresh->second->end(fresh->second);
}
