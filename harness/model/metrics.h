/*
 * scikit-learn's metrics of a binary or multiclass classifier, bit for bit.
 * Classes are numbers, as in model/forest.h.
 *
 * Source: scikit-learn 1.7.2 sklearn/metrics/_ranking.py (roc_curve, auc),
 * _classification.py.
 */
#ifndef MODEL_METRICS_H
#define MODEL_METRICS_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/* roc_auc_score(y_true, y_score), binary: y_true is 0 or 1. `invalid` where
 * only one class occurs (scikit-learn warns and gives NaN) or a score is
 * NaN. */
int metrics_roc_auc(const uint32_t *y_true, const double *score, size_t n,
		    double *ret, struct error *err);

/* f1_score(y_true, y_pred) of class 1; 0 where nothing is of class 1. */
double metrics_f1(const uint32_t *y_true, const uint32_t *y_pred, size_t n);

/* accuracy_score() */
double metrics_accuracy(const uint32_t *y_true, const uint32_t *y_pred,
			size_t n);

/* log_loss(y_true, proba) of n x n_classes probabilities by rows. */
double metrics_log_loss(const uint32_t *y_true, const double *proba, size_t n,
			size_t n_classes);

/* confusion_matrix(): ret[true * n_classes + predicted]. */
void metrics_confusion(const uint32_t *y_true, const uint32_t *y_pred, size_t n,
		       size_t n_classes, uint64_t *ret);

#endif
