/* What was found of some numbers in all worlds, for programs and people. */
#ifndef WORLDS_WORLDS_JSON_H
#define WORLDS_WORLDS_JSON_H

#include "worlds/target.h"

#include <jansson.h>

/*
 *	{"worlds": [{"labels": "month_001", "features": "month_000",
 *	  "rows": 7043, "orders": 50, "reached": 12, "exact": "key order",
 *	  "exact_random": 0, "model": null, "min": .609, "max": .658,
 *	  "metrics": [{"metric": "auc", "value": "0.6208", "reached": 12,
 *	    "same": 1, "min": .609, "max": .658}], "named": [...]}]}
 *
 * best first; reached, min and max are those of the first metric. `orders`
 * leaves out those in another reading of empty cells, which have names.
 */
json_t *worlds_json(const struct worlds *worlds,
		    const struct world_standing *list,
		    const struct metric_target *targets, size_t n_targets);

/* The same in sentences. digest: what was looked for, or NULL. */
void worlds_say(const struct worlds *worlds, const struct world_standing *list,
		const struct metric_target *targets, size_t n_targets,
		const char *digest, struct strbuf *into);

#endif
