/* Changes of where a training runs: its surroundings, and fresh services. */
#include "diagnose/change.h"

#include "base/language.h"
#include "diagnose/evidence.h"
#include "diagnose/explain.h"

#include <string.h>

static void add_part(struct world *world, const char *name, bool bit,
		     const char *proof)
{
	*vec_push(&world->parts) = (struct matrix_row){
		.perturbation = name, .bit = bit, .proof = proof,
	};
}

static bool change_one(struct world *world, const char *name,
		       const char **ret_proof)
{
	return surrounding_change(worlds_readback(world->worlds), name,
				  &world->surroundings, ret_proof);
}

int apply_surrounding(struct world *world, const json_t *args,
		      struct error *err)
{
	(void)args;
	(void)err;
	world->bit = change_one(world, world->entry->change, &world->proof);
	return 0;
}

/* All at once: if they leave the answer alone together, each does, and one
 * training has shown it. */
int apply_surroundings(struct world *world, const json_t *args,
		       struct error *err)
{
	struct strbuf proof = STRBUF_INIT(STRBUF_LINE);

	(void)args;
	(void)err;
	for (size_t i = 0; i < surrounding_count; i++) {
		const char *name = surrounding_table[i].name, *one = NULL;
		bool bit = change_one(world, name, &one);
		add_part(world, name, bit, one);
		world->bit |= bit;
		if (proof.len)
			strbuf_addstr(&proof, "; ");
		strbuf_addf(&proof, bit ? "%s: %s"
			    : WORDS("%s not changed: %s"), name,
			    one ? one : "?");
	}
	world->proof = arena_strdup(world->worlds->runner->options.arena,
				    proof.buf);
	strbuf_release(&proof);
	return 0;
}

int explain_changed_surroundings(struct world *world, struct error *err)
{
	const char *names[16];
	size_t count = 0;

	for (size_t i = 0; i < world->parts.len && count < 16; i++)
		if (world->parts.at[i].bit)
			names[count++] = world->parts.at[i].perturbation;
	if (!world->parts.len)
		names[count++] = world->entry->change;
	return explain_surroundings(world, names, count, err);
}

/* What was up and can be started anew. */
static bool is_restarted(const struct service_state *state)
{
	return state->up && state->service;
}

/* Of those, how many run as another process now. */
static size_t count_changed(const struct service_state *before,
			    const struct service_state *after, size_t count)
{
	size_t changed = 0;

	for (size_t i = 0; i < count; i++)
		changed += is_restarted(&before[i]) && before[i].pid &&
			after[i].pid &&
			before[i].pid != after[i].pid;
	return changed;
}

static int restart_all(struct stack *stack, const struct service_state *states,
		       size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++)
		if (is_restarted(&states[i]) &&
		    stack_restart(stack, states[i].service, err) < 0)
			return error_context(err, "restarting the services");
	return 0;
}

int apply_restart(struct world *world, const json_t *args, struct error *err)
{
	struct runner *runner = world->worlds->runner;
	struct stack *stack = runner->options.stack;
	struct service_state *before, *after;
	size_t count, again, up = 0, changed;

	(void)args;
	if (stack_ps(stack, &before, &count, err) < 0 ||
	    restart_all(stack, before, count, err) < 0 ||
	    stack_ps(stack, &after, &again, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (!is_restarted(&before[i]))
			continue;
		up++;
		strbuf_addf(&world->commands, "%s\n", stack_restart_by_hand(
				    stack, before[i].service));
	}
	changed = again == count ? count_changed(before, after, count) : 0;
	world->bit = up && changed == up;
	world->proof = arena_printf(runner->options.arena, WORDS("%zu of %zu "
				    "services run as new processes"), changed,
				    up);
	return 0;
}

/* Services lost what they held, and the answer with it. */
int explain_restart(struct world *world, struct error *err)
{
	struct worlds *worlds = world->worlds;
	const struct trial trial = {
		.id = arena_printf(worlds->runner->options.arena,
				   "%s.again", world->entry->id),
		.purpose = "fix", .with = worlds->with,
	};
	bool agrees = false;

	if (world_restore(worlds, err) < 0 ||
	    world_try(worlds, &trial, NULL, &agrees, NULL, err) < 0)
		return -1;
	struct diagnosis *diagnosis = diagnosis_new(
		worlds->runner, world->entry->id, "state-kept",
		explain_stage(world));
	diagnosis->fix = (struct bilingual){
		"the same training from the saved state, without the restart",
		"le même entraînement depuis l'état enregistré, sans le "
		"redémarrage",
	};
	diagnosis->fix_tried = true;
	diagnosis->fix_worked = agrees;
	diagnosis->confidence = agrees ? CONFIDENCE_LIKELY
				       : CONFIDENCE_POSSIBLE;
	return 0;
}
