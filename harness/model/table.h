/*
 * A table of named columns before encoding: what a pandas DataFrame is to
 * the lab's pipeline. Names and values are borrowed.
 */
#ifndef MODEL_TABLE_H
#define MODEL_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct table_column {
	const char *name;
	bool is_text;
	const double *numbers; /* NaN: missing; a bool is 0 or 1 */
	const char *const *texts;
};

struct table {
	const struct table_column *columns;
	size_t n_columns, n_rows;
};

#endif
