#include "run/expectation.h"

#include <stdio.h>
#include <string.h>

/* Whether the complaint "missing .metric.auc" is about a path whose meaning
 * could not be settled; gives the reason. */
static const char *ambiguity(const struct runner *runner,
			     const struct expression_outcome *outcome)
{
	static const char prefix[] = "missing ";

	if (outcome->state != EXPRESSION_MISSING ||
	    strncmp(outcome->complaint, prefix, strlen(prefix)))
		return NULL;
	const char *path = outcome->complaint + strlen(prefix);
	for (size_t i = 0; i < runner->context.ambiguous.len; i++) {
		const struct fact *f = &runner->context.ambiguous.at[i];
		size_t len = strlen(f->name);
		if (!strncmp(path, f->name, len) &&
		    (!path[len] || strchr(".[", path[len])))
			return f->value;
	}
	return NULL;
}

static void note_broken(struct runner *runner,
			const struct expression *expression,
			const struct expression_outcome *outcome,
			struct check_result *check)
{
	const char *why = ambiguity(runner, outcome);
	enum verdict verdict = VERDICT_FAILED;

	*vec_push(&check->broken) = (struct broken_expectation){
		.expression = expression->text,
		.where = arena_printf(runner->options.arena, "%s:%d:%d",
				      expression->at.file, expression->at.line,
				      expression->at.column),
		.source_line = expression->source_line,
		.caret = expression->at.column,
		.actual = outcome->actual,
		.complaint = why ? why : outcome->complaint,
	};
	if (outcome->state == EXPRESSION_NOT_BOOLEAN) {
		verdict = VERDICT_ERROR;
		runner->bad_scenario = true;
	} else if (outcome->state == EXPRESSION_TOO_LONG) {
		verdict = VERDICT_ERROR;
	} else if (why) {
		verdict = VERDICT_INCONCLUSIVE;
	}
	/* A plain failure weighs more than what could not be told. */
	if (check->verdict != VERDICT_FAILED)
		check->verdict = verdict;
}

void expectation_hold(struct runner *runner, const struct step *step,
		      const json_t *value, struct check_result *check)
{
	for (size_t i = 0; i < step->expect.len; i++) {
		const struct expression *expression = &step->expect.at[i];
		struct expression_outcome outcome = { EXPRESSION_TRUE, NULL,
						      NULL };
		struct error err = ERROR_INIT;
		if (evaluator_check(runner->options.evaluator, expression,
				    value, runner->context.values,
				    runner->options.arena, &outcome,
				    &err) < 0) {
			outcome.state = EXPRESSION_TOO_LONG;
			outcome.complaint = arena_strdup(runner->options.arena,
							 err.message);
		}
		if (outcome.state != EXPRESSION_TRUE)
			note_broken(runner, expression, &outcome, check);
	}
}

bool expectation_is(struct runner *runner, const struct expression *condition,
		    const json_t *value)
{
	struct expression_outcome outcome = { EXPRESSION_FALSE, NULL, NULL };

	if (evaluator_check(runner->options.evaluator, condition, value,
			    runner->context.values, runner->options.arena,
			    &outcome, NULL) < 0)
		return false;
	if (outcome.state == EXPRESSION_NOT_BOOLEAN)
		runner->bad_scenario = true;
	return outcome.state == EXPRESSION_TRUE;
}
