/*
 * summary.md and index.html: how a class did. First what the instructor asks
 * first (how many, how well, what waits), then each student, then what the
 * class has not understood.
 */
#include "report/class_report.h"

#include "base/clock.h"
#include "report/html.h"
#include "report/markup.h"
#include "report/volatile.h"
#include "report/words.h"

#include <stdlib.h>
#include <string.h>

struct summary {
	struct strbuf *into;
	const struct class_result *c;
	const struct class_options *options;
	enum language language;
};

static void class_say(const struct summary *s, const char *words)
{
	strbuf_addstr(s->into, language_say(s->language, words));
}

static void class_heading(const struct summary *s, const char *words)
{
	strbuf_addstr(s->into, "## ");
	class_say(s, words);
	strbuf_addstr(s->into, "\n\n");
}

static void add_student(const struct summary *s, size_t index)
{
	const struct class_student *student = &s->c->students.at[index];

	if (s->options->anonymous) {
		words_add(s->into, s->language, "student %zu", student->alias);
		return;
	}
	if (student->problem) {
		markup_text(s->into, student->id);
		return;
	}
	strbuf_addch(s->into, '[');
	markup_text(s->into, student->id);
	strbuf_addf(s->into, "](<%s/%s>)", student->folder,
		    s->options->report);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void add_mean_and_median(const struct summary *s, size_t graded)
{
	double sum = 0, *points = xcalloc(graded, sizeof(*points));
	size_t n = 0;

	for (size_t i = 0; i < s->c->students.len; i++)
		if (!s->c->students.at[i].problem)
			points[n++] = s->c->students.at[i].points;
	qsort(points, n, sizeof(*points), by_value);
	for (size_t i = 0; i < n; i++)
		sum += points[i];
	class_say(s, "mean");
	strbuf_addch(s->into, ' ');
	words_add_points(s->into, sum / (double)n);
	strbuf_addstr(s->into, ", ");
	class_say(s, "median");
	strbuf_addch(s->into, ' ');
	words_add_points(s->into, n % 2 ? points[n / 2]
			 : (points[n / 2 - 1] + points[n / 2]) / 2);
	strbuf_addstr(s->into, " / ");
	words_add_points(s->into, s->c->max_points);
	free(points);
}

static void add_headline(const struct summary *s)
{
	size_t graded = 0, pending = 0;

	for (size_t i = 0; i < s->c->students.len; i++) {
		graded += !s->c->students.at[i].problem;
		pending += s->c->students.at[i].pending > 0;
	}
	strbuf_addstr(s->into, "# ");
	markup_prose(s->into, words_of(&s->c->title, s->language));
	strbuf_addstr(s->into, "\n\n**");
	words_add(s->into, s->language, "%zu of %zu graded", graded,
		  s->c->students.len);
	if (graded) {
		strbuf_addstr(s->into, words_semicolon(s->language));
		add_mean_and_median(s, graded);
	}
	strbuf_addstr(s->into, "**");
	if (pending) {
		strbuf_addstr(s->into, "\\\n");
		strbuf_addf(s->into,
			    language_say_count(s->language,
					       "%zu student has points that "
					       "wait for a person.",
					       "%zu students have points that "
					       "wait for a person.", pending),
			    pending);
	}
	strbuf_addstr(s->into, "\n\n");
	class_say(s, "scenario");
	strbuf_addch(s->into, ' ');
	markup_code(s->into, s->c->scenario);
	strbuf_addf(s->into, ", Bis ");
	markup_text(s->into, s->c->bis_version);
	strbuf_addstr(s->into, ".\n\n");
}

static void add_student_head(const struct summary *s, bool names)
{
	strbuf_addstr(s->into, "| ");
	class_say(s, "student");
	if (names) {
		strbuf_addstr(s->into, " | ");
		class_say(s, "name");
	}
	strbuf_addstr(s->into, " | ");
	class_say(s, "points");
	for (size_t i = 0; i < s->c->exercises.len; i++) {
		strbuf_addstr(s->into, " | ");
		markup_text(s->into, s->c->exercises.at[i].id);
	}
	strbuf_addstr(s->into, " | |\n|---|");
	strbuf_addstr(s->into, names ? "---|---:|" : "---:|");
	for (size_t i = 0; i < s->c->exercises.len; i++)
		strbuf_addstr(s->into, "---:|");
	strbuf_addstr(s->into, "---|\n");
}

static void add_how(const struct summary *s, const struct class_student *st)
{
	if (st->problem) {
		class_say(s, "not graded");
		if (!s->options->anonymous) {
			strbuf_addstr(s->into, words_colon(s->language));
			markup_text(s->into, st->problem);
		}
		return;
	}
	strbuf_addstr(s->into, words_verdict(st->verdict, s->language));
	if (st->inherited) {
		strbuf_addstr(s->into, words_semicolon(s->language));
		words_add(s->into, s->language, "%zu inherited",
			  st->inherited);
	}
	if (st->overrides) {
		strbuf_addstr(s->into, words_semicolon(s->language));
		words_add(s->into, s->language, "%zu decided by a person",
			  st->overrides);
	}
}

static void add_student_row(const struct summary *s, size_t index, bool names)
{
	const struct class_student *st = &s->c->students.at[index];

	strbuf_addstr(s->into, "| ");
	add_student(s, index);
	strbuf_addstr(s->into, " | ");
	if (names) {
		markup_text(s->into, st->name);
		strbuf_addstr(s->into, " | ");
	}
	if (!st->problem)
		words_add_score(s->into, s->language, st->points, st->pending,
				st->max_points);
	for (size_t i = 0; i < s->c->exercises.len; i++) {
		strbuf_addstr(s->into, " | ");
		if (st->problem || s->c->exercises.at[i].max_points <= 0)
			continue;
		words_add_points(s->into, st->exercise_points[i]);
		if (st->exercise_pending[i] > 0) {
			strbuf_addstr(s->into, " + ");
			words_add_points(s->into, st->exercise_pending[i]);
		}
	}
	strbuf_addstr(s->into, " | ");
	add_how(s, st);
	strbuf_addstr(s->into, " |\n");
}

static int by_alias(const void *a, const void *b)
{
	const struct class_student *x = *(const struct class_student *const *)a;
	const struct class_student *y = *(const struct class_student *const *)b;

	return (x->alias > y->alias) - (x->alias < y->alias);
}

/* In the instructor's order, which tells who is who: by alias where that must
 * not be told. */
static void add_students(const struct summary *s)
{
	size_t count = s->c->students.len;
	const struct class_student **order = xcalloc(count, sizeof(*order));
	bool names = false;

	for (size_t i = 0; i < count; i++) {
		order[i] = &s->c->students.at[i];
		names |= order[i]->name && !s->options->anonymous;
	}
	if (s->options->anonymous)
		qsort(order, count, sizeof(*order), by_alias);
	class_heading(s, "Students");
	add_student_head(s, names);
	for (size_t i = 0; i < count; i++)
		add_student_row(s, (size_t)(order[i] - s->c->students.at),
				names);
	strbuf_addch(s->into, '\n');
	free(order);
}

static void add_check_name(const struct summary *s,
			   const struct class_check *check)
{
	const char *title = words_of(&check->title, s->language);

	markup_cell_code(s->into, check->id);
	if (*title) {
		strbuf_addstr(s->into, words_colon(s->language));
		markup_prose(s->into, title);
	}
}

/* A check that fails for most is asked of the assignment. */
static void add_questions(const struct summary *s)
{
	bool any = false;

	for (size_t i = 0; i < s->c->checks.len; i++) {
		const struct class_check *check = &s->c->checks.at[i];

		if (!check->question)
			continue;
		if (!any) {
			class_heading(s, "Questions to the assignment");
			class_say(s, "These fail for most of the class. Is it "
			       "asked clearly, does the template allow it, "
			       "does the check ask for what the handout says?");
			strbuf_addstr(s->into, "\n\n");
		}
		any = true;
		strbuf_addstr(s->into, "- ");
		add_check_name(s, check);
		strbuf_addstr(s->into, words_colon(s->language));
		words_add(s->into, s->language, "%zu of %zu",
			  check->counts[VERDICT_FAILED] +
			  check->counts[VERDICT_BLOCKED], check->students);
		strbuf_addch(s->into, '\n');
	}
	if (any)
		strbuf_addch(s->into, '\n');
}

enum { MISTAKES_SHOWN = 40, STUDENTS_SHOWN = 30 };

static void add_who(const struct summary *s, const struct class_mistake *m)
{
	for (size_t i = 0; i < m->students.len && i < STUDENTS_SHOWN; i++) {
		strbuf_addstr(s->into, i ? ", " : "");
		add_student(s, m->students.at[i]);
	}
	if (m->students.len > STUDENTS_SHOWN)
		strbuf_addstr(s->into, ", …");
}

static void add_mistakes(const struct summary *s)
{
	const struct class_result *c = s->c;

	if (!c->mistakes.len)
		return;
	class_heading(s, "Common mistakes");
	strbuf_addstr(s->into, "| ");
	class_say(s, "what does not hold");
	strbuf_addstr(s->into, " | ");
	class_say(s, "why");
	strbuf_addstr(s->into, " | ");
	class_say(s, "students");
	strbuf_addstr(s->into, " | ");
	class_say(s, "points lost");
	if (!s->options->anonymous) {
		strbuf_addstr(s->into, " | ");
		class_say(s, "who");
	}
	strbuf_addstr(s->into, s->options->anonymous
		      ? " |\n|---|---|---:|---:|\n"
		      : " |\n|---|---|---:|---:|---|\n");
	for (size_t i = 0; i < c->mistakes.len && i < MISTAKES_SHOWN; i++) {
		const struct class_mistake *m = &c->mistakes.at[i];

		strbuf_addstr(s->into, "| ");
		add_check_name(s, &c->checks.at[m->check]);
		strbuf_addstr(s->into, " | ");
		markup_prose(s->into, words_of(&m->words, s->language));
		strbuf_addf(s->into, " | %zu | ", m->students.len);
		words_add_points(s->into, m->points);
		if (!s->options->anonymous) {
			strbuf_addstr(s->into, " | ");
			add_who(s, m);
		}
		strbuf_addstr(s->into, " |\n");
	}
	strbuf_addch(s->into, '\n');
}

static const struct class_check *hardest(const struct class_result *c)
{
	const struct class_check *worst = NULL;

	for (size_t i = 0; i < c->checks.len; i++) {
		const struct class_check *check = &c->checks.at[i];

		if (check->max_points <= 0 || !check->students)
			continue;
		if (!worst || check->counts[VERDICT_PASSED] <
			      worst->counts[VERDICT_PASSED])
			worst = check;
	}
	return worst && worst->counts[VERDICT_PASSED] < worst->students
		? worst : NULL;
}

static void add_checks(const struct summary *s)
{
	const struct class_check *worst = hardest(s->c);

	class_heading(s, "Checks");
	if (worst) {
		class_say(s, "The hardest, of those that give points:");
		strbuf_addch(s->into, ' ');
		markup_code(s->into, worst->id);
		strbuf_addstr(s->into, ", ");
		words_add(s->into, s->language, "passed by %zu of %zu",
			  worst->counts[VERDICT_PASSED], worst->students);
		strbuf_addstr(s->into, ".\n\n");
	}
	strbuf_addstr(s->into, "| ");
	class_say(s, "check");
	strbuf_addstr(s->into, " | ");
	class_say(s, "points");
	for (int v = 0; v < VERDICT_COUNT; v++)
		strbuf_addf(s->into, " | %s",
			    words_verdict((enum verdict)v, s->language));
	if (s->c->given) {
		strbuf_addstr(s->into, " | ");
		class_say(s, "inherited");
	}
	strbuf_addstr(s->into, " |\n|---|---:|---:|---:|---:|---:|---:|---:|");
	strbuf_addstr(s->into, s->c->given ? "---:|\n" : "\n");
	for (size_t i = 0; i < s->c->checks.len; i++) {
		const struct class_check *check = &s->c->checks.at[i];

		strbuf_addstr(s->into, "| ");
		add_check_name(s, check);
		strbuf_addstr(s->into, " | ");
		words_add_points(s->into, check->max_points);
		for (int v = 0; v < VERDICT_COUNT; v++)
			strbuf_addf(s->into, " | %zu", check->counts[v]);
		if (s->c->given)
			strbuf_addf(s->into, " | %zu", check->inherited);
		strbuf_addstr(s->into, " |\n");
	}
	strbuf_addch(s->into, '\n');
}

static void add_durations(const struct summary *s)
{
	char buf[CLOCK_TEXT];

	if (s->options->anonymous)
		return;
	class_heading(s, "Durations");
	strbuf_addstr(s->into, VOLATILE_BEGIN "\n\n| ");
	class_say(s, "student");
	strbuf_addstr(s->into, " | ");
	class_say(s, "took");
	strbuf_addstr(s->into, " |\n|---|---:|\n");
	for (size_t i = 0; i < s->c->students.len; i++) {
		const struct class_student *st = &s->c->students.at[i];

		if (st->problem)
			continue;
		strbuf_addstr(s->into, "| ");
		markup_text(s->into, st->id);
		strbuf_addf(s->into, " | %s |\n",
			    clock_format_duration(st->duration, buf));
	}
	strbuf_addstr(s->into, "\n" VOLATILE_END "\n");
}

void class_summary(const struct class_result *c,
		   const struct class_options *options, struct strbuf *into)
{
	const struct summary s = { into, c, options, options->language };

	add_headline(&s);
	add_students(&s);
	add_questions(&s);
	add_mistakes(&s);
	add_checks(&s);
	add_durations(&s);
}

void class_index(const struct class_result *c,
		 const struct class_options *options, struct strbuf *into)
{
	struct strbuf markdown = STRBUF_INIT(STRBUF_TEXT);

	class_summary(c, options, &markdown);
	html_page(into, options->language,
		  words_of(&c->title, options->language), &markdown);
	strbuf_release(&markdown);
}
