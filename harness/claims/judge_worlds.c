#include "claims/judge_worlds.h"

#include "base/language.h"
#include "base/number.h"
#include "claims/value.h"

#include <math.h>
#include <string.h>

enum { MOST_TARGETS = 8 };

/* A claim as a number that is looked for; false where it is none. */
static bool make_target(const struct claim *claim, const struct truth *truth,
			struct metric_target *ret)
{
	double unit;

	*ret = (struct metric_target){
		.metric = lab_metric_find(&truth->lab, claim->kind->worlds),
		.name = claim->kind->worlds,
		.text = claim->value,
	};
	if (ret->metric == LAB_METRICS ||
	    !claim_number(claim->value, &ret->value, &unit))
		return false;
	ret->decimals = (int)lround(-log10(unit));
	return true;
}

static bool stand_together(const struct claim *a, const struct claim *b)
{
	if (a->run && b->run)
		return !strcmp(a->run, b->run);
	return a->line == b->line;
}

/* The claim's own target first, then one of each other metric beside it. */
static size_t gather(const struct claim *claim,
		     const struct found_claims *found,
		     const struct truth *truth, struct metric_target *ret)
{
	size_t n = 1;

	if (!make_target(claim, truth, &ret[0]))
		return 0;
	for (size_t i = 0; i < found->claims.len && n < MOST_TARGETS; i++) {
		const struct claim *other = &found->claims.at[i];
		size_t k = 0;

		if (!other->kind->worlds || !stand_together(claim, other) ||
		    !make_target(other, truth, &ret[n]))
			continue;
		while (k < n && ret[k].metric != ret[n].metric)
			k++;
		n += k == n;
	}
	return n;
}

/* The month that the report's AS_OF names, or the lab's first. */
static const struct lab_month *own_month(const struct found_claims *found,
					 const struct truth *truth,
					 struct arena *arena)
{
	const struct worlds_lab *lab = &truth->lab;

	for (size_t i = 0; i < found->claims.len; i++) {
		const struct claim *c = &found->claims.at[i];

		for (size_t m = 0;
		     c->kind->type == CLAIM_DATE && m < lab->n_months; m++)
			if (claim_agrees(c->kind, c->value,
					 lab->months[m].as_of, arena))
				return &lab->months[m];
	}
	return &lab->months[0];
}

static const char *day_of(const struct truth *truth, const char *folder)
{
	for (size_t i = 0; i < truth->lab.n_months; i++)
		if (!strcmp(truth->lab.months[i].folder, folder))
			return truth->lab.months[i].as_of;
	return folder;
}

static bool is_own(const struct world *world, const struct lab_month *own)
{
	return !strcmp(world->labels, own->folder) &&
	       !strcmp(world->features, own->folder);
}

/* Counts and ranges of the own world and of the best other. */
static const char *say(const struct world_standing *list, size_t n,
		       const struct metric_target *target,
		       const struct lab_month *own, struct arena *arena)
{
	struct strbuf text = STRBUF_INIT(STRBUF_LINE);
	bool other = false;
	const char *said;

	for (size_t i = 0; i < n; i++) {
		bool mine = is_own(list[i].world, own);

		if (!mine && (other || !list[i].metrics[0].reached))
			continue;
		other |= !mine;
		if (text.len)
			strbuf_addstr(&text, "; ");
		metric_standing_say(&list[i].metrics[0], target, list[i].world,
				    &text);
	}
	said = arena_printf(arena, "%s.", text.buf);
	strbuf_release(&text);
	return said;
}

/* The recorded model itself was found in a world: where that is the claim's
 * own and gives the number, nothing is open. */
static void settle(struct world_finding *f, const struct truth *truth,
		   const struct metric_target *target,
		   const struct lab_month *own, struct arena *arena)
{
	double unit = pow(10, -target->decimals);

	if (!truth->settled)
		return;
	f->why = arena_printf(arena, "%s %s", truth->settled_says, f->why);
	if (f->verdict == CLAIM_UNCHECKED && is_own(truth->settled, own) &&
	    fabs(truth->settled_order->metrics[target->metric] -
		 target->value) < unit / 2 * 1.0001)
		f->verdict = CLAIM_CONFIRMED;
}

struct world_finding judge_worlds(const struct claim *claim,
				  const struct found_claims *found,
				  const struct truth *truth,
				  struct arena *arena)
{
	struct metric_target targets[MOST_TARGETS + 1];
	const struct lab_month *own = own_month(found, truth, arena);
	size_t n_targets = gather(claim, found, truth, targets);
	size_t n = truth->worlds->len;
	struct world_finding f = {.verdict = CLAIM_CONTRADICTED};
	const struct world_standing *list, *home = NULL, *away = NULL;

	if (!n_targets || !n)
		return f;
	list = worlds_judge(truth->worlds, targets, n_targets, NULL, arena);
	for (size_t i = n; i-- > 0;) {
		if (is_own(list[i].world, own))
			home = &list[i];
		else if (list[i].metrics[0].reached)
			away = &list[i];
	}
	f.says = true;
	f.why = say(list, n, &targets[0], own, arena);
	if (home && home->exact) {
		f.verdict = CLAIM_CONFIRMED;
		f.why = arena_printf(arena,
				     WORDS("Exactly so in the world labels=%s, "
					   "features=%s: %s."),
				     home->world->labels, home->world->features,
				     home->exact);
	} else if (away && away->exact) {
		f.verdict = CLAIM_OTHER_WORLD;
		f.why = arena_printf(
			arena,
			WORDS("Exactly so with the labels of %s and the "
			      "features of %s, %s. %s"),
			day_of(truth, away->world->labels),
			day_of(truth, away->world->features), away->exact,
			f.why);
	} else if (home && home->metrics[0].reached) {
		f.verdict = CLAIM_UNCHECKED;
	} else if (away) {
		f.verdict = CLAIM_OTHER_WORLD;
	}
	settle(&f, truth, &targets[0], own, arena);
	return f;
}
