/*
 * The images of submissions that the engine keeps (bis-cache/built-*), and the
 * room that images take.
 */
#ifndef STACK_IMAGE_CACHE_H
#define STACK_IMAGE_CACHE_H

#include "base/error.h"
#include "stack/engine.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Removes images by their tags, in order, until all images of the engine
 * together (what they share counts once) take no more than `most` bytes. One
 * that a container uses stays. *ret_removed: how many went; *ret_bytes: what
 * they take then. ERROR_UNAVAILABLE: there is no engine.
 */
int image_cache_trim(const char *const *tags, size_t count, int64_t most,
		     size_t *ret_removed, int64_t *ret_bytes,
		     struct error *err);

/*
 * Removes images whose names match `pattern` ("bis-cache/built-*"), those that
 * were built longest ago first, until the others take at most `most` bytes, as
 * the engine says it: layers that images share count in each. Those named in
 * keep stay, and so do those that a container uses, whatever they take.
 */
void image_cache_cap(struct engine *engine, const char *pattern,
		     const char *const *keep, size_t keep_count, int64_t most);

/* "22.3GB", as engines write it, in bytes; -1 for what is none. */
int64_t image_cache_bytes(const char *text);

#endif
