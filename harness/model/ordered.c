#include "model/ordered.h"
#include "model/ordered_sort.h"

#include "base/compiler.h"

#include <math.h>

bool ordered_applies(const struct tree_data *data)
{
	return data->n_classes == 2 && !data->hidden_nan &&
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

void ordered_weigh(struct tree_scratch *s, const struct tree_data *data)
{
	for (size_t i = 0; i < data->n_samples; i++) {
		s->shares[i].of[0] = data->y[i] ? 0 : s->weights[i];
		s->shares[i].of[1] = data->y[i] ? s->weights[i] : 0;
	}
}

/* The weights of the classes on one side, and of all. */
struct side {
	double of[2], weight;
};

/* A sample is of one class: the other's sum stays as it is, and the sum of
 * its shares is its weight. */
static inline void side_add(struct side *side, const struct ordered_share *share)
{
	side->of[0] += share->of[0];
	side->of[1] += share->of[1];
	side->weight += share->of[0] + share->of[1];
}

static inline void side_subtract(struct side *side,
				 const struct ordered_share *share)
{
	side->of[0] -= share->of[0];
	side->of[1] -= share->of[1];
	side->weight -= share->of[0] + share->of[1];
}

void ordered_node(struct tree_scratch *s, size_t start, size_t end)
{
	struct criterion *c = &s->criterion;
	struct side all = {0};

	for (size_t p = start; p < end; p++)
		side_add(&all, &s->shares[row_of(s->samples[p])]);
	c->start = start;
	c->end = end;
	c->sum_total[0] = all.of[0];
	c->sum_total[1] = all.of[1];
	c->weighted_n_node_samples = all.weight;
}

struct ordered_search {
	struct tree_scratch *s;
	const struct tree_data *data;
	const struct tree_settings *settings;
	size_t start, end;
	/* Of the feature that is tried: samples[end_present:end] are missing,
	 * and weigh so much. */
	size_t end_present;
	struct side all, missing;
	double sieve, best_proxy;
	struct tree_split best;
	/* Of the best split: the last sample that goes left, and the first
	 * that does not. */
	uint32_t best_low, best_high;
};

/* criterion_init_missing() of the last n samples. */
static void set_missing(struct ordered_search *q, size_t n)
{
	q->end_present = q->end - n;
	q->missing = (struct side){0};
	for (size_t p = q->end_present; p < q->end; p++)
		side_add(&q->missing, &q->s->shares[row_of(q->s->samples[p])]);
}

/* What is on the left before any sample that is not missing is. */
static struct side left_at_start(const struct ordered_search *q,
				 bool missing_left)
{
	return missing_left ? q->missing : (struct side){0};
}

/* What is on the left when all samples that are not missing are. */
static struct side left_at_end(const struct ordered_search *q,
			       bool missing_left)
{
	struct side left = q->all;

	if (q->end_present < q->end && !missing_left) {
		left.of[0] -= q->missing.of[0];
		left.of[1] -= q->missing.of[1];
		left.weight -= q->missing.weight;
	}
	return left;
}

/* The left side of a split at pos by what is on its right: what
 * criterion_update() does where that is less. */
static struct side subtract_right(const struct ordered_search *q, size_t pos,
				  bool missing_left)
{
	struct side left = left_at_end(q, missing_left);

	for (size_t p = q->end_present; p-- > pos;)
		side_subtract(&left, &q->s->shares[row_of(q->s->samples[p])]);
	return left;
}

/* Hands the sums to the criterion, which knows all formulas. */
static struct criterion *hand_over(const struct ordered_search *q,
				   const struct side *left)
{
	struct criterion *c = &q->s->criterion;

	c->weighted_n_left = left->weight;
	c->weighted_n_right = q->all.weight - left->weight;
	for (size_t k = 0; k < 2; k++) {
		c->sum_left[k] = left->of[k];
		c->sum_right[k] = q->all.of[k] - left->of[k];
	}
	return c;
}

/* Whether a split may be better than the best: see is_better() of
 * counting.c. */
static inline bool passes_sieve(const struct ordered_search *q,
				const struct side *left)
{
	double l0 = left->of[0], l1 = left->of[1], wl = left->weight;
	double r0 = q->all.of[0] - l0, r1 = q->all.of[1] - l1;
	double wr = q->all.weight - wl;

	return !((l0 * l0 + l1 * l1) * wr + (r0 * r0 + r1 * r1) * wl <=
		 q->sieve * (wl * wr));
}

static bool is_better(struct ordered_search *q, const struct side *left)
{
	double least = q->settings->min_weight_leaf, proxy;
	struct criterion *c = hand_over(q, left);

	if (c->weighted_n_left < least || c->weighted_n_right < least)
		return false;
	proxy = criterion_proxy_improvement(c);
	if (!(proxy > q->best_proxy))
		return false;
	q->best_proxy = proxy;
	if (c->kind == CRITERION_GINI)
		q->sieve = proxy + q->all.weight - 1e-12 * q->all.weight;
	return true;
}

/* Halfway between two neighbours, but never the upper one. */
static double threshold_between(float low, float high)
{
	double threshold = low / 2.0 + high / 2.0;

	return threshold == high || isinf(threshold) ? low : threshold;
}

static void keep_best(struct ordered_search *q, size_t feature, size_t pos,
		      bool missing_left)
{
	const uint32_t *samples = q->s->samples;
	size_t n_missing = q->end - q->end_present;

	q->best_low = samples[pos - 1];
	q->best_high = samples[pos]; /* if it is not missing */
	q->best = (struct tree_split){
		.feature = feature,
		.pos = pos,
		.n_missing = n_missing,
		.missing_go_to_left =
			n_missing ? missing_left
				  : pos - q->start > q->end - pos,
	};
}

/* Puts the ranks of a feature into the words. */
static void rank_by(const struct ordered_search *q, size_t feature)
{
	const struct rank_block *b = q->s->ranks;
	const uint16_t *ranks = b->ranks + feature * b->row_alloc;
	uint32_t *samples = q->s->samples;

	for (size_t p = q->start; p < q->end; p++) {
		uint32_t row = row_of(samples[p]);

		samples[p] = (uint32_t)ranks[row] << ORDERED_ROW_BITS | row;
	}
}

/* Whether leaves may be as small as those of a split at pos. */
static inline bool leaves_allowed(const struct ordered_search *q, size_t pos,
				  bool missing_left)
{
	size_t least = q->settings->min_samples_leaf;
	size_t n_left = pos - q->start, n_right = q->end - pos;

	if (missing_left) {
		n_left += q->end - q->end_present;
		n_right -= q->end - q->end_present;
	}
	return n_left >= least && n_right >= least;
}

/* All thresholds, the missing values being on one side. Inlined twice. */
ALWAYS_INLINE void try_thresholds(struct ordered_search *q, size_t feature,
				  bool missing_left)
{
	const uint32_t *samples = q->s->samples;
	const struct ordered_share *shares = q->s->shares;
	struct side left = left_at_start(q, missing_left);
	size_t pos = q->start, end = q->end_present;

	for (size_t p = q->start + 1; p < end; p++) {
		uint32_t word = samples[p - 1];

		side_add(&left, &shares[row_of(word)]);
		if (rank_of(word) == rank_of(samples[p]))
			continue;
		if (!leaves_allowed(q, p, missing_left))
			continue;
		if (p - pos > end - p)
			left = subtract_right(q, p, missing_left);
		pos = p;
		if (passes_sieve(q, &left)) {
			struct side tried = left; /* left stays in registers */

			if (is_better(q, &tried))
				keep_best(q, feature, p, missing_left);
		}
	}
}

/* The split that parts the missing values from all others. */
static void try_missing_alone(struct ordered_search *q, size_t feature)
{
	struct side left = left_at_end(q, false);

	if (leaves_allowed(q, q->end_present, false) &&
	    passes_sieve(q, &left) && is_better(q, &left))
		keep_best(q, feature, q->end_present, false);
}

static void swap_samples(uint32_t *samples, size_t i, size_t j)
{
	uint32_t word = samples[i];

	samples[i] = samples[j];
	samples[j] = word;
}

/* gather_missing() of splitter.c; gives how many are missing. */
static size_t gather_missing(const struct ordered_search *q, uint32_t missing)
{
	uint32_t *samples = q->s->samples;
	size_t i = q->start, end = q->end;

	while (i < end) {
		if (rank_of(samples[end - 1]) == missing) {
			end--;
			continue;
		}
		if (rank_of(samples[i]) == missing)
			swap_samples(samples, i, --end);
		i++;
	}
	return q->end - end;
}

static bool try_feature(void *search, size_t feature)
{
	struct ordered_search *q = search;
	const uint32_t *samples = q->s->samples;
	uint32_t n_ranks = q->s->ranks->n_distinct[feature];
	bool may_miss = q->data->missing && q->data->missing[feature];
	size_t n_missing;

	if (n_ranks < 2 && !may_miss)
		return false;
	rank_by(q, feature);
	n_missing = may_miss ? gather_missing(q, n_ranks) : 0;
	q->end_present = q->end - n_missing;
	if (q->end_present == q->start)
		return false;
	ordered_sort(q->s->samples + q->start, q->end_present - q->start,
		     n_ranks, q->s->ordered);
	if (rank_of(samples[q->start]) == rank_of(samples[q->end_present - 1]))
		return false;
	if (!n_missing) {
		try_thresholds(q, feature, false);
		return true;
	}
	set_missing(q, n_missing);
	try_thresholds(q, feature, false);
	try_thresholds(q, feature, true);
	try_missing_alone(q, feature);
	return true;
}

/* partition_missing() of splitter.c: samples of no more than this rank. */
static void partition_missing(const struct ordered_search *q, uint32_t rank,
			      uint32_t missing)
{
	uint32_t *samples = q->s->samples;
	size_t p = q->start, end = q->end - 1;
	size_t last = end - q->best.n_missing;

	while (p < last) {
		if (rank_of(samples[end]) == missing) {
			end--;
			continue;
		}
		if (rank_of(samples[p]) == missing)
			swap_samples(samples, p, end--);
		if (rank_of(samples[p]) <= rank)
			p++;
		else
			swap_samples(samples, p, last--);
	}
}

/* shift_missing_values_to_left_if_required() */
static void shift_missing(struct ordered_search *q)
{
	struct tree_split *best = &q->best;

	if (!best->n_missing || !best->missing_go_to_left)
		return;
	for (size_t i = 0; i < best->n_missing; i++)
		swap_samples(q->s->samples, best->pos + i, q->end - 1 - i);
	best->pos += best->n_missing;
}

/* The samples in the order in which the best split leaves them. */
static void partition(const struct ordered_search *q)
{
	uint32_t rank = rank_of(q->best_low);

	rank_by(q, q->best.feature);
	if (q->best.n_missing)
		partition_missing(q, rank,
				  q->s->ranks->n_distinct[q->best.feature]);
	else
		ordered_partition(q->s->samples + q->start, q->end - q->start,
				  q->best.pos - q->start, rank, q->s->ordered);
}

/* Puts the samples of the best split in order and measures its sides. */
static void settle(struct ordered_search *q, double impurity)
{
	struct tree_split *best = &q->best;
	const float *column =
		q->data->columns + best->feature * q->data->n_samples;
	bool missing_left = best->n_missing && best->missing_go_to_left;
	struct side left;
	struct criterion *c;

	best->threshold = INFINITY;
	if (best->pos < q->end - best->n_missing)
		best->threshold =
			threshold_between(column[row_of(q->best_low)],
					  column[row_of(q->best_high)]);
	partition(q);
	set_missing(q, best->n_missing);
	left = left_at_start(q, missing_left);
	if (best->pos - q->start <= q->end_present - best->pos)
		for (size_t p = q->start; p < best->pos; p++)
			side_add(&left,
				 &q->s->shares[row_of(q->s->samples[p])]);
	else
		left = subtract_right(q, best->pos, missing_left);
	c = hand_over(q, &left);
	criterion_children_impurity(c, &best->impurity_left,
				    &best->impurity_right);
	best->improvement = criterion_improvement(
		c, impurity, best->impurity_left, best->impurity_right);
	shift_missing(q);
}

void ordered_best_split(struct tree_scratch *s, const struct tree_data *data,
			const struct tree_settings *settings, size_t start,
			size_t end, double impurity, size_t *n_constant,
			struct tree_split *ret)
{
	struct ordered_search q = {
		.s = s,
		.data = data,
		.settings = settings,
		.start = start,
		.end = end,
		.all = {{s->criterion.sum_total[0], s->criterion.sum_total[1]},
			s->criterion.weighted_n_node_samples},
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
