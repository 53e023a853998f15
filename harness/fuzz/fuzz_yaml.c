/* Any bytes as YAML, and what is read as JSON. */
#include "fuzz/targets.h"

#include "format/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct yaml_limits limits = { 1 << 16, 1 << 12, 200, 5000, 40 };
	struct arena arena = ARENA_INIT;
	const struct yaml_node *node;

	if (yaml_read("x.yaml", (const char *)data, size, &limits, &arena,
		      &node, NULL) == 0)
		json_decref(yaml_to_json(node));
	arena_release(&arena);
	return 0;
}
