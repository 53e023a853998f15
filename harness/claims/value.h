/* What is written, as a value: numbers at their precision, dates, ids. */
#ifndef CLAIMS_VALUE_H
#define CLAIMS_VALUE_H

#include "base/arena.h"
#include "claims/kinds.h"

/* "0.6208", ".62", "0,62", "62.08 %": the number and how fine it is: the
 * distance of neighbours at that precision. False where it is none. */
bool claim_number(const char *text, double *ret, double *ret_unit);

/* One form for each value: "7 043" and "7,043" are "7043", "31/01/2024" is
 * "2024-01-31", "une seule" what the kind's words say. The arena's. */
const char *claim_normal(const struct claim_kind *kind, const char *text,
			 struct arena *arena);

/* Whether a claim says that value, `truth` as a program writes it. */
bool claim_agrees(const struct claim_kind *kind, const char *claim,
		  const char *truth, struct arena *arena);

/* Whether two claims may say the same, each as fine as it is written. */
bool claims_agree(const struct claim_kind *kind, const char *a, const char *b,
		  struct arena *arena);

#endif
