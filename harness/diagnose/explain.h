/*
 * Why a world differs from the control: found by looking and trying, never
 * guessed. `certain` only where a fix was tried and worked.
 */
#ifndef DIAGNOSE_EXPLAIN_H
#define DIAGNOSE_EXPLAIN_H

#include "diagnose/world.h"

/* explain_data.c. A later month changed the answer. Sets *ret_order where the
 * rows' physical order alone explains it: then the later month itself does no
 * harm. Where neither the order nor the rows alone do, both are named. */
int explain_later_month(struct world *world, bool *ret_order,
			struct error *err);
int explain_row_order(struct world *world, struct error *err);

/* explain_surroundings.c. Of `count` changes of surroundings that together
 * change the answer: smallest sets that do (delta debugging), until what is
 * left leaves it alone. Rows of the matrix for each. */
int explain_surroundings(struct world *world, const char *const *names,
			 size_t count, struct error *err);

/* explain_flaky.c. Two trainings in the same state differ: what must be held
 * still for them to agree. */
int explain_flaky(struct worlds *worlds, const char *check,
		  const struct train_record *left,
		  const struct train_record *right, struct error *err);

/* Changes that must matter and did not, `count` of them, with a matrix that
 * was shown to change. */
void explain_unmoved(struct runner *runner, const char *check_id, int count,
		     bool model_moved);

/* The first stage that parts from the control's, or NULL. */
const char *explain_stage(const struct world *world);

#endif
