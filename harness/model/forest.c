#include "model/forest.h"
#include "model/counting.h"
#include "model/ordered.h"
#include "model/sum.h"
#include "model/threads.h"
#include "model/tree.h"
#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

unsigned int forest_threads(const struct forest_number *n_jobs)
{
	int64_t n = n_jobs->kind == FOREST_NUMBER_INT ? n_jobs->integer : 1;

	if (n < 0) /* -1: all, -2: all but one, ... */
		n += (int64_t)threads_processors() + 1;
	if (n < 1)
		n = 1;
	return n > THREADS_MAX ? THREADS_MAX : (unsigned int)n;
}

void forest_release(struct forest *forest)
{
	for (size_t i = 0; i < forest->n_trees; i++)
		tree_release(&forest->trees[i]);
	free(forest->trees);
	*forest = (struct forest){0};
}

/* What the threads of one fit share. */
struct fit {
	const struct forest_params *params;
	struct tree_data data;
	struct tree_settings settings; /* but for min_weight_leaf */
	double *class_weights;         /* by class, or NULL */
	size_t *class_counts;
	float *columns_owned;
	bool *missing_owned;
	struct rank_block ranks; /* of all rows, or empty */
	bool counting;
	struct forest *forest;
	atomic_size_t next_tree;
	atomic_bool too_many;
};

/* Python's int(np.sqrt(n)), int(np.log2(n)), int(share * n). */
static size_t max_features(const struct forest_number *n, size_t n_features)
{
	double f = (double)n_features, v;

	switch (n->kind) {
	case FOREST_NUMBER_NONE:
		return n_features;
	case FOREST_NUMBER_INT:
		return (size_t)n->integer;
	case FOREST_NUMBER_SQRT:
		v = sqrt(f);
		break;
	case FOREST_NUMBER_LOG2:
		v = log2(f);
		break;
	default:
		v = n->real * f;
	}
	return v < 1 ? 1 : (size_t)v;
}

static size_t at_least(const struct forest_number *n, size_t n_samples)
{
	if (n->kind == FOREST_NUMBER_FLOAT)
		return (size_t)ceil(n->real * (double)n_samples);
	return (size_t)n->integer;
}

static struct tree_settings resolve(const struct forest_params *p,
				    size_t n_samples, size_t n_features)
{
	size_t leaf = at_least(&p->min_samples_leaf, n_samples);
	size_t split = at_least(&p->min_samples_split, n_samples);

	if (split < 2)
		split = 2;
	if (leaf > SIZE_MAX / 4)
		leaf = SIZE_MAX / 4;
	return (struct tree_settings){
		.criterion = p->criterion,
		.max_features = max_features(&p->max_features, n_features),
		.min_samples_leaf = leaf,
		.min_samples_split = split > 2 * leaf ? split : 2 * leaf,
		.max_depth = p->max_depth.kind == FOREST_NUMBER_INT
				     ? p->max_depth.integer
				     : INT32_MAX,
		.max_leaf_nodes = p->max_leaf_nodes.kind == FOREST_NUMBER_INT
					  ? p->max_leaf_nodes.integer
					  : -1,
		.min_impurity_decrease = p->min_impurity_decrease,
	};
}

/* _get_n_samples_bootstrap(); -1 where nothing is drawn. */
static int bootstrap_size(const struct forest_params *p, size_t n, int64_t *ret,
			  struct error *err)
{
	const struct forest_number *m = &p->max_samples;

	*ret = -1;
	if (!p->bootstrap)
		return 0;
	*ret = (int64_t)n;
	if (m->kind == FOREST_NUMBER_INT && m->integer > (int64_t)n)
		return error_set(err, ERROR_INVALID,
				 "`max_samples` must be <= n_samples=%zu but "
				 "got value %lld",
				 n, (long long)m->integer);
	if (m->kind == FOREST_NUMBER_INT)
		*ret = m->integer;
	if (m->kind == FOREST_NUMBER_FLOAT) {
		*ret = (int64_t)nearbyint((double)n * m->real);
		*ret = *ret < 1 ? 1 : *ret;
	}
	return 0;
}

static int check_shape(const struct matrix *x, size_t n_classes,
		       struct error *err)
{
	if (!x->n_rows)
		return error_set(err, ERROR_INVALID,
				 "found array with 0 sample(s) while a "
				 "minimum of 1 is required by "
				 "RandomForestClassifier");
	if (!x->n_columns)
		return error_set(err, ERROR_INVALID,
				 "found array with 0 feature(s) while a "
				 "minimum of 1 is required by "
				 "RandomForestClassifier");
	if (x->n_rows > INT32_MAX || x->n_columns > INT32_MAX ||
	    n_classes > INT32_MAX)
		return error_set(err, ERROR_LIMIT,
				 "X: more than 2^31 rows, features or "
				 "classes");
	return 0;
}

static int check_finite(const struct matrix *x, struct error *err)
{
	for (size_t i = 0; i < x->n_rows; i++)
		for (size_t f = 0; f < x->n_columns; f++)
			if (isinf(matrix_at(x, i, f)))
				return error_set(
					err, ERROR_INVALID,
					"input X contains infinity or a value "
					"too large for dtype('float32') (row "
					"%zu, feature %zu)",
					i, f);
	return 0;
}

/* _any_isnan_axis0(), which leaves a row at the first feature that it finds
 * new: a feature whose NaNs all lie behind others' is not marked, and its
 * NaNs are then compared as if they were numbers. */
static bool mark_missing(const struct matrix *x, bool *missing)
{
	bool any = false;

	for (size_t i = 0; i < x->n_rows; i++)
		for (size_t f = 0; f < x->n_columns; f++)
			if (!missing[f] && isnan(matrix_at(x, i, f))) {
				missing[f] = any = true;
				break;
			}
	return any;
}

/* Whether a feature that is not marked holds NaN all the same. */
static bool hides_missing(const struct matrix *x, const bool *missing)
{
	for (size_t f = 0; f < x->n_columns; f++)
		for (size_t i = 0; !missing[f] && i < x->n_rows; i++)
			if (isnan(matrix_at(x, i, f)))
				return true;
	return false;
}

/* Columns as they are, or copied where the matrix lies by rows. */
static const float *columns_of(const struct matrix *x, float **ret_owned)
{
	float *copy;

	if (x->row_stride == 1 && x->column_stride == x->n_rows)
		return x->values;
	copy = xreallocarray(NULL, x->n_rows * x->n_columns, sizeof(*copy));
	for (size_t i = 0; i < x->n_rows; i++)
		for (size_t f = 0; f < x->n_columns; f++)
			copy[f * x->n_rows + i] = matrix_at(x, i, f);
	*ret_owned = copy;
	return copy;
}

/* compute_class_weight("balanced") of these counts; a class that does not
 * occur weighs 0. */
static void balance(const size_t *counts, size_t n_classes, double *ret)
{
	double total = 0, present = 0;

	for (size_t c = 0; c < n_classes; c++) {
		total += (double)counts[c];
		present += counts[c] > 0;
	}
	for (size_t c = 0; c < n_classes; c++)
		ret[c] = counts[c] ? total / (present * (double)counts[c]) : 0;
}

static int count_classes(struct fit *fit, const uint32_t *y, struct error *err)
{
	size_t k = fit->data.n_classes;

	fit->class_counts = xcalloc(k, sizeof(*fit->class_counts));
	for (size_t i = 0; i < fit->data.n_samples; i++) {
		if (y[i] >= k)
			return error_set(err, ERROR_INTERNAL,
					 "y: class %u of %zu", y[i], k);
		fit->class_counts[y[i]]++;
	}
	for (size_t c = 0; c < k; c++)
		if (!fit->class_counts[c])
			return error_set(err, ERROR_INTERNAL,
					 "y: no row is of class %zu", c);
	return 0;
}

/* _validate_y_class_weight(): weights that all trees share. */
static void weigh_classes(struct fit *fit)
{
	const struct forest_params *p = fit->params;

	if (p->class_weight == CLASS_WEIGHT_NONE ||
	    (p->class_weight == CLASS_WEIGHT_BALANCED_SUBSAMPLE &&
	     p->bootstrap))
		return;
	fit->class_weights =
		xcalloc(fit->data.n_classes, sizeof(*fit->class_weights));
	balance(fit->class_counts, fit->data.n_classes, fit->class_weights);
}

/* compute_sample_weight("balanced", y, indices=...) for what was drawn. */
static void weigh_subsample(const struct fit *fit, double *weights)
{
	const struct tree_data *data = &fit->data;
	size_t *counts = xcalloc(data->n_classes, sizeof(*counts));
	double *by_class = xcalloc(data->n_classes, sizeof(*by_class));

	for (size_t i = 0; i < data->n_samples; i++)
		counts[data->y[i]] += (size_t)weights[i];
	balance(counts, data->n_classes, by_class);
	for (size_t i = 0; i < data->n_samples; i++)
		weights[i] *= by_class[data->y[i]];
	free(counts);
	free(by_class);
}

/* How often each row was drawn. */
static void count_draws(const struct fit *fit, uint32_t seed, uint32_t *counts)
{
	size_t n = fit->data.n_samples;
	struct random_state rs;

	random_state_seed(&rs, seed);
	for (size_t i = 0; i < n; i++)
		counts[i] = fit->params->bootstrap ? 0 : 1;
	for (int64_t i = 0; i < fit->forest->n_samples_bootstrap; i++)
		counts[random_state_randint(&rs, (uint32_t)n)]++;
}

/* The weights of the rows in a tree: how often each was drawn, times the
 * weight of its class. */
static void weigh_rows(const struct fit *fit, uint32_t seed, double *weights)
{
	const struct tree_data *data = &fit->data;
	size_t n = data->n_samples;
	struct random_state rs;

	random_state_seed(&rs, seed);
	for (size_t i = 0; i < n; i++)
		weights[i] = fit->params->bootstrap ? 0 : 1;
	for (int64_t i = 0; i < fit->forest->n_samples_bootstrap; i++)
		weights[random_state_randint(&rs, (uint32_t)n)]++;
	if (fit->class_weights)
		for (size_t i = 0; i < n; i++)
			weights[i] =
				fit->class_weights[data->y[i]] * weights[i];
	else if (fit->params->class_weight == CLASS_WEIGHT_BALANCED_SUBSAMPLE)
		weigh_subsample(fit, weights);
}

/* Of the whole-number weights of a tree. */
static size_t total_weight(const struct fit *fit)
{
	int64_t drawn = fit->forest->n_samples_bootstrap;

	return drawn < 0 ? fit->data.n_samples : (size_t)drawn;
}

static void grow_one(struct fit *fit, struct tree_scratch *s, size_t i)
{
	struct tree *tree = &fit->forest->trees[i];
	struct tree_settings settings = fit->settings;
	double share = fit->params->min_weight_fraction_leaf;
	struct random_state rs;

	if (fit->counting) {
		count_draws(fit, tree->random_state, s->counting->counts);
		settings.min_weight_leaf = share * (double)total_weight(fit);
	} else {
		weigh_rows(fit, tree->random_state, s->weights);
		settings.min_weight_leaf =
			share * sum_pairwise(s->weights, fit->data.n_samples);
	}
	random_state_seed(&rs, tree->random_state);
	if (!tree_grow(tree, s, &fit->data, &settings, &rs))
		atomic_store(&fit->too_many, true);
}

static void *grow_trees(void *arg)
{
	struct fit *fit = arg;
	const struct rank_block *ranks = fit->ranks.n_rows ? &fit->ranks : NULL;
	struct counting *counting = NULL;
	struct tree_scratch scratch;

	if (fit->counting)
		counting = counting_new(&fit->data, ranks,
					fit->settings.max_leaf_nodes < 0);
	tree_scratch_init(&scratch, &fit->data, fit->params->criterion,
			  counting, counting ? NULL : ranks);
	while (!atomic_load(&fit->too_many)) {
		size_t i = atomic_fetch_add(&fit->next_tree, 1);

		if (i >= fit->forest->n_trees)
			break;
		grow_one(fit, &scratch, i);
	}
	tree_scratch_release(&scratch);
	return NULL;
}

/* Which of the three ways to go, all to the same result; and the ranks, where
 * it is by them and the rows aren't too many. */
static void choose_way(struct fit *fit)
{
	const struct tree_data *data = &fit->data;

	fit->counting = counting_applies(
		data, fit->params->class_weight == CLASS_WEIGHT_NONE,
		total_weight(fit));
	if (data->n_samples > RANKS_MAX_ROWS ||
	    !(fit->counting || ordered_applies(data)))
		return;
	rank_block_init(&fit->ranks, data->n_samples, data->n_features);
	rank_block_fill(&fit->ranks, data->columns, data->n_samples, NULL,
			data->n_samples);
}

static void plant(struct forest *forest)
{
	struct random_state rs;

	random_state_seed(&rs, forest->params.random_state);
	forest->n_trees = (size_t)forest->params.n_estimators;
	forest->trees = xcalloc(forest->n_trees, sizeof(*forest->trees));
	for (size_t i = 0; i < forest->n_trees; i++)
		forest->trees[i].random_state =
			random_state_randint(&rs, 0x7fffffffu);
}

static int prepare(struct fit *fit, const struct matrix *x, const uint32_t *y,
		   struct error *err)
{
	struct forest *forest = fit->forest;

	fit->data = (struct tree_data){.n_samples = x->n_rows,
				       .n_features = x->n_columns,
				       .y = y,
				       .n_classes = forest->n_classes};
	if (count_classes(fit, y, err) < 0)
		return -1;
	fit->missing_owned = xcalloc(x->n_columns, sizeof(bool));
	if (check_finite(x, err) < 0 ||
	    bootstrap_size(fit->params, x->n_rows, &forest->n_samples_bootstrap,
			   err) < 0)
		return -1;
	if (mark_missing(x, fit->missing_owned)) {
		fit->data.missing = fit->missing_owned;
		fit->data.hidden_nan = hides_missing(x, fit->missing_owned);
	}
	fit->data.columns = columns_of(x, &fit->columns_owned);
	fit->settings = resolve(fit->params, x->n_rows, x->n_columns);
	forest->max_features = (int64_t)fit->settings.max_features;
	weigh_classes(fit);
	choose_way(fit);
	return 0;
}

int forest_fit(struct forest *ret, const struct matrix *x, const uint32_t *y,
	       size_t n_classes, const struct forest_params *params,
	       unsigned int n_threads, struct error *err)
{
	struct forest forest = {.params = *params,
				.n_features = x->n_columns,
				.n_classes = n_classes,
				.n_samples = (int64_t)x->n_rows};
	struct fit fit = {.params = params, .forest = &forest};
	int result;

	if (forest_params_check(params, err) < 0 ||
	    check_shape(x, n_classes, err) < 0)
		return -1;
	result = prepare(&fit, x, y, err);
	if (!result) {
		plant(&forest);
		threads_run(grow_trees, &fit,
			    n_threads ? n_threads
				      : forest_threads(&params->n_jobs));
		if (atomic_load(&fit.too_many))
			result = error_set(err, ERROR_LIMIT,
					   "a tree has more than 2^31 nodes");
	}
	rank_block_release(&fit.ranks);
	free(fit.class_weights);
	free(fit.class_counts);
	free(fit.columns_owned);
	free(fit.missing_owned);
	if (result < 0)
		forest_release(&forest);
	else
		*ret = forest;
	return result;
}
