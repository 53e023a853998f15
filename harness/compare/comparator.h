/*
 * One comparator for each format, a file each, and a row in comparators.c.
 */
#ifndef COMPARE_COMPARATOR_H
#define COMPARE_COMPARATOR_H

#include "base/error.h"
#include "compare/comparison.h"
#include "compare/declared.h"
#include "format/mapped.h"

struct compare_side {
	const char *path; /* to open it */
	struct mapped bytes;
};

struct compare_job {
	struct compare_side left, right;
	const char *name;   /* in its folder: what declarations match */
	const char *prefix; /* of paths of differences: "" or "model.pkl:" */
	const struct declared *declared;
	bool no_predictions;
};

struct comparator {
	const char *name;
	/* Whether the file is, by its name or first bytes, of this format. */
	bool (*takes)(const char *name, const struct mapped *bytes);
	/* Adds what differs to c. An error where one of the two isn't of this
	 * format after all: then c is as it was. */
	int (*compare)(const struct compare_job *job, struct comparison *c,
		       struct error *err);
};

extern const struct comparator comparator_bytes, comparator_csv,
	comparator_json, comparator_metric_file, comparator_npy,
	comparator_npz, comparator_pickle, comparator_sqlite, comparator_text,
	comparator_yaml;

/* The first in the table that takes the file; comparator_bytes takes any. */
const struct comparator *comparator_for(const char *name,
					const struct mapped *bytes);

/* Whether the name ends so ("model.JSON" in ".json": case doesn't count). */
bool comparator_has_suffix(const char *name, const char *suffix);

/* Adds a difference at job->prefix + field: volatile where it is declared so,
 * else one that keeps the two from agreeing above `below`. */
void comparator_differs(const struct compare_job *job, struct comparison *c,
			enum rung below, const char *field, const char *left,
			const char *right, const uint64_t *ulps);

#endif
