/* Two pickles in one input (the first four bytes say where the second
 * begins): a comparison ends, and finds no difference exactly where the
 * canonical digests are equal. */
#include "fuzz/targets.h"

#include "compare/canonical.h"
#include "compare/pickle_walk.h"

#include <stdlib.h>
#include <string.h>

static const struct pickle_limits limits = { 1 << 20, 5000, 8 << 20 };

static void compare_both(const struct pickle *a, const struct pickle *b)
{
	const struct compare_job job = {
		.name = "x.pkl", .prefix = "", .declared = &declared_mlflow,
	};
	struct comparison c = COMPARISON_INIT;
	struct pickle_walk walk;
	char x[SHA256_HEX], y[SHA256_HEX];

	int result = pickle_walk_run(&walk, &job, a, b, &c, NULL);
	if (!result &&
	    canonical_digest_pickle(a, &declared_mlflow, x, NULL) == 0 &&
	    canonical_digest_pickle(b, &declared_mlflow, y, NULL) == 0 &&
	    strcmp(x, y) == 0 && c.counts[DIFFERENCE_VALUE])
		abort(); /* equal digests, and yet a difference */
	pickle_walk_release(&walk);
	comparison_release(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pickle a, b;
	uint32_t at;

	if (size < 4)
		return 0;
	memcpy(&at, data, 4);
	data += 4;
	size -= 4;
	at %= (uint32_t)size + 1;
	if (pickle_decode(&a, data, at, &limits, NULL) < 0)
		return 0;
	if (pickle_decode(&b, data + at, size - at, &limits, NULL) == 0) {
		compare_both(&a, &b);
		pickle_release(&b);
	}
	pickle_release(&a);
	return 0;
}
