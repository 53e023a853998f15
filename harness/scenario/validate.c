#include "scenario/validate.h"

#include "base/clock.h"
#include "base/strbuf.h"
#include "base/suggest.h"

#include <ctype.h>
#include <string.h>

size_t key_spec_count(const struct key_spec *keys)
{
	size_t n = 0;

	while (keys && keys[n].name)
		n++;
	return n;
}

const char *key_spec_name_at(const void *keys, size_t i)
{
	return ((const struct key_spec *)keys)[i].name;
}

const struct key_spec *key_spec_find(const struct key_spec *keys,
				     const char *name)
{
	for (; keys && keys->name; keys++)
		if (!strcmp(keys->name, name))
			return keys;
	return NULL;
}

bool validate_is_reference(const char *text)
{
	size_t len = strlen(text);
	const char *p = text + 1;

	if (text[0] != '$' || len < 2)
		return false;
	if (*p == '{')
		return strspn(p + 1, "abcdefghijklmnopqrstuvwxyz"
			      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.") + 3 ==
			       len && text[len - 1] == '}' && len > 3;
	if (!isalpha((unsigned char)*p) && *p != '_')
		return false;
	return p[strspn(p, "abcdefghijklmnopqrstuvwxyz"
			"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.")] == '\0';
}

static bool is_name(const char *s)
{
	if (!isalpha((unsigned char)*s) && *s != '_')
		return false;
	return s[strspn(s, "abcdefghijklmnopqrstuvwxyz"
			"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")] == '\0';
}

static bool is_choice(const char *text, const char *const *choices)
{
	for (; *choices; choices++)
		if (!strcmp(*choices, text))
			return true;
	return false;
}

const char *validate_scalar(const struct yaml_node *scalar,
			    const struct key_spec *spec)
{
	int64_t usec;

	switch (spec->type) {
	case KEY_INTEGER:
		return scalar->type == YAML_INTEGER ? NULL : "a whole number";
	case KEY_NUMBER:
		return scalar->type == YAML_INTEGER ||
		       scalar->type == YAML_REAL ? NULL : "a number";
	case KEY_BOOLEAN:
		return scalar->type == YAML_BOOLEAN ? NULL : "true or false";
	case KEY_DURATION:
		return clock_parse_duration(scalar->text, &usec)
			? NULL : "a duration such as 250ms, 60s or 2m";
	case KEY_NAME:
	case KEY_STEP:
		return is_name(scalar->text)
			? NULL : "a name of letters, digits, _ and -";
	case KEY_CHOICE:
		return is_choice(scalar->text, spec->choices)
			? NULL : "one of its choices";
	case KEY_EXPRESSION:
		return scalar->type != YAML_NULL ? NULL : "an expression";
	default:
		return scalar->type != YAML_NULL ? NULL : "text";
	}
}

/* One mapping being validated: where the complaint and the path come from. */
struct context {
	const struct validator *validator;
	struct error *err;
	struct strbuf path;
};

static int check_value(struct context *c, const struct yaml_node *node,
		       const struct key_spec *spec, json_t **ret);
static int check_mapping(struct context *c, const struct yaml_node *node,
			 const struct key_spec *keys, const char *what,
			 json_t **ret);

static void describe(const struct yaml_node *node, char *buf, size_t size)
{
	size_t shown = strlen(node->text);

	if (!yaml_is_scalar(node) || node->type == YAML_NULL)
		snprintf(buf, size, "%s", yaml_type_name(node->type));
	else
		snprintf(buf, size, "`%.*s%s`", (int)(shown > 40 ? 40 : shown),
			 node->text, shown > 40 ? "…" : "");
}

static int wrong_type(struct context *c, const struct yaml_node *node,
		      const struct key_spec *spec, const char *want)
{
	char got[256];

	describe(node, got, sizeof(got));
	return yaml_complain(node, c->err, "`%s` must be %s, not %s",
			     spec->name, want, got);
}

static const char *choice_at(const void *choices, size_t i)
{
	return ((const char *const *)choices)[i];
}

static int wrong_choice(struct context *c, const struct yaml_node *node,
			const struct key_spec *spec)
{
	struct strbuf list = STRBUF_INIT(STRBUF_LINE);
	size_t count = 0;
	char got[256];

	for (; spec->choices[count]; count++)
		strbuf_addf(&list, "%s`%s`", count ? ", " : "",
			    spec->choices[count]);
	const char *near = suggest_name(node->text, spec->choices, count,
					choice_at);
	describe(node, got, sizeof(got));
	yaml_complain(node, c->err, "`%s` must be one of %s, not %s%s%s%s",
		      spec->name, list.buf, got,
		      near ? "; did you mean `" : "", near ? near : "",
		      near ? "`?" : "");
	strbuf_release(&list);
	return -1;
}

static json_t *scalar_to_json(const struct yaml_node *node,
			      const struct key_spec *spec)
{
	switch (spec->type) {
	case KEY_INTEGER:
	case KEY_NUMBER:
	case KEY_BOOLEAN:
		return yaml_to_json(node);
	default:
		return json_string(node->text);
	}
}

static int see_text(struct context *c, const struct yaml_node *node,
		    const struct key_spec *spec)
{
	if (!c->validator || !c->validator->text ||
	    !strchr(node->text, '$') || node->type != YAML_STRING)
		return 0;
	return c->validator->text(c->validator->self, node, spec, c->err);
}

/* A "$name" alone stands for a value of any type. */
static bool is_reference(struct context *c, const struct yaml_node *node)
{
	return c->validator && c->validator->text &&
	       node->type == YAML_STRING && validate_is_reference(node->text);
}

static int check_scalar(struct context *c, const struct yaml_node *node,
			const struct key_spec *spec, json_t **ret)
{
	const char *want;

	if (yaml_is_scalar(node) && is_reference(c, node)) {
		*ret = json_string(node->text);
		return see_text(c, node, spec);
	}
	want = yaml_is_scalar(node) ? validate_scalar(node, spec)
		: validate_scalar(&(struct yaml_node){ .text = "" }, spec);
	if (!want && !yaml_is_scalar(node))
		want = "text";
	if (want && spec->type == KEY_CHOICE && yaml_is_scalar(node))
		return wrong_choice(c, node, spec);
	if (want)
		return wrong_type(c, node, spec, want);
	if (spec->type == KEY_STRING && see_text(c, node, spec) < 0)
		return -1;
	if (spec->type == KEY_STEP && c->validator && c->validator->step &&
	    c->validator->step(c->validator->self, node, c->err) < 0)
		return -1;
	*ret = scalar_to_json(node, spec);
	return 0;
}

/* Any value: only its texts are looked at. */
static int check_any(struct context *c, const struct yaml_node *node,
		     const struct key_spec *spec)
{
	int rc = yaml_is_scalar(node) ? see_text(c, node, spec) : 0;

	for (size_t i = 0; rc == 0 && i < node->count; i++)
		rc = check_any(c, node->type == YAML_SEQUENCE
					  ? node->items[i]
					  : node->pairs[i].value, spec);
	return rc;
}

static int check_expression(struct context *c, const struct yaml_node *node,
			    const struct key_spec *spec, json_t **ret)
{
	if (!yaml_is_scalar(node) || node->type == YAML_NULL)
		return wrong_type(c, node, spec, "an expression");
	if (c->validator && c->validator->expression)
		return c->validator->expression(c->validator->self,
						c->path.buf, node, c->err);
	*ret = json_string(node->text);
	return 0;
}

/* Each item of a list, or the single value that stands for one. */
static int check_list(struct context *c, const struct yaml_node *node,
		      const struct key_spec *spec, enum key_type type,
		      const char *want, json_t **ret)
{
	struct key_spec item = *spec;
	size_t len = c->path.len;
	bool list = node->type == YAML_SEQUENCE;
	json_t *array = json_array();
	char what[100];
	int rc = 0;

	item.type = type;
	snprintf(what, sizeof(what), "an entry of `%s`", spec->name);
	if (!list && (type == KEY_MAPPING || !yaml_is_scalar(node) ||
		      node->type == YAML_NULL)) {
		json_decref(array);
		return wrong_type(c, node, spec, want);
	}
	for (size_t i = 0; rc == 0 && i < (list ? node->count : 1); i++) {
		json_t *value = NULL;

		strbuf_addf(&c->path, "[%zu]", i);
		rc = type == KEY_MAPPING
			? check_mapping(c, node->items[i], spec->keys, what,
					&value)
			: check_value(c, list ? node->items[i] : node, &item,
				      &value);
		if (value)
			json_array_append_new(array, value);
		strbuf_setlen(&c->path, len);
	}
	if (rc == 0)
		*ret = array;
	else
		json_decref(array);
	return rc;
}

/* A mapping from free names to values of one type. */
static int check_named(struct context *c, const struct yaml_node *node,
		       const struct key_spec *spec, enum key_type type,
		       json_t **ret)
{
	struct key_spec item = *spec;
	size_t len = c->path.len;
	json_t *object;
	int rc = 0;

	if (node->type != YAML_MAPPING)
		return wrong_type(c, node, spec, "a mapping");
	object = json_object();
	item.type = type;
	for (size_t i = 0; rc == 0 && i < node->count; i++) {
		json_t *value = NULL;

		item.name = node->pairs[i].key->text;
		strbuf_addf(&c->path, ".%s", item.name);
		rc = check_value(c, node->pairs[i].value, &item, &value);
		if (value)
			json_object_set_new(object, item.name, value);
		strbuf_setlen(&c->path, len);
	}
	if (rc == 0)
		*ret = object;
	else
		json_decref(object);
	return rc;
}

static const struct key_spec languages[] = {
	{ "en", KEY_STRING, true, "In English." },
	{ "fr", KEY_STRING, false, "In French." },
	{ NULL },
};

static int check_bilingual(struct context *c, const struct yaml_node *node,
			   const struct key_spec *spec, json_t **ret)
{
	char what[80];

	if (node->type == YAML_MAPPING) {
		snprintf(what, sizeof(what), "`%s`", spec->name);
		return check_mapping(c, node, languages, what, ret);
	}
	if (!yaml_is_scalar(node) || node->type == YAML_NULL)
		return wrong_type(c, node, spec,
				  "text, or a mapping of en and fr");
	if (see_text(c, node, spec) < 0)
		return -1;
	*ret = json_pack("{s:s}", "en", node->text);
	return 0;
}

/* A scalar that keeps its type: a variable's value. */
static int check_plain(struct context *c, const struct yaml_node *node,
		       const struct key_spec *spec, json_t **ret)
{
	if (!yaml_is_scalar(node))
		return wrong_type(c, node, spec,
				  "text, a number, or true or false");
	*ret = yaml_to_json(node);
	return see_text(c, node, spec);
}

static int check_named_plain(struct context *c, const struct yaml_node *node,
			     const struct key_spec *spec, json_t **ret)
{
	json_t *object;
	int rc = 0;

	if (node->type != YAML_MAPPING)
		return wrong_type(c, node, spec, "a mapping");
	object = json_object();
	for (size_t i = 0; rc == 0 && i < node->count; i++) {
		const struct key_spec item = { node->pairs[i].key->text,
					       KEY_STRING };
		json_t *value = NULL;

		rc = check_plain(c, node->pairs[i].value, &item, &value);
		if (value)
			json_object_set_new(object, item.name, value);
	}
	if (rc == 0)
		*ret = object;
	else
		json_decref(object);
	return rc;
}

static int check_value(struct context *c, const struct yaml_node *node,
		       const struct key_spec *spec, json_t **ret)
{
	char what[80];

	switch (spec->type) {
	case KEY_ANY:
		*ret = yaml_to_json(node);
		return check_any(c, node, spec);
	case KEY_EXPRESSION:
		return check_expression(c, node, spec, ret);
	case KEY_EXPRESSIONS:
		return check_list(c, node, spec, KEY_EXPRESSION,
				  "a list of expressions", ret);
	case KEY_STRINGS:
		return check_list(c, node, spec, KEY_STRING, "a list of texts",
				  ret);
	case KEY_MAPPINGS:
		return check_list(c, node, spec, KEY_MAPPING,
				  "a list of mappings", ret);
	case KEY_NAMED:
		return check_named(c, node, spec, KEY_MAPPING, ret);
	case KEY_LISTS:
		return check_named(c, node, spec, KEY_STRINGS, ret);
	case KEY_NAMED_EXPRESSIONS:
		return check_named(c, node, spec, KEY_EXPRESSION, ret);
	case KEY_VALUES:
		return check_named_plain(c, node, spec, ret);
	case KEY_BILINGUAL:
		return check_bilingual(c, node, spec, ret);
	case KEY_MAPPING:
		snprintf(what, sizeof(what), "`%s`", spec->name);
		return check_mapping(c, node, spec->keys, what, ret);
	case KEY_STRING:
	case KEY_NAME:
	case KEY_INTEGER:
	case KEY_NUMBER:
	case KEY_BOOLEAN:
	case KEY_DURATION:
	case KEY_CHOICE:
	case KEY_STEP:
		break;
	}
	return check_scalar(c, node, spec, ret);
}

static int unknown_key(struct context *c, const struct yaml_node *key,
		       const struct key_spec *keys, const char *what)
{
	size_t count = key_spec_count(keys);
	const char *near = suggest_name(key->text, keys, count,
					key_spec_name_at);
	struct strbuf list = STRBUF_INIT(400);

	if (near)
		return yaml_complain(key, c->err,
				     "no key `%.60s` in %s; did you mean `%s`?",
				     key->text, what, near);
	for (size_t i = 0; i < count; i++)
		strbuf_addf(&list, "%s%s", i ? ", " : "", keys[i].name);
	yaml_complain(key, c->err, "no key `%.60s` in %s; it takes %s%s",
		      key->text, what, list.buf, list.truncated ? "..." : "");
	strbuf_release(&list);
	return -1;
}

static int check_pairs(struct context *c, const struct yaml_node *node,
		       const struct key_spec *keys, const char *what,
		       json_t *object)
{
	size_t len = c->path.len;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < node->count; i++) {
		const struct yaml_node *key = node->pairs[i].key;
		const struct key_spec *spec = key_spec_find(keys, key->text);
		json_t *value = NULL;

		if (!spec)
			return unknown_key(c, key, keys, what);
		strbuf_addf(&c->path, "%s%s", len ? "." : "", spec->name);
		rc = check_value(c, node->pairs[i].value, spec, &value);
		if (value)
			json_object_set_new(object, spec->name, value);
		strbuf_setlen(&c->path, len);
	}
	return rc;
}

static int check_mapping(struct context *c, const struct yaml_node *node,
			 const struct key_spec *keys, const char *what,
			 json_t **ret)
{
	json_t *object;

	if (node->type != YAML_MAPPING)
		return yaml_complain(node, c->err, "%s must be a mapping, "
				     "not %s", what,
				     yaml_type_name(node->type));
	object = json_object();
	if (check_pairs(c, node, keys, what, object) < 0) {
		json_decref(object);
		return -1;
	}
	for (const struct key_spec *k = keys; k->name; k++) {
		if (!k->required || yaml_get(node, k->name))
			continue;
		json_decref(object);
		return yaml_complain(node, c->err, "%s lacks `%s`", what,
				     k->name);
	}
	*ret = object;
	return 0;
}

int validate_mapping(const struct yaml_node *node, const struct key_spec *keys,
		     const char *what, const struct validator *validator,
		     json_t **ret, struct error *err)
{
	struct error unused = ERROR_INIT;
	struct context c = {
		.validator = validator, .err = err ? err : &unused,
		.path = STRBUF_INIT(STRBUF_LINE),
	};
	json_t *value = NULL;
	int rc = check_mapping(&c, node, keys, what, &value);

	strbuf_release(&c.path);
	if (rc == 0 && ret)
		*ret = value;
	else
		json_decref(value);
	return rc;
}

int64_t validate_duration(const json_t *args, const char *key,
			  int64_t fallback)
{
	const char *text = json_string_value(json_object_get(args, key));
	int64_t usec;

	return text && clock_parse_duration(text, &usec) ? usec : fallback;
}
