/*
 * One perturb entry in its world: the state restored, one change made, the
 * training repeated and compared, the check judged, and, where it fails, the
 * cause looked for.
 */
#ifndef DIAGNOSE_ENTRY_H
#define DIAGNOSE_ENTRY_H

#include "diagnose/world.h"

/* What the entries that must matter came to, together. */
struct unmoved {
	int count; /* matrix shown to change, metrics did not */
	bool model_moved;
	const char *check;
};

struct check_result *entry_check(struct runner *runner,
				 struct exercise_result *exercise,
				 const struct perturb *entry);
void entry_try(struct worlds *worlds, const struct perturb *entry,
	       struct exercise_result *exercise, struct unmoved *unmoved);

#endif
