/*
 * Who is graded: one entry a student, from what the instructor named on the
 * command line. A folder, an archive or a local git repository is an entry by
 * itself, with its file name for an id; a CSV file is a list of them:
 *
 *	id,name,path,commit,var:fault
 *	al01,Ada,submissions/ada.zip,,
 *
 * `id` is needed, the rest is not. `path` is relative to the CSV; a row
 * without one is graded on the scenario's own stack (the embedded one), set
 * up by its `var:NAME` columns. `commit`, or `before` a date, chooses the state
 * of a repository.
 * Columns of other names are refused: a misspelt one would go unnoticed.
 *
 * Ids and names are any text: they are shown escaped, and `slug` is the id as
 * a file name. An id that two entries share is ERROR_INVALID and names both.
 */
#ifndef GRADE_ENTRIES_H
#define GRADE_ENTRIES_H

#include "base/arena.h"
#include "base/error.h"
#include "base/vec.h"

#include <stddef.h>

struct entry {
	const char *id, *name, *path, *commit, *before; /* NULL: not given */
	const char *slug;
	const char *where; /* "class.csv:3", or the operand: for complaints */
	const char **vars; /* "name=value" */
	size_t var_count;
};

struct entries {
	struct entry *at;
	size_t len, alloc;
};

/* vec_release(into) also after a failure; the texts are the arena's. */
int entries_read(const char *const *operands, size_t count,
		 struct arena *arena, struct entries *into, struct error *err);

/* The entry of that id, or NULL. */
const struct entry *entries_find(const struct entries *entries,
				 const char *id);

/* The id as a file name and a part of a URL: what is neither a letter, a
 * digit, `-`, `_` nor an inner `.` becomes `~` and its two hexadecimal
 * digits; a long one is cut and ends in a digest. Different ids have
 * different slugs. */
const char *entry_slug(struct arena *arena, const char *id);

/* Keeps what `bis grade --shard I/N` is to grade: every N-th from the I-th on
 * (from 1). */
void entries_keep_shard(struct entries *entries, size_t index, size_t count);

#endif
