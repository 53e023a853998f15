/* Any bytes as a YAML file: read or refused; what is read can be walked, shown
 * and made into JSON. */
#include "fuzz/targets.h"

#include "format/yaml.h"

#include <stdlib.h>
#include <string.h>

static void walk(const struct yaml_node *node)
{
	struct error err = ERROR_INIT;

	yaml_complain(node, &err, "here");
	if (strncmp(err.message, "t.yaml:", 7) != 0)
		abort();
	if (yaml_is_scalar(node))
		yaml_complain_inside(node, strlen(node->text), 1, &err,
				     "there");
	for (size_t i = 0; i < node->count; i++) {
		if (node->type == YAML_SEQUENCE) {
			walk(node->items[i]);
			continue;
		}
		if (yaml_get(node, node->pairs[i].key->text) !=
		    node->pairs[i].value)
			abort();
		walk(node->pairs[i].value);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct yaml_limits limits = {
		.bytes = 1 << 16, .line = 1 << 12, .keys = 200, .nodes = 5000,
		.depth = 40,
	};
	struct arena arena = ARENA_INIT;
	struct error err = ERROR_INIT;
	const struct yaml_node *root;

	if (yaml_read("t.yaml", (const char *)data, size, &limits, &arena,
		      &root, &err) == 0) {
		json_t *json = yaml_to_json(root);

		if (!json)
			abort();
		json_decref(json);
		walk(root);
	} else if (err.kind == ERROR_NONE || !*err.message) {
		abort();
	}
	arena_release(&arena);
	return 0;
}
