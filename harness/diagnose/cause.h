/* The closed list of causes, and what each is called in plain words. */
#ifndef DIAGNOSE_CAUSE_H
#define DIAGNOSE_CAUSE_H

#include "event/result.h"

struct cause {
	const char *id; /* "labels-not-versioned" */
	struct bilingual words;
	struct bilingual fix; /* what to do about it */
};

/* Sorted by id. */
extern const struct cause causes[];
extern const size_t cause_count;
/* NULL where there is none of that id. */
const struct cause *cause_find(const char *id);

#endif
