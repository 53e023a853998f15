/*
 * scikit-learn 1.7.2's train_test_split(..., test_size, random_state,
 * stratify): which rows go where, in the order in which it hands them out.
 *
 * Source: sklearn/model_selection/_split.py (_validate_shuffle_split,
 * ShuffleSplit, StratifiedShuffleSplit), utils/extmath.py (_approximate_mode).
 */
#ifndef MODEL_SPLIT_H
#define MODEL_SPLIT_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct split {
	size_t *train, *test; /* row numbers */
	size_t n_train, n_test;
};

struct split_params {
	double test_size; /* in (0, 1): a share, rounded up; >= 1: rows */
	uint32_t random_state;
	const uint32_t *stratify; /* a class for each row, or NULL */
	size_t n_classes;         /* of stratify: all are < n_classes */
};

/* Fails with `invalid` where scikit-learn raises: too few rows, a class of
 * one row, fewer rows than classes in a part. */
int train_test_split(struct split *ret, size_t n_samples,
		     const struct split_params *params, struct error *err);
void split_release(struct split *split);

#endif
