/*
 * From verdicts to points, by the rules of doc/verdicts.md.
 *
 * A check is scored where it has points. Points of a check that is not
 * applicable are shared out among the exercise's other scored checks, in
 * proportion; pending points are neither won nor lost. What remedies cost is
 * taken off the whole.
 */
#ifndef RUN_POINTS_H
#define RUN_POINTS_H

#include "event/result.h"

#include <stdbool.h>

/* Fills points of every check and exercise, and the result's own totals and
 * verdict. Idempotent. */
void points_roll_up(struct result *result);

/* 0, 1 or 4 by the scored checks; signal, 5 and 3 are the caller's. */
int points_exit_code(const struct result *result);

#endif
