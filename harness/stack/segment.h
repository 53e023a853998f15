/*
 * PostgreSQL's System V shared memory: one small segment a cluster, which
 * keeps two servers off one data folder. A server that was killed leaves it.
 */
#ifndef STACK_SEGMENT_H
#define STACK_SEGMENT_H

#include "stack/private_folder.h"

/* The segment that PostgreSQL wrote down in the folder's cluster
 * (postmaster.pid, line 7: key and id). False where there is none. */
bool segment_of_cluster(const char *folder, struct recorded_segment *ret);

/* Removes the recorded segments and the cluster's own: only such as still
 * have that key and owner, and that no process has attached. */
void segments_remove(const char *folder, const struct folder_state *state);

#endif
