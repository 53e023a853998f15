#include "compare/pickle_walk.h"

#include "base/number.h"
#include "compare/ndarray_compare.h"
#include "compare/pickle_order.h"
#include "format/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Deeper than a decoded graph's own walk may go, since pairs are other than
 * values; and how many pairs there may be. */
enum { MAX_LEVEL = 2 * PICKLE_MAX_DEPTH, MAX_PAIRS = 64 << 20,
       MAX_LISTS = 1000 };

static int walk(struct pickle_walk *w, const struct pickle_value *a,
		const struct pickle_value *b, int level);

/* Whether the pair is new; -1 where there are too many. */
static int pair_add(struct pickle_walk *w, const struct pickle_value *a,
		    const struct pickle_value *b)
{
	if (w->seen.len >= MAX_PAIRS)
		return error_set(w->err, ERROR_LIMIT,
				 "too entangled to compare");
	return pair_set_add(&w->seen, a->id, b->id);
}

/* --- differences ------------------------------------------------------- */

static void differ(struct pickle_walk *w, const struct pickle_value *a,
		   const struct pickle_value *b)
{
	struct strbuf l = STRBUF_INIT(2048), r = STRBUF_INIT(2048);
	double x, y;
	bool floats = a && b && a->type == PICKLE_FLOAT &&
		      b->type == PICKLE_FLOAT && pickle_double(a, &x) &&
		      pickle_double(b, &y);
	uint64_t ulps = floats ? number_ulps(x, y) : 0;

	pickle_print(a, 100, &l);
	pickle_print(b, 100, &r);
	if (a && b && strcmp(l.buf, r.buf) == 0) { /* the same to the eye */
		strbuf_addf(&l, " [%s]", pickle_class(a));
		strbuf_addf(&r, " [%s]", pickle_class(b));
	}
	comparator_differs(w->job, w->c, RUNG_NONE, w->path.buf,
			   a ? l.buf : "absent", b ? r.buf : "absent",
			   floats ? &ulps : NULL);
	strbuf_release(&l);
	strbuf_release(&r);
}

static size_t add_name(struct strbuf *path, const char *name, size_t len)
{
	size_t before = path->len;

	strbuf_addstr(path, before ? "." : "");
	utf8_add_visible(path, name, len < 200 ? len : 200, NULL);
	return before;
}

static int walk_part(struct pickle_walk *w, const char *part,
		     const struct pickle_value *a,
		     const struct pickle_value *b, int level)
{
	size_t before = add_name(&w->path, part, strlen(part));
	int result = 0;

	if (a && b)
		result = walk(w, a, b, level + 1);
	else if (a || b)
		differ(w, a, b);
	strbuf_setlen(&w->path, before);
	return result;
}

/* --- lists ------------------------------------------------------------- */

/* Where the comparison stands, to take back what follows. */
struct place {
	size_t kept;
	size_t counts[3];
	enum rung rung;
};

static struct place here(const struct comparison *c)
{
	struct place p = { c->differences.len, { 0 }, c->rung };

	memcpy(p.counts, c->counts, sizeof(p.counts));
	return p;
}

static void go_back(struct comparison *c, const struct place *p)
{
	c->differences.len = p->kept;
	memcpy(c->counts, p->counts, sizeof(c->counts));
	c->rung = p->rung;
}

/* (name, estimator, ...): the name, where both tuples have the same. */
static const struct pickle_value *shared_name(const struct pickle_value *a,
					      const struct pickle_value *b)
{
	const struct pickle_value *x = pickle_at(a, 0), *y = pickle_at(b, 0);

	if (a->type != PICKLE_TUPLE || b->type != PICKLE_TUPLE ||
	    pickle_len(a) < 2 || pickle_len(b) != pickle_len(a) ||
	    x->type != PICKLE_STR || y->type != PICKLE_STR ||
	    x->text.len != y->text.len ||
	    memcmp(x->text.at, y->text.at, x->text.len) != 0)
		return NULL;
	return x;
}

/* "steps" of a Pipeline whose steps have names is left out of paths. */
static void hide_steps(struct pickle_walk *w)
{
	static const char steps[] = "steps";
	size_t len = w->path.len, n = sizeof(steps) - 1;

	if (len >= n && strcmp(w->path.buf + len - n, steps) == 0 &&
	    (len == n || w->path.buf[len - n - 1] == '.'))
		strbuf_setlen(&w->path, len == n ? 0 : len - n - 1);
}

/* The members of a named tuple: the estimator goes by the name alone. */
static int walk_named(struct pickle_walk *w, const struct pickle_value *name,
		      const struct pickle_value *a,
		      const struct pickle_value *b, int level)
{
	_cleanup_(free_pointer) char *outer = xstrdup(w->path.buf);
	hide_steps(w);
	add_name(&w->path, name->text.at, name->text.len);
	int result = walk(w, a->list.at[1], b->list.at[1], level + 1);

	for (size_t i = 2; i < a->list.len && !result; i++) {
		size_t len = w->path.len;
		strbuf_addf(&w->path, "(%zu)", i);
		result = walk(w, a->list.at[i], b->list.at[i], level + 1);
		strbuf_setlen(&w->path, len);
	}
	strbuf_reset(&w->path);
	strbuf_addstr(&w->path, outer);
	return result;
}

static int walk_element(struct pickle_walk *w, const struct pickle_value *a,
			const struct pickle_value *b, size_t i, int level)
{
	const struct pickle_value *name = shared_name(a, b);
	size_t before = w->path.len;

	if (name)
		return walk_named(w, name, a, b, level);
	strbuf_addf(&w->path, "[%zu]", i);
	int result = walk(w, a, b, level + 1);
	strbuf_setlen(&w->path, before);
	return result;
}

static void differ_text(struct pickle_walk *w, const char *suffix,
			const char *left, const char *right)
{
	size_t before = w->path.len;

	strbuf_addstr(&w->path, suffix);
	comparator_differs(w->job, w->c, RUNG_NONE, w->path.buf, left, right,
			   NULL);
	strbuf_setlen(&w->path, before);
}

static void note_list(struct pickle_walk *w, const struct pickle_list *a,
		      const struct pickle_list *b, size_t differ_count,
		      size_t first)
{
	if (w->lists.len >= MAX_LISTS)
		return;
	*vec_push(&w->lists) = (struct list_difference){
		.path = arena_strdup(&w->c->arena, w->path.buf),
		.left = a->len,
		.right = b->len,
		.differ = differ_count,
		.first = first,
	};
}

static int walk_lists(struct pickle_walk *w, const struct pickle_list *a,
		      const struct pickle_list *b, int level)
{
	size_t n = a->len < b->len ? a->len : b->len, differing = 0, first = 0;
	const struct place start = here(w->c);
	char left[40], right[40];

	for (size_t i = 0; i < n; i++) {
		size_t before = w->c->counts[DIFFERENCE_VALUE];
		if (walk_element(w, a->at[i], b->at[i], i, level) < 0)
			return -1;
		if (w->c->counts[DIFFERENCE_VALUE] == before)
			continue;
		if (!differing++)
			first = i;
	}
	/* Steps with names are never the same in another order. */
	bool ordered = differing && shared_name(a->at[first], b->at[first]);
	int permuted = differing && !ordered ? pickle_is_permuted(w, a, b) : 0;
	if (permuted < 0)
		return -1;
	if (permuted) {
		go_back(w->c, &start);
		snprintf(left, sizeof(left), "%zu elements", n);
		differ_text(w, "", left, "the same in another order");
		comparison_say(w->c, "%s%s: the same %zu elements in another "
			       "order", w->job->prefix, w->path.buf, n);
		return 0;
	}
	if (a->len != b->len) {
		snprintf(left, sizeof(left), "%zu", a->len);
		snprintf(right, sizeof(right), "%zu", b->len);
		differ_text(w, ".length", left, right);
	}
	if (differing || a->len != b->len)
		note_list(w, a, b, differing, first);
	return 0;
}

/* --- dictionaries and sets --------------------------------------------- */

/* Texts and small integers, which almost all keys are. */
static bool keys_equal(const struct pickle_value *a,
		       const struct pickle_value *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == PICKLE_INT)
		return a->integer == b->integer;
	return (a->type == PICKLE_STR || a->type == PICKLE_BYTES) &&
	       a->text.len == b->text.len &&
	       memcmp(a->text.at, b->text.at, a->text.len) == 0;
}

static bool same_keys(const struct pickle_list *a, const struct pickle_list *b)
{
	if (a->len != b->len)
		return false;
	for (size_t i = 0; i + 1 < a->len; i += 2)
		if (!keys_equal(a->at[i], b->at[i]))
			return false;
	return true;
}

static size_t add_key(struct pickle_walk *w, const struct pickle_value *key,
		      bool attributes)
{
	size_t before = w->path.len;

	if (key->type == PICKLE_STR && attributes)
		return add_name(&w->path, key->text.at, key->text.len);
	strbuf_addch(&w->path, '[');
	pickle_print(key, 60, &w->path);
	strbuf_addch(&w->path, ']');
	return before;
}

/* 1 where the two are equal, by their digests: nothing is reported. */
static int digests_equal(struct pickle_walk *w, struct pickle_value *a,
			 struct pickle_value *b)
{
	const struct pickle_list x = { &a, 1, 1 }, y = { &b, 1, 1 };
	struct digested *left = pickle_digest_list(w, true, &x, 1);
	struct digested *right =
		left ? pickle_digest_list(w, false, &y, 1) : NULL;
	int same = right ? pickle_by_digest(left, right) == 0 : -1;

	free(left);
	free(right);
	return same;
}

/* A parameter that changes nothing: shown where it differs, and no more. */
static int walk_parameter(struct pickle_walk *w, struct pickle_value *a,
			  struct pickle_value *b)
{
	int same = a && b ? digests_equal(w, a, b) : 0;

	if (same)
		return same < 0 ? -1 : 0;
	struct strbuf l = STRBUF_INIT(1024), r = STRBUF_INIT(1024);
	struct strbuf path = STRBUF_INIT(STRBUF_LINE);
	pickle_print(a, 100, &l);
	pickle_print(b, 100, &r);
	strbuf_addf(&path, "%s%s", w->job->prefix, w->path.buf);
	comparison_add(w->c, DIFFERENCE_NON_SEMANTIC, RUNG_CANONICAL, path.buf,
		       a ? l.buf : "absent", b ? r.buf : "absent", NULL);
	strbuf_release(&path);
	strbuf_release(&l);
	strbuf_release(&r);
	return 0;
}

static int walk_value_of(struct pickle_walk *w, const struct pickle_value *key,
			 struct pickle_value *a, struct pickle_value *b,
			 bool attributes, int level)
{
	size_t before = add_key(w, key, attributes);
	int result = 0;

	if (attributes && key->type == PICKLE_STR &&
	    declared_non_semantic(w->job->declared, key->text.at,
				  key->text.len))
		result = walk_parameter(w, a, b);
	else if (a && b)
		result = walk(w, a, b, level + 1);
	else
		differ(w, a, b);
	strbuf_setlen(&w->path, before);
	return result;
}

/* For each key of the left, where it is on the right, from 1; 0: nowhere. A
 * key that is there twice (which a pickle can say, and a dictionary can't
 * hold) is matched once. */
static void match_keys(const struct digested *left, size_t n,
		       const struct digested *right, size_t m, size_t *match,
		       unsigned char *found)
{
	for (size_t i = 0, k = 0; i < n && k < m;) {
		int order = pickle_by_digest(&left[i], &right[k]);
		if (order == 0) {
			match[left[i].index] = right[k].index + 1;
			found[right[k].index] = 1;
		}
		i += order <= 0;
		k += order >= 0;
	}
}

/* Keys that aren't at the same places: found by their digests. */
static int walk_other_keys(struct pickle_walk *w, const struct pickle_list *a,
			   const struct pickle_list *b, bool attributes,
			   int level)
{
	size_t n = a->len / 2, m = b->len / 2;
	struct digested *right = pickle_digest_list(w, false, b, 2);
	struct digested *left =
		right ? pickle_digest_list(w, true, a, 2) : NULL;
	unsigned char *found = xcalloc(m + 1, 1);
	size_t *match = xcalloc(n + 1, sizeof(*match));
	int result = left ? 0 : -1;

	if (!result)
		match_keys(left, n, right, m, match, found);
	for (size_t i = 0; i < n && !result; i++)
		result = walk_value_of(w, a->at[2 * i], a->at[2 * i + 1],
				       match[i] ? b->at[2 * match[i] - 1]
						: NULL,
				       attributes, level);
	for (size_t i = 0; i < m && !result; i++)
		if (!found[i])
			result = walk_value_of(w, b->at[2 * i], NULL,
					       b->at[2 * i + 1], attributes,
					       level);
	free(left);
	free(right);
	free(found);
	free(match);
	return result;
}

static int walk_pairs(struct pickle_walk *w, const struct pickle_list *a,
		      const struct pickle_list *b, bool attributes, int level)
{
	int result = 0;

	if (!same_keys(a, b))
		return walk_other_keys(w, a, b, attributes, level);
	for (size_t i = 0; i + 1 < a->len && !result; i += 2)
		result = walk_value_of(w, a->at[i], a->at[i + 1],
				       b->at[i + 1], attributes, level);
	return result;
}

static int walk_sets(struct pickle_walk *w, const struct pickle_value *a,
		     const struct pickle_value *b)
{
	size_t n = a->list.len, m = b->list.len;
	struct digested *left = pickle_digest_list(w, true, &a->list, 1);
	struct digested *right =
		left ? pickle_digest_list(w, false, &b->list, 1) : NULL;
	size_t i = 0, k = 0, before = w->path.len;
	int result = right ? 0 : -1;

	while (!result && (i < n || k < m)) {
		int order = i == n ? 1 : k == m ? -1
			: pickle_by_digest(&left[i], &right[k]);
		if (order) {
			const struct pickle_value *lone = order < 0
				? a->list.at[left[i].index]
				: b->list.at[right[k].index];
			strbuf_addstr(&w->path, "{}");
			differ(w, order < 0 ? lone : NULL,
			       order < 0 ? NULL : lone);
			strbuf_setlen(&w->path, before);
		}
		i += order <= 0;
		k += order >= 0;
	}
	free(left);
	free(right);
	return result;
}

/* --- objects and arrays ------------------------------------------------ */

/* An empty state is none. */
static const struct pickle_value *state_of(const struct pickle_object *o)
{
	return o->state && o->state->type == PICKLE_DICT &&
	       !o->state->list.len ? NULL : o->state;
}

static int walk_state(struct pickle_walk *w, const struct pickle_value *a,
		      const struct pickle_value *b, int level)
{
	const struct pickle_value *x = state_of(a->object);
	const struct pickle_value *y = state_of(b->object);

	if ((!x || x->type == PICKLE_DICT) && (!y || y->type == PICKLE_DICT)) {
		static const struct pickle_list none = { NULL, 0, 0 };
		return walk_pairs(w, x ? &x->list : &none,
				  y ? &y->list : &none, true, level);
	}
	return walk_part(w, "(state)", x, y, level);
}

static int walk_objects(struct pickle_walk *w, const struct pickle_value *a,
			const struct pickle_value *b, int level)
{
	const struct pickle_object *x = a->object, *y = b->object;

	if (walk_part(w, "__class__", x->cls, y->cls, level) < 0)
		return -1;
	if (x->is_new != y->is_new)
		differ(w, a, b);
	if (walk_part(w, "(arguments)", x->args, y->args, level) < 0 ||
	    walk_part(w, "(keywords)", x->kwargs, y->kwargs, level) < 0 ||
	    walk_state(w, a, b, level) < 0 ||
	    walk_part(w, "(setter)", x->setter, y->setter, level) < 0)
		return -1;
	if (walk_lists(w, &x->items, &y->items, level) < 0)
		return -1;
	return walk_pairs(w, &x->pairs, &y->pairs, false, level);
}

static int walk_object_arrays(struct pickle_walk *w,
			      const struct pickle_value *a,
			      const struct pickle_value *b, int level)
{
	const struct ndarray *x = &a->array->nd, *y = &b->array->nd;
	const struct pickle_list left = { a->array->objects, x->count, 0 };
	const struct pickle_list right = { b->array->objects, y->count, 0 };
	struct strbuf l = STRBUF_INIT(256), r = STRBUF_INIT(256);

	if (!dtype_equal(x->type, y->type)) {
		differ(w, a, b);
		return 0;
	}
	ndarray_describe_shape(x, &l);
	ndarray_describe_shape(y, &r);
	if (x->count == y->count && strcmp(l.buf, r.buf) != 0)
		differ_text(w, ".shape", l.buf, r.buf);
	strbuf_release(&l);
	strbuf_release(&r);
	return walk_lists(w, &left, &right, level);
}

static int walk_arrays(struct pickle_walk *w, const struct pickle_value *a,
		       const struct pickle_value *b, int level)
{
	const struct ndarray *x = &a->array->nd, *y = &b->array->nd;

	if (a->array->objects && b->array->objects)
		return walk_object_arrays(w, a, b, level);
	if (!x->data || !y->data) {
		differ(w, a, b);
		return 0;
	}
	if (ndarray_equal(x, y))
		return 0;
	if (ndarray_is_permuted(x, y)) {
		char left[48];
		snprintf(left, sizeof(left), "%lld rows",
			 (long long)x->shape[0]);
		differ_text(w, "", left, "the same in another order");
		return 0;
	}
	if (!ndarray_differences(w->job, w->c, w->path.buf, x, y))
		differ(w, a, b);
	return 0;
}

static bool texts_equal(const struct pickle_value *a,
			const struct pickle_value *b)
{
	return a->text.len == b->text.len &&
	       memcmp(a->text.at, b->text.at, a->text.len) == 0;
}

/* Values without parts. */
static bool plain_equal(const struct pickle_value *a,
			const struct pickle_value *b)
{
	switch (a->type) {
	case PICKLE_NONE: return true;
	case PICKLE_BOOL: return a->boolean == b->boolean;
	case PICKLE_INT: return a->integer == b->integer;
	case PICKLE_FLOAT:
		return memcmp(&a->real, &b->real, sizeof(a->real)) == 0;
	case PICKLE_GLOBAL:
		return strcmp(a->global->full, b->global->full) == 0;
	case PICKLE_DTYPE: return dtype_equal(a->dtype, b->dtype);
	default: return texts_equal(a, b);
	}
}

static int walk_into(struct pickle_walk *w, const struct pickle_value *a,
		     const struct pickle_value *b, int level)
{
	switch (a->type) {
	case PICKLE_LIST: case PICKLE_TUPLE:
		return walk_lists(w, &a->list, &b->list, level);
	case PICKLE_SET: case PICKLE_FROZENSET:
		return walk_sets(w, a, b);
	case PICKLE_DICT:
		return walk_pairs(w, &a->list, &b->list, false, level);
	case PICKLE_OBJECT: return walk_objects(w, a, b, level);
	case PICKLE_ARRAY: case PICKLE_SCALAR:
		return walk_arrays(w, a, b, level);
	default:
		if (!plain_equal(a, b))
			differ(w, a, b);
		return 0;
	}
}

static bool has_parts(const struct pickle_value *v)
{
	return pickle_n_children(v) || v->type == PICKLE_ARRAY;
}

static int walk(struct pickle_walk *w, const struct pickle_value *a,
		const struct pickle_value *b, int level)
{
	if (a->type != b->type) {
		differ(w, a, b);
		return 0;
	}
	if (level > MAX_LEVEL)
		return error_set(w->err, ERROR_LIMIT,
				 "nested deeper than %d", MAX_LEVEL);
	if (has_parts(a)) {
		int is_new = pair_add(w, a, b);
		if (is_new <= 0)
			return is_new;
	}
	return walk_into(w, a, b, level);
}

int pickle_walk_run(struct pickle_walk *w, const struct compare_job *job,
		    const struct pickle *left, const struct pickle *right,
		    struct comparison *c, struct error *err)
{
	*w = (struct pickle_walk){ .job = job, .c = c, .left = left,
				   .right = right, .err = err,
				   .path = STRBUF_INIT(STRBUF_LINE) };
	if (walk(w, left->root, right->root, 0) < 0)
		return -1;
	for (size_t i = 0; i < left->n_discarded || i < right->n_discarded;
	     i++)
		if (walk_part(w, "(dropped call)", i < left->n_discarded
			      ? left->discarded[i] : NULL,
			      i < right->n_discarded
			      ? right->discarded[i] : NULL, 0) < 0)
			return -1;
	return 0;
}

void pickle_walk_release(struct pickle_walk *w)
{
	canonical_release(&w->left_digests);
	canonical_release(&w->right_digests);
	strbuf_release(&w->path);
	pair_set_release(&w->seen);
	vec_release(&w->lists);
}
