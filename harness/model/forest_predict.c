#include "model/forest.h"
#include "model/threads.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

enum { CHUNK = 256 };

struct prediction {
	const struct forest *forest;
	const struct matrix *x;
	double *ret;
	atomic_size_t next_row;
	atomic_bool infinite;
};

static const double *leaf_values(const struct tree *tree, size_t n_classes,
				 const struct matrix *x, size_t row)
{
	const struct tree_node *nodes = tree->nodes;
	int64_t id = 0;

	while (nodes[id].left_child != TREE_LEAF) {
		const struct tree_node *node = &nodes[id];
		float v = matrix_at(x, row, (size_t)node->feature);
		bool left = isnan(v) ? node->missing_go_to_left
				     : v <= node->threshold;

		id = left ? node->left_child : node->right_child;
	}
	return tree->values + (size_t)id * n_classes;
}

static bool row_is_finite(const struct matrix *x, size_t row)
{
	for (size_t f = 0; f < x->n_columns; f++)
		if (isinf(matrix_at(x, row, f)))
			return false;
	return true;
}

static void predict_rows(struct prediction *p, size_t start, size_t end)
{
	size_t k = p->forest->n_classes;
	double *sums = p->ret + start * k;

	memset(sums, 0, (end - start) * k * sizeof(double));
	for (size_t t = 0; t < p->forest->n_trees; t++)
		for (size_t row = start; row < end; row++) {
			const double *values =
				leaf_values(&p->forest->trees[t], k, p->x, row);

			for (size_t c = 0; c < k; c++)
				sums[(row - start) * k + c] += values[c];
		}
	for (size_t i = 0; i < (end - start) * k; i++)
		sums[i] /= (double)p->forest->n_trees;
}

static void *predict_chunks(void *arg)
{
	struct prediction *p = arg;

	for (;;) {
		size_t start = atomic_fetch_add(&p->next_row, CHUNK);
		size_t end = start + CHUNK;

		if (start >= p->x->n_rows)
			return NULL;
		if (end > p->x->n_rows)
			end = p->x->n_rows;
		for (size_t row = start; row < end; row++)
			if (!row_is_finite(p->x, row))
				atomic_store(&p->infinite, true);
		if (atomic_load(&p->infinite))
			return NULL;
		predict_rows(p, start, end);
	}
}

int forest_predict_proba(const struct forest *forest, const struct matrix *x,
			 unsigned int n_threads, double *ret, struct error *err)
{
	struct prediction p = {.forest = forest, .x = x, .ret = ret};

	if (x->n_columns != forest->n_features)
		return error_set(err, ERROR_INVALID,
				 "X has %zu features, but "
				 "RandomForestClassifier is expecting %zu "
				 "features as input",
				 x->n_columns, forest->n_features);
	threads_run(predict_chunks, &p,
		    n_threads ? n_threads
			      : forest_threads(&forest->params.n_jobs));
	if (atomic_load(&p.infinite))
		return error_set(err, ERROR_INVALID,
				 "input X contains infinity or a value too "
				 "large for dtype('float32')");
	return 0;
}

void forest_argmax(const double *proba, size_t n_rows, size_t n_classes,
		   uint32_t *ret)
{
	for (size_t i = 0; i < n_rows; i++) {
		const double *row = proba + i * n_classes;
		size_t best = 0;

		for (size_t c = 1; c < n_classes; c++)
			if (row[c] > row[best])
				best = c;
		ret[i] = (uint32_t)best;
	}
}
