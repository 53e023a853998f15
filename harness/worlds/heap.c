#include "worlds/heap.h"

#include "base/alloc.h"
#include "base/vec.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
	PAGE = 8192,
	PAGE_HEADER = 24,
	LINE_POINTER = 4,
	TUPLE_HEADER = 23,
	MAX_ALIGN = 8,
	SHORT_MAX = 126, /* bytes behind a varlena header of one byte */
	/* The free space map. */
	CATEGORY = 32, /* bytes that one step stands for */
	INNER_NODES = PAGE / 2 - 1,
	NODES = PAGE - PAGE_HEADER - 4,
	LEAVES = NODES - INNER_NODES,
};

static const struct {
	const char *name;
	size_t size, align; /* size 0: by the value */
} types[HEAP_TYPES] = {
	[HEAP_BIGINT] = {"bigint", 8, 8},
	[HEAP_BOOLEAN] = {"boolean", 1, 1},
	[HEAP_DATE] = {"date", 4, 4},
	[HEAP_DOUBLE] = {"double", 8, 8},
	[HEAP_EMPTY] = {"empty", 0, 1},
	[HEAP_INTEGER] = {"integer", 4, 4},
	[HEAP_NUMERIC] = {"numeric", 0, 4},
	[HEAP_REAL] = {"real", 4, 4},
	[HEAP_TEXT] = {"text", 0, 4},
	[HEAP_TIMESTAMP] = {"timestamp", 8, 8},
};

const char *heap_type_name(enum heap_type type)
{
	return types[type].name;
}

static size_t align(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

/* Base-10000 digits of a decimal number, without zeros at either end, and a
 * header of two bytes. */
static size_t numeric_size(const char *text)
{
	size_t whole, part, first = SIZE_MAX, last = 0, at = 0;

	text += *text == '-' || *text == '+';
	while (*text == '0' && isdigit((unsigned char)text[1]))
		text++;
	whole = strspn(text, "0123456789");
	part = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
	/* Each digit's group of four, counted from the first of the whole
	 * part, whose last group ends at the point. */
	for (size_t i = 0; i < whole + part; i++) {
		char digit = i < whole ? text[i] : text[i + 1];

		at = (i + (4 - whole % 4) % 4) / 4;
		if (digit == '0')
			continue;
		if (first == SIZE_MAX)
			first = at;
		last = at;
	}
	return 2 + (first == SIZE_MAX ? 0 : 2 * (last - first + 1));
}

/* A varlena value: a header of one byte where it is short. */
static size_t add_varlena(size_t at, size_t len)
{
	if (len <= SHORT_MAX)
		return at + 1 + len;
	return align(at, 4) + 4 + len;
}

size_t heap_row_size(const enum heap_type *row, const char *const *values,
		     size_t n)
{
	bool has_null = false;
	size_t at = 0, header = TUPLE_HEADER;

	for (size_t i = 0; i < n; i++) {
		if (!values[i] || row[i] == HEAP_EMPTY)
			has_null = true;
		else if (row[i] == HEAP_TEXT)
			at = add_varlena(at, strlen(values[i]));
		else if (row[i] == HEAP_NUMERIC)
			at = add_varlena(at, numeric_size(values[i]));
		else
			at = align(at, types[row[i]].align) +
			     types[row[i]].size;
	}
	if (has_null)
		header += (n + 7) / 8;
	return align(align(header, MAX_ALIGN) + at, MAX_ALIGN);
}

/* One leaf page of the free space map: a binary tree of what its pages have
 * at most, searched from where the last search ended. */
struct space_map {
	uint8_t nodes[NODES];
	int next;
};

static void set_space(struct space_map *map, int slot, uint8_t category)
{
	int node = slot + INNER_NODES;

	map->nodes[node] = category;
	while (node > 0) {
		int left, right;
		uint8_t most;

		node = (node - 1) / 2;
		left = 2 * node + 1;
		right = left + 1;
		most = map->nodes[left];
		if (right < NODES && map->nodes[right] > most)
			most = map->nodes[right];
		map->nodes[node] = most;
	}
}

/* The neighbour on the same level, which wraps around. */
static int right_neighbour(int node)
{
	node++;
	return ((node + 1) & node) == 0 ? (node - 1) / 2 : node;
}

static int find_space(struct space_map *map, uint8_t category)
{
	int node = map->next;

	if (map->nodes[0] < category)
		return -1;
	node = (node < LEAVES ? node : 0) + INNER_NODES;
	while (node > 0 && map->nodes[node] < category)
		node = (right_neighbour(node) - 1) / 2;
	while (node < INNER_NODES) {
		int left = 2 * node + 1;

		node = left < NODES && map->nodes[left] >= category ? left
								    : left + 1;
	}
	map->next = node - INNER_NODES + 1;
	return node - INNER_NODES;
}

struct heap_page {
	size_t free; /* for rows and line pointers */
	VEC(size_t) rows;
};

/* What a row may take. */
static size_t room(const struct heap_page *page)
{
	return page->free < LINE_POINTER ? 0 : page->free - LINE_POINTER;
}

/* The page for a row of that size: the one at hand, one that the map offers,
 * or -1: a new one. */
static int choose_page(struct space_map *map, const struct heap_page *pages,
		       int at, size_t size)
{
	uint8_t wanted = (uint8_t)((size + CATEGORY - 1) / CATEGORY);

	while (at >= 0 && at < LEAVES && room(&pages[at]) < size) {
		set_space(map, at, (uint8_t)(room(&pages[at]) / CATEGORY));
		at = find_space(map, wanted);
	}
	return at >= LEAVES ? -1 : at;
}

void heap_scan_order(const size_t *sizes, size_t n, size_t *ret)
{
	struct space_map *map = xcalloc(1, sizeof(*map));
	VEC(struct heap_page) pages = VEC_INIT;
	size_t len = 0;
	int at = -1;

	for (size_t i = 0; i < n; i++) {
		at = choose_page(map, pages.at, at, sizes[i]);
		if (at < 0) {
			*vec_push(&pages) = (struct heap_page){
				.free = PAGE - PAGE_HEADER};
			at = (int)pages.len - 1;
		}
		pages.at[at].free -= sizes[i] + LINE_POINTER;
		*vec_push(&pages.at[at].rows) = i;
	}
	for (size_t p = 0; p < pages.len; p++) {
		for (size_t i = 0; i < pages.at[p].rows.len; i++)
			ret[len++] = pages.at[p].rows.at[i];
		vec_release(&pages.at[p].rows);
	}
	vec_release(&pages);
	free(map);
}
