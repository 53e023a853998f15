/* Any bytes as a pickle, and whatever is decoded through all that reads it:
 * the digest, the summary, the tree, the nodes, and a comparison with
 * itself. */
#include "fuzz/targets.h"

#include "compare/canonical.h"
#include "compare/pickle_walk.h"
#include "compare/predictions.h"
#include "format/pickle_imports.h"
#include "format/pickle_nodes.h"
#include "format/pickle_summary.h"
#include "format/pickle_tree.h"

#include <stdlib.h>

static const struct pickle_limits limits = { 1 << 20, 20000, 16 << 20 };

static void read_all(const struct pickle *p)
{
	const struct pickle_tree_limits all = { 50, 100, 2000 };
	struct strbuf text = STRBUF_INIT(1 << 20);
	char hex[SHA256_HEX];

	json_decref(pickle_summary(p));
	pickle_tree_print(p, &all, &text);
	pickle_nodes_print(p, 0, &text, NULL);
	pickle_judge(p);
	pickle_get(p->root, "steps.clf.estimators_[0].tree_.nodes");
	canonical_digest_pickle(p, &declared_mlflow, hex, NULL);
	strbuf_release(&text);
}

static void compare_with_itself(const struct pickle *p)
{
	const struct compare_job job = {
		.name = "x.pkl", .prefix = "", .declared = &declared_mlflow,
	};
	struct comparison c = COMPARISON_INIT;
	struct predictions found;
	struct pickle_walk walk;

	/* What is compared with itself has no difference. */
	if (pickle_walk_run(&walk, &job, p, p, &c, NULL) == 0 &&
	    c.counts[DIFFERENCE_VALUE])
		abort();
	pickle_walk_release(&walk);
	comparison_release(&c);
	if (p->root->type == PICKLE_OBJECT)
		predictions_compare(p, "/nonexistent", p, "/nonexistent",
				    &found, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pickle p;

	if (pickle_decode(&p, data, size, &limits, NULL) < 0)
		return 0;
	read_all(&p);
	compare_with_itself(&p);
	pickle_release(&p);
	return 0;
}
