/*
 * The predictions rung: do two models that differ answer the same?
 *
 * Both are asked about the rows of a probe (probe.h), from the decoded files
 * and without Python: Pipelines that end in a RandomForestClassifier or a
 * LogisticRegression, as model/from_pickle.h understands them. Forests are
 * evaluated where they lie in the file. The asking ends at the first row on
 * which the two part.
 *
 * A forest's answer is a mean over its trees: added up in another order it
 * ends up to PREDICTION_ULPS apart, which still counts as the same.
 */
#ifndef COMPARE_PREDICTIONS_H
#define COMPARE_PREDICTIONS_H

#include "base/error.h"
#include "format/pickle.h"

enum { PREDICTION_ROWS = 256, PREDICTION_ULPS = 16 };

struct predictions {
	bool same;
	size_t asked;      /* rows */
	uint64_t ulps;     /* the most between two equal answers */
	double left, right; /* where they part: the probability of... */
	size_t class_index; /* ...this class */
};

/* `invalid`: not models that can be evaluated, or not the same columns; the
 * rung is then not applicable. The paths are the files of the two. */
int predictions_compare(const struct pickle *left, const char *left_path,
			const struct pickle *right, const char *right_path,
			struct predictions *ret, struct error *err);

#endif
