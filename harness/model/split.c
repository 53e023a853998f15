#include "model/split.h"
#include "model/random_state.h"
#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void split_release(struct split *split)
{
	free(split->train);
	free(split->test);
	*split = (struct split){0};
}

/* _validate_shuffle_split() */
static int sizes(struct split *s, size_t n, double test_size, struct error *err)
{
	double n_test = test_size < 1 ? ceil(test_size * (double)n) : test_size;

	if (!(test_size > 0) || n >= UINT32_MAX ||
	    (test_size >= 1 &&
	     (test_size != floor(test_size) || test_size >= (double)n)))
		return error_set(err, ERROR_INVALID,
				 "test_size=%g should be either positive and "
				 "smaller than the number of samples %zu or a "
				 "float in the (0, 1) range",
				 test_size, n);
	s->n_test = (size_t)n_test;
	s->n_train = n - s->n_test;
	if (!s->n_train)
		return error_set(err, ERROR_INVALID,
				 "with n_samples=%zu and test_size=%g the "
				 "resulting train set will be empty",
				 n, test_size);
	return 0;
}

static int compare_falling(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x < y) - (x > y);
}

struct mode {
	double *remainder, *falling;
	size_t *tied, *order;
};

static void mode_init(struct mode *m, size_t n_classes)
{
	m->remainder = xcalloc(n_classes, sizeof(double));
	m->falling = xcalloc(n_classes, sizeof(double));
	m->tied = xcalloc(n_classes, sizeof(size_t));
	m->order = xcalloc(n_classes, sizeof(size_t));
}

static void mode_release(struct mode *m)
{
	free(m->remainder);
	free(m->falling);
	free(m->tied);
	free(m->order);
}

/* One more row for classes whose remainder is `value`: all of them while
 * enough rows are left, else some drawn at random. */
static size_t add_tied(struct mode *m, struct random_state *rs, double value,
		       size_t n_classes, size_t need, size_t *ret)
{
	size_t n_tied = 0;

	for (size_t c = 0; c < n_classes; c++)
		if (m->remainder[c] == value)
			m->tied[n_tied++] = c;
	random_state_permutation(rs, n_tied, m->order);
	if (n_tied < need)
		need = n_tied;
	for (size_t i = 0; i < need; i++)
		ret[m->tied[m->order[i]]]++;
	return need;
}

/* _approximate_mode(): how many of each class among n_draws. */
static void approximate_mode(struct mode *m, struct random_state *rs,
			     const size_t *counts, size_t n_classes,
			     size_t n_draws, size_t *ret)
{
	size_t total = 0, drawn = 0, need;

	for (size_t c = 0; c < n_classes; c++)
		total += counts[c];
	for (size_t c = 0; c < n_classes; c++) {
		double share = (double)counts[c] / (double)total;
		double exact = share * (double)n_draws;

		ret[c] = (size_t)floor(exact);
		drawn += ret[c];
		m->remainder[c] = m->falling[c] = exact - floor(exact);
	}
	need = n_draws > drawn ? n_draws - drawn : 0;
	qsort(m->falling, n_classes, sizeof(double), compare_falling);
	for (size_t i = 0; need && i < n_classes; i++)
		if (!i || m->falling[i] != m->falling[i - 1])
			need -= add_tied(m, rs, m->falling[i], n_classes, need,
					 ret);
}

static void shuffle_split(struct split *s, struct random_state *rs, size_t n)
{
	size_t *order = xcalloc(n, sizeof(*order));

	random_state_permutation(rs, n, order);
	memcpy(s->test, order, s->n_test * sizeof(*order));
	memcpy(s->train, order + s->n_test, s->n_train * sizeof(*order));
	free(order);
}

/* The rows of each class in turn: row numbers grouped by class, stable. */
struct by_class {
	size_t *rows, *counts, *starts;
};

static void group(struct by_class *g, const uint32_t *y, size_t n,
		  size_t n_classes)
{
	size_t *next = xcalloc(n_classes, sizeof(*next));

	g->rows = xcalloc(n, sizeof(*g->rows));
	g->counts = xcalloc(n_classes, sizeof(*g->counts));
	g->starts = xcalloc(n_classes, sizeof(*g->starts));
	for (size_t i = 0; i < n; i++)
		g->counts[y[i]]++;
	for (size_t c = 1; c < n_classes; c++)
		next[c] = g->starts[c] = g->starts[c - 1] + g->counts[c - 1];
	for (size_t i = 0; i < n; i++)
		g->rows[next[y[i]]++] = i;
	free(next);
}

static void group_release(struct by_class *g)
{
	free(g->rows);
	free(g->counts);
	free(g->starts);
}

static int check_classes(const struct split *s, const size_t *counts,
			 size_t n_classes, struct error *err)
{
	size_t present = 0;

	for (size_t c = 0; c < n_classes; c++) {
		present += counts[c] > 0;
		if (counts[c] == 1)
			return error_set(err, ERROR_INVALID,
					 "the least populated class in y has "
					 "only 1 member, which is too few");
	}
	if (s->n_train < present)
		return error_set(err, ERROR_INVALID,
				 "the train_size = %zu should be greater or "
				 "equal to the number of classes = %zu",
				 s->n_train, present);
	if (s->n_test < present)
		return error_set(err, ERROR_INVALID,
				 "the test_size = %zu should be greater or "
				 "equal to the number of classes = %zu",
				 s->n_test, present);
	return 0;
}

static void stratified_split(struct split *s, struct random_state *rs,
			     const struct by_class *g, size_t n,
			     size_t n_classes)
{
	size_t *n_i = xcalloc(n_classes, sizeof(size_t));
	size_t *t_i = xcalloc(n_classes, sizeof(size_t));
	size_t *left = xcalloc(n_classes, sizeof(size_t));
	size_t *order = xcalloc(n, sizeof(size_t));
	size_t n_train = 0, n_test = 0;
	struct mode mode;

	mode_init(&mode, n_classes);
	approximate_mode(&mode, rs, g->counts, n_classes, s->n_train, n_i);
	for (size_t c = 0; c < n_classes; c++)
		left[c] = g->counts[c] - n_i[c];
	approximate_mode(&mode, rs, left, n_classes, s->n_test, t_i);
	mode_release(&mode);
	for (size_t c = 0; c < n_classes; c++) {
		const size_t *rows = g->rows + g->starts[c];

		random_state_permutation(rs, g->counts[c], order);
		for (size_t i = 0; i < n_i[c]; i++)
			s->train[n_train++] = rows[order[i]];
		for (size_t i = n_i[c]; i < n_i[c] + t_i[c]; i++)
			s->test[n_test++] = rows[order[i]];
	}
	random_state_shuffle(rs, s->train, n_train);
	random_state_shuffle(rs, s->test, n_test);
	free(n_i);
	free(t_i);
	free(left);
	free(order);
}

int train_test_split(struct split *ret, size_t n,
		     const struct split_params *params, struct error *err)
{
	struct split s = {0};
	struct random_state rs;
	struct by_class g;
	int result = 0;

	if (sizes(&s, n, params->test_size, err) < 0)
		return -1;
	s.train = xcalloc(s.n_train, sizeof(*s.train));
	s.test = xcalloc(s.n_test, sizeof(*s.test));
	random_state_seed(&rs, params->random_state);
	if (!params->stratify) {
		shuffle_split(&s, &rs, n);
	} else {
		group(&g, params->stratify, n, params->n_classes);
		result = check_classes(&s, g.counts, params->n_classes, err);
		if (!result)
			stratified_split(&s, &rs, &g, n, params->n_classes);
		group_release(&g);
	}
	if (result < 0)
		split_release(&s);
	else
		*ret = s;
	return result;
}
