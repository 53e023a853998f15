/* "$name" in the texts of a step's arguments: see scenario.h. */
#ifndef SCENARIO_INTERPOLATE_H
#define SCENARIO_INTERPOLATE_H

#include "base/error.h"

#include <jansson.h>

/* A new tree with the variables replaced: names are members of `vars`, "a.b"
 * goes into objects. An unknown name is ERROR_INVALID and is named. */
int interpolate_tree(const json_t *tree, const json_t *vars, json_t **ret,
		     struct error *err);

#endif
