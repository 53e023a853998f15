#include "compare/comparator.h"

#include <string.h>
#include <strings.h>

/* In the order in which they are asked. */
static const struct comparator *const comparators[] = {
	&comparator_npy, &comparator_npz, &comparator_sqlite,
	&comparator_pickle, &comparator_json, &comparator_yaml, &comparator_csv,
	&comparator_metric_file, &comparator_text, &comparator_bytes,
};

const struct comparator *comparator_for(const char *name,
					const struct mapped *bytes)
{
	for (size_t i = 0; i < ARRAY_SIZE(comparators); i++)
		if (comparators[i]->takes(name, bytes))
			return comparators[i];
	return &comparator_bytes;
}

bool comparator_has_suffix(const char *name, const char *suffix)
{
	size_t n = strlen(name), m = strlen(suffix);

	return n >= m && strcasecmp(name + n - m, suffix) == 0;
}

void comparator_differs(const struct compare_job *job, struct comparison *c,
			enum rung below, const char *field, const char *left,
			const char *right, const uint64_t *ulps)
{
	struct strbuf path = STRBUF_INIT(STRBUF_LINE);
	bool is_volatile = declared_volatile(job->declared, job->name, field);

	strbuf_addf(&path, "%s%s", job->prefix, field);
	comparison_add(c, is_volatile ? DIFFERENCE_VOLATILE : DIFFERENCE_VALUE,
		       below, path.buf, left, right, ulps);
	strbuf_release(&path);
}
