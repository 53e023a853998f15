#include "report/progress.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/io.h"
#include "format/utf8.h"
#include "report/words.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct progress {
	struct sink sink; /* first: handle() is given its address */
	struct progress_options options;
	size_t index, total; /* of steps; total 0: none has begun */
	bool has_line;       /* a live line is on the screen */
	int64_t shown;       /* when a line was written last */
};

bool progress_is_live(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && term && *term && strcmp(term, "dumb") != 0;
}

bool progress_likes_color(int fd)
{
	const char *no_color = getenv("NO_COLOR");

	return progress_is_live(fd) && !(no_color && *no_color);
}

/* Nobody reads progress that can't be written: its errors are dropped. */
static void emit(struct progress *progress, const struct strbuf *text)
{
	io_write_all(progress->options.fd, text->buf, text->len, NULL);
}

void progress_clear(struct progress *progress)
{
	static const char clear[] = "\r\x1b[K";

	if (progress->has_line)
		io_write_all(progress->options.fd, clear, sizeof(clear) - 1,
			     NULL);
	progress->has_line = false;
}

static size_t terminal_width(int fd)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) || size.ws_col < 20)
		return 80;
	return size.ws_col;
}

/* The start of text that fits into `width` columns. */
static void add_fitting(struct strbuf *into, const char *text, size_t width)
{
	struct strbuf visible = STRBUF_INIT(STRBUF_LINE);
	size_t used = 0;

	utf8_add_visible(&visible, text, strlen(text), NULL);
	for (size_t i = 0, taken; i < visible.len; i += taken) {
		uint32_t c;

		utf8_decode(visible.buf + i, visible.len - i, &c, &taken);
		used += (size_t)utf8_char_width(c);
		if (used + 1 > width) {
			strbuf_addstr(into, "…");
			break;
		}
		strbuf_add(into, visible.buf + i, taken);
	}
	strbuf_release(&visible);
}

static void show_live(struct progress *progress, const char *text)
{
	struct strbuf line = STRBUF_INIT(STRBUF_LINE);
	size_t width = terminal_width(progress->options.fd), start;

	strbuf_addstr(&line, "\r\x1b[K");
	start = line.len;
	if (progress->total)
		strbuf_addf(&line, "[%zu/%zu] ", progress->index,
			    progress->total);
	add_fitting(&line, text, width - (line.len - start) - 1);
	emit(progress, &line);
	progress->has_line = true;
	strbuf_release(&line);
}

static void show_line(struct progress *progress, const char *text)
{
	struct strbuf line = STRBUF_INIT(STRBUF_LINE);

	progress_clear(progress);
	utf8_add_visible(&line, text, strlen(text), NULL);
	strbuf_addch(&line, '\n');
	emit(progress, &line);
	strbuf_release(&line);
}

/* Where lines stay, one now and then says enough. */
static void show_progress(struct progress *progress,
			  const struct event *event)
{
	if (progress->options.live)
		show_live(progress, event->text);
	else if (event->time - progress->shown >= 15 * CLOCK_SEC)
		show_line(progress, event->text);
	else
		return;
	progress->shown = event->time;
}

static const char *verdict_color(const struct check_result *check)
{
	if (check->verdict == VERDICT_PASSED)
		return "32";
	return check->verdict == VERDICT_FAILED ? "31" : "33";
}

static void show_check(struct progress *progress,
		       const struct check_result *check)
{
	struct strbuf line = STRBUF_INIT(STRBUF_LINE);
	enum language language = progress->options.language;
	const char *title = words_of(&check->title, language);
	char took[CLOCK_TEXT];
	bool color = progress->options.color;

	if (progress->options.live && check->verdict == VERDICT_PASSED)
		return;
	progress_clear(progress);
	if (color)
		strbuf_addf(&line, "\x1b[%sm", verdict_color(check));
	strbuf_addf(&line, "%s %s", words_mark(check->verdict),
		    words_verdict(check->verdict, language));
	if (color)
		strbuf_addstr(&line, "\x1b[0m");
	strbuf_addf(&line, "  %s", check->id);
	if (*title) {
		strbuf_addstr(&line, ": ");
		utf8_add_visible(&line, title, strlen(title), NULL);
	}
	if (check->verdict == VERDICT_PASSED && check->duration >= CLOCK_SEC)
		strbuf_addf(&line, " (%s)",
			    clock_format_duration(check->duration, took));
	strbuf_addch(&line, '\n');
	emit(progress, &line);
	strbuf_release(&line);
}

static void handle(struct sink *self, const struct event *event)
{
	struct progress *progress = (struct progress *)self;
	bool live = progress->options.live;

	switch (event->type) {
	case EVENT_RUN_STARTED:
		show_line(progress, words_of(&event->result->title,
					     progress->options.language));
		break;
	case EVENT_PHASE:
		if (live)
			show_live(progress, event->text);
		else
			show_line(progress, event->text);
		progress->shown = event->time;
		break;
	case EVENT_PROGRESS:
		show_progress(progress, event);
		break;
	case EVENT_STEP_STARTED:
		progress->index = event->index;
		progress->total = event->total;
		if (live)
			show_live(progress, event->text);
		break;
	case EVENT_CHECK_DONE:
		show_check(progress, event->check);
		break;
	case EVENT_NOTE:
		show_line(progress, event->text);
		break;
	case EVENT_RUN_FINISHED:
		progress_clear(progress);
		break;
	}
}

struct progress *progress_new(const struct progress_options *options)
{
	struct progress *progress = xcalloc(1, sizeof(*progress));

	progress->sink.handle = handle;
	progress->options = *options;
	return progress;
}

struct sink *progress_sink(struct progress *progress)
{
	return &progress->sink;
}

void progress_free(struct progress *progress)
{
	if (progress)
		progress_clear(progress);
	free(progress);
}
