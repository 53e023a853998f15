/* Two sorts, one permutation: the words of model/ordered_sort.h must end
 * exactly where the pairs of tree_sort(), which is scikit-learn's, do. */
#include "model/ordered_sort.h"
#include "model/random_state.h"
#include "model/tree.h"
#include "tests/test.h"

enum { MOST = 700 };

static struct ordered_scratch scratch;

static void fill(struct random_state *rs, uint32_t *words, float *values,
		 uint32_t *samples, size_t n, uint32_t levels)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t rank = random_state_randint(rs, levels);

		words[i] = rank << 16 | (uint32_t)i;
		values[i] = (float)rank;
		samples[i] = (uint32_t)i;
	}
}

static void expect_same_order(const uint32_t *words, const uint32_t *samples,
			      size_t n)
{
	for (size_t i = 0; i < n; i++)
		ck_assert_uint_eq(words[i] & 0xffff, samples[i]);
}

START_TEST(random_words_end_where_pairs_do)
{
	static const uint32_t levels[] = {1, 2, 3, 12, 50, 400, 2000, 16384};
	static uint32_t words[MOST], samples[MOST];
	static float values[MOST];
	struct random_state rs;

	random_state_seed(&rs, 1);
	for (int round = 0; round < 6000; round++) {
		size_t n = random_state_randint(&rs, round / 8 % 2 ? 40 : MOST);

		fill(&rs, words, values, samples, n, levels[round % 8]);
		tree_sort(values, samples, n);
		ordered_sort(words, n, levels[round % 8], &scratch);
		expect_same_order(words, samples, n);
	}
}
END_TEST

/* Median of three killers: the depth runs out, also down to two equal words,
 * which a heap sort swaps. */
START_TEST(words_that_run_out_of_depth_end_where_pairs_do)
{
	static uint32_t words[MOST], samples[MOST];
	static float values[MOST];

	for (size_t n = 2; n < MOST; n++)
		for (uint32_t step = 1; step < 4; step++) {
			for (size_t i = 0; i < n; i++) {
				size_t k = i % 2 ? i : n / 2 + i / 2;

				words[i] = (uint32_t)(k / step) << 16 |
					   (uint32_t)i;
				values[i] = (float)(k / step);
				samples[i] = (uint32_t)i;
			}
			tree_sort(values, samples, n);
			ordered_sort(words, n, RANKS_MAX_ROWS, &scratch);
			expect_same_order(words, samples, n);
		}
}
END_TEST

/* All permutations of few ranks over few places: every small case there is,
 * with the little depth that small cases have. */
START_TEST(every_small_case_ends_where_pairs_do)
{
	uint32_t words[6], samples[6];
	float values[6];

	for (size_t n = 0; n <= 6; n++)
		for (uint32_t code = 0; code < 4096; code++) {
			for (size_t i = 0; i < n; i++) {
				uint32_t rank = code >> (2 * i) & 3;

				words[i] = rank << 16 | (uint32_t)i;
				values[i] = (float)rank;
				samples[i] = (uint32_t)i;
			}
			tree_sort(values, samples, n);
			ordered_sort(words, n, RANKS_MAX_ROWS, &scratch);
			expect_same_order(words, samples, n);
		}
}
END_TEST

/* scikit-learn's loop. */
static void partition(uint32_t *words, size_t n, uint32_t rank)
{
	size_t p = 0, last = n - 1;

	while (p < last) {
		uint32_t word = words[p];

		if (word >> 16 <= rank) {
			p++;
		} else {
			words[p] = words[last];
			words[last--] = word;
		}
	}
}

START_TEST(a_partition_ends_where_its_steps_do)
{
	static uint32_t words[MOST], expected[MOST], samples[MOST];
	static float values[MOST];
	struct random_state rs;

	random_state_seed(&rs, 2);
	for (int round = 0; round < 6000; round++) {
		size_t n = 2 + random_state_randint(&rs, round % 2 ? 60 : 600);
		uint32_t rank = random_state_randint(&rs, 9);
		size_t n_left = 0;

		fill(&rs, words, values, samples, n, 10);
		memcpy(expected, words, sizeof(words));
		for (size_t i = 0; i < n; i++)
			n_left += words[i] >> 16 <= rank;
		if (n_left == n)
			continue;
		partition(expected, n, rank);
		ordered_partition(words, n, n_left, rank, &scratch);
		ck_assert_mem_eq(words, expected, n * sizeof(*words));
	}
}
END_TEST

TESTS_MAIN("model/ordered_sort", random_words_end_where_pairs_do,
	   words_that_run_out_of_depth_end_where_pairs_do,
	   every_small_case_ends_where_pairs_do,
	   a_partition_ends_where_its_steps_do)
