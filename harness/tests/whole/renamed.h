/*
 * The scenarios and the embedded stack under other names: tables, metrics,
 * services and the fault are all called by chance. Whoever grades by a name
 * finds nothing then.
 */
#ifndef TESTS_RENAMED_H
#define TESTS_RENAMED_H

#include "base/arena.h"

struct renamed {
	const char *scenarios; /* the folder, for BIS_SCENARIOS */
	const char *path;      /* the folder of the program, for PATH */
	const char *fault;     /* what the fault is called */
	const char *vars;      /* rename=OLD=NEW,... */
};

/* Below `folder`, for the fault `name`. */
void renamed_make(struct arena *arena, const char *folder, const char *name,
		  struct renamed *ret);

#endif
