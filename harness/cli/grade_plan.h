/* bis grade --plan: what a class would take, with nothing started. */
#ifndef CLI_GRADE_PLAN_H
#define CLI_GRADE_PLAN_H

#include "cli/grade.h"

/* `bis run --plan` of each, then a table, what stands in somebody's way, and
 * the total, on stdout. Whoever is graded in g->out needs nothing more. The
 * exit code: 4 where somebody can't be graded as it is. */
int grade_plan(struct grading *g);

#endif
