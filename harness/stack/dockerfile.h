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

/* The images of its FROM lines, one a line, without stages of its own; arena. */
const char *dockerfile_images(const char *text, struct arena *arena);
/* Its CMD and ENTRYPOINT lines; arena. */
const char *dockerfile_command(const char *text, struct arena *arena);
/* Whether it installs Python packages with pip or uv. */
bool dockerfile_installs(const char *text);

/* How packages are kept to a day. */
struct package_day {
	const char *as_of; /* an ISO date-time */
	bool prove;        /* the build must show that it bit */
	bool local_index;  /* where pip 26 can't run (Python before 3.10), a
			    * local index is filtered by upload time:
			    * stack/package_day.h */
};

/*
 * The same, with packages as they were published on a day: after every FROM of an image come the settings that pip and uv
 * read. pip before version 26 ignores its own without a word, so a pip that
 * knows it is installed first, and where `prove` it must then show that it
 * obeys: a package that has a release every week resolves to an earlier one
 * with the setting than without. A text that was kept to another day before
 * is kept to this one instead.
 */
void dockerfile_keep_to(const char *text, const struct package_day *day,
			struct strbuf *into);

/* Whether a build ended because no pip 26 can be had: then it is worth another
 * try with a local index. */
bool dockerfile_lacks_pip(const char *output);

/* What a build prints where the day can't be kept, and what it then means for
 * people; NULL: nothing of the kind is in the output. */
const char *dockerfile_complaint(const char *output);

#endif
