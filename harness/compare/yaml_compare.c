/* YAML: MLmodel, conda.yaml, meta.yaml and any other. */
#include "compare/json_walk.h"

#include "base/path.h"
#include "format/yaml.h"

#include <string.h>

static bool takes(const char *name, const struct mapped *bytes)
{
	const char *base = path_basename(name);

	(void)bytes;
	return comparator_has_suffix(base, ".yaml") ||
	       comparator_has_suffix(base, ".yml") ||
	       strcmp(base, "MLmodel") == 0 ||
	       strcmp(base, "registered_model_meta") == 0;
}

static json_t *load(struct arena *arena, const struct compare_side *side,
		    struct error *err)
{
	const struct yaml_node *node;

	if (yaml_read(side->path, (const char *)side->bytes.data,
		      side->bytes.len, NULL, arena, &node, err) < 0)
		return NULL;
	return yaml_to_json(node);
}

/* A difference only in volatile fields leaves the bytes rung standing. */
static int compare(const struct compare_job *job, struct comparison *c,
		   struct error *err)
{
	struct arena arena = ARENA_INIT;
	json_t *left = load(&arena, &job->left, err);
	json_t *right = left ? load(&arena, &job->right, err) : NULL;
	int result = right ? 0 : -1;

	if (!result) {
		size_t before = c->counts[DIFFERENCE_VOLATILE];
		json_walk(job, left, right, c);
		if (c->counts[DIFFERENCE_VOLATILE] == before)
			comparison_lower(c, RUNG_CANONICAL);
	}
	json_decref(left);
	json_decref(right);
	arena_release(&arena);
	return result;
}

const struct comparator comparator_yaml = { "yaml", takes, compare };
