/* The claims that a report makes: patterns held against its pieces. */
#ifndef CLAIMS_FIND_H
#define CLAIMS_FIND_H

#include "base/vec.h"
#include "claims/kinds.h"
#include "claims/pieces.h"

struct claim {
	const struct claim_kind *kind;
	const char *value;     /* as written */
	size_t line;           /* of the report, from 1 */
	const struct piece *piece;
	size_t at, end;        /* of the value, in the piece */
	const char *run;       /* the run id that it stands beside, or NULL */
	bool implied; /* it stands beside none, and the report has only one */
};

struct claim_answer {
	const struct claim_question *question;
	const struct piece *piece;
	size_t line;
};

struct found_claims {
	VEC(struct claim) claims;        /* by line, then as they stand */
	VEC(struct claim_answer) answers;
	VEC(const char *) notes; /* patterns that gave up; the arena's */
};

/*
 * A claim of a kind and value counts once a line. A claim's run is that of
 * the log line or table row that it stands in, else that of its block, where
 * only one is named there. ERROR_LIMIT past 5000 claims.
 */
int claims_find(const struct claim_kinds *kinds, const struct pieces *pieces,
		struct arena *arena, struct found_claims *ret,
		struct error *err);
void found_claims_release(struct found_claims *found);

#endif
