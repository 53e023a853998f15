#include "format/pickle_nodes.h"

#include "base/alloc.h"
#include "base/number.h"
#include "format/pickle_summary.h"
#include "format/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_COLUMNS = 100000, MAX_PARTS = 200, MAX_INDENT = 200 };

/* --- names of the encoded columns ---------------------------------------- */

/* Which category of column i is dropped; -1 for none. */
static int64_t dropped_category(const struct pickle_value *encoder, size_t i)
{
	const struct pickle_value *drop =
		pickle_attribute(encoder, "drop_idx_");
	const struct ndarray *numbers = pickle_ndarray(drop);
	struct ndarray_column column;
	int64_t at;

	if (numbers && ndarray_column(numbers, NULL, &column) &&
	    i < column.count)
		return ndarray_int(&column, i);
	return pickle_int(pickle_at(drop, i), &at) ? at : -1;
}

static void add_categories(json_t *out, const json_t *columns,
			   const struct pickle_value *encoder)
{
	const struct pickle_value *lists =
		pickle_attribute(encoder, "categories_");

	for (size_t i = 0; i < pickle_len(lists) && i < MAX_PARTS; i++) {
		json_t *categories = pickle_to_json(pickle_at(lists, i), 1);
		const char *name =
			json_string_value(json_array_get(columns, i));
		int64_t dropped = dropped_category(encoder, i);
		for (size_t k = 0; k < json_array_size(categories); k++) {
			char *text = json_dumps(json_array_get(categories, k),
						JSON_ENCODE_ANY);
			const char *plain = json_string_value(
				json_array_get(categories, k));
			if ((int64_t)k != dropped)
				json_array_append_new(out, json_sprintf(
					"%s=%s", name ? name : "?",
					plain ? plain : text ? text : "?"));
			free(text);
		}
		json_decref(categories);
	}
}

/* A column by name, or by its position among the features. */
static json_t *named_columns(const struct pickle_value *columns,
			     const struct pickle_value *names)
{
	json_t *list = pickle_to_json(columns, 1);
	json_t *out = json_array();

	if (columns && columns->type == PICKLE_STR)
		json_array_append(out, list);
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *item = json_array_get(list, i);
		json_int_t at = json_integer_value(item);
		if (json_is_integer(item) && at >= 0 &&
		    (size_t)at < pickle_len(names))
			json_array_append_new(out, pickle_to_json(
				pickle_at(names, (size_t)at), 0));
		else
			json_array_append(out, item);
	}
	json_decref(list);
	return out;
}

static const struct pickle_value *first_step(const struct pickle_value *model)
{
	return pickle_is_pipeline(model)
		? pickle_get(model, "steps.0.1") : NULL;
}

json_t *pickle_encoded_columns(const struct pickle_value *model)
{
	const struct pickle_value *step = first_step(model);
	const struct pickle_value *list =
		pickle_attribute(step, "transformers_");
	const struct pickle_value *names = pickle_feature_names(step);
	json_t *out;

	if (!list)
		return NULL;
	out = json_array();
	for (size_t i = 0; i < pickle_len(list) && i < MAX_PARTS; i++) {
		const struct pickle_value *made =
			pickle_at(pickle_at(list, i), 1);
		const struct pickle_value *columns =
			pickle_at(pickle_at(list, i), 2);
		const struct pickle_value *data =
			pickle_attribute(columns, "data");
		json_t *named = named_columns(data ? data : columns, names);
		if (pickle_attribute(made, "categories_") &&
		    strstr(pickle_class(made), "OneHotEncoder"))
			add_categories(out, named, made);
		else if (!pickle_is_str(made, "drop"))
			json_array_extend(out, named);
		json_decref(named);
		if (json_array_size(out) > MAX_COLUMNS)
			break;
	}
	return out;
}

/* --- nodes ------------------------------------------------------------- */

struct nodes {
	struct ndarray_column left, right, feature, threshold, impurity,
		samples;
	const struct ndarray *values; /* node, output, class; or NULL */
	const json_t *names; /* of the encoded columns, or NULL */
	const char *criterion;
	size_t count;
};

static bool find_columns(const struct pickle_value *tree, struct nodes *n)
{
	const struct ndarray *a = pickle_ndarray(pickle_get(tree, "nodes"));

	if (!a || !ndarray_column(a, "left_child", &n->left) ||
	    !ndarray_column(a, "right_child", &n->right) ||
	    !ndarray_column(a, "feature", &n->feature) ||
	    !ndarray_column(a, "threshold", &n->threshold) ||
	    !ndarray_column(a, "impurity", &n->impurity) ||
	    !ndarray_column(a, "n_node_samples", &n->samples))
		return false;
	n->count = a->count;
	n->values = pickle_ndarray(pickle_get(tree, "values"));
	if (n->values && (n->values->n_dims != 3 ||
			  (size_t)n->values->shape[0] != n->count))
		n->values = NULL;
	return true;
}

static void print_number(double value, struct strbuf *into)
{
	char buf[NUMBER_TEXT];

	strbuf_addstr(into, number_format_double(value, buf));
}

static void print_leaf(const struct nodes *n, size_t i, struct strbuf *into)
{
	struct ndarray_column c;

	strbuf_addstr(into, "leaf");
	if (!n->values || !ndarray_column(n->values, NULL, &c) || !c.count)
		return;
	size_t width = c.count / n->count;
	for (size_t k = 0; k < width && k < 10; k++) {
		strbuf_addstr(into, k ? ", " : " [");
		size_t at = ndarray_offset(n->values, i * width + k);
		print_number(dtype_double(c.type, c.base + at), into);
	}
	strbuf_addch(into, ']');
}

static void print_question(const struct nodes *n, size_t i,
			   struct strbuf *into)
{
	int64_t feature = ndarray_int(&n->feature, i);
	const char *name = feature >= 0
		? json_string_value(json_array_get(n->names, (size_t)feature))
		: NULL;

	if (name)
		utf8_add_visible(into, name, strlen(name), NULL);
	else
		strbuf_addf(into, "feature %lld", (long long)feature);
	strbuf_addstr(into, " <= ");
	print_number(ndarray_double(&n->threshold, i), into);
}

static void print_node(const struct nodes *n, size_t i, size_t depth,
		       struct strbuf *into)
{
	strbuf_addchars(into, ' ',
			2 * (depth < MAX_INDENT ? depth : MAX_INDENT));
	strbuf_addf(into, "%zu ", i);
	if (ndarray_int(&n->left, i) < 0)
		print_leaf(n, i, into);
	else
		print_question(n, i, into);
	strbuf_addf(into, "  (%s ", n->criterion);
	print_number(ndarray_double(&n->impurity, i), into);
	strbuf_addf(into, ", %lld samples)\n",
		    (long long)ndarray_int(&n->samples, i));
}

/* Children lie behind their parents, so the depths are found in one pass;
 * and printed in the order of the nodes, which is depth first. */
static int print_nodes(const struct nodes *n, struct strbuf *into,
		       struct error *err)
{
	size_t *depth = xcalloc(n->count + 1, sizeof(*depth));
	int result = 0;

	for (size_t i = 0; i < n->count && !result; i++) {
		int64_t children[2] = { ndarray_int(&n->left, i),
					ndarray_int(&n->right, i) };
		for (int k = 0; k < 2 && !result; k++) {
			if (children[k] < 0)
				continue;
			if (children[k] <= (int64_t)i ||
			    (uint64_t)children[k] >= n->count)
				result = error_set(err, ERROR_INVALID,
						   "node %zu has the child "
						   "%lld", i,
						   (long long)children[k]);
			else
				depth[children[k]] = depth[i] + 1;
		}
		print_node(n, i, depth[i], into);
	}
	free(depth);
	return result;
}

int pickle_nodes_print(const struct pickle *p, size_t index,
		       struct strbuf *into, struct error *err)
{
	const struct pickle_value *model = pickle_final_estimator(p->root);
	const struct pickle_value *trees =
		pickle_attribute(model, "estimators_");
	const struct pickle_value *estimator =
		trees ? pickle_at(trees, index) : model;
	struct nodes n = { .criterion = "impurity" };
	struct arena arena = ARENA_INIT;
	int64_t deep = -1;

	if (!estimator || (!trees && index))
		return error_set(err, ERROR_INVALID,
				 "no tree %zu: there are %zu", index,
				 trees ? pickle_len(trees) : 1);
	const struct pickle_value *tree = pickle_get(estimator, "tree_");
	if (!tree || !find_columns(tree, &n))
		return error_set(err, ERROR_INVALID, "a %s has no trees",
				 pickle_class(model));
	char *criterion = pickle_str(&arena, pickle_get(estimator,
							"criterion"));
	if (criterion)
		n.criterion = criterion;
	json_t *names = pickle_encoded_columns(p->root);
	n.names = names;
	pickle_int(pickle_get(tree, "max_depth"), &deep);
	strbuf_addf(into, "tree %zu of %zu: %zu nodes, %lld deep\n", index,
		    trees ? pickle_len(trees) : 1, n.count, (long long)deep);
	int result = print_nodes(&n, into, err);
	json_decref(names);
	arena_release(&arena);
	return result;
}
