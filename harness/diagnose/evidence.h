/*
 * A diagnosis and the evidence for it. Statements are evidence, never a
 * verdict; a table is named only if its rows changed.
 */
#ifndef DIAGNOSE_EVIDENCE_H
#define DIAGNOSE_EVIDENCE_H

#include "diagnose/world.h"

/* Added to the result; `possible` until a fix was tried. stage may be NULL. */
struct diagnosis *diagnosis_new(struct runner *runner, const char *check,
				const char *cause, const char *stage);

/* How many rows of a table changed, or moved, since the graded state. */
void evidence_rows_changed(struct world *world, struct diagnosis *diagnosis,
			   const char *table);
void evidence_rows_moved(struct world *world, struct diagnosis *diagnosis,
			 const char *table);
/* A statement itself; kind "statement" or "failed-statement". */
void evidence_statement(struct runner *runner, struct diagnosis *diagnosis,
			const struct statement *statement, const char *kind,
			const char *table);
/* A swallowed error that makes the code fall back is evidence, too. */
void evidence_failures(struct world *world, struct diagnosis *diagnosis);
/* Anything else, in a sentence. */
void evidence_note(struct runner *runner, struct diagnosis *diagnosis,
		   const char *kind, const char *text);

#endif
