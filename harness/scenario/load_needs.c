/* What only holds for the scenario as a whole: what is needed is there and
 * comes before, points add up, what is overridden is there; then every
 * expression gets its number. */
#include "scenario/loader.h"

#include "base/strbuf.h"
#include "scenario/validate.h"

#include <math.h>
#include <string.h>

const char *loader_identified_at(const void *list, size_t i)
{
	return ((struct identified *const *)list)[i]->id;
}

static const char *suggest_id(struct loader *l, const char *typed)
{
	return loader_suggest(l, typed, loader_identified_at,
			      l->identified.at, l->identified.len);
}

/* ------------------------------------------------------------------- needs */

static const struct yaml_node *need_at(const struct yaml_node *needs, size_t i)
{
	if (!needs)
		return NULL;
	if (needs->type != YAML_SEQUENCE)
		return i == 0 ? needs : NULL;
	return i < needs->count ? needs->items[i] : NULL;
}

static int resolve_needs(struct loader *l, struct identified *it)
{
	const struct yaml_node *need;

	for (size_t i = 0; (need = need_at(it->needs, i)) != NULL; i++) {
		const struct identified *of = map_get(&l->ids, need->text);

		if (!of)
			return yaml_complain(need, l->err,
					     "needs `%s`, which is not there%s",
					     need->text,
					     suggest_id(l, need->text));
		if (of->kind == ID_PERTURB)
			return yaml_complain(need, l->err, "needs `%s`, but "
					     "perturbations come after all "
					     "checks", need->text);
		const char *id = of->id;
		if (it->exercise)
			*vec_push(&it->exercise->needs) = id;
		else if (it->step)
			*vec_push(&it->step->needs) = id;
		else
			*vec_push(&it->perturb->needs) = id;
	}
	return 0;
}

/* A search for circles: what a thing waits for is what it needs, what its
 * exercise needs, and, for an exercise that is needed, its steps. */
struct search {
	struct loader *loader;
	VEC(const struct identified *) path;
};

enum { UNSEEN, OPEN, DONE };

static int visit(struct search *s, struct identified *it,
		 const struct yaml_node *why);

static int visit_needs(struct search *s, const struct identified *it)
{
	const struct yaml_node *need;

	for (size_t i = 0; (need = need_at(it->needs, i)) != NULL; i++)
		if (visit(s, map_get(&s->loader->ids, need->text), need) < 0)
			return -1;
	return 0;
}

static int visit_steps(struct search *s, const struct identified *exercise,
		       const struct yaml_node *why)
{
	struct loader *l = s->loader;

	for (size_t i = 0; i < l->identified.len; i++)
		if (l->identified.at[i]->within == exercise &&
		    l->identified.at[i]->kind == ID_STEP &&
		    visit(s, l->identified.at[i], why) < 0)
			return -1;
	return 0;
}

static int complain_circle(struct search *s, const struct identified *it,
			   const struct yaml_node *why)
{
	struct strbuf text = STRBUF_INIT(1000);
	size_t i = 0;

	while (s->path.at[i] != it)
		i++;
	for (; i < s->path.len; i++)
		strbuf_addf(&text, "%s -> ", s->path.at[i]->id);
	strbuf_addstr(&text, it->id);
	yaml_complain(why, s->loader->err, "needs go in a circle: %s",
		      text.buf);
	strbuf_release(&text);
	return -1;
}

static int visit(struct search *s, struct identified *it,
		 const struct yaml_node *why)
{
	if (it->mark == DONE)
		return 0;
	if (it->mark == OPEN)
		return complain_circle(s, it, why);
	it->mark = OPEN;
	*vec_push(&s->path) = it;
	if (visit_needs(s, it) < 0 ||
	    (it->within && visit_needs(s, it->within) < 0) ||
	    (it->kind == ID_EXERCISE && visit_steps(s, it, why) < 0))
		return -1;
	s->path.len--;
	it->mark = DONE;
	return 0;
}

static int find_circles(struct loader *l)
{
	struct search s = { l, VEC_INIT };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < l->identified.len; i++)
		rc = visit(&s, l->identified.at[i], l->identified.at[i]->node);
	vec_release(&s.path);
	return rc;
}

/* Steps run in the order of the file. */
static int check_order(struct loader *l, const struct identified *it)
{
	const struct yaml_node *need;

	for (size_t i = 0; (need = need_at(it->needs, i)) != NULL; i++) {
		const struct identified *of = map_get(&l->ids, need->text);

		if (it->kind != ID_PERTURB && of->order > it->order)
			return yaml_complain(need, l->err, "needs `%s`, which "
					     "comes later, in line %d: move it "
					     "before this", need->text,
					     of->node->line);
	}
	return 0;
}

/* ------------------------------------------------------------------ points */

static void add_points(const struct step *step, double *sum, bool *any)
{
	*sum += step->scored ? step->points : 0;
	*any = *any || step->scored;
}

static int check_points(struct loader *l, const struct identified *it)
{
	const struct exercise *exercise = it->exercise;
	double sum = 0;
	bool any = false;

	for (size_t i = 0; i < exercise->steps.len; i++)
		add_points(exercise->steps.at[i], &sum, &any);
	for (size_t i = 0; i < exercise->perturb.len; i++) {
		const struct perturb *perturb = exercise->perturb.at[i];

		sum += perturb->scored ? perturb->points : 0;
		any = any || perturb->scored;
		for (size_t s = 0; s < perturb->steps.len; s++)
			add_points(perturb->steps.at[s], &sum, &any);
	}
	if (!exercise->has_points || !any ||
	    fabs(sum - exercise->points) < 1e-9)
		return 0;
	return yaml_complain(it->node, l->err,
			     "exercise `%s` has %.10g points, its checks have "
			     "%.10g", exercise->id, exercise->points, sum);
}

/* --------------------------------------------------------------- overrides */

static int check_override(struct loader *l, const struct yaml_node *key,
			  const struct yaml_node *keys)
{
	const struct identified *it = map_get(&l->ids, key->text);

	if (!it)
		return yaml_complain(key, l->err,
				     "overrides `%s`, which is not there%s",
				     key->text, suggest_id(l, key->text));
	for (size_t i = 0; i < keys->count; i++) {
		const struct yaml_node *what = keys->pairs[i].key;
		bool hidden = !strcmp(what->text, "hidden");

		if (it->kind == ID_EXERCISE &&
		    (hidden || !strcmp(what->text, "why") ||
		     !strcmp(what->text, "hint")))
			return yaml_complain(what, l->err,
					     "an exercise has no `%s`",
					     what->text);
		if (it->kind == ID_PERTURB && hidden)
			return yaml_complain(what, l->err, "a perturbation "
					     "has no answer to hide");
	}
	return 0;
}

static int check_overrides(struct loader *l, const struct yaml_node *root)
{
	const struct yaml_node *all = yaml_get(root, "override");

	for (size_t i = 0; all && i < all->count; i++)
		if (check_override(l, all->pairs[i].key,
				   all->pairs[i].value) < 0)
			return -1;
	return 0;
}

/* ----------------------------------------------------------------- numbers */

static void number(struct scenario *s, const struct expression *expression)
{
	if (!expression)
		return;
	/* The loader made it; the rest of the program sees it constant. */
	((struct expression *)expression)->index = s->expressions.len;
	*vec_push(&s->expressions) = expression;
}

static void number_step(struct scenario *s, const struct step *step)
{
	number(s, step->when);
	number(s, step->until);
	number(s, step->halt);
	for (size_t i = 0; i < step->arguments.len; i++)
		number(s, &step->arguments.at[i].expression);
	for (size_t i = 0; i < step->expect.len; i++)
		number(s, &step->expect.at[i]);
	for (size_t i = 0; i < step->captures.len; i++)
		number(s, &step->captures.at[i].expression);
}

static void number_exercise(struct scenario *s, const struct exercise *e)
{
	for (size_t i = 0; i < e->steps.len; i++)
		number_step(s, e->steps.at[i]);
	for (size_t i = 0; i < e->perturb.len; i++)
		for (size_t n = 0; n < e->perturb.at[i]->steps.len; n++)
			number_step(s, e->perturb.at[i]->steps.at[n]);
}

int loader_finish(struct loader *l)
{
	for (size_t i = 0; i < l->identified.len; i++)
		if (resolve_needs(l, l->identified.at[i]) < 0)
			return -1;
	if (find_circles(l) < 0)
		return -1;
	for (size_t i = 0; i < l->identified.len; i++)
		if (check_order(l, l->identified.at[i]) < 0)
			return -1;
	for (size_t i = 0; i < l->files.len; i++)
		if (check_overrides(l, l->files.at[i].root) < 0)
			return -1;
	for (size_t i = 0; i < l->identified.len; i++)
		if (l->identified.at[i]->kind == ID_EXERCISE &&
		    check_points(l, l->identified.at[i]) < 0)
			return -1;
	for (size_t i = 0; i < l->scenario->exercises.len; i++)
		number_exercise(l->scenario, l->scenario->exercises.at[i]);
	return 0;
}
