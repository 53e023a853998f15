/* The arguments of steps and changes: are their variables and captures known
 * where they are used, are their expressions ones that jq may see? */
#include "scenario/loader.h"

#include "scenario/interpolate.h"
#include "scenario/jq_terms.h"
#include "scenario/validate.h"

#include <string.h>

/* Where in the files a capture of that name is made, or NULL. */
static const struct yaml_node *find_capture(const struct yaml_node *node,
					    const char *name)
{
	const struct yaml_node *capture = yaml_get(node, "capture");
	const struct yaml_node *found = NULL;

	for (size_t i = 0; capture && i < capture->count; i++)
		if (capture->type == YAML_MAPPING &&
		    !strcmp(capture->pairs[i].key->text, name))
			return capture->pairs[i].key;
	for (size_t i = 0; !found && i < node->count; i++)
		found = find_capture(node->type == YAML_SEQUENCE
					     ? node->items[i]
					     : node->pairs[i].value, name);
	return found;
}

struct known_names {
	VEC(const char *) names;
};

static const char *known_at(const void *list, size_t i)
{
	return ((const struct known_names *)list)->names.at[i];
}

static const char *suggest_known(struct loader *l, const char *name)
{
	struct known_names known = { VEC_INIT };
	const char *key, *suggestion;
	json_t *value;

	json_object_foreach(l->scenario->vars, key, value)
		*vec_push(&known.names) = key;
	for (size_t i = 0; i < l->captures.len; i++)
		*vec_push(&known.names) = l->captures.entries[i].key;
	suggestion = loader_suggest(l, name, known_at, &known,
				    known.names.len);
	vec_release(&known.names);
	return suggestion;
}

/* Whether `name` has a value by now; `$name` stands at `offset` in node. */
static int check_name(struct loader *l, const struct yaml_node *node,
		      size_t offset, const char *name)
{
	const struct yaml_node *later = NULL;

	if (json_object_get(l->scenario->vars, name) ||
	    map_get(&l->captures, name) ||
	    (l->world && !strcmp(name, "world")))
		return 0;
	for (size_t i = 0; !later && i < l->roots.len; i++)
		later = find_capture(l->roots.at[i], name);
	if (later)
		return yaml_complain_inside(
			node, offset, strlen(name) + 1, l->err,
			"`$%s` is used before it is captured, in %s:%d", name,
			later->source->name, later->line);
	return yaml_complain_inside(node, offset, strlen(name) + 1, l->err,
				    "no variable or capture `%s`%s", name,
				    suggest_known(l, name));
}

/* A variable that stands for a value of another type than text. */
static int check_reference(struct loader *l, const struct yaml_node *node,
			   const struct key_spec *spec, const char *name)
{
	const json_t *value = json_object_get(l->scenario->vars, name);
	struct yaml_node as = { .type = YAML_STRING, .text = "" };
	const char *want;

	if (!value) {
		if (spec->type != KEY_DURATION && spec->type != KEY_STEP)
			return 0;
		return yaml_complain(node, l->err,
				     "`%s` can't come from a capture",
				     spec->name);
	}
	if (json_is_integer(value))
		as.type = YAML_INTEGER;
	else if (json_is_real(value))
		as.type = YAML_REAL;
	else if (json_is_boolean(value))
		as.type = YAML_BOOLEAN;
	else if (json_is_null(value))
		as.type = YAML_NULL;
	else
		as.text = json_string_value(value);
	want = validate_scalar(&as, spec);
	if (!want)
		return 0;
	return yaml_complain(node, l->err,
			     "`%s` must be %s; the variable `%s` is not",
			     spec->name, want, name);
}

static int see_text(void *self, const struct yaml_node *node,
		    const struct key_spec *spec, struct error *err)
{
	struct loader *l = self;
	struct interpolation what;
	size_t at = 0;

	(void)err;
	while (interpolation_next(node->text, &at, &what)) {
		size_t len = strcspn(what.name_len ? what.name : "", ".}");
		const char *name;

		if (!what.name_len)
			continue;
		if (len > what.name_len)
			len = what.name_len;
		name = arena_strndup(l->arena, what.name, len);
		if (check_name(l, node, what.offset, name) < 0)
			return -1;
		if (what.whole && what.name_len == len &&
		    spec->type != KEY_ANY && spec->type != KEY_STRING &&
		    spec->type != KEY_VALUES &&
		    check_reference(l, node, spec, name) < 0)
			return -1;
	}
	return 0;
}

/* ------------------------------------------------------------- expressions */

int loader_expression(struct loader *l, const struct yaml_node *node,
		      struct expression *ret)
{
	struct jq_fault fault;
	const struct jq_terms *terms;

	if (jq_terms_read(node->text, l->arena, &terms, &fault) < 0)
		return yaml_complain_inside(node, fault.offset, fault.width,
					    l->err, "%s", fault.message);
	for (size_t i = 0; i < terms->name_count; i++)
		if (check_name(l, node, terms->names[i].offset,
			       terms->names[i].name) < 0)
			return -1;
	*ret = (struct expression){
		.text = node->text, .node = node, .terms = terms,
		.at = { .file = node->source->name },
	};
	yaml_place_inside(node, 0, &ret->at.line, &ret->at.column);
	ret->source_line = yaml_source_line(node->source, ret->at.line,
					    l->arena);
	return 0;
}

int loader_lone_expression(struct loader *l, const struct yaml_node *node,
			   const struct expression **ret)
{
	struct expression *made = arena_new(l->arena, struct expression);

	if (loader_expression(l, node, made) < 0)
		return -1;
	*ret = made;
	return 0;
}

/* ------------------------------------------------------- arguments of kinds */

/* The step whose arguments are validated. */
struct building {
	struct loader *loader;
	struct step *step; /* NULL for a perturbation */
};

static int see_argument_text(void *self, const struct yaml_node *node,
			     const struct key_spec *spec, struct error *err)
{
	return see_text(((struct building *)self)->loader, node, spec, err);
}

static int see_argument_expression(void *self, const char *path,
				   const struct yaml_node *node,
				   struct error *err)
{
	struct building *b = self;
	struct loader *l = b->loader;
	struct capture *made;

	(void)err;
	if (!b->step)
		return yaml_complain(node, l->err,
				     "a change has no expressions");
	if (!strcmp(path, "until"))
		return loader_lone_expression(l, node, &b->step->until);
	if (!strcmp(path, "halt"))
		return loader_lone_expression(l, node, &b->step->halt);
	made = vec_push(&b->step->arguments);
	made->name = arena_strdup(l->arena, path);
	return loader_expression(l, node, &made->expression);
}

static int see_step_id(void *self, const struct yaml_node *node,
		       struct error *err)
{
	struct loader *l = ((struct building *)self)->loader;
	const struct identified *it = map_get(&l->ids, node->text);

	(void)err;
	if ((it && it->kind == ID_STEP) ||
	    (l->world && !strcmp(l->world, node->text)))
		return 0;
	return yaml_complain(node, l->err, "no step `%s` before this%s",
			     node->text,
			     it ? "" : loader_suggest(l, node->text,
						      loader_identified_at,
						      l->identified.at,
						      l->identified.len));
}

int loader_arguments(struct loader *l, const struct yaml_node *node,
		     const struct key_spec *kind, struct step *step,
		     json_t **ret)
{
	struct building b = { l, step };
	const struct validator validator = {
		&b, see_argument_text, see_argument_expression, see_step_id,
	};
	char what[80];

	snprintf(what, sizeof(what), "`%s`", kind->name);
	return validate_mapping(node, kind->keys, what, &validator, ret,
				l->err);
}

