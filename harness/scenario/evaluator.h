/*
 * The evaluator: a child process that holds libjq.
 *
 * One is forked for a run. It compiles all expressions of the scenario as one
 * program, once (a compile costs 27 ms), drops its environment, and has limits
 * on memory and CPU; each answer has a deadline, after which the child is
 * ended and a fresh one started. An expression never sees the harness's memory,
 * files or environment.
 */
#ifndef SCENARIO_EVALUATOR_H
#define SCENARIO_EVALUATOR_H

#include "base/clock.h"
#include "scenario/scenario.h"

/* For one answer. */
#define EVALUATOR_DEADLINE (5 * CLOCK_SEC)

enum expression_state {
	EXPRESSION_TRUE,
	EXPRESSION_FALSE,
	EXPRESSION_MISSING,     /* a leading path does not exist */
	EXPRESSION_NOT_BOOLEAN, /* gave something else, or several values */
	EXPRESSION_FAILED,      /* jq raised an error */
	EXPRESSION_TOO_LONG,    /* the deadline, or a limit */
};

struct expression_outcome {
	enum expression_state state;
	const char *complaint; /* NULL where true or plainly false; arena */
	const char *missing; /* EXPRESSION_MISSING: ".metrics.auc" or "$name" */
	/* The values of its leading paths and variables, one a line; for a
	 * missing one what is there instead: ".metrics has val_auc". Arena. */
	const char *actual;
};

struct evaluator;

/* An expression that jq refuses is ERROR_INVALID, with its place, its line and
 * a caret. The scenario is borrowed. */
int evaluator_start(const struct scenario *scenario, struct evaluator **ret,
		    struct error *err);
/* Ends the child. NULL is fine. */
void evaluator_stop(struct evaluator *evaluator);

/* Another deadline than EVALUATOR_DEADLINE. */
void evaluator_set_deadline(struct evaluator *evaluator, int64_t usec);

/* Evaluates a condition on `input`, with `vars` (an object: variables and
 * captures) as jq's $name. -1 only where there is no evaluator to ask. */
int evaluator_check(struct evaluator *evaluator,
		    const struct expression *expression, const json_t *input,
		    const json_t *vars, struct arena *arena,
		    struct expression_outcome *ret, struct error *err);

/* Evaluates to a value, for a capture; a missing leading path, an error or
 * anything but exactly one value is -1, ERROR_INVALID. The caller owns *ret. */
int evaluator_value(struct evaluator *evaluator,
		    const struct expression *expression, const json_t *input,
		    const json_t *vars, json_t **ret, struct error *err);

#endif
