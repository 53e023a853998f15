#include "model/tree.h"

#include <string.h>

/* our_rand_r(), in [low, high). */
static size_t rand_int(size_t low, size_t high, uint32_t *state)
{
	uint32_t x = *state ? *state : 1;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	*state = x;
	return low + (x & 0x7fffffffu) % (high - low);
}

static void swap_features(size_t *features, size_t i, size_t j)
{
	size_t feature = features[i];

	features[i] = features[j];
	features[j] = feature;
}

size_t tree_draw_features(struct tree_scratch *s, size_t n_features,
			  size_t max_features, size_t n_known,
			  bool (*try_feature)(void *search, size_t feature),
			  void *search)
{
	size_t *features = s->features, f_i = n_features, visited = 0;
	size_t found = 0, drawn = 0, total = n_known;

	while (f_i > total &&
	       (visited < max_features || visited <= found + drawn)) {
		size_t f_j = rand_int(drawn, f_i - found, &s->rand_r_state);

		visited++;
		if (f_j < n_known) {
			swap_features(features, drawn++, f_j);
			continue;
		}
		f_j += found;
		if (try_feature(search, features[f_j])) {
			swap_features(features, --f_i, f_j);
		} else {
			swap_features(features, f_j, total++);
			found++;
		}
	}
	/* Siblings and children find the known constants in their order. */
	memcpy(features, s->constant_features, n_known * sizeof(size_t));
	memcpy(s->constant_features + n_known, features + n_known,
	       found * sizeof(size_t));
	return total;
}
