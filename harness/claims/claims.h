/*
 * A report read, its claims found and judged: all that `bis claims` and the
 * step `claims` share. Everything lives until claims_release().
 */
#ifndef CLAIMS_CLAIMS_H
#define CLAIMS_CLAIMS_H

#include "claims/claims_report.h"

struct claims {
	struct report_text text;
	struct pieces pieces;
	struct found_claims found;
	struct judgement judgement;
	struct claims_report report;
};

/* ERROR_UNAVAILABLE where there is no report, else as the readers say. kinds
 * and truth are borrowed. */
int claims_check(struct claims *ret, const char *path,
		 const struct claim_kinds *kinds, const struct truth *truth,
		 struct arena *arena, struct error *err);
void claims_release(struct claims *claims);

#endif
