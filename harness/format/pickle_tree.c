#include "format/pickle_tree.h"

#include "base/alloc.h"
#include "format/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct printer {
	const struct pickle_tree_limits *limits;
	struct strbuf *into;
	unsigned char *seen; /* by id */
	size_t lines;
};

static void print(struct printer *p, const char *label,
		  const struct pickle_value *v, int depth);

static bool begin_line(struct printer *p, int depth)
{
	if (p->lines == p->limits->lines)
		strbuf_addstr(p->into, "...\n");
	if (p->lines++ >= p->limits->lines)
		return false;
	strbuf_addchars(p->into, ' ', (size_t)depth * 2);
	return true;
}

static void print_more(struct printer *p, size_t count, int depth)
{
	if (count && begin_line(p, depth))
		strbuf_addf(p->into, "... %zu more\n", count);
}

/* (name, estimator) or (name, estimator, columns). */
static bool is_named(const struct pickle_value *v)
{
	return v->type == PICKLE_TUPLE &&
	       (v->list.len == 2 || v->list.len == 3) &&
	       v->list.at[0]->type == PICKLE_STR &&
	       v->list.at[1]->type == PICKLE_OBJECT;
}

/* "[1] 'clf': sklearn.ensemble..." */
static void print_named(struct printer *p, const char *index,
			const struct pickle_value *v, int depth)
{
	struct strbuf label = STRBUF_INIT(512);

	strbuf_addf(&label, "%s ", index);
	pickle_print(v->list.at[0], 60, &label);
	print(p, label.buf, v->list.at[1], depth);
	if (v->list.len == 3)
		print(p, "  of", v->list.at[2], depth);
	strbuf_release(&label);
}

static void print_elements(struct printer *p, const struct pickle_value *v,
			   int depth)
{
	size_t n = pickle_len(v), shown = p->limits->list;
	char label[32];

	for (size_t i = 0; i < n && i < shown; i++) {
		const struct pickle_value *element = pickle_at(v, i);
		snprintf(label, sizeof(label), "[%zu]", i);
		if (is_named(element))
			print_named(p, label, element, depth);
		else
			print(p, label, element, depth);
	}
	print_more(p, n > shown ? n - shown : 0, depth);
}

static void print_pairs(struct printer *p, const struct pickle_list *pairs,
			int depth)
{
	size_t n = pairs->len / 2, shown = 40;

	for (size_t i = 0; i < n && i < shown; i++) {
		const struct pickle_value *key = pairs->at[2 * i];
		struct strbuf label = STRBUF_INIT(256);
		if (key->type == PICKLE_STR)
			utf8_add_visible(&label, key->text.at,
					 key->text.len < 80 ? key->text.len
							    : 80, NULL);
		else
			pickle_print(key, 80, &label);
		print(p, label.buf, pairs->at[2 * i + 1], depth);
		strbuf_release(&label);
	}
	print_more(p, n > shown ? n - shown : 0, depth);
}

static void print_object(struct printer *p, const struct pickle_value *v,
			 int depth)
{
	const struct pickle_object *o = v->object;
	const struct pickle_value *state = pickle_state_dict(v);

	if (o->args && pickle_len(o->args))
		print(p, "(arguments)", o->args, depth);
	if (o->kwargs)
		print(p, "(keywords)", o->kwargs, depth);
	if (state)
		print_pairs(p, &state->list, depth);
	else if (o->state)
		print(p, "(state)", o->state, depth);
	print_elements(p, v, depth);
	print_pairs(p, &o->pairs, depth);
}

static void describe(const struct pickle_value *v, struct strbuf *into)
{
	switch (v->type) {
	case PICKLE_OBJECT:
		strbuf_addstr(into, pickle_class(v));
		if (!v->object->is_new && !v->object->state)
			pickle_print(v->object->args, 100, into);
		return;
	case PICKLE_LIST: case PICKLE_TUPLE: case PICKLE_SET:
	case PICKLE_FROZENSET:
		if (v->list.len > 4)
			strbuf_addf(into, "%s of %zu",
				    pickle_type_name(v->type), v->list.len);
		else
			pickle_print(v, 60, into);
		return;
	case PICKLE_DICT:
		strbuf_addf(into, "dict of %zu", v->list.len / 2);
		return;
	default:
		pickle_print(v, 100, into);
	}
}

static bool has_inside(const struct pickle_value *v)
{
	return v->type == PICKLE_OBJECT || v->type == PICKLE_DICT ||
	       pickle_len(v) > 0;
}

/* Lists of plain values are said in their own line. */
static bool is_plain(const struct pickle_value *v)
{
	if (v->type == PICKLE_OBJECT || v->type == PICKLE_DICT)
		return false;
	for (size_t i = 0; i < pickle_len(v); i++)
		if (i == 4 || has_inside(pickle_at(v, i)))
			return false;
	return true;
}

static void print(struct printer *p, const char *label,
		  const struct pickle_value *v, int depth)
{
	unsigned char bit = (unsigned char)(1 << v->id % 8);

	if (!begin_line(p, depth))
		return;
	if (label)
		strbuf_addf(p->into, "%s: ", label);
	describe(v, p->into);
	bool again = has_inside(v) && (p->seen[v->id / 8] & bit);
	strbuf_addstr(p->into, again ? " (as above)\n" : "\n");
	if (again || !has_inside(v) || is_plain(v) ||
	    depth >= p->limits->depth)
		return;
	p->seen[v->id / 8] |= bit;
	if (v->type == PICKLE_OBJECT)
		print_object(p, v, depth + 1);
	else if (v->type == PICKLE_DICT)
		print_pairs(p, &v->list, depth + 1);
	else
		print_elements(p, v, depth + 1);
}

void pickle_tree_print(const struct pickle *p,
		       const struct pickle_tree_limits *limits,
		       struct strbuf *into)
{
	struct printer printer = { limits, into,
				   xcalloc(p->n_values / 8 + 1, 1), 0 };

	print(&printer, NULL, p->root, 0);
	free(printer.seen);
}
