/*
 * Parts of a private folder that lie in memory: PostgreSQL's cluster, some
 * thousand small files that live for a run, is made in half the time there
 * (and file systems on disk get slow where many files were just removed); and
 * what services store and what is kept of it, models of some megabytes that
 * are written and removed with every training.
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

/* Makes each of the paths (in the private folder; NULL ends the list), empty
 * and the account's. */
int memory_folder_make(struct supervisor *supervisor,
		       const struct account *account,
		       const char *const *paths, struct error *err);

/* Removes what was made for that private folder. */
int memory_folder_remove(const char *folder,
			 const struct folder_state *state, struct error *err);

#endif
