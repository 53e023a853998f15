#include "model/pickler.h"
#include "base/alloc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FRAME_TARGET = 64 * 1024,
	FRAME_LEAST = 4,
	BATCH = 1000,
};

/* pickletools' names of the opcodes. */
enum opcode {
	OP_MARK = '(',
	OP_STOP = '.',
	OP_BININT = 'J',
	OP_BININT1 = 'K',
	OP_BININT2 = 'M',
	OP_NONE = 'N',
	OP_REDUCE = 'R',
	OP_BINUNICODE = 'X',
	OP_APPEND = 'a',
	OP_BUILD = 'b',
	OP_BINBYTES = 'B',
	OP_SHORT_BINBYTES = 'C',
	OP_BINFLOAT = 'G',
	OP_EMPTY_LIST = ']',
	OP_EMPTY_TUPLE = ')',
	OP_EMPTY_DICT = '}',
	OP_APPENDS = 'e',
	OP_BINGET = 'h',
	OP_LONG_BINGET = 'j',
	OP_SETITEM = 's',
	OP_TUPLE = 't',
	OP_SETITEMS = 'u',
	OP_PROTO = 0x80,
	OP_NEWOBJ = 0x81,
	OP_TUPLE1 = 0x85,
	OP_NEWTRUE = 0x88,
	OP_NEWFALSE = 0x89,
	OP_LONG1 = 0x8a,
	OP_SHORT_BINUNICODE = 0x8c,
	OP_STACK_GLOBAL = 0x93,
	OP_MEMOIZE = 0x94,
	OP_FRAME = 0x95,
	OP_BYTEARRAY8 = 0x96,
};

static int write_strbuf(void *context, const void *data, size_t len,
			struct error *err)
{
	struct strbuf *into = context;

	strbuf_add(into, data, len);
	if (into->truncated)
		return error_set(err, ERROR_LIMIT,
				 "a pickle of more than %zu bytes", into->cap);
	return 0;
}

struct byte_sink byte_sink_strbuf(struct strbuf *into)
{
	return (struct byte_sink){write_strbuf, into};
}

static int write_file(void *context, const void *data, size_t len,
		      struct error *err)
{
	if (len && fwrite(data, len, 1, context) != 1)
		return error_errno(err, errno, "writing a pickle");
	return 0;
}

struct byte_sink byte_sink_file(void *file)
{
	return (struct byte_sink){write_file, file};
}

static void out(struct pickler *p, const void *data, size_t len)
{
	if (!p->result)
		p->result = p->sink->write(p->sink->context, data, len, p->err);
}

static void put_le(unsigned char *at, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		at[i] = (unsigned char)(value >> (8 * i));
}

static void close_frame(struct pickler *p)
{
	unsigned char header[9] = {OP_FRAME};

	put_le(header + 1, p->frame.len, 8);
	if (p->frame.len >= FRAME_LEAST)
		out(p, header, sizeof(header));
	out(p, p->frame.buf, p->frame.len);
	strbuf_reset(&p->frame);
}

/* Before each object: a full frame is closed. */
static void boundary(struct pickler *p)
{
	if (p->frame.len >= FRAME_TARGET)
		close_frame(p);
}

static void op(struct pickler *p, enum opcode code)
{
	strbuf_addch(&p->frame, (char)code);
}

/* An opcode and its little-endian argument. */
static void op_number(struct pickler *p, enum opcode code, uint64_t value,
		      size_t bytes)
{
	unsigned char argument[8];

	put_le(argument, value, bytes);
	op(p, code);
	strbuf_add(&p->frame, argument, bytes);
}

static pickler_id memoize(struct pickler *p)
{
	op(p, OP_MEMOIZE);
	return ++p->memo_len;
}

void pickler_init(struct pickler *p, const struct byte_sink *sink,
		  struct error *err)
{
	static const unsigned char proto[] = {OP_PROTO, 5};

	*p = (struct pickler){.sink = sink, .err = err};
	strbuf_init(&p->frame, SIZE_MAX / 2);
	out(p, proto, sizeof(proto));
}

int pickler_finish(struct pickler *p)
{
	int result;

	op(p, OP_STOP);
	close_frame(p);
	result = p->result;
	strbuf_release(&p->frame);
	map_release(&p->texts);
	map_release(&p->globals);
	return result;
}

void pickler_none(struct pickler *p)
{
	boundary(p);
	op(p, OP_NONE);
}

void pickler_bool(struct pickler *p, bool value)
{
	boundary(p);
	op(p, value ? OP_NEWTRUE : OP_NEWFALSE);
}

/* More than 32 bits: the fewest bytes of two's complement. */
static void put_long(struct pickler *p, int64_t value)
{
	size_t bytes = 1;

	while (bytes < 8 && value >> (8 * bytes - 1) != 0 &&
	       value >> (8 * bytes - 1) != -1)
		bytes++;
	op_number(p, OP_LONG1, bytes, 1);
	for (size_t i = 0; i < bytes; i++)
		strbuf_addch(&p->frame,
			     (char)((uint64_t)value >> (8 * i) & 0xff));
}

void pickler_int(struct pickler *p, int64_t value)
{
	boundary(p);
	if (value >= 0 && value <= 0xff)
		op_number(p, OP_BININT1, (uint64_t)value, 1);
	else if (value >= 0 && value <= 0xffff)
		op_number(p, OP_BININT2, (uint64_t)value, 2);
	else if (value >= INT32_MIN && value <= INT32_MAX)
		op_number(p, OP_BININT, (uint32_t)value, 4);
	else
		put_long(p, value);
}

void pickler_float(struct pickler *p, double value)
{
	unsigned char bytes[8];
	uint64_t bits;

	boundary(p);
	memcpy(&bits, &value, sizeof(bits));
	for (size_t i = 0; i < 8; i++)
		bytes[i] = (unsigned char)(bits >> (56 - 8 * i));
	op(p, OP_BINFLOAT);
	strbuf_add(&p->frame, bytes, sizeof(bytes));
}

void pickler_again(struct pickler *p, pickler_id id)
{
	boundary(p);
	if (id - 1 < 256)
		op_number(p, OP_BINGET, id - 1, 1);
	else
		op_number(p, OP_LONG_BINGET, id - 1, 4);
}

/* Data that would fill a frame by itself goes between two frames. */
static void put_data(struct pickler *p, const void *header, size_t header_len,
		     const void *data, size_t len)
{
	if (len < FRAME_TARGET) {
		strbuf_add(&p->frame, header, header_len);
		strbuf_add(&p->frame, data, len);
		return;
	}
	if (p->frame.len)
		close_frame(p);
	out(p, header, header_len);
	out(p, data, len);
}

static pickler_id new_text(struct pickler *p, const char *text)
{
	size_t len = strlen(text);
	bool is_short = len < 256;
	unsigned char header[5] = {is_short ? OP_SHORT_BINUNICODE
					    : OP_BINUNICODE};

	boundary(p);
	put_le(header + 1, len, is_short ? 1 : 4);
	put_data(p, header, is_short ? 2 : 5, text, len);
	return memoize(p);
}

/* The number under which a map knows a name, 0 for none. */
static pickler_id known(const struct map *map, const char *name)
{
	return (pickler_id)(uintptr_t)map_get(map, name);
}

static void remember(struct map *map, const char *name, pickler_id id)
{
	map_put(map, name, (void *)(uintptr_t)id);
}

void pickler_text(struct pickler *p, const char *text)
{
	pickler_id id = known(&p->texts, text);

	if (id)
		pickler_again(p, id);
	else
		remember(&p->texts, text, new_text(p, text));
}

/* One character of Latin-1, in UTF-8. */
static bool is_one_character(const char *text)
{
	unsigned char first = (unsigned char)text[0];

	if (first < 0x80)
		return first && !text[1];
	return first < 0xc4 && text[1] && !text[2];
}

void pickler_own_text(struct pickler *p, const char *text, pickler_id *id)
{
	if (is_one_character(text))
		pickler_text(p, text);
	else if (*id)
		pickler_again(p, *id);
	else
		*id = new_text(p, text);
}

void pickler_bytes(struct pickler *p, const void *data, size_t len)
{
	unsigned char header[5] = {len < 256 ? OP_SHORT_BINBYTES : OP_BINBYTES};

	boundary(p);
	put_le(header + 1, len, len < 256 ? 1 : 4);
	put_data(p, header, len < 256 ? 2 : 5, data, len);
	memoize(p);
}

void pickler_bytearray(struct pickler *p, const void *data, size_t len)
{
	unsigned char header[9] = {OP_BYTEARRAY8};

	boundary(p);
	put_le(header + 1, len, 8);
	put_data(p, header, sizeof(header), data, len);
	memoize(p);
}

void pickler_global(struct pickler *p, const char *module, const char *name)
{
	struct strbuf key = STRBUF_INIT(STRBUF_LINE);
	pickler_id id, own = 0;

	strbuf_addf(&key, "%s\n%s", module, name);
	id = known(&p->globals, key.buf);
	if (id) {
		pickler_again(p, id);
	} else {
		pickler_text(p, module);
		pickler_own_text(p, name, &own);
		op(p, OP_STACK_GLOBAL);
		remember(&p->globals, key.buf, memoize(p));
	}
	strbuf_release(&key);
}

static pickler_id begin(struct pickler *p, struct pickler_batch *b,
			size_t count, bool is_dict)
{
	*b = (struct pickler_batch){.count = count, .is_dict = is_dict};
	boundary(p);
	op(p, is_dict ? OP_EMPTY_DICT : OP_EMPTY_LIST);
	return memoize(p);
}

pickler_id pickler_list(struct pickler *p, struct pickler_batch *b,
			size_t count)
{
	return begin(p, b, count, false);
}

pickler_id pickler_dict(struct pickler *p, struct pickler_batch *b,
			size_t count)
{
	return begin(p, b, count, true);
}

void pickler_item(struct pickler *p, struct pickler_batch *b)
{
	if (b->count > 1 && b->done % BATCH == 0) {
		if (b->done)
			op(p, b->is_dict ? OP_SETITEMS : OP_APPENDS);
		op(p, OP_MARK);
	}
	b->done++;
}

/* A dict whose last batch is full is followed by an empty one. */
void pickler_end(struct pickler *p, struct pickler_batch *b)
{
	if (b->count == 1) {
		op(p, b->is_dict ? OP_SETITEM : OP_APPEND);
	} else if (b->count > 1) {
		op(p, b->is_dict ? OP_SETITEMS : OP_APPENDS);
		if (b->is_dict && b->count % BATCH == 0) {
			op(p, OP_MARK);
			op(p, OP_SETITEMS);
		}
	}
}

void pickler_tuple(struct pickler *p, size_t count)
{
	boundary(p);
	if (count > 3)
		op(p, OP_MARK);
}

pickler_id pickler_tuple_end(struct pickler *p, size_t count)
{
	if (!count) {
		op(p, OP_EMPTY_TUPLE);
		return 0;
	}
	op(p, count > 3 ? OP_TUPLE : (enum opcode)(OP_TUPLE1 + (int)count - 1));
	return memoize(p);
}

pickler_id pickler_new(struct pickler *p)
{
	boundary(p);
	op(p, OP_EMPTY_TUPLE);
	op(p, OP_NEWOBJ);
	return memoize(p);
}

pickler_id pickler_reduce(struct pickler *p)
{
	op(p, OP_REDUCE);
	return memoize(p);
}

void pickler_build(struct pickler *p)
{
	op(p, OP_BUILD);
}
