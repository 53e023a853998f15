/* A result.json read back is the result: reported again, the same bytes. */
#include "tests/report/sample.h"
#include "tests/test.h"

#include "grade/overrides.h"
#include "grade/result_file.h"
#include "report/report.h"

static struct arena arena = ARENA_INIT;
static const struct report_options options = { .folder = "x" };

static void render(const struct result *result, struct strbuf *into)
{
	strbuf_init(into, STRBUF_TEXT);
	report_json(result, &options, into);
}

static struct result *read_back(const struct strbuf *text)
{
	struct error err = ERROR_INIT;
	struct result *result = NULL;

	ck_assert_msg(!result_file_parse("sample", text->buf, text->len, &arena,
					 &result, &err), "%s", err.message);
	return result;
}

static void check_round_trip(struct result *sample)
{
	struct strbuf first, second;

	render(sample, &first);
	render(read_back(&first), &second);
	ck_assert_str_eq(first.buf, second.buf);
	strbuf_release(&first);
	strbuf_release(&second);
}

START_TEST(what_is_read_back_is_written_the_same)
{
	check_round_trip(sample_passing(&arena));
	check_round_trip(sample_failing(&arena));
}
END_TEST

START_TEST(decisions_and_inheritance_survive)
{
	struct result *result = sample_failing(&arena);
	const struct override_record record = { 1, 0, "why", "M. D",
						"2026-11-20" };

	result->exercises.at[0]->checks.at[0]->override = &record;
	result->exercises.at[0]->checks.at[0]->inherited = true;
	check_round_trip(result);
}
END_TEST

START_TEST(what_is_no_result_is_refused)
{
	static const char *const bad[] = {
		"", "[]", "{}", "{\"bis\": 1}", "not json",
		"{\"bis\":\"1\",\"bis\":\"2\"}",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct error err = ERROR_INIT;
		struct result *result;

		ck_assert_int_eq(result_file_parse("f.json", bad[i],
						   strlen(bad[i]), &arena,
						   &result, &err), -1);
		ck_assert_int_eq(err.kind, ERROR_INVALID);
		ck_assert_ptr_nonnull(strstr(err.message, "f.json"));
	}
}
END_TEST

/* One exercise: a passed and a failed check of 2 points, one pending of 3. */
static struct result *three_checks(void)
{
	struct result *r = sample_empty(&arena);
	struct exercise_result *e = sample_exercise(r, "ex", "Ex", 7);

	sample_check(r, e, "good", VERDICT_PASSED, 2);
	sample_check(r, e, "bad", VERDICT_FAILED, 2);
	sample_check(r, e, "unsure", VERDICT_ERROR, 3);
	sample_add_up(r);
	return r;
}

START_TEST(what_the_template_fails_as_well_takes_no_points)
{
	struct result *given = three_checks(), *mine = three_checks();

	ck_assert_uint_eq(inherit(given, mine), 1);
	totals_add_up(mine);
	ck_assert_double_eq(mine->points, 4);
	ck_assert_double_eq(mine->pending, 3);
	ck_assert(result_find_check(mine, "bad")->inherited);
	ck_assert_int_eq(result_find_check(mine, "bad")->verdict,
			 VERDICT_FAILED);
	/* One that the template passes is the student's own. */
	result_find_check(given, "bad")->verdict = VERDICT_PASSED;
	mine = three_checks();
	ck_assert_uint_eq(inherit(given, mine), 0);
}
END_TEST

START_TEST(what_waits_for_an_inherited_failure_is_inherited)
{
	struct result *given = three_checks(), *mine = three_checks();
	struct check_result *waits;

	for (int i = 0; i < 2; i++) {
		struct result *r = i ? mine : given;

		waits = sample_check(r, r->exercises.at[0], "waits",
				     VERDICT_BLOCKED, 2);
		waits->blocked_by = "bad";
	}
	ck_assert_uint_eq(inherit(given, mine), 2);
	/* One that waits for a failure of the student's own is not. */
	given = three_checks();
	ck_assert_uint_eq(inherit(given, mine), 1);
	waits->inherited = false;
	waits->blocked_by = "good";
	ck_assert_uint_eq(inherit(mine, mine), 1);
}
END_TEST

static int decide(struct result *result, const char *check, double points,
		  struct error *err)
{
	struct overrides overrides = VEC_INIT;
	size_t count;

	*vec_push(&overrides) = (struct override_row){
		"ada", check, "overrides.csv:2",
		{ points, 0, "why", "M. D", "2026-11-20" },
	};
	int rc = overrides_apply(&overrides, "ada", result, &count, err);
	vec_release(&overrides);
	totals_add_up(result);
	return rc;
}

START_TEST(a_decision_counts_and_the_verdict_stays)
{
	struct result *r = three_checks();

	ck_assert_int_eq(decide(r, "bad", 1.5, NULL), 0);
	ck_assert_double_eq(r->points, 3.5);
	ck_assert_int_eq(result_find_check(r, "bad")->verdict, VERDICT_FAILED);
	ck_assert_double_eq(
		result_find_check(r, "bad")->override->automatic_points, 0);
	/* Pending no more, even where it gives nothing. */
	ck_assert_int_eq(decide(r, "unsure", 0, NULL), 0);
	ck_assert_double_eq(r->pending, 0);
}
END_TEST

START_TEST(a_decision_about_nothing_is_refused)
{
	struct error err = ERROR_INIT;

	ck_assert_int_eq(decide(three_checks(), "nosuch", 1, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.message, "overrides.csv:2"));
	ck_assert_int_eq(decide(three_checks(), "bad", 2.5, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.message, "2 points at most"));
}
END_TEST

TESTS_MAIN("grade/result_file",
	   what_is_read_back_is_written_the_same,
	   decisions_and_inheritance_survive,
	   what_is_no_result_is_refused,
	   what_the_template_fails_as_well_takes_no_points,
	   what_waits_for_an_inherited_failure_is_inherited,
	   a_decision_counts_and_the_verdict_stays,
	   a_decision_about_nothing_is_refused)
