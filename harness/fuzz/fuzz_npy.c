/* Any bytes as a .npy file, its elements printed and digested. */
#include "fuzz/targets.h"

#include "compare/canonical.h"
#include "compare/ndarray_compare.h"
#include "format/npy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = ARENA_INIT;
	struct strbuf text = STRBUF_INIT(1 << 16);
	struct ndarray a;

	if (npy_decode(&arena, data, size, &a, NULL) == 0) {
		char hex[SHA256_HEX];
		struct sha256 h;
		dtype_describe(a.type, &text);
		ndarray_describe_shape(&a, &text);
		for (size_t i = 0; i < a.count && i < 100; i++)
			dtype_print(a.type, a.data + ndarray_offset(&a, i), 80,
				    &text);
		/* Elements of no bytes may be 2^48. */
		if (a.count <= size) {
			sha256_init(&h);
			canonical_elements(&h, &a);
			sha256_finish(&h, hex);
			ndarray_is_permuted(&a, &a);
		}
	}
	strbuf_release(&text);
	arena_release(&arena);
	return 0;
}
