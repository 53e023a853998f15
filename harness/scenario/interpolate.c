#include "scenario/interpolate.h"

#include "base/number.h"
#include "base/strbuf.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TEXT = 4 * 1024 * 1024 };

static size_t identifier(const char *s)
{
	size_t n = 0;

	if (!isalpha((unsigned char)s[0]) && s[0] != '_')
		return 0;
	while (isalnum((unsigned char)s[n]) || s[n] == '_')
		n++;
	return n;
}

/* a, a.b, a.b.c */
static size_t dotted(const char *s)
{
	size_t n = identifier(s);

	while (n && s[n] == '.' && identifier(s + n + 1))
		n += 1 + identifier(s + n + 1);
	return n;
}

bool interpolation_next(const char *text, size_t *at,
			struct interpolation *ret)
{
	const char *p = text + *at;

	for (; (p = strchr(p, '$')) != NULL; p++) {
		size_t n;

		*ret = (struct interpolation){ .offset = (size_t)(p - text) };
		if (p[1] == '$') {
			ret->len = 2;
		} else if (p[1] == '{' && (n = dotted(p + 2)) &&
			   p[2 + n] == '}') {
			ret->name = p + 2;
			ret->name_len = n;
			ret->len = n + 3;
		} else if ((n = identifier(p + 1)) != 0) {
			size_t all = dotted(p + 1);

			ret->name = p + 1;
			if (p == text && !p[1 + all])
				n = all;
			ret->name_len = n;
			ret->len = n + 1;
		} else {
			continue;
		}
		ret->whole = ret->name_len && ret->offset == 0 &&
			     !text[ret->len];
		*at = ret->offset + ret->len;
		return true;
	}
	return false;
}

/* The value of "a.b" in vars, borrowed. */
static json_t *look_up(const json_t *vars, const struct interpolation *what,
		       struct error *err)
{
	const char *p = what->name, *end = p + what->name_len;
	json_t *value = (json_t *)vars;

	while (p < end) {
		size_t n = identifier(p);
		char name[200];

		snprintf(name, sizeof(name), "%.*s", (int)n, p);
		value = n < sizeof(name) ? json_object_get(value, name) : NULL;
		if (!value) {
			error_set(err, ERROR_INVALID, "no value for `$%.*s`",
				  (int)what->name_len, what->name);
			return NULL;
		}
		p += n + 1;
	}
	return value;
}

static void add_value(struct strbuf *into, const json_t *value)
{
	char number[NUMBER_TEXT];
	char *text;

	switch (json_typeof(value)) {
	case JSON_STRING:
		strbuf_add(into, json_string_value(value),
			   json_string_length(value));
		return;
	case JSON_REAL:
		strbuf_addstr(into, number_format_double(
					    json_real_value(value), number));
		return;
	default:
		text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
		strbuf_addstr(into, text ? text : "null");
		free(text);
	}
}

static int interpolate_text(const char *text, const json_t *vars,
			    json_t **ret, struct error *err)
{
	struct strbuf out = STRBUF_INIT(MOST_TEXT);
	struct interpolation what;
	size_t at = 0, done = 0;
	int rc = 0;

	while (interpolation_next(text, &at, &what)) {
		json_t *value = what.name_len ? look_up(vars, &what, err)
					      : NULL;

		if (what.name_len && !value) {
			strbuf_release(&out);
			return -1;
		}
		if (what.whole) {
			strbuf_release(&out);
			*ret = json_deep_copy(value);
			return 0;
		}
		strbuf_add(&out, text + done, what.offset - done);
		if (value)
			add_value(&out, value);
		else
			strbuf_addch(&out, '$');
		done = at;
	}
	strbuf_addstr(&out, text + done);
	if (out.truncated)
		rc = error_set(err, ERROR_LIMIT,
			       "a text of more than %d bytes", MOST_TEXT);
	else if (!(*ret = json_stringn(out.buf, out.len)))
		rc = error_set(err, ERROR_INVALID, "a text is not UTF-8");
	strbuf_release(&out);
	return rc;
}

static int interpolate_members(const json_t *tree, const json_t *vars,
			       json_t *into, struct error *err)
{
	const char *key;
	json_t *member, *value;

	json_object_foreach((json_t *)tree, key, member) {
		if (interpolate_tree(member, vars, &value, err) < 0)
			return -1;
		json_object_set_new(into, key, value);
	}
	return 0;
}

static int interpolate_items(const json_t *tree, const json_t *vars,
			     json_t *into, struct error *err)
{
	json_t *item, *value;
	size_t i;

	json_array_foreach(tree, i, item) {
		if (interpolate_tree(item, vars, &value, err) < 0)
			return -1;
		json_array_append_new(into, value);
	}
	return 0;
}

int interpolate_tree(const json_t *tree, const json_t *vars, json_t **ret,
		     struct error *err)
{
	json_t *made = NULL;
	int rc;

	switch (json_typeof(tree)) {
	case JSON_STRING:
		return interpolate_text(json_string_value(tree), vars, ret,
					err);
	case JSON_OBJECT:
		made = json_object();
		rc = interpolate_members(tree, vars, made, err);
		break;
	case JSON_ARRAY:
		made = json_array();
		rc = interpolate_items(tree, vars, made, err);
		break;
	default:
		*ret = json_deep_copy(tree);
		return 0;
	}
	if (rc == 0)
		*ret = made;
	else
		json_decref(made);
	return rc;
}
