/* .npz files: arrays by name. */
#include "compare/comparator.h"
#include "compare/ndarray_compare.h"
#include "format/npz.h"

#include <string.h>

static bool takes(const char *name, const struct mapped *bytes)
{
	(void)name;
	return npz_is(bytes->data, bytes->len);
}

static void compare_arrays(const struct compare_job *job,
			   struct comparison *c, const struct npz_entry *a,
			   const struct npz_entry *b)
{
	if (ndarray_equal(&a->array, &b->array))
		return;
	if (ndarray_is_permuted(&a->array, &b->array))
		comparator_differs(job, c, RUNG_NONE, a->name, "rows",
				   "the same in another order", NULL);
	else
		ndarray_differences(job, c, a->name, &a->array, &b->array);
}

static void compare_entries(const struct compare_job *job,
			    struct comparison *c, const struct npz *a,
			    const struct npz *b)
{
	size_t i = 0, k = 0;

	while (i < a->count || k < b->count) {
		int order = i == a->count ? 1 : k == b->count ? -1
			: strcmp(a->entries[i].name, b->entries[k].name);
		if (order == 0)
			compare_arrays(job, c, &a->entries[i], &b->entries[k]);
		else
			comparator_differs(job, c, RUNG_NONE,
					   order < 0 ? a->entries[i].name
						     : b->entries[k].name,
					   order < 0 ? "an array" : "absent",
					   order < 0 ? "absent" : "an array",
					   NULL);
		i += order <= 0;
		k += order >= 0;
	}
}

static int compare(const struct compare_job *job, struct comparison *c,
		   struct error *err)
{
	struct npz a, b;

	if (npz_decode(&a, job->left.bytes.data, job->left.bytes.len,
		       err) < 0)
		return -1;
	if (npz_decode(&b, job->right.bytes.data, job->right.bytes.len,
		       err) < 0) {
		npz_release(&a);
		return -1;
	}
	comparison_lower(c, RUNG_CANONICAL);
	compare_entries(job, c, &a, &b);
	npz_release(&a);
	npz_release(&b);
	return 0;
}

const struct comparator comparator_npz = { "npz", takes, compare };
