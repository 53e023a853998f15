/*
 * A step kind: one action that a scenario can take. One file each, one row in
 * the table of step.c.
 *
 * A kind does its work and gives a value tree; the runner holds the
 * expectations against it. Kinds that judge by themselves (`action`, `train`,
 * `compare`, `predict`) give a verdict as well. A kind returns -1 only where
 * the check could not be made (error.kind says why); what the submission did
 * wrong is an outcome.
 */
#ifndef STEP_STEP_H
#define STEP_STEP_H

#include "base/http.h"
#include "scenario/scenario.h"
#include "stack/stack.h"

/* What a step may use of the run. Everything is borrowed but `http`. */
struct step_context {
	struct arena *arena;
	const struct scenario *scenario;
	struct stack *stack;
	struct result *result; /* trainings and screens are added to it */
	const struct sinks *sinks;
	json_t *values;        /* what $name means: variables and captures */
	const char *folder;    /* of this run: artifacts are fetched below it */
	const char *world;     /* "" while grading, else the perturbation's id */
	struct http_client http;
	/* Leading paths of the last value that have no single meaning, with
	 * the reason: a check that misses one of them is inconclusive. */
	VEC(struct fact) ambiguous;
};

struct step_outcome {
	json_t *value;        /* owned by whoever gets the outcome */
	bool judged;          /* `verdict` is the kind's own */
	enum verdict verdict;
	const char *expected, *actual; /* sentences; arena; NULL: none */
	const char *by_hand;  /* shell commands, one a line; arena */
	const char *log_tail;
	const char *note;
	const char *blocked_by; /* with VERDICT_BLOCKED: the step's id */
	const char *service;  /* the service it spoke to, for its state */
	bool no_answer;       /* it never answered: see run/retry.h */
	/* An action that was tried: a remedy may know its failure. */
	const char *action;   /* NULL: it was none */
	const char *output;   /* all that it printed, both streams */
	int exit_code;
};

struct step_kind {
	struct step_syntax syntax; /* first: a step points to it */
	/* It changes the stack's state: `--only` can't leave it out. */
	bool changes_state;
	/* It only draws: no check comes of it. */
	bool draws;
	/* args: interpolated; borrowed. */
	int (*run)(struct step_context *context, const struct step *step,
		   const json_t *args, struct step_outcome *ret,
		   struct error *err);
};

/* Sorted by name. */
extern const struct step_kind *const step_kinds[];
extern const size_t step_kind_count;
const struct step_kind *step_kind_of(const struct step *step);
/* For scenario_load(): the same rows as syntax. */
const struct step_syntax *const *step_syntaxes(void);

/* Members of args. The loader has checked their types. */
const char *step_text(const json_t *args, const char *key); /* or NULL */
/* The text of any scalar: a number as it was written; arena. */
const char *step_scalar(struct arena *arena, const json_t *value);

/* The training with that step id, or NULL and an outcome that is blocked by
 * it (it was to run and did not). */
struct train_record *step_find_run(struct step_context *context,
				   const char *id, struct step_outcome *ret);

/* What a remedy needs to know of an action. */
void step_note_action(struct step_context *context, const char *name,
		      const struct action_outcome *action,
		      struct step_outcome *ret);

/* 'it'\''s' for a POSIX shell. */
const char *step_shell_quote(struct arena *arena, const char *text);

/* The last lines of a text, at most `lines`; arena. */
const char *step_tail(struct arena *arena, const char *text, int lines);

extern const struct step_kind step_action, step_artifact, step_claims, step_compare,
	step_exec, step_http, step_predict, step_recorded, step_registry,
	step_run, step_screenshot, step_sql, step_train, step_value;

#endif
