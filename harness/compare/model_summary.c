#include "compare/model_summary.h"

#include "base/language.h"
#include "base/number.h"
#include "compare/ndarray_compare.h"
#include "format/pickle_summary.h"

#include <string.h>

/* The parts of a model that are told apart. */
struct pair {
	const struct pickle_value *left, *right;
};

static struct pair attributes(struct pair p, const char *name)
{
	return (struct pair){ pickle_get(p.left, name),
			      pickle_get(p.right, name) };
}

static json_t *without_parameters(json_t *params, const struct declared *d)
{
	for (size_t i = 0; params && i < d->n_parameters; i++)
		json_object_del(params, d->parameters[i]);
	return params;
}

/* Whether the estimators' parameters are equal; the names of those that are
 * not, in parentheses. */
static bool params_equal(struct pair p, const struct declared *d,
			 struct strbuf *ret_names)
{
	json_t *a = without_parameters(pickle_params(p.left), d);
	json_t *b = without_parameters(pickle_params(p.right), d);
	const char *name;
	json_t *value;

	json_object_foreach(a, name, value) {
		json_t *other = json_object_get(b, name);
		if (!other || !json_equal(value, other))
			strbuf_addf(ret_names, "%s%s",
				    ret_names->len ? " " : " (", name);
	}
	json_object_foreach(b, name, value)
		if (!json_object_get(a, name))
			strbuf_addf(ret_names, "%s%s",
				    ret_names->len ? " " : " (", name);
	if (ret_names->len)
		strbuf_addch(ret_names, ')');
	json_decref(a);
	json_decref(b);
	return !ret_names->len;
}

/* "parameters, categories and feature order": a list in words. */
static void add_word(struct strbuf *into, const char *word, size_t *count)
{
	/* Commas now; the last becomes "and" in end_words(). */
	if ((*count)++)
		strbuf_addstr(into, ", ");
	strbuf_addstr(into, word);
}

static void end_words(struct strbuf *words, struct strbuf *into)
{
	char *comma = NULL;

	for (char *p = words->buf; (p = strstr(p, ", ")); p++)
		comma = p;
	if (!comma) {
		strbuf_add(into, words->buf, words->len);
		return;
	}
	strbuf_add(into, words->buf, (size_t)(comma - words->buf));
	strbuf_addstr(into, " and ");
	strbuf_addstr(into, comma + 2);
}

/* Says the first field of a node that differs; false where none does. */
static bool say_node(const struct pickle_walk *w, size_t tree, size_t node,
		     const struct ndarray *a, const struct ndarray *b,
		     const char *only)
{
	const struct dtype_field *f = only ? dtype_field(a->type, only) : NULL;
	const struct dtype_field *g = only ? dtype_field(b->type, only) : NULL;
	const unsigned char *x = a->data + ndarray_offset(a, node);
	const unsigned char *y = b->data + ndarray_offset(b, node);
	const struct dtype *ta = a->type, *tb = b->type;
	struct strbuf field = STRBUF_INIT(256);
	struct strbuf l = STRBUF_INIT(256), r = STRBUF_INIT(256);

	if (only && (!f || !g))
		return false;
	if (f) {
		strbuf_addf(&field, ".%s", only);
		x += f->offset;
		y += g->offset;
		ta = f->type;
		tb = g->type;
	}
	bool parts = dtype_first_difference(ta, x, tb, y, &field, &ta, &x,
					    &tb, &y);
	if (parts) {
		dtype_print(ta, x, 80, &l);
		dtype_print(tb, y, 80, &r);
		comparison_say(w->c, "tree %zu parts at node %zu: %s %s != %s",
			       tree, node, field.buf + (*field.buf == '.'),
			       l.buf, r.buf);
	}
	strbuf_release(&field);
	strbuf_release(&l);
	strbuf_release(&r);
	return parts;
}

/* Where one tree first parts: the node, depth first, that asks for another
 * feature or threshold (what it asks is more to the point than where its
 * children are numbered); any other difference where there is none of those. */
static void say_parting(const struct pickle_walk *w, struct pair trees,
			size_t i)
{
	const struct ndarray *a = pickle_ndarray(
		pickle_get(pickle_at(trees.left, i), "tree_.nodes"));
	const struct ndarray *b = pickle_ndarray(
		pickle_get(pickle_at(trees.right, i), "tree_.nodes"));
	size_t n = a && b ? (a->count < b->count ? a->count : b->count) : 0;

	if (!n || !dtype_equal(a->type, b->type))
		return;
	for (size_t k = 0; k < n; k++)
		if (say_node(w, i, k, a, b, "feature") ||
		    say_node(w, i, k, a, b, "threshold"))
			return;
	for (size_t k = 0; k < n; k++)
		if (say_node(w, i, k, a, b, NULL))
			return;
}

static const struct list_difference *find_list(const struct pickle_walk *w,
					       const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < w->lists.len; i++) {
		const char *path = w->lists.at[i].path;
		size_t len = strlen(path);
		if (len >= n && strcmp(path + len - n, name) == 0)
			return &w->lists.at[i];
	}
	return NULL;
}

static void say_trees(const struct pickle_walk *w, struct pair estimator)
{
	struct pair trees = attributes(estimator, "estimators_");
	const struct list_difference *list = find_list(w, "estimators_");
	size_t n = pickle_len(trees.left), m = pickle_len(trees.right);

	if (!n || !m)
		return;
	if (!list) {
		comparison_say(w->c, WORDS("all %zu trees are equal"), n);
		return;
	}
	if (n != m)
		comparison_say(w->c, "%zu trees and %zu", n, m);
	comparison_say(w->c, WORDS("%zu of %zu trees differ"), list->differ,
		       n < m ? n : m);
	if (list->differ)
		say_parting(w, trees, list->first);
}

/* What of the model is equal, and what is not, in one line each. */
static void say_parts(const struct pickle_walk *w, struct pair model)
{
	struct strbuf words[2] = { STRBUF_INIT(1024), STRBUF_INIT(1024) };
	size_t counts[2] = { 0, 0 };
	struct pair last = { pickle_final_estimator(model.left),
			     pickle_final_estimator(model.right) };
	json_t *left = pickle_summary(w->left);
	json_t *right = pickle_summary(w->right);
	static const char *const keys[][2] = {
		{ "steps", "steps" }, { "categories", "categories" },
		{ "feature_names_in", "feature order" },
		{ "classes", "classes" }, { "versions", "versions" },
	};

	struct strbuf names = STRBUF_INIT(512);
	bool params = params_equal(last, w->job->declared, &names);
	add_word(&words[!params], "parameters", &counts[!params]);
	strbuf_add(&words[!params], names.buf, names.len);
	strbuf_release(&names);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const json_t *a = json_object_get(left, keys[i][0]);
		const json_t *b = json_object_get(right, keys[i][0]);
		if (!a && !b)
			continue;
		bool differs = !a || !b || !json_equal(a, b);
		add_word(&words[differs], keys[i][1], &counts[differs]);
	}
	for (int differs = 0; differs < 2; differs++) {
		struct strbuf line = STRBUF_INIT(1024);
		end_words(&words[differs], &line);
		if (counts[differs])
			comparison_say(w->c, "%s %s", line.buf,
				       differs ? "differ" : "equal");
		strbuf_release(&line);
		strbuf_release(&words[differs]);
	}
	json_decref(left);
	json_decref(right);
}

void model_summary_say(const struct pickle_walk *w)
{
	struct pair model = { w->left->root, w->right->root };
	struct pair last = { pickle_final_estimator(model.left),
			     pickle_final_estimator(model.right) };

	if (model.left->type != PICKLE_OBJECT ||
	    model.right->type != PICKLE_OBJECT)
		return;
	say_trees(w, last);
	say_parts(w, model);
}
