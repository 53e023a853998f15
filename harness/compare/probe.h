/*
 * Rows to ask two models about. Each column takes values around which the two
 * decide: the thresholds of their trees (the value itself and the next single
 * above it), or the categories of their encoders. Drawn by counting, so the
 * same two models are always asked the same.
 */
#ifndef COMPARE_PROBE_H
#define COMPARE_PROBE_H

#include "base/arena.h"
#include "base/error.h"
#include "format/pickle.h"
#include "model/from_pickle.h"

struct probe_column {
	const char *name; /* NULL: by position */
	struct model_cell *values;
	size_t n_values;
};

struct probe {
	struct arena arena;
	struct probe_column *columns;
	size_t n_columns;
};

/* `invalid`: the two don't take the same columns, or don't say which. */
int probe_make(struct probe *ret, const struct pickle *left,
	       const struct pickle *right, struct error *err);
void probe_release(struct probe *probe);

/* The i-th row: n_columns cells. */
void probe_row(const struct probe *probe, size_t i, struct model_cell *ret);

#endif
