/*
 * What a run found: values only. The runner fills them, reporters read them;
 * neither knows the other. Everything lives in the run's arena, but for the
 * json_t values, which result_release() gives back. Texts are UTF-8 and may
 * come from a submission: a reporter escapes them for its format.
 */
#ifndef EVENT_RESULT_H
#define EVENT_RESULT_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/vec.h"
#include "event/verdict.h"

#include <jansson.h>
#include <stdint.h>

/* A sentence of a scenario in the two languages; fr may be NULL. */
struct bilingual {
	const char *en, *fr;
};

/* An expectation that did not hold. */
struct broken_expectation {
	const char *expression;  /* as written */
	const char *where;       /* scenarios/streamflow/tp4.yaml:88:20 */
	const char *source_line; /* the line of the file */
	int caret;               /* column in it, from 1 */
	const char *actual;      /* what the leading paths gave, one a line:
				  * ".json.status = \"starting\"" */
	const char *complaint;   /* NULL where it is plainly false; else
				  * "missing .metrics.auc", "gave 3, not true
				  * or false", ... */
};

/* What a person decided about a check, after it was graded. */
struct override_record {
	double points;           /* what counts instead */
	double automatic_points; /* what the verdict gives */
	const char *reason, *who, *date;
};

struct check_result {
	const char *id;       /* stable within the scenario */
	const char *exercise; /* its exercise's id */
	const char *kind;     /* the step kind, "http", or "perturb" */
	struct bilingual title, why, hint;
	enum verdict verdict;
	enum asked asked;
	double given_points; /* as the scenario says; 0: advice, not scored */
	double points, max_points; /* after sharing out, see run/points.h */
	const char *expected, *actual; /* a sentence each, for people */
	const char *where;      /* file:line of the check */
	const char *again;      /* the bis command that shows it again */
	const char *by_hand;    /* without bis: shell commands, one a line */
	const char *blocked_by; /* the check that failed, or NULL */
	const char *note;       /* anything else to say, or NULL */
	const char *log_tail;   /* last lines of what ran, or NULL */
	json_t *value;          /* the value tree the expectations saw */
	VEC(struct broken_expectation) broken;
	const struct override_record *override; /* or NULL */
	/* The template that the class was handed fails it as well, so it takes
	 * no points. */
	bool inherited;
	int64_t started, duration; /* microseconds */
};

struct exercise_result {
	const char *id;
	struct bilingual title;
	enum verdict verdict; /* of its scored checks, see run/points.h */
	double points, pending, max_points;
	VEC(struct check_result *) checks;
};

struct artifact_record {
	const char *path; /* below the run's artifacts: model/model.pkl */
	struct file_digest digest;
	const char *canonical; /* digest of the decoded values, or NULL */
};

/* One training that the harness ran. */
struct train_record {
	const char *id;     /* the step's id: "a" */
	const char *run_id; /* the tracking server's */
	const char *experiment_id;
	const char *as_of;
	const char *world;   /* "" for a graded training, else the perturbation */
	const char *purpose; /* why it was run: "graded", "control", "change",
			      * "search" for a cause, "fix" that was tried */
	json_t *metrics;     /* {"auc": 0.82} as logged, by its logged name */
	json_t *params, *tags;
	const char *run_name, *model_name, *model_version; /* NULL: none */
	const char *printed; /* the training's own last lines */
	const char *folder;  /* where its artifacts were fetched to */
	VEC(struct artifact_record) artifacts; /* by path */
	int64_t started, duration;
};

/* A screenshot as text: a fixed-width drawing of what a service returned. */
struct screen {
	const char *id;
	struct bilingual title;
	const char *taken; /* "after b, before the promotion" */
	const char *text;
};

struct evidence {
	const char *kind; /* "statement", "rows-changed", "failed-statement" */
	const char *text; /* for people */
	json_t *data;     /* members beside kind and text in JSON, or NULL */
};

enum confidence { CONFIDENCE_POSSIBLE, CONFIDENCE_LIKELY, CONFIDENCE_CERTAIN };
const char *confidence_name(enum confidence confidence);

struct diagnosis {
	const char *check; /* the check that it explains */
	const char *cause; /* one of the closed list, see diagnose/cause.h */
	const char *stage; /* the first stage that was read and differs */
	enum confidence confidence;
	struct bilingual words; /* the cause in plain words */
	VEC(struct evidence) evidence;
	struct bilingual fix; /* what was tried */
	bool fix_tried, fix_worked;
};

/* One row of the reproducibility matrix. */
struct matrix_row {
	const char *perturbation;
	bool bit;          /* the change took effect, measured */
	const char *proof; /* "2 652 of 7 043 rows of labels changed" */
	const char *rung;  /* "bytes" ... "none", or NULL where not run */
	const char *stage; /* the first that parts from the control, or NULL */
	json_t *stages;    /* digests by stage, or NULL; the result's */
};

struct remedy_record {
	const char *id;
	struct bilingual words;
	const char *step;   /* the step that it let go on, or "up" */
	const char *repair; /* what was done: "removed repo/debug.py" */
	double deduction;
};

/* A role or a name that was mapped by hand. */
struct map_record {
	const char *role, *name;
	const char *from; /* "bis.yaml", "--map" */
};

/* What was handed in, which files of it were graded, and why those. */
struct hand_in {
	const char *root;   /* of the copy that is graded, or NULL */
	const char *commit; /* or NULL */
	struct bilingual chosen_by;
	int64_t date;       /* of the work, microseconds UTC */
	struct bilingual dated_by;
	const char *packages_as_of; /* NULL: not by date */
	const char *digest; /* over names and bytes of what was graded */
	VEC(struct bilingual) notes;
	VEC(struct map_record) maps;
	json_t *left_out;   /* [{"path", "reason"}] */
	json_t *recorded;   /* {"moved", "files", "databases"} */
};

/* name and value of the environment, in order: "postgres", "15.18" */
struct fact {
	const char *name, *value;
};

struct timing {
	const char *name; /* "initdb", "train a" */
	int64_t started, duration;
};

/* A service as `ps` shows it. */
struct service_state {
	const char *name, *state, *address, *command;
	const char *service; /* what the stack file calls it, or NULL */
	bool up; /* it runs; `state` says the same in the driver's words */
	long pid; /* of its first process; 0 where that is not known */
};

struct result {
	struct arena *arena; /* borrowed: the run's */
	const char *bis_version;
	const char *scenario;    /* "streamflow/tp4" */
	const char *scenario_digest, *stack_digest, *data_digest;
	const char *remedies_digest; /* NULL: the scenario has none */
	struct bilingual title;
	const char *stack;       /* the driver: "process" */
	const char *submission;  /* what was graded, or NULL: the embedded one */
	struct hand_in *hand_in; /* NULL where there is no submission */
	const char *folder;      /* of the reports */
	int interrupted;         /* the signal that ended it early, or 0 */
	enum verdict verdict;
	double points, pending, max_points;
	int exit_code;
	json_t *vars; /* of this run */
	VEC(struct exercise_result *) exercises;
	VEC(struct train_record *) runs;
	VEC(struct screen) screens;
	VEC(struct diagnosis *) diagnosis;
	VEC(struct matrix_row) matrix;
	VEC(struct remedy_record) remedies;
	VEC(struct fact) environment;
	VEC(struct timing) timings;
	VEC(const char *) commands; /* every command that ran, by hand form */
	int64_t started, duration;
};

struct result *result_new(struct arena *arena);
void result_release(struct result *result); /* NULL is fine */

struct check_result *result_find_check(const struct result *result,
				       const char *id);
/* The path under which these bytes are among the recorded evidence, or NULL. */
const char *result_recorded_as(const struct result *result,
			       const char *git_blob);
struct train_record *result_find_run(const struct result *result,
				     const char *id);

#endif
