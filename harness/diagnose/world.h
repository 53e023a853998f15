/*
 * One world: the saved state with one change, and the training in it.
 */
#ifndef DIAGNOSE_WORLD_H
#define DIAGNOSE_WORLD_H

#include "diagnose/replay.h"
#include "diagnose/surroundings.h"
#include "run/runner.h"
#include "step/compare.h"
#include "step/sql.h"
#include "step/train.h"

/* What all worlds of a run share. */
struct worlds {
	struct runner *runner;
	/* With the application's database; until it is put back, or
	 * something of the submission has run. */
	struct sql_session session;
	struct tables base;          /* the graded state, with its rows */
	const struct train_record *graded; /* the training that is repeated */
	json_t *with;                /* its parameters; owned */
	struct statements asked;     /* by the control training */
	bool statements_known;
	const char *statements_why;  /* why not */
	struct replay replay;        /* of the control's statements */
	struct stages stages;        /* of the control training */
	bool control_agrees;
	struct run_comparison control;
	struct readback readback;    /* readback_begin() on first use */
	bool readback_known;
};

/* One training: what it is called, what it is for ("control", "change",
 * "search", "fix": counted in the report), and what it is given. */
struct trial {
	const char *id, *purpose;
	const json_t *with;
	const struct surroundings *surroundings; /* NULL: as the stack is */
};

struct world {
	struct worlds *worlds;
	const struct perturb *entry;
	struct check_result *check;
	struct fresh_stack *fresh;   /* while a second stack is up; or NULL */
	bool from_nothing;           /* by hand: nothing was done before */
	struct tables now;           /* after the change */
	bool now_known;
	struct strbuf commands;      /* by hand: what was done in it */
	bool bit;                    /* the change took effect */
	const char *proof;
	VEC(struct matrix_row) parts; /* of several changes at once */
	bool suspects_all;           /* no table is above suspicion */
	json_t *with;                /* parameters of its training; owned */
	struct surroundings surroundings; /* of its training */
	struct train_record *run;    /* NULL: the training failed */
	struct step_outcome outcome; /* how it ended */
	struct statements asked;     /* by its training */
	bool asked_known;
	struct replay replay;
	struct stages stages;
	struct run_comparison comparison;
};

/* Saves the state. */
int worlds_begin(struct worlds *worlds, struct runner *runner,
		 const struct train_record *graded, const json_t *with,
		 struct error *err);
/* Repeats the graded training once as the control, with the statement log
 * on. */
int worlds_control(struct worlds *worlds, struct error *err);
/* Puts the state back where the stack is kept for a person to look at. */
void worlds_end(struct worlds *worlds);

/* The saved state again, proved row by row. */
int world_restore(struct worlds *worlds, struct error *err);

/* Trains once more in the state as it is now. `asked` may be NULL. *ret NULL
 * where the training failed (outcome says how). */
int world_train(struct worlds *worlds, const struct trial *trial,
		struct statements *asked, bool *ret_asked,
		struct train_record **ret, struct step_outcome *outcome,
		struct error *err);
/* Two trainings side by side; metrics that the scenario calls volatile may
 * differ. ret->value is the caller's. */
int world_compare(struct worlds *worlds, const struct train_record *left,
		  const struct train_record *right,
		  struct run_comparison *ret, struct error *err);

/* Trains, and whether the result agrees with another training's (NULL: the
 * graded one). *ret_run may be NULL. */
int world_try(struct worlds *worlds, const struct trial *trial,
	      const struct train_record *other, bool *ret_agrees,
	      struct train_record **ret_run, struct error *err);

/* Reads the tables as they are now into world->now. */
int world_look(struct world *world, struct error *err);
/* What its training's queries (the control's where they are not known) return
 * now; leaves *ret alone where neither are. */
int world_replay(const struct world *world, struct replay *ret,
		 struct error *err);
/* Its stage digests, after the training. */
int world_digest(struct world *world, struct error *err);
/* What the API answered, where the check asked it (`predict`). */
void world_digest_answers(struct stages *stages,
			  const struct check_result *check);
void world_release(struct world *world);

/* What its trainings are given is read back through this. */
struct readback *worlds_readback(struct worlds *worlds);

/* Whether the training (the world's, else the control's) reads the table;
 * true where the statements are not known. */
bool world_reads(const struct world *world, const char *table,
		 const struct statement **ret_unbounded);
/* The column that holds the labels, by the scenario's `names: {label: ...}`,
 * or NULL. */
const char *worlds_label_column(const struct worlds *worlds,
				const struct table_state *table);

#endif
