/* One junit.xml for a class: a student is a suite, a check a case; what the
 * verdicts become is as in report/junit.c. */
#include "report/class_report.h"

#include "base/clock.h"
#include "report/words.h"
#include "report/xml.h"

struct counts {
	size_t tests, failures, errors, skipped;
};

static void count(const struct class_result *c,
		  const struct class_student *s, struct counts *counts)
{
	if (s->problem) {
		counts->tests++;
		counts->errors++;
		return;
	}
	for (size_t i = 0; i < c->checks.len; i++) {
		unsigned char v = s->verdicts[i];

		if (v == CLASS_NO_VERDICT)
			continue;
		counts->tests++;
		counts->failures += v == VERDICT_FAILED || v == VERDICT_BLOCKED;
		counts->errors += verdict_is_pending((enum verdict)v);
		counts->skipped += v == VERDICT_NOT_APPLICABLE;
	}
}

static void add_counts(struct strbuf *into, const struct counts *counts)
{
	strbuf_addf(into, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\""
		    " skipped=\"%zu\"", counts->tests, counts->failures,
		    counts->errors, counts->skipped);
}

static void add_case(struct strbuf *into, const struct class_student *s,
		     const struct class_check *check, enum verdict verdict)
{
	const char *name = verdict_name(verdict);

	strbuf_addstr(into, "    <testcase");
	xml_attribute(into, "name", check->id);
	xml_attribute(into, "classname", s->id);
	if (verdict == VERDICT_PASSED) {
		strbuf_addstr(into, "/>\n");
		return;
	}
	if (verdict == VERDICT_NOT_APPLICABLE) {
		strbuf_addstr(into, "><skipped/></testcase>\n");
		return;
	}
	if (verdict == VERDICT_FAILED && check->max_points <= 0)
		name = "advice";
	strbuf_addf(into, "><%s",
		    verdict_is_pending(verdict) ? "error" : "failure");
	xml_attribute(into, "type", name);
	xml_attribute(into, "message",
		      words_of(&check->title, LANGUAGE_ENGLISH));
	strbuf_addstr(into, "/></testcase>\n");
}

static void add_suite(struct strbuf *into, const struct class_result *c,
		      const struct class_student *s)
{
	struct counts counts = { 0 };

	count(c, s, &counts);
	strbuf_addstr(into, "  <testsuite");
	xml_attribute(into, "name", s->id);
	add_counts(into, &counts);
	strbuf_addf(into, " time=\"%lld.%03lld\">\n",
		    (long long)(s->duration / CLOCK_SEC),
		    (long long)(s->duration % CLOCK_SEC / CLOCK_MSEC));
	if (s->problem) {
		strbuf_addstr(into, "    <testcase name=\"graded\"");
		xml_attribute(into, "classname", s->id);
		strbuf_addstr(into, "><error type=\"not graded\"");
		xml_attribute(into, "message", s->problem);
		strbuf_addstr(into, "/></testcase>\n");
	}
	for (size_t i = 0; !s->problem && i < c->checks.len; i++)
		if (s->verdicts[i] != CLASS_NO_VERDICT)
			add_case(into, s, &c->checks.at[i],
				 (enum verdict)s->verdicts[i]);
	strbuf_addstr(into, "  </testsuite>\n");
}

void class_junit(const struct class_result *c,
		 const struct class_options *options UNUSED,
		 struct strbuf *into)
{
	struct counts counts = { 0 };

	for (size_t i = 0; i < c->students.len; i++)
		count(c, &c->students.at[i], &counts);
	strbuf_addstr(into, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		      "<testsuites");
	xml_attribute(into, "name", c->scenario);
	add_counts(into, &counts);
	strbuf_addstr(into, ">\n");
	for (size_t i = 0; i < c->students.len; i++)
		add_suite(into, c, &c->students.at[i]);
	strbuf_addstr(into, "</testsuites>\n");
}
