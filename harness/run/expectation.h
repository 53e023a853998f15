/* Holding expectations against a value. */
#ifndef RUN_EXPECTATION_H
#define RUN_EXPECTATION_H

#include "run/runner.h"

/* Adds what does not hold to check->broken and sets the verdict; leaves it
 * where everything holds. */
void expectation_hold(struct runner *runner, const struct step *step,
		      const json_t *value, struct check_result *check);

/* A single condition; an error or a missing path is `false`. */
bool expectation_is(struct runner *runner, const struct expression *condition,
		    const json_t *value);

#endif
