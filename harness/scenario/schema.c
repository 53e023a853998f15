#include "scenario/schema.h"

#include "base/arena.h"
#include "scenario/grammar.h"
#include "scenario/validate.h"

#include <stdlib.h>
#include <string.h>

#define NAME_PATTERN "^[A-Za-z_][A-Za-z0-9_-]*$"
#define DURATION_PATTERN "^[0-9]+(\\.[0-9]+)?(us|ms|s|m|h)$"
#define REFERENCE_PATTERN \
	"^\\$([A-Za-z_][A-Za-z0-9_.]*|\\{[A-Za-z_][A-Za-z0-9_.]*\\})$"

/* What the mapping of a step kind may hold beside its type: "$name". */
enum place { PLAIN, ARGUMENTS };

static json_t *mapping(const struct key_spec *keys, enum place place);

static json_t *type(const char *name)
{
	return json_pack("{s:s}", "type", name);
}

static json_t *ref(const char *name)
{
	return json_pack("{s:o}", "$ref",
			 json_sprintf("#/$defs/%s", name));
}

/* One of it, or a list of such. */
static json_t *list_or_one(json_t *item)
{
	return json_pack("{s:[o, {s:s, s:O}]}", "anyOf", item, "type", "array",
			 "items", item);
}

static json_t *object_of(json_t *values)
{
	return json_pack("{s:s, s:o}", "type", "object",
			 "additionalProperties", values);
}

static json_t *choices(const char *const *list)
{
	json_t *array = json_array();

	for (; *list; list++)
		json_array_append_new(array, json_string(*list));
	return json_pack("{s:o}", "enum", array);
}

/* A mapping that has a definition of its own is named there. */
static json_t *mapping_ref(const struct key_spec *spec, enum place place)
{
	static const char *const defined[] = { "exercises", "steps", "perturb",
					       "override" };
	static const char *const names[] = { "exercise", "step", "perturbation",
					     "override" };

	for (size_t i = 0; i < ARRAY_SIZE(defined); i++)
		if (place == PLAIN && !strcmp(spec->name, defined[i]))
			return ref(names[i]);
	return mapping(spec->keys, place);
}

static json_t *of_type(const struct key_spec *spec, enum place place)
{
	switch (spec->type) {
	case KEY_ANY:
		return json_object();
	case KEY_STRING:
		return ref("scalar");
	case KEY_NAME:
	case KEY_STEP:
		return ref("name");
	case KEY_INTEGER:
		return type("integer");
	case KEY_NUMBER:
		return type("number");
	case KEY_BOOLEAN:
		return type("boolean");
	case KEY_DURATION:
		return ref("duration");
	case KEY_CHOICE:
		return choices(spec->choices);
	case KEY_EXPRESSION:
		return ref("expression");
	case KEY_EXPRESSIONS:
		return list_or_one(ref("expression"));
	case KEY_BILINGUAL:
		return ref("bilingual");
	case KEY_STRINGS:
		return list_or_one(ref("scalar"));
	case KEY_MAPPING:
		return mapping(spec->keys, place);
	case KEY_MAPPINGS:
		return json_pack("{s:s, s:o}", "type", "array", "items",
				 mapping_ref(spec, place));
	case KEY_NAMED:
		return object_of(mapping_ref(spec, place));
	case KEY_VALUES:
		return object_of(ref("value"));
	case KEY_LISTS:
		return object_of(list_or_one(ref("scalar")));
	case KEY_NAMED_EXPRESSIONS:
		return object_of(ref("expression"));
	}
	return json_object();
}

/* In arguments a scalar of any type may be "$name" alone. */
static bool takes_reference(enum key_type key)
{
	switch (key) {
	case KEY_NAME:
	case KEY_INTEGER:
	case KEY_NUMBER:
	case KEY_BOOLEAN:
	case KEY_DURATION:
	case KEY_CHOICE:
		return true;
	default:
		return false;
	}
}

static json_t *property(const struct key_spec *spec, enum place place)
{
	json_t *schema = of_type(spec, place), *full = json_object();

	if (place == ARGUMENTS && takes_reference(spec->type))
		schema = json_pack("{s:[o, o]}", "anyOf", schema,
				   ref("reference"));
	json_object_set_new(full, "description", json_string(spec->doc));
	json_object_update(full, schema);
	json_decref(schema);
	return full;
}

static json_t *mapping(const struct key_spec *keys, enum place place)
{
	json_t *properties = json_object(), *required = json_array();
	json_t *schema;

	for (; keys && keys->name; keys++) {
		json_object_set_new(properties, keys->name,
				    property(keys, place));
		if (keys->required)
			json_array_append_new(required,
					      json_string(keys->name));
	}
	schema = json_pack("{s:s, s:o, s:b}", "type", "object", "properties",
			   properties, "additionalProperties", 0);
	if (json_array_size(required))
		json_object_set(schema, "required", required);
	json_decref(required);
	return schema;
}

/* A mapping whose last `kinds` keys are kinds, of which it has one. */
static json_t *with_kinds(const struct key_spec *keys, size_t kinds,
			  const char *instead)
{
	size_t first = key_spec_count(keys) - kinds;
	json_t *schema = mapping(keys, PLAIN);
	json_t *properties = json_object_get(schema, "properties");
	json_t *one_of = json_array();

	for (size_t i = first; i < first + kinds; i++) {
		json_t *kind = mapping(keys[i].keys, ARGUMENTS);

		json_object_set_new(kind, "description",
				    json_string(keys[i].doc));
		json_object_set_new(properties, keys[i].name, kind);
		json_array_append_new(one_of, json_pack("{s:[s]}", "required",
							keys[i].name));
	}
	if (instead)
		json_array_append_new(one_of, json_pack("{s:[s]}", "required",
							instead));
	json_object_set_new(schema, "oneOf", one_of);
	return schema;
}

/* An entry of steps is a step, which has an id, or an include. */
static json_t *step_schema(const struct grammar *g)
{
	json_t *schema = with_kinds(g->step, g->step_kinds, "include");

	json_object_set_new(
		schema, "if",
		json_pack("{s:[s]}", "required", "include"));
	json_object_set_new(schema, "then",
			    json_pack("{s:i}", "maxProperties", 1));
	json_object_set_new(schema, "else",
			    json_pack("{s:[s]}", "required", "id"));
	return schema;
}

static json_t *definitions(const struct grammar *g)
{
	const struct key_spec *override =
		key_spec_find(g->scenario, "override");
	json_t *defs = json_object();

	json_object_set_new(
		defs, "bilingual",
		json_pack("{s:[o, {s:s, s:{s:o, s:o}, s:[s], s:b}]}", "anyOf",
			  ref("scalar"), "type", "object", "properties", "en",
			  ref("scalar"), "fr", ref("scalar"), "required", "en",
			  "additionalProperties", 0));
	json_object_set_new(defs, "duration",
			    json_pack("{s:s, s:s}", "type", "string",
				      "pattern", DURATION_PATTERN));
	json_object_set_new(defs, "exercise", mapping(g->exercise, PLAIN));
	json_object_set_new(
		defs, "expression",
		json_pack("{s:s, s:[s, s, s]}", "description",
			  "A jq expression: see doc/expressions.md.", "type",
			  "string", "number", "boolean"));
	json_object_set_new(defs, "name",
			    json_pack("{s:s, s:s}", "type", "string",
				      "pattern", NAME_PATTERN));
	json_object_set_new(defs, "override", mapping(override->keys, PLAIN));
	json_object_set_new(defs, "perturbation",
			    with_kinds(g->perturb, g->changes, NULL));
	json_object_set_new(
		defs, "reference",
		json_pack("{s:s, s:s, s:s}", "description",
			  "A variable or an earlier capture.", "type",
			  "string", "pattern", REFERENCE_PATTERN));
	json_object_set_new(defs, "scalar",
			    json_pack("{s:[s, s, s]}", "type", "string",
				      "number", "boolean"));
	json_object_set_new(defs, "step", step_schema(g));
	json_object_set_new(defs, "value",
			    json_pack("{s:[s, s, s, s]}", "type", "string",
				      "number", "boolean", "null"));
	return defs;
}

void schema_print(const struct scenario_tables *tables, struct strbuf *into)
{
	struct arena arena = ARENA_INIT;
	const struct grammar *g = grammar_build(tables, false, &arena);
	json_t *top = mapping(g->scenario, PLAIN);
	json_t *schema = json_pack(
		"{s:s, s:s}", "$schema",
		"https://json-schema.org/draft/2020-12/schema", "title",
		"A Bis scenario");
	char *text;

	json_object_update(schema, top);
	json_object_set_new(schema, "$defs", definitions(g));
	text = json_dumps(schema, JSON_INDENT(2));
	strbuf_addstr(into, text ? text : "");
	strbuf_addch(into, '\n');
	free(text);
	json_decref(schema);
	json_decref(top);
	arena_release(&arena);
}
