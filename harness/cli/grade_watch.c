/* How a class's grading is shown while it goes on. */
#include "cli/grade.h"

#include "base/clock.h"
#include "format/utf8.h"
#include "report/progress.h"
#include "report/words.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct grade_watch {
	struct batch_watcher watcher; /* first: it is given its address */
	enum language language;
	bool live;
	size_t lines; /* of the table, as it stands on the terminal */
};

enum { ROW_COLUMNS = 78, ID_COLUMNS = 24 };

static void clear(struct grade_watch *w)
{
	for (; w->lines; w->lines--)
		fputs("\033[A\033[2K", stderr);
}

/* Text from outside, cut to so many columns. */
static void add_cut(struct strbuf *into, const char *text, size_t columns)
{
	struct strbuf visible = STRBUF_INIT(STRBUF_LINE);
	size_t at = 0, used = 0;

	utf8_add_visible(&visible, text, strlen(text), NULL);
	while (at < visible.len) {
		uint32_t c;
		size_t taken;

		utf8_decode(visible.buf + at, visible.len - at, &c, &taken);
		size_t width = (size_t)utf8_char_width(c);
		if (used + width > columns)
			break;
		strbuf_add(into, visible.buf + at, taken);
		used += width;
		at += taken;
	}
	strbuf_release(&visible);
}

static void count(const struct batch *batch, size_t *ret_done,
		  size_t *ret_problems)
{
	*ret_done = *ret_problems = 0;
	for (size_t i = 0; i < batch->students.len; i++) {
		*ret_done += batch->students.at[i].state == JOB_GRADED;
		*ret_problems += batch->students.at[i].state == JOB_PROBLEM;
	}
}

static void draw(struct grade_watch *w, const struct batch *batch)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	size_t done, problems;

	clear(w);
	for (size_t i = 0; i < batch->students.len; i++) {
		const struct job *job = &batch->students.at[i];
		char line[1000], took[CLOCK_TEXT];
		size_t begin;

		if (!job->child.pid)
			continue;
		begin = text.len;
		add_cut(&text, job->entry->id, ID_COLUMNS);
		job_last_line(job, line, sizeof(line));
		clock_format_duration(
			(clock_monotonic() - job->child.started) / CLOCK_SEC *
			CLOCK_SEC, took);
		strbuf_addf(&text, "  %s  ", took);
		if (text.len - begin < ROW_COLUMNS)
			add_cut(&text, line, ROW_COLUMNS - (text.len - begin));
		strbuf_addch(&text, '\n');
		w->lines++;
	}
	count(batch, &done, &problems);
	words_add(&text, w->language, "%zu of %zu graded", done,
		  batch->students.len);
	if (problems) {
		strbuf_addstr(&text, words_semicolon(w->language));
		words_add(&text, w->language, "%zu could not be", problems);
	}
	strbuf_addch(&text, '\n');
	w->lines++;
	fputs(text.buf, stderr);
	strbuf_release(&text);
}

static void tick(struct batch_watcher *self, const struct batch *batch)
{
	struct grade_watch *w = (struct grade_watch *)self;

	if (w->live)
		draw(w, batch);
}

/* "al01: 18 / 20, 12 s (3 of 200)" */
static void changed(struct batch_watcher *self, const struct batch *batch,
		    const struct job *job)
{
	struct grade_watch *w = (struct grade_watch *)self;
	struct strbuf line = STRBUF_INIT(STRBUF_LINE);
	size_t done, problems;
	char took[CLOCK_TEXT];

	if (job->state == JOB_RUNNING)
		return;
	count(batch, &done, &problems);
	utf8_add_visible(&line, job->entry->id, strlen(job->entry->id), NULL);
	strbuf_addstr(&line, words_colon(w->language));
	if (job->state == JOB_GRADED) {
		words_add_score(&line, w->language, job->points, job->pending,
				job->max_points);
	} else {
		strbuf_addstr(&line, language_say(w->language, "not graded"));
		strbuf_addstr(&line, words_colon(w->language));
		utf8_add_visible(&line, job->why, strcspn(job->why, "\n"),
				 NULL);
	}
	strbuf_addf(&line, ", %s (%zu / %zu)\n",
		    clock_format_duration(job->child.duration, took),
		    done + problems, batch->students.len);
	if (w->live)
		clear(w);
	fputs(line.buf, stderr);
	strbuf_release(&line);
}

struct grade_watch *grade_watch_new(enum language language)
{
	struct grade_watch *w = xcalloc(1, sizeof(*w));

	w->watcher.changed = changed;
	w->watcher.tick = tick;
	w->language = language;
	w->live = progress_is_live(STDERR_FILENO);
	return w;
}

struct batch_watcher *grade_watch_watcher(struct grade_watch *watch)
{
	return &watch->watcher;
}

void grade_watch_free(struct grade_watch *watch)
{
	if (watch)
		clear(watch);
	free(watch);
}
