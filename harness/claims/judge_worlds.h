/* A metric of a report against the worlds of the data, inside claims/. */
#ifndef CLAIMS_JUDGE_WORLDS_H
#define CLAIMS_JUDGE_WORLDS_H

#include "claims/judge.h"

struct world_finding {
	bool says; /* it decides; else only `why` */
	enum claim_verdict verdict;
	const char *why; /* or NULL */
};

/*
 * The metrics that stand together (of one run, or on one line) are looked for
 * together. The report's own world has the labels of its AS_OF.
 *
 * An order with a name that gives all of them settles it. Else the number is
 * among the row orders of its own world: not contradicted, and not confirmed,
 * since the order isn't known; only among those of another: it holds there;
 * among none: contradicted.
 */
struct world_finding judge_worlds(const struct claim *claim,
				  const struct found_claims *found,
				  const struct truth *truth,
				  struct arena *arena);

#endif
