/*
 * Stage digests: the data of one training at each stage on its way, from the
 * tables to the API's answers. Two digests each: one of the rows in their order,
 * one that ignores the order; so "the same rows in another order" and "other
 * rows" are told apart, and the first stage that parts is named.
 */
#ifndef DIAGNOSE_STAGES_H
#define DIAGNOSE_STAGES_H

#include "base/hash.h"
#include "diagnose/statements.h"

#include <jansson.h>

enum stage {
	STAGE_RAW_TABLES,  /* tables that it reads, without a date */
	STAGE_SNAPSHOTS,   /* with one */
	STAGE_LABELS,      /* what its queries return of them; where they are
			    * not known, the tables with the label's column */
	STAGE_ENTITY_ROWS, /* what its queries return: keys and dates alone */
	STAGE_FEATURES,    /* the other columns */
	STAGE_MATRIX,      /* all of them, labels too */
	STAGE_PARAMETERS,
	STAGE_MODEL,       /* its bytes; in any order: its decoded value */
	STAGE_METRICS,
	STAGE_ANSWERS,     /* of the API, user by user, where it was asked */
	STAGES,
};
const char *stage_name(enum stage stage); /* "entity rows" */

struct stage_digest {
	bool known;
	char sequence[SHA256_HEX], multiset[SHA256_HEX];
};

struct stages {
	struct stage_digest at[STAGES];
};

/* Gathers rows one by one; init to { 0 }. */
struct digesting {
	struct sha256 sequence;
	unsigned char sum[SHA256_BYTES];
	size_t rows;
};
void digesting_add(struct digesting *d, const void *row, size_t len);
/* known where there was a row. */
struct stage_digest digesting_end(struct digesting *d);

/* The first stage that both know and that differs, or STAGES; a table whose
 * change no query shows is passed over. *ret_order: only the order does. */
enum stage stages_part(const struct stages *before, const struct stages *now,
		       bool *ret_order);
/* [{"stage": "labels", "rows": "same", "order": "other", ...}]: compared with
 * `before` where given. */
json_t *stages_json(const struct stages *before, const struct stages *now);

#endif
