/* Paths as text: nothing here touches the disk. */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include "base/arena.h"

#include <stdbool.h>

/* "a" and "b" to "a/b"; b alone where it is absolute or a is "" or NULL. */
char *path_join(struct arena *arena, const char *a, const char *b);
/* The part before the last slash: "." where there is none. */
char *path_dirname(struct arena *arena, const char *path);
/* The part after the last slash: points into path. */
const char *path_basename(const char *path);
/* Whether a relative path that came from outside stays below its root: not
 * absolute, not empty, no "..", no NUL or control bytes, no backslash. */
bool path_is_contained(const char *path);

#endif
