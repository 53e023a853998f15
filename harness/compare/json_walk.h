/* Two JSON trees, for JSON itself and for what is read into JSON. */
#ifndef COMPARE_JSON_WALK_H
#define COMPARE_JSON_WALK_H

#include "compare/comparator.h"

#include <jansson.h>

/* Adds what differs: `a.b[2]`, keys in any order, numbers by value (1 is
 * 1.0). A list whose elements are the same in another order is said to be so,
 * once. */
void json_walk(const struct compare_job *job, const json_t *left,
	       const json_t *right, struct comparison *c);

#endif
