#include "run/attempt.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/language.h"
#include "run/expectation.h"

#include <string.h>

enum { EVERY_DEFAULT = 100 * 1000, WITHIN_DEFAULT = 30 * 1000 * 1000 };

static int once(struct runner *runner, const struct step *step,
		const json_t *args, struct step_outcome *outcome,
		struct error *err)
{
	json_decref(outcome->value);
	memset(outcome, 0, sizeof(*outcome));
	outcome->verdict = VERDICT_PASSED;
	runner->context.ambiguous.len = 0;
	return step_kind_of(step)->run(&runner->context, step, args, outcome,
				       err);
}

static int try_until(struct runner *runner, const struct step *step,
		     const json_t *args, int64_t within,
		     struct step_outcome *outcome, bool *ret_held,
		     struct error *err)
{
	int64_t every = step->every ? step->every : EVERY_DEFAULT;
	int64_t deadline = clock_monotonic() + within;

	for (;;) {
		if (once(runner, step, args, outcome, err) < 0)
			return -1;
		*ret_held = expectation_is(runner, step->until,
					   outcome->value);
		if (*ret_held || clock_monotonic() + every > deadline)
			return 0;
		if (step->halt &&
		    expectation_is(runner, step->halt, outcome->value))
			return 0;
		if (interrupt_signal())
			return error_set(err, ERROR_CANCELLED, "interrupted");
		clock_sleep(every);
	}
}

bool attempt_service_is_down(struct runner *runner, const char *role)
{
	const char *service = role ? stack_service(runner->options.stack, role)
				   : NULL;
	struct service_state *states;
	size_t count;

	if (!service ||
	    stack_ps(runner->options.stack, &states, &count, NULL) < 0)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!strcmp(states[i].name, service))
			return !states[i].up;
	return false;
}

int attempt_step(struct runner *runner, const struct step *step,
		 const json_t *args, struct step_outcome *outcome,
		 bool *ret_held, struct error *err)
{
	int64_t within = step->within ? step->within : WITHIN_DEFAULT;

	*ret_held = true;
	if (!step->until) {
		if (once(runner, step, args, outcome, err) < 0)
			return -1;
		/* No retry for what changes the state: it might do it twice. */
		if (!outcome->no_answer || step_kind_of(step)->changes_state ||
		    attempt_service_is_down(runner, outcome->service))
			return 0;
		if (once(runner, step, args, outcome, err) < 0)
			return -1;
		if (!outcome->no_answer)
			outcome->note = WORDS("answered at the second attempt");
		return 0;
	}
	if (try_until(runner, step, args, within, outcome, ret_held, err) < 0)
		return -1;
	if (*ret_held || !outcome->no_answer ||
	    attempt_service_is_down(runner, outcome->service))
		return 0;
	if (try_until(runner, step, args, 2 * within, outcome, ret_held,
		      err) < 0)
		return -1;
	if (*ret_held)
		outcome->note = WORDS("answered only with twice the time");
	return 0;
}
