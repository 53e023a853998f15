#include "model/tree.h"

#include <math.h>
#include <string.h>

void criterion_init(struct criterion *c, size_t start, size_t end)
{
	c->start = start;
	c->end = end;
	c->weighted_n_node_samples = 0;
	memset(c->sum_total, 0, c->n_classes * sizeof(double));
	for (size_t p = start; p < end; p++) {
		uint32_t i = c->samples[p];
		double w = c->weights[i];

		c->sum_total[c->y[i]] += w;
		c->weighted_n_node_samples += w;
	}
}

void criterion_init_missing(struct criterion *c, size_t n_missing)
{
	c->n_missing = n_missing;
	if (!n_missing)
		return;
	memset(c->sum_missing, 0, c->n_classes * sizeof(double));
	c->weighted_n_missing = 0;
	for (size_t p = c->end - n_missing; p < c->end; p++) {
		uint32_t i = c->samples[p];
		double w = c->weights[i];

		c->sum_missing[c->y[i]] += w;
		c->weighted_n_missing += w;
	}
}

/* _move_sums_classification(): everything in `two`, or, where the missing
 * values are to be in `one`, everything but them. */
static void move_sums(const struct criterion *c, double *one, double *two,
		      double *weight_one, double *weight_two,
		      bool missing_in_one)
{
	size_t bytes = c->n_classes * sizeof(double);

	if (c->n_missing && missing_in_one) {
		memcpy(one, c->sum_missing, bytes);
		for (size_t k = 0; k < c->n_classes; k++)
			two[k] = c->sum_total[k] - c->sum_missing[k];
		*weight_one = c->weighted_n_missing;
		*weight_two =
			c->weighted_n_node_samples - c->weighted_n_missing;
	} else {
		memset(one, 0, bytes);
		memcpy(two, c->sum_total, bytes);
		*weight_one = 0;
		*weight_two = c->weighted_n_node_samples;
	}
}

void criterion_reset(struct criterion *c)
{
	c->pos = c->start;
	move_sums(c, c->sum_left, c->sum_right, &c->weighted_n_left,
		  &c->weighted_n_right, c->missing_go_to_left);
}

static void reverse_reset(struct criterion *c)
{
	c->pos = c->end;
	move_sums(c, c->sum_right, c->sum_left, &c->weighted_n_right,
		  &c->weighted_n_left, !c->missing_go_to_left);
}

/* From pos forwards or from the end backwards, whichever is shorter: the
 * rounding depends on it. */
void criterion_update(struct criterion *c, size_t new_pos)
{
	size_t end_non_missing = c->end - c->n_missing;

	if (new_pos - c->pos <= end_non_missing - new_pos) {
		for (size_t p = c->pos; p < new_pos; p++) {
			uint32_t i = c->samples[p];
			double w = c->weights[i];

			c->sum_left[c->y[i]] += w;
			c->weighted_n_left += w;
		}
	} else {
		reverse_reset(c);
		for (size_t p = end_non_missing; p-- > new_pos;) {
			uint32_t i = c->samples[p];
			double w = c->weights[i];

			c->sum_left[c->y[i]] -= w;
			c->weighted_n_left -= w;
		}
	}
	c->weighted_n_right = c->weighted_n_node_samples - c->weighted_n_left;
	for (size_t k = 0; k < c->n_classes; k++)
		c->sum_right[k] = c->sum_total[k] - c->sum_left[k];
	c->pos = new_pos;
}

static double gini(const double *sums, size_t n_classes, double weight)
{
	double squares = 0;

	for (size_t k = 0; k < n_classes; k++)
		squares += sums[k] * sums[k];
	return 1.0 - squares / (weight * weight);
}

static double entropy(const double *sums, size_t n_classes, double weight)
{
	double sum = 0;

	for (size_t k = 0; k < n_classes; k++) {
		double share = sums[k];

		if (share > 0) {
			share /= weight;
			sum -= share * (log(share) / log(2.0));
		}
	}
	return sum;
}

static double impurity(const struct criterion *c, const double *sums,
		       double weight)
{
	return c->kind == CRITERION_GINI ? gini(sums, c->n_classes, weight)
					 : entropy(sums, c->n_classes, weight);
}

double criterion_node_impurity(const struct criterion *c)
{
	return impurity(c, c->sum_total, c->weighted_n_node_samples);
}

void criterion_children_impurity(const struct criterion *c, double *ret_left,
				 double *ret_right)
{
	*ret_left = impurity(c, c->sum_left, c->weighted_n_left);
	*ret_right = impurity(c, c->sum_right, c->weighted_n_right);
}

double criterion_proxy_improvement(const struct criterion *c)
{
	double left, right;

	criterion_children_impurity(c, &left, &right);
	return -c->weighted_n_right * right - c->weighted_n_left * left;
}

double criterion_improvement(const struct criterion *c, double parent,
			     double left, double right)
{
	double node = c->weighted_n_node_samples;

	return node / c->weighted_n_samples *
	       (parent - c->weighted_n_right / node * right -
		c->weighted_n_left / node * left);
}

void criterion_node_value(const struct criterion *c, double *ret)
{
	for (size_t k = 0; k < c->n_classes; k++)
		ret[k] = c->sum_total[k] / c->weighted_n_node_samples;
}
