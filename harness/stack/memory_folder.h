/*
 * A part of a private folder that lies in memory: PostgreSQL's cluster, some
 * thousand small files that live for a run, is made in half the time there
 * (and file systems on disk get slow where many files were just removed).
 *
 * It is a folder of the same name in /dev/shm, which a link in the private
 * folder leads to, and is removed with it. Where /dev/shm is missing or small
 * (a container's has 64 MiB) there is a plain folder instead of the link.
 */
#ifndef STACK_MEMORY_FOLDER_H
#define STACK_MEMORY_FOLDER_H

#include "stack/account.h"
#include "stack/supervisor.h"

#define MEMORY_PLACE "/dev/shm"

/* Makes `path` (in the private folder), empty and the account's. */
int memory_folder_make(struct supervisor *supervisor,
		       const struct account *account, const char *path,
		       struct error *err);

/* Removes what was made for that private folder. */
int memory_folder_remove(const char *folder,
			 const struct folder_state *state);

#endif
