/*
 * What a block scalar (`|`, `>`) stands for (YAML 1.2.2, 8.1). libfyaml 0.7.12
 * finds it; its text comes from here, because it takes one that is indented no
 * more than what holds it, and then gives bytes that were never written.
 */
#include "format/yaml_source.h"

#include "base/strbuf.h"

#include <string.h>

enum chomping { CHOMP_CLIP, CHOMP_STRIP, CHOMP_KEEP };

struct block {
	const char *p, *end; /* what is left of the file */
	bool folded;
	enum chomping chomping;
	size_t indent;       /* of its lines */
	struct strbuf text;
};

/* The indicators behind `|` or `>` at the end of the line before the text:
 * *ret_digit 0 where none says the indentation. */
static void read_header(const char *line, const char *end, struct block *b,
			size_t *ret_digit)
{
	for (const char *p = line; p < end; p++) {
		const char *q = p + 1;
		size_t digit = 0;
		enum chomping chomping = CHOMP_CLIP;

		if (*p != (b->folded ? '>' : '|'))
			continue;
		for (; q < end && strchr("+-123456789", *q); q++) {
			if (*q == '+' || *q == '-')
				chomping = *q == '+' ? CHOMP_KEEP
						     : CHOMP_STRIP;
			else
				digit = (size_t)(*q - '0');
		}
		while (q < end && strchr(" \t\r", *q))
			q++;
		/* A comment may follow. */
		if (q < end && (*q != '#' || !strchr(" \t", q[-1])))
			continue;
		b->chomping = chomping;
		*ret_digit = digit;
		return;
	}
}

static size_t spaces(const struct block *b)
{
	size_t n = 0;

	while (b->p + n < b->end && b->p[n] == ' ')
		n++;
	return n;
}

/* Past the break at p, if one is there. */
static bool take_break(struct block *b)
{
	const char *start = b->p;

	if (b->p < b->end && *b->p == '\r')
		b->p++;
	if (b->p < b->end && *b->p == '\n')
		b->p++;
	return b->p > start;
}

/* Lines of nothing but spaces, at most the block's; how many. */
static size_t skip_empty_lines(struct block *b)
{
	size_t count = 0;

	for (;;) {
		const char *start = b->p;
		size_t n = spaces(b);

		b->p += n < b->indent ? n : b->indent;
		if (!take_break(b)) {
			b->p = start;
			return count;
		}
		count++;
	}
}

/* Of the first line that holds something; of the longest where none does. */
static size_t find_indent(struct block b)
{
	size_t longest = 0;

	for (;;) {
		size_t n = spaces(&b);

		b.p += n;
		longest = n > longest ? n : longest;
		if (b.p == b.end)
			return longest;
		if (!take_break(&b))
			return n;
	}
}

/* At a line of the block: its indentation is passed. */
static bool take_indent(struct block *b)
{
	if (spaces(b) < b->indent || b->p + b->indent == b->end)
		return false;
	b->p += b->indent;
	return true;
}

static bool is_more_indented(const struct block *b)
{
	return b->p < b->end && (*b->p == ' ' || *b->p == '\t');
}

static void read_lines(struct block *b)
{
	size_t empty = skip_empty_lines(b);
	bool broken = false, more = take_indent(b);

	while (more) {
		bool plain = !is_more_indented(b);
		size_t len = 0;

		strbuf_addchars(&b->text, '\n', empty);
		while (b->p + len < b->end && b->p[len] != '\n' &&
		       b->p[len] != '\r')
			len++;
		strbuf_add(&b->text, b->p, len);
		b->p += len;
		broken = take_break(b);
		empty = skip_empty_lines(b);
		more = broken && take_indent(b);
		if (!more)
			break;
		if (!b->folded || !plain || is_more_indented(b))
			strbuf_addch(&b->text, '\n');
		else if (!empty)
			strbuf_addch(&b->text, ' ');
	}
	if (broken && b->chomping != CHOMP_STRIP)
		strbuf_addch(&b->text, '\n');
	if (b->chomping == CHOMP_KEEP)
		strbuf_addchars(&b->text, '\n', empty);
}

/* The line before the one that begins at `line`. */
static size_t line_before(const struct yaml_source *source, size_t line)
{
	size_t at = line ? line - 1 : 0;

	while (at > 0 && source->text[at - 1] != '\n')
		at--;
	return at;
}

bool yaml_source_block(const struct yaml_node *scalar, bool folded,
		       const struct yaml_node *parent, size_t taken,
		       struct arena *arena, const char **ret_text,
		       size_t *ret_len)
{
	const struct yaml_source *source = scalar->source;
	const char *start = source->text + scalar->offset;
	size_t outer = parent ? (size_t)parent->column - 1 : 0, digit = 0;
	struct block b = {
		.p = start, .end = source->text + source->len,
		.folded = folded, .text = STRBUF_INIT(source->len),
	};

	*ret_text = "";
	*ret_len = 0;
	/* The file ends behind the indicator. */
	if (scalar->offset == 0 || start[-1] != '\n')
		return true;
	read_header(source->text + line_before(source, scalar->offset),
		    start - 1, &b, &digit);
	b.indent = digit ? outer + digit : find_indent(b);
	if (parent && b.indent <= outer) {
		/* Nothing is its own, but what was taken all the same? */
		b.indent = outer + 1;
		skip_empty_lines(&b);
		if (b.p < source->text + taken)
			return false;
		b.p = start;
	}
	read_lines(&b);
	*ret_text = arena_strndup(arena, b.text.buf, b.text.len);
	*ret_len = b.text.len;
	strbuf_release(&b.text);
	return true;
}
