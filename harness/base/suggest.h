/* "did you mean `within`?" */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

#include <stddef.h>

/* The name nearest to what was typed (Damerau-Levenshtein distance, optimal
 * string alignment), or NULL where none is near enough to be what was meant:
 * at most 2 edits, and fewer than half of its letters. `name_of(list, i)`
 * gives the i-th of count names. */
const char *suggest_name(const char *typed, const void *list, size_t count,
			 const char *(*name_of)(const void *list, size_t i));

#endif
