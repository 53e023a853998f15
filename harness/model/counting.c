#include "model/counting.h"
#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The part of a larger tree that is ranked at once: its ranks stay in the
 * cache, and are few beside the data. */
enum { BLOCK_ROWS = 4096 };

/* The part of a tree larger than this whose values are laid side by side:
 * columns of a million rows do not stay in the cache, and the rows of a node
 * deep in the tree lie lines apart. */
enum { COMPACT_ROWS = 131072 };

/* How far ahead a column is fetched, whose rows lie apart in a large tree. */
enum { AHEAD = 64 };

enum { BIN_WORDS = BLOCK_ROWS / 64 };

bool counting_applies(const struct tree_data *data, bool whole_weights,
		      size_t total_weight)
{
	return data->n_classes == 2 && whole_weights && !data->missing &&
	       data->n_samples <= COUNT_MASK && total_weight <= COUNT_MASK;
}

struct counting *counting_new(const struct tree_data *data,
			      const struct rank_block *shared, bool depth_first)
{
	struct counting *c = xcalloc(1, sizeof(*c));
	size_t n = data->n_samples;

	c->counts = xreallocarray(NULL, n, sizeof(uint32_t));
	c->sums = xcalloc(shared ? n : BLOCK_ROWS, sizeof(uint64_t));
	c->ranks = shared;
	if (!shared) {
		c->owns = true;
		c->by_block = depth_first;
		rank_block_init(&c->own, BLOCK_ROWS, data->n_features);
	}
	return c;
}

void counting_free(struct counting *c)
{
	if (!c)
		return;
	free(c->rows);
	free(c->payload);
	free(c->counts);
	free(c->sums);
	free(c->compact);
	free(c->sort[0]);
	free(c->sort[1]);
	if (c->owns)
		rank_block_release(&c->own);
	free(c);
}

/* Room for n samples: what a tree draws, and hardly more. */
static void make_room(struct counting *c, size_t n)
{
	if (n <= c->alloc)
		return;
	c->alloc = n + n / 64 + AHEAD;
	free(c->rows);
	free(c->payload);
	c->rows = xreallocarray(NULL, c->alloc, sizeof(uint32_t));
	c->payload = xreallocarray(NULL, c->alloc, sizeof(uint32_t));
	for (size_t i = 0; i < 2; i++) {
		free(c->sort[i]);
		c->sort[i] = NULL;
		if (c->owns || !i)
			c->sort[i] = xreallocarray(NULL, c->alloc,
						   sizeof(uint64_t));
	}
}

size_t counting_begin(struct counting *c, const struct tree_data *data)
{
	size_t n = 0;

	for (size_t i = 0; i < data->n_samples; i++)
		n += c->counts[i] > 0;
	make_room(c, n + 1); /* one more is written than is kept */
	n = 0;
	for (size_t i = 0; i < data->n_samples; i++) {
		c->rows[n] = (uint32_t)i;
		c->payload[n] = c->counts[i] << 1 | data->y[i];
		n += c->counts[i] > 0;
	}
	if (c->owns) {
		c->ranks = NULL;
		c->block_end = 0;
	}
	c->columns = data->columns;
	c->column_length = data->n_samples;
	c->compact_end = 0;
	return n;
}

/* Rows become numbers in what holds the part samples[start:end], which nobody
 * outside of it will ask for again. */
static void renumber(struct counting *c, size_t start, size_t end)
{
	for (size_t i = start; i < end; i++)
		c->rows[i] = (uint32_t)(i - start);
}

/* Where the data are too large for the cache, the parts of a tree that are
 * not. */
static void enter_compact(struct counting *c, const struct tree_data *data,
			  size_t start, size_t end)
{
	if (data->n_samples <= COMPACT_ROWS || end <= c->compact_end)
		return;
	c->columns = data->columns;
	c->column_length = data->n_samples;
	if (end - start > COMPACT_ROWS)
		return;
	if (!c->compact)
		c->compact = xreallocarray(NULL, data->n_features,
					   COMPACT_ROWS * sizeof(float));
	for (size_t f = 0; f < data->n_features; f++) {
		const float *column = data->columns + f * data->n_samples;
		float *to = c->compact + f * COMPACT_ROWS;

		for (size_t i = start; i < end; i++) {
			__builtin_prefetch(column + c->rows[i + AHEAD]);
			*to++ = column[c->rows[i]];
		}
	}
	renumber(c, start, end);
	c->columns = c->compact;
	c->column_length = COMPACT_ROWS;
	c->compact_end = end;
}

/* Where the tree is too large for ranks, its parts that are not. */
static void enter_block(struct counting *c, size_t start, size_t end)
{
	if (c->ranks && end <= c->block_end)
		return;
	c->ranks = NULL;
	if (end - start > BLOCK_ROWS)
		return;
	rank_block_fill(&c->own, c->columns, c->column_length, c->rows + start,
			end - start);
	renumber(c, start, end);
	c->ranks = &c->own;
	c->block_end = end;
}

void counting_node(struct counting *c, struct criterion *criterion,
		   size_t start, size_t end)
{
	uint64_t all = 0, ones = 0;

	for (size_t i = start; i < end; i++) {
		uint32_t p = c->payload[i];

		all += p >> 1;
		ones += (p >> 1) & (0u - (p & 1));
	}
	criterion->sum_total[0] = (double)(all - ones);
	criterion->sum_total[1] = (double)ones;
	criterion->weighted_n_node_samples = (double)all;
}

/* What is looked for in one node. */
struct count_search {
	struct tree_scratch *s;
	const struct tree_data *data;
	const struct tree_settings *settings;
	size_t start, end;
	double total, ones;
	double sieve; /* what a candidate must exceed to be worth a look */
	double best_proxy;
	struct tree_split best;
	uint32_t best_key;  /* the last rank, or key, that goes left */
	uint64_t best_left; /* the sums that go left */
	bool bounded;       /* leaves must have a size or a weight */
};

static double gini(double a, double b, double weight)
{
	return 1.0 - (a * a + b * b) / (weight * weight);
}

/* proxy_impurity_improvement(), in its own order of operations. */
static double exact_proxy(const struct count_search *q, double l0, double l1)
{
	struct criterion *c = &q->s->criterion;
	double wl = l0 + l1, wr = q->total - wl;

	if (c->kind == CRITERION_GINI)
		return -wr * gini(q->total - q->ones - l0, q->ones - l1, wr) -
		       wl * gini(l0, l1, wl);
	c->weighted_n_left = wl;
	c->weighted_n_right = wr;
	c->sum_left[0] = l0;
	c->sum_left[1] = l1;
	c->sum_right[0] = c->sum_total[0] - l0;
	c->sum_right[1] = c->sum_total[1] - l1;
	return criterion_proxy_improvement(c);
}

/*
 * By gini the proxy is left/wl + right/wr - total, with left and right the
 * sums of squares. A candidate is better only if (left * wr + right * wl) is
 * more than (best + total) * wl * wr; what rounding can add to that is far
 * less than the margin of 1e-13.
 */
static double sieve_of(const struct count_search *q)
{
	if (q->s->criterion.kind != CRITERION_GINI ||
	    q->best_proxy == -INFINITY)
		return -INFINITY;
	return q->best_proxy + q->total - 1e-13 * q->total;
}

static bool allowed(const struct count_search *q, uint64_t left, double wl)
{
	size_t n_left = left >> 2 * COUNT_BITS;
	size_t n_right = q->end - q->start - n_left;
	double least = q->settings->min_weight_leaf;

	return n_left >= q->settings->min_samples_leaf &&
	       n_right >= q->settings->min_samples_leaf && wl >= least &&
	       q->total - wl >= least;
}

/* The weight of a class in such a word; signed, to become a double at once. */
static inline double weight_of(uint64_t sums, unsigned int class)
{
	return (double)(int64_t)(sums >> class * COUNT_BITS & COUNT_MASK);
}

static inline bool passes_sieve(const struct count_search *q, double l0,
				double l1)
{
	double wl = l0 + l1, wr = q->total - wl;
	double r1 = q->ones - l1, r0 = wr - r1;

	return !((l0 * l0 + l1 * l1) * wr + (r0 * r0 + r1 * r1) * wl <=
		 q->sieve * (wl * wr));
}

/* Looks at the split that sends `left` left. */
static inline bool is_better(struct count_search *q, uint64_t left)
{
	double l0 = weight_of(left, 0), l1 = weight_of(left, 1), proxy;

	if (!passes_sieve(q, l0, l1))
		return false;
	if (q->bounded && !allowed(q, left, l0 + l1))
		return false;
	proxy = exact_proxy(q, l0, l1);
	if (!(proxy > q->best_proxy))
		return false;
	q->best_proxy = proxy;
	q->sieve = sieve_of(q);
	return true;
}

/* Halfway between two neighbours, but never the upper one. */
static double threshold_between(float low, float high)
{
	double threshold = low / 2.0 + high / 2.0;

	return threshold == high || isinf(threshold) ? low : threshold;
}

static void keep_best(struct count_search *q, size_t feature, uint64_t left,
		      uint32_t key, float low, float high)
{
	size_t n_left = left >> 2 * COUNT_BITS;

	q->best_key = key;
	q->best_left = left;
	q->best = (struct tree_split){
		.feature = feature,
		.pos = q->start + n_left,
		.threshold = threshold_between(low, high),
		.missing_go_to_left = n_left > q->end - q->start - n_left,
	};
}

static inline uint64_t addend(uint32_t payload)
{
	return (uint64_t)(payload >> 1) << (payload & 1) * COUNT_BITS |
	       UINT64_C(1) << 2 * COUNT_BITS;
}

/* Adds the samples up by rank. */
static void add_up(const struct count_search *q, const uint16_t *ranks)
{
	struct counting *c = q->s->counting;

	for (size_t i = q->start; i < q->end; i++) {
		uint16_t rank = ranks[c->rows[i]];

		c->sums[rank] += addend(c->payload[i]);
		c->present[rank / 64] |= UINT64_C(1) << rank % 64;
	}
}

static bool try_ranks(struct count_search *q, size_t feature)
{
	struct counting *c = q->s->counting;
	const struct rank_block *b = c->ranks;
	const float *values = b->values + feature * b->row_alloc;
	size_t n_words = (b->n_distinct[feature] + 63) / 64;
	uint64_t left = 0;
	uint32_t before = 0;
	bool split = false;

	if (b->n_distinct[feature] < 2)
		return false;
	add_up(q, b->ranks + feature * b->row_alloc);
	for (size_t w = 0; w < n_words; w++) {
		uint64_t bits = c->present[w];

		c->present[w] = 0;
		for (; bits; bits &= bits - 1) {
			uint32_t rank = (uint32_t)(w * 64) +
					(uint32_t)__builtin_ctzll(bits);

			if (left) {
				split = true;
				if (is_better(q, left))
					keep_best(q, feature, left, before,
						  values[before], values[rank]);
			}
			left += c->sums[rank];
			c->sums[rank] = 0;
			before = rank;
		}
	}
	return split;
}

/* The values of a feature in a node that is too large for ranks. */
struct large_node {
	const float *values;
	size_t n;
	float low, high;
	float scale; /* a bin a scale: rounding keeps the order of values */
};

static struct large_node gather(const struct count_search *q, size_t feature)
{
	struct counting *c = q->s->counting;
	const float *column = c->columns + feature * c->column_length;
	const uint32_t *rows = c->rows + q->start;
	float *values = (void *)c->sort[1];
	struct large_node node = { .values = values, .n = q->end - q->start,
				   .low = INFINITY, .high = -INFINITY };

	for (size_t i = 0; i < node.n; i++) {
		float v = column[rows[i]];

		__builtin_prefetch(column + rows[i + AHEAD]);
		values[i] = v;
		node.low = v < node.low ? v : node.low;
		node.high = v > node.high ? v : node.high;
	}
	return node;
}

/* The splits between these samples, with `left` before them; whether one is
 * better. */
static bool walk_sorted(struct count_search *q, size_t feature, uint64_t left,
			const uint64_t *sorted, size_t n)
{
	bool better = false;

	for (size_t i = 0; i + 1 < n; i++) {
		uint32_t key = (uint32_t)(sorted[i] >> 32);
		uint32_t next = (uint32_t)(sorted[i + 1] >> 32);

		left += addend((uint32_t)sorted[i]);
		if (key != next && is_better(q, left)) {
			keep_best(q, feature, left, key, rank_value(key),
				  rank_value(next));
			better = true;
		}
	}
	return better;
}

static void try_sorted(struct count_search *q, size_t feature,
		       const struct large_node *node)
{
	struct counting *c = q->s->counting;

	for (size_t i = 0; i < node->n; i++)
		c->sort[0][i] = (uint64_t)rank_key(node->values[i]) << 32 |
				c->payload[q->start + i];
	walk_sorted(q, feature, 0,
		    rank_radix_sort(c->sort[0], c->sort[1], node->n), node->n);
}

static inline uint32_t bin_of(const struct large_node *node, float value)
{
	return (uint32_t)((value - node->low) * node->scale);
}

static bool is_set(const uint64_t *bits, uint32_t i)
{
	return bits[i / 64] >> i % 64 & 1;
}

/* Adds the samples up by bin. */
static void fill_bins(const struct count_search *q,
		      const struct large_node *node)
{
	struct counting *c = q->s->counting;
	const uint32_t *payload = c->payload + q->start;

	for (size_t i = 0; i < node->n; i++)
		c->sums[bin_of(node, node->values[i])] += addend(payload[i]);
}

/*
 * Whether a split within a bin may be better than what the sieve is for. What
 * is left of it lies between left and left + bin in both classes, and the sum
 * in sieve_of() is convex in these two (squares over a positive linear
 * function), so that it is nowhere more than at a corner. Two corners are
 * splits between bins, which are looked at anyway; these are the others.
 */
static bool may_be_better(const struct count_search *q, uint64_t left,
			  uint64_t bin)
{
	for (unsigned int class = 0; class < 2; class++) {
		uint64_t mask = COUNT_MASK << class * COUNT_BITS;
		uint64_t corner = left + (bin & mask);

		if (passes_sieve(q, weight_of(corner, 0), weight_of(corner, 1)))
			return true;
	}
	return false;
}

/* Chooses the bins that must be looked into; gives how many samples lie in
 * them. */
static size_t choose_bins(const struct count_search *q)
{
	struct counting *c = q->s->counting;
	struct count_search borders = *q;
	uint64_t left = 0;
	size_t n = 0;

	for (size_t bin = 0; bin < BLOCK_ROWS; bin++) {
		if (left && c->sums[bin])
			is_better(&borders, left);
		left += c->sums[bin];
	}
	left = 0;
	memset(c->chosen, 0, BIN_WORDS * sizeof(c->chosen[0]));
	for (size_t bin = 0; bin < BLOCK_ROWS; bin++) {
		uint64_t sum = c->sums[bin];

		if (sum >> 2 * COUNT_BITS > 1 &&
		    may_be_better(&borders, left, sum)) {
			c->chosen[bin / 64] |= UINT64_C(1) << bin % 64;
			n += sum >> 2 * COUNT_BITS;
		}
		left += sum;
	}
	return n;
}

/* The samples of the chosen bins, at most half of all: the values keep the
 * other half of sort[1]. */
static const uint64_t *sort_chosen(const struct count_search *q,
				   const struct large_node *node)
{
	struct counting *c = q->s->counting;
	size_t n = 0;

	for (size_t i = 0; i < node->n; i++) {
		float v = node->values[i];

		c->sort[0][n] = (uint64_t)rank_key(v) << 32 |
				c->payload[q->start + i];
		n += is_set(c->chosen, bin_of(node, v));
	}
	return rank_radix_sort(c->sort[0], c->sort[1] + (node->n + 1) / 2, n);
}

/* Keeps the split below a bin: its neighbours are not known before. */
static void keep_border(struct count_search *q, size_t feature, uint64_t left,
			const struct large_node *node, uint32_t border)
{
	float low = -INFINITY, high = INFINITY;

	for (size_t i = 0; i < node->n; i++) {
		float v = node->values[i];
		bool is_left = bin_of(node, v) < border;

		low = is_left && v > low ? v : low;
		high = !is_left && v < high ? v : high;
	}
	keep_best(q, feature, left, rank_key(low), low, high);
}

/*
 * As try_sorted(), with most samples left unsorted: they are added up by bins
 * of equal width, the splits between bins are looked at, and those within a
 * bin only where they may be better. In the order of values throughout, since
 * the first of equal ones is kept.
 */
static void try_binned(struct count_search *q, size_t feature,
		       const struct large_node *node)
{
	struct counting *c = q->s->counting;
	const uint64_t *sorted = NULL;
	uint64_t left = 0, border_left = 0;
	uint32_t border = 0;
	size_t n_chosen;

	fill_bins(q, node);
	n_chosen = choose_bins(q);
	if (n_chosen > node->n / 2) {
		memset(c->sums, 0, BLOCK_ROWS * sizeof(*c->sums));
		try_sorted(q, feature, node);
		return;
	}
	if (n_chosen)
		sorted = sort_chosen(q, node);
	for (uint32_t bin = 0; bin < BLOCK_ROWS; bin++) {
		uint64_t sum = c->sums[bin];

		if (!sum)
			continue;
		c->sums[bin] = 0;
		if (left && is_better(q, left)) {
			border = bin;
			border_left = left;
		}
		if (is_set(c->chosen, bin)) {
			size_t n = sum >> 2 * COUNT_BITS;

			if (walk_sorted(q, feature, left, sorted, n))
				border = 0;
			sorted += n;
		}
		left += sum;
	}
	if (border)
		keep_border(q, feature, border_left, node, border);
}

static bool try_large(struct count_search *q, size_t feature)
{
	struct large_node node = gather(q, feature);

	if (node.low == node.high)
		return false;
	node.scale = (BLOCK_ROWS - 1) / (node.high - node.low);
	if (q->s->criterion.kind == CRITERION_GINI && !q->bounded &&
	    isnormal(node.scale) && isfinite(node.high - node.low))
		try_binned(q, feature, &node);
	else
		try_sorted(q, feature, &node);
	return true;
}

static bool try_feature(void *search, size_t feature)
{
	struct count_search *q = search;

	return q->s->counting->ranks ? try_ranks(q, feature)
				     : try_large(q, feature);
}

/* Moves the samples of the right side behind the others, all in order. */
static void partition(const struct count_search *q)
{
	struct counting *c = q->s->counting;
	size_t f = q->best.feature, n_left = q->start, n_right = 0;
	const uint16_t *ranks =
		c->ranks ? c->ranks->ranks + f * c->ranks->row_alloc : NULL;
	const float *column = c->columns + f * c->column_length;
	/* One pair a sample that goes right; nothing is sorted meanwhile. */
	struct { uint32_t row, payload; } *spare = (void *)c->sort[0];

	for (size_t i = q->start; i < q->end; i++) {
		uint32_t row = c->rows[i], payload = c->payload[i];
		bool is_left = ranks ? ranks[row] <= q->best_key
				     : rank_key(column[row]) <= q->best_key;

		c->rows[n_left] = row;
		c->payload[n_left] = payload;
		spare[n_right].row = row;
		spare[n_right].payload = payload;
		n_left += is_left;
		n_right += !is_left;
	}
	for (size_t i = 0; i < n_right; i++) {
		c->rows[n_left + i] = spare[i].row;
		c->payload[n_left + i] = spare[i].payload;
	}
}

static void settle(struct count_search *q, double impurity)
{
	struct criterion *c = &q->s->criterion;
	struct tree_split *best = &q->best;
	double l0 = weight_of(q->best_left, 0);
	double l1 = weight_of(q->best_left, 1);

	partition(q);
	c->weighted_n_left = l0 + l1;
	c->weighted_n_right = q->total - c->weighted_n_left;
	c->sum_left[0] = l0;
	c->sum_left[1] = l1;
	c->sum_right[0] = c->sum_total[0] - l0;
	c->sum_right[1] = c->sum_total[1] - l1;
	criterion_children_impurity(c, &best->impurity_left,
				    &best->impurity_right);
	best->improvement = criterion_improvement(
		c, impurity, best->impurity_left, best->impurity_right);
}

void counting_best_split(struct tree_scratch *s, const struct tree_data *data,
			 const struct tree_settings *settings, size_t start,
			 size_t end, double impurity, size_t *n_constant,
			 struct tree_split *ret)
{
	struct count_search q = {
		.s = s,
		.data = data,
		.settings = settings,
		.start = start,
		.end = end,
		.total = s->criterion.weighted_n_node_samples,
		.ones = s->criterion.sum_total[1],
		.sieve = -INFINITY,
		.best_proxy = -INFINITY,
		.best = {.pos = end, .improvement = -INFINITY},
		.bounded = settings->min_samples_leaf > 1 ||
			   settings->min_weight_leaf > 0,
	};

	if (s->counting->by_block) {
		enter_compact(s->counting, data, start, end);
		enter_block(s->counting, start, end);
	}
	*n_constant =
		tree_draw_features(s, data->n_features, settings->max_features,
				   *n_constant, try_feature, &q);
	if (q.best.pos < end)
		settle(&q, impurity);
	*ret = q.best;
}
