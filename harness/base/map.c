#include "base/map.h"

#include "base/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a, 64 bit (Fowler, Noll, Vo). Keys are names of our own files and
 * capped in number by their readers, so no seed is needed. */
static size_t hash_of(const char *key)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *key; key++)
		h = (h ^ (unsigned char)*key) * UINT64_C(0x100000001b3);
	return (size_t)h;
}

void map_release(struct map *map)
{
	for (size_t i = 0; i < map->len; i++)
		free(map->entries[i].key);
	free(map->entries);
	free(map->slots);
	*map = (struct map)MAP_INIT;
}

/* The slot that holds the key, or the free one where it would go. */
static size_t find_slot(const struct map *map, const char *key, size_t hash)
{
	size_t mask = map->slot_count - 1;
	size_t slot = hash & mask;

	while (map->slots[slot]) {
		const struct map_entry *e = &map->entries[map->slots[slot] - 1];
		if (e->hash == hash && !strcmp(e->key, key))
			break;
		slot = (slot + 1) & mask;
	}
	return slot;
}

void *map_get(const struct map *map, const char *key)
{
	if (!map->len)
		return NULL;
	size_t slot = find_slot(map, key, hash_of(key));
	return map->slots[slot] ? map->entries[map->slots[slot] - 1].value
				: NULL;
}

static void rehash(struct map *map)
{
	map->slot_count = map->slot_count ? map->slot_count * 2 : 16;
	free(map->slots);
	map->slots = xcalloc(map->slot_count, sizeof(*map->slots));
	for (size_t i = 0; i < map->len; i++) {
		const struct map_entry *e = &map->entries[i];
		map->slots[find_slot(map, e->key, e->hash)] = i + 1;
	}
}

void *map_put(struct map *map, const char *key, void *value)
{
	size_t hash = hash_of(key);

	if (map->len * 2 >= map->slot_count)
		rehash(map);
	size_t slot = find_slot(map, key, hash);
	if (map->slots[slot]) {
		struct map_entry *e = &map->entries[map->slots[slot] - 1];
		void *old = e->value;
		e->value = value;
		return old;
	}
	if (map->len == map->alloc) {
		map->alloc = map->alloc ? map->alloc * 2 : 8;
		map->entries = xreallocarray(map->entries, map->alloc,
					     sizeof(*map->entries));
	}
	map->entries[map->len] =
		(struct map_entry){ xstrdup(key), value, hash };
	map->slots[slot] = ++map->len;
	return NULL;
}
