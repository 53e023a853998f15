/* One line that says what a value is. */
#include "format/pickle.h"

#include "base/number.h"
#include "format/python_text.h"

#include <string.h>

static void print(const struct pickle_value *v, size_t max, int depth,
		  struct strbuf *into);

static const char *short_name(const char *full)
{
	const char *dot = strrchr(full, '.');

	return dot ? dot + 1 : full;
}

static void print_long(const struct pickle_value *v, struct strbuf *into)
{
	const unsigned char *bytes = (const unsigned char *)v->text.at;
	size_t n = v->text.len, shown = n < 20 ? n : 20;

	strbuf_addf(into, "int of %zu bytes 0x", n);
	for (size_t i = 0; i < shown; i++)
		strbuf_addf(into, "%02x", bytes[n - 1 - i]);
	strbuf_addstr(into, shown < n ? "..." : "");
}

static void print_list(const struct pickle_list *list, const char *open,
		       const char *close, bool pairs, size_t max, int depth,
		       struct strbuf *into)
{
	size_t start = into->len;

	strbuf_addstr(into, open);
	for (size_t i = 0; i < list->len; i++) {
		strbuf_addstr(into, !i ? "" : pairs && i % 2 ? ": " : ", ");
		if (depth > 3 || into->len - start > max) {
			strbuf_addf(into, "... %zu in all",
				    pairs ? list->len / 2 : list->len);
			break;
		}
		print(list->at[i], max, depth + 1, into);
	}
	strbuf_addstr(into, close);
}

static void print_array(const struct pickle_value *v, size_t max,
			struct strbuf *into)
{
	const struct ndarray *nd = &v->array->nd;
	size_t start = into->len;

	if (v->type == PICKLE_SCALAR) {
		if (nd->count == 1 && nd->data)
			dtype_print(nd->type, nd->data, max, into);
		return;
	}
	if (nd->type->n_fields)
		strbuf_addf(into, "array of %zu fields", nd->type->n_fields);
	else
		dtype_describe(nd->type, into);
	if (!nd->type->n_fields)
		strbuf_addstr(into, " array");
	strbuf_addstr(into, " of shape ");
	ndarray_describe_shape(nd, into);
	if (!nd->data || nd->count > 8 || nd->type->n_fields)
		return;
	strbuf_addstr(into, " [");
	for (size_t i = 0; i < nd->count && into->len - start < max; i++) {
		strbuf_addstr(into, i ? ", " : "");
		dtype_print(nd->type, nd->data + ndarray_offset(nd, i), max,
			    into);
	}
	strbuf_addch(into, ']');
}

static void print_object(const struct pickle_value *v, size_t max, int depth,
			 struct strbuf *into)
{
	const struct pickle_object *o = v->object;

	strbuf_addstr(into, short_name(pickle_class(v)));
	if (o->args && o->args->type == PICKLE_TUPLE && o->args->list.len)
		print_list(&o->args->list, "(", ")", false, max, depth, into);
	else
		strbuf_addstr(into, o->state ? "(...)" : "()");
}

static void print_text(const struct pickle_value *v, const char *prefix,
		       size_t max, struct strbuf *into)
{
	strbuf_addstr(into, prefix);
	python_text_quote(into, v->text.at, v->text.len, max);
}

static void print(const struct pickle_value *v, size_t max, int depth,
		  struct strbuf *into)
{
	char buf[NUMBER_TEXT];
	const char *text;

	switch (v->type) {
	case PICKLE_NONE: strbuf_addstr(into, "None"); return;
	case PICKLE_BOOL:
		strbuf_addstr(into, v->boolean ? "True" : "False");
		return;
	case PICKLE_INT:
		strbuf_addf(into, "%lld", (long long)v->integer);
		return;
	case PICKLE_LONG: print_long(v, into); return;
	case PICKLE_FLOAT:
		text = number_format_double(v->real, buf);
		strbuf_addstr(into, text);
		if (!strpbrk(text, ".en") && v->real - v->real == 0)
			strbuf_addstr(into, ".0");
		return;
	case PICKLE_STR: print_text(v, "", max, into); return;
	case PICKLE_BYTES: print_text(v, "b", max, into); return;
	case PICKLE_BYTEARRAY: print_text(v, "bytearray b", max, into); return;
	case PICKLE_LIST:
		print_list(&v->list, "[", "]", false, max, depth, into);
		return;
	case PICKLE_TUPLE:
		print_list(&v->list, "(", v->list.len == 1 ? ",)" : ")", false,
			   max, depth, into);
		return;
	case PICKLE_SET: case PICKLE_FROZENSET:
		print_list(&v->list, "{", "}", false, max, depth, into);
		return;
	case PICKLE_DICT:
		print_list(&v->list, "{", "}", true, max, depth, into);
		return;
	case PICKLE_GLOBAL: strbuf_addstr(into, v->global->full); return;
	case PICKLE_OBJECT: print_object(v, max, depth, into); return;
	case PICKLE_DTYPE:
		strbuf_addstr(into, "dtype ");
		dtype_describe(v->dtype, into);
		return;
	case PICKLE_ARRAY: case PICKLE_SCALAR:
		print_array(v, max, into);
		return;
	}
}

void pickle_print(const struct pickle_value *v, size_t max,
		  struct strbuf *into)
{
	if (v)
		print(v, max, 0, into);
}
