/* The reports on a class, where every id and name means harm. */
#include "tests/report/sample.h"
#include "tests/test.h"

#include "report/class_report.h"
#include "report/html.h"
#include "report/report.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

static struct arena arena = ARENA_INIT;
static const char script[] = "<script>alert(1)</script>";
static const char formula[] = "=cmd()|' /C calc'!A0";

static struct class_student *add(struct class_result *c, const char *id,
				 double points, double pending)
{
	struct class_student *s = vec_push(&c->students);

	*s = (struct class_student){
		.id = id, .name = id, .folder = "students/x", .slug = "x",
		.points = points, .pending = pending, .max_points = 4,
		.exercise_points = arena_array(&arena, 1, sizeof(double)),
		.exercise_pending = arena_array(&arena, 1, sizeof(double)),
		.verdicts = arena_array(&arena, 2, 1),
		.alias = c->students.len,
	};
	s->exercise_points[0] = points;
	s->exercise_pending[0] = pending;
	return s;
}

static struct class_result *sample_class(void)
{
	struct class_result *c = class_result_new(&arena);
	struct class_student *s;

	c->bis_version = "1.0";
	c->scenario = "streamflow/tp4";
	c->title.en = "A lab";
	c->max_points = 4;
	*vec_push(&c->exercises) = (struct class_exercise){
		"ex1", { "First", NULL }, 4 };
	*vec_push(&c->checks) = (struct class_check){
		.id = "easy", .max_points = 1, .students = 5,
		.counts = { [VERDICT_PASSED] = 5 } };
	*vec_push(&c->checks) = (struct class_check){
		.id = "hard", .max_points = 3, .students = 5, .question = true,
		.counts = { [VERDICT_FAILED] = 4, [VERDICT_PASSED] = 1 } };
	add(c, script, 4, 0)->identity = 1;
	add(c, formula, 1, 0)->identity = 1;
	add(c, "line\nfeed, \"quotes\" | pipe", 1, 0);
	s = add(c, "turned \xe2\x80\xae" "round", 1, 3);
	s->verdicts[1] = VERDICT_ERROR;
	s = add(c, "absent", 0, 0);
	s->problem = "there is no <b>hand-in</b>";
	c->identities = 1;
	*vec_push(&c->oddities) = (struct class_oddity){ 3, "hard", 3, script };
	*vec_push(&c->mistakes) = (struct class_mistake){
		.check = 1, .points = 6 };
	*vec_push(&c->mistakes.at[0].students) = 1;
	*vec_push(&c->mistakes.at[0].students) = 2;
	return c;
}

typedef void class_format(const struct class_result *c,
			  const struct class_options *options,
			  struct strbuf *into);

static struct strbuf render(class_format *format, bool anonymous)
{
	const struct class_options options = { LANGUAGE_ENGLISH, anonymous,
					       "report.md" };
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	struct class_result *c = sample_class();

	format(c, &options, &text);
	class_result_release(c);
	return text;
}

/* Inside <body>, before the page's own script. */
static const char *body_of(struct strbuf *html)
{
	char *own = strstr(html->buf, "<script>'use strict'");

	ck_assert_ptr_nonnull(own);
	*own = '\0';
	return strstr(html->buf, "<body>");
}

START_TEST(nothing_of_a_student_becomes_markup)
{
	static class_format *const formats[] = { class_index, class_junit };

	for (size_t i = 0; i < 2; i++) {
		struct strbuf text = render(formats[i], false);
		const char *body = i ? text.buf : body_of(&text);

		ck_assert_ptr_null(strstr(body, "<script"));
		ck_assert_ptr_null(strstr(body, "<b>"));
		ck_assert_ptr_null(strstr(body, "\xe2\x80\xae"));
		strbuf_release(&text);
	}
}
END_TEST

/* As many rows as students, however many lines and bars a name has. */
START_TEST(a_row_stays_a_row)
{
	struct strbuf text = render(class_index, false);
	const char *table = strstr(body_of(&text), "<tbody>");
	const char *end = strstr(table, "</tbody>");
	size_t rows = 0;

	for (const char *s = table; (s = strstr(s, "<tr>")) && s < end; s++)
		rows++;
	ck_assert_uint_eq(rows, 5);
	strbuf_release(&text);
}
END_TEST

START_TEST(who_has_the_same_model_is_in_the_instructors_file_only)
{
	struct strbuf look = render(class_needs_a_look, false);
	struct strbuf summary = render(class_summary, false);

	ck_assert_ptr_nonnull(strstr(look.buf, "Who has the same model"));
	ck_assert_ptr_null(strstr(summary.buf, "same model"));
	ck_assert_ptr_nonnull(strstr(look.buf, "absent"));
	strbuf_release(&look);
	strbuf_release(&summary);
}
END_TEST

START_TEST(an_anonymous_summary_names_and_links_nobody)
{
	struct strbuf text = render(class_summary, true);

	ck_assert_ptr_null(strstr(text.buf, "alert"));
	ck_assert_ptr_null(strstr(text.buf, "cmd"));
	ck_assert_ptr_null(strstr(text.buf, "absent"));
	ck_assert_ptr_null(strstr(text.buf, "hand-in"));
	ck_assert_ptr_null(strstr(text.buf, "students/"));
	ck_assert_ptr_nonnull(strstr(text.buf, "student 3"));
	strbuf_release(&text);
}
END_TEST

START_TEST(what_most_fail_is_a_question_to_the_assignment)
{
	struct strbuf text = render(class_summary, false);
	const char *questions = strstr(text.buf, "Questions to the assignment");

	ck_assert_ptr_nonnull(questions);
	ck_assert_ptr_nonnull(strstr(questions, "`hard`: 4 of 5"));
	ck_assert_ptr_null(strstr(text.buf, "`easy`: 0 of 5"));
	strbuf_release(&text);
}
END_TEST

static void gradebook(enum gradebook_shape shape, struct strbuf *into)
{
	struct class_result *c = sample_class();

	strbuf_init(into, STRBUF_TEXT);
	class_gradebook(c, shape, into);
	class_result_release(c);
}

START_TEST(a_gradebook_runs_no_formula_and_has_a_line_a_student)
{
	for (int shape = GRADEBOOK_PLAIN; shape <= GRADEBOOK_CANVAS; shape++) {
		struct strbuf text;
		size_t lines = 0;

		gradebook((enum gradebook_shape)shape, &text);
		ck_assert_ptr_null(strstr(text.buf, "\"=cmd"));
		ck_assert_ptr_nonnull(strstr(text.buf, "\"'=cmd"));
		for (const char *s = text.buf; *s; s++)
			lines += *s == '\n';
		ck_assert_uint_eq(lines, shape == GRADEBOOK_CANVAS ? 7 : 6);
		strbuf_release(&text);
	}
}
END_TEST

START_TEST(pending_points_leave_the_grade_empty_with_a_note)
{
	struct strbuf text;

	gradebook(GRADEBOOK_MOODLE, &text);
	ck_assert_ptr_nonnull(strstr(text.buf, "round\",,\"1 + 3 pending / 4"));
	ck_assert_ptr_nonnull(strstr(text.buf, "\"absent\",,\"not graded"));
	strbuf_release(&text);
}
END_TEST

/* The script that the policy lets through is the one in the page. */
START_TEST(a_page_lets_nothing_run_but_its_own_script)
{
	struct strbuf markdown = STRBUF_INIT(STRBUF_TEXT), page, wanted;
	unsigned char digest[SHA256_DIGEST_LENGTH], base64[64];
	const char *from, *to;

	strbuf_init(&page, STRBUF_TEXT);
	strbuf_init(&wanted, STRBUF_LINE);
	strbuf_addstr(&markdown, "<script>alert(1)</script>\n\nx\n");
	html_page(&page, LANGUAGE_FRENCH, script, &markdown);
	ck_assert_ptr_nonnull(strstr(page.buf, "default-src 'none'"));
	ck_assert_ptr_null(strstr(page.buf, "<script>alert"));
	from = strstr(page.buf, "<script>") + strlen("<script>");
	to = strstr(from, "</script>");
	SHA256((const unsigned char *)from, (size_t)(to - from), digest);
	EVP_EncodeBlock(base64, digest, sizeof(digest));
	strbuf_addf(&wanted, "script-src 'sha256-%s'", (const char *)base64);
	ck_assert_ptr_nonnull(strstr(page.buf, wanted.buf));
	ck_assert_ptr_nonnull(strstr(page.buf, "<html lang=\"fr\">"));
	strbuf_release(&page);
	strbuf_release(&wanted);
	strbuf_release(&markdown);
}
END_TEST

/* Nothing is fetched: no address of a server, no other file. */
START_TEST(a_report_needs_nothing_else)
{
	const struct report_options options = { .folder = "x" };
	struct strbuf page = STRBUF_INIT(STRBUF_TEXT);
	struct result *result = sample_failing(&arena);

	report_html(result, &options, &page);
	ck_assert_ptr_null(strstr(page.buf, "<link"));
	ck_assert_ptr_null(strstr(page.buf, "<img"));
	ck_assert_ptr_null(strstr(page.buf, " src="));
	ck_assert_ptr_null(strstr(page.buf, "<a href=\"http"));
	strbuf_release(&page);
	result_release(result);
}
END_TEST

TESTS_MAIN("report/class_report",
	   nothing_of_a_student_becomes_markup,
	   a_row_stays_a_row,
	   who_has_the_same_model_is_in_the_instructors_file_only,
	   an_anonymous_summary_names_and_links_nobody,
	   what_most_fail_is_a_question_to_the_assignment,
	   a_gradebook_runs_no_formula_and_has_a_line_a_student,
	   pending_points_leave_the_grade_empty_with_a_note,
	   a_page_lets_nothing_run_but_its_own_script,
	   a_report_needs_nothing_else)
