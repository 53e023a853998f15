/* Opcodes of lists, tuples, sets and dictionaries. */
#include "format/pickle_vm.h"

static int push_container(struct pickle_vm *vm, enum pickle_type type,
			  struct pickle_value **at, size_t n)
{
	struct pickle_value *v = pickle_new(vm, type);

	if (!v || pickle_list_fill(vm, &v->list, at, n) < 0)
		return -1;
	return pickle_push(vm, v);
}

static int push_marked(struct pickle_vm *vm, enum pickle_type type)
{
	struct pickle_value **at;
	size_t n;

	if (pickle_pop_mark(vm, &at, &n) < 0)
		return -1;
	if (type == PICKLE_DICT && n % 2)
		return pickle_fail(vm, ERROR_INVALID,
				   "a key without its value");
	return push_container(vm, type, at, n);
}

int pickle_op_empty_list(struct pickle_vm *vm)
{
	return push_container(vm, PICKLE_LIST, NULL, 0);
}

int pickle_op_empty_tuple(struct pickle_vm *vm)
{
	return push_container(vm, PICKLE_TUPLE, NULL, 0);
}

int pickle_op_empty_dict(struct pickle_vm *vm)
{
	return push_container(vm, PICKLE_DICT, NULL, 0);
}

int pickle_op_empty_set(struct pickle_vm *vm)
{
	return push_container(vm, PICKLE_SET, NULL, 0);
}

int pickle_op_list(struct pickle_vm *vm)
{
	return push_marked(vm, PICKLE_LIST);
}

int pickle_op_tuple(struct pickle_vm *vm)
{
	return push_marked(vm, PICKLE_TUPLE);
}

int pickle_op_dict(struct pickle_vm *vm)
{
	return push_marked(vm, PICKLE_DICT);
}

int pickle_op_frozenset(struct pickle_vm *vm)
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

int pickle_op_tuple1(struct pickle_vm *vm)
{
	return push_short_tuple(vm, 1);
}

int pickle_op_tuple2(struct pickle_vm *vm)
{
	return push_short_tuple(vm, 2);
}

int pickle_op_tuple3(struct pickle_vm *vm)
{
	return push_short_tuple(vm, 3);
}

static int append_to(struct pickle_vm *vm, struct pickle_value **at, size_t n)
{
	struct pickle_value *to;

	if (pickle_need_top(vm, &to) < 0)
		return -1;
	if (to->type == PICKLE_LIST)
		return pickle_list_fill(vm, &to->list, at, n);
	if (to->type == PICKLE_OBJECT)
		return pickle_list_fill(vm, &to->object->items, at, n);
	return pickle_fail(vm, ERROR_INVALID, "appends to a %s",
			   pickle_type_name(to->type));
}

int pickle_op_append(struct pickle_vm *vm)
{
	struct pickle_value *v;

	return pickle_pop(vm, &v) < 0 ? -1 : append_to(vm, &v, 1);
}

int pickle_op_appends(struct pickle_vm *vm)
{
	struct pickle_value **at;
	size_t n;

	return pickle_pop_mark(vm, &at, &n) < 0 ? -1 : append_to(vm, at, n);
}

int pickle_op_additems(struct pickle_vm *vm)
{
	struct pickle_value **at, *to;
	size_t n;

	if (pickle_pop_mark(vm, &at, &n) < 0 || pickle_need_top(vm, &to) < 0)
		return -1;
	if (to->type == PICKLE_OBJECT)
		return pickle_list_fill(vm, &to->object->items, at, n);
	if (to->type != PICKLE_SET)
		return pickle_fail(vm, ERROR_INVALID, "adds to a %s",
				   pickle_type_name(to->type));
	return pickle_list_fill(vm, &to->list, at, n);
}

static int set_in(struct pickle_vm *vm, struct pickle_value **at, size_t n)
{
	struct pickle_value *to;

	if (pickle_need_top(vm, &to) < 0)
		return -1;
	if (n % 2)
		return pickle_fail(vm, ERROR_INVALID,
				   "a key without its value");
	if (to->type == PICKLE_DICT)
		return pickle_list_fill(vm, &to->list, at, n);
	if (to->type == PICKLE_OBJECT)
		return pickle_list_fill(vm, &to->object->pairs, at, n);
	return pickle_fail(vm, ERROR_INVALID, "sets a key of a %s",
			   pickle_type_name(to->type));
}

int pickle_op_setitem(struct pickle_vm *vm)
{
	struct pickle_value *pair[2];

	if (pickle_pop(vm, &pair[1]) < 0 || pickle_pop(vm, &pair[0]) < 0)
		return -1;
	return set_in(vm, pair, 2);
}

int pickle_op_setitems(struct pickle_vm *vm)
{
	struct pickle_value **at;
	size_t n;

	return pickle_pop_mark(vm, &at, &n) < 0 ? -1 : set_in(vm, at, n);
}

