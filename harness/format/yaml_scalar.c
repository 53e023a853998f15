/* The core schema of YAML 1.2.2 (10.3.2), and the way to JSON. */
#include "base/number.h"
#include "format/yaml.h"

#include <math.h>
#include <string.h>

static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(text, *words))
			return true;
	return false;
}

static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
static const char *const trues[] = { "true", "True", "TRUE", NULL };
static const char *const falses[] = { "false", "False", "FALSE", NULL };
static const char *const nans[] = { ".nan", ".NaN", ".NAN", NULL };
static const char *const infs[] = { ".inf", ".Inf", ".INF", NULL };

static bool only(const char *text, const char *letters)
{
	return *text && text[strspn(text, letters)] == '\0';
}

/* 0o17 and 0x1f; the core schema gives them no sign. */
static bool read_based(const char *text, int64_t *ret)
{
	int base = !strncmp(text, "0o", 2) ? 8 : !strncmp(text, "0x", 2) ? 16
									  : 0;
	int64_t value = 0;

	if (!base || !only(text + 2, base == 8 ? "01234567"
					       : "0123456789abcdefABCDEF"))
		return false;
	for (const char *p = text + 2; *p; p++) {
		int digit = *p <= '9' ? *p - '0' : (*p | 0x20) - 'a' + 10;

		if (value > (INT64_MAX - digit) / base)
			return false;
		value = value * base + digit;
	}
	*ret = value;
	return true;
}

static const char digits[] = "0123456789";

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool looks_like_number(const char *p)
{
	size_t whole, part = 0;

	p += *p == '-' || *p == '+';
	whole = strspn(p, digits);
	p += whole;
	if (*p == '.') {
		part = strspn(++p, digits);
		p += part;
	}
	if (whole + part == 0)
		return false;
	if (*p == 'e' || *p == 'E') {
		p++;
		p += *p == '-' || *p == '+';
		if (!only(p, digits))
			return false;
		p += strspn(p, digits);
	}
	return *p == '\0';
}

static bool read_special(const char *text, double *ret)
{
	double sign = *text == '-' ? -1 : 1;

	if (is_one_of(text, nans)) {
		*ret = (double)NAN;
		return true;
	}
	text += *text == '-' || *text == '+';
	if (!is_one_of(text, infs))
		return false;
	*ret = sign * HUGE_VAL;
	return true;
}

void yaml_resolve(struct yaml_node *scalar)
{
	const char *text = scalar->text;
	const char *unsigned_text = text + (*text == '-' || *text == '+');

	scalar->type = YAML_STRING;
	if (is_one_of(text, nulls)) {
		scalar->type = YAML_NULL;
	} else if (is_one_of(text, trues) || is_one_of(text, falses)) {
		scalar->type = YAML_BOOLEAN;
		scalar->boolean = is_one_of(text, trues);
	} else if (read_based(text, &scalar->integer) ||
		   (only(unsigned_text, digits) &&
		    number_parse_int(*text == '+' ? text + 1 : text, INT64_MIN,
				     INT64_MAX, &scalar->integer))) {
		scalar->type = YAML_INTEGER;
		scalar->real = (double)scalar->integer;
	} else if (read_special(text, &scalar->real) ||
		   (looks_like_number(text) &&
		    number_parse_double(*text == '+' ? text + 1 : text,
					&scalar->real))) {
		scalar->type = YAML_REAL;
	}
}

static json_t *sequence_to_json(const struct yaml_node *node)
{
	json_t *array = json_array();

	for (size_t i = 0; i < node->count; i++)
		json_array_append_new(array, yaml_to_json(node->items[i]));
	return array;
}

static json_t *mapping_to_json(const struct yaml_node *node)
{
	json_t *object = json_object();

	for (size_t i = 0; i < node->count; i++)
		json_object_set_new(object, node->pairs[i].key->text,
				    yaml_to_json(node->pairs[i].value));
	return object;
}

json_t *yaml_to_json(const struct yaml_node *node)
{
	switch (node->type) {
	case YAML_NULL:
		return json_null();
	case YAML_BOOLEAN:
		return json_boolean(node->boolean);
	case YAML_INTEGER:
		return json_integer(node->integer);
	case YAML_REAL:
		return isfinite(node->real) ? json_real(node->real)
					    : json_string(node->text);
	case YAML_STRING:
		return json_string(node->text);
	case YAML_SEQUENCE:
		return sequence_to_json(node);
	case YAML_MAPPING:
		return mapping_to_json(node);
	}
	return json_null();
}
