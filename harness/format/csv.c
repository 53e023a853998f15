#include "format/csv.h"

#include "base/alloc.h"
#include "base/io.h"
#include "format/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int complain_at(const struct csv *csv, enum error_kind kind,
		       struct error *err, const char *reason)
{
	return error_set(err, kind, "%s:%zu:%zu: %s", csv->path, csv->line,
			 csv->column, reason);
}

int csv_complain(const struct csv *csv, const struct csv_cell *cell,
		 struct error *err, const char *fmt, ...)
{
	char reason[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	return error_set(err, ERROR_INVALID, "%s:%zu:%zu: %s", csv->path,
			 cell->line, cell->column, reason);
}

static void begin(struct csv *csv, const char *path,
		  const struct csv_limits *limits)
{
	static const struct csv_limits defaults = CSV_LIMITS_DEFAULT;

	*csv = (struct csv){
		.path = xstrdup(path),
		.limits = limits ? *limits : defaults,
		.line = 1,
		.column = 1,
	};
	strbuf_init(&csv->data, csv->limits.bytes);
}

/* Cells are cut in place, so the buffer must be our own even where it is
 * empty. */
static void rewind_to_start(struct csv *csv)
{
	csv->at = csv->data.len ? csv->data.buf : NULL;
	if (csv->data.len >= 3 && !memcmp(csv->at, "\xef\xbb\xbf", 3))
		csv->at += 3;
	if (csv->at == csv->data.buf + csv->data.len)
		csv->at = NULL;
}

int csv_open(struct csv *csv, const char *path, const struct csv_limits *limits,
	     struct error *err)
{
	begin(csv, path, limits);
	if (io_read_file(path, &csv->data, err) < 0)
		return -1;
	rewind_to_start(csv);
	return 0;
}

int csv_open_text(struct csv *csv, const char *path, const char *text,
		  size_t len, const struct csv_limits *limits,
		  struct error *err)
{
	begin(csv, path, limits);
	strbuf_add(&csv->data, text, len);
	if (csv->data.truncated)
		return error_set(err, ERROR_LIMIT, "%s: larger than %zu bytes",
				 path, csv->limits.bytes);
	rewind_to_start(csv);
	return 0;
}

void csv_close(struct csv *csv)
{
	free(csv->path);
	csv->path = NULL;
	strbuf_release(&csv->data);
	vec_release(&csv->cells);
	csv->at = NULL;
}

static char *end_of(const struct csv *csv)
{
	return csv->data.buf + csv->data.len;
}

/* Takes one character to `to` and steps over it. */
static int take_character(struct csv *csv, char **to, struct error *err)
{
	size_t len = 1;
	uint32_t c = (unsigned char)*csv->at;

	if (!c)
		return complain_at(csv, ERROR_INVALID, err, "a NUL byte");
	if (c >= 0x80 && !utf8_decode(csv->at, (size_t)(end_of(csv) - csv->at),
				      &c, &len))
		return complain_at(csv, ERROR_INVALID, err, "not UTF-8");
	memmove(*to, csv->at, len);
	*to += len;
	csv->at += len;
	csv->column++;
	if (c == '\n') {
		csv->line++;
		csv->column = 1;
	}
	return 0;
}

static int take_quoted(struct csv *csv, char **to, struct error *err)
{
	size_t line = csv->line, column = csv->column;

	csv->at++;
	csv->column++;
	for (;;) {
		if (csv->at == end_of(csv)) {
			csv->line = line;
			csv->column = column;
			return complain_at(csv, ERROR_INVALID, err,
					   "a quote that is never closed");
		}
		if (*csv->at == '"') {
			csv->at++;
			csv->column++;
			if (csv->at == end_of(csv) || *csv->at != '"')
				return 0;
		}
		if (take_character(csv, to, err) < 0)
			return -1;
	}
}

static int take_plain(struct csv *csv, char **to, struct error *err)
{
	while (csv->at < end_of(csv) && !strchr(",\r\n", *csv->at)) {
		if (*csv->at == '"')
			return complain_at(csv, ERROR_INVALID, err,
					   "a quote inside an unquoted cell");
		if (take_character(csv, to, err) < 0)
			return -1;
	}
	/* strchr() finds the terminator too: a NUL in the file. */
	if (csv->at < end_of(csv) && !*csv->at)
		return complain_at(csv, ERROR_INVALID, err, "a NUL byte");
	return 0;
}

/* Steps over what ends a cell: 1 where the record goes on. */
static int take_end(struct csv *csv, struct error *err)
{
	if (csv->at == end_of(csv)) {
		csv->at = NULL;
		return 0;
	}
	char c = *csv->at++;
	csv->column++;
	if (c == ',')
		return 1;
	if (c == '\r' && csv->at < end_of(csv) && *csv->at == '\n')
		c = *csv->at++;
	if (c != '\n') {
		csv->column--;
		return complain_at(csv, ERROR_INVALID, err,
				   c == '\r' ? "a CR without LF"
				   : "text after a closing quote");
	}
	csv->line++;
	csv->column = 1;
	if (csv->at == end_of(csv))
		csv->at = NULL;
	return 0;
}

/* Reads one cell: 1 where another follows in the record. */
static int take_cell(struct csv *csv, struct error *err)
{
	if (csv->cells.len == csv->limits.columns)
		return complain_at(csv, ERROR_LIMIT, err, "too many cells");
	struct csv_cell cell = { .text = csv->at, .line = csv->line,
				 .column = csv->column };
	char *to = csv->at;
	int result;

	cell.quoted = csv->at < end_of(csv) && *csv->at == '"';
	result = cell.quoted ? take_quoted(csv, &to, err)
		: take_plain(csv, &to, err);
	if (result < 0)
		return -1;
	cell.len = (size_t)(to - cell.text);
	if (cell.len > csv->limits.cell)
		return csv_complain(csv, &cell, err, "a cell of %zu bytes, "
				    "more than %zu", cell.len,
				    csv->limits.cell);
	result = take_end(csv, err);
	if (result < 0)
		return -1;
	*to = '\0'; /* on the end just stepped over, or the buffer's own */
	*vec_push(&csv->cells) = cell;
	return result;
}

int csv_next(struct csv *csv, struct error *err)
{
	int more = 1;

	csv->cells.len = 0;
	if (!csv->at)
		return 0;
	if (csv->records == csv->limits.records)
		return complain_at(csv, ERROR_LIMIT, err, "too many records");
	while (more > 0)
		more = take_cell(csv, err);
	if (more < 0)
		return -1;
	if (!csv->records++)
		csv->header_len = csv->cells.len;
	if (csv->cells.len != csv->header_len)
		return csv_complain(csv, &csv->cells.at[0], err,
				    "%zu cells where the header has %zu",
				    csv->cells.len, csv->header_len);
	return 1;
}
