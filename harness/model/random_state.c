#include "model/random_state.h"

enum { MT_MIDDLE = 397 };

void random_state_seed(struct random_state *rs, uint32_t seed)
{
	for (size_t i = 0; i < RANDOM_STATE_WORDS; i++) {
		rs->key[i] = seed;
		seed = 1812433253u * (seed ^ (seed >> 30)) + (uint32_t)i + 1;
	}
	rs->pos = RANDOM_STATE_WORDS;
}

static uint32_t twist(uint32_t high, uint32_t low, uint32_t other)
{
	uint32_t mixed = (high & 0x80000000u) | (low & 0x7fffffffu);

	return other ^ (mixed >> 1) ^ ((0u - (low & 1u)) & 0x9908b0dfu);
}

static void refill(struct random_state *rs)
{
	uint32_t *key = rs->key;
	size_t n = RANDOM_STATE_WORDS, m = MT_MIDDLE, i;

	for (i = 0; i < n - m; i++)
		key[i] = twist(key[i], key[i + 1], key[i + m]);
	for (; i < n - 1; i++)
		key[i] = twist(key[i], key[i + 1], key[i + m - n]);
	key[n - 1] = twist(key[n - 1], key[0], key[m - 1]);
	rs->pos = 0;
}

uint32_t random_state_next(struct random_state *rs)
{
	uint32_t y;

	if (rs->pos == RANDOM_STATE_WORDS)
		refill(rs);
	y = rs->key[rs->pos++];
	y ^= y >> 11;
	y ^= (y << 7) & 0x9d2c5680u;
	y ^= (y << 15) & 0xefc60000u;
	return y ^ (y >> 18);
}

/* All ones up to the highest bit of max. */
static uint32_t mask_of(uint32_t max)
{
	for (unsigned int shift = 1; shift < 32; shift *= 2)
		max |= max >> shift;
	return max;
}

/* A number in [0, max]: bits are drawn until they are not too many. Nothing
 * is drawn for max 0. */
static uint32_t draw_interval(struct random_state *rs, uint32_t max)
{
	uint32_t mask = mask_of(max), value;

	if (!max)
		return 0;
	do {
		value = random_state_next(rs) & mask;
	} while (value > max);
	return value;
}

uint32_t random_state_randint(struct random_state *rs, uint32_t high)
{
	return draw_interval(rs, high - 1);
}

double random_state_sample(struct random_state *rs)
{
	uint32_t a = random_state_next(rs) >> 5;
	uint32_t b = random_state_next(rs) >> 6;

	return (a * 67108864.0 + b) / 9007199254740992.0;
}

void random_state_shuffle(struct random_state *rs, size_t *v, size_t n)
{
	for (size_t i = n; i-- > 1;) {
		size_t j = draw_interval(rs, (uint32_t)i);
		size_t kept = v[j];

		v[j] = v[i];
		v[i] = kept;
	}
}

void random_state_permutation(struct random_state *rs, size_t n, size_t *ret)
{
	for (size_t i = 0; i < n; i++)
		ret[i] = i;
	random_state_shuffle(rs, ret, n);
}
