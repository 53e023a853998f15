#include "model/forest.h"
#include "model/packed_tree.h"
#include "model/threads.h"
#include "base/alloc.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Floats of the rows that go through all trees together. The more rows, the
 * longer a tree stays in the cache; the rows only stream by. */
enum { CHUNK_VALUES = 256 * 1024 };

struct prediction {
	const struct forest *forest;
	struct packed_tree *trees;
	const struct matrix *x;
	double *ret;
	size_t chunk; /* rows: whole blocks */
	atomic_size_t next_row;
	atomic_bool infinite;
};

/* What one thread works on, and the leaves of a tree where its rows end. */
struct chunk {
	size_t start, n;
	float *blocks; /* of PACKED_LANES rows, by columns; the last is padded
			*/
	bool has_nan;
	uint32_t *leaves;
};

/* Missing values go where they went when the tree was grown. */
static uint32_t leaf_of(const struct tree *tree, const float *row)
{
	const struct tree_node *nodes = tree->nodes;
	int64_t id = 0;

	while (nodes[id].left_child != TREE_LEAF) {
		const struct tree_node *node = &nodes[id];
		float v = row[node->feature * PACKED_LANES];
		bool left = isnan(v) ? node->missing_go_to_left
				     : v <= node->threshold;

		id = left ? node->left_child : node->right_child;
	}
	return (uint32_t)id;
}

static void find_leaves(const struct prediction *p, struct chunk *c, size_t t)
{
	size_t block = p->forest->n_features * PACKED_LANES;

	if (c->has_nan || !p->trees) {
		for (size_t i = 0; i < c->n; i++)
			c->leaves[i] =
				leaf_of(&p->forest->trees[t],
					c->blocks + i / PACKED_LANES * block +
						i % PACKED_LANES);
		return;
	}
	for (size_t i = 0; i < c->n; i += PACKED_LANES)
		packed_tree_apply(&p->trees[t],
				  c->blocks + i / PACKED_LANES * block,
				  c->leaves + i);
}

/* Adds up tree by tree, as predict_proba(n_jobs=1) does. */
static void predict_chunk(const struct prediction *p, struct chunk *c)
{
	size_t k = p->forest->n_classes;
	double *sums = p->ret + c->start * k;

	memset(sums, 0, c->n * k * sizeof(double));
	for (size_t t = 0; t < p->forest->n_trees; t++) {
		const double *values = p->forest->trees[t].values;

		find_leaves(p, c, t);
		for (size_t i = 0; i < c->n; i++)
			for (size_t j = 0; j < k; j++)
				sums[i * k + j] += values[c->leaves[i] * k + j];
	}
	for (size_t i = 0; i < c->n * k; i++)
		sums[i] /= (double)p->forest->n_trees;
}

/* Copies the rows; false where a value is infinite. */
static bool fill_chunk(const struct prediction *p, struct chunk *c)
{
	size_t n_features = p->forest->n_features;
	size_t block = n_features * PACKED_LANES;
	float largest = 0;

	c->has_nan = false;
	/* What an earlier chunk left beyond the last row may be NaN. */
	memset(c->blocks + c->n / PACKED_LANES * block, 0,
	       c->n % PACKED_LANES ? block * sizeof(float) : 0);
	for (size_t i = 0; i < c->n; i++) {
		float *to = c->blocks + i / PACKED_LANES * block +
			    i % PACKED_LANES;

		for (size_t f = 0; f < n_features; f++) {
			float v = matrix_at(p->x, c->start + i, f);

			c->has_nan |= isnan(v);
			largest = fabsf(v) > largest ? fabsf(v) : largest;
			to[f * PACKED_LANES] = v;
		}
	}
	return !isinf(largest);
}

static void *predict_chunks(void *arg)
{
	struct prediction *p = arg;
	struct chunk c = {
		.blocks = xcalloc(p->chunk * p->forest->n_features,
				  sizeof(float)),
		.leaves = xcalloc(p->chunk, sizeof(uint32_t)),
	};

	while (!atomic_load(&p->infinite)) {
		c.start = atomic_fetch_add(&p->next_row, p->chunk);
		if (c.start >= p->x->n_rows)
			break;
		c.n = p->x->n_rows - c.start;
		c.n = c.n < p->chunk ? c.n : p->chunk;
		if (fill_chunk(p, &c))
			predict_chunk(p, &c);
		else
			atomic_store(&p->infinite, true);
	}
	free(c.blocks);
	free(c.leaves);
	return NULL;
}

/* As many rows as the cache is for, but work for every thread. */
static size_t chunk_rows(const struct matrix *x, unsigned int n_threads)
{
	size_t rows = CHUNK_VALUES / (x->n_columns ? x->n_columns : 1);
	size_t share = (x->n_rows + n_threads - 1) / n_threads;

	rows = rows < share ? rows : share;
	return (rows / PACKED_LANES + 1) * PACKED_LANES;
}

static bool all_fit(const struct forest *forest)
{
	for (size_t t = 0; t < forest->n_trees; t++)
		if (!packed_tree_fits(&forest->trees[t], forest->n_features))
			return false;
	return true;
}

static void predict(struct prediction *p, unsigned int n_threads)
{
	size_t n_trees = p->forest->n_trees;

	p->chunk = chunk_rows(p->x, n_threads);
	/* A few rows are walked down faster than the trees are packed. */
	if (p->x->n_rows >= PACKED_LANES && all_fit(p->forest)) {
		p->trees = xcalloc(n_trees, sizeof(*p->trees));
		for (size_t t = 0; t < n_trees; t++)
			packed_tree_init(&p->trees[t], &p->forest->trees[t]);
	}
	threads_run(predict_chunks, p, n_threads);
	for (size_t t = 0; p->trees && t < n_trees; t++)
		packed_tree_release(&p->trees[t]);
	free(p->trees);
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
	predict(&p,
		n_threads ? n_threads : forest_threads(&forest->params.n_jobs));
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
