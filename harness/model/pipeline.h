/*
 * The lab's whole model, fitted: Pipeline([("prep", ColumnTransformer), ("clf",
 * RandomForestClassifier)]), from raw columns to probabilities.
 */
#ifndef MODEL_PIPELINE_H
#define MODEL_PIPELINE_H

#include "base/error.h"
#include "model/column_encoder.h"
#include "model/forest.h"

#include <stdint.h>

/* What the classes 0 .. n-1 are called: np.unique() of the target. */
enum label_kind {
	LABELS_INT,  /* int64 */
	LABELS_BOOL, /* False, True */
	LABELS_TEXT, /* object */
};

struct labels {
	enum label_kind kind;
	const int64_t *integers;  /* INT, BOOL; borrowed */
	const char *const *texts; /* TEXT; borrowed */
	size_t n;
};

struct pipeline {
	struct column_encoder encoder;
	struct forest forest;
};

/* Fits to the given rows of the table (all for NULL); y[i] is the class of
 * rows[i]. Errors as of column_encoder_fit() and forest_fit(). */
int pipeline_fit(struct pipeline *ret, const struct table *table,
		 const size_t *rows, size_t n_rows, const uint32_t *y,
		 size_t n_classes, const struct forest_params *params,
		 unsigned int n_threads, struct error *err);
void pipeline_release(struct pipeline *pipeline);

/* n_rows x n_classes, by rows. */
int pipeline_predict_proba(const struct pipeline *pipeline,
			   const struct table *table, const size_t *rows,
			   size_t n_rows, unsigned int n_threads, double *ret,
			   struct error *err);

#endif
