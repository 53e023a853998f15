/*
 * The same training in a second stack, brought up from nothing: what was done
 * to the state of the first before that training is done again there, and
 * nothing else. While it is up, its world belongs to it: world->worlds is
 * that of the second stack, with the control of the first.
 */
#ifndef DIAGNOSE_FRESH_STACK_H
#define DIAGNOSE_FRESH_STACK_H

#include "diagnose/world.h"

int apply_fresh_stack(struct world *world, const json_t *args,
		      struct error *err);
/* Other processes, a database that was filled there, and a training that read
 * it. */
void prove_fresh_stack(struct world *world);
void undo_fresh_stack(struct world *world);

/* What the first stack's trainings are given, read back; or NULL. */
const json_t *fresh_stack_first_environment(const struct world *world);

/* explain_fresh_stack.c. What was ingested there is held still, then what the
 * second stack gives a training otherwise than the first. */
int explain_fresh_stack(struct world *world, struct error *err);
/* Neither model nor metrics followed the data, as `check` shows: do they, in a
 * stack where nothing was trained before? Then something was kept. */
int explain_kept(struct worlds *worlds, const char *check, const char *run,
		 bool *ret_named, struct error *err);

#endif
