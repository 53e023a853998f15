#include "report/markup.h"

#include "base/alloc.h"
#include "format/utf8.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Whether s, of len bytes, holds what GitHub makes a link: an address, a
 * mention, the number of an issue. */
static bool would_link(const char *s, size_t len)
{
	if (memchr(s, '@', len) || memmem(s, len, "://", 3))
		return true;
	for (size_t i = 0; i + 1 < len; i++) {
		const char *p = s + i;
		size_t left = len - i;

		if ((p[0] == '#' && isdigit((unsigned char)p[1])) ||
		    (left > 3 && !strncasecmp(p, "www.", 4)) ||
		    (left > 3 && !strncasecmp(p, "gh-", 3)) ||
		    (left > 6 && !strncasecmp(p, "mailto:", 7)) ||
		    (left > 4 && !strncasecmp(p, "xmpp:", 5)))
			return true;
	}
	return false;
}

static size_t longest_run(const char *s, size_t len)
{
	size_t longest = 0, run = 0;

	for (size_t i = 0; i < len; i++) {
		run = s[i] == '`' ? run + 1 : 0;
		if (run > longest)
			longest = run;
	}
	return longest;
}

/* s is visible text already. */
static void add_code(struct strbuf *into, const char *s, size_t len)
{
	size_t ticks = longest_run(s, len) + 1;
	bool pad = !len || s[0] == '`' || s[len - 1] == '`' ||
		   (s[0] == ' ' && s[len - 1] == ' ' &&
		    strspn(s, " ") < len);

	strbuf_addchars(into, '`', ticks);
	strbuf_addchars(into, ' ', pad);
	strbuf_add(into, s, len);
	strbuf_addchars(into, ' ', pad && len);
	strbuf_addchars(into, '`', ticks);
}

/* Whether the character at s[i] must be escaped to stay a character. An
 * underscore or a tilde inside a word is no markup. */
static bool is_markup(const char *s, size_t len, size_t i)
{
	if (s[i] == '_')
		return !(i && i + 1 < len && isalnum((unsigned char)s[i - 1]) &&
			 isalnum((unsigned char)s[i + 1]));
	return s[i] && strchr("\\`*[]<>&~$", s[i]);
}

/* Whether a text that starts with s would start a block. */
static bool starts_block(const char *s, size_t len, size_t i)
{
	if (i == 0)
		return strchr("#+-=>:", s[0]) != NULL;
	if (s[i] != '.' && s[i] != ')')
		return false;
	for (size_t j = 0; j < i; j++)
		if (!isdigit((unsigned char)s[j]))
			return false;
	return i + 1 == len || is_blank(s[i + 1]);
}

static void add_word(struct strbuf *into, const char *s, size_t len,
		     bool first)
{
	for (size_t i = 0; i < len; i++) {
		/* In a cell a backslash before a pipe has a meaning of its
		 * own, whatever stands before it; a number has none. */
		if (s[i] == '|') {
			strbuf_addstr(into, "&#124;");
			continue;
		}
		if (is_markup(s, len, i) || (first && starts_block(s, len, i)))
			strbuf_addch(into, '\\');
		strbuf_addch(into, s[i]);
	}
}

/* Code that is fit for a cell too: a pipe stands between two spans. */
static void add_linked_word(struct strbuf *into, const char *s, size_t len)
{
	if (!memchr(s, '|', len)) {
		add_code(into, s, len);
		return;
	}
	for (size_t i = 0, end; i < len; i = end + 1) {
		const char *pipe = memchr(s + i, '|', len - i);

		end = pipe ? (size_t)(pipe - s) : len;
		if (end > i)
			add_code(into, s + i, end - i);
		if (pipe)
			strbuf_addstr(into, "&#124;");
	}
}

/* Inline text on its way: blanks between words become one space, and none
 * stands at either end. */
struct inline_text {
	struct strbuf *into;
	bool begun, blank; /* something is written; a blank came after it */
};

static void add_space(struct inline_text *line)
{
	if (line->begun && line->blank)
		strbuf_addch(line->into, ' ');
	line->blank = false;
}

static void add_words(struct inline_text *line, const char *s, size_t len)
{
	for (size_t i = 0, word; i < len; i += word) {
		word = 1;
		if (is_blank(s[i])) {
			line->blank = true;
			continue;
		}
		while (i + word < len && !is_blank(s[i + word]))
			word++;
		add_space(line);
		if (would_link(s + i, word))
			add_linked_word(line->into, s + i, word);
		else
			add_word(line->into, s + i, word, !line->begun);
		line->begun = true;
	}
}

void markup_text(struct strbuf *into, const char *text)
{
	struct strbuf visible = STRBUF_INIT(STRBUF_TEXT);
	struct inline_text line = { into, false, false };

	if (!text)
		return;
	utf8_add_visible(&visible, text, strlen(text), "\n\t\r");
	add_words(&line, visible.buf, visible.len);
	strbuf_release(&visible);
}

/* The length of code between two single backticks at s, or 0. */
static size_t quoted_code(const char *s)
{
	size_t len = strcspn(s + 1, "`");

	if (!len || s[1 + len] != '`' || s[2 + len] == '`' ||
	    memchr(s + 1, '\n', len))
		return 0;
	return len;
}

void markup_prose(struct strbuf *into, const char *text)
{
	struct strbuf visible = STRBUF_INIT(STRBUF_TEXT);
	struct inline_text line = { into, false, false };
	const char *s;

	if (!text)
		return;
	utf8_add_visible(&visible, text, strlen(text), "\n\t\r");
	for (s = visible.buf; *s;) {
		size_t len = strcspn(s, "`"), ticks = strspn(s + len, "`");
		size_t code = ticks == 1 ? quoted_code(s + len) : 0;

		if (!code) {
			add_words(&line, s, len + ticks);
			s += len + ticks;
			continue;
		}
		add_words(&line, s, len);
		add_space(&line);
		add_linked_word(into, s + len + 1, code);
		line.begun = true;
		s += len + code + 2;
	}
	strbuf_release(&visible);
}

void markup_first_line(struct strbuf *into, const char *text)
{
	char *line = xstrndup(text, strcspn(text, "\n"));

	markup_prose(into, line);
	free(line);
}

void markup_code(struct strbuf *into, const char *text)
{
	struct strbuf visible = STRBUF_INIT(STRBUF_TEXT);

	if (!text)
		return;
	utf8_add_visible(&visible, text, strlen(text), NULL);
	add_code(into, visible.buf, visible.len);
	strbuf_release(&visible);
}

void markup_cell_code(struct strbuf *into, const char *text)
{
	struct strbuf visible = STRBUF_INIT(STRBUF_TEXT);

	if (!text)
		return;
	if (!strchr(text, '|')) {
		markup_code(into, text);
		return;
	}
	/* A code span has no way to hold a pipe after a backslash there. */
	utf8_add_visible(&visible, text, strlen(text), NULL);
	strbuf_addstr(into, "<code>");
	for (const char *s = visible.buf; *s; s++) {
		if (ispunct((unsigned char)*s))
			strbuf_addf(into, "&#%d;", *s);
		else
			strbuf_addch(into, *s);
	}
	strbuf_addstr(into, "</code>");
	strbuf_release(&visible);
}

/* text without its carriage returns before line feeds and without its last
 * line feeds, and no longer than max_lines. */
static void add_lines(struct strbuf *into, const char *text, size_t max_lines)
{
	size_t len = strlen(text), lines = 0;

	while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	for (size_t i = 0, end; i < len; i = end + 1) {
		const char *feed = memchr(text + i, '\n', len - i);
		size_t line;

		end = feed ? (size_t)(feed - text) : len;
		if (++lines > max_lines)
			continue;
		line = end - i;
		line -= feed && line && text[end - 1] == '\r';
		utf8_add_visible(into, text + i, line, "\t");
		strbuf_addch(into, '\n');
	}
	if (lines > max_lines)
		strbuf_addf(into, "… + %zu\n", lines - max_lines);
}

void markup_fence(struct strbuf *into, const char *info, const char *text,
		  size_t max_lines)
{
	struct strbuf lines = STRBUF_INIT(STRBUF_TEXT);
	size_t ticks;

	add_lines(&lines, text ? text : "", max_lines);
	ticks = longest_run(lines.buf, lines.len) + 1;
	if (ticks < 3)
		ticks = 3;
	strbuf_addchars(into, '`', ticks);
	strbuf_addf(into, "%s\n", info);
	strbuf_add(into, lines.buf, lines.len);
	strbuf_addchars(into, '`', ticks);
	strbuf_addch(into, '\n');
	strbuf_release(&lines);
}
