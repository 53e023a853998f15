/* What may differ between two gradings, and what may not. */
#include "tests/report/sample.h"
#include "tests/test.h"

#include "base/compiler.h"
#include "report/report.h"
#include "report/volatile.h"

#include <jansson.h>

static struct strbuf masked = STRBUF_INIT(STRBUF_TEXT);

static const char *mask(const char *text)
{
	strbuf_reset(&masked);
	volatile_mask_text(text, &masked);
	return masked.buf;
}

START_TEST(times_ids_ports_and_private_folders_are_masked)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{ "at 2026-11-22 22:07:10 UTC.", "at ‹time›." },
		{ "2026-11-22T22:07:10Z", "‹time›" },
		{ "2026-11-22T22:07:10.123456+00:00 x", "‹time› x" },
		{ "Sun, 22 Nov 2026 22:07:10 GMT", "‹time›" },
		{ "in 31 ms, 4.2 s, 3 min 05 s",
		  "in ‹duration›, ‹duration›, ‹duration›" },
		{ "run 0123456789abcdef0123456789abcdef ok", "run ‹id› ok" },
		{ "01234567-89ab-cdef-0123-456789abcdef", "‹id›" },
		{ "http://127.0.0.1:40123/health", "http://‹port›/health" },
		{ "localhost:8000", "‹port›" },
		{ "threads: 1, was 2; zone: +1400, was +0000",
		  "‹read back›; ‹read back›" },
		{ "in /tmp/bis-x7/pg.log: gone", "in ‹path›: gone" },
		{ "\"creation_timestamp\":\t1795626700049, \"version\": 2",
		  "\"creation_timestamp\":\t‹time›, \"version\": 2" },
		{ "&quot;end_time&quot;: 1795626700049", "&quot;end_time&quot;: ‹time›" },
		{ "latency_bucket{le=\"0.5\"} 29\nlatency_sum 0.01\n"
		  "latency_count 30",
		  "latency_bucket{le=\"0.5\"} ‹duration›\n"
		  "latency_sum ‹duration›\nlatency_count 30" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		ck_assert_str_eq(mask(cases[i].text), cases[i].expected);
}
END_TEST

START_TEST(what_a_verdict_rests_on_is_never_masked)
{
	static const char *const kept[] = {
		"AS_OF=2024-01-31", "AUC=0.8202247191011236", "18 / 20",
		"2652 of 7043 rows of labels changed", "model/model.pkl",
		"b3a2834b00112233445566778899aabbccddeeff00112233445566778899aa",
		"\"timestamp\": 12", "SELECT 1", "GET /features/7590-VHVEG",
		"scenarios/streamflow/tp4.yaml:88:20", "4 steps", "15.18",
	};

	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		ck_assert_str_eq(mask(kept[i]), kept[i]);
}
END_TEST

START_TEST(a_frame_does_not_keep_the_width_of_what_it_framed)
{
	struct strbuf first = STRBUF_INIT(STRBUF_TEXT);

	strbuf_addstr(&first, mask("┌───────┬────┐\n│ took  │ id │\n"
				   "│ 9 ms  │ x  │\n"));
	ck_assert_str_eq(mask("┌─────────┬────┐\n│ took    │ id │\n"
			      "│ 1234 ms │ x  │\n"),
			 first.buf);
	/* Elsewhere spaces mean something. */
	ck_assert_str_eq(mask("a   b ── c"), "a   b ── c");
	strbuf_release(&first);
}
END_TEST

START_TEST(a_volatile_metric_is_masked_where_it_is_drawn)
{
	ck_assert_str_eq(mask("┌─────┬────────────────┐\n"
			      "│ auc │ train_time_sec │\n"
			      "├─────┼────────────────┤\n"
			      "│ 0.8 │         0.2887 │\n"
			      "└─────┴────────────────┘\n"),
			 "┌─┬─┐\n│ auc │ train_time_sec │\n├─┼─┤\n"
			 "│ 0.8 │ ‹volatile› │\n└─┴─┘\n");
	ck_assert_str_eq(mask("┌────────┬────────────────┬──────┐\n"
			      "│        │ name           │ value│\n"
			      "│ metric │ train_time_sec │ 0.28 │\n"
			      "│ metric │ auc            │ 0.82 │\n"),
			 "┌─┬─┬─┐\n│ │ name │ value │\n"
			 "│ metric │ train_time_sec │ ‹volatile› │\n"
			 "│ metric │ auc │ 0.82 │\n");
}
END_TEST

START_TEST(a_marked_part_is_left_out)
{
	ck_assert_str_eq(mask("a\n" VOLATILE_BEGIN "\nb\n" VOLATILE_END
			      "\nc\n"),
			 "a\n" VOLATILE_BEGIN "\n" VOLATILE_END "\nc\n");
}
END_TEST

/* The samples, run "again" on another machine at another time. */
static struct result *again(struct result *result)
{
	result->started += 987654321;
	result->duration *= 3;
	result->folder = "/tmp/elsewhere";
	result->environment.at[0].value = "16.4";
	result->timings.len = 0;
	for (size_t i = 0; i < result->runs.len; i++) {
		struct train_record *run = result->runs.at[i];

		run->run_id = arena_printf(result->arena, "%032zx",
					   (size_t)0x123456 + i);
		json_object_set_new(run->metrics, "train_time_sec",
				    json_real(0.5 + (double)i));
		run->started += 987654321;
		run->duration += 17;
		run->artifacts.at[0].digest.size++;
		run->artifacts.at[0].digest.sha256[0] = 'f';
		run->artifacts.at[0].digest.git_blob[0] = 'f';
	}
	for (size_t i = 0; i < result->exercises.len; i++)
		for (size_t j = 0; j < result->exercises.at[i]->checks.len; j++)
			result->exercises.at[i]->checks.at[j]->duration *= 7;
	return result;
}

static void render_masked(struct result *result, const char *format,
			  struct strbuf *into)
{
	struct report_options options = { .folder = result->folder };
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	struct error err = ERROR_INIT;

	report_format_find(format)->render(result, &options, &text);
	if (strcmp(format, "json"))
		volatile_mask_text(text.buf, into);
	else
		ck_assert_msg(!volatile_mask_json(text.buf, text.len, into,
						  &err),
			      "%s", err.message);
	strbuf_release(&text);
	result_release(result);
}

START_TEST(two_gradings_of_the_same_differ_in_nothing_else)
{
	static const char *const formats[] = { "json", "markdown" };
	struct strbuf first = STRBUF_INIT(STRBUF_TEXT);
	struct strbuf second = STRBUF_INIT(STRBUF_TEXT);
	struct arena arena = ARENA_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		strbuf_reset(&first);
		strbuf_reset(&second);
		render_masked(sample_failing(&arena), formats[i], &first);
		render_masked(again(sample_failing(&arena)), formats[i],
			      &second);
		/* Longer than Check can print. */
		ck_assert_msg(!strcmp(second.buf, first.buf),
			      "two masked reports differ: %s", formats[i]);
	}
	strbuf_release(&first);
	strbuf_release(&second);
	arena_release(&arena);
}
END_TEST

START_TEST(another_metric_is_seen_through_the_mask)
{
	static const char *const formats[] = { "json", "markdown" };
	struct strbuf first = STRBUF_INIT(STRBUF_TEXT);
	struct strbuf second = STRBUF_INIT(STRBUF_TEXT);
	struct arena arena = ARENA_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		struct result *other = sample_failing(&arena);

		json_object_set_new(other->runs.at[0]->metrics, "auc",
				    json_real(0.82022471910112));
		strbuf_reset(&first);
		strbuf_reset(&second);
		render_masked(sample_failing(&arena), formats[i], &first);
		render_masked(other, formats[i], &second);
		ck_assert(strcmp(second.buf, first.buf) != 0);
	}
	strbuf_release(&first);
	strbuf_release(&second);
	arena_release(&arena);
}
END_TEST

START_TEST(a_difference_that_was_set_aside_has_no_sides)
{
	static const char json[] =
		"[{\"kind\": \"volatile\", \"path\": \"train_time\", "
		"\"left\": \"0.3\", \"right\": \"0.2\", \"ulps\": 9}, "
		"{\"kind\": \"differs\", \"path\": \"auc\", "
		"\"left\": \"0.8\"}, {\"metric\": {\"volatile\": 0.25}}, "
		"{\"model/MLmodel\": {\"sha256\": \"99\"}}]";
	struct error err = ERROR_INIT;

	strbuf_reset(&masked);
	ck_assert_int_eq(volatile_mask_json(json, strlen(json), &masked, &err),
			 0);
	ck_assert_ptr_null(strstr(masked.buf, "0.3"));
	ck_assert_ptr_null(strstr(masked.buf, "0.2"));
	ck_assert_ptr_null(strstr(masked.buf, "9"));
	ck_assert_ptr_null(strstr(masked.buf, "0.25"));
	ck_assert_ptr_nonnull(strstr(masked.buf, "\"path\": \"train_time\""));
	ck_assert_ptr_nonnull(strstr(masked.buf, "\"left\": \"0.8\""));
}
END_TEST

START_TEST(what_programs_print_is_theirs)
{
	static const char one[] =
		"{\"a\": {\"exit_code\": 0, \"out\": \"b, a\", \"err\": \"x\"},"
		" \"b\": {\"headers\": {}, \"body\": \"n 1\"},"
		" \"c\": {\"headers\": {}, \"body\": {\"p\": 1, \"q\": 2}},"
		" \"d\": {\"out\": \"is Bis's\"}}";
	static const char other[] =
		"{\"a\": {\"exit_code\": 0, \"out\": \"a, b\", \"err\": \"y\"},"
		" \"b\": {\"headers\": {}, \"body\": \"n 2\"},"
		" \"c\": {\"headers\": {}, \"body\": {\"q\": 2, \"p\": 1}},"
		" \"d\": {\"out\": \"is Bis's\"}}";
	struct strbuf second = STRBUF_INIT(STRBUF_TEXT);
	struct error err = ERROR_INIT;

	strbuf_reset(&masked);
	ck_assert_int_eq(volatile_mask_json(one, strlen(one), &masked, &err),
			 0);
	ck_assert_int_eq(volatile_mask_json(other, strlen(other), &second,
					    &err), 0);
	ck_assert_str_eq(masked.buf, second.buf);
	ck_assert_ptr_nonnull(strstr(masked.buf, "is Bis's"));
	ck_assert_ptr_nonnull(strstr(masked.buf, "\"p\": 1"));
	ck_assert_ptr_nonnull(strstr(masked.buf, "\"exit_code\": 0"));
	strbuf_release(&second);
}
END_TEST

START_TEST(members_are_sorted)
{
	for (size_t i = 1; volatile_members[i]; i++)
		ck_assert_int_lt(strcmp(volatile_members[i - 1],
					volatile_members[i]), 0);
}
END_TEST

START_TEST(what_is_no_json_is_refused)
{
	struct error err = ERROR_INIT;

	ck_assert_int_eq(volatile_mask_json("{\"a\": 1,", 8, &masked, &err),
			 -1);
	ck_assert_int_eq(err.kind, ERROR_INVALID);
}
END_TEST

TESTS_MAIN("report/volatile", times_ids_ports_and_private_folders_are_masked,
	   what_a_verdict_rests_on_is_never_masked,
	   a_frame_does_not_keep_the_width_of_what_it_framed,
	   a_volatile_metric_is_masked_where_it_is_drawn,
	   a_marked_part_is_left_out,
	   two_gradings_of_the_same_differ_in_nothing_else,
	   another_metric_is_seen_through_the_mask,
	   a_difference_that_was_set_aside_has_no_sides,
	   what_programs_print_is_theirs, members_are_sorted,
	   what_is_no_json_is_refused)
