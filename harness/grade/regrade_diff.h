/*
 * Two gradings of the same submission: which verdicts and points changed, and
 * what else is not the same, which is why.
 */
#ifndef GRADE_REGRADE_DIFF_H
#define GRADE_REGRADE_DIFF_H

#include "base/strbuf.h"
#include "event/result.h"

struct regrade_diff {
	size_t checks;  /* whose verdict or points changed */
	size_t reasons; /* that may explain it */
};

/* Appends a line a change, and one a reason: the version of Bis, the scenario,
 * the stack, the data, the submission, variables, remedies, decisions by
 * people, and facts of the environment (packages, images, engine). Where no
 * check changed, nothing is appended. */
struct regrade_diff regrade_diff(const char *id, const struct result *old,
				 const struct result *new,
				 struct strbuf *into);

#endif
