/*
 * A written report as text: read with a cap and brought to UTF-8 with LF,
 * whatever it was saved as. What had to be mended is said in a note.
 *
 * Known: a byte order mark; UTF-16 by its mark; bytes that are not UTF-8 (taken
 * for Windows-1252, of which Latin-1's letters are a part); CRLF and CR; and
 * UTF-8 that was once read as MacRoman, Windows-1252 or Latin-1 and saved
 * again ("√©" or "Ã©" for "é"). The last is undone in each run of non-ASCII
 * characters by itself, and only where what comes out is UTF-8 of letters and
 * signs that such a report holds. Lines keep their numbers.
 */
#ifndef CLAIMS_REPORT_TEXT_H
#define CLAIMS_REPORT_TEXT_H

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/vec.h"

enum {
	REPORT_BYTES = 8 << 20,
	REPORT_LINE = 64 << 10, /* bytes; cmark-gfm can be quadratic in it */
	REPORT_BARS = 500,      /* "|" in a line: columns of a table */
	REPORT_LINES = 100000,
};

struct report_text {
	struct strbuf text;
	VEC(const char *) notes; /* sentences, English; the arena's */
};

/* ERROR_LIMIT where a cap is hit, ERROR_INVALID for what is no text. To be
 * released after a success. */
int report_text_read(struct report_text *ret, const char *path,
		     struct arena *arena, struct error *err);
int report_text_make(struct report_text *ret, const char *bytes, size_t len,
		     struct arena *arena, struct error *err);
void report_text_release(struct report_text *report);

#endif
