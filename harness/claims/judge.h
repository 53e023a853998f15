/*
 * What is said of each claim.
 *
 * The first source that can tell decides: what the submission recorded, a run
 * of the scenario, facts of the data, the worlds of the data. What the others
 * say is added to it. A number that no run gives and that some other history
 * of the data does is not contradicted: it holds in that world, which is said.
 * Last come contradictions inside the report.
 */
#ifndef CLAIMS_JUDGE_H
#define CLAIMS_JUDGE_H

#include "claims/find.h"
#include "claims/truth.h"

enum claim_verdict {
	CLAIM_CONFIRMED,
	CLAIM_CONTRADICTED,
	CLAIM_OTHER_WORLD, /* holds, in another history */
	CLAIM_UNCHECKED,
};
enum { CLAIM_VERDICTS = CLAIM_UNCHECKED + 1 };

struct judged_claim {
	const struct claim *claim;
	enum claim_verdict verdict;
	const char *source; /* "recorded", "rerun", "data", "worlds", "report",
			     * or NULL */
	const char *right;  /* the value that contradicts it, or NULL */
	const char *why;    /* a sentence or several; the arena's */
};

struct judgement {
	struct judged_claim *at; /* as found_claims has them */
	size_t len;
	size_t counts[CLAIM_VERDICTS];
};

void claims_judge(const struct found_claims *found, const struct truth *truth,
		  struct arena *arena, struct judgement *ret);

/* "confirmed", "contradicted", "other world", "not checked" */
const char *claim_verdict_name(enum claim_verdict verdict);

#endif
