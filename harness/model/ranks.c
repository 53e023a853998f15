#include "model/ranks.h"
#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

enum { DIGIT_BITS = 11, DIGITS = 3, BUCKETS = 1 << DIGIT_BITS };

void rank_block_init(struct rank_block *b, size_t max_rows, size_t n_features)
{
	*b = (struct rank_block){
		.n_features = n_features,
		.row_alloc = max_rows,
		.ranks = xreallocarray(NULL, max_rows * n_features,
				       sizeof(uint16_t)),
		.values = xreallocarray(NULL, max_rows * n_features,
					sizeof(float)),
		.n_distinct = xcalloc(n_features, sizeof(uint32_t)),
		.sort = {xreallocarray(NULL, max_rows, sizeof(uint64_t)),
			 xreallocarray(NULL, max_rows, sizeof(uint64_t))},
	};
}

void rank_block_release(struct rank_block *b)
{
	free(b->ranks);
	free(b->values);
	free(b->n_distinct);
	free(b->sort[0]);
	free(b->sort[1]);
	*b = (struct rank_block){0};
}

static unsigned int digit(uint64_t item, unsigned int i)
{
	return (unsigned int)(item >> (32 + i * DIGIT_BITS)) & (BUCKETS - 1);
}

/* One pass over a digit whose counts are known. */
static void scatter(const uint64_t *from, uint64_t *to, size_t n,
		    unsigned int d, const uint32_t *counts)
{
	uint32_t next[BUCKETS], sum = 0;

	for (size_t i = 0; i < BUCKETS; i++) {
		next[i] = sum;
		sum += counts[i];
	}
	for (size_t i = 0; i < n; i++)
		to[next[digit(from[i], d)]++] = from[i];
}

static void insertion_sort(uint64_t *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		uint64_t item = v[i];
		size_t j = i;

		for (; j && v[j - 1] >> 32 > item >> 32; j--)
			v[j] = v[j - 1];
		v[j] = item;
	}
}

const uint64_t *rank_radix_sort(uint64_t *from, uint64_t *other, size_t n)
{
	uint32_t counts[DIGITS][BUCKETS];

	if (n < 64) {
		insertion_sort(from, n);
		return from;
	}
	memset(counts, 0, sizeof(counts));
	for (size_t i = 0; i < n; i++)
		for (unsigned int d = 0; d < DIGITS; d++)
			counts[d][digit(from[i], d)]++;
	for (unsigned int d = 0; d < DIGITS; d++) {
		uint64_t *kept = from;

		if (counts[d][digit(from[0], d)] == n)
			continue; /* all have the same digit */
		scatter(from, other, n, d, counts[d]);
		from = other;
		other = kept;
	}
	return from;
}

static void rank_feature(struct rank_block *b, size_t f, const uint64_t *sorted)
{
	uint16_t *ranks = b->ranks + f * b->row_alloc;
	float *values = b->values + f * b->row_alloc;
	uint32_t n_distinct = 0;
	size_t i;

	for (i = 0; i < b->n_rows; i++) {
		uint32_t key = (uint32_t)(sorted[i] >> 32);

		if (key == RANK_KEY_MISSING)
			break;
		if (!i || key != (uint32_t)(sorted[i - 1] >> 32))
			values[n_distinct++] = rank_value(key);
		ranks[(uint32_t)sorted[i]] = (uint16_t)(n_distinct - 1);
	}
	for (; i < b->n_rows; i++)
		ranks[(uint32_t)sorted[i]] = (uint16_t)n_distinct;
	b->n_distinct[f] = n_distinct;
}

void rank_block_fill(struct rank_block *b, const float *columns,
		     size_t column_length, const uint32_t *rows, size_t n_rows)
{
	b->n_rows = n_rows;
	for (size_t f = 0; f < b->n_features; f++) {
		const float *column = columns + f * column_length;

		for (size_t i = 0; i < n_rows; i++)
			b->sort[0][i] =
				(uint64_t)rank_key_or_missing(
					column[rows ? rows[i] : i])
					<< 32 |
				i;
		rank_feature(b, f,
			     rank_radix_sort(b->sort[0], b->sort[1], n_rows));
	}
}
