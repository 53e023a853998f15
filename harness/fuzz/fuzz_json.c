/* Any bytes as a JSON file: compared with itself, it has no difference, and
 * is equal or refused. */
#include "fuzz/targets.h"

#include "compare/comparator.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct mapped bytes = { .data = data, .len = size };
	const struct compare_job job = {
		.left = { "a.json", bytes }, .right = { "b.json", bytes },
		.name = "a.json", .prefix = "", .declared = &declared_mlflow,
	};
	struct comparison c = COMPARISON_INIT;

	if (comparator_json.compare(&job, &c, NULL) == 0 &&
	    (c.counts[DIFFERENCE_VALUE] || c.rung < RUNG_CANONICAL))
		abort();
	comparison_release(&c);
	return 0;
}
