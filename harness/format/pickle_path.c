/* Paths into a decoded pickle. */
#include "format/pickle.h"

#include "base/number.h"

#include <string.h>

/* One part of a path, without its dot or brackets. */
struct part {
	char text[256];
	int64_t index; /* -1 where it is a name */
};

/* Reads the part at *path and moves past it; false where it is malformed. */
static bool next_part(const char **path, struct part *ret)
{
	const char *p = *path;
	bool bracket = *p == '[';

	p += bracket || *p == '.';
	size_t n = strcspn(p, bracket ? "]" : ".[");
	if (n == 0 || n >= sizeof(ret->text) || (bracket && p[n] != ']'))
		return false;
	memcpy(ret->text, p, n);
	ret->text[n] = '\0';
	if (!number_parse_int(ret->text, 0, INT64_MAX, &ret->index))
		ret->index = -1;
	*path = p + n + bracket;
	return true;
}

/* The estimator called `name` in a list of (name, estimator, ...). */
static const struct pickle_value *named(const struct pickle_value *list,
					const char *name)
{
	for (size_t i = 0; i < pickle_len(list); i++) {
		const struct pickle_value *entry = pickle_at(list, i);
		if (entry->type == PICKLE_TUPLE && entry->list.len >= 2 &&
		    pickle_is_str(entry->list.at[0], name))
			return entry->list.at[1];
	}
	return NULL;
}

static const struct pickle_value *step_into(const struct pickle_value *v,
					    const struct part *part)
{
	const struct pickle_value *found = NULL;

	if (part->index >= 0)
		found = pickle_at(v, (size_t)part->index);
	if (!found)
		found = pickle_attribute(v, part->text);
	if (!found)
		found = pickle_item(v, part->text);
	if (!found && v->type == PICKLE_LIST)
		found = named(v, part->text);
	return found;
}

const struct pickle_value *pickle_get(const struct pickle_value *v,
				      const char *path)
{
	struct part part;

	while (v && *path)
		v = next_part(&path, &part) ? step_into(v, &part) : NULL;
	return v;
}
