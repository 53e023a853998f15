/* A section for each exercise: what does not hold in full, the rest as a
 * table with the reason why it was asked. */
#include "report/markdown.h"

#include "format/utf8.h"
#include "report/foreign.h"

#include <string.h>

enum { VALUE_LINES = 60, LOG_LINES = 40 };

static bool is_told_in_full(const struct markdown *md,
			    const struct check_result *check)
{
	return check->verdict == VERDICT_FAILED ||
	       (verdict_is_pending(check->verdict) &&
		!words_same_reason(md->result, check));
}

static void add_worth(const struct markdown *md,
		      const struct check_result *check)
{
	if (check->verdict == VERDICT_NOT_APPLICABLE ||
	    (words_is_advice(check) && check->asked != ASKED_BEYOND))
		strbuf_addstr(md->into, "–");
	else if (words_is_advice(check))
		markdown_say(md, "advice");
	else
		words_add_score(md->into, md->language, check->points,
				verdict_is_pending(check->verdict) &&
				!check->override ? check->max_points : 0,
				check->max_points);
}

/* "### ✗ `predict`: a known user gets a prediction · 0 / 2" */
static void add_heading(const struct markdown *md,
			const struct check_result *check)
{
	const char *title = words_of(&check->title, md->language);

	strbuf_addf(md->into, "### %s ", words_mark(check->verdict));
	markup_code(md->into, check->id);
	if (*title) {
		strbuf_addstr(md->into, words_colon(md->language));
		markup_prose(md->into, title);
	}
	strbuf_addstr(md->into, " · ");
	add_worth(md, check);
	strbuf_addstr(md->into, "\n\n");
}

/* What a person decided, or whom it came from; the verdict stays. */
static void add_decision(const struct markdown *md,
			 const struct check_result *check, const char *end)
{
	const struct override_record *o = check->override;

	if (check->inherited) {
		markdown_say(md, "Inherited: the template that was handed out "
				 "fails this as well, so it takes no points.");
		strbuf_addstr(md->into, end);
	}
	if (!o)
		return;
	markdown_say(md, "Decided by a person:");
	strbuf_addch(md->into, ' ');
	words_add_score(md->into, md->language, o->points, 0,
			check->max_points);
	strbuf_addstr(md->into, ", ");
	markdown_say(md, "automatically");
	strbuf_addch(md->into, ' ');
	words_add_points(md->into, o->automatic_points);
	strbuf_addstr(md->into, words_semicolon(md->language));
	markup_text(md->into, o->reason);
	strbuf_addstr(md->into, " (");
	markup_text(md->into, o->who);
	strbuf_addstr(md->into, ", ");
	markup_text(md->into, o->date);
	strbuf_addstr(md->into, ")");
	strbuf_addstr(md->into, end);
}

/* What the verdict means, where it is not plainly "failed". */
static void add_meaning(const struct markdown *md,
			const struct check_result *check)
{
	if (check->verdict == VERDICT_ERROR)
		markdown_say(md, "This could not be checked, and the "
				 "submission is not the reason.");
	else if (check->verdict == VERDICT_INCONCLUSIVE)
		markdown_say(md, "The check could not tell.");
	else if (check->asked == ASKED_BEYOND && words_is_advice(check))
		markdown_say(md, "The handout does not ask for this; it is "
				 "not counted.");
	else if (words_is_advice(check))
		markdown_say(md, "This is not counted.");
	else
		return;
	if (verdict_is_pending(check->verdict) && !words_is_advice(check) &&
	    !check->override) {
		strbuf_addch(md->into, ' ');
		markdown_say(md, "Its points are pending until a person has "
				 "looked.");
	}
	strbuf_addstr(md->into, "\n\n");
}

static bool is_expression(const struct check_result *check)
{
	for (size_t i = 0; i < check->broken.len; i++)
		if (!strcmp(check->broken.at[i].expression, check->expected))
			return true;
	return false;
}

static void add_asked_and_seen(const struct markdown *md,
			       const struct check_result *check)
{
	const char *rest;

	if (check->expected) {
		markdown_say(md, "Asked:");
		strbuf_addch(md->into, ' ');
		if (is_expression(check))
			markup_code(md->into, check->expected);
		else
			markdown_sentence(md, check->expected);
		strbuf_addstr(md->into, "\\\n");
	}
	markdown_say(md, "Seen:");
	strbuf_addch(md->into, ' ');
	if (check->actual)
		markdown_first_line(md, check->actual);
	else
		strbuf_addstr(md->into,
			      words_verdict(check->verdict, md->language));
	if (check->note) {
		strbuf_addstr(md->into, "\\\n");
		markdown_say(md, "Note:");
		strbuf_addch(md->into, ' ');
		markdown_sentence(md, check->note);
	}
	strbuf_addstr(md->into, "\n\n");
	rest = check->actual ? strchr(check->actual, '\n') : NULL;
	if (rest) {
		markup_fence(md->into, "text", rest + 1, MARKUP_FENCE_LINES);
		strbuf_addch(md->into, '\n');
	}
}

/* A caret below the column of a line, whatever the line holds before it. */
static void add_caret(struct strbuf *into, const char *line, int column)
{
	size_t len = strlen(line), at = 0;

	for (int i = 1; i < column && at < len; i++) {
		size_t taken;
		uint32_t c;
		int width;

		utf8_decode(line + at, len - at, &c, &taken);
		width = utf8_char_width(c);
		strbuf_addchars(into, c == '\t' ? '\t' : ' ',
				c == '\t' ? 1 : (size_t)width);
		at += taken;
	}
	strbuf_addstr(into, "^\n");
}

static void add_broken(const struct markdown *md,
		       const struct check_result *check)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);

	for (size_t i = 0; i < check->broken.len; i++) {
		const struct broken_expectation *b = &check->broken.at[i];

		if (i)
			strbuf_addch(&text, '\n');
		strbuf_addf(&text, "%s\n", b->where ? b->where : "?");
		if (b->source_line) {
			strbuf_addf(&text, "%s\n", b->source_line);
			if (b->caret > 0)
				add_caret(&text, b->source_line, b->caret);
		} else {
			strbuf_addf(&text, "%s\n", b->expression);
		}
		if (b->actual && *b->actual)
			strbuf_addf(&text, "%s\n", b->actual);
		if (b->complaint)
			strbuf_addf(&text, "%s\n", b->complaint);
	}
	if (text.len) {
		markup_fence(md->into, "text", text.buf, MARKUP_FENCE_LINES);
		strbuf_addch(md->into, '\n');
	}
	strbuf_release(&text);
}

/* The value that the expectations saw, folded away. */
static void add_value(const struct markdown *md,
		      const struct check_result *check)
{
	cJSON *value;
	char *dump;

	if (!check->value || !check->broken.len)
		return;
	value = foreign_json(check->value);
	dump = cJSON_Print(value);
	cJSON_Delete(value);
	strbuf_addstr(md->into, "<details><summary>");
	markdown_say(md, "The whole value");
	strbuf_addstr(md->into, "</summary>\n\n");
	markup_fence(md->into, "json", dump, VALUE_LINES);
	strbuf_addstr(md->into, "\n</details>\n\n");
	cJSON_free(dump);
}

static void add_commands(const struct markdown *md,
			 const struct check_result *check)
{
	bool several = check->by_hand && strchr(check->by_hand, '\n');

	if (check->again) {
		markdown_say(md, "With Bis:");
		strbuf_addch(md->into, ' ');
		markup_code(md->into, check->again);
		strbuf_addstr(md->into,
			      check->by_hand && !several ? "\\\n" : "\n\n");
	}
	if (!check->by_hand)
		return;
	markdown_say(md, "Without:");
	if (several) {
		strbuf_addstr(md->into, "\n\n");
		markup_fence(md->into, "sh", check->by_hand,
			     MARKUP_FENCE_LINES);
		strbuf_addch(md->into, '\n');
		return;
	}
	strbuf_addch(md->into, ' ');
	markup_code(md->into, check->by_hand);
	strbuf_addstr(md->into, "\n\n");
}

static void add_in_full(const struct markdown *md,
			const struct check_result *check)
{
	const char *why = words_of(&check->why, md->language);
	const struct diagnosis *d = words_diagnosis(md->result, check->id);

	add_heading(md, check);
	if (*why) {
		markup_prose(md->into, why);
		strbuf_addstr(md->into, "\n\n");
	}
	add_meaning(md, check);
	add_decision(md, check, "\n\n");
	add_asked_and_seen(md, check);
	markdown_compare(md, check);
	add_broken(md, check);
	add_value(md, check);
	if (check->log_tail && *check->log_tail) {
		markdown_say(md, "The last lines of what ran:");
		strbuf_addstr(md->into, "\n\n");
		markup_fence(md->into, "text", check->log_tail, LOG_LINES);
		strbuf_addch(md->into, '\n');
	}
	if (d)
		markdown_diagnosis(md, d);
	add_commands(md, check);
}

/* Why it was asked, or why it was not. */
static void add_reason(const struct markdown *md,
		       const struct check_result *check)
{
	const char *why = words_of(&check->why, md->language);
	const char *separator = "";
	const struct check_result *earlier =
		words_same_reason(md->result, check);

	if (earlier) {
		strbuf_addstr(md->into,
			      words_verdict(check->verdict, md->language));
		strbuf_addstr(md->into, words_colon(md->language));
		markdown_say(md, "for the same reason as");
		strbuf_addch(md->into, ' ');
		markup_cell_code(md->into, earlier->id);
		return;
	}
	if (check->verdict == VERDICT_BLOCKED && check->blocked_by) {
		markdown_say(md, "not reached, because this failed:");
		strbuf_addch(md->into, ' ');
		markup_cell_code(md->into, check->blocked_by);
		return;
	}
	if (check->verdict != VERDICT_PASSED) {
		strbuf_addstr(md->into,
			      words_verdict(check->verdict, md->language));
		separator = words_colon(md->language);
	} else if (*why) {
		markup_prose(md->into, why);
		separator = "<br>";
	}
	if (check->actual) {
		strbuf_addstr(md->into, separator);
		markdown_first_line(md, check->actual);
		separator = "<br>";
	}
	if (check->note) {
		strbuf_addstr(md->into, separator);
		markdown_say(md, "Note:");
		strbuf_addch(md->into, ' ');
		markdown_sentence(md, check->note);
	}
	if (check->verdict == VERDICT_NOT_APPLICABLE &&
	    check->given_points > 0) {
		strbuf_addstr(md->into, "<br>");
		markdown_say(md, "its points went to the other checks of the "
				 "exercise");
	}
}

static void add_row(const struct markdown *md,
		    const struct check_result *check)
{
	const char *title = words_of(&check->title, md->language);

	strbuf_addf(md->into, "| %s | ", words_mark(check->verdict));
	markup_cell_code(md->into, check->id);
	if (*title) {
		strbuf_addstr(md->into, words_colon(md->language));
		markup_prose(md->into, title);
	}
	strbuf_addstr(md->into, " | ");
	add_worth(md, check);
	strbuf_addstr(md->into, " | ");
	add_decision(md, check, "<br>");
	add_reason(md, check);
	strbuf_addstr(md->into, " |\n");
}

static void add_table(const struct markdown *md,
		      const struct exercise_result *exercise)
{
	bool any = false;

	for (size_t i = 0; i < exercise->checks.len; i++) {
		const struct check_result *check = exercise->checks.at[i];

		if (is_told_in_full(md, check))
			continue;
		if (!any) {
			strbuf_addstr(md->into, "| | ");
			markdown_say(md, "check");
			strbuf_addstr(md->into, " | ");
			markdown_say(md, "points");
			strbuf_addstr(md->into, " | ");
			markdown_say(md, "why it matters");
			strbuf_addstr(md->into, " |\n|---|---|---:|---|\n");
		}
		any = true;
		add_row(md, check);
	}
	if (any)
		strbuf_addch(md->into, '\n');
}

void markdown_checks(const struct markdown *md)
{
	for (size_t i = 0; i < md->result->exercises.len; i++) {
		const struct exercise_result *e = md->result->exercises.at[i];
		size_t number = exercise_number(md->result, i);

		strbuf_addstr(md->into, "## ");
		if (number)
			strbuf_addf(md->into, "%zu · ", number);
		else
			strbuf_addstr(md->into, "+ · ");
		markup_prose(md->into, words_of(&e->title, md->language));
		if (number) {
			strbuf_addstr(md->into, " · ");
			words_add_score(md->into, md->language, e->points,
					e->pending, e->max_points);
		}
		strbuf_addstr(md->into, "\n\n");
		for (size_t j = 0; j < e->checks.len; j++)
			if (is_told_in_full(md, e->checks.at[j]))
				add_in_full(md, e->checks.at[j]);
		add_table(md, e);
	}
}
