/* What a call would give, for the few names that stand for plain data. */
#include "format/pickle_vm.h"

#include <stdlib.h>

struct pickle_value *pickle_new_object(struct pickle_vm *vm,
				       struct pickle_value *cls,
				       struct pickle_value *args, bool is_new)
{
	struct pickle_value *v = pickle_new(vm, PICKLE_OBJECT);

	if (!v)
		return NULL;
	v->object = arena_new(&vm->out->arena, struct pickle_object);
	v->object->cls = cls;
	v->object->args = args;
	v->object->is_new = is_new;
	return v;
}

static struct pickle_value *arg(const struct pickle_value *args, size_t i)
{
	return i < args->list.len ? args->list.at[i] : NULL;
}

static bool is_latin1(const struct pickle_value *v)
{
	return pickle_is_str(v, "latin1") || pickle_is_str(v, "latin-1");
}

/* _codecs.encode(text, 'latin1'): how protocols below 3 write bytes. */
static int call_encode(struct pickle_vm *vm, struct pickle_value *args,
		       struct pickle_value **ret)
{
	const struct pickle_value *text = arg(args, 0);
	struct pickle_text bytes;

	if (args->list.len != 2 || text->type != PICKLE_STR ||
	    !is_latin1(arg(args, 1)))
		return 0;
	if (pickle_latin1(vm, text->text, &bytes) < 0)
		return -1;
	*ret = pickle_new(vm, PICKLE_BYTES);
	if (*ret)
		(*ret)->text = bytes;
	return *ret ? 0 : -1;
}

static int call_bytes(struct pickle_vm *vm, struct pickle_value *args,
		      struct pickle_value **ret)
{
	if (args->list.len)
		return 0;
	*ret = pickle_new(vm, PICKLE_BYTES);
	if (*ret)
		(*ret)->text = (struct pickle_text){ "", 0 };
	return *ret ? 0 : -1;
}

static int call_bytearray(struct pickle_vm *vm, struct pickle_value *args,
			  struct pickle_value **ret)
{
	const struct pickle_value *from = arg(args, 0);
	struct pickle_text bytes = { "", 0 };

	if (args->list.len == 2 && from->type == PICKLE_STR &&
	    is_latin1(arg(args, 1))) {
		if (pickle_latin1(vm, from->text, &bytes) < 0)
			return -1;
	} else if (args->list.len == 1 && from->type == PICKLE_BYTES) {
		bytes = from->text;
	} else if (args->list.len) {
		return 0;
	}
	*ret = pickle_new(vm, PICKLE_BYTEARRAY);
	if (*ret)
		(*ret)->text = bytes;
	return *ret ? 0 : -1;
}

static int make_set(struct pickle_vm *vm, enum pickle_type type,
		    struct pickle_value *args, struct pickle_value **ret)
{
	const struct pickle_value *from = arg(args, 0);

	if (args->list.len > 1 || (from && from->type != PICKLE_LIST &&
				   from->type != PICKLE_TUPLE))
		return 0;
	*ret = pickle_new(vm, type);
	if (!*ret)
		return -1;
	for (size_t i = 0; from && i < from->list.len; i++)
		if (pickle_list_add(vm, &(*ret)->list, from->list.at[i]) < 0)
			return -1;
	return 0;
}

static int call_set(struct pickle_vm *vm, struct pickle_value *args,
		    struct pickle_value **ret)
{
	return make_set(vm, PICKLE_SET, args, ret);
}

static int call_frozenset(struct pickle_vm *vm, struct pickle_value *args,
			  struct pickle_value **ret)
{
	return make_set(vm, PICKLE_FROZENSET, args, ret);
}

/* The arguments from the second on, as a tuple of their own. */
static struct pickle_value *rest_of(struct pickle_vm *vm,
				    const struct pickle_value *args)
{
	struct pickle_value *rest = pickle_new(vm, PICKLE_TUPLE);

	for (size_t i = 1; rest && i < args->list.len; i++)
		if (pickle_list_add(vm, &rest->list, args->list.at[i]) < 0)
			return NULL;
	return rest;
}

static int call_newobj(struct pickle_vm *vm, struct pickle_value *args,
		       struct pickle_value **ret)
{
	if (!args->list.len)
		return 0;
	struct pickle_value *rest = rest_of(vm, args);
	*ret = rest ? pickle_new_object(vm, arg(args, 0), rest, true) : NULL;
	return *ret ? 0 : -1;
}

static int call_newobj_ex(struct pickle_vm *vm, struct pickle_value *args,
			  struct pickle_value **ret)
{
	if (args->list.len != 3 || arg(args, 1)->type != PICKLE_TUPLE ||
	    arg(args, 2)->type != PICKLE_DICT)
		return 0;
	*ret = pickle_new_object(vm, arg(args, 0), arg(args, 1), true);
	if (!*ret)
		return -1;
	if (arg(args, 2)->list.len)
		(*ret)->object->kwargs = arg(args, 2);
	return 0;
}

/* _reconstructor(cls, object, None): how protocols 0 and 1 write what the
 * others write as cls.__new__(cls). */
static int call_reconstructor(struct pickle_vm *vm, struct pickle_value *args,
			      struct pickle_value **ret)
{
	if (args->list.len != 3 || arg(args, 1)->type != PICKLE_GLOBAL ||
	    strcmp(arg(args, 1)->global->full, "builtins.object") != 0 ||
	    arg(args, 2)->type != PICKLE_NONE)
		return 0;
	struct pickle_value *none = pickle_new(vm, PICKLE_TUPLE);
	*ret = none ? pickle_new_object(vm, arg(args, 0), none, true) : NULL;
	return *ret ? 0 : -1;
}

static const struct callable {
	const char *name;
	int (*call)(struct pickle_vm *vm, struct pickle_value *args,
		    struct pickle_value **ret);
} callables[] = { /* sorted */
	{ "_codecs.encode", call_encode },
	{ "builtins.bytearray", call_bytearray },
	{ "builtins.bytes", call_bytes },
	{ "builtins.frozenset", call_frozenset },
	{ "builtins.set", call_set },
	{ "copyreg.__newobj__", call_newobj },
	{ "copyreg.__newobj_ex__", call_newobj_ex },
	{ "copyreg._reconstructor", call_reconstructor },
	{ "numpy.core.multiarray._reconstruct", pickle_numpy_reconstruct },
	{ "numpy.core.multiarray.scalar", pickle_numpy_scalar },
	{ "numpy.core.numeric._frombuffer", pickle_numpy_frombuffer },
	{ "numpy.dtype", pickle_numpy_dtype },
};

static int by_name(const void *key, const void *entry)
{
	return strcmp(key, ((const struct callable *)entry)->name);
}

int pickle_call(struct pickle_vm *vm, struct pickle_value *callable,
		struct pickle_value *args, struct pickle_value **ret)
{
	const struct callable *known = NULL;

	*ret = NULL;
	if (callable->type == PICKLE_GLOBAL) {
		callable->global->calls++;
		known = bsearch(callable->global->full, callables,
				ARRAY_SIZE(callables), sizeof(callables[0]),
				by_name);
	}
	if (known && known->call(vm, args, ret) < 0)
		return -1;
	if (!*ret)
		*ret = pickle_new_object(vm, callable, args, false);
	return *ret ? 0 : -1;
}
