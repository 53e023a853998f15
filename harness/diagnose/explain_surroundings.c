/* Which of several changed surroundings reach the result. */
#include "diagnose/explain.h"

#include "diagnose/cause.h"
#include "diagnose/evidence.h"

#include <string.h>

enum { NAMES_MAX = 16 };

/* A set of names that is trained with. */
struct subset {
	const char *at[NAMES_MAX];
	size_t len;
};

/* From the saved state, with these changes alone. */
static int differs(struct world *world, const struct subset *subset,
		   bool *ret_differs, struct error *err)
{
	struct worlds *worlds = world->worlds;
	struct arena *arena = worlds->runner->options.arena;
	struct surroundings changed = { .one_cpu = false };
	struct strbuf id = STRBUF_INIT(STRBUF_LINE);
	const char *proof;
	bool agrees = false;

	strbuf_addf(&id, "%s.", world->entry->id);
	for (size_t i = 0; i < subset->len; i++) {
		strbuf_addf(&id, "%s%s", i ? "+" : "", subset->at[i]);
		surrounding_change(worlds_readback(worlds), subset->at[i],
				   &changed, &proof);
	}
	if (!subset->len)
		strbuf_addstr(&id, "none");
	const struct trial trial = {
		.id = arena_strdup(arena, id.buf),
		.purpose = subset->len ? "search" : "fix",
		.with = worlds->with, .surroundings = &changed,
	};
	int rc = world_restore(worlds, err);
	if (rc == 0)
		rc = world_try(worlds, &trial, NULL, &agrees, NULL, err);
	*ret_differs = !agrees;
	surroundings_release(&changed);
	strbuf_release(&id);
	return rc;
}

/* One part after the other is left out, as long as the rest still differs:
 * what stays is a set from which nothing can be left out. */
static int minimize(struct world *world, struct subset *set, struct error *err)
{
	for (size_t i = 0; i < set->len && set->len > 1;) {
		struct subset fewer = { .len = 0 };
		bool still;
		for (size_t j = 0; j < set->len; j++)
			if (j != i)
				fewer.at[fewer.len++] = set->at[j];
		if (differs(world, &fewer, &still, err) < 0)
			return -1;
		if (still)
			*set = fewer;
		else
			i++;
	}
	return 0;
}

/* The cause of a set, once without it: only if that agrees is it certain. */
static int name_set(struct world *world, const struct subset *set,
		    struct error *err)
{
	const struct surrounding *first = surrounding_find(set->at[0]);
	struct runner *runner = world->worlds->runner;
	const struct subset none = { .len = 0 };
	bool still = true;

	if (differs(world, &none, &still, err) < 0)
		return -1;
	struct diagnosis *diagnosis = diagnosis_new(
		runner, world->entry->id, first->cause, explain_stage(world));
	for (size_t i = 0; i < set->len; i++) {
		struct surroundings changed = { .one_cpu = false };
		const char *proof = NULL;
		surrounding_change(worlds_readback(world->worlds), set->at[i],
				   &changed, &proof);
		surroundings_release(&changed);
		evidence_note(runner, diagnosis, "surroundings",
			      arena_printf(runner->options.arena, "%s%s: %s",
					   set->at[i], set->len > 1
					   ? " (together with the others)"
					   : " alone", proof ? proof : ""));
	}
	diagnosis->fix = first->fix;
	diagnosis->fix_tried = true;
	diagnosis->fix_worked = !still;
	diagnosis->confidence = still ? CONFIDENCE_POSSIBLE
				      : CONFIDENCE_CERTAIN;
	return 0;
}

/* What the change came to alone. */
static void set_row(struct world *world, const char *name, bool differs)
{
	struct result *result = world->worlds->runner->options.result;

	for (size_t i = 0; i < result->matrix.len; i++) {
		struct matrix_row *row = &result->matrix.at[i];
		if (strcmp(row->perturbation, name) || differs)
			continue;
		row->rung = world->worlds->control.rung;
		row->stage = NULL;
	}
}

static bool has(const struct subset *set, const char *name)
{
	for (size_t i = 0; i < set->len; i++)
		if (!strcmp(set->at[i], name))
			return true;
	return false;
}

/* Those of a set that another has not. */
static struct subset without(const struct subset *set,
			     const struct subset *other)
{
	struct subset rest = { .len = 0 };

	for (size_t i = 0; i < set->len; i++)
		if (!has(other, set->at[i]))
			rest.at[rest.len++] = set->at[i];
	return rest;
}

/* A smallest set is named; then it is left out, and what is left is asked
 * again, until that leaves the answer alone. */
int explain_surroundings(struct world *world, const char *const *names,
			 size_t count, struct error *err)
{
	struct subset rest = { .len = 0 };
	bool still = true;

	for (size_t i = 0; i < count && i < NAMES_MAX; i++)
		rest.at[rest.len++] = names[i];
	while (still && rest.len) {
		struct subset set = rest;
		if (minimize(world, &set, err) < 0 ||
		    name_set(world, &set, err) < 0)
			return -1;
		/* Of several, none does it alone. */
		for (size_t i = 0; i < set.len; i++)
			set_row(world, set.at[i], set.len == 1);
		rest = without(&rest, &set);
		if (rest.len && differs(world, &rest, &still, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < rest.len; i++)
		set_row(world, rest.at[i], false);
	return 0;
}
