/*
 * An arena owns everything allocated from it, and gives it all back at once.
 * One arena holds a run's values (names, outcomes, texts), so nothing in them
 * is freed singly. Blocks are aligned for any type and zeroed.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/compiler.h"

#include <stdarg.h>
#include <stddef.h>

struct arena_chunk;
struct arena {
	struct arena_chunk *chunks; /* newest first */
	size_t total;               /* bytes handed out */
};

#define ARENA_INIT { NULL, 0 }

void arena_release(struct arena *arena); /* back to ARENA_INIT */

void *arena_alloc(struct arena *arena, size_t size);
void *arena_array(struct arena *arena, size_t count, size_t size);
#define arena_new(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
char *arena_strdup(struct arena *arena, const char *s); /* NULL gives NULL */
char *arena_strndup(struct arena *arena, const char *s, size_t n);
/* The line at *at, without its end, and *at behind it; NULL where there is
 * none. The last one needs no end. */
char *arena_line(struct arena *arena, const char **at);
char *arena_printf(struct arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3);
char *arena_vprintf(struct arena *arena, const char *fmt, va_list ap);

#endif
