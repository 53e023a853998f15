#include "model/tree.h"

#include <math.h>
#include <string.h>

/*
 * FEATURE_THRESHOLD, below which two values would count as equal, is meant to
 * be 1e-7. In scikit-learn 1.7.2 it is zero: it is given its value in a .pxd
 * file, where Cython makes a declaration of it and drops the value. So only
 * equal values are equal here (0 and -0 are).
 */

/* One search: node_split_best()'s variables. */
struct search {
	struct tree_scratch *s;
	const struct tree_settings *settings;
	const struct tree_data *data;
	size_t start, end, end_non_missing;
	struct tree_split best;
	double best_proxy;
};

static void swap_samples(uint32_t *samples, size_t i, size_t j)
{
	uint32_t sample = samples[i];

	samples[i] = samples[j];
	samples[j] = sample;
}

/* The values of a feature into feature_values, missing ones to the end of
 * the samples; gives how many are missing. */
static size_t gather_missing(const struct search *search, const float *column)
{
	uint32_t *samples = search->s->samples;
	float *values = search->s->feature_values;
	size_t i = search->start, end = search->end, n_missing = 0;

	while (i < end) {
		if (isnan(column[samples[end - 1]])) {
			n_missing++;
			end--;
			continue;
		}
		if (isnan(column[samples[i]])) {
			swap_samples(samples, i, end - 1);
			n_missing++;
			end--;
		}
		values[i] = column[samples[i]];
		i++;
	}
	return n_missing;
}

/* sort_samples_and_feature_values() */
static size_t sort_feature(const struct search *search, size_t feature)
{
	const struct tree_data *data = search->data;
	const float *column = data->columns + feature * data->n_samples;
	uint32_t *samples = search->s->samples;
	float *values = search->s->feature_values;
	size_t start = search->start, n_missing = 0;

	if (data->missing && data->missing[feature])
		n_missing = gather_missing(search, column);
	else
		for (size_t i = start; i < search->end; i++)
			values[i] = column[samples[i]];
	tree_sort(values + start, samples + start,
		  search->end - start - n_missing);
	return n_missing;
}

/* Halfway between two neighbours, but never the upper one. */
static double threshold_between(float low, float high)
{
	double threshold = low / 2.0 + high / 2.0;

	if (threshold == high || isinf(threshold))
		return low;
	return threshold;
}

static bool leaves_allowed(const struct search *search, size_t n_left,
			   size_t n_right)
{
	size_t least = search->settings->min_samples_leaf;

	return n_left >= least && n_right >= least;
}

/* The proxy of the split that the criterion stands at, where it is the best
 * so far and both sides are heavy enough. */
static bool is_best(struct search *search)
{
	const struct criterion *c = &search->s->criterion;
	double least = search->settings->min_weight_leaf, proxy;

	if (c->weighted_n_left < least || c->weighted_n_right < least)
		return false;
	proxy = criterion_proxy_improvement(c);
	if (!(proxy > search->best_proxy))
		return false;
	search->best_proxy = proxy;
	return true;
}

/* All thresholds of the feature that feature_values hold, the missing values
 * being on one side. */
static void try_thresholds(struct search *search, size_t feature,
			   size_t n_missing, bool missing_left)
{
	struct criterion *c = &search->s->criterion;
	const float *values = search->s->feature_values;
	size_t end = search->end_non_missing, p = search->start;

	c->missing_go_to_left = missing_left;
	criterion_reset(c);
	for (;;) {
		size_t n_left, n_right;

		while (p + 1 < end && values[p + 1] <= values[p])
			p++;
		if (++p >= end)
			return;
		n_left = p - search->start + (missing_left ? n_missing : 0);
		n_right = end - p + (missing_left ? 0 : n_missing);
		if (!leaves_allowed(search, n_left, n_right))
			continue;
		criterion_update(c, p);
		if (!is_best(search))
			continue;
		search->best = (struct tree_split){
			.feature = feature,
			.pos = p,
			.threshold =
				threshold_between(values[p - 1], values[p]),
			.n_missing = n_missing,
			.missing_go_to_left =
				n_missing ? missing_left : n_left > n_right,
		};
	}
}

/* The split that parts the missing values from all others. */
static void try_missing_alone(struct search *search, size_t feature,
			      size_t n_missing)
{
	struct criterion *c = &search->s->criterion;
	size_t pos = search->end - n_missing;

	if (!leaves_allowed(search, pos - search->start, n_missing))
		return;
	c->missing_go_to_left = false;
	criterion_update(c, pos);
	if (is_best(search))
		search->best = (struct tree_split){
			.feature = feature,
			.pos = pos,
			.threshold = INFINITY,
			.n_missing = n_missing,
		};
}

/* False where the feature is constant in this node. */
static bool try_feature(void *context, size_t feature)
{
	struct search *search = context;
	const float *values = search->s->feature_values;
	size_t n_missing = sort_feature(search, feature);

	search->end_non_missing = search->end - n_missing;
	if (search->end_non_missing == search->start ||
	    values[search->end_non_missing - 1] <= values[search->start])
		return false;
	criterion_init_missing(&search->s->criterion, n_missing);
	try_thresholds(search, feature, n_missing, false);
	if (n_missing) {
		try_thresholds(search, feature, n_missing, true);
		try_missing_alone(search, feature, n_missing);
	}
	return true;
}

/* partition_samples_final() with missing values. */
static void partition_missing(const struct search *search, const float *column)
{
	uint32_t *samples = search->s->samples;
	size_t p = search->start, end = search->end - 1;
	size_t last = end - search->best.n_missing;

	while (p < last) {
		float value;

		if (isnan(column[samples[end]])) {
			end--;
			continue;
		}
		value = column[samples[p]];
		if (isnan(value)) {
			swap_samples(samples, p, end--);
			value = column[samples[p]];
		}
		if (value <= search->best.threshold)
			p++;
		else
			swap_samples(samples, p, last--);
	}
}

static void partition(const struct search *search)
{
	const struct tree_data *data = search->data;
	const float *column =
		data->columns + search->best.feature * data->n_samples;
	uint32_t *samples = search->s->samples;
	size_t p = search->start, last = search->end - 1;

	if (search->best.n_missing) {
		partition_missing(search, column);
		return;
	}
	while (p < last) {
		if (column[samples[p]] <= search->best.threshold)
			p++;
		else
			swap_samples(samples, p, last--);
	}
}

/* shift_missing_values_to_left_if_required() */
static void shift_missing(struct search *search)
{
	struct tree_split *best = &search->best;

	if (!best->n_missing || !best->missing_go_to_left)
		return;
	for (size_t i = 0; i < best->n_missing; i++)
		swap_samples(search->s->samples, best->pos + i,
			     search->end - 1 - i);
	best->pos += best->n_missing;
}

/* Puts the samples of the best split in order and measures its sides. */
static void settle(struct search *search, double impurity)
{
	struct criterion *c = &search->s->criterion;
	struct tree_split *best = &search->best;

	partition(search);
	criterion_init_missing(c, best->n_missing);
	c->missing_go_to_left = best->missing_go_to_left;
	criterion_reset(c);
	criterion_update(c, best->pos);
	criterion_children_impurity(c, &best->impurity_left,
				    &best->impurity_right);
	best->improvement = criterion_improvement(
		c, impurity, best->impurity_left, best->impurity_right);
	shift_missing(search);
}

void tree_best_split(struct tree_scratch *s, const struct tree_data *data,
		     const struct tree_settings *settings, size_t start,
		     size_t end, double impurity, size_t *n_constant,
		     struct tree_split *ret)
{
	struct search search = {
		.s = s,
		.settings = settings,
		.data = data,
		.start = start,
		.end = end,
		.best = {.pos = end, .improvement = -INFINITY},
		.best_proxy = -INFINITY,
	};

	*n_constant =
		tree_draw_features(s, data->n_features, settings->max_features,
				   *n_constant, try_feature, &search);
	if (search.best.pos < end)
		settle(&search, impurity);
	*ret = search.best;
}
