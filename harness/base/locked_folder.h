/*
 * Folders that are alive while somebody holds a flock on the folder itself.
 * The kernel drops the lock with the last process that has it, however that
 * one ends: so who gets the lock may clear the folder away, and two runs never
 * meet. Private folders of stacks and scratch copies of submissions are made
 * and found this way.
 */
#ifndef BASE_LOCKED_FOLDER_H
#define BASE_LOCKED_FOLDER_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The places where folders are: $TMPDIR where set, and /tmp; ends with NULL. */
void locked_folder_places(const char *ret_places[3]);

/* Whether `uid` may go through every folder of the path. Groups are left
 * out: an unprivileged service has none. */
bool locked_folder_may_enter(const char *path, uid_t uid);

/* Makes "PLACE/PREFIXxxxxxx" with that mode and locks it; the path goes to
 * `ret_path`. Gives the descriptor that holds the lock, or -1. */
int locked_folder_make(const char *place, const char *prefix, mode_t mode,
		       char *ret_path, size_t size, struct error *err);

/* Calls `clear` for each folder of ours with that prefix that nobody holds, in
 * every place; the folder is locked meanwhile. Gives how many somebody
 * holds. */
size_t locked_folder_each_left(const char *prefix,
			       void (*clear)(const char *path, void *arg),
			       void *arg);

#endif
