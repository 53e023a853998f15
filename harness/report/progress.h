/*
 * What goes on, on stderr, while a run goes on: on a terminal one live line,
 * with a line of its own for each check that does not pass; elsewhere (a log,
 * a pipe) plain lines, one for each check and phase, without colours or
 * escapes.
 */
#ifndef REPORT_PROGRESS_H
#define REPORT_PROGRESS_H

#include "base/language.h"
#include "event/event.h"

#include <stdbool.h>

struct progress_options {
	int fd; /* borrowed */
	enum language language;
	bool live;  /* see progress_is_live() */
	bool color; /* see progress_likes_color() */
};

/* Whether fd is a terminal that can rewrite a line ($TERM isn't "dumb"), and
 * whether it may be coloured ($NO_COLOR is empty: https://no-color.org). */
bool progress_is_live(int fd);
bool progress_likes_color(int fd);

struct progress;
struct progress *progress_new(const struct progress_options *options);
struct sink *progress_sink(struct progress *progress);
/* Clears the live line, so that what is printed next begins a line. */
void progress_clear(struct progress *progress);
void progress_free(struct progress *progress); /* clears; NULL is fine */

#endif
