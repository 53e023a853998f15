/*
 * "${name}" in the command lines and paths of a stack file. "$name" is the
 * same where a name has no dots, "$$" is a dollar sign.
 */
#ifndef STACK_TEMPLATE_H
#define STACK_TEMPLATE_H

#include "base/error.h"
#include "base/strbuf.h"

#include <stddef.h>

struct template_names {
	void *self;
	/* NULL: there is no such name. */
	const char *(*look_up)(void *self, const char *name);
};

enum { TEMPLATE_NAME = 128 };

/* Appends the text with its names replaced. Where a name is unknown or the
 * text is malformed: ERROR_INVALID, with *ret_offset the place in the text;
 * may be NULL. */
int template_expand(const char *text, const struct template_names *names,
		    struct strbuf *into, size_t *ret_offset,
		    struct error *err);

#endif
