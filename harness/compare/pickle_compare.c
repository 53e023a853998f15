/* Pickles and joblib files: the decoded values. */
#include "compare/model_summary.h"
#include "compare/pickle_walk.h"

#include <string.h>

static bool takes(const char *name, const struct mapped *bytes)
{
	static const char *const suffixes[] = {
		".pkl", ".pickle", ".joblib", ".cloudpickle",
	};

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (comparator_has_suffix(name, suffixes[i]))
			return true;
	return bytes->len > 2 && bytes->data[0] == 0x80 &&
	       bytes->data[1] >= 2 && bytes->data[1] <= 5;
}

static int compare_decoded(const struct compare_job *job,
			   const struct pickle *left,
			   const struct pickle *right, struct comparison *c,
			   struct error *err)
{
	struct pickle_walk walk;
	size_t before = c->counts[DIFFERENCE_VALUE];

	comparison_lower(c, RUNG_CANONICAL);
	int result = pickle_walk_run(&walk, job, left, right, c, err);
	if (!result && c->counts[DIFFERENCE_VALUE] > before)
		model_summary_say(&walk);
	pickle_walk_release(&walk);
	return result;
}

static int compare(const struct compare_job *job, struct comparison *c,
		   struct error *err)
{
	struct pickle left, right;
	int result;

	if (pickle_open(&left, job->left.path, NULL, err) < 0)
		return -1;
	if (pickle_open(&right, job->right.path, NULL, err) < 0) {
		pickle_release(&left);
		return -1;
	}
	result = compare_decoded(job, &left, &right, c, err);
	pickle_release(&left);
	pickle_release(&right);
	return result;
}

const struct comparator comparator_pickle = { "pickle", takes, compare };
