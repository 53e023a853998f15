/* Decoded values as JSON. */
#include "format/pickle_summary.h"

#include "format/utf8.h"

#include <math.h>
#include <string.h>

/* MAX_VALUES in all: small inputs unfold to 1000^depth. */
enum { MAX_LIST = 1000, MAX_VALUES = 20000 };

static json_t *to_json(const struct pickle_value *v, int max_depth,
		       size_t *left);

static json_t *text_json(const char *s, size_t len)
{
	json_t *text = json_stringn(s, len);

	if (text)
		return text;
	/* Not UTF-8: shown with marks in place of what isn't. */
	struct strbuf sb = STRBUF_INIT(STRBUF_TEXT);
	utf8_add_visible(&sb, s, len, "\n\t");
	text = json_stringn(sb.buf, sb.len);
	strbuf_release(&sb);
	return text;
}

static json_t *printed(const struct pickle_value *v)
{
	struct strbuf sb = STRBUF_INIT(4096);

	pickle_print(v, 200, &sb);
	json_t *text = text_json(sb.buf, sb.len);
	strbuf_release(&sb);
	return text;
}

static json_t *real_json(double value)
{
	if (isnan(value))
		return json_string("nan");
	if (isinf(value))
		return json_string(value < 0 ? "-inf" : "inf");
	return json_real(value);
}

static json_t *element_json(const struct dtype *type, const unsigned char *at)
{
	struct strbuf sb = STRBUF_INIT(4096);
	json_t *value;

	if (type->kind == 'b')
		return json_boolean(at[0]);
	if (type->kind == 'i')
		return json_integer(dtype_int(type, at));
	if (type->kind == 'u' && dtype_int(type, at) >= 0)
		return json_integer(dtype_int(type, at));
	if (type->kind == 'f' && type->itemsize <= 8)
		return real_json(dtype_double(type, at));
	dtype_print(type, at, 1000, &sb);
	if (type->kind == 'U' && sb.len >= 2) /* without its quotes */
		value = text_json(sb.buf + 1, sb.len - 2);
	else
		value = text_json(sb.buf, sb.len);
	strbuf_release(&sb);
	return value;
}

static json_t *array_json(const struct pickle_value *v, int max_depth,
			  size_t *left)
{
	const struct ndarray *nd = &v->array->nd;

	if (v->type == PICKLE_SCALAR)
		return nd->data && nd->count == 1
			? element_json(nd->type, nd->data) : printed(v);
	if (nd->n_dims != 1 || nd->count > MAX_LIST || nd->type->n_fields)
		return printed(v);
	json_t *list = json_array();
	for (size_t i = 0; i < nd->count; i++)
		json_array_append_new(list, nd->data
			? element_json(nd->type,
				       nd->data + ndarray_offset(nd, i))
			: to_json(v->array->objects[i], max_depth - 1, left));
	return list;
}

static json_t *list_json(const struct pickle_value *v, int max_depth,
			 size_t *left)
{
	json_t *list = json_array();

	for (size_t i = 0; i < v->list.len; i++)
		json_array_append_new(list, to_json(v->list.at[i],
						    max_depth - 1, left));
	return list;
}

static json_t *dict_json(const struct pickle_value *v, int max_depth,
			 size_t *left)
{
	json_t *object = json_object();

	for (size_t i = 0; i + 1 < v->list.len; i += 2) {
		const struct pickle_value *key = v->list.at[i];
		if (key->type != PICKLE_STR ||
		    json_object_setn_new(object, key->text.at, key->text.len,
					 to_json(v->list.at[i + 1],
						 max_depth - 1, left)) < 0) {
			json_decref(object);
			return printed(v);
		}
	}
	return object;
}

static json_t *to_json(const struct pickle_value *v, int max_depth,
		       size_t *left)
{
	if (!v)
		return json_null();
	if (!*left)
		return json_string("...");
	(*left)--;
	switch (v->type) {
	case PICKLE_NONE: return json_null();
	case PICKLE_BOOL: return json_boolean(v->boolean);
	case PICKLE_INT: return json_integer(v->integer);
	case PICKLE_FLOAT: return real_json(v->real);
	case PICKLE_STR: return text_json(v->text.at, v->text.len);
	case PICKLE_ARRAY: case PICKLE_SCALAR:
		return max_depth > 0 ? array_json(v, max_depth, left)
				     : printed(v);
	case PICKLE_LIST: case PICKLE_TUPLE: case PICKLE_SET:
	case PICKLE_FROZENSET:
		return max_depth > 0 && v->list.len <= MAX_LIST
			? list_json(v, max_depth, left) : printed(v);
	case PICKLE_DICT:
		return max_depth > 0 && v->list.len <= 2 * MAX_LIST
			? dict_json(v, max_depth, left) : printed(v);
	default: return printed(v);
	}
}

json_t *pickle_to_json(const struct pickle_value *v, int max_depth)
{
	size_t left = MAX_VALUES;

	return to_json(v, max_depth, &left);
}
