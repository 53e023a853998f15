/*
 * A reader of CSV after RFC 4180, for files that come from outside.
 *
 * Records end in LF or CRLF; the last may lack its end. A cell may be quoted,
 * with "" for a quote; separators and line ends may stand inside quotes. What
 * RFC 4180 leaves open is refused: a quote inside an unquoted cell, text after
 * a closing quote, a NUL, a lone CR, text that is not UTF-8, a record whose
 * cell count is not the header's. An empty line is one empty cell, as in the
 * RFC. A byte order mark at the start is skipped.
 *
 * The whole file is read first (capped), and each record's cells point into
 * it: they are good until the next call. Every complaint begins with
 * "FILE:LINE:COLUMN: ", counted from 1, columns in characters.
 */
#ifndef FORMAT_CSV_H
#define FORMAT_CSV_H

#include "base/error.h"
#include "base/strbuf.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>

struct csv_limits {
	size_t bytes;   /* of the file */
	size_t records; /* the header counted */
	size_t columns;
	size_t cell;    /* bytes of one cell */
};

/* 256 MiB, 10 million records, 512 columns, 64 KiB a cell. */
#define CSV_LIMITS_DEFAULT \
	{ (size_t)256 << 20, 10u * 1000 * 1000, 512, (size_t)64 << 10 }

struct csv_cell {
	const char *text; /* NUL-terminated, unquoted */
	size_t len;
	size_t line, column; /* where it begins */
	bool quoted;         /* tells "" from an empty cell */
};

struct csv {
	char *path; /* for complaints */
	struct csv_limits limits;
	struct strbuf data;
	char *at;            /* the next byte to read; NULL at the end */
	size_t line, column; /* of `at` */
	size_t records;      /* read so far */
	size_t header_len;   /* cells of the first record */
	VEC(struct csv_cell) cells;
};

/* Reads the file. limits may be NULL: the defaults. csv_close() also after
 * a failure. */
int csv_open(struct csv *csv, const char *path, const struct csv_limits *limits,
	     struct error *err);
/* The same over bytes; `path` is what complaints call them. */
int csv_open_text(struct csv *csv, const char *path, const char *text,
		  size_t len, const struct csv_limits *limits,
		  struct error *err);
void csv_close(struct csv *csv);

/* The next record into csv->cells: 1, or 0 at the end, or -1. */
int csv_next(struct csv *csv, struct error *err);

/* Fills err with "FILE:LINE:COLUMN: message" for a cell, and returns -1. */
int csv_complain(const struct csv *csv, const struct csv_cell *cell,
		 struct error *err, const char *fmt, ...) PRINTF_LIKE(4, 5);

#endif
