/*
 * What a comparison of two things found: the rung of the identity ladder on
 * which they agree, the differences by path, and a summary for a person.
 *
 * Two things agree on a rung and on all below it:
 *
 *	bytes        every byte, but for declared volatile fields
 *	canonical    the decoded values, but for declared parameters that
 *	             change nothing (n_jobs, verbose, warm_start)
 *	predictions  the outputs of two models on a probe set
 *	metrics      the logged metrics
 *	none         nothing of that
 *
 * Differences are kept in the order of the left file. A difference in a
 * volatile field or in such a parameter is kept and shown, and does not keep
 * the two from agreeing. Texts belong to the comparison's arena.
 */
#ifndef COMPARE_COMPARISON_H
#define COMPARE_COMPARISON_H

#include "base/arena.h"
#include "base/compiler.h"
#include "base/strbuf.h"
#include "base/vec.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum rung {
	RUNG_NONE,
	RUNG_METRICS,
	RUNG_PREDICTIONS,
	RUNG_CANONICAL,
	RUNG_BYTES,
};

const char *rung_name(enum rung rung); /* "none" ... "bytes" */
bool rung_parse(const char *name, enum rung *ret);

enum difference_kind {
	DIFFERENCE_VALUE,        /* it counts */
	DIFFERENCE_VOLATILE,     /* of a declared volatile field */
	DIFFERENCE_NON_SEMANTIC, /* of a parameter that changes nothing */
};

struct difference {
	enum difference_kind kind;
	const char *path;  /* "clf.estimators_[17].tree_.nodes[42].threshold" */
	const char *left;  /* as printed; "absent" where only right has it */
	const char *right;
	bool has_ulps;     /* two numbers: how many doubles lie between them */
	uint64_t ulps;
};

/* A file of a folder, or the one file. */
struct compared_file {
	const char *path;   /* in the folder; "" for two files */
	const char *format; /* "pickle", "json", ...; "bytes" is unknown */
	enum rung rung;
	const char *only;   /* "left", "right", or NULL for both */
};

/* How many differences and lines of the summary are kept, and in how much
 * memory; all differences are counted. */
enum {
	COMPARISON_KEPT = 200,
	COMPARISON_LINES = 500,
	COMPARISON_MEMORY = 64 << 20,
};

struct comparison {
	struct arena arena;
	/* The highest that holds for every file; `metrics` where the files of
	 * metrics agree and others don't. */
	enum rung rung;
	bool predictions_apply; /* a model that Bis can evaluate was compared */
	bool format_known;  /* false: only bytes could be compared */
	VEC(struct difference) differences; /* at most COMPARISON_KEPT */
	size_t counts[3];   /* by difference_kind */
	VEC(struct compared_file) files;
	VEC(const char *) summary; /* lines, for a person */
};

#define COMPARISON_INIT { .rung = RUNG_BYTES, .format_known = true }

void comparison_release(struct comparison *c);

/* The first difference that counts, or NULL. */
const struct difference *comparison_first(const struct comparison *c);

/* Whether files of metrics were among them (a run folder of MLflow's file
 * store). */
bool comparison_has_metrics(const struct comparison *c);

/* One line: "clf.random_state: 42 != 7", "...threshold: 3.5 != 3.25
 * (2^50 ulps)". */
void difference_print(const struct difference *d, struct strbuf *into);

/*
 * {"rung": "canonical", "predictions_apply": true, "format_known": true,
 *  "differs": 0, "volatile": 3, "non_semantic": 1,
 *  "first": {"path", "left", "right", "ulps"} or null,
 *  "differences": [{"kind", "path", "left", "right", "ulps"}, ...],
 *  "files": [{"path", "format", "rung", "only"}, ...], "summary": ["..."]}
 * A new reference. kind is "value", "volatile" or "non-semantic".
 */
json_t *comparison_to_json(const struct comparison *c);

/* For comparators. */

/* Keeps it (while there is room), counts it, and for a DIFFERENCE_VALUE
 * lowers the rung to at most `below`. Texts are copied. */
void comparison_add(struct comparison *c, enum difference_kind kind,
		    enum rung below, const char *path, const char *left,
		    const char *right, const uint64_t *ulps);
void comparison_say(struct comparison *c, const char *fmt, ...)
	PRINTF_LIKE(2, 3);
void comparison_lower(struct comparison *c, enum rung to);

#endif
