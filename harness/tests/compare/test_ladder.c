#include "tests/test.h"

#include "base/io.h"
#include "base/path.h"
#include "compare/canonical.h"
#include "compare/ladder.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena arena;
static struct comparison c;
static char folder[] = "/tmp/bis-ladder-XXXXXX";

static void setup_folder(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	c = (struct comparison)COMPARISON_INIT;
}

static void remove_folder(void)
{
	comparison_release(&c);
	arena_release(&arena);
	io_remove_tree(folder, NULL);
}

static const char *write_file(const char *name, const void *data, size_t len)
{
	struct error err = ERROR_INIT;
	char *path = path_join(&arena, folder, name);

	io_make_folders(path_dirname(&arena, path), 0755, NULL);
	ck_assert_msg(io_write_file(path, data, len, 0644, &err) == 0, "%s",
		      err.message);
	return path;
}

static enum rung compare_n(const char *suffix, const void *a, size_t a_len,
			   const void *b, size_t b_len)
{
	struct error err = ERROR_INIT;

	comparison_release(&c);
	ck_assert_msg(compare_paths(
		write_file(arena_printf(&arena, "a%s", suffix), a, a_len),
		write_file(arena_printf(&arena, "b%s", suffix), b, b_len),
		NULL, &c, &err) == 0, "%s", err.message);
	return c.rung;
}

/* Two string literals as two files. */
#define COMPARE(suffix, a, b) \
	compare_n((suffix), (a), sizeof(a) - 1, (b), sizeof(b) - 1)

static const char *first(void)
{
	struct strbuf sb = STRBUF_INIT(4096);
	const struct difference *d = comparison_first(&c);

	if (d)
		difference_print(d, &sb);
	char *text = arena_strdup(&arena, sb.buf);
	strbuf_release(&sb);
	return text;
}

START_TEST(the_same_bytes_need_no_format)
{
	ck_assert_int_eq(COMPARE(".bin", "\0\1", "\0\1"), RUNG_BYTES);
	ck_assert_int_eq(COMPARE(".json", "{", "{"), RUNG_BYTES);
}
END_TEST

START_TEST(json_keys_in_another_order_are_canonical)
{
	ck_assert_int_eq(COMPARE(".json", "{\"a\": 1, \"b\": [1.0]}",
				 "{\"b\":[1],\"a\":1}"), RUNG_CANONICAL);
	ck_assert_int_eq(COMPARE(".json", "{\"a\": {\"b\": [1, 2.5]}}",
				 "{\"a\": {\"b\": [1, 2.25]}}"), RUNG_NONE);
	ck_assert_str_eq(first(), "a.b[1]: 2.5 != 2.25 (2^49 ulps)");
	ck_assert_int_eq(COMPARE(".json", "{\"auc\": 1, \"train_time_s\": 1}",
				 "{\"auc\": 1, \"train_time_s\": 2}"),
			 RUNG_BYTES);
	ck_assert_uint_eq(c.counts[DIFFERENCE_VOLATILE], 1);
	ck_assert_int_eq(COMPARE(".json", "[1, 2, 3]", "[3, 1, 2]"), RUNG_NONE);
	ck_assert_str_eq(first(), "3 elements != the same in another order");
}
END_TEST

START_TEST(a_json_that_is_none_is_compared_by_its_bytes)
{
	ck_assert_int_eq(COMPARE(".json", "{\"a\": 1}", "{\"a\": 1"),
			 RUNG_NONE);
	ck_assert_str_eq(first(), "byte 7: 0x7d != the end");
	ck_assert_msg(strstr(c.summary.at[0], "compared by its bytes"), "%s",
		      c.summary.at[0]);
}
END_TEST

/* An object m.A with two attributes, by protocols 0 and 2, whose memo and
 * texts are written differently. */
static const char by_hand[] =
	"ccopy_reg\n_reconstructor\np0\n(cm\nA\np1\nc__builtin__\nobject\np2\n"
	"Ntp3\nRp4\n(dp5\nVx\np6\nF0.5\nsVn_jobs\np7\nI4\nsb.";
static const char by_2[] =
	"\x80\x02" "cm\nA\n)\x81}(X\x06\0\0\0n_jobsK\x04X\x01\0\0\0xG\x3f\xe0"
	"\0\0\0\0\0\0ub.";
static const char other_jobs[] =
	"\x80\x02" "cm\nA\n)\x81}(X\x01\0\0\0xG\x3f\xe0\0\0\0\0\0\0X\x06\0\0\0"
	"n_jobsK\x01ub.";
static const char one_ulp[] =
	"\x80\x02" "cm\nA\n)\x81}(X\x01\0\0\0xG\x3f\xe0\0\0\0\0\0\1X\x06\0\0\0"
	"n_jobsK\x01ub.";

START_TEST(protocol_and_memo_do_not_count)
{
	ck_assert_int_eq(COMPARE(".pkl", by_hand, by_2), RUNG_CANONICAL);
	ck_assert_uint_eq(c.differences.len, 0);
}
END_TEST

START_TEST(parameters_that_change_nothing_are_shown_and_do_not_count)
{
	ck_assert_int_eq(COMPARE(".pkl", by_2, other_jobs), RUNG_CANONICAL);
	ck_assert_uint_eq(c.counts[DIFFERENCE_NON_SEMANTIC], 1);
	ck_assert_str_eq(c.differences.at[0].path, "n_jobs");
	ck_assert_str_eq(c.differences.at[0].left, "4");
	ck_assert_str_eq(c.differences.at[0].right, "1");
}
END_TEST

START_TEST(one_ulp_is_found_and_named)
{
	ck_assert_int_eq(COMPARE(".pkl", other_jobs, one_ulp), RUNG_NONE);
	ck_assert_str_eq(first(), "x: 0.5 != 0.5000000000000001 (1 ulp)");
}
END_TEST

START_TEST(values_shared_and_values_repeated_are_equal)
{
	ck_assert_int_eq(COMPARE(".pkl", "\x80\x02](]q\x01h\x01" "e.",
				 "\x80\x02](]]e."), RUNG_CANONICAL);
	ck_assert_int_eq(COMPARE(".pkl", "\x80\x02]q\x01h\x01" "a.",
				 "\x80\x02]q\x05h\x05" "a."), RUNG_CANONICAL);
	ck_assert_int_eq(COMPARE(".pkl", "\x80\x02](K\x01K\x02" "e.",
				 "\x80\x02](K\x02K\x01" "e."), RUNG_NONE);
	ck_assert_str_eq(first(), "2 elements != the same in another order");
}
END_TEST

START_TEST(a_key_said_twice_is_compared_once)
{
	/* {(1,): 2, (1,): 3}: no dictionary can hold it. */
	static const char a[] = "\x80\x02}(K\x01\x85K\x02K\x01\x85K\x03u.";
	static const char b[] = "\x80\x02}(K\x01\x85K\x02K\x01\x85K\x03u.x";

	ck_assert_int_eq(COMPARE(".pkl", a, b), RUNG_CANONICAL);
	ck_assert_int_eq(COMPARE(".pkl", "\x80\x02}(NK\x02NK\x03u.",
				 "\x80\x02}(NK\x02u."), RUNG_NONE);
	ck_assert_msg(strstr(c.summary.at[0], "duplicate key None"), "%s",
		      c.summary.at[0]);
}
END_TEST

START_TEST(a_difference_hidden_behind_a_shared_parameter_is_found)
{
	/* n_jobs and x are the same list. */
	static const char a[] = "\x80\x02" "cm\nA\n)\x81}(X\x06\0\0\0n_jobs]q"
		"\x01K\x01" "aX\x01\0\0\0xh\x01ub.";
	static const char b[] = "\x80\x02" "cm\nA\n)\x81}(X\x06\0\0\0n_jobs]q"
		"\x01K\x02" "aX\x01\0\0\0xh\x01ub.";

	ck_assert_int_eq(COMPARE(".pkl", a, b), RUNG_NONE);
	ck_assert_str_eq(first(), "x[0]: 1 != 2");
}
END_TEST

START_TEST(volatile_fields_are_shown_and_leave_the_bytes_rung)
{
	struct error err = ERROR_INIT;
	char *a = path_join(&arena, folder, "run_a");
	char *b = path_join(&arena, folder, "run_b");
	static const char left[] = "run_id: abc\nflavors: {x: 1}\n";
	static const char right[] = "run_id: def\nflavors: {x: 1}\n";

	write_file("run_a/model/MLmodel", left, sizeof(left) - 1);
	write_file("run_b/model/MLmodel", right, sizeof(right) - 1);
	write_file("run_a/metrics/auc", "17 0.5 0\n", 9);
	write_file("run_b/metrics/auc", "18 0.5 0\n", 9);
	ck_assert_int_eq(compare_paths(a, b, NULL, &c, &err), 0);
	ck_assert_int_eq(c.rung, RUNG_BYTES);
	ck_assert_uint_eq(c.counts[DIFFERENCE_VOLATILE], 2);
	ck_assert_str_eq(c.differences.at[1].path, "model/MLmodel:run_id");
	comparison_release(&c);
	write_file("run_b/model/extra", "x", 1);
	ck_assert_int_eq(compare_paths(a, b, NULL, &c, &err), 0);
	ck_assert_int_eq(c.rung, RUNG_METRICS);
	ck_assert_str_eq(first(), "model/extra: absent != a file");
	ck_assert_str_eq(c.files.at[c.files.len - 1].only, "right");
	ck_assert_str_eq(c.files.at[c.files.len - 1].format, "text");
	comparison_release(&c);
	write_file("run_b/metrics/auc", "18 0.25 0\n", 10);
	ck_assert_int_eq(compare_paths(a, b, NULL, &c, &err), 0);
	ck_assert_int_eq(c.rung, RUNG_NONE);
	ck_assert_str_eq(first(), "metrics/auc:value[0]: 0.5 != 0.25 "
				  "(2^52 ulps)");
	ck_assert_int_eq(compare_paths(a, "/nowhere", NULL, &c, &err), -1);
}
END_TEST

START_TEST(csv_rows_in_another_order_are_recognised)
{
	ck_assert_int_eq(COMPARE(".csv", "id,x\n1,a\n2,b\n",
				 "id,x\n2,b\n1,a\n"), RUNG_NONE);
	ck_assert_str_eq(first(),
			 "rows: 2 rows != the same in another order");
	ck_assert_int_eq(COMPARE(".csv", "id,x\n1,0.5\n", "id,x\n1,0.25\n"),
			 RUNG_NONE);
	ck_assert_str_eq(first(),
			 "row[0].x: '0.5' != '0.25' (2^52 ulps)");
	ck_assert_int_eq(COMPARE(".csv", "id,x\n1,0\n", "id,x\r\n1,0\r\n"),
			 RUNG_CANONICAL);
}
END_TEST

START_TEST(metrics_agree_to_the_last_bit_or_not)
{
	json_t *a = json_pack("{s:f, s:f}", "auc", 0.8202, "train_time_sec",
			      1.0);
	json_t *b = json_pack("{s:f, s:f}", "auc", 0.8202, "train_time_sec",
			      2.0);

	compare_metrics(a, b, NULL, &c);
	ck_assert_int_eq(c.rung, RUNG_METRICS);
	ck_assert_uint_eq(c.counts[DIFFERENCE_VOLATILE], 1);
	comparison_release(&c);
	json_object_set_new(b, "auc", json_real(nextafter(0.8202, 1)));
	compare_metrics(a, b, NULL, &c);
	ck_assert_int_eq(c.rung, RUNG_NONE);
	ck_assert_msg(strstr(first(), "(1 ulp)"), "%s", first());
	json_decref(a);
	json_decref(b);
}
END_TEST

START_TEST(the_result_as_json_is_complete)
{
	COMPARE(".json", "{\"a\": 1}", "{\"a\": 2}");
	json_t *out = comparison_to_json(&c);
	json_t *list = json_object_get(out, "differences");

	ck_assert_str_eq(json_string_value(json_object_get(out, "rung")),
			 "none");
	ck_assert_uint_eq(json_array_size(list), 1);
	ck_assert(json_equal(json_object_get(
		json_object_get(out, "first"), "path"),
		json_object_get(json_array_get(list, 0), "path")));
	json_decref(out);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("compare/ladder");
	TCase *tcase = tcase_create("compare/ladder");
	const TTest *const tests[] = {
		the_same_bytes_need_no_format,
		json_keys_in_another_order_are_canonical,
		a_json_that_is_none_is_compared_by_its_bytes,
		protocol_and_memo_do_not_count,
		parameters_that_change_nothing_are_shown_and_do_not_count,
		one_ulp_is_found_and_named,
		values_shared_and_values_repeated_are_equal,
		a_key_said_twice_is_compared_once,
		a_difference_hidden_behind_a_shared_parameter_is_found,
		volatile_fields_are_shown_and_leave_the_bytes_rung,
		csv_rows_in_another_order_are_recognised,
		metrics_agree_to_the_last_bit_or_not,
		the_result_as_json_is_complete,
	};

	tcase_add_checked_fixture(tcase, setup_folder, remove_folder);
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return tests_run(suite);
}
