/* Opcodes of names, calls and objects. */
#include "format/pickle_vm.h"

#include "format/python_text.h"

#include <stdio.h>

/* Names of Python 2 that CPython maps when it loads protocols below 3
 * (Lib/_compat_pickle.py), as far as data uses them. */
static const char *const old_names[][2] = {
	{ "__builtin__.long", "builtins.int" },
	{ "__builtin__.unicode", "builtins.str" },
	{ "__builtin__.xrange", "builtins.range" },
};
static const char *const old_modules[][2] = {
	{ "__builtin__", "builtins" },
	{ "copy_reg", "copyreg" },
	{ "exceptions", "builtins" },
};

/* What follows the module in a full name; NULL where it is another's. */
static const char *below_module(const char *full, const char *module)
{
	size_t n = strlen(module);

	return strncmp(full, module, n) == 0 && full[n] == '.' ? full + n
							      : NULL;
}

/* Today's full name; the two parts are joined and translated. */
static char *full_name(struct arena *arena, const char *module,
		       const char *name, int protocol)
{
	char *full = arena_printf(arena, "%s.%s", module, name);
	const char *rest = below_module(full, "numpy._core");

	if (rest)
		return arena_printf(arena, "numpy.core%s", rest);
	if (protocol >= 3)
		return full;
	for (size_t i = 0; i < ARRAY_SIZE(old_names); i++)
		if (strcmp(full, old_names[i][0]) == 0)
			return arena_strdup(arena, old_names[i][1]);
	for (size_t i = 0; i < ARRAY_SIZE(old_modules); i++) {
		rest = below_module(full, old_modules[i][0]);
		if (rest)
			return arena_printf(arena, "%s%s", old_modules[i][1],
					    rest);
	}
	return full;
}

static bool is_name(struct pickle_text t)
{
	return t.len && t.len <= 500 && !memchr(t.at, '\0', t.len) &&
	       python_text_is_valid(t.at, t.len);
}

static int push_global(struct pickle_vm *vm, struct pickle_text module,
		       struct pickle_text name)
{
	struct arena *arena = &vm->out->arena;
	char key[1040];

	if (!is_name(module) || !is_name(name))
		return pickle_fail(vm, ERROR_INVALID,
				   "a module or name that can't be one");
	snprintf(key, sizeof(key), "%d %.*s\n%.*s", vm->protocol >= 3,
		 (int)module.len, module.at, (int)name.len, name.at);
	struct pickle_global *g = map_get(vm->global_map, key);
	if (!g) {
		g = arena_new(arena, struct pickle_global);
		g->module = arena_strndup(arena, module.at, module.len);
		g->name = arena_strndup(arena, name.at, name.len);
		g->full = full_name(arena, g->module, g->name, vm->protocol);
		g->offset = (size_t)(vm->op_at - vm->start);
		map_put(vm->global_map, key, g);
		*vec_push(&vm->globals) = g;
	}
	g->uses++;
	struct pickle_value *v = pickle_new(vm, PICKLE_GLOBAL);
	if (v)
		v->global = g;
	return pickle_push(vm, v);
}

int pickle_op_global(struct pickle_vm *vm)
{
	struct pickle_text module, name;

	if (pickle_take_line(vm, &module) < 0 ||
	    pickle_take_line(vm, &name) < 0)
		return -1;
	return push_global(vm, module, name);
}

int pickle_op_stack_global(struct pickle_vm *vm)
{
	struct pickle_value *module, *name;

	if (pickle_pop(vm, &name) < 0 || pickle_pop(vm, &module) < 0)
		return -1;
	if (module->type != PICKLE_STR || name->type != PICKLE_STR)
		return pickle_fail(vm, ERROR_INVALID,
				   "a global whose name is no text");
	return push_global(vm, module->text, name->text);
}

static int push_object(struct pickle_vm *vm, struct pickle_value *cls,
		       struct pickle_value *args, struct pickle_value *kwargs)
{
	struct pickle_value *v;

	if (args->type != PICKLE_TUPLE)
		return pickle_fail(vm, ERROR_INVALID,
				   "arguments that are no tuple");
	v = pickle_new_object(vm, cls, args, true);
	if (v && kwargs)
		v->object->kwargs = kwargs;
	return pickle_push(vm, v);
}

int pickle_op_reduce(struct pickle_vm *vm)
{
	struct pickle_value *callable, *args, *v;

	if (pickle_pop(vm, &args) < 0 || pickle_pop(vm, &callable) < 0)
		return -1;
	if (args->type != PICKLE_TUPLE)
		return pickle_fail(vm, ERROR_INVALID,
				   "arguments that are no tuple");
	if (pickle_call(vm, callable, args, &v) < 0)
		return -1;
	return pickle_push(vm, v);
}

int pickle_op_newobj(struct pickle_vm *vm)
{
	struct pickle_value *cls, *args;

	if (pickle_pop(vm, &args) < 0 || pickle_pop(vm, &cls) < 0)
		return -1;
	return push_object(vm, cls, args, NULL);
}

int pickle_op_newobj_ex(struct pickle_vm *vm)
{
	struct pickle_value *cls, *args, *kwargs;

	if (pickle_pop(vm, &kwargs) < 0 || pickle_pop(vm, &args) < 0 ||
	    pickle_pop(vm, &cls) < 0)
		return -1;
	if (kwargs->type != PICKLE_DICT)
		return pickle_fail(vm, ERROR_INVALID,
				   "keyword arguments that are no dict");
	return push_object(vm, cls, args, kwargs->list.len ? kwargs : NULL);
}

/* cls and its arguments above a mark. */
static int push_instance(struct pickle_vm *vm, struct pickle_value *cls,
			 struct pickle_value **at, size_t n)
{
	struct pickle_value *args = pickle_new(vm, PICKLE_TUPLE);

	if (!args || pickle_list_fill(vm, &args->list, at, n) < 0)
		return -1;
	return pickle_push(vm, pickle_new_object(vm, cls, args, false));
}

int pickle_op_obj(struct pickle_vm *vm)
{
	struct pickle_value **at;
	size_t n;

	if (pickle_pop_mark(vm, &at, &n) < 0)
		return -1;
	if (!n)
		return pickle_fail(vm, ERROR_INVALID, "the stack is empty");
	return push_instance(vm, at[0], at + 1, n - 1);
}

int pickle_op_inst(struct pickle_vm *vm)
{
	struct pickle_value **at, *cls;
	struct pickle_value **copy;
	size_t n;

	if (pickle_pop_mark(vm, &at, &n) < 0)
		return -1;
	copy = xreallocarray(NULL, n + 1, sizeof(*copy));
	for (size_t i = 0; i < n; i++)
		copy[i] = at[i];
	int result = pickle_op_global(vm);
	if (!result)
		result = pickle_pop(vm, &cls);
	if (!result)
		result = push_instance(vm, cls, copy, n);
	free(copy);
	return result;
}

/* State for something that isn't made here (a class, a function): a node of
 * its own, since nothing is changed in place. */
static int build_on_name(struct pickle_vm *vm, struct pickle_value *v,
			 struct pickle_value *state)
{
	struct pickle_value *o = pickle_new_object(vm, v, NULL, false);

	if (!o)
		return -1;
	o->object->state = state;
	vm->stack.at[vm->stack.len - 1] = o;
	return 0;
}

int pickle_op_build(struct pickle_vm *vm)
{
	struct pickle_value *state, *v;

	if (pickle_pop(vm, &state) < 0 || pickle_need_top(vm, &v) < 0)
		return -1;
	if (v->type == PICKLE_DTYPE)
		return pickle_numpy_build_dtype(vm, v, state);
	if (v->type == PICKLE_ARRAY)
		return pickle_numpy_build_array(vm, v, state);
	if (v->type == PICKLE_GLOBAL)
		return build_on_name(vm, v, state);
	if (v->type != PICKLE_OBJECT)
		return pickle_fail(vm, ERROR_INVALID, "gives a state to a %s",
				   pickle_type_name(v->type));
	if (v->object->state)
		return pickle_fail(vm, ERROR_INVALID,
				   "gives an object a second state");
	v->object->state = state;
	if (!vm->nested && pickle_is_joblib_wrapper(v))
		return pickle_joblib_read(vm, v);
	return 0;
}

