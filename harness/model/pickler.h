/*
 * Writing a pickle of protocol 5, byte for byte as CPython's C pickler does:
 * its frames, its memo (every text, list, dict, tuple and object gets the
 * next number), its batches of 1000, its choice of opcodes.
 *
 * What CPython knows by the identity of objects the caller says: text written
 * by pickler_text() is one interned object for each spelling, as names in
 * Python code are; anything else is referred to again by its number. Nothing
 * is checked: opcodes are written as they are called for.
 *
 * Output goes to a sink in pieces: little more than a frame is held.
 *
 * Source: CPython 3.11 Modules/_pickle.c (save, _Pickler_CloseFrame,
 * _Pickler_write_bytes, batch_list, batch_dict).
 */
#ifndef MODEL_PICKLER_H
#define MODEL_PICKLER_H

#include "base/error.h"
#include "base/map.h"
#include "base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where bytes go. Gives 0, or -1 with err filled. */
struct byte_sink {
	int (*write)(void *context, const void *data, size_t len,
		     struct error *err);
	void *context;
};

/* Sinks whose context is a struct strbuf (`limit` when it is full), and a
 * FILE. */
struct byte_sink byte_sink_strbuf(struct strbuf *into);
struct byte_sink byte_sink_file(void *file);

/* An object's number in the memo, counted from 1; 0: not written yet. */
typedef uint32_t pickler_id;

struct pickler {
	const struct byte_sink *sink;
	struct error *err;
	struct strbuf frame; /* what follows the last closed frame */
	struct map texts;    /* interned text -> its number */
	struct map globals;  /* "module\nname" -> its number */
	pickler_id memo_len;
	int result; /* -1 after a failed write */
};

/* Writes PROTO 5. sink and err are used until pickler_finish(). */
void pickler_init(struct pickler *p, const struct byte_sink *sink,
		  struct error *err);
/* Writes STOP and the last frame, and releases p: 0, or -1 where any write
 * failed. */
int pickler_finish(struct pickler *p);

void pickler_none(struct pickler *p);
void pickler_bool(struct pickler *p, bool value);
void pickler_int(struct pickler *p, int64_t value);
void pickler_float(struct pickler *p, double value);
void pickler_text(struct pickler *p, const char *text);
/* Fewer than 256 bytes, or any number. */
void pickler_bytes(struct pickler *p, const void *data, size_t len);
void pickler_bytearray(struct pickler *p, const void *data, size_t len);
/* A class or function by its name: one object for each. */
void pickler_global(struct pickler *p, const char *module, const char *name);

/* A text that is an object of its own: *id is 0 at first and gets its number,
 * so that later calls refer to it. One-character texts are one object for
 * each spelling, as CPython caches them. */
void pickler_own_text(struct pickler *p, const char *text, pickler_id *id);
/* The same object again. */
void pickler_again(struct pickler *p, pickler_id id);

/*
 * A list or dict of `count` items: begun, then each item (key and value)
 * after a pickler_item(), then ended.
 */
struct pickler_batch {
	size_t count, done;
	bool is_dict;
};
pickler_id pickler_list(struct pickler *p, struct pickler_batch *b,
			size_t count);
pickler_id pickler_dict(struct pickler *p, struct pickler_batch *b,
			size_t count);
void pickler_item(struct pickler *p, struct pickler_batch *b);
void pickler_end(struct pickler *p, struct pickler_batch *b);

/* A tuple of `count` values, which come between the two. */
void pickler_tuple(struct pickler *p, size_t count);
pickler_id pickler_tuple_end(struct pickler *p, size_t count);

/* cls.__new__(cls): after its pickler_global(). */
pickler_id pickler_new(struct pickler *p);
/* callable(*arguments): after both. */
pickler_id pickler_reduce(struct pickler *p);
/* object.__setstate__(state): after both. */
void pickler_build(struct pickler *p);

#endif
