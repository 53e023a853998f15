#include "model/pipeline.h"
#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

/* The rows of a column, for the encoder to learn from: categories are those
 * of the rows that are fitted, no others. */
struct picked {
	struct table table;
	struct table_column *columns;
};

static void pick(struct picked *ret, const struct table *table,
		 const size_t *rows, size_t n_rows)
{
	ret->columns = xcalloc(table->n_columns, sizeof(*ret->columns));
	for (size_t c = 0; c < table->n_columns; c++) {
		const struct table_column *from = &table->columns[c];
		const char **texts = NULL;

		ret->columns[c] = *from;
		if (!from->is_text)
			continue;
		texts = xcalloc(n_rows, sizeof(*texts));
		for (size_t i = 0; i < n_rows; i++)
			texts[i] = from->texts[rows ? rows[i] : i];
		ret->columns[c].texts = texts;
	}
	ret->table = (struct table){ret->columns, table->n_columns, n_rows};
}

static void picked_release(struct picked *picked)
{
	for (size_t c = 0; c < picked->table.n_columns; c++)
		if (picked->columns[c].is_text)
			free((void *)picked->columns[c].texts);
	free(picked->columns);
}

static int fit_forest(struct pipeline *p, const struct table *table,
		      const size_t *rows, size_t n_rows, const uint32_t *y,
		      size_t n_classes, const struct forest_params *params,
		      unsigned int n_threads, struct error *err)
{
	size_t n_outputs = p->encoder.n_outputs;
	float *x = xreallocarray(NULL, n_rows * n_outputs + 1, sizeof(*x));
	struct matrix matrix = matrix_by_columns(x, n_rows, n_outputs);
	int result;

	result = column_encoder_transform(&p->encoder, table, rows, n_rows, x,
					  err);
	if (!result)
		result = forest_fit(&p->forest, &matrix, y, n_classes, params,
				    n_threads, err);
	free(x);
	return result;
}

int pipeline_fit(struct pipeline *ret, const struct table *table,
		 const size_t *rows, size_t n_rows, const uint32_t *y,
		 size_t n_classes, const struct forest_params *params,
		 unsigned int n_threads, struct error *err)
{
	struct pipeline p = {0};
	struct picked picked;
	int result;

	pick(&picked, table, rows, n_rows);
	result = column_encoder_fit(&p.encoder, &picked.table, err);
	picked_release(&picked);
	if (result < 0)
		return -1;
	if (fit_forest(&p, table, rows, n_rows, y, n_classes, params, n_threads,
		       err) < 0) {
		column_encoder_release(&p.encoder);
		return -1;
	}
	*ret = p;
	return 0;
}

void pipeline_release(struct pipeline *pipeline)
{
	column_encoder_release(&pipeline->encoder);
	forest_release(&pipeline->forest);
}

int pipeline_predict_proba(const struct pipeline *p, const struct table *table,
			   const size_t *rows, size_t n_rows,
			   unsigned int n_threads, double *ret,
			   struct error *err)
{
	size_t n_outputs = p->encoder.n_outputs;
	float *x = xreallocarray(NULL, n_rows * n_outputs + 1, sizeof(*x));
	struct matrix matrix = matrix_by_columns(x, n_rows, n_outputs);
	int result;

	result = column_encoder_transform(&p->encoder, table, rows, n_rows, x,
					  err);
	if (!result)
		result = forest_predict_proba(&p->forest, &matrix, n_threads,
					      ret, err);
	free(x);
	return result;
}
