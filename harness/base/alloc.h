/*
 * Allocation that does not return NULL: a program that grades has nothing
 * useful to do without memory, and what comes from outside is capped by its
 * reader, so running out is the machine's state and not an input's doing.
 * On failure the process writes one line to stderr and aborts (the supervisor
 * cleans up behind it).
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stddef.h>

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *ptr, size_t size);
/* Aborts where count * size overflows. */
void *xreallocarray(void *ptr, size_t count, size_t size);
/* alignment: a power of two. */
void *xaligned_alloc(size_t alignment, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);

/* For _cleanup_(free_pointer): frees what a `T *` variable points to. */
void free_pointer(void *pointer_to_pointer);

#endif
