/*
 * What `bis fit` tells of a fit: metrics and probabilities of the rows that
 * were held back, written so that they read back to the same doubles.
 */
#ifndef CLI_FIT_REPORT_H
#define CLI_FIT_REPORT_H

#include "base/error.h"
#include "base/strbuf.h"
#include "model/csv_table.h"
#include "model/pipeline.h"
#include "model/split.h"

struct fit_report {
	const struct pipeline *pipeline;
	const struct split *split;
	const struct labels *labels;
	size_t n, n_classes; /* rows evaluated */
	uint32_t *y, *predicted;
	double *proba;
	double accuracy, log_loss;
	double auc, f1; /* of two classes; NaN where they don't apply */
	uint64_t *confusion;
};

/* pipeline, data and split must outlive it. */
int fit_report_make(struct fit_report *ret, const struct pipeline *pipeline,
		    const struct csv_table *data, const struct split *split,
		    struct error *err);
void fit_report_release(struct fit_report *r);

/* One JSON object; CSV, a line for each row; a few lines for people. */
void fit_report_metrics(const struct fit_report *r, struct strbuf *into);
void fit_report_proba(const struct fit_report *r, struct strbuf *into);
void fit_report_summary(const struct fit_report *r, struct strbuf *into);

#endif
