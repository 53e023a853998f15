/* Leading paths followed into a value: is all of it there, and what is it? */
#include "scenario/jq_terms.h"

#include "base/alloc.h"
#include "base/number.h"
#include "format/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_VALUES = 8, VALUE_BYTES = 200, KEYS_SHOWN = 8 };

void json_show(const json_t *value, size_t most, struct strbuf *into)
{
	char number[NUMBER_TEXT];
	char *text = json_is_real(value)
		? xstrdup(number_format_double(json_real_value(value), number))
		: json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	size_t len = text ? strlen(text) : 0;

	if (len <= most) {
		strbuf_add(into, text, len);
	} else {
		while (most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80)
			most--;
		strbuf_add(into, text, most);
		strbuf_addstr(into, "…");
	}
	free(text);
}

static bool is_plain_word(const char *s)
{
	return *s && !(*s >= '0' && *s <= '9') &&
	       s[strspn(s, "abcdefghijklmnopqrstuvwxyz"
			"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] == '\0';
}

void jq_path_text(const struct jq_path_step *steps, size_t count,
		  struct strbuf *into)
{
	for (size_t i = 0; i < count; i++) {
		bool plain = steps[i].type == JQ_STEP_FIELD &&
			     is_plain_word(steps[i].field);

		if (plain || i == 0)
			strbuf_addch(into, '.');
		if (plain) {
			strbuf_addstr(into, steps[i].field);
		} else if (steps[i].type == JQ_STEP_FIELD) {
			json_t *text = json_string(steps[i].field);

			strbuf_addch(into, '[');
			json_show(text, 80, into);
			strbuf_addch(into, ']');
			json_decref(text);
		} else if (steps[i].type == JQ_STEP_INDEX) {
			strbuf_addf(into, "[%lld]", (long long)steps[i].index);
		} else {
			strbuf_addstr(into, "[]");
		}
	}
}

/* The member or item that one step leads to, or NULL. */
static const json_t *follow(const json_t *value,
			    const struct jq_path_step *step)
{
	int64_t index = step->index;

	if (step->type == JQ_STEP_FIELD)
		return json_object_get(value, step->field);
	if (index < 0)
		index += (int64_t)json_array_size(value);
	return index < 0 ? NULL : json_array_get(value, (size_t)index);
}

static const char *kind_name(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT: return "an object";
	case JSON_ARRAY: return "a list";
	case JSON_STRING: return "a text";
	case JSON_INTEGER:
	case JSON_REAL: return "a number";
	case JSON_TRUE: return "true";
	case JSON_FALSE: return "false";
	case JSON_NULL: return "null";
	}
	return "something";
}

static void describe_instead(struct strbuf *instead,
			     const struct jq_path *path, size_t depth,
			     const json_t *at)
{
	const char *key;
	json_t *value;
	size_t shown = 0;

	if (!instead)
		return;
	if (depth)
		jq_path_text(path->steps, depth, instead);
	else
		strbuf_addstr(instead, "the value");
	if (json_is_array(at)) {
		strbuf_addf(instead, " is a list of %zu", json_array_size(at));
	} else if (!json_is_object(at)) {
		strbuf_addf(instead, " is %s", kind_name(at));
	} else if (json_object_size(at) == 0) {
		strbuf_addstr(instead, " is empty");
	} else {
		strbuf_addstr(instead, " has ");
		json_object_foreach((json_t *)at, key, value) {
			if (shown == KEYS_SHOWN) {
				strbuf_addstr(instead, ", …");
				break;
			}
			strbuf_addstr(instead, shown++ ? ", " : "");
			utf8_add_visible(instead, key,
					 strnlen(key, 40), NULL);
		}
	}
}

static bool exists_from(const struct jq_path *path, size_t depth,
			const json_t *value, struct strbuf *instead);

static bool each_exists(const struct jq_path *path, size_t depth,
			const json_t *value, struct strbuf *instead)
{
	const char *key;
	json_t *item;
	size_t i;

	if (json_is_array(value)) {
		json_array_foreach(value, i, item) {
			if (!exists_from(path, depth + 1, item, instead))
				return false;
		}
		return true;
	}
	if (json_is_object(value)) {
		json_object_foreach((json_t *)value, key, item) {
			if (!exists_from(path, depth + 1, item, instead))
				return false;
		}
		return true;
	}
	describe_instead(instead, path, depth, value);
	return false;
}

static bool exists_from(const struct jq_path *path, size_t depth,
			const json_t *value, struct strbuf *instead)
{
	for (; depth < path->count; depth++) {
		const struct jq_path_step *step = &path->steps[depth];

		if (step->type == JQ_STEP_EACH)
			return each_exists(path, depth, value, instead);
		const json_t *next = follow(value, step);
		if (!next) {
			describe_instead(instead, path, depth, value);
			return false;
		}
		value = next;
	}
	return true;
}

bool jq_path_exists(const struct jq_path *path, const json_t *input,
		    struct strbuf *instead)
{
	return exists_from(path, 0, input, instead);
}

struct showing {
	struct strbuf *into;
	size_t count;
};

static void show_from(const struct jq_path *path, size_t depth,
		      const json_t *value, struct showing *s)
{
	const char *key;
	json_t *item;
	size_t i;

	for (; value && depth < path->count; depth++) {
		if (path->steps[depth].type != JQ_STEP_EACH) {
			value = follow(value, &path->steps[depth]);
			continue;
		}
		if (json_is_array(value)) {
			json_array_foreach(value, i, item)
				show_from(path, depth + 1, item, s);
		} else if (json_is_object(value)) {
			json_object_foreach((json_t *)value, key, item)
				show_from(path, depth + 1, item, s);
		}
		return;
	}
	if (!value || s->count++ > MOST_VALUES)
		return;
	if (s->count > 1)
		strbuf_addstr(s->into, ", ");
	if (s->count > MOST_VALUES)
		strbuf_addstr(s->into, "…");
	else
		json_show(value, VALUE_BYTES, s->into);
}

void jq_path_show(const struct jq_path *path, const json_t *input,
		  struct strbuf *into)
{
	struct showing s = { into, 0 };

	show_from(path, 0, input, &s);
	if (s.count == 0)
		strbuf_addstr(into, "nothing");
}
