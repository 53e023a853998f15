#include "compare/pair_set.h"

#include "base/alloc.h"

#include <stdlib.h>

static size_t pair_slot(const struct pair_set *s, uint64_t pair)
{
	size_t i = (size_t)((pair * UINT64_C(0x9e3779b97f4a7c15)) >> 16);

	while (s->pairs[i & (s->alloc - 1)] &&
	       s->pairs[i & (s->alloc - 1)] != pair)
		i++;
	return i & (s->alloc - 1);
}

static void pair_grow(struct pair_set *s)
{
	struct pair_set old = *s;

	s->alloc = old.alloc ? old.alloc * 2 : 1024;
	s->pairs = xcalloc(s->alloc, sizeof(*s->pairs));
	for (size_t i = 0; i < old.alloc; i++)
		if (old.pairs[i])
			s->pairs[pair_slot(s, old.pairs[i])] = old.pairs[i];
	free(old.pairs);
}

bool pair_set_add(struct pair_set *s, uint32_t left, uint32_t right)
{
	uint64_t pair = ((uint64_t)left + 1) << 32 | (right + 1);

	if (s->len * 2 >= s->alloc)
		pair_grow(s);
	size_t slot = pair_slot(s, pair);
	if (s->pairs[slot])
		return false;
	s->pairs[slot] = pair;
	s->len++;
	return true;
}

void pair_set_release(struct pair_set *s)
{
	free(s->pairs);
	*s = (struct pair_set)PAIR_SET_INIT;
}
