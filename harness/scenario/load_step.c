/* Exercises, their steps and perturbations. */
#include "scenario/loader.h"

#include "base/clock.h"
#include "base/strbuf.h"
#include "scenario/interpolate.h"
#include "scenario/validate.h"

#include <string.h>

static struct bilingual bilingual_field(const struct loader *l, const char *id,
					const struct yaml_node *node,
					const char *key)
{
	return loader_bilingual(loader_field(l, id, node, key));
}

static enum asked asked_field(const struct loader *l, const char *id,
			      const struct yaml_node *node,
			      enum asked otherwise)
{
	const struct yaml_node *field = loader_field(l, id, node, "asked");

	for (int i = 0; field && grammar_asked[i]; i++)
		if (!strcmp(field->text, grammar_asked[i]))
			return (enum asked)i;
	return otherwise;
}

static bool hidden_field(const struct loader *l, const char *id,
			 const struct yaml_node *node)
{
	const struct yaml_node *field = loader_field(l, id, node, "hidden");

	return field && field->boolean;
}

static int points_field(const struct loader *l, const char *id,
			const struct yaml_node *node, bool *ret_given,
			double *ret)
{
	const struct yaml_node *field = loader_field(l, id, node, "points");

	*ret_given = field != NULL;
	*ret = field ? field->real : 0;
	if (field && !(field->real >= 0 && field->real <= 10000))
		return yaml_complain(field, l->err,
				     "points lie between 0 and 10000");
	return 0;
}

/* Gives the thing its id; refused where another has it. */
static int identify(struct loader *l, const struct yaml_node *node,
		    enum id_kind kind, const struct identified *within,
		    struct identified **ret)
{
	const struct yaml_node *id = yaml_get(node, "id");
	const struct identified *before = map_get(&l->ids, id->text);
	struct identified *it;

	if (before)
		return yaml_complain(id, l->err,
				     "the id `%s` is taken; first in %s:%d",
				     id->text, before->node->source->name,
				     before->node->line);
	it = arena_new(l->arena, struct identified);
	*it = (struct identified){
		.kind = kind, .id = id->text, .node = id, .within = within,
		.needs = yaml_get(node, "needs"),
		.order = l->identified.len,
	};
	map_put(&l->ids, id->text, it);
	*vec_push(&l->identified) = it;
	*ret = it;
	return 0;
}

/* every, within: a duration, or the variable that holds one. */
static int64_t take_duration(struct loader *l, struct step *step,
			     const char *key)
{
	const char *text =
		json_string_value(json_object_get(step->args, key));
	int64_t usec = 0;

	if (text && *text == '$') {
		struct interpolation what;
		size_t at = 0;

		if (interpolation_next(text, &at, &what) && what.name_len)
			text = json_string_value(json_object_get(
				l->scenario->vars,
				arena_strndup(l->arena, what.name,
					      what.name_len)));
	}
	if (text)
		clock_parse_duration(text, &usec);
	json_object_del(step->args, key);
	return usec;
}

/* The one kind (or change) among the keys of an entry: the last `kinds` rows
 * of `keys`. */
static int find_kind(struct loader *l, const struct yaml_node *node,
		     const struct key_spec *keys, size_t kinds,
		     const char *what, const struct key_spec **ret,
		     const struct yaml_node **ret_args)
{
	const struct key_spec *first = keys + key_spec_count(keys) - kinds;
	const struct key_spec *found = NULL;
	struct strbuf list = STRBUF_INIT(400);

	for (size_t i = 0; i < node->count; i++) {
		const struct key_spec *kind =
			key_spec_find(first, node->pairs[i].key->text);

		if (kind && found)
			return yaml_complain(node->pairs[i].key, l->err,
					     "%s does one thing: `%s` or `%s`",
					     what, found->name, kind->name);
		if (kind) {
			found = kind;
			*ret_args = node->pairs[i].value;
		}
	}
	for (size_t i = 0; i < kinds; i++)
		strbuf_addf(&list, "%s%s", i ? ", " : "", first[i].name);
	if (!found)
		yaml_complain(node, l->err, "%s says what it does: one of %s%s",
			      what, list.buf, list.truncated ? "..." : "");
	strbuf_release(&list);
	*ret = found;
	return found ? 0 : -1;
}

/* ------------------------------------------------------------------- steps */

static int read_expectations(struct loader *l, const struct yaml_node *expect,
			     struct step *step)
{
	bool list = expect && expect->type == YAML_SEQUENCE;

	for (size_t i = 0; expect && i < (list ? expect->count : 1); i++)
		if (loader_expression(l, list ? expect->items[i] : expect,
				    vec_push(&step->expect)) < 0)
			return -1;
	return 0;
}

static int read_captures(struct loader *l, const struct yaml_node *captures,
			 struct step *step)
{
	for (size_t i = 0; captures && i < captures->count; i++) {
		const struct yaml_node *key = captures->pairs[i].key;
		const struct yaml_node *before;
		const char *bad = loader_bad_name(key->text);
		struct capture *made = vec_push(&step->captures);

		if (bad)
			return yaml_complain(key, l->err,
					     "a capture's name %s", bad);
		if (json_object_get(l->scenario->vars, key->text))
			return yaml_complain(key, l->err,
					     "`%s` is a variable already",
					     key->text);
		before = map_get(&l->captures, key->text);
		if (before)
			return yaml_complain(key, l->err, "`%s` is captured "
					     "already, in line %d", key->text,
					     before->line);
		made->name = key->text;
		if (loader_expression(l, captures->pairs[i].value,
				    &made->expression) < 0)
			return -1;
	}
	for (size_t i = 0; captures && i < captures->count; i++) {
		map_put(&l->captures, captures->pairs[i].key->text,
			(void *)captures->pairs[i].key);
		*vec_push(&l->scenario->capture_names) =
			captures->pairs[i].key->text;
	}
	return 0;
}

static const struct step_syntax *syntax_of(const struct loader *l,
					   const char *name)
{
	for (size_t i = 0; i < l->tables->step_count; i++)
		if (!strcmp(l->tables->steps[i]->name, name))
			return l->tables->steps[i];
	return NULL;
}

static int read_kind(struct loader *l, const struct yaml_node *node,
		     struct step *step)
{
	const struct yaml_node *args = NULL;
	const struct key_spec *kind = NULL;

	if (find_kind(l, node, l->grammar->step, l->grammar->step_kinds,
		      "a step", &kind, &args) < 0)
		return -1;
	step->syntax = syntax_of(l, kind->name);
	if (loader_arguments(l, args, kind, step, &step->args) < 0)
		return -1;
	step->every = take_duration(l, step, "every");
	step->within = take_duration(l, step, "within");
	if (!step->until && (step->every || step->within || step->halt))
		return yaml_complain(args, l->err, "`%s` is tried once where "
				     "it has no `until`", kind->name);
	return 0;
}

static int fill_step(struct loader *l, const struct yaml_node *node,
		     const struct exercise *exercise, struct step *step)
{
	const struct yaml_node *when = yaml_get(node, "when");

	step->id = yaml_get(node, "id")->text;
	step->at = loader_position(node);
	step->title = bilingual_field(l, step->id, node, "title");
	step->why = bilingual_field(l, step->id, node, "why");
	step->hint = bilingual_field(l, step->id, node, "hint");
	step->asked = asked_field(l, step->id, node, exercise->asked);
	step->hidden = hidden_field(l, step->id, node);
	if (points_field(l, step->id, node, &step->scored, &step->points) < 0 ||
	    read_kind(l, node, step) < 0 ||
	    (when && loader_lone_expression(l, when, &step->when) < 0) ||
	    read_expectations(l, yaml_get(node, "expect"), step) < 0 ||
	    read_captures(l, yaml_get(node, "capture"), step) < 0)
		return -1;
	step->check = step->scored || step->expect.len;
	return 0;
}

struct step_list {
	VEC(struct step *) steps;
};

static int build_steps(struct loader *l, const struct yaml_node *list,
		       const struct exercise *exercise,
		       const struct identified *within, struct step_list *into);

/* `- include: FILE` */
static int include_steps(struct loader *l, const struct yaml_node *entry,
			 const struct exercise *exercise,
			 const struct identified *within,
			 struct step_list *into)
{
	const struct yaml_node *name = yaml_get(entry, "include"), *root;
	const char *path = loader_relative(l, name);
	const struct key_spec keys[] = {
		{ "steps", KEY_MAPPINGS, true, "", .keys = l->outline->step },
		{ NULL },
	};
	const struct yaml_pair pair = { name, NULL };
	struct yaml_pair pairs[1] = { pair };
	struct yaml_node wrapped = { .type = YAML_MAPPING, .count = 1 };
	struct yaml_node key = { .type = YAML_STRING, .text = "steps" };

	if (entry->count != 1)
		return yaml_complain(entry, l->err,
				     "`include` stands alone in its entry");
	if (loader_enter(l, path, name) < 0 ||
	    loader_read(l, path, name, &root) < 0)
		return -1;
	if (root->type != YAML_SEQUENCE)
		return yaml_complain(root, l->err, "an included file of steps "
				     "is a list of them, not %s",
				     yaml_type_name(root->type));
	/* Validated as if it stood under `steps:`. */
	pairs[0].key = &key;
	pairs[0].value = root;
	wrapped.pairs = pairs;
	wrapped.source = root->source;
	if (validate_mapping(&wrapped, keys, "a list of steps", NULL, NULL,
			     l->err) < 0 ||
	    build_steps(l, root, exercise, within, into) < 0)
		return -1;
	loader_leave(l);
	return 0;
}

static int build_steps(struct loader *l, const struct yaml_node *list,
		       const struct exercise *exercise,
		       const struct identified *within, struct step_list *into)
{
	for (size_t i = 0; list && i < list->count; i++) {
		const struct yaml_node *node = list->items[i];
		struct identified *it = NULL;
		struct step *step;

		if (yaml_get(node, "include")) {
			if (include_steps(l, node, exercise, within, into) < 0)
				return -1;
			continue;
		}
		if (!yaml_get(node, "id"))
			return yaml_complain(node, l->err, "a step lacks `id`");
		step = arena_new(l->arena, struct step);
		*vec_push(&into->steps) = step;
		if (fill_step(l, node, exercise, step) < 0 ||
		    identify(l, node, ID_STEP, within, &it) < 0)
			return -1;
		it->step = step;
	}
	return 0;
}

/* ----------------------------------------------- perturbations, exercises */

static int fill_perturb(struct loader *l, const struct yaml_node *node,
			const struct exercise *exercise,
			const struct identified *within,
			struct perturb *perturb)
{
	const struct yaml_node *args = NULL;
	const struct key_spec *change = NULL;
	struct step_list steps = { VEC_INIT };
	int rc;

	perturb->id = yaml_get(node, "id")->text;
	perturb->at = loader_position(node);
	perturb->title = bilingual_field(l, perturb->id, node, "title");
	perturb->why = bilingual_field(l, perturb->id, node, "why");
	perturb->hint = bilingual_field(l, perturb->id, node, "hint");
	perturb->asked = asked_field(l, perturb->id, node, exercise->asked);
	if (points_field(l, perturb->id, node, &perturb->scored,
			 &perturb->points) < 0 ||
	    find_kind(l, node, l->grammar->perturb, l->grammar->changes,
		      "a perturbation", &change, &args) < 0)
		return -1;
	perturb->change = change->name;
	if (loader_arguments(l, args, change, NULL, &perturb->args) < 0)
		return -1;
	l->world = perturb->id;
	rc = build_steps(l, yaml_get(node, "steps"), exercise, within, &steps);
	l->world = NULL;
	for (size_t i = 0; i < steps.steps.len; i++)
		*vec_push(&perturb->steps) = steps.steps.at[i];
	vec_release(&steps.steps);
	return rc;
}

static int build_perturbs(struct loader *l, const struct yaml_node *list,
			  struct exercise *exercise,
			  const struct identified *within)
{
	for (size_t i = 0; list && i < list->count; i++) {
		struct perturb *perturb = arena_new(l->arena, struct perturb);
		struct identified *it = NULL;

		*vec_push(&exercise->perturb) = perturb;
		if (identify(l, list->items[i], ID_PERTURB, within, &it) < 0 ||
		    fill_perturb(l, list->items[i], exercise, within,
				 perturb) < 0)
			return -1;
		it->perturb = perturb;
	}
	return 0;
}

/* An exercise and the node that it is built from: its perturbations run after
 * every graded step, so they are built after them. */
struct pending {
	struct exercise *exercise;
	const struct yaml_node *node;
	struct identified *it;
};

static int build_exercise(struct loader *l, const struct yaml_node *node,
			  struct pending *ret)
{
	struct exercise *exercise = arena_new(l->arena, struct exercise);
	struct step_list steps = { VEC_INIT };
	struct identified *it = NULL;
	int rc;

	*vec_push(&l->scenario->exercises) = exercise;
	if (identify(l, node, ID_EXERCISE, NULL, &it) < 0)
		return -1;
	it->exercise = exercise;
	exercise->id = it->id;
	exercise->title = bilingual_field(l, it->id, node, "title");
	exercise->at = loader_position(node);
	exercise->asked = asked_field(l, it->id, node, ASKED_STATED);
	if (points_field(l, it->id, node, &exercise->has_points,
			 &exercise->points) < 0)
		return -1;
	rc = build_steps(l, yaml_get(node, "steps"), exercise, it, &steps);
	for (size_t i = 0; i < steps.steps.len; i++)
		*vec_push(&exercise->steps) = steps.steps.at[i];
	vec_release(&steps.steps);
	*ret = (struct pending){ exercise, node, it };
	return rc;
}

int loader_build(struct loader *l)
{
	VEC(struct pending) pending = VEC_INIT;
	int rc = 0;

	for (size_t f = 0; rc == 0 && f < l->files.len; f++) {
		const struct yaml_node *list =
			yaml_get(l->files.at[f].root, "exercises");

		for (size_t i = 0; rc == 0 && list && i < list->count; i++)
			rc = build_exercise(l, list->items[i],
					    vec_push(&pending));
	}
	for (size_t i = 0; rc == 0 && i < pending.len; i++)
		rc = build_perturbs(l, yaml_get(pending.at[i].node, "perturb"),
				    pending.at[i].exercise, pending.at[i].it);
	vec_release(&pending);
	*vec_push(&l->scenario->capture_names) = "world";
	if (rc == 0 && l->scenario->exercises.len == 0)
		rc = yaml_complain(l->files.at[l->files.len - 1].root, l->err,
				   "a scenario without exercises");
	return rc;
}
