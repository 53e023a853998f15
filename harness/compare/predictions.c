#include "compare/predictions.h"

#include "base/number.h"
#include "base/vec.h"
#include "compare/probe.h"
#include "format/pickle_summary.h"
#include "model/transform.h"

#include <string.h>

enum { MAX_NESTING = 8, MAX_TREES = 10000, MAX_CLASSES = 1000 };

/* Nodes that are visited for one comparison: a list may name one large tree
 * ten thousand times. 300 trees take a few million. */
enum { MAX_VISITS = 500 * 1000 * 1000 };

/* One tree, as views of the file. */
struct tree_view {
	struct ndarray_column left, right, feature, threshold, missing, values;
	bool has_missing;
};

/* A model that can be asked. */
struct oracle {
	VEC(const struct pickle_value *) transforms;
	VEC(struct tree_view) trees; /* of a forest */
	struct decoded_model *other; /* of anything else */
	size_t n_classes;
	size_t visits;
};

static void oracle_release(struct oracle *o)
{
	vec_release(&o->transforms);
	vec_release(&o->trees);
	decoded_model_free(o->other);
}

static bool is_forest(const struct pickle_value *v)
{
	return pickle_is_a(v, "sklearn.ensemble._forest."
			      "RandomForestClassifier");
}

static bool view_tree(const struct pickle_value *estimator, size_t n_classes,
		      struct tree_view *t)
{
	const struct ndarray *nodes =
		pickle_ndarray(pickle_get(estimator, "tree_.nodes"));
	const struct ndarray *values =
		pickle_ndarray(pickle_get(estimator, "tree_.values"));

	if (!nodes || !values || values->fortran ||
	    !ndarray_column(nodes, "left_child", &t->left) ||
	    !ndarray_column(nodes, "right_child", &t->right) ||
	    !ndarray_column(nodes, "feature", &t->feature) ||
	    !ndarray_column(nodes, "threshold", &t->threshold) ||
	    !ndarray_column(values, NULL, &t->values) || !nodes->count)
		return false;
	t->has_missing = ndarray_column(nodes, "missing_go_to_left",
					&t->missing);
	return t->values.count == nodes->count * n_classes;
}

static int open_forest(struct oracle *o, const struct pickle_value *estimator,
		       struct error *err)
{
	const struct pickle_value *trees =
		pickle_attribute(estimator, "estimators_");
	int64_t n_classes;

	if (!pickle_int(pickle_attribute(estimator, "n_classes_"),
			&n_classes) || n_classes < 1 ||
	    n_classes > MAX_CLASSES)
		return error_set(err, ERROR_INVALID,
				 "a forest that doesn't say its classes");
	o->n_classes = (size_t)n_classes;
	if (!pickle_len(trees) || pickle_len(trees) > MAX_TREES)
		return error_set(err, ERROR_INVALID, "a forest of %zu trees",
				 pickle_len(trees));
	for (size_t i = 0; i < pickle_len(trees); i++)
		if (!view_tree(pickle_at(trees, i), o->n_classes,
			       vec_push(&o->trees)))
			return error_set(err, ERROR_INVALID,
					 "tree %zu can't be evaluated", i);
	return 0;
}

static const struct pickle_value *gather_steps(struct oracle *o,
					       const struct pickle_value *v)
{
	for (int depth = 0; depth < MAX_NESTING && pickle_is_pipeline(v);
	     depth++) {
		const struct pickle_value *steps =
			pickle_attribute(v, "steps");
		size_t n = pickle_len(steps);
		for (size_t i = 0; i + 1 < n; i++)
			*vec_push(&o->transforms) =
				pickle_at(pickle_at(steps, i), 1);
		v = n ? pickle_at(pickle_at(steps, n - 1), 1) : NULL;
	}
	return v;
}

static int oracle_open(struct oracle *o, const struct pickle *p,
		       const char *path, const struct probe *probe,
		       struct error *err)
{
	const struct pickle_value *estimator = gather_steps(o, p->root);

	if (is_forest(estimator))
		return open_forest(o, estimator, err);
	if (decoded_model_load(path, &o->other, err) < 0)
		return -1;
	o->n_classes = decoded_model_classes(o->other);
	if (decoded_model_columns(o->other) != probe->n_columns)
		return error_set(err, ERROR_INVALID,
				 "the model takes other columns");
	return 0;
}

/* The leaf that the row ends in; false where the tree is no tree, or there
 * were too many. */
static bool find_leaf(struct oracle *o, const struct tree_view *t,
		      const float *row, size_t n, size_t *ret)
{
	size_t i = 0;

	while (ndarray_int(&t->left, i) >= 0) {
		int64_t feature = ndarray_int(&t->feature, i);
		if (feature < 0 || (uint64_t)feature >= n ||
		    ++o->visits > MAX_VISITS)
			return false;
		float value = row[feature];
		bool left = value != value
			? t->has_missing && ndarray_int(&t->missing, i)
			: (double)value <= ndarray_double(&t->threshold, i);
		int64_t next = ndarray_int(left ? &t->left : &t->right, i);
		/* Children lie behind their parents, so this ends. */
		if (next <= (int64_t)i || (uint64_t)next >= t->left.count)
			return false;
		i = (size_t)next;
	}
	*ret = i;
	return true;
}

static int ask_forest(struct oracle *o, const struct transform_row *row,
		      double *ret, struct error *err)
{
	float *values = xcalloc(row->count + 1, sizeof(*values));
	int result = 0;

	for (size_t i = 0; i < row->count; i++) {
		values[i] = (float)row->cells[i].number;
		if (row->cells[i].text)
			result = error_set(err, ERROR_INVALID,
					   "a text reaches the forest");
	}
	for (size_t c = 0; c < o->n_classes; c++)
		ret[c] = 0;
	for (size_t i = 0; i < o->trees.len && !result; i++) {
		const struct tree_view *t = &o->trees.at[i];
		size_t leaf;
		double sum = 0;
		if (!find_leaf(o, t, values, row->count, &leaf)) {
			result = error_set(err, ERROR_INVALID,
					   "tree %zu can't be evaluated", i);
			break;
		}
		for (size_t c = 0; c < o->n_classes; c++)
			sum += ndarray_double(&t->values,
					      leaf * o->n_classes + c);
		for (size_t c = 0; c < o->n_classes; c++)
			ret[c] += ndarray_double(&t->values,
						 leaf * o->n_classes + c) /
				  sum;
	}
	for (size_t c = 0; c < o->n_classes; c++)
		ret[c] /= (double)o->trees.len;
	free(values);
	return result;
}

static int ask(struct oracle *o, const struct probe *probe,
	       const struct model_cell *cells, double *ret, struct error *err)
{
	struct arena arena = ARENA_INIT;
	int result = 0;

	if (o->other)
		return decoded_model_proba(o->other, cells, ret, err);
	const char **names = arena_array(&arena, probe->n_columns,
					 sizeof(*names));
	struct transform_row row = { cells, names, probe->n_columns };
	for (size_t i = 0; i < probe->n_columns; i++)
		names[i] = probe->columns[i].name;
	for (size_t i = 0; i < o->transforms.len && !result; i++)
		result = transform_apply(&arena, o->transforms.at[i], &row,
					 err);
	if (!result)
		result = ask_forest(o, &row, ret, err);
	arena_release(&arena);
	return result;
}

/* Whether the answers are the same; notes how far apart. */
static bool same_answers(const double *a, const double *b, size_t n,
			 struct predictions *ret)
{
	for (size_t c = 0; c < n; c++) {
		uint64_t ulps = number_ulps(a[c], b[c]);
		if (ulps > PREDICTION_ULPS) {
			ret->left = a[c];
			ret->right = b[c];
			ret->class_index = c;
			return false;
		}
		if (ulps > ret->ulps)
			ret->ulps = ulps;
	}
	return true;
}

static int ask_both(struct oracle *left, struct oracle *right,
		    const struct probe *probe, struct predictions *ret,
		    struct error *err)
{
	size_t n = left->n_classes;
	double *answers = xcalloc(2 * n, sizeof(*answers));
	struct model_cell *cells = xcalloc(probe->n_columns, sizeof(*cells));
	int result = 0;

	ret->same = true;
	while (ret->same && !result && ret->asked < PREDICTION_ROWS) {
		probe_row(probe, ret->asked, cells);
		result = ask(left, probe, cells, answers, err);
		if (!result)
			result = ask(right, probe, cells, answers + n, err);
		if (!result)
			ret->same = same_answers(answers, answers + n, n, ret);
		ret->asked++;
	}
	free(answers);
	free(cells);
	return result;
}

/* What the classes are called is part of the answer. */
static bool same_classes(const struct pickle *left, const struct pickle *right)
{
	json_t *a = pickle_to_json(pickle_attribute(
		pickle_final_estimator(left->root), "classes_"), 2);
	json_t *b = pickle_to_json(pickle_attribute(
		pickle_final_estimator(right->root), "classes_"), 2);
	bool same = json_equal(a, b);

	json_decref(a);
	json_decref(b);
	return same;
}

int predictions_compare(const struct pickle *left, const char *left_path,
			const struct pickle *right, const char *right_path,
			struct predictions *ret, struct error *err)
{
	struct predictions found = { .same = false };
	struct oracle a = { .n_classes = 0 }, b = { .n_classes = 0 };
	struct probe probe;
	int result;

	if (probe_make(&probe, left, right, err) < 0)
		return -1;
	result = oracle_open(&a, left, left_path, &probe, err);
	if (!result)
		result = oracle_open(&b, right, right_path, &probe, err);
	if (!result && (a.n_classes != b.n_classes ||
			!same_classes(left, right)))
		result = error_set(err, ERROR_INVALID,
				   "the two models know other classes");
	if (!result)
		result = ask_both(&a, &b, &probe, &found, err);
	if (!result)
		*ret = found;
	oracle_release(&a);
	oracle_release(&b);
	probe_release(&probe);
	return result;
}
