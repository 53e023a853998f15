/*
 * Text of unknown origin, written into Markdown as GitHub reads it so that it
 * stays text: nothing in it becomes a link, a mention, markup, HTML, a new
 * row or the end of a fence, and what would act unseen is made visible
 * (format/utf8.h). Each function says where its output may stand; the tests
 * read it back with cmark-gfm and all of its extensions.
 *
 * Sources: the GitHub Flavored Markdown Spec 0.29-gfm (6.1 backslash escapes,
 * 6.3 code spans, 4.5 fences, 4.10 tables, 6.9 autolinks).
 */
#ifndef REPORT_MARKUP_H
#define REPORT_MARKUP_H

#include "base/strbuf.h"

/* A fence is cut after so many lines, and says how many are missing. */
enum { MARKUP_FENCE_LINES = 400 };

/* Inline text: in a paragraph, a heading, a list item or a table's cell. Line
 * feeds and tabs become spaces. Words that GitHub would link (addresses,
 * mentions, references) are written as code. NULL is nothing. */
void markup_text(struct strbuf *into, const char *text);

/* The same for sentences of ours and of a scenario, where `code` between
 * single backticks is code. */
void markup_prose(struct strbuf *into, const char *text);

/* The first line of such a text only. */
void markup_first_line(struct strbuf *into, const char *text);

/* Inline code, in all of those places but a table's cell. */
void markup_code(struct strbuf *into, const char *text);

/* Code in a cell of a table. */
void markup_cell_code(struct strbuf *into, const char *text);

/* A fenced block at the left margin, with an info string ("sql", "text") of
 * ours, cut after max_lines. Needs a blank line or a fence before it; ends
 * with a line feed. */
void markup_fence(struct strbuf *into, const char *info, const char *text,
		  size_t max_lines);

#endif
