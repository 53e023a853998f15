/*
 * Patterns (PCRE2) over what programs print. Both may come from elsewhere: the
 * work of a match is capped.
 */
#ifndef BASE_PATTERN_H
#define BASE_PATTERN_H

#include "base/error.h"

#include <stddef.h>

enum { PATTERN_GROUPS = 10 };

/* Where group i of a match lies in the text; [0] is the whole. A group that
 * took no part is empty. */
struct pattern_match {
	size_t from[PATTERN_GROUPS], to[PATTERN_GROUPS];
};

/* ERROR_INVALID, with the place, where it is no pattern. */
int pattern_check(const char *pattern, struct error *err);

/* The first match at or after `from`, lines at `^` and `$`: 1, 0 where there
 * is none, -1 where it is no pattern or takes too long. ret may be NULL. */
int pattern_find(const char *pattern, const char *text, size_t len,
		 size_t from, struct pattern_match *ret, struct error *err);

#endif
