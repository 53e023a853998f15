#include "claims/report_text.h"

#include "base/io.h"
#include "claims/code_page.h"
#include "format/utf8.h"

#include <stdint.h>
#include <string.h>

static void note(struct report_text *r, const char *text)
{
	*vec_push(&r->notes) = text;
}

/* UTF-16 with its mark; false where it is none. */
static bool from_utf16(const char *bytes, size_t len, struct strbuf *into)
{
	const unsigned char *b = (const unsigned char *)bytes;
	bool little = len >= 2 && b[0] == 0xff && b[1] == 0xfe;

	if (!little && !(len >= 2 && b[0] == 0xfe && b[1] == 0xff))
		return false;
	for (size_t i = 2; i + 1 < len; i += 2) {
		uint32_t c = little ? b[i] | (uint32_t)b[i + 1] << 8
				    : b[i + 1] | (uint32_t)b[i] << 8;
		uint32_t low = 0;

		if (c >= 0xd800 && c < 0xdc00 && i + 3 < len)
			low = little ? b[i + 2] | (uint32_t)b[i + 3] << 8
				     : b[i + 3] | (uint32_t)b[i + 2] << 8;
		if (low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			i += 2;
		} else if (c >= 0xd800 && c < 0xe000) {
			c = UTF8_REPLACEMENT;
		}
		utf8_add(into, c);
	}
	return true;
}

static bool is_utf8(const char *s, size_t len)
{
	uint32_t c;
	size_t n;

	for (size_t i = 0; i < len; i += n)
		if (!utf8_decode(s + i, len - i, &c, &n))
			return false;
	return true;
}

/* Bytes into UTF-8. */
static void decode(struct report_text *r, const char *bytes, size_t len,
		   struct strbuf *into)
{
	if (from_utf16(bytes, len, into)) {
		note(r, "It was saved as UTF-16.");
		return;
	}
	if (len >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3)) {
		note(r, "It begins with a byte order mark.");
		bytes += 3;
		len -= 3;
	}
	if (is_utf8(bytes, len)) {
		strbuf_add(into, bytes, len);
		return;
	}
	note(r, "It is not UTF-8 and was read as Latin-1 (Windows-1252).");
	for (size_t i = 0; i < len; i++)
		utf8_add(into, code_page_char(PAGE_WINDOWS_1252,
					      (unsigned char)bytes[i]));
}

/* What a report written in Latin letters holds beyond ASCII: letters of
 * Latin-1 and Latin Extended-A, punctuation, symbols, emoji. "’é" would be an
 * Armenian letter if it had been mistaken for MacRoman, and is not. */
static bool is_plausible(const char *s, size_t len)
{
	uint32_t c;
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		if (!utf8_decode(s + i, len - i, &c, &n))
			return false;
		if (!((c >= 0xa0 && c < 0x180) || (c >= 0x2000 && c < 0x2c00) ||
		      (c >= 0xfe00 && c <= 0xfe0f) ||
		      (c >= 0x1f000 && c < 0x20000) || c == UTF8_REPLACEMENT))
			return false;
	}
	return true;
}

/* A run of non-ASCII characters at s: its length; and what it would be if it
 * had been mistaken for that page, or false. */
static bool undo_run(const char *s, size_t len, enum code_page page,
		     size_t *ret_len, struct strbuf *ret)
{
	size_t at = 0, n;
	bool fits = true;
	uint32_t c;

	strbuf_reset(ret);
	while (at < len && (unsigned char)s[at] >= 0x80) {
		int byte;

		utf8_decode(s + at, len - at, &c, &n);
		byte = code_page_byte(page, c);
		fits &= byte >= 0;
		if (fits)
			strbuf_addch(ret, (char)byte);
		at += n;
	}
	*ret_len = at;
	return fits && ret->len && is_plausible(ret->buf, ret->len);
}

/* Undoes the page wherever it can be; gives in how many places. */
static size_t undo_page(const struct strbuf *from, enum code_page page,
			struct strbuf *into)
{
	struct strbuf run = STRBUF_INIT(REPORT_BYTES);
	size_t count = 0, len;

	for (size_t i = 0; i < from->len; i += len) {
		if ((unsigned char)from->buf[i] < 0x80) {
			len = 1;
			strbuf_addch(into, from->buf[i]);
		} else if (undo_run(from->buf + i, from->len - i, page, &len,
				    &run)) {
			count++;
			strbuf_add(into, run.buf, run.len);
		} else {
			strbuf_add(into, from->buf + i, len);
		}
	}
	strbuf_release(&run);
	return count;
}

/* Of both pages the one that can be undone in more places. */
static void undo_mistake(struct report_text *r, struct strbuf *text,
			 struct arena *arena)
{
	struct strbuf best = STRBUF_INIT(REPORT_BYTES);
	size_t most = 0;
	int page = 0;

	for (int p = 0; p < CODE_PAGES; p++) {
		struct strbuf undone = STRBUF_INIT(REPORT_BYTES);
		size_t n = undo_page(text, (enum code_page)p, &undone);

		if (n > most) {
			most = n;
			page = p;
			strbuf_release(&best);
			best = undone;
		} else {
			strbuf_release(&undone);
		}
	}
	if (!most)
		return;
	note(r, arena_printf(arena,
			     "In %zu place%s UTF-8 had been read as %s and "
			     "saved again; this was undone.",
			     most, most == 1 ? "" : "s",
			     code_page_name((enum code_page)page)));
	strbuf_release(text);
	*text = best;
}

static void unify_line_ends(struct report_text *r, struct strbuf *text)
{
	size_t at = 0, changed = 0;

	for (size_t i = 0; i < text->len; i++) {
		char c = text->buf[i];

		if (c == '\r') {
			changed++;
			c = '\n';
			i += i + 1 < text->len && text->buf[i + 1] == '\n';
		}
		text->buf[at++] = c;
	}
	strbuf_setlen(text, at);
	if (changed)
		note(r, "Its lines end in CR or CRLF.");
}

/* What would make the reader of Markdown slow, or is no text at all. */
static int check_lines(const struct strbuf *text, struct error *err)
{
	size_t line = 1, len = 0, bars = 0, controls = 0;

	for (size_t i = 0; i < text->len; i++) {
		unsigned char c = (unsigned char)text->buf[i];

		len++;
		bars += c == '|';
		controls += c < ' ' && c != '\n' && c != '\t' && c != '\f' &&
			    c != 0x1b;
		if (c == '\n') {
			line++;
			len = bars = 0;
		}
		if (len > REPORT_LINE)
			return error_set(err, ERROR_LIMIT,
					 "line %zu is longer than %d KiB", line,
					 REPORT_LINE >> 10);
		if (bars > REPORT_BARS)
			return error_set(err, ERROR_LIMIT,
					 "line %zu has more than %d columns",
					 line, REPORT_BARS);
		if (line > REPORT_LINES)
			return error_set(err, ERROR_LIMIT,
					 "it has more than %d lines",
					 REPORT_LINES);
	}
	if (controls > 16 && controls > text->len / 50)
		return error_set(err, ERROR_INVALID,
				 "it is no text: %zu control characters",
				 controls);
	return 0;
}

int report_text_make(struct report_text *ret, const char *bytes, size_t len,
		     struct arena *arena, struct error *err)
{
	struct report_text r = {.text = STRBUF_INIT(REPORT_BYTES)};

	decode(&r, bytes, len, &r.text);
	undo_mistake(&r, &r.text, arena);
	unify_line_ends(&r, &r.text);
	if (r.text.truncated) {
		report_text_release(&r);
		return error_set(err, ERROR_LIMIT,
				 "it is larger than %d MiB as UTF-8",
				 REPORT_BYTES >> 20);
	}
	if (check_lines(&r.text, err) < 0) {
		report_text_release(&r);
		return -1;
	}
	*ret = r;
	return 0;
}

int report_text_read(struct report_text *ret, const char *path,
		     struct arena *arena, struct error *err)
{
	struct strbuf bytes = STRBUF_INIT(REPORT_BYTES);
	int result = io_read_file(path, &bytes, err);

	if (!result) {
		result = report_text_make(ret, bytes.buf, bytes.len, arena,
					  err);
		if (result < 0)
			error_context(err, "reading %s", path);
	}
	strbuf_release(&bytes);
	return result;
}

void report_text_release(struct report_text *report)
{
	strbuf_release(&report->text);
	vec_release(&report->notes);
}
