/* Expected numbers: NumPy 2.4's numpy.random.RandomState. */
#include "model/random_state.h"
#include "tests/test.h"

START_TEST(bounded_integers_are_numpys)
{
	struct random_state rs;

	random_state_seed(&rs, 42);
	ck_assert_uint_eq(random_state_randint(&rs, 2147483647), 1608637542);
	ck_assert_uint_eq(random_state_randint(&rs, 2147483647), 1273642419);
	ck_assert_uint_eq(random_state_randint(&rs, 2147483647), 1935803228);
}
END_TEST

START_TEST(the_largest_seed_is_taken)
{
	struct random_state rs;

	random_state_seed(&rs, UINT32_MAX);
	ck_assert_uint_eq(random_state_randint(&rs, 2147483647), 419326371);
	ck_assert_uint_eq(random_state_randint(&rs, 2147483647), 479346978);
}
END_TEST

START_TEST(permutations_samples_and_integers_follow_each_other)
{
	static const size_t order[] = {1, 4, 0, 3, 2};
	static const unsigned int drawn[] = {2, 2, 4, 3, 2};
	struct random_state rs;
	size_t got[5];

	random_state_seed(&rs, 42);
	for (int i = 0; i < 3; i++)
		random_state_randint(&rs, 2147483647);
	random_state_permutation(&rs, 5, got);
	for (size_t i = 0; i < 5; i++)
		ck_assert_uint_eq(got[i], order[i]);
	ck_assert_double_eq_tol(random_state_sample(&rs), 0.15601864, 1e-8);
	ck_assert_double_eq_tol(random_state_sample(&rs), 0.15599452, 1e-8);
	for (size_t i = 0; i < 5; i++)
		ck_assert_uint_eq(random_state_randint(&rs, 7), drawn[i]);
}
END_TEST

START_TEST(one_number_to_choose_from_takes_no_draw)
{
	struct random_state rs, untouched;

	random_state_seed(&rs, 7);
	untouched = rs;
	ck_assert_uint_eq(random_state_randint(&rs, 1), 0);
	ck_assert_mem_eq(&rs, &untouched, sizeof(rs));
}
END_TEST

TESTS_MAIN("model/random_state", bounded_integers_are_numpys,
	   the_largest_seed_is_taken,
	   permutations_samples_and_integers_follow_each_other,
	   one_number_to_choose_from_takes_no_draw)
