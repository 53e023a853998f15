#include "model/metrics.h"
#include "model/sum.h"
#include "base/alloc.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct scored {
	double score;
	uint32_t y;
};

static int compare_falling(const void *a, const void *b)
{
	double x = ((const struct scored *)a)->score;
	double y = ((const struct scored *)b)->score;

	return (x < y) - (x > y);
}

/* Points of the curve: false and true positives down to each threshold. */
struct curve {
	double *fps, *tps;
	size_t n;
};

/* _binary_clf_curve(): a point for each distinct score. */
static void curve_trace(struct curve *curve, const struct scored *sorted,
			size_t n)
{
	double positives = 0;

	for (size_t i = 0; i < n; i++) {
		positives += sorted[i].y;
		if (i + 1 < n && sorted[i + 1].score == sorted[i].score)
			continue;
		curve->tps[curve->n] = positives;
		curve->fps[curve->n++] = (double)(i + 1) - positives;
	}
}

static bool is_corner(const double *v, size_t i)
{
	return v[i + 1] - v[i] != v[i] - v[i - 1];
}

/* roc_curve(drop_intermediate=True): points between equal steps go; then the
 * origin is put in front. */
static void curve_simplify(struct curve *curve, struct curve *ret)
{
	size_t n = curve->n;

	ret->fps[0] = ret->tps[0] = 0;
	ret->n = 1;
	for (size_t i = 0; i < n; i++) {
		if (i && i + 1 < n && !is_corner(curve->fps, i) &&
		    !is_corner(curve->tps, i))
			continue;
		ret->fps[ret->n] = curve->fps[i];
		ret->tps[ret->n++] = curve->tps[i];
	}
}

/* auc() of the curve over its last point; overwrites tps. */
static double curve_area(struct curve *c)
{
	double fps = c->fps[c->n - 1], tps = c->tps[c->n - 1];

	for (size_t i = 0; i < c->n; i++) {
		c->fps[i] /= fps;
		c->tps[i] /= tps;
	}
	for (size_t i = 0; i + 1 < c->n; i++)
		c->tps[i] = (c->fps[i + 1] - c->fps[i]) *
			    (c->tps[i + 1] + c->tps[i]) / 2.0;
	return sum_pairwise(c->tps, c->n - 1);
}

static void curve_init(struct curve *c, size_t n)
{
	c->n = 0;
	c->fps = xcalloc(n + 1, sizeof(double));
	c->tps = xcalloc(n + 1, sizeof(double));
}

static void curve_release(struct curve *c)
{
	free(c->fps);
	free(c->tps);
}

static double area_under(struct scored *rows, size_t n)
{
	struct curve all, simple;
	double area;

	qsort(rows, n, sizeof(*rows), compare_falling);
	curve_init(&all, n);
	curve_init(&simple, n);
	curve_trace(&all, rows, n);
	curve_simplify(&all, &simple);
	area = curve_area(&simple);
	curve_release(&all);
	curve_release(&simple);
	return area;
}

int metrics_roc_auc(const uint32_t *y_true, const double *score, size_t n,
		    double *ret, struct error *err)
{
	struct scored *rows;
	size_t positives = 0;

	for (size_t i = 0; i < n; i++) {
		if (!isfinite(score[i]))
			return error_set(err, ERROR_INVALID,
					 "roc_auc_score: score %zu is not "
					 "finite",
					 i);
		positives += y_true[i] != 0;
	}
	if (!positives || positives == n)
		return error_set(err, ERROR_INVALID,
				 "only one class is present in y_true: ROC "
				 "AUC score is not defined in that case");
	rows = xcalloc(n, sizeof(*rows));
	for (size_t i = 0; i < n; i++)
		rows[i] = (struct scored){score[i], y_true[i] != 0};
	*ret = area_under(rows, n);
	free(rows);
	return 0;
}

double metrics_f1(const uint32_t *y_true, const uint32_t *y_pred, size_t n)
{
	double both = 0, in_true = 0, in_pred = 0;

	for (size_t i = 0; i < n; i++) {
		both += y_true[i] == 1 && y_pred[i] == 1;
		in_true += y_true[i] == 1;
		in_pred += y_pred[i] == 1;
	}
	if (in_true + in_pred == 0)
		return 0;
	return 2 * both / (in_true + in_pred);
}

double metrics_accuracy(const uint32_t *y_true, const uint32_t *y_pred,
			size_t n)
{
	double equal = 0;

	for (size_t i = 0; i < n; i++)
		equal += y_true[i] == y_pred[i];
	return equal / (double)n;
}

double metrics_log_loss(const uint32_t *y_true, const double *proba, size_t n,
			size_t n_classes)
{
	double *loss = xcalloc(n, sizeof(*loss)), mean;

	for (size_t i = 0; i < n; i++) {
		double p = proba[i * n_classes + y_true[i]];

		p = p < DBL_EPSILON ? DBL_EPSILON : p;
		p = p > 1 - DBL_EPSILON ? 1 - DBL_EPSILON : p;
		loss[i] = -log(p);
	}
	mean = sum_pairwise(loss, n) / (double)n;
	free(loss);
	return mean;
}

void metrics_confusion(const uint32_t *y_true, const uint32_t *y_pred, size_t n,
		       size_t n_classes, uint64_t *ret)
{
	memset(ret, 0, n_classes * n_classes * sizeof(*ret));
	for (size_t i = 0; i < n; i++)
		ret[y_true[i] * n_classes + y_pred[i]]++;
}
