/* .npy files: one array, element by element. */
#include "compare/comparator.h"
#include "compare/ndarray_compare.h"
#include "format/npy.h"

static bool takes(const char *name, const struct mapped *bytes)
{
	(void)name;
	return npy_is(bytes->data, bytes->len);
}

static void compare_arrays(const struct compare_job *job,
			   struct comparison *c, const struct ndarray *a,
			   const struct ndarray *b)
{
	if (ndarray_equal(a, b))
		return;
	if (ndarray_is_permuted(a, b))
		comparator_differs(job, c, RUNG_NONE, "rows", "as they are",
				   "the same in another order", NULL);
	else
		ndarray_differences(job, c, "", a, b);
}

static int compare(const struct compare_job *job, struct comparison *c,
		   struct error *err)
{
	struct arena arena = ARENA_INIT;
	struct ndarray a, b;
	int result = -1;

	if (npy_decode(&arena, job->left.bytes.data, job->left.bytes.len, &a,
		       err) == 0 &&
	    npy_decode(&arena, job->right.bytes.data, job->right.bytes.len, &b,
		       err) == 0) {
		comparison_lower(c, RUNG_CANONICAL);
		compare_arrays(job, c, &a, &b);
		result = 0;
	}
	arena_release(&arena);
	return result;
}

const struct comparator comparator_npy = { "npy", takes, compare };
