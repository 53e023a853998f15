#include "model/from_pickle.h"
#include "model/packed_tree.h"

#include "base/alloc.h"
#include "base/number.h"
#include "base/vec.h"
#include "format/pickle.h"
#include "format/pickle_summary.h"
#include "model/forest.h"
#include "model/transform.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 100000, CLASSES_MAX = 10000, TREES_MAX = 1000000 };

struct decoded_model {
	struct pickle pickle;
	struct arena arena;
	VEC(const struct pickle_value *) transforms; /* before the estimator */
	const char **columns;
	size_t column_count;
	const char **classes;
	size_t class_count;
	bool is_forest;
	struct forest forest;
	size_t inputs;       /* columns that reach the estimator */
	double *coefficients; /* rows x inputs: 1 row for two classes */
	double *intercepts;
	bool one_vs_rest;
};

void decoded_model_free(struct decoded_model *model)
{
	if (!model)
		return;
	forest_release(&model->forest);
	free(model->coefficients);
	free(model->intercepts);
	vec_release(&model->transforms);
	pickle_release(&model->pickle);
	arena_release(&model->arena);
	free(model);
}

/* A vector of doubles; its length must be `count` (0: any). */
static double *read_doubles(const struct pickle_value *value, size_t count,
			    size_t *ret_count, struct error *err)
{
	const struct ndarray *array = pickle_ndarray(value);
	struct ndarray_column column;

	if (!array || array->fortran || !ndarray_column(array, NULL, &column) ||
	    (count && column.count != count)) {
		error_set(err, ERROR_INVALID,
			  "an array of the model has another shape");
		return NULL;
	}
	double *numbers = xcalloc(column.count, sizeof(*numbers));
	for (size_t i = 0; i < column.count; i++)
		numbers[i] = ndarray_double(&column, i);
	if (ret_count)
		*ret_count = column.count;
	return numbers;
}

static bool column_of(const struct ndarray *array, const char *field,
		      struct ndarray_column *ret)
{
	return array && ndarray_column(array, field, ret);
}

static int check_node(const struct tree_node *node, size_t i, size_t count,
		      size_t inputs)
{
	if (node->left_child == TREE_LEAF)
		return 0;
	/* Children come after their parent: a walk always ends. */
	return node->left_child > (int64_t)i &&
	       node->left_child < (int64_t)count &&
	       node->right_child > (int64_t)i &&
	       node->right_child < (int64_t)count && node->feature >= 0 &&
	       node->feature < (int64_t)inputs ? 0 : -1;
}

static int read_nodes(const struct ndarray *array, size_t inputs,
		      struct tree *tree, struct error *err)
{
	struct ndarray_column left, right, feature, threshold, missing;
	bool has_missing = column_of(array, "missing_go_to_left", &missing);

	if (!column_of(array, "left_child", &left) ||
	    !column_of(array, "right_child", &right) ||
	    !column_of(array, "feature", &feature) ||
	    !column_of(array, "threshold", &threshold) || !left.count)
		return error_set(err, ERROR_INVALID, "a tree has no nodes");
	tree->node_count = left.count;
	tree->nodes = xcalloc(tree->node_count, sizeof(*tree->nodes));
	for (size_t i = 0; i < tree->node_count; i++) {
		struct tree_node *node = &tree->nodes[i];
		node->left_child = ndarray_int(&left, i);
		node->right_child = ndarray_int(&right, i);
		node->feature = ndarray_int(&feature, i);
		node->threshold = ndarray_double(&threshold, i);
		node->missing_go_to_left =
			has_missing && ndarray_int(&missing, i) != 0;
		if (check_node(node, i, tree->node_count, inputs) < 0)
			return error_set(err, ERROR_INVALID,
					 "node %zu of a tree points outside "
					 "of it", i);
	}
	return 0;
}

/* The leaves' shares of the classes: before scikit-learn 1.3 they were
 * weighted counts, so they are divided by their sum. */
static int read_values(const struct pickle_value *value, size_t classes,
		       struct tree *tree, struct error *err)
{
	tree->values = read_doubles(value, tree->node_count * classes, NULL,
				    err);
	if (!tree->values)
		return -1;
	for (size_t i = 0; i < tree->node_count; i++) {
		double *shares = tree->values + i * classes, sum = 0;
		for (size_t c = 0; c < classes; c++)
			sum += shares[c];
		if (sum > 1.5)
			for (size_t c = 0; c < classes; c++)
				shares[c] /= sum;
	}
	return 0;
}

static int read_forest(struct decoded_model *model,
		       const struct pickle_value *estimator, struct error *err)
{
	const struct pickle_value *trees =
		pickle_attribute(estimator, "estimators_");
	size_t count = pickle_len(trees);

	if (!count || count > TREES_MAX)
		return error_set(err, ERROR_INVALID, "a forest of %zu trees",
				 count);
	model->is_forest = true;
	model->forest.n_features = model->inputs;
	model->forest.n_classes = model->class_count;
	model->forest.trees = xcalloc(count, sizeof(*model->forest.trees));
	for (size_t i = 0; i < count; i++) {
		const struct pickle_value *tree =
			pickle_attribute(pickle_at(trees, i), "tree_");
		struct tree *into = &model->forest.trees[i];
		model->forest.n_trees = i + 1;
		if (read_nodes(pickle_ndarray(pickle_attribute(tree, "nodes")),
			       model->inputs, into, err) < 0 ||
		    read_values(pickle_attribute(tree, "values"),
				model->class_count, into, err) < 0)
			return error_context(err, "tree %zu", i);
		into->packed = packed_tree_new(into, model->inputs,
					       model->class_count);
	}
	return 0;
}

static int read_logistic(struct decoded_model *model,
			 const struct pickle_value *estimator,
			 struct error *err)
{
	size_t rows = model->class_count == 2 ? 1 : model->class_count;
	const struct pickle_value *multi =
		pickle_attribute(estimator, "multi_class");

	model->coefficients =
		read_doubles(pickle_attribute(estimator, "coef_"),
			     rows * model->inputs, NULL, err);
	model->intercepts =
		read_doubles(pickle_attribute(estimator, "intercept_"), rows,
			     NULL, err);
	model->one_vs_rest = pickle_is_str(multi, "ovr") ||
		pickle_is_str(pickle_attribute(estimator, "solver"),
			      "liblinear");
	return model->coefficients && model->intercepts ? 0 : -1;
}

/* "True", "0", "churn" */
static const char *label(struct arena *arena, const struct pickle_value *item,
			 const struct ndarray_column *column, size_t i)
{
	char buf[NUMBER_TEXT];

	if (item) {
		bool truth;
		char *text = pickle_str(arena, item);
		if (text)
			return text;
		if (pickle_bool(item, &truth))
			return truth ? "True" : "False";
		return "?";
	}
	if (column->type->kind == 'b')
		return ndarray_int(column, i) ? "True" : "False";
	if (column->type->kind == 'i' || column->type->kind == 'u')
		return arena_printf(arena, "%lld",
				    (long long)ndarray_int(column, i));
	return arena_strdup(arena, number_format_double(
					   ndarray_double(column, i), buf));
}

static int read_classes(struct decoded_model *model,
			const struct pickle_value *estimator,
			struct error *err)
{
	const struct pickle_value *classes =
		pickle_attribute(estimator, "classes_");
	const struct ndarray *array = pickle_ndarray(classes);
	struct ndarray_column column = { .count = 0 };
	bool numbers = array && ndarray_column(array, NULL, &column);
	size_t count = numbers ? column.count : pickle_len(classes);

	if (count < 1 || count > CLASSES_MAX)
		return error_set(err, ERROR_INVALID, "the model has no "
				 "classes");
	model->class_count = count;
	model->classes = arena_array(&model->arena, count,
				     sizeof(*model->classes));
	for (size_t i = 0; i < count; i++)
		model->classes[i] = label(&model->arena,
					  numbers ? NULL
						  : pickle_at(classes, i),
					  &column, i);
	return 0;
}

static int read_columns(struct decoded_model *model, struct error *err)
{
	const struct pickle_value *root = model->pickle.root;
	const struct pickle_value *names = pickle_feature_names(root);
	const struct pickle_value *first = model->transforms.len
		? model->transforms.at[0] : root;
	int64_t count = 0;

	if (names)
		count = (int64_t)pickle_len(names);
	else if (!pickle_int(pickle_attribute(first, "n_features_in_"),
			     &count))
		return error_set(err, ERROR_INVALID,
				 "the model does not say its columns");
	if (count < 1 || count > COLUMNS_MAX)
		return error_set(err, ERROR_INVALID,
				 "a model of %lld columns", (long long)count);
	model->column_count = (size_t)count;
	model->columns = arena_array(&model->arena, model->column_count,
				     sizeof(*model->columns));
	for (size_t i = 0; names && i < model->column_count; i++)
		model->columns[i] =
			pickle_str(&model->arena, pickle_at(names, i));
	return 0;
}

/* The steps of a Pipeline before its last, of nested ones too. */
static const struct pickle_value *
gather_steps(struct decoded_model *model, const struct pickle_value *value,
	     int depth)
{
	if (!pickle_is_pipeline(value) || depth > 8)
		return value;
	const struct pickle_value *steps = pickle_attribute(value, "steps");
	size_t count = pickle_len(steps);
	for (size_t i = 0; i + 1 < count; i++)
		*vec_push(&model->transforms) =
			pickle_at(pickle_at(steps, i), 1);
	return count ? gather_steps(model,
				    pickle_at(pickle_at(steps, count - 1), 1),
				    depth + 1)
		     : NULL;
}

static int read_model(struct decoded_model *model, struct error *err)
{
	const struct pickle_value *estimator =
		gather_steps(model, model->pickle.root, 0);
	const char *class = pickle_class(estimator);
	int64_t inputs;

	if (read_columns(model, err) < 0 ||
	    read_classes(model, estimator, err) < 0)
		return -1;
	if (!pickle_int(pickle_attribute(estimator, "n_features_in_"),
			&inputs) || inputs < 1 || inputs > COLUMNS_MAX)
		return error_set(err, ERROR_INVALID,
				 "the estimator does not say its columns");
	model->inputs = (size_t)inputs;
	if (!strcmp(class, "sklearn.ensemble._forest.RandomForestClassifier"))
		return read_forest(model, estimator, err);
	if (!strcmp(class, "sklearn.linear_model._logistic."
			   "LogisticRegression"))
		return read_logistic(model, estimator, err);
	return error_set(err, ERROR_INVALID,
			 "%s is not an estimator that is evaluated here",
			 class);
}

int decoded_model_load(const char *path, struct decoded_model **ret,
		       struct error *err)
{
	struct decoded_model *model = xcalloc(1, sizeof(*model));

	if (pickle_open(&model->pickle, path, NULL, err) < 0) {
		free(model);
		return -1;
	}
	if (read_model(model, err) < 0) {
		decoded_model_free(model);
		return error_context(err, "%s", path);
	}
	*ret = model;
	return 0;
}

size_t decoded_model_columns(const struct decoded_model *model)
{
	return model->column_count;
}

const char *decoded_model_column(const struct decoded_model *model, size_t i)
{
	return i < model->column_count ? model->columns[i] : NULL;
}

size_t decoded_model_classes(const struct decoded_model *model)
{
	return model->class_count;
}

const char *decoded_model_class(const struct decoded_model *model, size_t i)
{
	return i < model->class_count ? model->classes[i] : NULL;
}

size_t decoded_model_argmax(const struct decoded_model *model,
			    const double *proba)
{
	size_t best = 0;

	for (size_t i = 1; i < model->class_count; i++)
		if (proba[i] > proba[best])
			best = i;
	return best;
}

static int forest_proba(const struct decoded_model *model,
			const struct transform_row *row, double *ret,
			struct error *err)
{
	float *values = xcalloc(row->count, sizeof(*values));

	for (size_t i = 0; i < row->count; i++)
		values[i] = (float)row->cells[i].number;
	struct matrix x = matrix_by_rows(values, 1, row->count);
	int rc = forest_predict_proba(&model->forest, &x, 1, ret, err);
	free(values);
	return rc;
}

/* scipy's expit and softmax, on a row of decision values. */
static void logistic_proba(const struct decoded_model *model,
			   const struct transform_row *row, double *ret)
{
	size_t rows = model->class_count == 2 ? 1 : model->class_count;
	double largest = -INFINITY, sum = 0;

	for (size_t k = 0; k < rows; k++) {
		double score = model->intercepts[k];
		for (size_t i = 0; i < row->count; i++)
			score += row->cells[i].number *
				 model->coefficients[k * model->inputs + i];
		ret[k] = score;
		largest = fmax(largest, score);
	}
	if (rows == 1) {
		ret[1] = 1 / (1 + exp(-ret[0]));
		ret[0] = 1 - ret[1];
		return;
	}
	for (size_t k = 0; k < rows; k++) {
		ret[k] = model->one_vs_rest ? 1 / (1 + exp(-ret[k]))
					    : exp(ret[k] - largest);
		sum += ret[k];
	}
	for (size_t k = 0; k < rows; k++)
		ret[k] /= sum;
}

int decoded_model_proba(const struct decoded_model *model,
			const struct model_cell *row, double *ret,
			struct error *err)
{
	struct arena arena = ARENA_INIT;
	struct transform_row now = {
		row, model->columns, model->column_count,
	};
	int rc = 0;

	for (size_t i = 0; i < model->transforms.len && rc == 0; i++)
		rc = transform_apply(&arena, model->transforms.at[i], &now,
				     err);
	for (size_t i = 0; i < now.count && rc == 0; i++)
		if (now.cells[i].text)
			rc = error_set(err, ERROR_INVALID,
				       "could not convert string to float: "
				       "'%s'", now.cells[i].text);
	if (rc == 0 && now.count != model->inputs)
		rc = error_set(err, ERROR_INVALID,
			       "the estimator wants %zu columns and gets %zu",
			       model->inputs, now.count);
	if (rc == 0 && model->is_forest)
		rc = forest_proba(model, &now, ret, err);
	else if (rc == 0)
		logistic_proba(model, &now, ret);
	arena_release(&arena);
	return rc;
}
