#include "compare/probe.h"

#include "format/pickle_nodes.h"
#include "format/pickle_summary.h"

#include <math.h>
#include <string.h>

enum { MAX_COLUMNS = 4096, MAX_TREES = 20, MAX_VALUES = 128 };

/* What the two are asked where nothing is known of a column. */
static const double plain_values[] = { 0, 1, -1, 0.5, 2, 10, 100, 1000 };

struct maker {
	struct probe *probe;
	json_t *left, *right; /* summaries */
};

static void add_value(struct probe *p, struct probe_column *c,
		      struct model_cell cell)
{
	if (!c->values)
		c->values = arena_array(&p->arena, MAX_VALUES,
					sizeof(*c->values));
	for (size_t i = 0; i < c->n_values; i++) {
		const struct model_cell *old = &c->values[i];
		if (cell.text ? old->text && !strcmp(old->text, cell.text)
			      : !old->text && old->number == cell.number)
			return;
	}
	if (c->n_values < MAX_VALUES)
		c->values[c->n_values++] = cell;
}

static struct probe_column *find_column(struct probe *p, const char *name)
{
	for (size_t i = 0; i < p->n_columns; i++)
		if (p->columns[i].name && strcmp(p->columns[i].name, name) == 0)
			return &p->columns[i];
	return NULL;
}

static void add_categories(struct probe *p, const json_t *summary)
{
	json_t *all = json_object_get(summary, "categories");
	const char *name;
	json_t *list;

	json_object_foreach(all, name, list) {
		struct probe_column *c = find_column(p, name);
		for (size_t i = 0; c && i < json_array_size(list); i++) {
			const json_t *value = json_array_get(list, i);
			struct model_cell cell = {
				.text = arena_strdup(&p->arena,
						     json_string_value(value)),
				.number = json_number_value(value),
			};
			add_value(p, c, cell);
		}
	}
}

/* The column that a tree's feature is a question about; NULL where it is made
 * of a category or isn't known. */
static struct probe_column *column_of(struct probe *p, const json_t *encoded,
				      int64_t feature, bool direct)
{
	const char *name;

	if (feature < 0)
		return NULL;
	if (direct)
		return (size_t)feature < p->n_columns ? &p->columns[feature]
						      : NULL;
	name = json_string_value(json_array_get(encoded, (size_t)feature));
	return name ? find_column(p, name) : NULL;
}

static void add_thresholds(struct probe *p, const struct pickle_value *tree,
			   const json_t *encoded, bool direct)
{
	const struct ndarray *nodes =
		pickle_ndarray(pickle_get(tree, "tree_.nodes"));
	struct ndarray_column feature, threshold;

	if (!nodes || !ndarray_column(nodes, "feature", &feature) ||
	    !ndarray_column(nodes, "threshold", &threshold))
		return;
	for (size_t i = 0; i < feature.count && i < 1000; i++) {
		struct probe_column *c = column_of(
			p, encoded, ndarray_int(&feature, i), direct);
		float value = (float)ndarray_double(&threshold, i);
		if (!c || !isfinite(value))
			continue;
		add_value(p, c, (struct model_cell){ .number = (double)value });
		add_value(p, c, (struct model_cell){
			.number = (double)nextafterf(value, INFINITY) });
	}
}

static void add_model(struct probe *p, const struct pickle_value *model)
{
	const struct pickle_value *trees = pickle_attribute(
		pickle_final_estimator(model), "estimators_");
	bool direct = !pickle_is_pipeline(model);
	json_t *encoded = direct ? NULL : pickle_encoded_columns(model);

	for (size_t i = 0; i < pickle_len(trees) && i < MAX_TREES; i++)
		add_thresholds(p, pickle_at(trees, i), encoded, direct);
	json_decref(encoded);
}

static int name_columns(struct maker *m, struct error *err)
{
	const json_t *names = json_object_get(m->left, "feature_names_in");
	const json_t *others = json_object_get(m->right, "feature_names_in");
	const json_t *count = json_object_get(m->left, "n_features_in");
	size_t n = names ? json_array_size(names)
			 : (size_t)json_integer_value(count);
	struct probe *p = m->probe;

	if ((names && others && !json_equal(names, others)) ||
	    !json_equal(count, json_object_get(m->right, "n_features_in")) ||
	    !names != !others)
		return error_set(err, ERROR_INVALID,
				 "the two models take other columns");
	if (!n || n > MAX_COLUMNS)
		return error_set(err, ERROR_INVALID,
				 "the models don't say which columns they "
				 "take");
	p->columns = arena_array(&p->arena, n, sizeof(*p->columns));
	p->n_columns = n;
	for (size_t i = 0; names && i < n; i++)
		p->columns[i].name = arena_strdup(&p->arena, json_string_value(
			json_array_get(names, i)));
	return 0;
}

int probe_make(struct probe *ret, const struct pickle *left,
	       const struct pickle *right, struct error *err)
{
	struct probe p = { .arena = ARENA_INIT };
	struct maker m = { &p, pickle_summary(left), pickle_summary(right) };
	int result = name_columns(&m, err);

	if (!result) {
		add_categories(&p, m.left);
		add_categories(&p, m.right);
		add_model(&p, left->root);
		add_model(&p, right->root);
	}
	for (size_t i = 0; i < p.n_columns && !result; i++) {
		bool empty = !p.columns[i].n_values;
		for (size_t k = 0; empty && k < ARRAY_SIZE(plain_values); k++)
			add_value(&p, &p.columns[i], (struct model_cell){
				.number = plain_values[k] });
	}
	json_decref(m.left);
	json_decref(m.right);
	if (result < 0)
		arena_release(&p.arena);
	else
		*ret = p;
	return result;
}

void probe_release(struct probe *probe)
{
	arena_release(&probe->arena);
	*probe = (struct probe){ .columns = NULL };
}

/* splitmix64 (Steele, Lea and Flood 2014), of the row and the column. */
static uint64_t mix(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

void probe_row(const struct probe *probe, size_t i, struct model_cell *ret)
{
	for (size_t c = 0; c < probe->n_columns; c++) {
		const struct probe_column *column = &probe->columns[c];
		uint64_t draw = mix(mix(i) + c);
		ret[c] = column->values[draw % column->n_values];
	}
}
