#include "model/sum.h"

enum { BLOCK = 128 };

static double sum_block(const double *v, size_t n)
{
	double r[8];
	size_t i;

	for (i = 0; i < 8; i++)
		r[i] = v[i];
	for (; i < n - n % 8; i += 8)
		for (size_t j = 0; j < 8; j++)
			r[j] += v[i + j];
	r[0] = ((r[0] + r[1]) + (r[2] + r[3])) +
	       ((r[4] + r[5]) + (r[6] + r[7]));
	for (; i < n; i++)
		r[0] += v[i];
	return r[0];
}

double sum_pairwise(const double *v, size_t n)
{
	double sum = -0.0;
	size_t half;

	if (n < 8) {
		for (size_t i = 0; i < n; i++)
			sum += v[i];
		return n ? sum : 0;
	}
	if (n <= BLOCK)
		return sum_block(v, n);
	half = n / 2;
	half -= half % 8;
	return sum_pairwise(v, half) + sum_pairwise(v + half, n - half);
}
