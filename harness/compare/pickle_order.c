#include "compare/pickle_order.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

int pickle_by_digest(const void *a, const void *b)
{
	return memcmp(a, b, CANONICAL_SIZE);
}

/* And equal ones as they stand in the list. */
static int by_digest_and_index(const void *a, const void *b)
{
	const struct digested *x = a, *y = b;
	int order = pickle_by_digest(a, b);

	return order ? order : x->index < y->index ? -1 : x->index > y->index;
}

struct digested *pickle_digest_list(struct pickle_walk *w, bool is_left,
				    const struct pickle_list *list,
				    size_t stride)
{
	struct canonical *c = is_left ? &w->left_digests : &w->right_digests;
	size_t n = list->len / stride;
	struct digested *all = xreallocarray(NULL, n + 1, sizeof(*all));

	if (!c->digests)
		canonical_init(c, is_left ? w->left : w->right,
			       w->job->declared);
	for (size_t i = 0; i < n; i++) {
		all[i].index = i;
		if (canonical_digest(c, list->at[i * stride], all[i].digest,
				     w->err) < 0) {
			free(all);
			return NULL;
		}
	}
	qsort(all, n, sizeof(*all), by_digest_and_index);
	return all;
}

/* From a list of pipelines down to the arrays of their trees. */
enum { OUTLINE_LEVELS = 12, OUTLINE_CHILDREN = 400, OUTLINE_VALUES = 200000,
       MAX_OUTLINED = 20 * 1000 * 1000 };

static uint64_t outline(const struct pickle_value *v, int depth, size_t *left);

/* Of a dictionary its values' sizes only: the order and the parameters that
 * change nothing must not count. */
static uint64_t outline_unordered(const struct pickle_value *v, uint64_t h,
				  int depth, size_t *left)
{
	size_t n = v->list.len, first = v->type == PICKLE_DICT ? 1 : n;

	if (n > OUTLINE_CHILDREN)
		return h + n;
	for (size_t i = first; i < n; i += 2) {
		const struct pickle_value *child = v->list.at[i];
		if (!pickle_n_children(child) && child->type != PICKLE_ARRAY)
			continue;
		if (depth == OUTLINE_LEVELS || !*left)
			continue;
		(*left)--;
		h += outline(child, depth + 1, left) *
		     UINT64_C(0xbf58476d1ce4e5b9);
	}
	return h;
}

/* What can be told of a value without looking at its arrays' bytes: cheap
 * enough to rule out another order before anything is digested. Equal values
 * have equal outlines while `left` lasts. */
static uint64_t outline(const struct pickle_value *v, int depth, size_t *left)
{
	uint64_t h = (uint64_t)v->type + 1;
	size_t n = pickle_n_children(v);

	if (v->type == PICKLE_INT)
		h = h * 31 + (uint64_t)v->integer;
	if (v->type == PICKLE_ARRAY)
		h = h * 31 + v->array->nd.count;
	if (v->type == PICKLE_STR || v->type == PICKLE_BYTES)
		h = h * 31 + v->text.len;
	if (v->type == PICKLE_DICT || v->type == PICKLE_SET ||
	    v->type == PICKLE_FROZENSET)
		return outline_unordered(v, h, depth, left);
	for (size_t i = 0; i < n && i < OUTLINE_CHILDREN; i++) {
		const struct pickle_value *child = pickle_child(v, i);
		if (!child || depth == OUTLINE_LEVELS || !*left)
			continue;
		(*left)--;
		h = h * UINT64_C(0x100000001b3) +
		    outline(child, depth + 1, left);
	}
	return h;
}

static bool outlines_match(struct pickle_walk *w, const struct pickle_list *a,
			   const struct pickle_list *b)
{
	uint64_t x = 0, y = 0;
	size_t left_a = OUTLINE_VALUES, left_b = OUTLINE_VALUES;

	for (size_t i = 0; i < a->len; i++) {
		x += outline(a->at[i], 0, &left_a) *
		     UINT64_C(0x9e3779b97f4a7c15);
		y += outline(b->at[i], 0, &left_b) *
		     UINT64_C(0x9e3779b97f4a7c15);
	}
	w->outlined += 2 * OUTLINE_VALUES - left_a - left_b;
	/* Where it didn't last, nothing is ruled out. */
	return x == y || !left_a || !left_b;
}

int pickle_is_permuted(struct pickle_walk *w, const struct pickle_list *a,
		       const struct pickle_list *b)
{
	if (a->len != b->len || a->len < 2 || w->outlined > MAX_OUTLINED ||
	    !outlines_match(w, a, b))
		return 0;
	struct digested *x = pickle_digest_list(w, true, a, 1);
	struct digested *y = x ? pickle_digest_list(w, false, b, 1) : NULL;
	int same = y ? 1 : -1;
	for (size_t i = 0; i < a->len && same == 1; i++)
		same = pickle_by_digest(&x[i], &y[i]) == 0;
	free(x);
	free(y);
	return same;
}
