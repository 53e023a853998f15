/*
 * The identity ladder: do two artifacts agree, and on which rung?
 *
 * Files are read by the comparator of their format (comparator.h), models
 * without executing anything. What must not count is declared beforehand
 * (declared.h) and shown where it differs.
 *
 *	struct comparison c = COMPARISON_INIT;
 *	if (compare_paths("a/model.pkl", "b/model.pkl", NULL, &c, &err) < 0)
 *		...
 *	if (c.rung >= RUNG_CANONICAL)
 *		...
 *	comparison_release(&c);
 *
 * A file that can't be read is an error. A file that is no good as what its
 * name says (a .json that isn't JSON) is compared as text or bytes, and the
 * summary says so.
 */
#ifndef COMPARE_LADDER_H
#define COMPARE_LADDER_H

#include "base/error.h"
#include "base/hash.h"
#include "compare/comparison.h"
#include "compare/declared.h"

#include <jansson.h>

struct compare_options {
	const struct declared *declared; /* NULL: declared_mlflow */
	bool no_predictions; /* don't evaluate models that differ */
};

/* Two files, or two folders (compared file by file, by relative path). c is
 * COMPARISON_INIT and is to be released in any case. options may be NULL. */
int compare_paths(const char *left, const char *right,
		  const struct compare_options *options, struct comparison *c,
		  struct error *err);

/* Two JSON objects of metrics, name to number. Equal to the last bit, all but
 * the declared volatile ones: RUNG_METRICS, else RUNG_NONE. Paths are the
 * metrics' names. */
void compare_metrics(const json_t *left, const json_t *right,
		     const struct compare_options *options,
		     struct comparison *c);

/* The canonical digest of a model file: SHA-256 over its decoded values (see
 * canonical.h). */
int compare_canonical_digest(const char *path, char ret_hex[SHA256_HEX],
			     struct error *err);

#endif
