/*
 * A growing string with a cap that is given at birth.
 *
 * Invariant: buf is never NULL, buf[len] is '\0', len <= cap. What would go
 * past the cap is dropped and `truncated` is set, so code that appends need
 * not check each time; who cares looks once at the end. The bytes may hold
 * NULs where they come from outside.
 */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include "base/compiler.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct strbuf {
	char *buf;
	size_t len, alloc, cap;
	bool truncated;
};

extern char strbuf_empty[1];
#define STRBUF_INIT(max) { strbuf_empty, 0, 0, (max), false }

/* Caps for what we write ourselves: a report, a line, a path. */
#define STRBUF_TEXT ((size_t)64 * 1024 * 1024)
#define STRBUF_LINE ((size_t)64 * 1024)

void strbuf_init(struct strbuf *sb, size_t cap);
void strbuf_release(struct strbuf *sb); /* usable again, same cap */
void strbuf_reset(struct strbuf *sb);   /* empty, memory kept */
char *strbuf_detach(struct strbuf *sb, size_t *ret_len); /* caller frees */

void strbuf_add(struct strbuf *sb, const void *data, size_t len);
void strbuf_addstr(struct strbuf *sb, const char *s);
void strbuf_addch(struct strbuf *sb, char c);
void strbuf_addchars(struct strbuf *sb, char c, size_t count);
void strbuf_addf(struct strbuf *sb, const char *fmt, ...) PRINTF_LIKE(2, 3);
void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap);
void strbuf_setlen(struct strbuf *sb, size_t len); /* only shorter */
void strbuf_rtrim(struct strbuf *sb); /* white space at the end */

/* Room for `extra` more bytes, or what the cap leaves: where to write, and
 * how much fits. Call strbuf_grew() with what was written. */
char *strbuf_room(struct strbuf *sb, size_t extra, size_t *ret_room);
void strbuf_grew(struct strbuf *sb, size_t len);

#endif
