/*
 * A map from strings to pointers that keeps the order of insertion, for names
 * declared once and looked up often. Keys are copied; values are borrowed.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stddef.h>

struct map_entry {
	char *key;
	void *value;
	size_t hash;
};

struct map {
	struct map_entry *entries; /* in order of insertion */
	size_t len, alloc;
	size_t *slots; /* open addressing; index + 1 into entries, 0 is free */
	size_t slot_count;
};

#define MAP_INIT { NULL, 0, 0, NULL, 0 }

void map_release(struct map *map);
/* NULL where the key is absent. */
void *map_get(const struct map *map, const char *key);
/* Adds or replaces; gives the value that was there before, or NULL. */
void *map_put(struct map *map, const char *key, void *value);

#endif
