/*
 * The data of fixtures/vectors/forest, made from its description as
 * fixtures/vectors/forest/made.py makes it: every number comes from NumPy's
 * generator by operations that round alike.
 */
#ifndef TESTS_MODEL_MADE_H
#define TESTS_MODEL_MADE_H

#include "model/forest.h"

#include <jansson.h>
#include <stdint.h>

struct made_rows {
	size_t n, n_features;
	float *x; /* by rows */
	uint32_t *y;
};

/* The training rows and the test rows that a "data" object describes. */
struct made {
	struct made_rows train, test;
	size_t n_classes;
};

void made_make(struct made *ret, const json_t *data);
void made_release(struct made *made);

/* Calls fn for each line of a file of JSON objects under fixtures/; gives how
 * many there were. */
size_t made_each_case(const char *path, void (*fn)(const json_t *, size_t));

/* The "params" of a case. */
struct forest_params made_params(const json_t *one);

/* n uniform numbers of RandomState(seed); the caller frees them. */
double *made_uniform(uint32_t seed, size_t n);

#endif
