/* One step of a fitted scikit-learn pipeline before its estimator, applied to
 * one row: see from_pickle.h for what is understood. */
#ifndef MODEL_TRANSFORM_H
#define MODEL_TRANSFORM_H

#include "base/arena.h"
#include "format/pickle.h"
#include "model/from_pickle.h"

struct transform_row {
	const struct model_cell *cells;
	const char *const *names; /* entries are NULL where there is none */
	size_t count;
};

/* Replaces the row by what the transformer makes of it; new cells and names
 * are the arena's. */
int transform_apply(struct arena *arena,
		    const struct pickle_value *transformer,
		    struct transform_row *row, struct error *err);

#endif
