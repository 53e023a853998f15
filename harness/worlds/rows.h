/* The rows of one world in their first order, encoded once for all orders of
 * them, inside worlds/. */
#ifndef WORLDS_ROWS_H
#define WORLDS_ROWS_H

#include "base/arena.h"
#include "base/error.h"
#include "model/column_encoder.h"
#include "worlds/month.h"
#include "worlds/world.h"

struct world_rows {
	const char **keys;
	size_t n;
	uint32_t *y;
	float *encoded; /* by columns */
	struct column_encoder encoder;
	struct table table;
};

int world_rows_make(struct world_rows *ret, const struct worlds_lab *lab,
		    const struct month *labels, const struct month *features,
		    struct arena *arena, struct error *err);
void world_rows_release(struct world_rows *rows);

/* One order of the rows: its position i is row order->rows[i]. */
struct row_order {
	const struct world_rows *of;
	const char *name; /* NULL: drawn with the seed */
	size_t *rows;     /* NULL likewise */
	uint32_t seed;
	bool other_reading;
};

/* Fits the model to the rows in that order, on this thread. */
void world_rows_fit(const struct worlds_lab *lab, const struct row_order *order,
		    bool digest, struct world_order *ret);

#endif
