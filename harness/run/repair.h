/*
 * One repair, in the scratch copy of a submission or in a service. Paths are
 * relative to the copy, no link is followed on the way, and `$1` to `$9` are
 * what the pattern found in the output: names and paths, nothing else.
 *
 *	remove: PATTERN      files, `*` stands for slashes too; but not those
 *	    unless: PATTERN  whose text this (PCRE2) is found in
 *	    beside: NAME     and only in or below a folder with such a file
 *	write: PATH          a file that is not there,
 *	    text: ...        with this text
 *	set: PATH            a file of NAME=VALUE lines: each of
 *	    values: [...]    that it does not set; NAME may be a pattern, for
 *	                     those that a file of `named_in` interpolates
 *	    from: [PATH]     begun with the first of these that is there
 *	    named_in: [PATTERN]
 *	folder: PATH         a folder that must be there
 *	run: [WORD, ...]     a command
 *	    service: NAME    in that service, by role or name
 */
#ifndef RUN_REPAIR_H
#define RUN_REPAIR_H

#include "base/arena.h"
#include "base/pattern.h"
#include "base/strbuf.h"
#include "scenario/key_spec.h"
#include "stack/stack.h"

#include <jansson.h>
#include <stdbool.h>

struct repair_scene {
	const char *root;    /* of the scratch copy */
	struct stack *stack;
	bool drop;           /* what is made becomes uid's and gid's */
	uid_t uid;
	gid_t gid;
	struct arena *arena;
};

extern const struct key_spec repair_keys[];

/* Appends "removed a/debug.py" to what was done; nothing where there was
 * nothing to do. */
int repair_make(const json_t *repair, const struct repair_scene *scene,
		const char *output, const struct pattern_match *match,
		struct strbuf *done, struct error *err);

#endif
