/*
 * junit.xml, as CI systems read it (the form of Ant's junitreport): an
 * exercise is a suite, a check a case. failed and blocked are failures, error
 * and inconclusive are errors, not applicable is skipped. Advice that does
 * not hold is a failure of type "advice": it is worth no points and leaves
 * the exit code alone.
 */
#include "report/report.h"

#include "base/clock.h"
#include "report/words.h"
#include "report/xml.h"

#include <string.h>

static void add_seconds(struct strbuf *into, int64_t usec)
{
	strbuf_addf(into, " time=\"%lld.%03lld\"",
		    (long long)(usec / CLOCK_SEC),
		    (long long)(usec % CLOCK_SEC / CLOCK_MSEC));
}

static void add_line(struct strbuf *into, const char *label, const char *text)
{
	if (!text || !*text)
		return;
	xml_text(into, label);
	strbuf_addstr(into, *label ? ": " : "");
	xml_text(into, text);
	strbuf_addch(into, '\n');
}

static void add_details(struct strbuf *into, const struct check_result *check,
			enum language language)
{
	add_line(into, language_say(language, "Asked"), check->expected);
	add_line(into, language_say(language, "Seen"), check->actual);
	for (size_t i = 0; i < check->broken.len; i++) {
		const struct broken_expectation *b = &check->broken.at[i];

		add_line(into, b->where ? b->where : "?", b->expression);
		add_line(into, "", b->actual);
		add_line(into, "", b->complaint);
	}
	add_line(into, language_say(language, "With Bis"), check->again);
	add_line(into, language_say(language, "Without"), check->by_hand);
}

static void add_outcome(struct strbuf *into, const struct check_result *check,
			enum language language)
{
	bool error = verdict_is_pending(check->verdict);
	const char *element = error ? "error" : "failure";
	const char *type = verdict_name(check->verdict);

	if (check->verdict == VERDICT_FAILED && words_is_advice(check))
		type = "advice";
	strbuf_addf(into, ">\n      <%s", element);
	xml_attribute(into, "type", type);
	xml_attribute(into, "message",
		      check->actual ? check->actual : check->blocked_by);
	strbuf_addch(into, '>');
	add_details(into, check, language);
	strbuf_addf(into, "</%s>\n    </testcase>\n", element);
}

static void add_case(struct strbuf *into, const struct result *result,
		     const struct check_result *check, enum language language)
{
	struct strbuf class = STRBUF_INIT(STRBUF_LINE);

	strbuf_addf(&class, "%s.%s", result->scenario, check->exercise);
	strbuf_addstr(into, "    <testcase");
	xml_attribute(into, "name", check->id);
	xml_attribute(into, "classname", class.buf);
	add_seconds(into, check->duration);
	strbuf_release(&class);
	if (check->verdict == VERDICT_PASSED) {
		strbuf_addstr(into, "/>\n");
	} else if (check->verdict == VERDICT_NOT_APPLICABLE) {
		strbuf_addstr(into, ">\n      <skipped");
		xml_attribute(into, "message", check->actual);
		strbuf_addstr(into, "/>\n    </testcase>\n");
	} else {
		add_outcome(into, check, language);
	}
}

struct counts {
	size_t tests, failures, errors, skipped;
};

static void count(const struct exercise_result *exercise, struct counts *counts)
{
	for (size_t i = 0; i < exercise->checks.len; i++) {
		enum verdict verdict = exercise->checks.at[i]->verdict;

		counts->tests++;
		counts->failures += verdict == VERDICT_FAILED ||
				    verdict == VERDICT_BLOCKED;
		counts->errors += verdict_is_pending(verdict);
		counts->skipped += verdict == VERDICT_NOT_APPLICABLE;
	}
}

static void add_counts(struct strbuf *into, const struct counts *counts)
{
	strbuf_addf(into,
		    " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\""
		    " skipped=\"%zu\"",
		    counts->tests, counts->failures, counts->errors,
		    counts->skipped);
}

static void add_suite(struct strbuf *into, const struct result *result,
		      const struct exercise_result *exercise,
		      enum language language)
{
	struct counts counts = { 0 };
	int64_t duration = 0;

	count(exercise, &counts);
	for (size_t i = 0; i < exercise->checks.len; i++)
		duration += exercise->checks.at[i]->duration;
	strbuf_addstr(into, "  <testsuite");
	xml_attribute(into, "name", exercise->id);
	add_counts(into, &counts);
	add_seconds(into, duration);
	strbuf_addstr(into, ">\n");
	for (size_t i = 0; i < exercise->checks.len; i++)
		add_case(into, result, exercise->checks.at[i], language);
	strbuf_addstr(into, "  </testsuite>\n");
}

void report_junit(const struct result *result,
		  const struct report_options *options, struct strbuf *into)
{
	struct counts counts = { 0 };

	for (size_t i = 0; i < result->exercises.len; i++)
		count(result->exercises.at[i], &counts);
	strbuf_addstr(into, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			    "<testsuites");
	xml_attribute(into, "name", result->scenario);
	add_counts(into, &counts);
	add_seconds(into, result->duration);
	strbuf_addstr(into, ">\n");
	for (size_t i = 0; i < result->exercises.len; i++)
		add_suite(into, result, result->exercises.at[i],
			  options->language);
	strbuf_addstr(into, "</testsuites>\n");
}
