/*
 * The changes of world: one row each. A change is applied to the saved state
 * and says, measured, whether it took effect.
 */
#ifndef DIAGNOSE_CHANGE_H
#define DIAGNOSE_CHANGE_H

#include "diagnose/world.h"

struct change {
	const char *name;
	/* The result must differ, where the others must leave it alone. */
	bool must_matter;
	/* Applies it: fills world->with, bit and proof (where it can be told
	 * before the training). A submission that refuses the change itself
	 * (its own validation) settles world->check and gives 0. */
	int (*apply)(struct world *world, const json_t *args,
		     struct error *err);
	/* After the training: what tells only then whether it bit; or NULL. */
	void (*prove)(struct world *world);
};

/* Sorted by name; the same order as change_syntaxes. */
extern const struct change changes[];
const struct change *change_find(const char *name);

/* The column of the table that holds the labels, by the scenario's `names:
 * {label: [...]}`, or NULL. */
const char *change_label_column(const struct worlds *worlds,
				const struct table_state *table);

#endif
