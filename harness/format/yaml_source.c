/* The text of a YAML file: its lines, places in it, and complaints that show
 * them. */
#include "format/yaml_source.h"
#include "format/utf8.h"

#include "base/strbuf.h"
#include "base/vec.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

static int refuse(const char *name, size_t line, enum error_kind kind,
		  struct error *err, const char *what)
{
	return error_set(err, kind, "%s:%zu: %s", name, line, what);
}

static bool is_allowed(uint32_t c)
{
	return c >= 0x20 ? c != 0x7f : c == '\t' || c == '\n' || c == '\r';
}

int yaml_source_scan(const char *name, const char *text, size_t len,
		     const struct yaml_limits *limits, struct arena *arena,
		     const struct yaml_source **ret, struct error *err)
{
	struct yaml_source *source;
	VEC(size_t) lines = VEC_INIT;
	int rc = 0;

	if (len > limits->bytes)
		return error_set(err, ERROR_LIMIT, "%s: more than %zu bytes",
				 name, limits->bytes);
	*vec_push(&lines) = 0;
	for (size_t i = 0, n; i < len && rc == 0; i += n) {
		uint32_t c;

		if (!utf8_decode(text + i, len - i, &c, &n))
			rc = refuse(name, lines.len, ERROR_INVALID, err,
				    "this line is not UTF-8");
		else if (!is_allowed(c))
			rc = refuse(name, lines.len, ERROR_INVALID, err,
				    "this line holds a control character");
		else if (i - lines.at[lines.len - 1] > limits->line)
			rc = refuse(name, lines.len, ERROR_LIMIT, err,
				    "this line is too long");
		if (c == '\n')
			*vec_push(&lines) = i + 1;
	}
	if (rc == 0) {
		size_t *copy = arena_array(arena, lines.len, sizeof(*copy));

		memcpy(copy, lines.at, lines.len * sizeof(*copy));
		source = arena_new(arena, struct yaml_source);
		source->name = arena_strdup(arena, name);
		source->text = arena_strndup(arena, len ? text : "", len);
		source->len = len;
		source->lines = copy;
		source->line_count = lines.len;
		*ret = source;
	}
	vec_release(&lines);
	return rc;
}

static size_t count_characters(const char *s, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++)
		count += ((unsigned char)s[i] & 0xc0) != 0x80;
	return count;
}

/* The line (from 0) that holds the offset. */
static size_t line_of(const struct yaml_source *source, size_t offset)
{
	size_t low = 0, high = source->line_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (source->lines[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static size_t line_length(const struct yaml_source *source, size_t line)
{
	size_t from = source->lines[line];
	size_t to = line + 1 < source->line_count ? source->lines[line + 1]
						  : source->len;

	while (to > from && (source->text[to - 1] == '\n' ||
			     source->text[to - 1] == '\r'))
		to--;
	return to - from;
}

void yaml_source_place(struct yaml_node *node, size_t offset)
{
	const struct yaml_source *source = node->source;

	if (offset > source->len)
		offset = source->len;
	/* The end of the file is better shown at the end of its last line
	 * than on the empty line behind it. */
	while (offset == source->len && offset > 0 &&
	       source->text[offset - 1] == '\n')
		offset--;
	size_t line = line_of(source, offset);
	node->offset = offset;
	node->line = (int)line + 1;
	node->column = (int)count_characters(source->text + source->lines[line],
					     offset - source->lines[line]) + 1;
}

void yaml_source_underline(struct yaml_node *scalar)
{
	const struct yaml_source *source = scalar->source;
	size_t at = scalar->offset;

	if (!*scalar->text && !scalar->quoted)
		return;
	/* libfyaml's mark is behind the opening quote. */
	if (scalar->quoted && at > 0 && (source->text[at - 1] == '"' ||
					 source->text[at - 1] == '\'')) {
		char quote = source->text[at - 1];

		yaml_source_place(scalar, at - 1);
		size_t line = line_of(source, scalar->offset);
		size_t end = source->lines[line] + line_length(source, line);
		while (at < end && source->text[at] != quote)
			at += source->text[at] == '\\' && quote == '"' ? 2 : 1;
		at = at < end ? at + 1 : end;
		scalar->width = count_characters(source->text + scalar->offset,
						 at - scalar->offset);
		return;
	}
	scalar->width = count_characters(scalar->text,
					 strcspn(scalar->text, "\n"));
}

size_t yaml_source_offset(const struct yaml_source *source, size_t line,
			  size_t column)
{
	size_t at, end;

	if (line < 1)
		line = 1;
	if (line > source->line_count)
		return source->len;
	at = source->lines[line - 1];
	end = at + line_length(source, line - 1);
	while (column-- > 1 && at < end) {
		at++;
		while (at < end && ((unsigned char)source->text[at] & 0xc0) ==
					   0x80)
			at++;
	}
	return at;
}

const char *yaml_source_line(const struct yaml_source *source, int line,
			     struct arena *arena)
{
	size_t n = (size_t)(line > 0 ? line - 1 : 0);

	if (n >= source->line_count)
		return "";
	return arena_strndup(arena, source->text + source->lines[n],
			     line_length(source, n));
}

/* A window of the line around the offset: `before` and `after` bytes of it,
 * moved to whole characters. */
static void window(const struct yaml_source *source, size_t line, size_t offset,
		   size_t *ret_from, size_t *ret_to)
{
	enum { BEFORE = 90, AFTER = 60 };
	size_t from = source->lines[line];
	size_t to = from + line_length(source, line);

	if (offset > to)
		offset = to;
	if (offset - from > BEFORE)
		from = offset - BEFORE;
	if (to - offset > AFTER)
		to = offset + AFTER;
	while (from < offset && ((unsigned char)source->text[from] & 0xc0) ==
					0x80)
		from++;
	while (to > offset && ((unsigned char)source->text[to] & 0xc0) == 0x80)
		to--;
	*ret_from = from;
	*ret_to = to;
}

static void add_caret(struct strbuf *sb, const struct yaml_source *source,
		      size_t offset, size_t width)
{
	size_t line = line_of(source, offset), from, to;
	size_t gutter = sb->len;

	window(source, line, offset, &from, &to);
	strbuf_addf(sb, "\n%4zu | ", line + 1);
	gutter = sb->len - gutter - 1;
	utf8_add_visible(sb, source->text + from, to - from, "\t");
	strbuf_addch(sb, '\n');
	strbuf_addchars(sb, ' ', gutter - 2);
	strbuf_addstr(sb, "| ");
	/* Tabs stay tabs, so that the caret stands below its character. */
	for (size_t i = from; i < offset && i < to;) {
		uint32_t c;
		size_t n;

		utf8_decode(source->text + i, to - i, &c, &n);
		if (c == '\t')
			strbuf_addch(sb, '\t');
		else
			strbuf_addchars(sb, ' ', (size_t)utf8_char_width(c));
		i += n;
	}
	size_t room = offset < to
		? count_characters(source->text + offset, to - offset) : 1;
	strbuf_addchars(sb, '^', width < 1 ? 1 : width > room ? room : width);
}

static int complain(const struct yaml_source *source, size_t offset,
		    size_t width, struct error *err, const char *fmt,
		    va_list ap)
{
	struct strbuf sb = STRBUF_INIT(sizeof(err->message) - 1);
	struct yaml_node at = { .source = source };

	yaml_source_place(&at, offset);
	strbuf_addf(&sb, "%s:%d:%d: ", source->name, at.line, at.column);
	strbuf_vaddf(&sb, fmt, ap);
	add_caret(&sb, source, at.offset, width);
	error_set(err, ERROR_INVALID, "%s", sb.buf);
	strbuf_release(&sb);
	return -1;
}

int yaml_complain(const struct yaml_node *node, struct error *err,
		  const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(node->source, node->offset, node->width, err, fmt, ap);
	va_end(ap);
	return -1;
}

/* Where byte `offset` of the scalar's text is in the file: only where the text
 * up to there stands in the file as it is. */
static size_t inside(const struct yaml_node *node, size_t offset)
{
	const struct yaml_source *source = node->source;
	size_t start = node->offset;

	if (node->quoted && (source->text[start] == '"' ||
			     source->text[start] == '\''))
		start++;
	if (offset > strlen(node->text) || start + offset > source->len ||
	    memcmp(source->text + start, node->text, offset) != 0 ||
	    memchr(node->text, '\n', offset))
		return node->offset;
	return start + offset;
}

int yaml_complain_inside(const struct yaml_node *node, size_t offset,
			 size_t width, struct error *err, const char *fmt, ...)
{
	size_t at = inside(node, offset);
	va_list ap;

	va_start(ap, fmt);
	complain(node->source, at, at == node->offset && offset ? node->width
								 : width,
		 err, fmt, ap);
	va_end(ap);
	return -1;
}

void yaml_place_inside(const struct yaml_node *node, size_t offset,
		       int *ret_line, int *ret_column)
{
	struct yaml_node at = { .source = node->source };

	yaml_source_place(&at, inside(node, offset));
	*ret_line = at.line;
	*ret_column = at.column;
}
