/*
 * What a quoted scalar stands for (YAML 1.2.2, 5.7 and 7.3). libfyaml 0.7.12
 * finds where it ends, but reads two things wrong: single quotes where two
 * escapes follow each other, and double quotes where an escaped backslash
 * stands before a line's end that is escaped; both with bytes that were never
 * written.
 */
#include "format/utf8.h"
#include "format/yaml_source.h"

#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

struct quoted {
	const char *p, *end; /* what is left of the file */
	struct strbuf text;
	size_t kept; /* of text: what came from escapes is never folded away */
};

static bool is_break(char c)
{
	return c == '\n' || c == '\r';
}

/* White space and line breaks, from p on; gives the number of breaks. */
static size_t skip_blank(struct quoted *q)
{
	size_t breaks = 0;

	for (; q->p < q->end && strchr(" \t\r\n", *q->p); q->p++)
		breaks += *q->p == '\n' || (*q->p == '\r' && q->p[1] != '\n');
	return breaks;
}

/* Line folding: white space around breaks goes, one break is a space, more are
 * one break less. */
static void fold_break(struct quoted *q)
{
	while (q->text.len > q->kept &&
	       strchr(" \t", q->text.buf[q->text.len - 1]))
		strbuf_setlen(&q->text, q->text.len - 1);
	size_t breaks = skip_blank(q);
	if (breaks == 1)
		strbuf_addch(&q->text, ' ');
	else
		strbuf_addchars(&q->text, '\n', breaks - 1);
}

static bool read_hex(struct quoted *q, size_t digits, uint32_t *ret)
{
	char text[9];

	if ((size_t)(q->end - q->p) < digits)
		return false;
	memcpy(text, q->p, digits);
	text[digits] = '\0';
	if (text[strspn(text, "0123456789abcdefABCDEF")])
		return false;
	*ret = (uint32_t)strtoul(text, NULL, 16);
	q->p += digits;
	return true;
}

/* \uD83D\uDE00, as JSON writes what lies past U+FFFF. */
static void join_surrogates(struct quoted *q, uint32_t *c)
{
	const char *before = q->p;
	uint32_t low;

	if (*c < 0xd800 || *c > 0xdbff || q->end - q->p < 6 ||
	    q->p[0] != '\\' || q->p[1] != 'u')
		return;
	q->p += 2;
	if (read_hex(q, 4, &low) && low >= 0xdc00 && low <= 0xdfff)
		*c = 0x10000 + ((*c - 0xd800) << 10) + (low - 0xdc00);
	else
		q->p = before;
}

/* Of the character behind a backslash; 0 where it is none of these. */
static uint32_t plain_escape(char c)
{
	static const struct {
		char letter;
		uint32_t means;
	} escapes[] = {
		{ 'a', 7 }, { 'b', 8 }, { 't', 9 }, { '\t', 9 }, { 'n', 10 },
		{ 'v', 11 }, { 'f', 12 }, { 'r', 13 }, { 'e', 27 },
		{ ' ', 32 }, { '"', 34 }, { '/', 47 }, { '\\', 92 },
		{ 'N', 0x85 }, { '_', 0xa0 }, { 'L', 0x2028 },
		{ 'P', 0x2029 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(escapes); i++)
		if (escapes[i].letter == c)
			return escapes[i].means;
	return 0;
}

/* From behind the backslash. False where libfyaml should not have taken it. */
static bool read_escape(struct quoted *q)
{
	char letter = *q->p;
	uint32_t c = plain_escape(letter);

	if (is_break(letter)) {
		/* The break goes, and the white space of the next line; empty
		 * lines after it stay. */
		size_t breaks = skip_blank(q);

		strbuf_addchars(&q->text, '\n', breaks - 1);
		q->kept = q->text.len;
		return true;
	}
	q->p++;
	if (!c && letter != '0') {
		size_t digits = letter == 'x' ? 2 : letter == 'u' ? 4
				: letter == 'U' ? 8 : 0;

		if (!digits || !read_hex(q, digits, &c))
			return false;
		join_surrogates(q, &c);
	}
	/* utf8_add() writes no surrogates: they are refused later. */
	if (c >= 0xd800 && c <= 0xdfff)
		strbuf_addch(&q->text, '\xff');
	else
		utf8_add(&q->text, c);
	q->kept = q->text.len;
	return true;
}

static bool read_double(struct quoted *q)
{
	while (q->p < q->end && *q->p != '"') {
		if (is_break(*q->p)) {
			fold_break(q);
		} else if (*q->p == '\\') {
			q->p++;
			if (q->p == q->end || !read_escape(q))
				return false;
		} else {
			strbuf_addch(&q->text, *q->p++);
		}
	}
	return q->p < q->end;
}

static bool read_single(struct quoted *q)
{
	while (q->p < q->end && (*q->p != '\'' || q->p[1] == '\'')) {
		if (is_break(*q->p)) {
			fold_break(q);
			continue;
		}
		strbuf_addch(&q->text, *q->p);
		q->p += *q->p == '\'' ? 2 : 1;
	}
	return q->p < q->end;
}

void yaml_source_quoted(const struct yaml_node *scalar, struct arena *arena,
			const char **ret_text, size_t *ret_len)
{
	const struct yaml_source *source = scalar->source;
	struct quoted q = {
		.p = source->text + scalar->offset,
		.end = source->text + source->len,
		.text = STRBUF_INIT(source->len),
	};
	char quote = scalar->offset ? q.p[-1] : '\0';

	if ((quote == '\'' && read_single(&q)) ||
	    (quote == '"' && read_double(&q))) {
		*ret_text = arena_strndup(arena, q.text.buf, q.text.len);
		*ret_len = q.text.len;
	}
	strbuf_release(&q.text);
}
