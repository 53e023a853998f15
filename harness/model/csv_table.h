/*
 * A CSV file with a header as a table of columns and a target, typed as
 * pandas.read_csv() would (numbers read correctly rounded, which is its
 * float_precision="round_trip"): True/False, numbers, or else text. An empty
 * cell and pandas' other names of nothing (NA, NaN, NULL, None, ...) are
 * missing.
 */
#ifndef MODEL_CSV_TABLE_H
#define MODEL_CSV_TABLE_H

#include "base/arena.h"
#include "base/error.h"
#include "model/pipeline.h"
#include "model/table.h"

#include <stddef.h>
#include <stdint.h>

struct csv_table {
	struct table table; /* every column but the target */
	uint32_t *y;        /* by row: its class */
	struct labels labels;
	struct arena arena;
};

/* Reads the file. `invalid`: no such target; a target with missing values, or
 * of numbers that aren't whole; a column of True, False and nothing, which
 * pandas leaves a mixture. csv_table_release() after a success only. */
int csv_table_read(struct csv_table *ret, const char *path, const char *target,
		   struct error *err);
void csv_table_release(struct csv_table *t);

#endif
