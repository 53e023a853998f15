/*
 * The kinds of claims that a lab's reports may make (`bis-claims: 1`): how
 * they are worded, and where the truth of each is. No name of a table, metric
 * or service stands in the program.
 *
 * Patterns are PCRE2's, each with a group `value`; `<<name>>` in one stands for
 * a piece under `define:`. They are compiled without look-behind of unbounded
 * length, run with limits on steps and memory, and a pattern that hits one is
 * said and passed over.
 *
 * A truth is a list of paths into a document: `runs[].metrics.auc` is the AUC
 * of every run, `versions[stage=Production].version` of those in Production.
 */
#ifndef CLAIMS_KINDS_H
#define CLAIMS_KINDS_H

#include "base/arena.h"
#include "base/error.h"
#include "event/event.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum claim_type {
	CLAIM_CHECK,  /* the verdict of a check of the scenario */
	CLAIM_COMMAND, /* as it is typed: options of a terminal apart */
	CLAIM_COUNT,  /* a whole number, thousands apart or not, or a word */
	CLAIM_DATE,   /* 2024-01-31, 31/01/2024 */
	CLAIM_ID,     /* hexadecimal, or its beginning */
	CLAIM_MEMBER, /* one of several that all are true */
	CLAIM_NUMBER, /* at the precision at which it is written */
	CLAIM_TEXT,
};

/* How far two claims of a kind must agree within a report. */
enum claim_same { SAME_NOT, SAME_RUN, SAME_REPORT };

struct claim_pattern {
	void *code; /* pcre2_code */
	const char *text;
};

struct claim_kind {
	const char *id;
	struct bilingual title;
	enum claim_type type;
	enum claim_same same;
	bool volatile_; /* differs between any two runs */
	bool one_sided; /* no source can speak against it */
	bool only_code; /* is looked for in blocks of code alone */
	const char *worlds; /* the metric in worlds, or NULL */
	const char *data;   /* a fact of the data, or NULL: see truth.h */
	const json_t *recorded, *rerun; /* paths; borrowed, or NULL */
	const json_t *checks; /* CLAIM_CHECK: value, or "*" -> id of a check */
	const json_t *words;  /* value -> its other spellings */
	struct claim_pattern *patterns;
	size_t n_patterns;
};

struct claim_question {
	const char *id;
	struct bilingual title;
	struct claim_pattern pattern; /* of paragraphs that answer it */
	const json_t *beside;         /* ids of kinds */
};

struct claim_kinds {
	const char *path;
	const char *worlds; /* the file of worlds, beside it; or NULL */
	struct claim_kind *at;
	size_t len;
	struct claim_question *questions;
	size_t n_questions;
	json_t *document;
};

/* Complaints name the file, the line and the pattern's place. */
int claim_kinds_read(const char *path, struct arena *arena,
		     struct claim_kinds *ret, struct error *err);
void claim_kinds_release(struct claim_kinds *kinds);

/* "check", "count", ... */
const char *claim_type_name(enum claim_type type);
const struct claim_kind *claim_kind_find(const struct claim_kinds *kinds,
					 const char *id);

#endif
