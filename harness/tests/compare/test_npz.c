/* .npz files, as numpy.savez() and savez_compressed() write them. */
#include "tests/test.h"

#include "compare/ladder.h"
#include "format/mapped.h"
#include "format/npz.h"

static struct comparison c;

static const char *seed(const char *name, char buf[4096])
{
	snprintf(buf, 4096, "%s/harness/fuzz/corpus/npz/%s", tests_srcdir(),
		 name);
	return buf;
}

static enum rung compare(const char *left, const char *right)
{
	char a[4096], b[4096];
	struct error err = ERROR_INIT;

	comparison_release(&c);
	ck_assert_msg(compare_paths(seed(left, a), seed(right, b), NULL, &c,
				    &err) == 0, "%s", err.message);
	return c.rung;
}

START_TEST(compression_and_order_of_arrays_do_not_count)
{
	ck_assert_int_eq(compare("stored.npz", "deflated.npz"),
			 RUNG_CANONICAL);
	ck_assert_uint_eq(c.differences.len, 0);
	comparison_release(&c);
}
END_TEST

START_TEST(arrays_are_compared_by_name)
{
	ck_assert_int_eq(compare("stored.npz", "other.npz"), RUNG_NONE);
	ck_assert_uint_eq(c.differences.len, 4);
	ck_assert_str_eq(c.differences.at[0].path, "w");
	ck_assert_str_eq(c.differences.at[0].left, "absent");
	ck_assert_str_eq(c.differences.at[1].path, "x[3]");
	ck_assert_str_eq(c.differences.at[1].right, "3.5");
	ck_assert_str_eq(c.differences.at[2].path, "y");
	ck_assert_str_eq(c.differences.at[3].right,
			 "the same in another order");
	comparison_release(&c);
}
END_TEST

START_TEST(cut_short_or_changed_is_an_error_or_an_array)
{
	char path[4096];
	struct mapped m = MAPPED_INIT;
	struct npz npz;

	ck_assert_int_eq(mapped_open(&m, seed("deflated.npz", path), 1 << 20,
				     NULL), 0);
	for (size_t i = 0; i < m.len; i++) {
		unsigned char *copy = malloc(m.len);
		memcpy(copy, m.data, m.len);
		if (i < m.len / 2)
			ck_assert_int_eq(npz_decode(&npz, copy, i, NULL), -1);
		copy[i] ^= 0x55;
		if (npz_decode(&npz, copy, m.len, NULL) == 0)
			npz_release(&npz);
		free(copy);
	}
	mapped_close(&m);
}
END_TEST

TESTS_MAIN("compare/npz", compression_and_order_of_arrays_do_not_count,
	   arrays_are_compared_by_name,
	   cut_short_or_changed_is_an_error_or_an_array)
