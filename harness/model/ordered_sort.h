/*
 * scikit-learn's introsort of words by their upper 16 bits, inside model/:
 * the very permutation of tree_sort(), but not by its steps. Ranks that are
 * all different have one order only, and any sort finds it; where some are
 * equal, the outcome of each partition is computed at once.
 */
#ifndef MODEL_ORDERED_SORT_H
#define MODEL_ORDERED_SORT_H

#include "model/ranks.h"

#include <stddef.h>
#include <stdint.h>

struct ordered_scratch {
	uint64_t present[RANKS_MAX_ROWS / 64]; /* all zero between calls */
	uint16_t place[RANKS_MAX_ROWS];
	uint32_t more[RANKS_MAX_ROWS + 1], others[RANKS_MAX_ROWS + 1];
};

/* n <= RANKS_MAX_ROWS words, all ranks < n_ranks. */
void ordered_sort(uint32_t *v, size_t n, size_t n_ranks,
		  struct ordered_scratch *s);

/* partition_samples_final() of words of which n_left < n are of no more than
 * this rank. */
void ordered_partition(uint32_t *v, size_t n, size_t n_left, uint32_t rank,
		       struct ordered_scratch *s);

#endif
