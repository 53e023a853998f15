/*
 * Removes what runs left behind that could not clear up after themselves:
 * their supervisor was killed too, or the machine went down. Every start of
 * bis does this, and `bis clean`.
 *
 * A private folder whose lock is free belongs to nobody. Only the user's own
 * folders are looked at, only processes that belong to that run are ended
 * (stack/process_table.h), only its recorded segments are removed.
 */
#ifndef STACK_REAPER_H
#define STACK_REAPER_H

#include "base/error.h"

#include <stddef.h>

struct reaped {
	size_t folders;   /* removed */
	size_t processes; /* ended */
	size_t alive;     /* folders of live runs, left alone */
	size_t stubborn;  /* folders that could not be removed */
	struct error why; /* of the first of these: which, why, what to do */
};

/* Looks through the places of private folders. */
void reaper_clean(struct reaped *ret);

/* Ends and removes one run, whose supervisor is gone: 0, or -1 where
 * something of it is still there. *ret_processes is added to; may be NULL. */
int reaper_remove(const char *folder, size_t *ret_processes,
		  struct error *err);

/* Its segments and its folder only: every process has ended. */
int reaper_remove_files(const char *folder, struct error *err);

#endif
