/* JSON: values, whatever the order of keys and the white space. */
#include "compare/json_walk.h"

#include <string.h>

enum { MAX_BYTES = 64 << 20 };

static bool takes(const char *name, const struct mapped *bytes)
{
	(void)bytes;
	return comparator_has_suffix(name, ".json");
}

static json_t *load(const struct compare_side *side, struct error *err)
{
	json_error_t why;
	json_t *v;

	if (side->bytes.len > MAX_BYTES) {
		error_set(err, ERROR_LIMIT, "%s: larger than %d bytes",
			  side->path, MAX_BYTES);
		return NULL;
	}
	v = json_loadb((const char *)side->bytes.data, side->bytes.len,
		       JSON_REJECT_DUPLICATES | JSON_DECODE_ANY |
		       JSON_ALLOW_NUL, &why);
	if (!v)
		error_set(err, ERROR_INVALID, "%s:%d:%d: %s", side->path,
			  why.line, why.column, why.text);
	return v;
}

/* A difference only in volatile fields leaves the bytes rung standing. */
static int compare(const struct compare_job *job, struct comparison *c,
		   struct error *err)
{
	json_t *left = load(&job->left, err);
	json_t *right = left ? load(&job->right, err) : NULL;
	int result = right ? 0 : -1;

	if (!result) {
		size_t before = c->counts[DIFFERENCE_VOLATILE];
		json_walk(job, left, right, c);
		if (c->counts[DIFFERENCE_VOLATILE] == before)
			comparison_lower(c, RUNG_CANONICAL);
	}
	json_decref(left);
	json_decref(right);
	return result;
}

const struct comparator comparator_json = { "json", takes, compare };
