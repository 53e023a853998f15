/*
 * The keys of a scenario file, with those of the step kinds and changes that
 * were handed in. The loader validates by it, schema.c prints it.
 */
#ifndef SCENARIO_GRAMMAR_H
#define SCENARIO_GRAMMAR_H

#include "scenario/scenario.h"

struct grammar {
	const struct key_spec *scenario; /* the top */
	const struct key_spec *exercise;
	const struct key_spec *step;     /* common keys, then one a kind */
	const struct key_spec *perturb;  /* common keys, then one a change */
	size_t step_kinds;               /* how many of the last rows are */
	size_t changes;                  /* kinds or changes */
};

/* In the arena. An outline takes anything under the key of a kind or change:
 * what is there is validated step by step, when variables and captures are
 * known. */
const struct grammar *grammar_build(const struct scenario_tables *tables,
				    bool outline, struct arena *arena);

/* until, halt, every, within: in every kind's mapping. */
extern const struct key_spec grammar_retry_keys[];
extern const char *const grammar_asked[];

#endif
