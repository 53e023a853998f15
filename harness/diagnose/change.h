/*
 * The changes of world: one row each. A change is applied to the saved state
 * and says, measured, whether it took effect.
 */
#ifndef DIAGNOSE_CHANGE_H
#define DIAGNOSE_CHANGE_H

#include "diagnose/world.h"

struct change {
	const char *name;
	struct bilingual title; /* where the scenario has no entry of its own */
	/* The result must differ, where the others must leave it alone. */
	bool must_matter;
	/* It does not start from the saved state. */
	bool elsewhere;
	/* It changes how the training is run, and no row. */
	bool spares_data;
	/* Applies it: fills world->with or surroundings, bit and proof (where
	 * it can be told before the training). A submission that refuses the
	 * change itself (its own validation) settles world->check and gives
	 * 0. */
	int (*apply)(struct world *world, const json_t *args,
		     struct error *err);
	/* After the training: what tells only then whether it bit; or NULL. */
	void (*prove)(struct world *world);
	/* The result differs and must not: why. Adds diagnoses; may settle the
	 * check otherwise. NULL where it must. */
	int (*explain)(struct world *world, struct error *err);
	/* What no restored state takes back; or NULL. */
	void (*undo)(struct world *world);
};

/* Sorted by name; the same order as change_syntaxes. */
extern const struct change changes[];
const struct change *change_find(const char *name);

/* change_data.c: what the training reads. */
int apply_as_of(struct world *world, const json_t *args, struct error *err);
int apply_features(struct world *world, const json_t *args,
		   struct error *err);
int apply_labels(struct world *world, const json_t *args, struct error *err);
int apply_later_month(struct world *world, const json_t *args,
		      struct error *err);
int apply_row_order(struct world *world, const json_t *args,
		    struct error *err);
int apply_seed(struct world *world, const json_t *args, struct error *err);
void prove_matrix(struct world *world);
void undo_row_order(struct world *world);

/* change_surroundings.c: where it runs. */
int apply_restart(struct world *world, const json_t *args, struct error *err);
int apply_surrounding(struct world *world, const json_t *args,
		      struct error *err);
int apply_surroundings(struct world *world, const json_t *args,
		       struct error *err);
int explain_restart(struct world *world, struct error *err);
int explain_changed_surroundings(struct world *world, struct error *err);

#endif
