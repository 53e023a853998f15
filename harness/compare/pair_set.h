/* A set of pairs of 32-bit ids: which two values were already compared. */
#ifndef COMPARE_PAIR_SET_H
#define COMPARE_PAIR_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pair_set {
	uint64_t *pairs; /* open addressing; 0 is free */
	size_t len, alloc; /* alloc is a power of two, or 0 */
};

#define PAIR_SET_INIT { NULL, 0, 0 }

/* Whether the pair is new. Ids are below UINT32_MAX. */
bool pair_set_add(struct pair_set *set, uint32_t left, uint32_t right);
void pair_set_release(struct pair_set *set);

#endif
