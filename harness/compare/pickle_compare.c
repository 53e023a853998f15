/* Pickles and joblib files: the decoded values. */
#include "compare/model_summary.h"
#include "compare/pickle_walk.h"
#include "compare/predictions.h"

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

/* Where the values differ, do the answers? What can't be asked is no error:
 * the rung is then not applicable. */
static void compare_predictions(const struct compare_job *job,
				const struct pickle *left,
				const struct pickle *right,
				struct comparison *c)
{
	struct predictions found;
	struct error why = ERROR_INIT;

	if (left->root->type != PICKLE_OBJECT ||
	    right->root->type != PICKLE_OBJECT)
		return;
	if (predictions_compare(left, job->left.path, right, job->right.path,
				&found, &why) < 0) {
		comparison_say(c, "predictions not compared: %s", why.message);
		return;
	}
	c->predictions_apply = true;
	if (found.same) {
		c->rung = RUNG_PREDICTIONS;
		comparison_say(c, "the same predictions on %zu rows around the "
			       "models' own thresholds%s", found.asked,
			       found.ulps ? ", to a few ulps" : "");
		return;
	}
	comparison_say(c, "predictions part at row %zu of the probe: "
		       "probability of class %zu %.6g != %.6g", found.asked - 1,
		       found.class_index, found.left, found.right);
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
	if (!result && c->counts[DIFFERENCE_VALUE] > before) {
		model_summary_say(&walk);
		if (!job->no_predictions)
			compare_predictions(job, left, right, c);
	}
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
