#include "model/ordered.h"
#include "model/ordered_sort.h"

#include <math.h>

bool ordered_applies(const struct tree_data *data)
{
	return data->n_classes == 2 && !data->has_nan &&
	       data->n_samples <= RANKS_MAX_ROWS;
}

static uint32_t row_of(uint32_t word)
{
	return word & 0xffff;
}

static uint32_t rank_of(uint32_t word)
{
	return word >> ORDERED_ROW_BITS;
}

void ordered_node(struct tree_scratch *s, size_t start, size_t end)
{
	struct criterion *c = &s->criterion;
	double sums[2] = {0, 0}, weight = 0;

	for (size_t p = start; p < end; p++) {
		uint32_t row = row_of(s->samples[p]);
		double w = s->weights[row];

		sums[c->y[row]] += w;
		weight += w;
	}
	c->start = start;
	c->end = end;
	c->sum_total[0] = sums[0];
	c->sum_total[1] = sums[1];
	c->weighted_n_node_samples = weight;
}

struct ordered_search {
	struct tree_scratch *s;
	const struct rank_block *ranks;
	const struct tree_settings *settings;
	size_t start, end;
	double total[2], weight; /* of the node */
	double left[2], left_weight;
	size_t pos; /* samples[start:pos] are in left */
	double sieve, best_proxy;
	struct tree_split best;
	uint32_t best_rank; /* the last that goes left */
};

static void add(struct ordered_search *q, size_t from, size_t to)
{
	const uint32_t *y = q->s->criterion.y;

	for (size_t p = from; p < to; p++) {
		uint32_t row = row_of(q->s->samples[p]);
		double w = q->s->weights[row];

		q->left[y[row]] += w;
		q->left_weight += w;
	}
}

static void subtract_to(struct ordered_search *q, size_t new_pos)
{
	const uint32_t *y = q->s->criterion.y;

	q->left[0] = q->total[0];
	q->left[1] = q->total[1];
	q->left_weight = q->weight;
	for (size_t p = q->end; p-- > new_pos;) {
		uint32_t row = row_of(q->s->samples[p]);
		double w = q->s->weights[row];

		q->left[y[row]] -= w;
		q->left_weight -= w;
	}
}

/* criterion_update() */
static inline void move_to(struct ordered_search *q, size_t new_pos)
{
	if (new_pos - q->pos <= q->end - new_pos)
		add(q, q->pos, new_pos);
	else
		subtract_to(q, new_pos);
	q->pos = new_pos;
}

/* Hands the sums to the criterion, which knows all formulas. */
static struct criterion *hand_over(const struct ordered_search *q)
{
	struct criterion *c = &q->s->criterion;

	c->weighted_n_left = q->left_weight;
	c->weighted_n_right = q->weight - q->left_weight;
	for (size_t k = 0; k < 2; k++) {
		c->sum_left[k] = q->left[k];
		c->sum_right[k] = q->total[k] - q->left[k];
	}
	return c;
}

/* Looks at the split at pos: see is_better() of counting.c. */
static inline bool is_better(struct ordered_search *q)
{
	double l0 = q->left[0], l1 = q->left[1], wl = q->left_weight;
	double r0 = q->total[0] - l0, r1 = q->total[1] - l1;
	double wr = q->weight - wl, proxy;

	if (wl < q->settings->min_weight_leaf ||
	    wr < q->settings->min_weight_leaf)
		return false;
	if ((l0 * l0 + l1 * l1) * wr + (r0 * r0 + r1 * r1) * wl <=
	    q->sieve * (wl * wr))
		return false;
	proxy = criterion_proxy_improvement(hand_over(q));
	if (!(proxy > q->best_proxy))
		return false;
	q->best_proxy = proxy;
	if (q->s->criterion.kind == CRITERION_GINI)
		q->sieve = proxy + q->weight - 1e-12 * q->weight;
	return true;
}

/* Halfway between two neighbours, but never the upper one. */
static double threshold_between(float low, float high)
{
	double threshold = low / 2.0 + high / 2.0;

	return threshold == high || isinf(threshold) ? low : threshold;
}

static void keep_best(struct ordered_search *q, size_t feature, uint32_t rank,
		      uint32_t next)
{
	const float *values = q->ranks->values + feature * q->ranks->row_alloc;
	size_t n_left = q->pos - q->start, n_right = q->end - q->pos;

	q->best_rank = rank;
	q->best = (struct tree_split){
		.feature = feature,
		.pos = q->pos,
		.threshold = threshold_between(values[rank], values[next]),
		.missing_go_to_left = n_left > n_right,
	};
}

static void sort_by(const struct ordered_search *q, const uint16_t *ranks)
{
	uint32_t *samples = q->s->samples;

	for (size_t p = q->start; p < q->end; p++) {
		uint32_t row = row_of(samples[p]);

		samples[p] = (uint32_t)ranks[row] << ORDERED_ROW_BITS | row;
	}
	ordered_sort(samples + q->start, q->end - q->start);
}

static void try_thresholds(struct ordered_search *q, size_t feature)
{
	const uint32_t *samples = q->s->samples;
	size_t least = q->settings->min_samples_leaf;

	q->pos = q->start;
	q->left[0] = q->left[1] = q->left_weight = 0;
	for (size_t p = q->start + 1; p < q->end; p++) {
		uint32_t rank = rank_of(samples[p - 1]);
		uint32_t next = rank_of(samples[p]);

		if (rank == next)
			continue;
		if (p - q->start < least || q->end - p < least)
			continue;
		move_to(q, p);
		if (is_better(q))
			keep_best(q, feature, rank, next);
	}
}

static bool try_feature(void *search, size_t feature)
{
	struct ordered_search *q = search;
	const uint32_t *samples = q->s->samples;

	if (q->ranks->n_distinct[feature] < 2)
		return false;
	sort_by(q, q->ranks->ranks + feature * q->ranks->row_alloc);
	if (rank_of(samples[q->start]) == rank_of(samples[q->end - 1]))
		return false;
	try_thresholds(q, feature);
	return true;
}

/* partition_samples_final(), every swap of it. */
static void partition(const struct ordered_search *q)
{
	const uint16_t *ranks =
		q->ranks->ranks + q->best.feature * q->ranks->row_alloc;
	uint32_t *samples = q->s->samples;
	size_t p = q->start, last = q->end - 1;

	while (p < last) {
		uint32_t word = samples[p], other = samples[last];
		size_t is_left = ranks[row_of(word)] <= q->best_rank;

		samples[p] = is_left ? word : other;
		samples[last] = is_left ? other : word;
		p += is_left;
		last -= 1 - is_left;
	}
}

static void settle(struct ordered_search *q, double impurity)
{
	struct tree_split *best = &q->best;
	struct criterion *c;

	partition(q);
	q->pos = q->start;
	q->left[0] = q->left[1] = q->left_weight = 0;
	move_to(q, best->pos);
	c = hand_over(q);
	criterion_children_impurity(c, &best->impurity_left,
				    &best->impurity_right);
	best->improvement = criterion_improvement(
		c, impurity, best->impurity_left, best->impurity_right);
}

void ordered_best_split(struct tree_scratch *s, const struct tree_data *data,
			const struct tree_settings *settings, size_t start,
			size_t end, double impurity, size_t *n_constant,
			struct tree_split *ret)
{
	struct ordered_search q = {
		.s = s,
		.ranks = s->ranks,
		.settings = settings,
		.start = start,
		.end = end,
		.total = {s->criterion.sum_total[0], s->criterion.sum_total[1]},
		.weight = s->criterion.weighted_n_node_samples,
		.sieve = -INFINITY,
		.best_proxy = -INFINITY,
		.best = {.pos = end, .improvement = -INFINITY},
	};

	*n_constant =
		tree_draw_features(s, data->n_features, settings->max_features,
				   *n_constant, try_feature, &q);
	if (q.best.pos < end)
		settle(&q, impurity);
	*ret = q.best;
}
