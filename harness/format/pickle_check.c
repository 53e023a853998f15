/* What must hold of a finished graph before anybody walks it. */
#include "format/pickle_vm.h"

#include <stdlib.h>

struct frame {
	const struct pickle_value *value;
	size_t next; /* which child comes next */
};

/* Orders the keys that can be compared by their bytes: texts, bytes and
 * single values. */
static int by_key(const void *a, const void *b)
{
	const struct pickle_value *x = *(struct pickle_value *const *)a;
	const struct pickle_value *y = *(struct pickle_value *const *)b;

	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	if (x->type == PICKLE_NONE)
		return 0;
	if (x->type == PICKLE_BOOL)
		return x->boolean - y->boolean;
	if (x->type == PICKLE_INT)
		return x->integer < y->integer ? -1 : x->integer > y->integer;
	size_t n = x->text.len < y->text.len ? x->text.len : y->text.len;
	int order = memcmp(x->text.at, y->text.at, n);
	if (order)
		return order;
	return x->text.len < y->text.len ? -1 : x->text.len > y->text.len;
}

static int complain_of_key(const struct pickle_value *key, struct error *err)
{
	struct strbuf text = STRBUF_INIT(200);

	pickle_print(key, 80, &text);
	error_set(err, ERROR_INVALID, "pickle, byte %llu: duplicate key %s",
		  (unsigned long long)key->offset, text.buf);
	strbuf_release(&text);
	return -1;
}

static int check_keys(const struct pickle_list *pairs, struct error *err)
{
	size_t n = 0;
	int result = 0;

	if (pairs->len < 4)
		return 0;
	struct pickle_value **keys =
		xreallocarray(NULL, pairs->len / 2, sizeof(*keys));
	for (size_t i = 0; i < pairs->len; i += 2) {
		enum pickle_type type = pairs->at[i]->type;
		if (type == PICKLE_STR || type == PICKLE_BYTES ||
		    type == PICKLE_INT || type == PICKLE_BOOL ||
		    type == PICKLE_NONE)
			keys[n++] = pairs->at[i];
	}
	qsort(keys, n, sizeof(*keys), by_key);
	for (size_t i = 1; i < n && !result; i++)
		if (by_key(&keys[i - 1], &keys[i]) == 0)
			result = complain_of_key(keys[i], err);
	free(keys);
	return result;
}

static int check_value(const struct pickle_value *v, struct error *err)
{
	if (v->type == PICKLE_DICT)
		return check_keys(&v->list, err);
	if (v->type == PICKLE_OBJECT)
		return check_keys(&v->object->pairs, err);
	return 0;
}

int pickle_check_graph(struct pickle *p, struct error *err)
{
	struct frame *stack =
		xreallocarray(NULL, PICKLE_MAX_DEPTH, sizeof(*stack));
	unsigned char *seen = xcalloc(p->n_values / 8 + 1, 1);
	size_t depth = 0;
	int result = check_value(p->root, err);

	stack[depth++] = (struct frame){ p->root, 0 };
	seen[p->root->id / 8] |= (unsigned char)(1 << p->root->id % 8);
	while (depth && !result) {
		struct frame *f = &stack[depth - 1];
		const struct pickle_value *child =
			pickle_child(f->value, f->next++);
		if (!child) {
			if (f->next > pickle_n_children(f->value))
				depth--;
			continue;
		}
		unsigned char bit = (unsigned char)(1 << child->id % 8);
		if (seen[child->id / 8] & bit)
			continue;
		seen[child->id / 8] |= bit;
		result = check_value(child, err);
		if (!result && depth == PICKLE_MAX_DEPTH)
			result = error_set(err, ERROR_LIMIT,
					   "pickle, byte %llu: nested deeper "
					   "than %d",
					   (unsigned long long)child->offset,
					   PICKLE_MAX_DEPTH);
		if (!result)
			stack[depth++] = (struct frame){ child, 0 };
	}
	free(stack);
	free(seen);
	return result;
}
