#include "model/forest.h"
#include "model/packed_tree.h"
#include "model/ranks.h"
#include "model/threads.h"
#include "base/alloc.h"
#include "base/compiler.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Keys of the rows that go through all trees together. The more rows, the
 * longer a tree stays in the cache; the rows only stream by. */
enum { CHUNK_KEYS = 4 * 1024 * 1024, CACHE_LINE = 64, PREFETCH_BYTES = 64 * 1024 };

struct prediction {
	const struct forest *forest;
	const struct matrix *x;
	double *ret;
	size_t chunk; /* rows: whole blocks */
	atomic_size_t next_row;
	atomic_bool infinite;
};

/* What one thread works on, and where its rows end in a tree. */
struct chunk {
	size_t start, n;
	uint32_t *rows; /* as packed_tree_apply() takes them; the last block is
			 * padded */
	bool has_nan;   /* so each row is there twice */
	uint32_t *leaves; /* rows of the tree's values, or of its packed
			   * shares */
	struct packed_order *order;
};

/* Missing values go where they went when the tree was grown. */
static uint32_t leaf_of(const struct tree *tree, const struct matrix *x,
			size_t row)
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
	return (uint32_t)id;
}

static size_t whole_blocks(size_t n)
{
	return (n + PACKED_LANES - 1) / PACKED_LANES * PACKED_LANES;
}

/* Gives what c->leaves are rows of. */
static const double *find_leaves(const struct prediction *p, struct chunk *c,
				 const struct tree *tree)
{
	if (tree->packed) {
		packed_tree_apply(tree->packed, c->rows, p->forest->n_features,
				  c->has_nan, whole_blocks(c->n), c->order,
				  c->leaves);
		return tree->packed->shares;
	}
	for (size_t i = 0; i < c->n; i++)
		c->leaves[i] = leaf_of(tree, p->x, c->start + i);
	return tree->values;
}

/* Adds the leaves' shares to the rows' sums. */
static inline void add_up(const struct chunk *c, const double *values,
			  size_t n_classes, double *sums)
{
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < n_classes; k++)
			sums[i * n_classes + k] +=
				values[c->leaves[i] * n_classes + k];
}

/* Inline, since gcc drops calls to functions that do nothing but this. */
ALWAYS_INLINE void prefetch(const void *from, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += CACHE_LINE)
		__builtin_prefetch((const char *)from + i);
}

/* The next tree comes while this one is walked down, where enough rows will
 * go through it to need most of it. */
ALWAYS_INLINE void prefetch_tree(const struct tree *tree, size_t n_rows)
{
	size_t bytes = tree->node_count * sizeof(struct packed_node);

	if (tree->packed && n_rows >= tree->node_count / 4 &&
	    bytes <= PREFETCH_BYTES)
		prefetch(tree->packed->nodes, bytes);
}

/* Adds up tree by tree, as predict_proba(n_jobs=1) does. */
static void predict_chunk(const struct prediction *p, struct chunk *c)
{
	size_t k = p->forest->n_classes;
	double *sums = p->ret + c->start * k;

	memset(sums, 0, c->n * k * sizeof(double));
	for (size_t t = 0; t < p->forest->n_trees; t++) {
		const struct tree *tree = &p->forest->trees[t];
		const double *values;

		if (t + 1 < p->forest->n_trees)
			prefetch_tree(tree + 1, c->n);
		values = find_leaves(p, c, tree);
		if (k == 2) /* known to the compiler */
			add_up(c, values, 2, sums);
		else
			add_up(c, values, k, sums);
	}
	for (size_t i = 0; i < c->n * k; i++)
		sums[i] /= (double)p->forest->n_trees;
}

/* What the rows' keys are, each row twice where some are known to be missing.
 * Gives whether some are, and the largest value. */
static bool fill_rows(const struct prediction *p, struct chunk *c,
		      float *ret_largest)
{
	size_t n_features = p->forest->n_features, width = n_features + 1;
	size_t stride = c->has_nan ? 2 * width : width;
	bool missing = false;
	float largest = 0;

	for (size_t i = 0; i < c->n; i++) {
		uint32_t *to = c->rows + i * stride;

		for (size_t f = 0; f < n_features; f++) {
			float v = matrix_at(p->x, c->start + i, f);

			missing |= isnan(v);
			largest = fabsf(v) > largest ? fabsf(v) : largest;
			to[f] = isnan(v) ? PACKED_GOES_RIGHT : rank_key(v);
			if (c->has_nan)
				to[width + f] =
					isnan(v) ? PACKED_GOES_LEFT : to[f];
		}
		to[n_features] = to[stride - 1] = 0;
	}
	/* Any keys do for rows that nobody asks for. */
	memset(c->rows + c->n * stride, 0,
	       (whole_blocks(c->n) - c->n) * stride * sizeof(*c->rows));
	*ret_largest = largest;
	return missing;
}

/* Turns the rows into keys; false where a value is infinite. */
static bool fill_chunk(const struct prediction *p, struct chunk *c)
{
	float largest;

	c->has_nan = false;
	if (fill_rows(p, c, &largest)) {
		c->has_nan = true;
		fill_rows(p, c, &largest);
	}
	return !isinf(largest);
}

static void *predict_chunks(void *arg)
{
	struct prediction *p = arg;
	/* Twice a row, of which half is not touched if nothing is missing. */
	size_t row_bytes = 2 * (p->forest->n_features + 1) * sizeof(uint32_t);
	struct chunk c = {
		.rows = xaligned_alloc(CACHE_LINE, p->chunk * row_bytes),
		.leaves = xcalloc(p->chunk, sizeof(uint32_t)),
		.order = xreallocarray(NULL, 1, sizeof(*c.order)),
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
	free(c.rows);
	free(c.leaves);
	free(c.order);
	return NULL;
}

/* As many rows as the cache is for, but work for every thread. */
static size_t chunk_rows(const struct matrix *x, unsigned int n_threads)
{
	size_t rows = CHUNK_KEYS / (x->n_columns + 1);
	size_t share = (x->n_rows + n_threads - 1) / n_threads;

	rows = rows < share ? rows : share;
	return whole_blocks(rows + 1);
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
	if (!n_threads)
		n_threads = forest_threads(&forest->params.n_jobs);
	p.chunk = chunk_rows(x, n_threads);
	threads_run(predict_chunks, &p, n_threads);
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
