/*
 * A fixed-width table, drawn with box characters: how a screen of a service
 * is shown as text, and how the summary shows the exercises.
 *
 *	static const struct text_column columns[] = {
 *		{ "run", TEXT_LEFT, 24 }, { "auc", TEXT_RIGHT, 0 },
 *	};
 *	struct text_table table;
 *
 *	text_table_init(&table, columns, ARRAY_SIZE(columns));
 *	text_table_row(&table, (const char *const[]){ "baseline", "0.82" });
 *	text_table_render(&table, &into);
 *	text_table_release(&table);
 *
 * A column is as wide as its widest cell, in terminal columns, up to its
 * max_width; what is longer ends in an ellipsis. Cells may hold anything:
 * bytes that are not UTF-8, controls and marks of direction are made visible
 * (format/utf8.h), a line feed starts a new line within the row. A cell is cut
 * after TEXT_TABLE_CELL bytes, a row after TEXT_TABLE_LINES lines, a table
 * after TEXT_TABLE_ROWS rows, and each shows it.
 */
#ifndef FORMAT_TEXT_TABLE_H
#define FORMAT_TEXT_TABLE_H

#include "base/strbuf.h"
#include "base/vec.h"

#include <stddef.h>

enum {
	TEXT_TABLE_CELL = 16 * 1024, /* bytes */
	TEXT_TABLE_LINES = 200,
	TEXT_TABLE_ROWS = 1000,
};

enum text_align { TEXT_LEFT, TEXT_RIGHT };

struct text_column {
	const char *header; /* every one NULL: no line of headers */
	enum text_align align;
	size_t max_width; /* in terminal columns; 0: no limit */
};

struct text_table {
	VEC(struct text_column) columns; /* headers are borrowed */
	VEC(char *) cells;               /* row by row, copied */
	size_t dropped;                  /* rows past TEXT_TABLE_ROWS */
};

/* columns is copied; the headers in it must outlive the table. */
void text_table_init(struct text_table *table,
		     const struct text_column *columns, size_t count);
void text_table_release(struct text_table *table);

/* One cell a column, copied; NULL is an empty cell. */
void text_table_row(struct text_table *table, const char *const *cells);

/* Appends the drawing, each line ended by a line feed. */
void text_table_render(const struct text_table *table, struct strbuf *into);

#endif
