/*
 * report.md: for people, above all for the student who gets it. The first
 * screen says how it went, why, and what to do; everything else is below, to
 * look things up. The order is that of reports/examples/.
 */
#include "report/markdown.h"

#include "base/clock.h"
#include "base/language.h"

#include <string.h>

void markdown_say(const struct markdown *md, const char *english, ...)
{
	va_list ap;

	va_start(ap, english);
	strbuf_vaddf(md->into, language_say(md->language, english), ap);
	va_end(ap);
}

void markdown_title(const struct markdown *md)
{
	const struct result *result = md->result;

	strbuf_addstr(md->into, "# ");
	markup_prose(md->into, words_of(&result->title, md->language));
	strbuf_addstr(md->into, " · ");
	words_add_score(md->into, md->language, result->points,
			result->pending, result->max_points);
	strbuf_addstr(md->into, "\n\n");
}

/* A line of the verdict: its lines are one paragraph, so each but the last
 * ends in a hard break. */
static void break_line(const struct markdown *md)
{
	strbuf_addstr(md->into, "\\\n");
}

void markdown_sentence(const struct markdown *md, const char *english)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);

	if (english)
		language_sentence(md->language, english, &text);
	markup_prose(md->into, english ? text.buf : NULL);
	strbuf_release(&text);
}

void markdown_first_line(const struct markdown *md, const char *english)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);

	language_sentence(md->language, english, &text);
	markup_first_line(md->into, text.buf);
	strbuf_release(&text);
}

static void add_seen(const struct markdown *md, const struct check_result *check)
{
	break_line(md);
	markup_prose(md->into, words_check_title(check, md->language));
	strbuf_addstr(md->into, words_colon(md->language));
	markdown_first_line(md, check->actual);
}

static bool is_graded_comparison(const struct check_result *check)
{
	return !strcmp(check->kind, "compare") && check->actual &&
	       !words_is_advice(check) && !verdict_is_pending(check->verdict) &&
	       check->verdict != VERDICT_BLOCKED;
}

/* What the comparisons saw: the sentence that a reader looks for first. */
static void add_comparisons(const struct markdown *md)
{
	for (size_t i = 0; i < md->result->exercises.len; i++) {
		const struct exercise_result *e = md->result->exercises.at[i];

		for (size_t j = 0; j < e->checks.len; j++)
			if (is_graded_comparison(e->checks.at[j]))
				add_seen(md, e->checks.at[j]);
	}
}

/* Which rows, of which table: what makes the cause hers. */
static void add_rows(const struct markdown *md,
		     const struct diagnosis *diagnosis)
{
	const char *separator = " (";

	for (size_t i = 0; i < diagnosis->evidence.len; i++) {
		const struct evidence *e = &diagnosis->evidence.at[i];

		if (strncmp(e->kind, "rows-", 5) || !e->text)
			continue;
		strbuf_addstr(md->into, separator);
		markdown_sentence(md, e->text);
		separator = words_semicolon(md->language);
	}
	if (strcmp(separator, " (") != 0)
		strbuf_addch(md->into, ')');
}

static void add_cause(const struct markdown *md,
		      const struct diagnosis *diagnosis)
{
	const struct check_result *check =
		result_find_check(md->result, diagnosis->check);

	/* A graded comparison has said it: add_comparisons(). */
	if (check->actual && !is_graded_comparison(check))
		add_seen(md, check);
	break_line(md);
	markdown_say(md, "**Why** (%s):",
		     words_confidence(diagnosis->confidence, md->language));
	strbuf_addch(md->into, ' ');
	markup_prose(md->into, words_of(&diagnosis->words, md->language));
	add_rows(md, diagnosis);
	if (!diagnosis->fix_tried)
		return;
	break_line(md);
	markdown_say(md, "**Tried:**");
	strbuf_addch(md->into, ' ');
	markup_prose(md->into, words_of(&diagnosis->fix, md->language));
	strbuf_addstr(md->into, " → ");
	if (diagnosis->fix_worked)
		markdown_say(md, "the result is the same again.");
	else
		markdown_say(md, "the result still differs.");
}

static void add_graded(const struct markdown *md)
{
	const struct result *result = md->result;
	char buf[CLOCK_TEXT];

	markdown_say(md, "Graded:");
	strbuf_addch(md->into, ' ');
	if (result->submission)
		markup_code(md->into, result->submission);
	else
		markdown_say(md, "the system that comes with Bis");
	if (result->hand_in)
		markdown_commit(md);
	strbuf_addstr(md->into, ", ");
	markdown_say(md, "scenario");
	strbuf_addch(md->into, ' ');
	markup_code(md->into, result->scenario);
	strbuf_addf(md->into, ", %s UTC, Bis ",
		    clock_format(result->started, buf));
	markup_text(md->into, result->bis_version);
	strbuf_addstr(md->into, ".\n\n");
}

void markdown_verdict(const struct markdown *md)
{
	const struct diagnosis *diagnosis = words_main_diagnosis(md->result);

	strbuf_addstr(md->into, "**");
	words_add_headline(md->into, md->language, md->result);
	strbuf_addstr(md->into, "**");
	add_comparisons(md);
	if (diagnosis)
		add_cause(md, diagnosis);
	strbuf_addstr(md->into, "\n\n");
	add_graded(md);
}

static void add_exercise_row(const struct markdown *md, size_t index)
{
	const struct exercise_result *e = md->result->exercises.at[index];
	size_t number = exercise_number(md->result, index);
	bool fine = e->verdict == VERDICT_PASSED || words_is_beyond(e) ||
		    e->verdict == VERDICT_NOT_APPLICABLE;

	if (number)
		strbuf_addf(md->into, "| %zu | ", number);
	else
		strbuf_addstr(md->into, "| + | ");
	markup_prose(md->into, words_of(&e->title, md->language));
	strbuf_addstr(md->into, " | ");
	if (number)
		words_add_score(md->into, md->language, e->points, e->pending,
				e->max_points);
	else
		markdown_say(md, "advice");
	strbuf_addstr(md->into, fine ? " | " : " | **");
	words_add_exercise(md->into, md->language, e, false);
	strbuf_addstr(md->into, fine ? " |\n" : "** |\n");
}

void markdown_exercises(const struct markdown *md)
{
	strbuf_addstr(md->into, "| | ");
	markdown_say(md, "exercise");
	strbuf_addstr(md->into, " | ");
	markdown_say(md, "points");
	strbuf_addstr(md->into, " | |\n|---|---|---:|---|\n");
	for (size_t i = 0; i < md->result->exercises.len; i++)
		add_exercise_row(md, i);
	strbuf_addch(md->into, '\n');
	markdown_remedies(md);
	markdown_hand_in(md);
}

/* "(exercise 3, 2 points)", "(advice)" */
static void add_worth(const struct markdown *md, const struct next_step *step)
{
	if (step->points <= 0) {
		if (step->check->asked == ASKED_BEYOND)
			markdown_say(md, " (advice)");
		else
			markdown_say(md, " (no points)");
		return;
	}
	strbuf_addstr(md->into, " (");
	if (step->number && !step->others) {
		markdown_say(md, "exercise %zu", step->number);
		strbuf_addstr(md->into, ", ");
	}
	words_add_points(md->into, step->points);
	strbuf_addch(md->into, ' ');
	strbuf_addstr(md->into,
		      language_say_count(md->language, "point", "points",
					 step->points > 1 ? 2 : 1));
	if (verdict_is_pending(step->check->verdict)) {
		strbuf_addch(md->into, ' ');
		markdown_say(md, "pending");
	}
	if (step->blocks) {
		strbuf_addstr(md->into, ", ");
		strbuf_addf(md->into,
			    language_say_count(
				    md->language,
				    "with %zu check that waits for it",
				    "with %zu checks that wait for it",
				    step->blocks),
			    step->blocks);
	}
	strbuf_addch(md->into, ')');
}

/* A sentence from elsewhere, ended as a sentence; `before` it where it says
 * something. */
static void add_sentence(const struct markdown *md, const char *before,
			 const char *text)
{
	size_t len = strcspn(text, "\n");

	if (!len)
		return;
	strbuf_addstr(md->into, before);
	markdown_first_line(md, text);
	if (!strchr(".!?:;", text[len - 1]))
		strbuf_addch(md->into, '.');
}

static void add_advice(const struct markdown *md, const struct next_step *step)
{
	const struct check_result *check = step->check;
	const char *seen = check->actual ? check->actual : "";

	if (step->others)
		words_add_others(md->into, md->language, step->others);
	strbuf_addstr(md->into, words_colon(md->language));
	if (verdict_is_pending(check->verdict)) {
		strbuf_addstr(md->into,
			      words_verdict(check->verdict, md->language));
		add_sentence(md, ", ", seen);
		return;
	}
	if (step->same) {
		markdown_say(md, "for the same reason as");
		strbuf_addch(md->into, ' ');
		markup_code(md->into, step->same->check->id);
		strbuf_addch(md->into, '.');
		return;
	}
	if (step->diagnosis)
		seen = words_of(&step->diagnosis->words, md->language);
	else if (!*seen)
		seen = words_verdict(check->verdict, md->language);
	add_sentence(md, "", seen);
	add_sentence(md, " ", words_of(&check->hint, md->language));
}

void markdown_next_steps(const struct markdown *md)
{
	struct next_steps next;

	next_steps_collect(&next, md->result);
	if (next.steps.len) {
		strbuf_addstr(md->into, "## ");
		markdown_say(md, "What to do next");
		strbuf_addstr(md->into, "\n\n");
	}
	for (size_t i = 0; i < next.steps.len; i++) {
		const struct next_step *step = &next.steps.at[i];

		strbuf_addf(md->into, "%zu. **", i + 1);
		markup_prose(md->into,
			    words_check_title(step->check, md->language));
		strbuf_addstr(md->into, "**");
		add_worth(md, step);
		add_advice(md, step);
		if (step->check->again) {
			strbuf_addch(md->into, ' ');
			markdown_say(md, "See it:");
			strbuf_addch(md->into, ' ');
			markup_code(md->into, step->check->again);
		}
		strbuf_addch(md->into, '\n');
	}
	if (next.steps.len)
		strbuf_addch(md->into, '\n');
	next_steps_release(&next);
}

void report_markdown(const struct result *result,
		     const struct report_options *options, struct strbuf *into)
{
	struct markdown md = { into, options->language, result };

	markdown_title(&md);
	markdown_verdict(&md);
	markdown_exercises(&md);
	markdown_next_steps(&md);
	markdown_checks(&md);
	markdown_matrix(&md);
	markdown_runs(&md);
	markdown_screens(&md);
	markdown_environment(&md);
}
