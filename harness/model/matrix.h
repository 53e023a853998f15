/*
 * A table of float32, by rows or by columns: what scikit-learn's trees see.
 * The values are borrowed. NaN is a missing value.
 */
#ifndef MODEL_MATRIX_H
#define MODEL_MATRIX_H

#include <stddef.h>

struct matrix {
	const float *values;
	size_t n_rows, n_columns;
	/* Between neighbours in a column and in a row, in elements:
	 * (n_columns, 1) by rows, (1, n_rows) by columns. */
	size_t row_stride, column_stride;
};

static inline struct matrix matrix_by_rows(const float *values, size_t n_rows,
					   size_t n_columns)
{
	return (struct matrix){ values, n_rows, n_columns, n_columns, 1 };
}

static inline struct matrix matrix_by_columns(const float *values,
					      size_t n_rows, size_t n_columns)
{
	return (struct matrix){ values, n_rows, n_columns, 1, n_rows };
}

static inline float matrix_at(const struct matrix *m, size_t row,
			      size_t column)
{
	return m->values[row * m->row_stride + column * m->column_stride];
}

#endif
