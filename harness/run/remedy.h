/*
 * Remedies: known failures that a person would repair and go on, declared in
 * the lab's own files. When an action (or the start of the stack, "up") fails
 * as described, the repair is made in the scratch copy or in a service, and
 * the action is tried once more; the report lists what was done, and its
 * deduction. Nothing of it is taken from a submission.
 *
 *	bis-remedies: 1
 *	remedies:
 *	  - id: feature-repo-script
 *	    when: { action: apply, output: 'File ".*?/(\w+\.py)"' }
 *	    repair: { remove: '*' }
 *	    deduction: 0
 *	    why: { en: ..., fr: ... }
 */
#ifndef RUN_REMEDY_H
#define RUN_REMEDY_H

#include "base/arena.h"
#include "base/hash.h"
#include "event/event.h"
#include "run/repair.h"
#include "stack/stack.h"

struct remedy {
	const char *id;
	const json_t *actions; /* names; "up" is the start of the stack */
	bool any_exit;
	int64_t exit_code;
	const char *output;    /* a pattern */
	const json_t *repair;  /* see repair.h */
	double deduction;
	struct bilingual why;
};

struct remedies {
	VEC(struct remedy) at;
	json_t *args; /* the file, validated; owned */
	char digest[SHA256_HEX];
};

/* All in the arena, but for what remedies_release() gives back. */
int remedies_load(const char *path, struct arena *arena,
		  struct remedies *ret, struct error *err);
void remedies_release(struct remedies *remedies);

/* What failed. */
struct failure {
	const char *action; /* or "up" */
	const char *step;   /* for the record */
	int exit_code;
	const char *output;
};

/* What a remedy may touch. */
struct remedy_scene {
	struct repair_scene repair;
	struct result *result; /* gets the record */
	const struct sinks *sinks;
};

/* Makes the first repair that fits and changes something: true, and the
 * action is worth another try. */
bool remedies_apply(const struct remedies *remedies,
		    const struct failure *failure,
		    const struct remedy_scene *scene);

#endif
