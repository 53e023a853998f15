/* The table of opcodes, the loop that runs them, and those that are refused. */
#include "format/pickle_vm.h"

#include <stdio.h>

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

	if (pickle_take_number(vm, 1, &n) < 0)
		return -1;
	if (n > 5)
		return pickle_fail(vm, ERROR_INVALID,
				   "protocol %llu: 0 to 5 are known",
				   (unsigned long long)n);
	vm->protocol = (int)n;
	if (!vm->nested)
		vm->out->protocol = (int)n;
	return 0;
}

static int op_frame(struct pickle_vm *vm)
{
	uint64_t n, left;

	if (pickle_take_number(vm, 8, &n) < 0)
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
	pickle_opcode *run;
} opcodes[256] = {
	['('] = { "MARK", pickle_op_mark },
	[')'] = { "EMPTY_TUPLE", pickle_op_empty_tuple },
	['.'] = { "STOP", pickle_op_stop },
	['0'] = { "POP", pickle_op_pop },
	['1'] = { "POP_MARK", pickle_op_pop_mark },
	['2'] = { "DUP", pickle_op_dup },
	['B'] = { "BINBYTES", pickle_op_binbytes },
	['C'] = { "SHORT_BINBYTES", pickle_op_short_binbytes },
	['F'] = { "FLOAT", pickle_op_float },
	['G'] = { "BINFLOAT", pickle_op_binfloat },
	['I'] = { "INT", pickle_op_int },
	['J'] = { "BININT", pickle_op_binint },
	['K'] = { "BININT1", pickle_op_binint1 },
	['L'] = { "LONG", pickle_op_long },
	['M'] = { "BININT2", pickle_op_binint2 },
	['N'] = { "NONE", pickle_op_none },
	['P'] = { "PERSID", op_persid },
	['Q'] = { "BINPERSID", op_persid },
	['R'] = { "REDUCE", pickle_op_reduce },
	['S'] = { "STRING", pickle_op_string },
	['T'] = { "BINSTRING", pickle_op_binstring },
	['U'] = { "SHORT_BINSTRING", pickle_op_short_binstring },
	['V'] = { "UNICODE", pickle_op_unicode },
	['X'] = { "BINUNICODE", pickle_op_binunicode },
	[']'] = { "EMPTY_LIST", pickle_op_empty_list },
	['a'] = { "APPEND", pickle_op_append },
	['b'] = { "BUILD", pickle_op_build },
	['c'] = { "GLOBAL", pickle_op_global },
	['d'] = { "DICT", pickle_op_dict },
	['e'] = { "APPENDS", pickle_op_appends },
	['g'] = { "GET", pickle_op_get },
	['h'] = { "BINGET", pickle_op_binget },
	['i'] = { "INST", pickle_op_inst },
	['j'] = { "LONG_BINGET", pickle_op_long_binget },
	['l'] = { "LIST", pickle_op_list },
	['o'] = { "OBJ", pickle_op_obj },
	['p'] = { "PUT", pickle_op_put },
	['q'] = { "BINPUT", pickle_op_binput },
	['r'] = { "LONG_BINPUT", pickle_op_long_binput },
	['s'] = { "SETITEM", pickle_op_setitem },
	['t'] = { "TUPLE", pickle_op_tuple },
	['u'] = { "SETITEMS", pickle_op_setitems },
	['}'] = { "EMPTY_DICT", pickle_op_empty_dict },
	[0x80] = { "PROTO", op_proto },
	[0x81] = { "NEWOBJ", pickle_op_newobj },
	[0x82] = { "EXT1", op_ext },
	[0x83] = { "EXT2", op_ext },
	[0x84] = { "EXT4", op_ext },
	[0x85] = { "TUPLE1", pickle_op_tuple1 },
	[0x86] = { "TUPLE2", pickle_op_tuple2 },
	[0x87] = { "TUPLE3", pickle_op_tuple3 },
	[0x88] = { "NEWTRUE", pickle_op_newtrue },
	[0x89] = { "NEWFALSE", pickle_op_newfalse },
	[0x8a] = { "LONG1", pickle_op_long1 },
	[0x8b] = { "LONG4", pickle_op_long4 },
	[0x8c] = { "SHORT_BINUNICODE", pickle_op_short_binunicode },
	[0x8d] = { "BINUNICODE8", pickle_op_binunicode8 },
	[0x8e] = { "BINBYTES8", pickle_op_binbytes8 },
	[0x8f] = { "EMPTY_SET", pickle_op_empty_set },
	[0x90] = { "ADDITEMS", pickle_op_additems },
	[0x91] = { "FROZENSET", pickle_op_frozenset },
	[0x92] = { "NEWOBJ_EX", pickle_op_newobj_ex },
	[0x93] = { "STACK_GLOBAL", pickle_op_stack_global },
	[0x94] = { "MEMOIZE", pickle_op_memoize },
	[0x95] = { "FRAME", op_frame },
	[0x96] = { "BYTEARRAY8", pickle_op_bytearray8 },
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
	return pickle_need_memory(vm, 0);
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
