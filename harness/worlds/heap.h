/*
 * In which order a PostgreSQL table that was filled by one INSERT gives its
 * rows back without ORDER BY: nearly as they came. A row that does not fit
 * into the page at hand goes to an earlier one with room, where the free space
 * map offers it, so that some come out before their time; and a forest fitted
 * to them is another one.
 *
 * This follows what PostgreSQL 13 to 17 do with pages of 8 kB and a fillfactor
 * of 100 while one session writes: heap rows without TOAST, no vacuum, an
 * empty table. Sources: src/backend/access/heap/hio.c
 * (RelationGetBufferForTuple), storage/freespace/freespace.c, fsmpage.c,
 * access/common/heaptuple.c (heap_compute_data_size), utils/adt/numeric.c.
 */
#ifndef WORLDS_HEAP_H
#define WORLDS_HEAP_H

#include <stdbool.h>
#include <stddef.h>

enum heap_type {
	HEAP_BIGINT,
	HEAP_BOOLEAN,
	HEAP_DATE,
	HEAP_DOUBLE,
	HEAP_EMPTY, /* a column left NULL */
	HEAP_INTEGER,
	HEAP_NUMERIC,
	HEAP_REAL,
	HEAP_TEXT,
	HEAP_TIMESTAMP,
	HEAP_TYPES,
};

const char *heap_type_name(enum heap_type type);

/* How many bytes a row takes in a page. values: as texts; NULL is NULL. */
size_t heap_row_size(const enum heap_type *types, const char *const *values,
		     size_t n);

/* ret[i]: which of the n inserted rows comes i-th out of a scan. Sizes as of
 * heap_row_size(), at most 8160. */
void heap_scan_order(const size_t *sizes, size_t n, size_t *ret);

#endif
