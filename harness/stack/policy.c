#include "stack/policy.h"

#include "base/strbuf.h"
#include "stack/compose_config.h"
#include "stack/copy_path.h"

#include <stdio.h>
#include <string.h>

/* Where the walk is: the keys from the top, and what was found. */
struct walk {
	const struct policy *policy;
	const char *keys[16];
	size_t depth;
	const char *context; /* of the build that is looked at */
	bool is_volume;      /* the mount that is looked at is no bind */
	size_t refused;
	struct error *err;
};

static void check_value(struct walk *walk, const json_t *value,
		       const struct policy_key *key);

/* The deepest place of the file, as written, on the way to it. */
static const struct yaml_node *place_of(const struct walk *walk)
{
	const struct yaml_node *node = walk->policy->raw, *below;

	for (size_t i = 0; i < walk->depth && node; i++) {
		below = yaml_get(node, walk->keys[i]);
		if (!below)
			break;
		node = below;
	}
	return node;
}

static void add_path(const struct walk *walk, struct strbuf *into)
{
	for (size_t i = 0; i < walk->depth; i++)
		strbuf_addf(into, "%s%s", i ? "." : "", walk->keys[i]);
}

/* --allow takes the name of a key, or that of the service's key it is in, or
 * the whole path as the refusal says it. */
static bool is_allowed(const struct walk *walk)
{
	const char *const *allow = walk->policy->allow;
	const char *last = walk->keys[walk->depth - 1];
	_cleanup_(strbuf_release) struct strbuf path = STRBUF_INIT(512);
	bool in_service = walk->depth > 2 &&
		!strcmp(walk->keys[0], "services");

	add_path(walk, &path);
	for (; allow && *allow; allow++)
		if (!strcmp(*allow, last) || !strcmp(*allow, path.buf) ||
		    (in_service && !strcmp(*allow, walk->keys[2])))
			return true;
	return false;
}

/* Only the first is told whole. */
static void refuse(struct walk *walk, const char *value, const char *why)
{
	_cleanup_(strbuf_release) struct strbuf path = STRBUF_INIT(512);
	const char *last = walk->keys[walk->depth - 1];

	if (is_allowed(walk) || walk->refused++)
		return;
	add_path(walk, &path);
	if (value && *value)
		strbuf_addf(&path, ": %.100s", value);
	const struct yaml_node *place = place_of(walk);
	if (place)
		yaml_complain(place, walk->err, "`%s` is refused: it %s "
			      "(--allow %s lets it pass)", path.buf, why,
			      last);
	else
		error_set(walk->err, ERROR_INVALID, "%s: `%s` is refused: it "
			  "%s (--allow %s lets it pass)", walk->policy->file,
			  path.buf, why, last);
}

static bool is_scalar(const json_t *value)
{
	return !json_is_object(value) && !json_is_array(value);
}

static const char *text_of(struct walk *walk, const json_t *value)
{
	if (json_is_string(value))
		return json_string_value(value);
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	const char *copy = arena_strdup(walk->policy->arena, text);
	free(text);
	return copy;
}

static void check_mapping(struct walk *walk, const json_t *value,
			  const struct policy_key *keys)
{
	const json_t *member;
	const char *name;

	json_object_foreach((json_t *)value, name, member) {
		const struct policy_key *key = keys;
		while (key->name && strcmp(key->name, name))
			key++;
		walk->keys[walk->depth++] = name;
		/* What extends the file for people means nothing. */
		if (key->name)
			check_value(walk, member, key);
		else if (strncmp(name, "x-", 2))
			refuse(walk, NULL, "is no key that Bis knows");
		walk->depth--;
	}
}

static void check_keys(struct walk *walk, const json_t *value,
		       const struct policy_key *key)
{
	if (json_is_null(value))
		return;
	if (!json_is_object(value)) {
		refuse(walk, text_of(walk, value), "is no mapping");
		return;
	}
	const json_t *type = json_object_get(value, "type");
	struct walk outer = *walk;
	walk->context = json_string_value(json_object_get(value, "context"));
	walk->is_volume = type && strcmp(text_of(walk, type), "bind");
	check_mapping(walk, value, key->keys);
	walk->context = outer.context;
	walk->is_volume = outer.is_volume;
}

static void check_each(struct walk *walk, const json_t *value,
		       const struct policy_key *key)
{
	const json_t *member;
	const char *name;

	if (!json_is_object(value) && !json_is_null(value))
		refuse(walk, text_of(walk, value), "is no mapping");
	json_object_foreach((json_t *)value, name, member) {
		walk->keys[walk->depth++] = name;
		check_keys(walk, member, key);
		walk->depth--;
	}
}

static void check_list(struct walk *walk, const json_t *value,
		       const struct policy_key *key)
{
	const json_t *item;
	size_t i;

	if (!json_is_array(value))
		refuse(walk, text_of(walk, value), "is no list");
	json_array_foreach(value, i, item)
		if (!json_is_string(item)) /* a name alone */
			check_keys(walk, item, key);
}

static bool is_one_of(const char *text, const char *const *choices)
{
	for (; *choices; choices++)
		if (!strcmp(text, *choices))
			return true;
	return false;
}

static void check_scalar(struct walk *walk, const json_t *value,
			 const struct policy_key *key)
{
	if (!is_scalar(value))
		refuse(walk, text_of(walk, value), "is no plain value");
	else if (key->form == FORM_CHOICE && !json_is_null(value) &&
		 !is_one_of(text_of(walk, value), key->choices))
		refuse(walk, text_of(walk, value), key->why);
}

static void check_scalars(struct walk *walk, const json_t *value,
			  const struct policy_key *key)
{
	const json_t *member;
	const char *name;
	size_t i;

	if (is_scalar(value)) {
		check_scalar(walk, value, key);
		return;
	}
	json_array_foreach(value, i, member)
		check_scalar(walk, member, key);
	json_object_foreach((json_t *)value, name, member)
		check_scalar(walk, member, key);
}

static void check_inside(struct walk *walk, const json_t *value,
			 const struct policy_key *key, const char *base)
{
	const struct policy *policy = walk->policy;
	const char *text = json_string_value(value);

	if (!text) {
		refuse(walk, text_of(walk, value), "is no path");
		return;
	}
	text = compose_unescape(policy->arena, text);
	if (base ? !copy_path_is_inside(policy->root, base, text, NULL)
		 : *text != '/' ||
		   !copy_path_is_inside(policy->root, "/", text, NULL))
		refuse(walk, text, key->why);
}

static void check_value(struct walk *walk, const json_t *value,
		       const struct policy_key *key)
{
	switch (key->form) {
	case FORM_REFUSED:
		/* Empty is how an engine writes what was not asked for. */
		if (!json_is_null(value) &&
		    (is_scalar(value) || json_object_size(value) ||
		     json_array_size(value)))
			refuse(walk, is_scalar(value) ? text_of(walk, value)
			       : NULL, key->why);
		break;
	case FORM_ANY:
		break;
	case FORM_FALSE:
		if (!json_is_null(value) && !json_is_false(value))
			refuse(walk, text_of(walk, value), key->why);
		break;
	case FORM_TEXT:
		check_scalar(walk, value, key);
		break;
	case FORM_TEXTS:
	case FORM_CHOICE:
		check_scalars(walk, value, key);
		break;
	case FORM_KEYS:
		check_keys(walk, value, key);
		break;
	case FORM_EACH:
		check_each(walk, value, key);
		break;
	case FORM_LIST:
		check_list(walk, value, key);
		break;
	case FORM_INSIDE:
		/* A volume's is a name; a path there would be a folder of the
		 * host after all, to some engines. */
		if (!walk->is_volume)
			check_inside(walk, value, key, NULL);
		else if (strpbrk(text_of(walk, value), "/\\~"))
			refuse(walk, text_of(walk, value),
			       "is no name of a volume");
		break;
	case FORM_DOCKERFILE:
		check_inside(walk, value, key, walk->context
			     ? walk->context : walk->policy->root);
		break;
	case FORM_IMAGE:
		if (!strncmp(text_of(walk, value), POLICY_OUR_IMAGES,
			     strlen(POLICY_OUR_IMAGES)))
			refuse(walk, text_of(walk, value), key->why);
		break;
	}
}

int policy_check(const struct policy *policy, const json_t *config,
		 struct error *err)
{
	struct error first = ERROR_INIT;
	struct walk walk = { .policy = policy, .err = &first };

	check_mapping(&walk, config, policy_keys);
	if (!walk.refused)
		return 0;
	if (walk.refused == 1)
		return error_set(err, ERROR_INVALID, "%s", first.message);
	return error_set(err, ERROR_INVALID, "%s\nand %zu more like it",
			 first.message, walk.refused - 1);
}
