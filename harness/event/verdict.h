/*
 * What a check may say of a submission, shared by every layer below; the
 * rules of points and exit codes are in doc/verdicts.md.
 */
#ifndef EVENT_VERDICT_H
#define EVENT_VERDICT_H

#include <stdbool.h>

enum verdict {
	VERDICT_PASSED,         /* checked, holds */
	VERDICT_FAILED,         /* checked, does not hold: the submission's doing */
	VERDICT_BLOCKED,        /* not reached: a check of its own failed */
	VERDICT_NOT_APPLICABLE, /* it has no such thing and need not */
	VERDICT_INCONCLUSIVE,   /* the test did not bite */
	VERDICT_ERROR,          /* we, the machine or the engine could not check */
};
enum { VERDICT_COUNT = VERDICT_ERROR + 1 };

/* "passed", "failed", "blocked", "not applicable", "inconclusive", "error" */
const char *verdict_name(enum verdict verdict);

/* Whether its points are pending: a person has to look. */
bool verdict_is_pending(enum verdict verdict);

/* How far the handout asks for it. */
enum asked { ASKED_STATED, ASKED_IMPLIED, ASKED_BEYOND };
const char *asked_name(enum asked asked);

#endif
