/*
 * The runner: takes a scenario's steps in order, holds the expectations
 * against what each gives, and turns outcomes into checks and events.
 *
 * It is the only one that decides a verdict. Steps do not print, reporters do
 * not decide, and diagnose/ uses runner_step() for steps in another world.
 */
#ifndef RUN_RUNNER_H
#define RUN_RUNNER_H

#include "run/remedy.h"
#include "run/second_stack.h"
#include "scenario/evaluator.h"
#include "step/step.h"

/* Which trainings beyond the scenario's own diagnose/ may spend. */
enum diagnose_when {
	DIAGNOSE_FAILED, /* to find out why a check failed */
	DIAGNOSE_NEVER,
	DIAGNOSE_ALL,    /* and every change of world that there is */
};

struct runner_options {
	const struct scenario *scenario;
	struct stack *stack;
	struct evaluator *evaluator;
	struct result *result;
	const struct sinks *sinks;
	struct arena *arena;
	const char *folder; /* of this run, artifacts go below it */
	const char *const *only; /* ids of checks and exercises: nothing else */
	size_t only_count;       /* is graded. 0: all of it */
	bool keep;          /* the stack goes on after the run */
	bool show_hidden;   /* tell what hidden checks expect and saw */
	enum diagnose_when diagnose;
	const char *again;  /* "bis run streamflow/tp4 --submission ." */
	const struct remedies *remedies; /* NULL: nothing is repaired */
	struct repair_scene repair;      /* what they may touch */
	struct second_stack *second; /* how another is made, or NULL: not */
};

struct runner {
	struct runner_options options;
	struct step_context context;
	size_t done, total;  /* steps, for progress */
	bool bad_scenario;   /* an expression turned out not to be a condition */
	struct strbuf state_commands; /* by hand: what changed the state so far */
};

int runner_init(struct runner *runner, const struct runner_options *options,
		struct error *err);
void runner_release(struct runner *runner);

/* The graded steps, in order. -1 only when interrupted or internally broken;
 * what was done so far is in the result. */
int runner_grade(struct runner *runner, struct error *err);

/* One step, as a check of that exercise; NULL where it is no check. */
struct check_result *runner_step(struct runner *runner,
				 struct exercise_result *exercise,
				 const struct step *step);

/* A check that is judged elsewhere (a perturb entry): made, added to the
 * exercise, with its verdict still open; runner_settle() sends the event. */
struct check_result *runner_check(struct runner *runner,
				  struct exercise_result *exercise,
				  const char *id, const char *kind);
void runner_settle(struct runner *runner, struct check_result *check);

/* Whether what it needs has passed. If not: settles the check's verdict
 * (blocked, or inconclusive) and gives false. */
bool runner_needs(struct runner *runner, const char *const *needs,
		  size_t count, struct check_result *check);

/* Makes a repair for what failed, if one is known: then it is worth another
 * try. */
bool runner_repair(struct runner *runner, const struct failure *failure);

/* Whether `--only` leaves this id out. */
bool runner_skips(const struct runner *runner, const char *id);

/* Every check that has not been reached becomes an error with this reason. */
void runner_give_up(struct runner *runner, const char *reason);

#endif
