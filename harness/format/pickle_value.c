/* Looking at values. */
#include "format/pickle.h"

#include <string.h>

const char *pickle_type_name(enum pickle_type type)
{
	static const char *const names[] = {
		[PICKLE_NONE] = "None", [PICKLE_BOOL] = "bool",
		[PICKLE_INT] = "int", [PICKLE_LONG] = "int",
		[PICKLE_FLOAT] = "float", [PICKLE_STR] = "str",
		[PICKLE_BYTES] = "bytes", [PICKLE_BYTEARRAY] = "bytearray",
		[PICKLE_LIST] = "list", [PICKLE_TUPLE] = "tuple",
		[PICKLE_SET] = "set", [PICKLE_FROZENSET] = "frozenset",
		[PICKLE_DICT] = "dict", [PICKLE_GLOBAL] = "global",
		[PICKLE_OBJECT] = "object", [PICKLE_DTYPE] = "numpy.dtype",
		[PICKLE_ARRAY] = "numpy.ndarray",
		[PICKLE_SCALAR] = "numpy.generic",
	};

	return names[type];
}

bool pickle_is_str(const struct pickle_value *v, const char *text)
{
	return v && v->type == PICKLE_STR && v->text.len == strlen(text) &&
	       memcmp(v->text.at, text, v->text.len) == 0;
}

char *pickle_str(struct arena *arena, const struct pickle_value *v)
{
	if (!v || v->type != PICKLE_STR)
		return NULL;
	return arena_strndup(arena, v->text.at, v->text.len);
}

bool pickle_double(const struct pickle_value *v, double *ret)
{
	if (!v)
		return false;
	switch (v->type) {
	case PICKLE_BOOL:
		*ret = v->boolean;
		return true;
	case PICKLE_INT:
		*ret = (double)v->integer;
		return true;
	case PICKLE_FLOAT:
		*ret = v->real;
		return true;
	case PICKLE_SCALAR:
		if (!strchr("biuf", v->array->nd.type->kind) ||
		    !v->array->nd.data)
			return false;
		*ret = dtype_double(v->array->nd.type, v->array->nd.data);
		return true;
	default:
		return false;
	}
}

bool pickle_int(const struct pickle_value *v, int64_t *ret)
{
	double real;

	if (v && v->type == PICKLE_INT) {
		*ret = v->integer;
		return true;
	}
	if (v && v->type == PICKLE_SCALAR && v->array->nd.data &&
	    strchr("biu", v->array->nd.type->kind)) {
		*ret = dtype_int(v->array->nd.type, v->array->nd.data);
		return true;
	}
	if (!pickle_double(v, &real) || !(real > -9e15 && real < 9e15) ||
	    (double)(int64_t)real != real)
		return false;
	*ret = (int64_t)real;
	return true;
}

bool pickle_bool(const struct pickle_value *v, bool *ret)
{
	int64_t n;

	if (!v || (v->type != PICKLE_BOOL && v->type != PICKLE_SCALAR &&
		   v->type != PICKLE_INT) ||
	    !pickle_int(v, &n))
		return false;
	*ret = n != 0;
	return true;
}

const char *pickle_class(const struct pickle_value *v)
{
	if (!v)
		return NULL;
	if (v->type == PICKLE_GLOBAL)
		return v->global->full;
	if (v->type != PICKLE_OBJECT)
		return pickle_type_name(v->type);
	/* A class made at run time: its maker's name is what there is. */
	const struct pickle_value *cls = v->object->cls;
	for (int i = 0; i < 8 && cls->type == PICKLE_OBJECT; i++)
		cls = cls->object->cls;
	return cls->type == PICKLE_GLOBAL ? cls->global->full
					  : pickle_type_name(cls->type);
}

bool pickle_is_a(const struct pickle_value *v, const char *class_name)
{
	return v && v->type == PICKLE_OBJECT &&
	       v->object->cls->type == PICKLE_GLOBAL &&
	       strcmp(v->object->cls->global->full, class_name) == 0;
}

static const struct pickle_list *sequence(const struct pickle_value *v)
{
	if (!v)
		return NULL;
	switch (v->type) {
	case PICKLE_LIST: case PICKLE_TUPLE: case PICKLE_SET:
	case PICKLE_FROZENSET:
		return &v->list;
	case PICKLE_OBJECT:
		return &v->object->items;
	default:
		return NULL;
	}
}

size_t pickle_len(const struct pickle_value *v)
{
	const struct pickle_list *list = sequence(v);

	if (list)
		return list->len;
	return v && v->type == PICKLE_ARRAY && v->array->objects
		? v->array->nd.count : 0;
}

const struct pickle_value *pickle_at(const struct pickle_value *v, size_t i)
{
	const struct pickle_list *list = sequence(v);

	if (i >= pickle_len(v))
		return NULL;
	return list ? list->at[i] : v->array->objects[i];
}

/* Looking up is linear, and callers look up in every element of a list. */
enum { MAX_LOOKUP = 65536 };

const struct pickle_value *pickle_item(const struct pickle_value *v,
				       const char *key)
{
	const struct pickle_list *pairs = NULL;

	if (v && v->type == PICKLE_DICT)
		pairs = &v->list;
	else if (v && v->type == PICKLE_OBJECT)
		pairs = &v->object->pairs;
	for (size_t i = 0; pairs && i + 1 < pairs->len && i < 2 * MAX_LOOKUP;
	     i += 2)
		if (pickle_is_str(pairs->at[i], key))
			return pairs->at[i + 1];
	return NULL;
}

const struct pickle_value *pickle_state_dict(const struct pickle_value *v)
{
	const struct pickle_value *state =
		v && v->type == PICKLE_OBJECT ? v->object->state : NULL;

	if (state && state->type == PICKLE_TUPLE && state->list.len == 2 &&
	    state->list.at[0]->type == PICKLE_DICT)
		state = state->list.at[0];
	return state && state->type == PICKLE_DICT ? state : NULL;
}

const struct pickle_value *pickle_attribute(const struct pickle_value *v,
					    const char *name)
{
	const struct pickle_value *state =
		v && v->type == PICKLE_OBJECT ? v->object->state : NULL;
	const struct pickle_value *found =
		pickle_item(pickle_state_dict(v), name);

	if (!found && state && state->type == PICKLE_TUPLE &&
	    state->list.len == 2)
		found = pickle_item(state->list.at[1], name);
	return found;
}

const struct ndarray *pickle_ndarray(const struct pickle_value *v)
{
	return v && v->type == PICKLE_ARRAY && v->array->nd.data
		? &v->array->nd : NULL;
}

enum { OBJECT_PARTS = 5 };

size_t pickle_n_children(const struct pickle_value *v)
{
	switch (v->type) {
	case PICKLE_LIST: case PICKLE_TUPLE: case PICKLE_SET:
	case PICKLE_FROZENSET: case PICKLE_DICT:
		return v->list.len;
	case PICKLE_ARRAY:
		return v->array->objects ? v->array->nd.count : 0;
	case PICKLE_OBJECT:
		return OBJECT_PARTS + v->object->items.len +
		       v->object->pairs.len;
	default:
		return 0;
	}
}

const struct pickle_value *pickle_child(const struct pickle_value *v, size_t i)
{
	if (i >= pickle_n_children(v))
		return NULL;
	if (v->type == PICKLE_ARRAY)
		return v->array->objects[i];
	if (v->type != PICKLE_OBJECT)
		return v->list.at[i];
	const struct pickle_object *o = v->object;
	const struct pickle_value *const parts[OBJECT_PARTS] = {
		o->cls, o->args, o->kwargs, o->state, o->setter,
	};
	if (i < OBJECT_PARTS)
		return parts[i];
	i -= OBJECT_PARTS;
	return i < o->items.len ? o->items.at[i]
				: o->pairs.at[i - o->items.len];
}
