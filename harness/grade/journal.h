/*
 * What a batch has done, written before it counts on it: one JSON object a
 * line in OUT/journal.jsonl, appended, and on the disk before the next step is
 * taken (fsync). Killed at any moment, the next batch reads it and goes on.
 *
 *	{"event": "batch", "scenario": ..., "digest": ..., ...}  the first line
 *	{"event": "started", "id": ..., "time": ...}
 *	{"event": "graded", "id": ..., "sha256": ..., "points": ...}
 *	{"event": "error", "id": ..., "why": ...}
 *
 * A last line that was torn by a kill or a power cut is cut off; any other
 * that can't be read is an error, since someone changed it.
 *
 * The journal is locked (flock) while it is open: a second batch into the same
 * folder is refused.
 */
#ifndef GRADE_JOURNAL_H
#define GRADE_JOURNAL_H

#include "base/arena.h"
#include "base/error.h"
#include "base/vec.h"

#include <jansson.h>
#include <stdbool.h>

/* What the journal knows of a student: its last word. */
struct journal_student {
	const char *id;
	bool graded;
	const char *sha256;  /* of the result.json that was graded */
	const char *problem; /* the last error, or NULL */
	const char *kind;    /* of the problem: "machine" */
	size_t tries;        /* how often it was started */
};

struct journal {
	int fd; /* -1: not open */
	const char *path;
	json_t *head; /* the first line; NULL: the journal is new */
	VEC(struct journal_student *) students;
	struct arena *arena;
};

#define JOURNAL_INIT { .fd = -1 }

/* Opens or makes OUT/journal.jsonl, locks it, and reads what is there.
 * ERROR_INVALID: it isn't a journal; ERROR_UNAVAILABLE: another batch has it.
 * journal_close() also after a failure. */
int journal_open(struct journal *journal, const char *folder,
		 struct arena *arena, struct error *err);
void journal_close(struct journal *journal);

/* Appends a line and waits until it is on the disk. `event` is consumed. The
 * first must be the head. */
int journal_add(struct journal *journal, json_t *event, struct error *err);

/* NULL where it was never started. */
const struct journal_student *journal_find(const struct journal *journal,
					   const char *id);

#endif
