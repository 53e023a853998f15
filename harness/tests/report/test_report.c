/*
 * The rules of the reports, each on a small result; and the two samples as
 * files in fixtures/report/ (after a change that is meant: `make
 * update-report-fixtures`, and read the difference).
 */
#include "tests/report/sample.h"
#include "tests/test.h"

#include "base/compiler.h"
#include "base/io.h"
#include "format/utf8.h"
#include "report/report.h"
#include "report/words.h"

#include <unistd.h>

static struct arena arena = ARENA_INIT;
static struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
static struct report_options options = { .folder = "reports/streamflow-tp4" };

static const char *render(const char *format, struct result *result)
{
	strbuf_reset(&text);
	report_format_find(format)->render(result, &options, &text);
	result_release(result);
	return text.buf;
}

#define ck_assert_has(haystack, needle) \
	ck_assert_msg(strstr(haystack, needle) != NULL, \
		      "no \"%s\" in:\n%.3000s", needle, haystack)
#define ck_assert_lacks(haystack, needle) \
	ck_assert_msg(strstr(haystack, needle) == NULL, \
		      "\"%s\" in:\n%.3000s", needle, haystack)

/* A result with one check of that verdict, worth two points. */
static struct result *one_check(enum verdict verdict)
{
	struct result *result = sample_empty(&arena);
	struct exercise_result *e = sample_exercise(result, "e", "One", 2);
	struct check_result *c = sample_check(result, e, "c", verdict, 2);

	c->actual = "something";
	c->blocked_by = verdict == VERDICT_BLOCKED ? "other" : NULL;
	sample_add_up(result);
	return result;
}

START_TEST(samples_are_reported_as_in_the_fixtures)
{
	static const struct {
		const char *sample, *format, *language;
	} cases[] = {
		{ "failing", "github", "en" },  { "failing", "json", "en" },
		{ "failing", "junit", "en" },   { "failing", "markdown", "en" },
		{ "failing", "markdown", "fr" }, { "failing", "tap", "en" },
		{ "failing", "text", "en" },    { "passing", "json", "en" },
		{ "passing", "markdown", "en" }, { "passing", "text", "fr" },
	};
	struct strbuf expected = STRBUF_INIT(STRBUF_TEXT);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = ERROR_INIT;
		char path[4096];

		snprintf(path, sizeof(path), "%s/fixtures/report/%s.%s.%s",
			 tests_srcdir(), cases[i].sample, cases[i].format,
			 cases[i].language);
		strbuf_reset(&expected);
		ck_assert_msg(!io_read_file(path, &expected, &err), "%s",
			      err.message);
		ck_assert(language_parse(cases[i].language,
					 &options.language));
		render(cases[i].format, !strcmp(cases[i].sample, "passing")
						? sample_passing(&arena)
						: sample_failing(&arena));
		ck_assert_msg(!strcmp(text.buf, expected.buf),
			      "%s differs; if that is meant: "
			      "make update-report-fixtures", path);
	}
	strbuf_release(&expected);
}
END_TEST

START_TEST(points_are_written_as_people_write_them)
{
	static const struct {
		double points, pending, max;
		const char *english, *french;
	} cases[] = {
		{ 14, 2, 20, "14 + 2 pending / 20", "14 + 2 en attente / 20" },
		{ 18, 0, 20, "18 / 20", "18 / 20" },
		{ 0.5, 0, 1.25, "0.5 / 1.25", "0.5 / 1.25" },
		{ 1.0 / 3, 0, 10, "0.33 / 10", "0.33 / 10" },
		{ 0, 20, 20, "0 + 20 pending / 20", "0 + 20 en attente / 20" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		strbuf_reset(&text);
		words_add_score(&text, LANGUAGE_ENGLISH, cases[i].points,
				cases[i].pending, cases[i].max);
		ck_assert_str_eq(text.buf, cases[i].english);
		strbuf_reset(&text);
		words_add_score(&text, LANGUAGE_FRENCH, cases[i].points,
				cases[i].pending, cases[i].max);
		ck_assert_str_eq(text.buf, cases[i].french);
	}
}
END_TEST

START_TEST(every_verdict_is_distinct_in_every_format)
{
	for (size_t f = 0; report_formats[f].name; f++) {
		char *seen[VERDICT_COUNT];

		for (int v = 0; v < VERDICT_COUNT; v++) {
			render(report_formats[f].name,
			       one_check((enum verdict)v));
			seen[v] = xstrdup(text.buf);
			/* What passed and what isn't there is no annotation;
			 * TAP and JUnit say the rest in a word. */
			for (int w = 0; w < v; w++)
				if (strcmp(report_formats[f].name, "github") ||
				    v == VERDICT_FAILED ||
				    v == VERDICT_BLOCKED)
					ck_assert(strcmp(seen[v], seen[w]));
		}
		for (int v = 0; v < VERDICT_COUNT; v++)
			free(seen[v]);
	}
}
END_TEST

START_TEST(what_is_pending_is_no_failure_and_nobody_is_accused)
{
	render("markdown", one_check(VERDICT_ERROR));
	ck_assert_has(text.buf, "0 + 2 pending / 2");
	ck_assert_has(text.buf, "the submission is not the reason");
	ck_assert_lacks(text.buf, "failed");
	render("junit", one_check(VERDICT_INCONCLUSIVE));
	ck_assert_has(text.buf, "failures=\"0\" errors=\"1\"");
	ck_assert_has(text.buf, "<error type=\"inconclusive\"");
	render("tap", one_check(VERDICT_ERROR));
	ck_assert_has(text.buf, "not ok 1 - c\n");
}
END_TEST

START_TEST(blocked_is_a_failure_that_names_the_check_before_it)
{
	render("junit", one_check(VERDICT_BLOCKED));
	ck_assert_has(text.buf, "<failure type=\"blocked\"");
	render("markdown", one_check(VERDICT_BLOCKED));
	ck_assert_has(text.buf, "not reached, because this failed: `other`");
	render("github", one_check(VERDICT_BLOCKED));
	ck_assert_has(text.buf, "not reached, because this failed: other");
}
END_TEST

START_TEST(what_does_not_apply_is_skipped)
{
	render("junit", one_check(VERDICT_NOT_APPLICABLE));
	ck_assert_has(text.buf, "skipped=\"1\"");
	ck_assert_has(text.buf, "<skipped message=\"something\"/>");
	render("tap", one_check(VERDICT_NOT_APPLICABLE));
	ck_assert_has(text.buf, "ok 1 - c # SKIP something\n");
	ck_assert_lacks(text.buf, "not ok");
}
END_TEST

START_TEST(advice_keeps_its_verdict_and_is_not_counted)
{
	struct result *result = sample_empty(&arena);
	struct exercise_result *e = sample_exercise(result, "e", "Beyond", 0);

	sample_check(result, sample_exercise(result, "f", "First", 1), "ok",
		     VERDICT_PASSED, 1);
	sample_check(result, e, "lasts", VERDICT_FAILED, 0);
	sample_add_up(result);
	render("markdown", result);
	ck_assert_has(text.buf, "**What is asked holds. Beyond what is asked: "
				"1 of 1 does not hold; not counted.**");
	ck_assert_has(text.buf, "| + | Beyond | advice | 1 of 1 does not "
				"hold; not counted |");
	ck_assert_has(text.buf, "### ✗ `lasts` · advice");
	ck_assert_has(text.buf, "| 1 | First | 1 / 1 | passed |");
}
END_TEST

START_TEST(a_step_of_the_way_without_points_is_not_advice)
{
	struct result *result = sample_empty(&arena);
	struct exercise_result *e = sample_exercise(result, "e", "E", 1);

	sample_check(result, e, "ingest", VERDICT_PASSED, 0)->asked =
		ASKED_STATED;
	sample_check(result, e, "counts", VERDICT_PASSED, 1);
	sample_add_up(result);
	render("markdown", result);
	ck_assert_lacks(text.buf, "advice");
	ck_assert_has(text.buf, "| ✓ | `ingest` | – |");
	ck_assert_has(text.buf, "**Everything that was checked holds.**");
}
END_TEST

START_TEST(nothing_open_means_nothing_to_do)
{
	render("markdown", one_check(VERDICT_PASSED));
	ck_assert_has(text.buf, "**Everything that was checked holds.**");
	ck_assert_lacks(text.buf, "What to do next");
}
END_TEST

START_TEST(what_to_do_next_begins_with_what_gives_most_points)
{
	struct result *result = sample_empty(&arena);
	struct exercise_result *e = sample_exercise(result, "e", "E", 10);
	struct check_result *c;
	const char *at[4];

	sample_check(result, e, "advice", VERDICT_FAILED, 0);
	sample_check(result, e, "small", VERDICT_FAILED, 1);
	sample_check(result, e, "open", VERDICT_ERROR, 6);
	sample_check(result, e, "root", VERDICT_FAILED, 0.5);
	c = sample_check(result, e, "waits", VERDICT_BLOCKED, 1);
	c->blocked_by = "root";
	c = sample_check(result, e, "waits-too", VERDICT_BLOCKED, 1.5);
	c->blocked_by = "waits";
	sample_add_up(result);
	render("markdown", result);
	at[0] = strstr(text.buf, "1. **root** (exercise 1, 3 points, with 2 "
				 "checks that wait for it)");
	at[1] = strstr(text.buf, "2. **small** (exercise 1, 1 point)");
	at[2] = strstr(text.buf, "3. **open** (exercise 1, 6 points pending)");
	at[3] = strstr(text.buf, "4. **advice** (advice)");
	for (size_t i = 0; i < ARRAY_SIZE(at); i++)
		ck_assert_msg(at[i] != NULL, "%zu in:\n%s", i, text.buf);
}
END_TEST

START_TEST(one_cause_is_told_once)
{
	struct result *result = sample_empty(&arena);
	struct exercise_result *e = sample_exercise(result, "e", "E", 4);
	static const char *const checks[] = { "first", "second" };

	for (size_t i = 0; i < 2; i++) {
		struct diagnosis *d = arena_new(&arena, struct diagnosis);

		sample_check(result, e, checks[i], VERDICT_FAILED, 2);
		d->check = checks[i];
		d->cause = "rows-unordered";
		d->confidence = CONFIDENCE_LIKELY;
		d->words.en = "nothing orders the rows";
		*vec_push(&result->diagnosis) = d;
	}
	sample_add_up(result);
	render("markdown", result);
	ck_assert_has(text.buf, "1. **first** (exercise 1, 2 points): nothing "
				"orders the rows.");
	ck_assert_has(text.buf, "2. **second** (exercise 1, 2 points): for "
				"the same reason as `first`.");
	ck_assert_has(text.buf, "**Why** (likely): nothing orders the rows");
}
END_TEST

START_TEST(what_a_comparison_saw_is_told_once_above)
{
	struct result *result = sample_empty(&arena);
	struct exercise_result *e = sample_exercise(result, "e", "E", 4);
	struct check_result *c = sample_check(result, e, "twice",
					      VERDICT_FAILED, 4);
	struct diagnosis *d = arena_new(&arena, struct diagnosis);

	c->kind = "compare";
	c->actual = "300 of 300 trees differ";
	d->check = "twice";
	d->cause = "seed-missing-split";
	d->words.en = "the rows are split without a seed";
	*vec_push(&result->diagnosis) = d;
	sample_add_up(result);
	render("markdown", result);
	const char *first = strstr(text.buf, "twice: 300 of 300 trees differ");
	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_null(strstr(first + 1, "twice: 300 of 300"));
}
END_TEST

START_TEST(one_reason_is_told_once)
{
	struct result *result = sample_empty(&arena);
	struct exercise_result *e = sample_exercise(result, "e", "E", 6);
	static const char *const checks[] = { "first", "second", "third" };

	for (size_t i = 0; i < 3; i++)
		sample_check(result, e, checks[i], VERDICT_ERROR, 2)->actual =
			"the stack did not start";
	sample_check(result, e, "other", VERDICT_ERROR, 1)->actual =
		"no data";
	sample_add_up(result);
	render("markdown", result);
	ck_assert_has(text.buf, "1. **first** (6 points pending) and 2 other "
				"checks: could not be checked, the stack did "
				"not start.");
	ck_assert_has(text.buf, "2. **other** (exercise 1, 1 point pending): ");
	ck_assert_lacks(text.buf, "**second**");
	ck_assert_has(text.buf, "### ! `first`");
	ck_assert_has(text.buf, "| ! | `second` | 0 + 2 pending / 2 | could "
				"not be checked: for the same reason as "
				"`first` |");
}
END_TEST

START_TEST(the_summary_on_the_terminal_stays_short)
{
	struct result *result = sample_empty(&arena);
	struct exercise_result *e = sample_exercise(result, "e", "E", 40);

	for (int i = 0; i < 40; i++)
		sample_check(result, e, arena_printf(&arena, "c%d", i),
			     VERDICT_FAILED, 1);
	sample_add_up(result);
	render("text", result);
	ck_assert_has(text.buf, "... and 34 more in the report\n");
	ck_assert_lacks(text.buf, "--only c7");
}
END_TEST

START_TEST(an_interrupted_run_says_so_first)
{
	struct result *result = one_check(VERDICT_PASSED);

	result->interrupted = 2;
	render("markdown", result);
	ck_assert_has(text.buf,
		      "**Stopped before the end by signal 2 (INT). ");
}
END_TEST

START_TEST(a_result_without_anything_is_still_a_report)
{
	for (size_t f = 0; report_formats[f].name; f++)
		render(report_formats[f].name, sample_empty(&arena));
	render("markdown", sample_empty(&arena));
	ck_assert_has(text.buf, "**Nothing was checked.**");
	render("tap", sample_empty(&arena));
	ck_assert_str_eq(text.buf, "TAP version 13\n1..0\n");
}
END_TEST

/* Text or the value of an attribute: references by number only, no markup,
 * no character that XML 1.0 lacks. Gives what ended it. */
static const char *skip_characters(const char *s, const char *ends)
{
	while (*s && !strchr(ends, *s)) {
		size_t taken = 1;
		uint32_t c = (unsigned char)*s;

		if (*s == '&') {
			ck_assert_msg(s[1] == '#' && s[2 + strspn(s + 2,
					"0123456789")] == ';', "%s", s);
		} else {
			ck_assert(*s != '<');
			ck_assert(utf8_decode(s, strlen(s), &c, &taken));
			ck_assert(c == '\n' || c == '\t' ||
				  (c >= 0x20 && c != 0xfffe && c != 0xffff));
		}
		s += taken;
	}
	return s;
}

/* A tag, from its "<"; keeps the names of the open ones. */
static const char *skip_tag(const char *s, const char **open, size_t *depth)
{
	bool closing = s[1] == '/';
	const char *name = s + 1 + closing;
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz");

	ck_assert_msg(len > 0, "%s", s);
	if (closing) {
		ck_assert(*depth > 0 && !strncmp(open[--*depth], name, len));
		ck_assert_int_eq(name[len], '>');
		return name + len + 1;
	}
	for (s = name + len; *s == ' ';) {
		s += 1 + strspn(s + 1, "abcdefghijklmnopqrstuvwxyz");
		ck_assert_msg(!strncmp(s, "=\"", 2), "%s", s);
		s = skip_characters(s + 2, "\"");
		ck_assert_int_eq(*s++, '"');
	}
	if (*s == '/') {
		ck_assert_int_eq(s[1], '>');
		return s + 2;
	}
	ck_assert_int_eq(*s, '>');
	ck_assert_uint_lt(*depth, 8);
	open[(*depth)++] = name;
	return s + 1;
}

/* XML as we write it, which is less than XML: any parser reads it. */
static void require_well_formed(void)
{
	static const char declaration[] =
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
	const char *open[8], *s = text.buf;
	size_t depth = 0;

	ck_assert_int_eq(strncmp(s, declaration, strlen(declaration)), 0);
	for (s += strlen(declaration); *s == '<';) {
		s = skip_tag(s, open, &depth);
		s = skip_characters(s, "<");
	}
	ck_assert_uint_eq(depth, 0);
	ck_assert_int_eq(*s, '\0');
}

START_TEST(junit_is_well_formed_whatever_a_service_answered)
{
	static const char *const hostile[] = {
		"]]>", "<![CDATA[x", "</failure>", "&amp; &nbsp; \"'",
		"\x01\x02\x0b\x0c\x1f\x7f", "\xff\xfe", "\ufffe\uffff",
		"\xed\xa0\x80", "a\nb\tc\rd", "--><!--", "<?xml?>",
	};

	render("junit", sample_failing(&arena));
	require_well_formed();
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		struct result *result = one_check(VERDICT_FAILED);

		result->exercises.at[0]->checks.at[0]->actual = hostile[i];
		result->exercises.at[0]->checks.at[0]->by_hand = hostile[i];
		render("junit", result);
		require_well_formed();
	}
}
END_TEST

START_TEST(an_annotation_cannot_end_early_or_begin_another)
{
	struct result *result = one_check(VERDICT_FAILED);
	struct check_result *c = result->exercises.at[0]->checks.at[0];

	c->title.en = "a,b::c";
	c->actual = "100%\r\n::error::made up\n";
	render("github", result);
	ck_assert_str_eq(text.buf,
			 "::error file=scenarios/streamflow/tp4.yaml,line=12,"
			 "title=a%2Cb%3A%3Ac::c: 100%25␍%0A::error::made up"
			 "%0A%0Abis run streamflow/tp4 --only c\n");
}
END_TEST

START_TEST(colours_are_for_the_terminal_only)
{
	render("text", sample_failing(&arena));
	ck_assert_lacks(text.buf, "\x1b");
	options.color = true;
	render("text", sample_failing(&arena));
	ck_assert_has(text.buf, "\x1b[31m13 + 2 pending / 20\x1b[0m");
	for (size_t f = 0; report_formats[f].file; f++) {
		render(report_formats[f].name, sample_passing(&arena));
		ck_assert_lacks(text.buf, "\x1b");
	}
}
END_TEST

START_TEST(formats_are_sorted_and_found_by_name)
{
	for (size_t i = 0; report_formats[i].name; i++) {
		ck_assert_ptr_eq(report_format_find(report_formats[i].name),
				 &report_formats[i]);
		if (i)
			ck_assert_int_lt(strcmp(report_formats[i - 1].name,
						report_formats[i].name), 0);
	}
	ck_assert_ptr_null(report_format_find("markdow"));
}
END_TEST

static char folder[] = "/tmp/bis-report-XXXXXX";

static bool is_written(const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/new/%s", folder, name);
	return access(path, R_OK) == 0;
}

START_TEST(the_sink_writes_the_default_files_or_those_that_were_asked)
{
	static const char *const only_tap[] = { "tap" };
	struct result *result = sample_passing(&arena);
	struct report *report = report_new(&options);
	struct sink *const sinks[] = { report_sink(report) };
	struct error err = ERROR_INIT;
	char path[4096];

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/new", folder);
	options.folder = path;
	event_phase(&(struct sinks){ sinks, 1 }, "something");
	ck_assert(!is_written("report.md"));
	event_send(&(struct sinks){ sinks, 1 },
		   (struct event){ .type = EVENT_RUN_FINISHED,
				   .result = result });
	ck_assert_msg(!report_finish(report, &err), "%s", err.message);
	ck_assert(is_written("report.md") && is_written("result.json") &&
		  is_written("junit.xml") && !is_written("report.tap"));
	options.formats = only_tap;
	options.format_count = 1;
	ck_assert_int_eq(io_remove_tree(path, &err), 0);
	ck_assert_int_eq(report_write(result, &options, &err), 0);
	ck_assert(is_written("report.tap") && !is_written("report.md"));
	report_free(report);
	result_release(result);
	io_remove_tree(folder, NULL);
}
END_TEST

START_TEST(a_file_that_cannot_be_written_is_an_error_with_its_name)
{
	struct report *report = report_new(&options);
	struct sink *const sinks[] = { report_sink(report) };
	struct result *result = sample_passing(&arena);
	struct error err = ERROR_INIT;

	options.folder = "/proc/none";
	event_send(&(struct sinks){ sinks, 1 },
		   (struct event){ .type = EVENT_RUN_FINISHED,
				   .result = result });
	ck_assert_int_eq(report_finish(report, &err), -1);
	ck_assert_has(err.message, "/proc/none");
	report_free(report);
	result_release(result);
}
END_TEST

START_TEST(no_space_left_is_an_error)
{
	struct result *result = sample_passing(&arena);
	struct error err = ERROR_INIT;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	options.folder = folder;
	options.step_summary = "/dev/full";
	ck_assert_int_eq(report_write(result, &options, &err), -1);
	ck_assert_has(err.message, "/dev/full");
	ck_assert_int_eq(err.kind, ERROR_LIMIT);
	result_release(result);
	io_remove_tree(folder, NULL);
}
END_TEST

START_TEST(the_summary_of_a_step_is_added_to_what_is_there)
{
	struct strbuf found = STRBUF_INIT(STRBUF_TEXT);
	struct result *result = sample_failing(&arena);
	struct error err = ERROR_INIT;
	char path[4096];

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/summary", folder);
	ck_assert_int_eq(io_write_file(path, "before\n", 7, 0644, &err), 0);
	options.folder = folder;
	options.step_summary = path;
	ck_assert_msg(!report_write(result, &options, &err), "%s", err.message);
	ck_assert_int_eq(io_read_file(path, &found, &err), 0);
	ck_assert_ptr_eq(strstr(found.buf, "before\n# StreamFlow TP4"),
			 found.buf);
	ck_assert_has(found.buf, "## What to do next");
	ck_assert_lacks(found.buf, "## Screens");
	strbuf_release(&found);
	result_release(result);
	io_remove_tree(folder, NULL);
}
END_TEST

/* GitHub shows nothing of a summary that is past its limit. */
START_TEST(a_summary_of_a_step_stays_within_githubs_limit)
{
	struct report_options chosen = { .folder = "/tmp" };
	struct strbuf found = STRBUF_INIT(STRBUF_TEXT);
	struct result *result = sample_empty(&arena);
	struct exercise_result *e = sample_exercise(result, "ex", "Ex", 1);
	char path[64];

	for (int i = 0; i < 9000; i++)
		sample_check(result, e, arena_printf(&arena, "check-%d", i),
			     VERDICT_FAILED, 1)->actual =
			"a long sentence, said by every check of this exercise, "
			"so that all of them together are more than a page "
			"takes\xc3\xa9";
	snprintf(path, sizeof(path), "/tmp/bt-%d.md", (int)getpid());
	chosen.step_summary = path;
	chosen.formats = (const char *const[]){ "text" };
	chosen.format_count = 1;
	ck_assert_int_eq(report_write(result, &chosen, NULL), 0);
	ck_assert_int_eq(io_read_file(path, &found, NULL), 0);
	ck_assert_uint_le(found.len, GITHUB_SUMMARY_MAX);
	ck_assert_uint_gt(found.len, GITHUB_SUMMARY_MAX - 4096);
	ck_assert_int_eq(found.buf[found.len - 1], '\n');
	unlink(path);
	strbuf_release(&found);
	result_release(result);
}
END_TEST

START_TEST(annotations_go_to_stdout_where_they_were_asked_for)
{
	static const char *const github[] = { "github", "json" };
	struct report_options chosen = { .folder = "x" };
	struct strbuf printed = STRBUF_INIT(STRBUF_TEXT);
	struct result *result = sample_failing(&arena);

	report_for_stdout(result, &chosen, &printed);
	ck_assert_uint_eq(printed.len, 0);
	chosen.formats = github;
	chosen.format_count = 2;
	report_for_stdout(result, &chosen, &printed);
	ck_assert_has(printed.buf, "::error file=");
	strbuf_release(&printed);
	result_release(result);
}
END_TEST

TESTS_MAIN("report/report", samples_are_reported_as_in_the_fixtures,
	   points_are_written_as_people_write_them,
	   every_verdict_is_distinct_in_every_format,
	   what_is_pending_is_no_failure_and_nobody_is_accused,
	   blocked_is_a_failure_that_names_the_check_before_it,
	   what_does_not_apply_is_skipped,
	   advice_keeps_its_verdict_and_is_not_counted,
	   a_step_of_the_way_without_points_is_not_advice,
	   nothing_open_means_nothing_to_do,
	   what_to_do_next_begins_with_what_gives_most_points,
	   one_cause_is_told_once, what_a_comparison_saw_is_told_once_above,
	   one_reason_is_told_once,
	   the_summary_on_the_terminal_stays_short, an_interrupted_run_says_so_first,
	   a_result_without_anything_is_still_a_report,
	   junit_is_well_formed_whatever_a_service_answered,
	   an_annotation_cannot_end_early_or_begin_another,
	   colours_are_for_the_terminal_only,
	   formats_are_sorted_and_found_by_name,
	   the_sink_writes_the_default_files_or_those_that_were_asked,
	   a_file_that_cannot_be_written_is_an_error_with_its_name,
	   no_space_left_is_an_error,
	   the_summary_of_a_step_is_added_to_what_is_there,
	   a_summary_of_a_step_stays_within_githubs_limit,
	   annotations_go_to_stdout_where_they_were_asked_for)
