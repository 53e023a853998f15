/* Opcodes of plain values: numbers, texts, bytes. */
#include "format/pickle_vm.h"

#include "format/python_text.h"

int pickle_op_none(struct pickle_vm *vm)
{
	return pickle_push(vm, vm->none);
}

int pickle_op_newtrue(struct pickle_vm *vm)
{
	return pickle_push(vm, vm->truth[1]);
}

int pickle_op_newfalse(struct pickle_vm *vm)
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

int pickle_op_binint(struct pickle_vm *vm)
{
	uint64_t n;

	return pickle_take_number(vm, 4, &n) < 0 ? -1
					  : push_int(vm, (int32_t)(uint32_t)n);
}

int pickle_op_binint1(struct pickle_vm *vm)
{
	uint64_t n;

	return pickle_take_number(vm, 1, &n) < 0
		? -1 : push_int(vm, (int64_t)n);
}

int pickle_op_binint2(struct pickle_vm *vm)
{
	uint64_t n;

	return pickle_take_number(vm, 2, &n) < 0
		? -1 : push_int(vm, (int64_t)n);
}

int pickle_op_long1(struct pickle_vm *vm)
{
	const unsigned char *at;
	uint64_t n;

	if (pickle_take_number(vm, 1, &n) < 0 || pickle_take(vm, n, &at) < 0)
		return -1;
	return pickle_push_long(vm, at, (size_t)n);
}

int pickle_op_long4(struct pickle_vm *vm)
{
	const unsigned char *at;
	uint64_t n;

	if (pickle_take_number(vm, 4, &n) < 0)
		return -1;
	if (n > INT32_MAX)
		return pickle_fail(vm, ERROR_INVALID, "a negative length");
	if (pickle_take(vm, n, &at) < 0)
		return -1;
	return pickle_push_long(vm, at, (size_t)n);
}

int pickle_op_binfloat(struct pickle_vm *vm)
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

	if (pickle_take_number(vm, width, &n) < 0)
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
	struct pickle_value *v = pickle_top(vm);
	for (size_t i = 0; i < v->text.len; i++)
		if ((unsigned char)v->text.at[i] >= 0x80)
			return 0;
	v->type = PICKLE_STR;
	return 0;
}

int pickle_op_binstring(struct pickle_vm *vm)
{
	return push_old_string(vm, 4);
}

int pickle_op_short_binstring(struct pickle_vm *vm)
{
	return push_old_string(vm, 1);
}

int pickle_op_short_binbytes(struct pickle_vm *vm)
{
	return push_counted(vm, PICKLE_BYTES, 1, false);
}

int pickle_op_binbytes(struct pickle_vm *vm)
{
	return push_counted(vm, PICKLE_BYTES, 4, false);
}

int pickle_op_binbytes8(struct pickle_vm *vm)
{
	return push_counted(vm, PICKLE_BYTES, 8, false);
}

int pickle_op_bytearray8(struct pickle_vm *vm)
{
	return push_counted(vm, PICKLE_BYTEARRAY, 8, false);
}

int pickle_op_short_binunicode(struct pickle_vm *vm)
{
	return push_counted(vm, PICKLE_STR, 1, false);
}

int pickle_op_binunicode(struct pickle_vm *vm)
{
	return push_counted(vm, PICKLE_STR, 4, false);
}

int pickle_op_binunicode8(struct pickle_vm *vm)
{
	return push_counted(vm, PICKLE_STR, 8, false);
}

