/* Opcodes that move values on the stack and through the memo. */
#include "format/pickle_vm.h"

int pickle_op_mark(struct pickle_vm *vm)
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

int pickle_op_pop(struct pickle_vm *vm)
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

int pickle_op_pop_mark(struct pickle_vm *vm)
{
	struct pickle_value **at;
	size_t n;

	if (pickle_pop_mark(vm, &at, &n) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		keep_discarded(vm, at[i]);
	return 0;
}

int pickle_op_dup(struct pickle_vm *vm)
{
	struct pickle_value *v;

	return pickle_need_top(vm, &v) < 0 ? -1 : pickle_push(vm, v);
}

int pickle_op_stop(struct pickle_vm *vm)
{
	vm->stopped = true;
	return 0;
}

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

	if (pickle_need_top(vm, &v) < 0)
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

int pickle_op_put(struct pickle_vm *vm)
{
	uint64_t n;

	return pickle_line_index(vm, &n) < 0 ? -1 : memo_put(vm, n);
}

int pickle_op_binput(struct pickle_vm *vm)
{
	uint64_t n;

	return pickle_take_number(vm, 1, &n) < 0 ? -1 : memo_put(vm, n);
}

int pickle_op_long_binput(struct pickle_vm *vm)
{
	uint64_t n;

	return pickle_take_number(vm, 4, &n) < 0 ? -1 : memo_put(vm, n);
}

int pickle_op_memoize(struct pickle_vm *vm)
{
	return memo_put(vm, vm->memo.len);
}

int pickle_op_get(struct pickle_vm *vm)
{
	uint64_t n;

	return pickle_line_index(vm, &n) < 0 ? -1 : memo_get(vm, n);
}

int pickle_op_binget(struct pickle_vm *vm)
{
	uint64_t n;

	return pickle_take_number(vm, 1, &n) < 0 ? -1 : memo_get(vm, n);
}

int pickle_op_long_binget(struct pickle_vm *vm)
{
	uint64_t n;

	return pickle_take_number(vm, 4, &n) < 0 ? -1 : memo_get(vm, n);
}

