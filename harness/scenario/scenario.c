#include "scenario/scenario.h"

#include <string.h>

static void release_step(struct step *step)
{
	json_decref(step->args);
	vec_release(&step->expect);
	vec_release(&step->captures);
	vec_release(&step->arguments);
	vec_release(&step->needs);
}

static void release_perturb(struct perturb *perturb)
{
	json_decref(perturb->args);
	for (size_t i = 0; i < perturb->steps.len; i++)
		release_step(perturb->steps.at[i]);
	vec_release(&perturb->steps);
	vec_release(&perturb->needs);
}

void scenario_release(struct scenario *scenario)
{
	if (!scenario)
		return;
	for (size_t i = 0; i < scenario->exercises.len; i++) {
		struct exercise *e = scenario->exercises.at[i];

		for (size_t n = 0; n < e->steps.len; n++)
			release_step(e->steps.at[n]);
		for (size_t n = 0; n < e->perturb.len; n++)
			release_perturb(e->perturb.at[n]);
		vec_release(&e->steps);
		vec_release(&e->perturb);
		vec_release(&e->needs);
	}
	vec_release(&scenario->exercises);
	vec_release(&scenario->expressions);
	vec_release(&scenario->capture_names);
	json_decref(scenario->vars);
	json_decref(scenario->names);
	scenario->vars = scenario->names = NULL;
}

const struct exercise *scenario_exercise(const struct scenario *scenario,
					 const char *id)
{
	for (size_t i = 0; i < scenario->exercises.len; i++)
		if (!strcmp(scenario->exercises.at[i]->id, id))
			return scenario->exercises.at[i];
	return NULL;
}

const struct perturb *scenario_perturb(const struct scenario *scenario,
				       const char *id)
{
	for (size_t i = 0; i < scenario->exercises.len; i++) {
		const struct exercise *e = scenario->exercises.at[i];

		for (size_t n = 0; n < e->perturb.len; n++)
			if (!strcmp(e->perturb.at[n]->id, id))
				return e->perturb.at[n];
	}
	return NULL;
}

const struct step *scenario_step(const struct scenario *scenario,
				 const char *id)
{
	for (size_t i = 0; i < scenario->exercises.len; i++) {
		const struct exercise *e = scenario->exercises.at[i];

		for (size_t n = 0; n < e->steps.len; n++)
			if (!strcmp(e->steps.at[n]->id, id))
				return e->steps.at[n];
		for (size_t p = 0; p < e->perturb.len; p++)
			for (size_t n = 0; n < e->perturb.at[p]->steps.len; n++)
				if (!strcmp(e->perturb.at[p]->steps.at[n]->id,
					    id))
					return e->perturb.at[p]->steps.at[n];
	}
	return NULL;
}

const struct expression *step_argument(const struct step *step,
				       const char *key)
{
	for (size_t i = 0; i < step->arguments.len; i++)
		if (!strcmp(step->arguments.at[i].name, key))
			return &step->arguments.at[i].expression;
	return NULL;
}
