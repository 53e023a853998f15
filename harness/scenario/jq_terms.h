/*
 * What an expression reads: its leading paths, which must exist, and the
 * names of variables in it.
 *
 * A leading path is a term that starts with `.`, outside
 *   `//`, `?`, `try`        which say that it may be missing;
 *   has(...), path(...) and the arguments of every other function;
 *   the right of `|`        where `.` is something else;
 *   the branches of `if`    of which only one is taken (its condition counts);
 *   what is assigned        (`=`, `|=`, ...: paths that may be made).
 * Everything else counts: both sides of `and` and of `==`, inside ( ), [ ],
 * { } and the \( ) of a string. It goes as far as it is written out: `.a[0].b`
 * `.a["b c"]`, `.a[].b` (of every item); it ends before a slice and before an
 * index that must be computed.
 */
#ifndef SCENARIO_JQ_TERMS_H
#define SCENARIO_JQ_TERMS_H

#include "base/arena.h"
#include "base/strbuf.h"
#include "scenario/jq_tokens.h"

#include <jansson.h>
#include <stdint.h>

enum jq_step_type { JQ_STEP_FIELD, JQ_STEP_INDEX, JQ_STEP_EACH };

struct jq_path_step {
	enum jq_step_type type;
	const char *field;
	int64_t index; /* negative: from the end */
};

struct jq_path {
	const char *text; /* .metrics.auc */
	const struct jq_path_step *steps;
	size_t count;
};

struct jq_name {
	const char *name; /* without the $ */
	size_t offset;    /* of the $ */
};

struct jq_terms {
	const struct jq_path *paths; /* each once, as they come */
	size_t path_count;
	const struct jq_name *names; /* not those that the expression binds */
	size_t name_count;
};

/* Everything in *ret lives in the arena. */
int jq_terms_read(const char *text, struct arena *arena,
		  const struct jq_terms **ret, struct jq_fault *ret_fault);

/* Appends the steps as jq writes them: .metrics.auc, .["a b"][0] */
void jq_path_text(const struct jq_path_step *steps, size_t count,
		  struct strbuf *into);

/* Whether all of a path is there; a null that is there is there. If not, and
 * `instead` is not NULL, it gets what is there: ".metrics has val_auc, f1". */
bool jq_path_exists(const struct jq_path *path, const json_t *input,
		    struct strbuf *instead);

/* Appends the value or values that the path leads to, as compact JSON, cut to
 * something that can be read. */
void jq_path_show(const struct jq_path *path, const json_t *input,
		  struct strbuf *into);

/* Compact JSON of a value, cut after `most` bytes, for people. */
void json_show(const json_t *value, size_t most, struct strbuf *into);

#endif
