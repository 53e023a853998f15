#include "stack/template.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
#define NAME_CHARS LETTERS "0123456789"

/* The name behind a dollar sign: its text, and what it takes up. */
static size_t name_length(const char *at, const char **ret_name,
			  size_t *ret_len)
{
	if (*at != '{') {
		*ret_name = at;
		*ret_len = strcspn(at, LETTERS) ? 0 : strspn(at, NAME_CHARS);
		return *ret_len;
	}
	*ret_name = at + 1;
	*ret_len = strspn(at + 1, NAME_CHARS ".-");
	return at[1 + *ret_len] == '}' && *ret_len ? *ret_len + 2 : 0;
}

static int expand_name(const char *at, const struct template_names *names,
		       struct strbuf *into, size_t *ret_used,
		       struct error *err)
{
	char name[TEMPLATE_NAME];
	const char *start, *value;
	size_t len;

	*ret_used = name_length(at, &start, &len);
	if (!*ret_used || len >= sizeof(name))
		return error_set(err, ERROR_INVALID, "`$` is neither `$$` nor "
				 "a name as in `${name}`");
	memcpy(name, start, len);
	name[len] = '\0';
	value = names->look_up(names->self, name);
	if (!value)
		return error_set(err, ERROR_INVALID, "nothing is called `%s` "
				 "here", name);
	strbuf_addstr(into, value);
	return 0;
}

int template_expand(const char *text, const struct template_names *names,
		    struct strbuf *into, size_t *ret_offset,
		    struct error *err)
{
	const char *at = text;

	while (*at) {
		size_t plain = strcspn(at, "$");
		size_t used = 1;
		strbuf_add(into, at, plain);
		at += plain;
		if (!*at)
			break;
		if (at[1] == '$') {
			strbuf_addch(into, '$');
		} else if (expand_name(at + 1, names, into, &used, err) < 0) {
			if (ret_offset)
				*ret_offset = (size_t)(at - text);
			return -1;
		}
		at += 1 + used;
	}
	return 0;
}
