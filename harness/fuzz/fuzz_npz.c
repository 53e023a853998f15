/* Any bytes as a .npz file. */
#include "fuzz/targets.h"

#include "compare/ndarray_compare.h"
#include "format/npz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct npz npz;

	if (npz_decode(&npz, data, size, NULL) < 0)
		return 0;
	for (size_t i = 0; i < npz.count; i++)
		ndarray_equal(&npz.entries[i].array, &npz.entries[0].array);
	npz_release(&npz);
	return 0;
}
