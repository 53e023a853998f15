/*
 * Doing a step until it is done: `until`, `every`, `within`, `halt`; and once
 * more, with twice the limit, where it never answered (a slow machine is not
 * the submission's doing).
 */
#ifndef RUN_ATTEMPT_H
#define RUN_ATTEMPT_H

#include "run/runner.h"

/* args: interpolated. Fills outcome with the last attempt's. *ret_held is
 * false where `until` never held. -1: could not be tried at all. */
int attempt_step(struct runner *runner, const struct step *step,
		 const json_t *args, struct step_outcome *outcome,
		 bool *ret_held, struct error *err);

/* The role's service has ended by itself. */
bool attempt_service_is_down(struct runner *runner, const char *role);

#endif
