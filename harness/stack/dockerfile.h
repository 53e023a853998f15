/*
 * A Dockerfile as text: what it starts from, what it runs at the end, and how
 * its Python packages are kept to a day. Only lines are looked at; what they
 * mean is the engine's business.
 */
#ifndef STACK_DOCKERFILE_H
#define STACK_DOCKERFILE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"

#include <stdbool.h>

/* The images of its FROM lines, one a line; arena. */
const char *dockerfile_images(const char *text, struct arena *arena);
/* Its CMD and ENTRYPOINT lines; arena. */
const char *dockerfile_command(const char *text, struct arena *arena);
/* Whether it installs Python packages with pip or uv. */
bool dockerfile_installs(const char *text);

/*
 * The same, with packages as they were published at `as_of` (an ISO
 * date-time): after every FROM of an image come the settings that pip and uv
 * read. pip before version 26 ignores its own without a word, so a pip that
 * knows it is installed first, and where `prove` it must then show that it
 * obeys: a package that has a release every week resolves to an earlier one
 * with the setting than without. A text that was kept to another day before
 * is kept to this one instead.
 */
void dockerfile_keep_to(const char *text, const char *as_of, bool prove,
			struct strbuf *into);

/* What a build prints where the day can't be kept, and what it then means for
 * people; NULL: nothing of the kind is in the output. */
const char *dockerfile_complaint(const char *output);

#endif
