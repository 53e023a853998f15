/* Where a program of a stack file's `programs:` is. */
#ifndef STACK_PROGRAM_H
#define STACK_PROGRAM_H

#include "base/arena.h"

/* PATH where we give one. */
#define SYSTEM_PATH \
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* The file of this program, for starting it again. */
const char *program_own(struct arena *arena);

/* Looks in BIS_PROGRAMS, a folder (for tests); in the build tree that this
 * program stands in; where `make install` puts it; in PATH. NULL: nowhere. */
const char *program_find(struct arena *arena, const char *name);

#endif
