/* Paths that a submission names: they must lead to a place in its copy. */
#ifndef STACK_COPY_PATH_H
#define STACK_COPY_PATH_H

#include "base/error.h"

#include <stdbool.h>

/* Whether `path`, with every link in it followed, is `root` or below it; a
 * path that isn't there counts as where it would be made. `root` is a real
 * path; a relative `path` starts at `base`. Without a NULL, *ret_real gets
 * the real path, which the caller frees. */
bool copy_path_is_inside(const char *root, const char *base, const char *path,
			 char **ret_real);

#endif
