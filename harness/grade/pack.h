/* A folder as one archive, the same bytes for the same files. */
#ifndef GRADE_PACK_H
#define GRADE_PACK_H

#include "base/error.h"

#include <stddef.h>

/* Writes the files and folders below `folder` named by `members` as a
 * gzipped tar at `path`, below `name`/ in it: by name, without owners and
 * times. Links are left out. A member that isn't there is no error. */
int pack_folder(const char *path, const char *folder,
		const char *const *members, size_t count, const char *name,
		struct error *err);

#endif
