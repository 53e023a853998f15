/*
 * A report cut into pieces that patterns are held against: a paragraph, a
 * heading, a block of code, a row of a table; each with the line of its
 * beginning, so that a match has a line. Line feeds within a piece are line
 * feeds of the report.
 *
 * A table's row is a piece ("AUC | 0.82"), and so is each of its cells with
 * the header above it ("AUC: 0.82"). Marks are gone (`code`, *emphasis*, HTML
 * tags), pictures are listed apart.
 *
 * cmark-gfm reads, in a confined child: the report is hostile.
 */
#ifndef CLAIMS_PIECES_H
#define CLAIMS_PIECES_H

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>

enum piece_kind { PIECE_TEXT, PIECE_HEADING, PIECE_CODE, PIECE_TABLE };

struct piece {
	enum piece_kind kind;
	size_t line;     /* of its first character, from 1 */
	size_t last;     /* the block's last line, a code block's fence too */
	const char *text;
	size_t len;
};

struct picture {
	size_t line;
	const char *path; /* as written */
};

struct pieces {
	struct piece *at;
	size_t len;
	struct picture *pictures;
	size_t n_pictures;
};

/* All of it in the arena. ERROR_LIMIT where it has too many pieces or takes
 * too long. */
int pieces_read(const struct strbuf *report, struct arena *arena,
		struct pieces *ret, struct error *err);

/* The same in this process, for a fuzz target. */
int pieces_parse(const struct strbuf *report, struct arena *arena,
		 struct pieces *ret, struct error *err);

#endif
