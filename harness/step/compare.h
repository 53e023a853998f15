/*
 * Two trainings held side by side: metrics to the last bit, artifacts by the
 * identity ladder (compare/ladder.h). Used by the `compare` step and by
 * diagnose/.
 */
#ifndef STEP_COMPARE_H
#define STEP_COMPARE_H

#include "step/step.h"

struct run_comparison {
	const char *rung;     /* highest on which they agree as a whole:
			       * "bytes", "canonical", "predictions",
			       * "metrics", "none" */
	bool metrics_equal;   /* all but the volatile ones, to the last bit */
	bool has_model;       /* either of them logged one */
	bool model_equal;     /* on the canonical rung, or above; also where
			       * neither has one */
	bool artifacts_equal; /* the others, each on its format's highest */
	bool agree;           /* what `twice` asks: all three */
	const char *first_difference; /* by path, with both values; NULL: none */
	const char *brief;    /* "auc 0.6175, was 0.8267; 300 of 300 trees
			       * differ"; arena */
	const char *summary;  /* a sentence or a few lines for people; arena */
	json_t *value;        /* the tree for expectations; owned */
};

/* volatile_metrics: names that may differ (train_time_sec, ...); an array of
 * strings, or NULL. */
int compare_runs(struct step_context *context, const struct train_record *left,
		 const struct train_record *right,
		 const json_t *volatile_metrics, struct run_comparison *ret,
		 struct error *err);

#endif
