#include "tests/report/schema.h"

#include "base/compiler.h"

#include <string.h>

struct place {
	const struct place *parent;
	const char *name; /* of a member, or NULL */
	size_t index;     /* of an element */
};

struct validator {
	const json_t *root;
	struct strbuf *complaints;
};

static void fit(struct validator *v, const json_t *schema, const json_t *value,
		const struct place *place);

static void add_place(struct strbuf *into, const struct place *place)
{
	if (!place)
		return;
	add_place(into, place->parent);
	if (place->name)
		strbuf_addf(into, ".%s", place->name);
	else
		strbuf_addf(into, "[%zu]", place->index);
}

static void complain(struct validator *v, const struct place *place,
		     const char *what, const char *name)
{
	add_place(v->complaints, place);
	strbuf_addf(v->complaints, ": %s %s\n", what, name);
}

static bool has_type(const json_t *value, const char *type)
{
	if (!strcmp(type, "number"))
		return json_is_number(value);
	if (!strcmp(type, "integer"))
		return json_is_integer(value);
	if (!strcmp(type, "string"))
		return json_is_string(value);
	if (!strcmp(type, "boolean"))
		return json_is_boolean(value);
	if (!strcmp(type, "object"))
		return json_is_object(value);
	if (!strcmp(type, "array"))
		return json_is_array(value);
	return !strcmp(type, "null") && json_is_null(value);
}

static void fit_type(struct validator *v, const json_t *type,
		     const json_t *value, const struct place *place)
{
	json_t *one;
	size_t i;

	if (json_is_string(type)) {
		if (!has_type(value, json_string_value(type)))
			complain(v, place, "not", json_string_value(type));
		return;
	}
	json_array_foreach(type, i, one)
		if (has_type(value, json_string_value(one)))
			return;
	complain(v, place, "none of its types", "");
}

static void fit_enum(struct validator *v, const json_t *list,
		     const json_t *value, const struct place *place)
{
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
		if (json_equal(one, value))
			return;
	complain(v, place, "none of its values", "");
}

static void fit_required(struct validator *v, const json_t *names,
			 const json_t *value, const struct place *place)
{
	json_t *name;
	size_t i;

	json_array_foreach(names, i, name)
		if (!json_object_get(value, json_string_value(name)))
			complain(v, place, "lacks", json_string_value(name));
}

static void fit_members(struct validator *v, const json_t *schema,
			const json_t *value, const struct place *place)
{
	const json_t *properties = json_object_get(schema, "properties");
	const json_t *others = json_object_get(schema, "additionalProperties");
	const char *name;
	json_t *member;

	json_object_foreach((json_t *)value, name, member) {
		struct place below = { place, name, 0 };
		const json_t *known = json_object_get(properties, name);

		if (known)
			fit(v, known, member, &below);
		else if (json_is_false(others))
			complain(v, &below, "not in the schema", "");
		else if (json_is_object(others))
			fit(v, others, member, &below);
	}
}

static void fit_items(struct validator *v, const json_t *items,
		      const json_t *value, const struct place *place)
{
	json_t *element;
	size_t i;

	json_array_foreach(value, i, element) {
		struct place below = { place, NULL, i };

		fit(v, items, element, &below);
	}
}

static void fit_reference(struct validator *v, const char *reference,
			  const json_t *value, const struct place *place)
{
	static const char prefix[] = "#/$defs/";
	const json_t *target = NULL;

	if (!strncmp(reference, prefix, strlen(prefix)))
		target = json_object_get(json_object_get(v->root, "$defs"),
					 reference + strlen(prefix));
	if (target)
		fit(v, target, value, place);
	else
		complain(v, place, "no such definition:", reference);
}

static void fit_keyword(struct validator *v, const char *keyword,
			const json_t *rule, const json_t *value,
			const struct place *place)
{
	static const char *const elsewhere[] = {
		"$schema", "$defs", "title", "description", "properties",
		"additionalProperties",
	};

	for (size_t i = 0; i < ARRAY_SIZE(elsewhere); i++)
		if (!strcmp(keyword, elsewhere[i]))
			return;
	if (!strcmp(keyword, "type"))
		fit_type(v, rule, value, place);
	else if (!strcmp(keyword, "enum"))
		fit_enum(v, rule, value, place);
	else if (!strcmp(keyword, "required") && json_is_object(value))
		fit_required(v, rule, value, place);
	else if (!strcmp(keyword, "items") && json_is_array(value))
		fit_items(v, rule, value, place);
	else if (!strcmp(keyword, "$ref"))
		fit_reference(v, json_string_value(rule), value, place);
	else if (!strcmp(keyword, "minimum") && json_is_number(value)) {
		if (json_number_value(value) < json_number_value(rule))
			complain(v, place, "too small", "");
	} else if (strcmp(keyword, "required") && strcmp(keyword, "items") &&
		   strcmp(keyword, "minimum")) {
		complain(v, place, "a keyword that is not tested:", keyword);
	}
}

static void fit(struct validator *v, const json_t *schema, const json_t *value,
		const struct place *place)
{
	const char *keyword;
	json_t *rule;

	json_object_foreach((json_t *)schema, keyword, rule)
		fit_keyword(v, keyword, rule, value, place);
	if (json_is_object(value))
		fit_members(v, schema, value, place);
}

bool schema_fits(const json_t *schema, const json_t *value,
		 struct strbuf *complaints)
{
	struct validator v = { schema, complaints };
	size_t before = complaints->len;

	fit(&v, schema, value, NULL);
	return complaints->len == before;
}
