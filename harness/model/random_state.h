/*
 * NumPy's legacy numpy.random.RandomState, as far as scikit-learn draws from
 * it: MT19937 seeded by an int, bounded integers by masked rejection, and
 * permutations. The same seed gives the same numbers, for ever: NumPy froze
 * this stream (NEP 19).
 *
 * Sources: NumPy 2.x numpy/random/src/mt19937/mt19937.c, mtrand.pyx,
 * src/distributions/distributions.c (random_interval, the masked fills).
 */
#ifndef MODEL_RANDOM_STATE_H
#define MODEL_RANDOM_STATE_H

#include <stddef.h>
#include <stdint.h>

enum { RANDOM_STATE_WORDS = 624 };

struct random_state {
	uint32_t key[RANDOM_STATE_WORDS];
	size_t pos; /* next word of key; RANDOM_STATE_WORDS: refill first */
};

/* RandomState(seed). */
void random_state_seed(struct random_state *rs, uint32_t seed);

/* The next 32 bits. */
uint32_t random_state_next(struct random_state *rs);

/* randint(0, high), 1 <= high <= 2^32 - 1: a number in [0, high). The same
 * draws for every dtype of at least 32 bits. */
uint32_t random_state_randint(struct random_state *rs, uint32_t high);

/* random_sample(): 53 bits in [0, 1). */
double random_state_sample(struct random_state *rs);

/* shuffle(v) of n numbers, in place; n < 2^32. */
void random_state_shuffle(struct random_state *rs, size_t *v, size_t n);

/* permutation(n): fills ret[0..n). */
void random_state_permutation(struct random_state *rs, size_t n, size_t *ret);

#endif
