/*
 * A scenario: variables, exercises, steps, expectations, points; as loaded
 * and validated, before anything runs. Everything lives in the arena that was
 * given to scenario_load() (arrays and JSON end with scenario_release()) and
 * stays constant.
 *
 * In the steps of a perturbation `$world` is the training of that world, as the
 * train step gives it.
 *
 * Steps run in the order of the file, so what a step needs and the captures
 * that it uses stand before it.
 *
 * `include:` names scenarios, relative to the file, whose exercises come
 * before its own; its vars, names, title, lab and stacks win over theirs, and
 * `override:` changes points, asked, title, why and hint of checks (of
 * exercises: points, asked and title) by id. Among `steps:`, an entry
 * `- include: FILE` stands for the steps that are the list in that file.
 *
 * `until`, `halt`, `every` and `within` stand inside the kind's mapping, of
 * every kind: they say how the action is repeated, and `expect` judges the
 * last answer.
 *
 * Texts in `args` may hold variables and captures: "$name" alone is the value
 * itself, with its type; "${name}" (or "$name" inside a longer text) is its
 * text; "$$" is a dollar sign, and so is one before anything but a name. scenario/interpolate.h replaces them when a
 * step runs. A name that neither vars nor an earlier step defines is refused
 * when the scenario is loaded.
 */
#ifndef SCENARIO_SCENARIO_H
#define SCENARIO_SCENARIO_H

#include "base/arena.h"
#include "base/error.h"
#include "base/vec.h"
#include "event/result.h"
#include "scenario/key_spec.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct position {
	const char *file; /* as the user named it, relative where it was */
	int line, column; /* from 1 */
};

/* A jq expression. `index` is its number in the evaluator. */
struct jq_terms;
struct yaml_node;
struct expression {
	const char *text;
	const struct yaml_node *node; /* for yaml_complain_inside() */
	struct position at;
	const char *source_line;
	size_t index;
	const struct jq_terms *terms; /* its paths and names: jq_terms.h */
};

/* What a step kind looks like to the loader; step/ has the table, with the
 * function that runs it (struct step_kind begins with this). */
struct step_syntax {
	const char *name;    /* the key that selects it: "http" */
	const char *summary; /* one sentence */
	const struct key_spec *keys;
};

struct capture {
	const char *name;
	struct expression expression; /* gives the value to keep */
};

struct step {
	const char *id;
	const struct step_syntax *syntax;
	json_t *args; /* the mapping under the kind's key, not interpolated */
	struct position at;
	struct bilingual title, why, hint;
	VEC(struct expression) expect;
	VEC(struct capture) captures;
	/* Of the kind's own keys that are expressions: by key, "rows", or
	 * "page.rows" in a mapping below. They are not in args. */
	VEC(struct capture) arguments;
	const struct expression *when; /* NULL: always; false: not applicable */
	/* until is tried every `every` till it holds, at most `within`; where
	 * `halt` holds, trying on is pointless. NULL, 0: not given. */
	const struct expression *until, *halt;
	int64_t every, within; /* microseconds */
	enum asked asked;
	bool scored;   /* points were given (maybe 0) */
	double points;
	bool check;    /* it is scored, or has expectations */
	bool hidden;   /* what it expects and what was seen are told nowhere */
	VEC(const char *) needs; /* ids of steps or exercises */
};

/* One entry of `perturb:`; diagnose/ executes it after the graded checks. */
struct perturb {
	const char *id;
	const char *change; /* "later-month", "row-order", "as-of", "seed", ... */
	struct position at;
	struct bilingual title, why, hint;
	json_t *args;        /* the mapping under the change's key */
	enum asked asked;
	bool scored;
	double points;
	VEC(const char *) needs;
	VEC(struct step *) steps; /* run in that world, after its training */
};

struct exercise {
	const char *id;
	struct bilingual title;
	struct position at;
	enum asked asked; /* default of its checks */
	bool has_points;
	double points;    /* the sum that its checks must have, where given */
	VEC(const char *) needs; /* ids of exercises, or of checks in them */
	VEC(struct step *) steps;
	VEC(struct perturb *) perturb;
};

struct scenario {
	const char *name;   /* "streamflow/tp4" */
	const char *path;   /* the file */
	const char *digest; /* SHA-256 over it and what it includes */
	struct bilingual title;
	const char *lab;
	json_t *vars;       /* defaults, then --var; scalars */
	json_t *names;      /* role -> [candidate, ...] */
	const char *stack;  /* the stack file that it runs on by default, from
			     * here (the file says it relative to itself) */
	const char *submission_stack; /* the same, for a submission's own */
	const char *remedies;         /* run/remedy.h; or NULL */
	VEC(struct exercise *) exercises;
	/* Every expression in it, by index: what the evaluator compiles. */
	VEC(const struct expression *) expressions;
	VEC(const char *) capture_names;
};

/* What would point downward is handed in. */
struct scenario_tables {
	const struct step_syntax *const *steps; /* sorted by name */
	size_t step_count;
	const struct step_syntax *changes; /* of perturb entries, sorted */
	size_t change_count;
};

/* Loads and validates all but what only jq can say: evaluator_start() compiles
 * the expressions. `vars` are "k=v" of the command line, which win over
 * the file's; a name that the file does not declare and `extra_vars` (an
 * object: the stack file's variables) neither is refused. Complaints carry file:line:column, the line, a
 * caret and a suggestion: they can be several lines, and go to err. */
int scenario_load(const char *path, const struct scenario_tables *tables,
		  const char *const *vars, size_t var_count,
		  const json_t *extra_vars, struct arena *arena,
		  struct scenario **ret, struct error *err);
void scenario_release(struct scenario *scenario); /* what isn't the arena's */

/* The exercise or NULL; the step (of an exercise or a perturbation) or NULL. */
const struct exercise *scenario_exercise(const struct scenario *scenario,
					 const char *id);
const struct step *scenario_step(const struct scenario *scenario,
				 const char *id);
const struct perturb *scenario_perturb(const struct scenario *scenario,
				       const char *id);
/* The expression behind a key of the kind's own, or NULL. */
const struct expression *step_argument(const struct step *step,
				       const char *key);

/* "streamflow/tp4", or a path, to the file: the working directory, then
 * BIS_SCENARIOS, then the installed ones. A name that isn't there gets a
 * suggestion. */
int scenario_find(const char *name, struct arena *arena, const char **ret_path,
		  struct error *err);

#endif
