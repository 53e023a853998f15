#include "tests/test.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/number.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/suggest.h"
#include "base/vec.h"

#include <locale.h>
#include <math.h>

START_TEST(strbuf_stops_at_its_cap_and_says_so)
{
	struct strbuf sb = STRBUF_INIT(5);

	strbuf_addstr(&sb, "abc");
	ck_assert(!sb.truncated);
	strbuf_addf(&sb, "%s", "defg");
	ck_assert_str_eq(sb.buf, "abcde");
	ck_assert(sb.truncated);
	strbuf_release(&sb);
	ck_assert_str_eq(sb.buf, "");
}
END_TEST

START_TEST(strbuf_takes_the_largest_cap)
{
	struct strbuf sb = STRBUF_INIT(SIZE_MAX);

	strbuf_addstr(&sb, "abc");
	ck_assert_str_eq(sb.buf, "abc");
	ck_assert_uint_gt(sb.alloc, 3);
	strbuf_release(&sb);
}
END_TEST

START_TEST(error_context_goes_in_front)
{
	struct error err = ERROR_INIT;

	ck_assert_int_eq(error_set(&err, ERROR_LIMIT, "too %s", "deep"), -1);
	error_context(&err, "reading %s", "x.yaml");
	ck_assert_str_eq(err.message, "reading x.yaml: too deep");
	ck_assert_int_eq(err.kind, ERROR_LIMIT);
}
END_TEST

/* What a build says last is why it failed. */
START_TEST(a_context_does_not_cost_a_long_error_its_end)
{
	struct error err = ERROR_INIT;
	char text[1900];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	error_set(&err, ERROR_INVALID, "%s, the end", text);
	error_context(&err, "reading x.yaml");
	ck_assert_ptr_nonnull(strstr(err.message, "xx, the end"));
	memset(text, 'y', sizeof(text) - 1);
	error_context(&err, "%s", text);
	ck_assert_int_eq(err.message[0], 'y');
	ck_assert_uint_lt(strlen(err.message), sizeof(err.message));
}
END_TEST

START_TEST(long_error_is_cut_between_characters)
{
	struct error err = ERROR_INIT;
	char text[4096];

	for (size_t i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	text[sizeof(text) - 2] = '\0';
	error_set(&err, ERROR_INVALID, "x%s", text);
	size_t len = strlen(err.message);
	ck_assert_int_eq(err.message[len - 1], '\xa9');
	error_set(&err, ERROR_INVALID, "%s", text);
	len = strlen(err.message);
	ck_assert_int_eq(err.message[len - 1], '\xa9');
}
END_TEST

START_TEST(map_keeps_order_and_replaces)
{
	struct map map = MAP_INIT;
	char key[16];
	int values[500];

	for (int i = 0; i < 500; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		ck_assert_ptr_null(map_put(&map, key, &values[i]));
	}
	for (int i = 0; i < 500; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		ck_assert_ptr_eq(map_get(&map, key), &values[i]);
		ck_assert_str_eq(map.entries[i].key, key);
	}
	ck_assert_ptr_eq(map_put(&map, "k7", &values[0]), &values[7]);
	ck_assert_ptr_null(map_get(&map, "absent"));
	map_release(&map);
}
END_TEST

START_TEST(doubles_round_trip_in_any_locale)
{
	static const double cases[] = {
		0.1, 1.0 / 3, 0.8202, 29.85, 1e308, 5e-324, -0.0, 123456789.0,
	};
	char buf[NUMBER_TEXT];
	double back;

	setlocale(LC_ALL, "fr_FR.UTF-8"); /* where it is installed */
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		number_format_double(cases[i], buf);
		ck_assert_ptr_null(strchr(buf, ','));
		ck_assert(number_parse_double(buf, &back));
		ck_assert_int_eq(memcmp(&back, &cases[i], sizeof(back)), 0);
	}
	ck_assert_str_eq(number_format_double(0.8202, buf), "0.8202");
	ck_assert(!number_parse_double("1,5", &back));
	ck_assert(!number_parse_double("", &back));
	ck_assert(!number_parse_double("1x", &back));
}
END_TEST

START_TEST(ulps_count_representable_doubles)
{
	ck_assert_uint_eq(number_ulps(1.0, 1.0), 0);
	ck_assert_uint_eq(number_ulps(0.0, -0.0), 0);
	ck_assert_uint_eq(number_ulps(1.0, nextafter(1.0, 2)), 1);
	ck_assert_uint_eq(number_ulps(-5e-324, 5e-324), 2);
	ck_assert_uint_eq(number_ulps(NAN, 1.0), UINT64_MAX);
}
END_TEST

START_TEST(integers_are_checked)
{
	int64_t n = 7;

	ck_assert(number_parse_int("-12", -20, 20, &n));
	ck_assert_int_eq(n, -12);
	ck_assert(!number_parse_int("21", -20, 20, &n));
	ck_assert(!number_parse_int("1.0", -20, 20, &n));
	ck_assert(!number_parse_int(" 1", -20, 20, &n));
	ck_assert(!number_parse_int("99999999999999999999", 0, INT64_MAX, &n));
	ck_assert_int_eq(n, -12);
}
END_TEST

START_TEST(durations_have_units)
{
	int64_t usec;
	char buf[CLOCK_TEXT];

	ck_assert(clock_parse_duration("60s", &usec));
	ck_assert_int_eq(usec, 60 * CLOCK_SEC);
	ck_assert(clock_parse_duration("1.5s", &usec));
	ck_assert_int_eq(usec, 1500 * CLOCK_MSEC);
	ck_assert(!clock_parse_duration("60", &usec));
	ck_assert(!clock_parse_duration("s", &usec));
	ck_assert(!clock_parse_duration("5 s", &usec));
	ck_assert_str_eq(clock_format_duration(185 * CLOCK_SEC, buf),
			 "3 min 05 s");
	ck_assert_str_eq(clock_format(INT64_C(1700000000) * CLOCK_SEC, buf),
			 "2023-11-14 22:13:20");
}
END_TEST

START_TEST(contained_paths_stay_below_their_root)
{
	static const char *const good[] = { "a", "a/b", "model/model.pkl",
					    "..a", "a..", "é" };
	static const char *const bad[] = { "", "/a", "..", "a/..", "a/../b",
					   "../a", "a\\b", "a\nb" };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		ck_assert_msg(path_is_contained(good[i]), "%s", good[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert_msg(!path_is_contained(bad[i]), "%s", bad[i]);
}
END_TEST

static const char *nth(const void *list, size_t i)
{
	return ((const char *const *)list)[i];
}

START_TEST(suggestion_is_near_or_none)
{
	static const char *const names[] = { "every", "until", "within" };

	ck_assert_str_eq(suggest_name("witihn", names, 3, nth), "within");
	ck_assert_str_eq(suggest_name("untill", names, 3, nth), "until");
	ck_assert_ptr_null(suggest_name("points", names, 3, nth));
}
END_TEST

START_TEST(digests_are_the_published_ones)
{
	char hex[SHA256_HEX];

	hash_sha256("abc", 3, hex); /* FIPS 180-2, appendix B.1 */
	ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223"
			      "b00361a396177a9cb410ff61f20015ad");
}
END_TEST

START_TEST(arena_blocks_are_zeroed_and_apart)
{
	struct arena arena = ARENA_INIT;
	char *a = arena_alloc(&arena, 3), *b = arena_alloc(&arena, 200000);

	for (int i = 0; i < 200000; i++)
		ck_assert_int_eq(b[i], 0);
	memset(a, 'x', 3);
	ck_assert_int_eq(b[0], 0);
	ck_assert_str_eq(arena_printf(&arena, "%d-%s", 4, "é"), "4-é");
	arena_release(&arena);
}
END_TEST

START_TEST(lines_are_taken_one_by_one)
{
	struct arena arena = ARENA_INIT;
	const char *text = "one\n\nlast", *none = "";

	ck_assert_str_eq(arena_line(&arena, &text), "one");
	ck_assert_str_eq(arena_line(&arena, &text), "");
	ck_assert_str_eq(arena_line(&arena, &text), "last");
	ck_assert_ptr_null(arena_line(&arena, &text));
	ck_assert_ptr_null(arena_line(&arena, &text));
	ck_assert_ptr_null(arena_line(&arena, &none));
	text = "ended\n";
	ck_assert_str_eq(arena_line(&arena, &text), "ended");
	ck_assert_ptr_null(arena_line(&arena, &text));
	arena_release(&arena);
}
END_TEST

START_TEST(vec_grows_zeroed)
{
	VEC(int) v = VEC_INIT;

	for (int i = 0; i < 100; i++) {
		int *slot = vec_push(&v);
		ck_assert_int_eq(*slot, 0);
		*slot = i;
	}
	ck_assert_uint_eq(v.len, 100);
	ck_assert_int_eq(v.at[99], 99);
	vec_release(&v);
}
END_TEST

TESTS_MAIN("base/text", strbuf_stops_at_its_cap_and_says_so,
	   strbuf_takes_the_largest_cap,
	   error_context_goes_in_front,
	   a_context_does_not_cost_a_long_error_its_end, long_error_is_cut_between_characters,
	   map_keeps_order_and_replaces, doubles_round_trip_in_any_locale,
	   ulps_count_representable_doubles, integers_are_checked,
	   durations_have_units, contained_paths_stay_below_their_root,
	   suggestion_is_near_or_none, digests_are_the_published_ones,
	   arena_blocks_are_zeroed_and_apart,
	   lines_are_taken_one_by_one, vec_grows_zeroed)
