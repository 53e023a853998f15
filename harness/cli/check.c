/* bis check: is a scenario, with the stack file that it names, one that could
 * run? Nothing is started but the evaluator. */
#include "base/io.h"
#include "cli/commands.h"
#include "cli/tables.h"
#include "run/remedy.h"
#include "scenario/evaluator.h"
#include "stack/stack.h"

#include <stdio.h>

/* What one scenario is checked with. */
struct checking {
	const struct arguments *arguments;
	struct arena arena;
	struct scenario *scenario;
	struct stack *stack;
};

static int load(struct checking *c, const char *path, bool with_vars,
		struct error *err)
{
	const struct scenario_tables tables = cli_tables();
	size_t count = 0;
	const char *const *vars =
		argument_values(c->arguments, "var", &count);

	return scenario_load(path, &tables, with_vars ? vars : NULL,
			     with_vars ? count : 0,
			     c->stack ? stack_vars(c->stack) : NULL,
			     &c->arena, &c->scenario, err);
}

/* The stack file, given or named; none is no error here. */
static int open_stack(struct checking *c, struct error *err)
{
	const char *file = argument_value(c->arguments, "stack");

	if (!file)
		file = c->scenario->stack;
	if (!file)
		return 0;
	const struct stack_options options = {
		.file = file, .arena = &c->arena,
	};
	return stack_open(&options, &c->stack, err);
}

static void count_checks(const struct scenario *s, size_t *ret_checks,
			 double *ret_points)
{
	*ret_checks = 0;
	*ret_points = 0;
	for (size_t i = 0; i < s->exercises.len; i++) {
		const struct exercise *e = s->exercises.at[i];

		for (size_t n = 0; n < e->steps.len; n++) {
			*ret_checks += e->steps.at[n]->check;
			*ret_points += e->steps.at[n]->points;
		}
		for (size_t n = 0; n < e->perturb.len; n++) {
			++*ret_checks;
			*ret_points += e->perturb.at[n]->points;
		}
	}
}

static int check_remedies(struct checking *c, struct error *err)
{
	struct remedies remedies;

	if (!c->scenario->remedies)
		return 0;
	if (remedies_load(c->scenario->remedies, &c->arena, &remedies,
			  err) < 0)
		return -1;
	remedies_release(&remedies);
	return 0;
}

static int check(struct checking *c, const char *name, struct error *err)
{
	struct evaluator *evaluator = NULL;
	const char *path;
	size_t checks;
	double points;

	if (scenario_find(name, &c->arena, &path, err) < 0 ||
	    load(c, path, false, err) < 0 || open_stack(c, err) < 0)
		return -1;
	scenario_release(c->scenario);
	c->scenario = NULL;
	if (load(c, path, true, err) < 0 ||
	    evaluator_start(c->scenario, &evaluator, err) < 0)
		return -1;
	evaluator_stop(evaluator);
	if (check_remedies(c, err) < 0)
		return -1;
	count_checks(c->scenario, &checks, &points);
	printf("%s: fine (exercises %zu, checks %zu, points %.10g, "
	       "expressions %zu)\n", c->scenario->name,
	       c->scenario->exercises.len, checks, points,
	       c->scenario->expressions.len);
	return 0;
}

static int check_main(const struct arguments *arguments)
{
	int code = EXIT_ALL_PASSED;

	if (!arguments->operand_count)
		return command_usage_error("check", "which scenario?");
	for (size_t i = 0; i < arguments->operand_count; i++) {
		struct checking c = { .arguments = arguments };
		struct error err = ERROR_INIT;

		/* As a compiler says it, so that editors find the place. */
		if (check(&c, arguments->operands[i], &err) < 0) {
			fprintf(stderr, "%s\n", err.message);
			code = err.kind == ERROR_INTERNAL ? EXIT_INTERNAL
							  : EXIT_BAD_SCENARIO;
		}
		scenario_release(c.scenario);
		stack_close(c.stack);
		arena_release(&c.arena);
	}
	return code;
}

static const struct option_spec options[] = {
	{ "stack", 0, "FILE", false,
	  "the stack file, in place of the one that the scenario names" },
	{ "var", 0, "NAME=VALUE", true,
	  "a variable of the scenario or of the stack file" },
	{ 0 },
};

const struct command command_check = {
	.name = "check",
	.summary = "Validate scenarios, and the stack files that they name",
	.usage = "check SCENARIO...",
	.details = "A SCENARIO is a file, or a name as `bis list` shows it. "
		   "Complaints go to\nstandard error as FILE:LINE:COLUMN: "
		   "MESSAGE; the exit code is then 3.",
	.options = options,
	.main = check_main,
};
