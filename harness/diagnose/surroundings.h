/*
 * What a training is given by its surroundings: the clock, the hash seed, the
 * locale, the processors, the time zone. None of it must matter. Each is
 * changed for the training's process alone, and read back from inside by the
 * stack's own `environment` action, run in the same place with the same
 * options: its `values:` are threads, hash_seed, now (seconds since 1970),
 * zone, locale, and faketime (where libfaketime lies there); and for
 * fresh_stack.h host, home, tmp, and any other that two stacks may not share.
 */
#ifndef DIAGNOSE_SURROUNDINGS_H
#define DIAGNOSE_SURROUNDINGS_H

#include "base/vec.h"
#include "event/result.h"
#include "stack/stack.h"

struct surroundings {
	VEC(const char *) env; /* "NAME=value" */
	int cpu;
	bool one_cpu; /* `cpu` alone */
};

struct surrounding {
	const char *name;  /* "clock" */
	const char *cause; /* what it means where it reaches the result */
	struct bilingual fix; /* what is tried: the training without it */
};

/* Sorted by name. */
extern const struct surrounding surrounding_table[];
extern const size_t surrounding_count;
const struct surrounding *surrounding_find(const char *name);

/* What is read back, as the stack is and as it was changed; one a run. */
struct readback {
	struct stack *stack;
	struct arena *arena;
	json_t *control; /* owned; NULL: not read */
	const char *why; /* not; or NULL */
};
void readback_begin(struct readback *readback, struct stack *stack,
		    struct arena *arena);
void readback_release(struct readback *readback);

/* Adds the change to what the next training is given. *ret_proof: what was
 * read back, or why it could not be shown to arrive (then false). */
bool surrounding_change(struct readback *readback, const char *name,
			struct surroundings *into, const char **ret_proof);
/* The opposite: the same value each time, for trainings that differ by
 * themselves. false: it can't be held still here. */
bool surrounding_pin(struct readback *readback, const char *name,
		     struct surroundings *into);

/* Options of the training's action; `ret_env` is the caller's to release. */
struct action_options surroundings_options(const struct surroundings *s,
					   const char ***ret_env);
void surroundings_release(struct surroundings *s);

#endif
