/* What `bis run` says at its end, on a terminal or in a log. */
#include "report/next_steps.h"
#include "report/report.h"
#include "report/words.h"

#include "base/compiler.h"
#include "base/path.h"
#include "format/text_table.h"
#include "format/utf8.h"

#include <string.h>

enum { WIDTH = 78, STEPS_SHOWN = 6,
       TITLE_WIDTH = 34, VERDICT_WIDTH = 24 };

struct text {
	struct strbuf *into;
	enum language language;
	bool color;
};

static const char bold[] = "1", red[] = "31", green[] = "32", yellow[] = "33";

static void add_colored(const struct text *t, const char *color,
			const char *words)
{
	if (t->color)
		strbuf_addf(t->into, "\x1b[%sm%s\x1b[0m", color, words);
	else
		strbuf_addstr(t->into, words);
}

/* Words in lines of at most WIDTH columns; every line but the first begins
 * with `indent` spaces, the first continues at column `used`. */
static void add_wrapped(const struct text *t, const char *words,
			size_t indent, size_t used)
{
	struct strbuf visible = STRBUF_INIT(STRBUF_TEXT);
	struct strbuf word = STRBUF_INIT(STRBUF_TEXT);
	bool first = true;

	utf8_add_visible(&visible, words, strlen(words), "\n\t");
	for (const char *s = visible.buf; *(s += strspn(s, " \n\t"));) {
		size_t len = strcspn(s, " \n\t"), width;

		strbuf_reset(&word);
		strbuf_add(&word, s, len);
		width = utf8_width(word.buf);
		if (!first && used + 1 + width > WIDTH) {
			strbuf_addch(t->into, '\n');
			strbuf_addchars(t->into, ' ', indent);
			used = indent;
		} else if (!first) {
			strbuf_addch(t->into, ' ');
			used++;
		}
		strbuf_addstr(t->into, word.buf);
		used += width;
		first = false;
		s += len;
	}
	strbuf_addch(t->into, '\n');
	strbuf_release(&word);
	strbuf_release(&visible);
}

static void add_score(const struct text *t, const struct result *result)
{
	struct strbuf score = STRBUF_INIT(STRBUF_LINE);
	struct tally tally = words_tally(result);
	const char *color = tally.failed || tally.blocked ? red
			    : tally.pending	          ? yellow
							  : green;

	words_add_score(&score, t->language, result->points, result->pending,
			result->max_points);
	add_colored(t, color, score.buf);
	strbuf_addstr(t->into, "\n\n");
	strbuf_release(&score);
}

/* Line feeds in place of the spaces where a line would be wider. */
static void wrap_cell(struct strbuf *cell, const char *words, size_t width)
{
	struct strbuf word = STRBUF_INIT(STRBUF_LINE);
	size_t used = 0;

	strbuf_reset(cell);
	while (*words) {
		size_t len = strcspn(words, " "), columns;

		strbuf_reset(&word);
		strbuf_add(&word, words, len);
		columns = utf8_width(word.buf);
		if (cell->len) {
			bool fits = used + 1 + columns <= width;

			strbuf_addch(cell, fits ? ' ' : '\n');
			used = fits ? used + 1 : 0;
		}
		strbuf_addstr(cell, word.buf);
		used += columns;
		words += len + (words[len] == ' ');
	}
	strbuf_release(&word);
}

static void add_exercises(const struct text *t, const struct result *result)
{
	const struct text_column columns[] = {
		{ NULL, TEXT_RIGHT, 0 },
		{ language_say(t->language, "exercise"), TEXT_LEFT,
		  TITLE_WIDTH },
		{ language_say(t->language, "points"), TEXT_RIGHT, 0 },
		{ NULL, TEXT_LEFT, VERDICT_WIDTH },
	};
	struct strbuf score = STRBUF_INIT(STRBUF_LINE);
	struct strbuf how = STRBUF_INIT(STRBUF_LINE);
	struct strbuf title = STRBUF_INIT(STRBUF_LINE);
	struct strbuf verdict = STRBUF_INIT(STRBUF_LINE);
	struct text_table table;

	text_table_init(&table, columns, ARRAY_SIZE(columns));
	for (size_t i = 0; i < result->exercises.len; i++) {
		const struct exercise_result *e = result->exercises.at[i];
		char number[24] = "+";

		strbuf_reset(&score);
		strbuf_reset(&how);
		if (exercise_number(result, i)) {
			snprintf(number, sizeof(number), "%zu",
				 exercise_number(result, i));
			words_add_score(&score, t->language, e->points,
					e->pending, e->max_points);
		} else {
			strbuf_addstr(&score,
				      language_say(t->language, "advice"));
		}
		words_add_exercise(&how, t->language, e, true);
		wrap_cell(&title, words_of(&e->title, t->language),
			  TITLE_WIDTH);
		wrap_cell(&verdict, how.buf, VERDICT_WIDTH);
		text_table_row(&table, (const char *const[]){
					       number, title.buf, score.buf,
					       verdict.buf });
	}
	text_table_render(&table, t->into);
	text_table_release(&table);
	strbuf_release(&verdict);
	strbuf_release(&title);
	strbuf_release(&how);
	strbuf_release(&score);
}

static void add_step(const struct text *t, size_t number,
		     const struct next_step *step)
{
	const struct check_result *check = step->check;
	struct strbuf line = STRBUF_INIT(STRBUF_TEXT);
	const char *hint = words_of(&check->hint, t->language);

	strbuf_addf(&line, "%s (", words_check_title(check, t->language));
	if (step->points > 0) {
		words_add_points(&line, step->points);
		strbuf_addch(&line, ' ');
		strbuf_addstr(&line,
			      language_say_count(t->language, "point",
						 "points",
						 step->points > 1 ? 2 : 1));
		if (verdict_is_pending(check->verdict))
			strbuf_addf(&line, " %s",
				    language_say(t->language, "pending"));
	} else if (check->asked == ASKED_BEYOND) {
		strbuf_addstr(&line, language_say(t->language, "advice"));
	} else {
		strbuf_addstr(&line, language_say(t->language, "no points"));
	}
	strbuf_addch(&line, ')');
	if (step->others)
		words_add_others(&line, t->language, step->others);
	if (check->actual)
		strbuf_addf(&line, "%s%.*s", words_colon(t->language),
			    (int)strcspn(check->actual, "\n"), check->actual);
	strbuf_addf(t->into, "%2zu. ", number);
	add_wrapped(t, line.buf, 4, 4);
	if (*hint && check->verdict == VERDICT_FAILED) {
		strbuf_addstr(t->into, "    ");
		add_wrapped(t, hint, 4, 4);
	}
	if (check->again) {
		strbuf_addstr(t->into, "    ");
		utf8_add_visible(t->into, check->again, strlen(check->again),
				 NULL);
		strbuf_addch(t->into, '\n');
	}
	strbuf_release(&line);
}

static void add_next_steps(const struct text *t, const struct result *result)
{
	struct next_steps next;

	next_steps_collect(&next, result);
	if (next.steps.len) {
		strbuf_addch(t->into, '\n');
		add_colored(t, bold,
			    language_say(t->language, "What to do next"));
		strbuf_addch(t->into, '\n');
	}
	for (size_t i = 0; i < next.steps.len && i < STEPS_SHOWN; i++)
		add_step(t, i + 1, &next.steps.at[i]);
	if (next.steps.len > STEPS_SHOWN) {
		words_add(t->into, t->language, "... and %zu more in the report",
			  next.steps.len - STEPS_SHOWN);
		strbuf_addch(t->into, '\n');
	}
	next_steps_release(&next);
}

/* "Graded: hand-in, commit 4f1c8d2a9b3e (HEAD, since ...)" */
static void add_hand_in(const struct text *t, const struct result *result)
{
	const struct hand_in *hand_in = result->hand_in;
	struct strbuf words = STRBUF_INIT(STRBUF_LINE);

	if (!hand_in)
		return;
	strbuf_addf(&words, "%s %s", language_say(t->language, "Graded:"),
		    result->submission);
	if (hand_in->commit)
		strbuf_addf(&words, ", %s %.12s",
			    language_say(t->language, "commit"),
			    hand_in->commit);
	strbuf_addf(&words, " (%s)",
		    words_of(&hand_in->chosen_by, t->language));
	add_wrapped(t, words.buf, 0, 0);
	strbuf_release(&words);
}

void report_text(const struct result *result,
		 const struct report_options *options, struct strbuf *into)
{
	struct text t = { into, options->language, options->color };
	struct strbuf words = STRBUF_INIT(STRBUF_TEXT);

	utf8_add_visible(&words, words_of(&result->title, t.language),
			 strlen(words_of(&result->title, t.language)), NULL);
	add_colored(&t, bold, words.buf);
	strbuf_addch(into, '\n');
	strbuf_reset(&words);
	add_hand_in(&t, result);
	words_add_headline(&words, t.language, result);
	add_wrapped(&t, words.buf, 0, 0);
	add_score(&t, result);
	add_exercises(&t, result);
	add_next_steps(&t, result);
	if (options->folder) {
		struct arena arena = ARENA_INIT;

		strbuf_addch(into, '\n');
		words_add(into, t.language, "Report: %s",
			  path_join(&arena, options->folder,
				    report_format_find("markdown")->file));
		strbuf_addch(into, '\n');
		arena_release(&arena);
	}
	strbuf_release(&words);
}
