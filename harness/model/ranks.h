/*
 * Values of some rows replaced by their ranks, inside model/: where only the
 * order of values matters, 16 bits stand for a float, and equal ranks for
 * equal values (0 and -0 are). The rank of a missing value is one more than
 * the highest. Rows are numbered from 0 within the block.
 */
#ifndef MODEL_RANKS_H
#define MODEL_RANKS_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

enum { RANKS_MAX_ROWS = 16384 };

struct rank_block {
	size_t n_rows, n_features;
	size_t row_alloc;
	uint16_t *ranks;      /* by columns */
	float *values;        /* distinct, sorted; row_alloc a feature */
	uint32_t *n_distinct; /* by feature; the missing not counted */
	uint64_t *sort[2];    /* scratch */
};

void rank_block_init(struct rank_block *b, size_t max_rows, size_t n_features);
void rank_block_release(struct rank_block *b);

/* Ranks n_rows <= max_rows rows: those numbered in rows, or the first ones
 * for NULL. columns: as of struct tree_data. */
void rank_block_fill(struct rank_block *b, const float *columns,
		     size_t column_length, const uint32_t *rows, size_t n_rows);

/* A key that sorts as the value does. */
static inline uint32_t rank_key(float value)
{
	union {
		float value;
		uint32_t bits;
	} u = {value + 0.0f}; /* -0 becomes 0 */

	return u.bits ^ ((0u - (u.bits >> 31)) | 0x80000000u);
}

/* The key of a missing value: above all others. */
#define RANK_KEY_MISSING UINT32_MAX

static inline uint32_t rank_key_or_missing(float value)
{
	return isnan(value) ? RANK_KEY_MISSING : rank_key(value);
}

static inline float rank_value(uint32_t key)
{
	union {
		uint32_t bits;
		float value;
	} u = {key >> 31 ? key ^ 0x80000000u : ~key};

	return u.value;
}

/* Sorts by the upper 32 bits of each; gives which of the two holds the
 * result. Stable. */
const uint64_t *rank_radix_sort(uint64_t *from, uint64_t *other, size_t n);

#endif
