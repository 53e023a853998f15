/* The scenarios that are there: for `bis list`, and for suggestions. */
#ifndef SCENARIO_FIND_H
#define SCENARIO_FIND_H

#include "scenario/scenario.h"

struct found_scenario {
	const char *name;  /* "streamflow/tp4" */
	const char *path;
	const char *title; /* "" where it has none */
};

struct found_scenarios {
	struct found_scenario *at;
	size_t len, alloc;
};

/* By name; where two folders hold the same name, the first one's. vec_release
 * into; the rest is the arena's. */
void scenario_list(struct arena *arena, struct found_scenarios *into);

#endif
