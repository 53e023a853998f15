/* The decoder's machine: memory, stack, memo, and the file's bytes. */
#include "format/pickle.h"

#include "format/pickle_vm.h"

#include <stdio.h>

const struct pickle_limits pickle_default_limits = {
	.max_bytes = MAPPED_MAX,
	.max_values = (size_t)16 << 20,
	.max_memory = (size_t)1 << 30,
};

struct pickle_value *pickle_new(struct pickle_vm *vm, enum pickle_type type)
{
	struct pickle *p = vm->out;

	if (p->n_values >= vm->limits->max_values) {
		pickle_fail_at(vm, ERROR_LIMIT, "more than %zu values",
			       vm->limits->max_values);
		return NULL;
	}
	struct pickle_value *v = arena_new(&p->arena, struct pickle_value);
	v->type = type;
	v->id = p->n_values++;
	v->offset = (uint64_t)(vm->op_at - vm->start);
	return v;
}

int pickle_push(struct pickle_vm *vm, struct pickle_value *v)
{
	if (!v)
		return -1;
	if (vm->stack.len >= vm->limits->max_values)
		return pickle_fail(vm, ERROR_LIMIT,
				   "more than %zu values on the stack",
				   vm->limits->max_values);
	*vec_push(&vm->stack) = v;
	return 0;
}

int pickle_pop(struct pickle_vm *vm, struct pickle_value **ret)
{
	size_t floor = vm->marks.len ? vm->marks.at[vm->marks.len - 1] : 0;

	if (vm->stack.len <= floor)
		return pickle_fail(vm, ERROR_INVALID, "the stack is empty");
	*ret = vm->stack.at[--vm->stack.len];
	return 0;
}

struct pickle_value *pickle_top(const struct pickle_vm *vm)
{
	size_t floor = vm->marks.len ? vm->marks.at[vm->marks.len - 1] : 0;

	return vm->stack.len > floor ? vm->stack.at[vm->stack.len - 1] : NULL;
}

int pickle_need_top(struct pickle_vm *vm, struct pickle_value **ret)
{
	*ret = pickle_top(vm);
	return *ret ? 0 : pickle_fail(vm, ERROR_INVALID, "the stack is empty");
}

int pickle_pop_mark(struct pickle_vm *vm, struct pickle_value ***ret,
		    size_t *ret_n)
{
	if (!vm->marks.len)
		return pickle_fail(vm, ERROR_INVALID, "no MARK before it");
	size_t height = vm->marks.at[--vm->marks.len];
	*ret_n = vm->stack.len - height;
	*ret = height ? vm->stack.at + height : vm->stack.at;
	vm->stack.len = height;
	return 0;
}

int pickle_need_memory(struct pickle_vm *vm, uint64_t size)
{
	size_t max = vm->limits->max_memory;

	if (size > max || vm->out->arena.total + size > max)
		return pickle_fail(vm, ERROR_LIMIT,
				   "more than %zu bytes of memory", max);
	return 0;
}

int pickle_list_add(struct pickle_vm *vm, struct pickle_list *list,
		    struct pickle_value *v)
{
	struct arena *arena = &vm->out->arena;

	if (list->len == list->alloc) {
		size_t alloc = list->alloc ? list->alloc * 2 : 4;
		if (pickle_need_memory(vm, alloc * sizeof(*list->at)) < 0)
			return -1;
		struct pickle_value **at =
			arena_array(arena, alloc, sizeof(*at));
		if (list->len)
			memcpy(at, list->at, list->len * sizeof(*at));
		list->at = at;
		list->alloc = alloc;
	}
	list->at[list->len++] = v;
	return 0;
}

int pickle_list_fill(struct pickle_vm *vm, struct pickle_list *list,
		     struct pickle_value **at, size_t n)
{
	struct arena *arena = &vm->out->arena;

	if (!list->alloc && n) { /* just the room it needs */
		if (pickle_need_memory(vm, n * sizeof(*at)) < 0)
			return -1;
		list->at = arena_array(arena, n, sizeof(*at));
		list->alloc = n;
	}
	for (size_t i = 0; i < n; i++)
		if (pickle_list_add(vm, list, at[i]) < 0)
			return -1;
	return 0;
}

int pickle_take(struct pickle_vm *vm, uint64_t n, const unsigned char **ret)
{
	uint64_t left = (uint64_t)(vm->end - vm->at);

	if (n > left)
		return pickle_fail(vm, ERROR_INVALID,
				   "needs %llu bytes, and %llu are left",
				   (unsigned long long)n,
				   (unsigned long long)left);
	*ret = vm->at;
	vm->at += n;
	return 0;
}

static uint64_t little(const unsigned char *at, size_t n)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++)
		value |= (uint64_t)at[i] << (8 * i);
	return value;
}

int pickle_take_number(struct pickle_vm *vm, size_t n, uint64_t *ret)
{
	const unsigned char *at;

	if (pickle_take(vm, n, &at) < 0)
		return -1;
	*ret = little(at, n);
	return 0;
}

int pickle_take_line(struct pickle_vm *vm, struct pickle_text *ret)
{
	const unsigned char *newline =
		memchr(vm->at, '\n', (size_t)(vm->end - vm->at));

	if (!newline)
		return pickle_fail(vm, ERROR_INVALID,
				   "a line of text without its end");
	*ret = (struct pickle_text){ (const char *)vm->at,
				     (size_t)(newline - vm->at) };
	vm->at = newline + 1;
	return 0;
}

static void vm_release(struct pickle_vm *vm)
{
	vec_release(&vm->stack);
	vec_release(&vm->marks);
	vec_release(&vm->globals);
	vec_release(&vm->discarded);
	free(vm->memo.slots);
}

/* Moves what the machine gathered to where it stays. */
static void keep_lists(struct pickle *p, struct pickle_vm *vm)
{
	p->n_globals = vm->globals.len;
	p->globals = arena_array(&p->arena, vm->globals.len,
				 sizeof(*p->globals));
	for (size_t i = 0; i < vm->globals.len; i++)
		p->globals[i] = vm->globals.at[i];
	p->n_discarded = vm->discarded.len;
	p->discarded = arena_array(&p->arena, vm->discarded.len,
				   sizeof(*p->discarded));
	for (size_t i = 0; i < vm->discarded.len; i++)
		p->discarded[i] = vm->discarded.at[i];
}

int pickle_decode(struct pickle *ret, const void *data, size_t len,
		  const struct pickle_limits *limits, struct error *err)
{
	struct error inner = ERROR_INIT;
	struct pickle p = { .root = NULL };
	struct map global_map = MAP_INIT;
	struct pickle_value *root = NULL;
	struct pickle_vm vm = {
		.out = &p,
		.limits = limits ? limits : &pickle_default_limits,
		.start = data,
		.at = data,
		.end = (const unsigned char *)data + len,
		.op_at = data,
		.global_map = &global_map,
		.err = &inner,
	};

	int result = len > vm.limits->max_bytes
		? pickle_fail(&vm, ERROR_LIMIT, "larger than %zu bytes",
			      vm.limits->max_bytes)
		: pickle_run_nested(&vm, &root);
	if (!result) {
		p.root = root;
		p.end = (size_t)(vm.at - vm.start);
		keep_lists(&p, &vm);
		result = pickle_check_graph(&p, &inner);
	}
	map_release(&global_map);
	vm_release(&vm);
	if (result < 0) {
		arena_release(&p.arena);
		return error_set(err, inner.kind, "%s", inner.message);
	}
	*ret = p;
	return 0;
}

void pickle_release(struct pickle *p)
{
	arena_release(&p->arena);
	mapped_close(&p->file);
	free(p->inflated);
	*p = (struct pickle){ .root = NULL };
}
