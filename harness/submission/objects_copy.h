/*
 * A fresh bare repository with nothing of a submission's but data: loose
 * objects, packs with their indices, references, HEAD. Its configuration,
 * hooks, attributes, alternates, replaced objects, grafts and everything else
 * that could start a program or lead elsewhere stay behind; so does what is a
 * link.
 */
#ifndef SUBMISSION_OBJECTS_COPY_H
#define SUBMISSION_OBJECTS_COPY_H

#include "base/error.h"

#include <stdbool.h>

/* Whether a folder is a repository's own (".git", or a bare one). */
bool objects_are_in(const char *git_folder);

/* From ".../x/.git" (or a bare repository) to a folder that must not exist.
 * *ret_shallow: its history was cut off when it was cloned. */
int objects_copy(const char *git_folder, const char *to, bool *ret_shallow,
		 struct error *err);

#endif
