/*
 * NumPy's sum of doubles: pairwise, in blocks of 128 with eight running sums,
 * so that the rounding is the same.
 *
 * Source: NumPy numpy/_core/src/umath/loops_utils.h.src, pairwise_sum.
 */
#ifndef MODEL_SUM_H
#define MODEL_SUM_H

#include <stddef.h>

/* np.sum() of n contiguous doubles; 0 for none. */
double sum_pairwise(const double *v, size_t n);

#endif
