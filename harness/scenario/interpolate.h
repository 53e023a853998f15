/*
 * "$name" in the texts of a step's arguments: see scenario.h.
 *
 * Alone, "$name" and "${name}" are the value with its type, and "$a.b" goes
 * into an object. In a longer text the value's text is put in; there a name
 * without braces ends before a dot ("$a.txt" is $a and ".txt"), and "${a.b}"
 * goes into an object. "$$" is a dollar sign; a dollar before anything but a
 * name ("$1" of SQL) stays.
 */
#ifndef SCENARIO_INTERPOLATE_H
#define SCENARIO_INTERPOLATE_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* A new tree with the variables replaced: names are members of `vars`. An
 * unknown name is ERROR_INVALID and is named. The caller owns *ret. */
int interpolate_tree(const json_t *tree, const json_t *vars, json_t **ret,
		     struct error *err);

/* One place in a text where something is put in. */
struct interpolation {
	size_t offset, len;    /* in the text: "$name", "${a.b}", "$$" */
	const char *name;      /* in the text, without $ and braces */
	size_t name_len;       /* 0: a "$$" */
	bool whole;            /* it is all of the text */
};

/* The next one at or after *at, which moves behind it. False at the end. A
 * "${" without its name and brace is a dollar sign that stays. */
bool interpolation_next(const char *text, size_t *at,
			struct interpolation *ret);

#endif
