/* The opcodes, one function each, and the loop that runs them. */
#include "format/pickle_vm.h"

#include "format/python_text.h"

#include <stdio.h>

static struct pickle_value *top(const struct pickle_vm *vm)
{
	size_t floor = vm->marks.len ? vm->marks.at[vm->marks.len - 1] : 0;

	return vm->stack.len > floor ? vm->stack.at[vm->stack.len - 1] : NULL;
}

static int need_top(struct pickle_vm *vm, struct pickle_value **ret)
{
	*ret = top(vm);
	return *ret ? 0 : pickle_fail(vm, ERROR_INVALID, "the stack is empty");
}

/* Takes the values above the last mark off the stack; they stay readable in
 * the stack's memory until the next push. */
static int pop_mark(struct pickle_vm *vm, struct pickle_value ***ret,
		    size_t *ret_n)
{
	if (!vm->marks.len)
		return pickle_fail(vm, ERROR_INVALID, "no MARK before it");
	size_t height = vm->marks.at[--vm->marks.len];
	*ret_n = vm->stack.len - height;
	*ret = vm->stack.at + height;
	vm->stack.len = height;
	return 0;
}

static uint64_t little(const unsigned char *at, size_t n)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++)
		value |= (uint64_t)at[i] << (8 * i);
	return value;
}

static int take_number(struct pickle_vm *vm, size_t n, uint64_t *ret)
{
	const unsigned char *at;

	if (pickle_take(vm, n, &at) < 0)
		return -1;
	*ret = little(at, n);
	return 0;
}

/* --- plain values --------------------------------------------------- */

static int op_none(struct pickle_vm *vm)
{
	return pickle_push(vm, vm->none);
}

static int op_newtrue(struct pickle_vm *vm)
{
	return pickle_push(vm, vm->truth[1]);
}

static int op_newfalse(struct pickle_vm *vm)
{
	return pickle_push(vm, vm->truth[0]);
}

static int push_int(struct pickle_vm *vm, int64_t value)
{
	struct pickle_value *v = pickle_new(vm, PICKLE_INT);

	if (v)
		v->integer = value;
	return pickle_push(vm, v);
}

static int op_binint(struct pickle_vm *vm)
{
	uint64_t n;

	return take_number(vm, 4, &n) < 0 ? -1
					  : push_int(vm, (int32_t)(uint32_t)n);
}

static int op_binint1(struct pickle_vm *vm)
{
	uint64_t n;

	return take_number(vm, 1, &n) < 0 ? -1 : push_int(vm, (int64_t)n);
}

static int op_binint2(struct pickle_vm *vm)
{
	uint64_t n;

	return take_number(vm, 2, &n) < 0 ? -1 : push_int(vm, (int64_t)n);
}

static int op_long1(struct pickle_vm *vm)
{
	const unsigned char *at;
	uint64_t n;

	if (take_number(vm, 1, &n) < 0 || pickle_take(vm, n, &at) < 0)
		return -1;
	return pickle_push_long(vm, at, (size_t)n);
}

static int op_long4(struct pickle_vm *vm)
{
	const unsigned char *at;
	uint64_t n;

	if (take_number(vm, 4, &n) < 0)
		return -1;
	if (n > INT32_MAX)
		return pickle_fail(vm, ERROR_INVALID, "a negative length");
	if (pickle_take(vm, n, &at) < 0)
		return -1;
	return pickle_push_long(vm, at, (size_t)n);
}

static int op_binfloat(struct pickle_vm *vm)
{
	const unsigned char *at;
	uint64_t bits = 0;

	if (pickle_take(vm, 8, &at) < 0)
		return -1;
	for (int i = 0; i < 8; i++)
		bits = bits << 8 | at[i];
	struct pickle_value *v = pickle_new(vm, PICKLE_FLOAT);
	if (v)
		memcpy(&v->real, &bits, sizeof(v->real));
	return pickle_push(vm, v);
}

static int push_counted(struct pickle_vm *vm, enum pickle_type type,
			size_t width, bool is_signed)
{
	const unsigned char *at;
	uint64_t n;

	if (take_number(vm, width, &n) < 0)
		return -1;
	if (is_signed && n > INT32_MAX)
		return pickle_fail(vm, ERROR_INVALID, "a negative length");
	if (pickle_take(vm, n, &at) < 0)
		return -1;
	if (type == PICKLE_STR &&
	    !python_text_is_valid((const char *)at, (size_t)n))
		return pickle_fail(vm, ERROR_INVALID, "text that isn't UTF-8");
	struct pickle_value *v = pickle_new(vm, type);
	if (v)
		v->text = (struct pickle_text){ (const char *)at, (size_t)n };
	return pickle_push(vm, v);
}

/* Python 2's str: text where it is ASCII, else bytes. */
static int push_old_string(struct pickle_vm *vm, size_t width)
{
	if (push_counted(vm, PICKLE_BYTES, width, width == 4) < 0)
		return -1;
	struct pickle_value *v = top(vm);
	for (size_t i = 0; i < v->text.len; i++)
		if ((unsigned char)v->text.at[i] >= 0x80)
			return 0;
	v->type = PICKLE_STR;
	return 0;
}

static int op_binstring(struct pickle_vm *vm)
{
	return push_old_string(vm, 4);
}

static int op_short_binstring(struct pickle_vm *vm)
{
	return push_old_string(vm, 1);
}

static int op_short_binbytes(struct pickle_vm *vm)
{
	return push_counted(vm, PICKLE_BYTES, 1, false);
}

static int op_binbytes(struct pickle_vm *vm)
{
	return push_counted(vm, PICKLE_BYTES, 4, false);
}

static int op_binbytes8(struct pickle_vm *vm)
{
	return push_counted(vm, PICKLE_BYTES, 8, false);
}

static int op_bytearray8(struct pickle_vm *vm)
{
	return push_counted(vm, PICKLE_BYTEARRAY, 8, false);
}

static int op_short_binunicode(struct pickle_vm *vm)
{
	return push_counted(vm, PICKLE_STR, 1, false);
}

static int op_binunicode(struct pickle_vm *vm)
{
	return push_counted(vm, PICKLE_STR, 4, false);
}

static int op_binunicode8(struct pickle_vm *vm)
{
	return push_counted(vm, PICKLE_STR, 8, false);
}

/* --- containers ----------------------------------------------------- */

static int fill_list(struct pickle_vm *vm, struct pickle_list *list,
		     struct pickle_value **at, size_t n)
{
	struct arena *arena = &vm->out->arena;

	if (!list->alloc && n) { /* just the room it needs */
		if (arena->total + n * sizeof(*at) > vm->limits->max_memory)
			return pickle_fail(vm, ERROR_LIMIT,
					   "more than %zu bytes of memory",
					   vm->limits->max_memory);
		list->at = arena_array(arena, n, sizeof(*at));
		list->alloc = n;
	}
	for (size_t i = 0; i < n; i++)
		if (pickle_list_add(vm, list, at[i]) < 0)
			return -1;
	return 0;
}

static int push_container(struct pickle_vm *vm, enum pickle_type type,
			  struct pickle_value **at, size_t n)
{
	struct pickle_value *v = pickle_new(vm, type);

	if (!v || fill_list(vm, &v->list, at, n) < 0)
		return -1;
	return pickle_push(vm, v);
}

static int push_marked(struct pickle_vm *vm, enum pickle_type type)
{
	struct pickle_value **at;
	size_t n;

	if (pop_mark(vm, &at, &n) < 0)
		return -1;
	if (type == PICKLE_DICT && n % 2)
		return pickle_fail(vm, ERROR_INVALID,
				   "a key without its value");
	return push_container(vm, type, at, n);
}

static int op_empty_list(struct pickle_vm *vm)
{
	return push_container(vm, PICKLE_LIST, NULL, 0);
}

static int op_empty_tuple(struct pickle_vm *vm)
{
	return push_container(vm, PICKLE_TUPLE, NULL, 0);
}

static int op_empty_dict(struct pickle_vm *vm)
{
	return push_container(vm, PICKLE_DICT, NULL, 0);
}

static int op_empty_set(struct pickle_vm *vm)
{
	return push_container(vm, PICKLE_SET, NULL, 0);
}

static int op_list(struct pickle_vm *vm)
{
	return push_marked(vm, PICKLE_LIST);
}

static int op_tuple(struct pickle_vm *vm)
{
	return push_marked(vm, PICKLE_TUPLE);
}

static int op_dict(struct pickle_vm *vm)
{
	return push_marked(vm, PICKLE_DICT);
}

static int op_frozenset(struct pickle_vm *vm)
{
	return push_marked(vm, PICKLE_FROZENSET);
}

static int push_short_tuple(struct pickle_vm *vm, size_t n)
{
	struct pickle_value *at[3];

	for (size_t i = n; i-- > 0;)
		if (pickle_pop(vm, &at[i]) < 0)
			return -1;
	return push_container(vm, PICKLE_TUPLE, at, n);
}

static int op_tuple1(struct pickle_vm *vm)
{
	return push_short_tuple(vm, 1);
}

static int op_tuple2(struct pickle_vm *vm)
{
	return push_short_tuple(vm, 2);
}

static int op_tuple3(struct pickle_vm *vm)
{
	return push_short_tuple(vm, 3);
}

static int append_to(struct pickle_vm *vm, struct pickle_value **at, size_t n)
{
	struct pickle_value *to;

	if (need_top(vm, &to) < 0)
		return -1;
	if (to->type == PICKLE_LIST)
		return fill_list(vm, &to->list, at, n);
	if (to->type == PICKLE_OBJECT)
		return fill_list(vm, &to->object->items, at, n);
	return pickle_fail(vm, ERROR_INVALID, "appends to a %s",
			   pickle_type_name(to->type));
}

static int op_append(struct pickle_vm *vm)
{
	struct pickle_value *v;

	return pickle_pop(vm, &v) < 0 ? -1 : append_to(vm, &v, 1);
}

static int op_appends(struct pickle_vm *vm)
{
	struct pickle_value **at;
	size_t n;

	return pop_mark(vm, &at, &n) < 0 ? -1 : append_to(vm, at, n);
}

static int op_additems(struct pickle_vm *vm)
{
	struct pickle_value **at, *to;
	size_t n;

	if (pop_mark(vm, &at, &n) < 0 || need_top(vm, &to) < 0)
		return -1;
	if (to->type == PICKLE_OBJECT)
		return fill_list(vm, &to->object->items, at, n);
	if (to->type != PICKLE_SET)
		return pickle_fail(vm, ERROR_INVALID, "adds to a %s",
				   pickle_type_name(to->type));
	return fill_list(vm, &to->list, at, n);
}

static int set_in(struct pickle_vm *vm, struct pickle_value **at, size_t n)
{
	struct pickle_value *to;

	if (need_top(vm, &to) < 0)
		return -1;
	if (n % 2)
		return pickle_fail(vm, ERROR_INVALID,
				   "a key without its value");
	if (to->type == PICKLE_DICT)
		return fill_list(vm, &to->list, at, n);
	if (to->type == PICKLE_OBJECT)
		return fill_list(vm, &to->object->pairs, at, n);
	return pickle_fail(vm, ERROR_INVALID, "sets a key of a %s",
			   pickle_type_name(to->type));
}

static int op_setitem(struct pickle_vm *vm)
{
	struct pickle_value *pair[2];

	if (pickle_pop(vm, &pair[1]) < 0 || pickle_pop(vm, &pair[0]) < 0)
		return -1;
	return set_in(vm, pair, 2);
}

static int op_setitems(struct pickle_vm *vm)
{
	struct pickle_value **at;
	size_t n;

	return pop_mark(vm, &at, &n) < 0 ? -1 : set_in(vm, at, n);
}

/* --- the stack ------------------------------------------------------ */

static int op_mark(struct pickle_vm *vm)
{
	if (vm->marks.len >= vm->limits->max_values)
		return pickle_fail(vm, ERROR_LIMIT, "more than %zu marks",
				   vm->limits->max_values);
	*vec_push(&vm->marks) = vm->stack.len;
	return 0;
}

/*
 * What is dropped matters: a state setter is called as setter(object, state)
 * and its result thrown away (cloudpickle's classes and functions). It is
 * kept with its object; any other dropped call is kept in a list.
 */
static void keep_discarded(struct pickle_vm *vm, struct pickle_value *v)
{
	if (v->type != PICKLE_OBJECT)
		return;
	struct pickle_value *args = v->object->args;
	if (!v->object->is_new && args && args->type == PICKLE_TUPLE &&
	    args->list.len == 2 && args->list.at[0]->type == PICKLE_OBJECT) {
		struct pickle_object *to = args->list.at[0]->object;
		if (!to->state && !to->setter && args->list.at[0] != v) {
			to->state = args->list.at[1];
			to->setter = v->object->cls;
			return;
		}
	}
	*vec_push(&vm->discarded) = v;
}

static int op_pop(struct pickle_vm *vm)
{
	struct pickle_value *v;

	if (vm->marks.len && vm->marks.at[vm->marks.len - 1] == vm->stack.len) {
		vm->marks.len--;
		return 0;
	}
	if (pickle_pop(vm, &v) < 0)
		return -1;
	keep_discarded(vm, v);
	return 0;
}

static int op_pop_mark(struct pickle_vm *vm)
{
	struct pickle_value **at;
	size_t n;

	if (pop_mark(vm, &at, &n) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		keep_discarded(vm, at[i]);
	return 0;
}

static int op_dup(struct pickle_vm *vm)
{
	struct pickle_value *v;

	return need_top(vm, &v) < 0 ? -1 : pickle_push(vm, v);
}

static int op_stop(struct pickle_vm *vm)
{
	vm->stopped = true;
	return 0;
}

/* --- the memo ------------------------------------------------------- */

static struct pickle_memo_slot *memo_slot(const struct pickle_memo *memo,
					  uint64_t index)
{
	uint64_t i = index * UINT64_C(0x9e3779b97f4a7c15) >> 20;

	for (;; i++) {
		struct pickle_memo_slot *slot =
			&memo->slots[i & (memo->alloc - 1)];
		if (!slot->value || slot->index == index)
			return slot;
	}
}

static void memo_grow(struct pickle_memo *memo)
{
	struct pickle_memo old = *memo;

	memo->alloc = old.alloc ? old.alloc * 2 : 64;
	memo->slots = xcalloc(memo->alloc, sizeof(*memo->slots));
	for (size_t i = 0; i < old.alloc; i++)
		if (old.slots[i].value)
			*memo_slot(memo, old.slots[i].index) = old.slots[i];
	free(old.slots);
}

static int memo_put(struct pickle_vm *vm, uint64_t index)
{
	struct pickle_memo *memo = &vm->memo;
	struct pickle_value *v;

	if (need_top(vm, &v) < 0)
		return -1;
	if (memo->len >= vm->limits->max_values)
		return pickle_fail(vm, ERROR_LIMIT,
				   "more than %zu values in the memo",
				   vm->limits->max_values);
	if (memo->len * 2 >= memo->alloc)
		memo_grow(memo);
	struct pickle_memo_slot *slot = memo_slot(memo, index);
	memo->len += !slot->value;
	*slot = (struct pickle_memo_slot){ index, v };
	return 0;
}

static int memo_get(struct pickle_vm *vm, uint64_t index)
{
	struct pickle_value *v = vm->memo.alloc
		? memo_slot(&vm->memo, index)->value : NULL;

	if (!v)
		return pickle_fail(vm, ERROR_INVALID,
				   "nothing was remembered as %llu",
				   (unsigned long long)index);
	return pickle_push(vm, v);
}

static int op_put(struct pickle_vm *vm)
{
	uint64_t n;

	return pickle_line_index(vm, &n) < 0 ? -1 : memo_put(vm, n);
}

static int op_binput(struct pickle_vm *vm)
{
	uint64_t n;

	return take_number(vm, 1, &n) < 0 ? -1 : memo_put(vm, n);
}

static int op_long_binput(struct pickle_vm *vm)
{
	uint64_t n;

	return take_number(vm, 4, &n) < 0 ? -1 : memo_put(vm, n);
}

static int op_memoize(struct pickle_vm *vm)
{
	return memo_put(vm, vm->memo.len);
}

static int op_get(struct pickle_vm *vm)
{
	uint64_t n;

	return pickle_line_index(vm, &n) < 0 ? -1 : memo_get(vm, n);
}

static int op_binget(struct pickle_vm *vm)
{
	uint64_t n;

	return take_number(vm, 1, &n) < 0 ? -1 : memo_get(vm, n);
}

static int op_long_binget(struct pickle_vm *vm)
{
	uint64_t n;

	return take_number(vm, 4, &n) < 0 ? -1 : memo_get(vm, n);
}

/* --- names, calls, objects ------------------------------------------ */

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
	{ "numpy._core", "numpy.core" },
};

/* Today's full name; the two parts are joined and translated. */
static char *full_name(struct arena *arena, const char *module,
		       const char *name)
{
	char *full = arena_printf(arena, "%s.%s", module, name);

	for (size_t i = 0; i < ARRAY_SIZE(old_names); i++)
		if (strcmp(full, old_names[i][0]) == 0)
			return arena_strdup(arena, old_names[i][1]);
	for (size_t i = 0; i < ARRAY_SIZE(old_modules); i++) {
		size_t n = strlen(old_modules[i][0]);
		if (strncmp(full, old_modules[i][0], n) == 0 && full[n] == '.')
			return arena_printf(arena, "%s%s", old_modules[i][1],
					    full + n);
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
	char key[1024];

	if (!is_name(module) || !is_name(name))
		return pickle_fail(vm, ERROR_INVALID,
				   "a module or name that can't be one");
	snprintf(key, sizeof(key), "%.*s\n%.*s", (int)module.len, module.at,
		 (int)name.len, name.at);
	struct pickle_global *g = map_get(vm->global_map, key);
	if (!g) {
		g = arena_new(arena, struct pickle_global);
		g->module = arena_strndup(arena, module.at, module.len);
		g->name = arena_strndup(arena, name.at, name.len);
		g->full = full_name(arena, g->module, g->name);
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

static int op_global(struct pickle_vm *vm)
{
	struct pickle_text module, name;

	if (pickle_take_line(vm, &module) < 0 ||
	    pickle_take_line(vm, &name) < 0)
		return -1;
	return push_global(vm, module, name);
}

static int op_stack_global(struct pickle_vm *vm)
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

static int op_reduce(struct pickle_vm *vm)
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

static int op_newobj(struct pickle_vm *vm)
{
	struct pickle_value *cls, *args;

	if (pickle_pop(vm, &args) < 0 || pickle_pop(vm, &cls) < 0)
		return -1;
	return push_object(vm, cls, args, NULL);
}

static int op_newobj_ex(struct pickle_vm *vm)
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

	if (!args || fill_list(vm, &args->list, at, n) < 0)
		return -1;
	return pickle_push(vm, pickle_new_object(vm, cls, args, false));
}

static int op_obj(struct pickle_vm *vm)
{
	struct pickle_value **at;
	size_t n;

	if (pop_mark(vm, &at, &n) < 0)
		return -1;
	if (!n)
		return pickle_fail(vm, ERROR_INVALID, "the stack is empty");
	return push_instance(vm, at[0], at + 1, n - 1);
}

static int op_inst(struct pickle_vm *vm)
{
	struct pickle_value **at, *cls;
	struct pickle_value **copy;
	size_t n;

	if (pop_mark(vm, &at, &n) < 0)
		return -1;
	copy = xreallocarray(NULL, n + 1, sizeof(*copy));
	for (size_t i = 0; i < n; i++)
		copy[i] = at[i];
	int result = op_global(vm);
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

static int op_build(struct pickle_vm *vm)
{
	struct pickle_value *state, *v;

	if (pickle_pop(vm, &state) < 0 || need_top(vm, &v) < 0)
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

/* --- refused, and headers ------------------------------------------- */

static int op_persid(struct pickle_vm *vm)
{
	return pickle_fail(vm, ERROR_INVALID,
			   "a persistent id: its object lies outside of the "
			   "file, where only its program finds it");
}

static int op_ext(struct pickle_vm *vm)
{
	return pickle_fail(vm, ERROR_INVALID,
			   "an extension code: its meaning is private to the "
			   "program that wrote it");
}

static int op_buffer(struct pickle_vm *vm)
{
	return pickle_fail(vm, ERROR_INVALID,
			   "an out-of-band buffer: its bytes are not in the "
			   "file");
}

static int op_proto(struct pickle_vm *vm)
{
	uint64_t n;

	if (take_number(vm, 1, &n) < 0)
		return -1;
	if (n > 5)
		return pickle_fail(vm, ERROR_INVALID,
				   "protocol %llu: 0 to 5 are known",
				   (unsigned long long)n);
	if (!vm->nested)
		vm->out->protocol = (int)n;
	return 0;
}

static int op_frame(struct pickle_vm *vm)
{
	uint64_t n, left;

	if (take_number(vm, 8, &n) < 0)
		return -1;
	left = (uint64_t)(vm->end - vm->at);
	if (n > left)
		return pickle_fail(vm, ERROR_INVALID,
				   "a frame of %llu bytes, and %llu are left",
				   (unsigned long long)n,
				   (unsigned long long)left);
	return 0;
}

static const struct opcode {
	const char *name;
	int (*run)(struct pickle_vm *vm);
} opcodes[256] = {
	['('] = { "MARK", op_mark },
	[')'] = { "EMPTY_TUPLE", op_empty_tuple },
	['.'] = { "STOP", op_stop },
	['0'] = { "POP", op_pop },
	['1'] = { "POP_MARK", op_pop_mark },
	['2'] = { "DUP", op_dup },
	['B'] = { "BINBYTES", op_binbytes },
	['C'] = { "SHORT_BINBYTES", op_short_binbytes },
	['F'] = { "FLOAT", pickle_op_float },
	['G'] = { "BINFLOAT", op_binfloat },
	['I'] = { "INT", pickle_op_int },
	['J'] = { "BININT", op_binint },
	['K'] = { "BININT1", op_binint1 },
	['L'] = { "LONG", pickle_op_long },
	['M'] = { "BININT2", op_binint2 },
	['N'] = { "NONE", op_none },
	['P'] = { "PERSID", op_persid },
	['Q'] = { "BINPERSID", op_persid },
	['R'] = { "REDUCE", op_reduce },
	['S'] = { "STRING", pickle_op_string },
	['T'] = { "BINSTRING", op_binstring },
	['U'] = { "SHORT_BINSTRING", op_short_binstring },
	['V'] = { "UNICODE", pickle_op_unicode },
	['X'] = { "BINUNICODE", op_binunicode },
	[']'] = { "EMPTY_LIST", op_empty_list },
	['a'] = { "APPEND", op_append },
	['b'] = { "BUILD", op_build },
	['c'] = { "GLOBAL", op_global },
	['d'] = { "DICT", op_dict },
	['e'] = { "APPENDS", op_appends },
	['g'] = { "GET", op_get },
	['h'] = { "BINGET", op_binget },
	['i'] = { "INST", op_inst },
	['j'] = { "LONG_BINGET", op_long_binget },
	['l'] = { "LIST", op_list },
	['o'] = { "OBJ", op_obj },
	['p'] = { "PUT", op_put },
	['q'] = { "BINPUT", op_binput },
	['r'] = { "LONG_BINPUT", op_long_binput },
	['s'] = { "SETITEM", op_setitem },
	['t'] = { "TUPLE", op_tuple },
	['u'] = { "SETITEMS", op_setitems },
	['}'] = { "EMPTY_DICT", op_empty_dict },
	[0x80] = { "PROTO", op_proto },
	[0x81] = { "NEWOBJ", op_newobj },
	[0x82] = { "EXT1", op_ext },
	[0x83] = { "EXT2", op_ext },
	[0x84] = { "EXT4", op_ext },
	[0x85] = { "TUPLE1", op_tuple1 },
	[0x86] = { "TUPLE2", op_tuple2 },
	[0x87] = { "TUPLE3", op_tuple3 },
	[0x88] = { "NEWTRUE", op_newtrue },
	[0x89] = { "NEWFALSE", op_newfalse },
	[0x8a] = { "LONG1", op_long1 },
	[0x8b] = { "LONG4", op_long4 },
	[0x8c] = { "SHORT_BINUNICODE", op_short_binunicode },
	[0x8d] = { "BINUNICODE8", op_binunicode8 },
	[0x8e] = { "BINBYTES8", op_binbytes8 },
	[0x8f] = { "EMPTY_SET", op_empty_set },
	[0x90] = { "ADDITEMS", op_additems },
	[0x91] = { "FROZENSET", op_frozenset },
	[0x92] = { "NEWOBJ_EX", op_newobj_ex },
	[0x93] = { "STACK_GLOBAL", op_stack_global },
	[0x94] = { "MEMOIZE", op_memoize },
	[0x95] = { "FRAME", op_frame },
	[0x96] = { "BYTEARRAY8", op_bytearray8 },
	[0x97] = { "NEXT_BUFFER", op_buffer },
	[0x98] = { "READONLY_BUFFER", op_buffer },
};

void pickle_fail_at(struct pickle_vm *vm, enum error_kind kind,
		    const char *fmt, ...)
{
	va_list ap;
	char what[1024];

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	error_set(vm->err, kind, "%s", what);
	pickle_fail_here(vm);
}

int pickle_fail_here(struct pickle_vm *vm)
{
	const char *name = vm->op_at < vm->end ? opcodes[*vm->op_at].name
					       : "the end";

	return error_context(vm->err, "pickle, byte %zu (%s)",
			     (size_t)(vm->op_at - vm->start),
			     name ? name : "no opcode");
}

static int run_opcode(struct pickle_vm *vm)
{
	vm->op_at = vm->at;
	if (vm->at == vm->end)
		return pickle_fail(vm, ERROR_INVALID,
				   "the file ends before STOP");
	const struct opcode *op = &opcodes[*vm->at++];
	if (!op->run)
		return pickle_fail(vm, ERROR_INVALID,
				   "0x%02x is no opcode", vm->at[-1]);
	vm->out->n_opcodes++;
	if (op->run(vm) < 0)
		return -1;
	if (vm->out->arena.total > vm->limits->max_memory)
		return pickle_fail(vm, ERROR_LIMIT,
				   "more than %zu bytes of memory",
				   vm->limits->max_memory);
	return 0;
}

static int make_constants(struct pickle_vm *vm)
{
	vm->none = pickle_new(vm, PICKLE_NONE);
	for (int i = 0; i < 2; i++) {
		vm->truth[i] = pickle_new(vm, PICKLE_BOOL);
		if (!vm->truth[i])
			return -1;
		vm->truth[i]->boolean = i == 1;
	}
	return vm->none ? 0 : -1;
}

/* Runs up to STOP with an empty stack and memo, and gives what is on top. */
int pickle_run_nested(struct pickle_vm *vm, struct pickle_value **ret)
{
	if (!vm->none && make_constants(vm) < 0)
		return -1;
	vm->stopped = false;
	while (!vm->stopped)
		if (run_opcode(vm) < 0)
			return -1;
	return pickle_pop(vm, ret);
}
