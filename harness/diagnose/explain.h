/*
 * Why a world differs from the control: found by looking and trying, never
 * guessed. `certain` only where a fix was tried and worked.
 */
#ifndef DIAGNOSE_EXPLAIN_H
#define DIAGNOSE_EXPLAIN_H

#include "diagnose/world.h"

/* A later month changed the answer. Sets *ret_order where the rows' physical
 * order alone explains it: then the later month itself does no harm. */
int explain_later_month(struct world *world, const json_t *args,
			bool *ret_order, struct error *err);

int explain_row_order(struct world *world, struct error *err);

/* Two graded trainings in the same state differ. */
void explain_flaky(struct runner *runner, const struct check_result *check);

/* Changes that must matter and did not, `count` of them, with a matrix that
 * was shown to change. */
void explain_unmoved(struct runner *runner, const char *check_id, int count,
		     bool model_moved);

#endif
