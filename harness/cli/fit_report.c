#include "cli/fit_report.h"

#include "base/alloc.h"
#include "base/number.h"
#include "model/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void measure(struct fit_report *r)
{
	double *score = xcalloc(r->n, sizeof(*score));

	forest_argmax(r->proba, r->n, r->n_classes, r->predicted);
	r->accuracy = metrics_accuracy(r->y, r->predicted, r->n);
	metrics_confusion(r->y, r->predicted, r->n, r->n_classes, r->confusion);
	r->auc = r->f1 = r->log_loss = NAN;
	if (r->n_classes > 1) /* scikit-learn refuses one label */
		r->log_loss = metrics_log_loss(r->y, r->proba, r->n,
					       r->n_classes);
	if (r->n_classes == 2) {
		r->f1 = metrics_f1(r->y, r->predicted, r->n);
		for (size_t i = 0; i < r->n; i++)
			score[i] = r->proba[i * 2 + 1];
		/* Undefined where one class only was held back. */
		metrics_roc_auc(r->y, score, r->n, &r->auc, NULL);
	}
	free(score);
}

int fit_report_make(struct fit_report *ret, const struct pipeline *pipeline,
		    const struct csv_table *data, const struct split *split,
		    struct error *err)
{
	struct fit_report r = {
		.pipeline = pipeline,
		.split = split,
		.labels = &data->labels,
		.n = split->n_test,
		.n_classes = data->labels.n,
	};

	r.y = xcalloc(r.n, sizeof(*r.y));
	r.predicted = xcalloc(r.n, sizeof(*r.predicted));
	r.proba = xcalloc(r.n * r.n_classes, sizeof(*r.proba));
	r.confusion = xcalloc(r.n_classes * r.n_classes, sizeof(*r.confusion));
	for (size_t i = 0; i < r.n; i++)
		r.y[i] = data->y[split->test[i]];
	if (pipeline_predict_proba(pipeline, &data->table, split->test, r.n, 0,
				   r.proba, err) < 0) {
		fit_report_release(&r);
		return -1;
	}
	measure(&r);
	*ret = r;
	return 0;
}

void fit_report_release(struct fit_report *r)
{
	free(r->y);
	free(r->predicted);
	free(r->proba);
	free(r->confusion);
	*r = (struct fit_report){0};
}

static void add_double(struct strbuf *into, double value)
{
	char buf[NUMBER_TEXT];

	strbuf_addstr(into,
		      isnan(value) ? "null" : number_format_double(value, buf));
}

static void add_json_metric(struct strbuf *into, const char *name, double value)
{
	strbuf_addf(into, ",\n  \"%s\": ", name);
	add_double(into, value);
}

void fit_report_metrics(const struct fit_report *r, struct strbuf *into)
{
	size_t k = r->n_classes;

	strbuf_addf(into,
		    "{\n  \"rows_trained\": %zu,\n  \"rows_evaluated\": %zu",
		    r->split->n_train, r->n);
	add_json_metric(into, "auc", r->auc);
	add_json_metric(into, "f1", r->f1);
	add_json_metric(into, "accuracy", r->accuracy);
	add_json_metric(into, "log_loss", r->log_loss);
	strbuf_addstr(into, ",\n  \"confusion_matrix\": [");
	for (size_t i = 0; i < k * k; i++)
		strbuf_addf(into, "%s%s%llu%s", i && i % k == 0 ? ", " : "",
			    i % k ? ", " : "[",
			    (unsigned long long)r->confusion[i],
			    i % k == k - 1 ? "]" : "");
	strbuf_addstr(into, "]\n}\n");
}

/* A CSV cell, quoted where it must be. */
static void add_cell(struct strbuf *into, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		strbuf_addstr(into, text);
		return;
	}
	strbuf_addch(into, '"');
	for (; *text; text++) {
		if (*text == '"')
			strbuf_addch(into, '"');
		strbuf_addch(into, *text);
	}
	strbuf_addch(into, '"');
}

static void add_label(struct strbuf *into, const struct labels *labels,
		      size_t k)
{
	switch (labels->kind) {
	case LABELS_TEXT:
		add_cell(into, labels->texts[k]);
		break;
	case LABELS_BOOL:
		strbuf_addstr(into, labels->integers[k] ? "True" : "False");
		break;
	case LABELS_INT:
		strbuf_addf(into, "%lld", (long long)labels->integers[k]);
		break;
	}
}

void fit_report_proba(const struct fit_report *r, struct strbuf *into)
{
	strbuf_addstr(into, "row,predicted");
	for (size_t k = 0; k < r->n_classes; k++) {
		strbuf_addch(into, ',');
		add_label(into, r->labels, k);
	}
	for (size_t i = 0; i < r->n; i++) {
		strbuf_addf(into, "\n%zu,", r->split->test[i]);
		add_label(into, r->labels, r->predicted[i]);
		for (size_t k = 0; k < r->n_classes; k++) {
			strbuf_addch(into, ',');
			add_double(into, r->proba[i * r->n_classes + k]);
		}
	}
	strbuf_addch(into, '\n');
}

static void add_metric(struct strbuf *into, const char *name, double value)
{
	if (isnan(value))
		return;
	strbuf_addf(into, "%-10s", name);
	add_double(into, value);
	strbuf_addch(into, '\n');
}

void fit_report_summary(const struct fit_report *r, struct strbuf *into)
{
	const struct forest *forest = &r->pipeline->forest;

	strbuf_addf(into,
		    "%zu trees on %zu rows of %zu columns; measured on %zu "
		    "rows\n",
		    forest->n_trees, r->split->n_train, forest->n_features,
		    r->n);
	add_metric(into, "auc", r->auc);
	add_metric(into, "f1", r->f1);
	add_metric(into, "accuracy", r->accuracy);
	add_metric(into, "log_loss", r->log_loss);
}
