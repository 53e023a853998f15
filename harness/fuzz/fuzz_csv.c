/* Any bytes as CSV. */
#include "fuzz/targets.h"

#include "format/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct csv_limits limits = { 1 << 20, 10000, 64, 4096 };
	struct csv csv = { .path = NULL };

	if (csv_open_text(&csv, "x.csv", (const char *)data, size, &limits,
			  NULL) == 0)
		while (csv_next(&csv, NULL) > 0)
			;
	csv_close(&csv);
	return 0;
}
