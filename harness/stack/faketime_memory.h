/*
 * libfaketime's shared memory: a page and a semaphore a process, named after
 * its pid (libfaketime 0.9.10, ft_shm_create()). A process that is killed, or
 * makes another of itself (exec), leaves both in /dev/shm.
 */
#ifndef STACK_FAKETIME_MEMORY_H
#define STACK_FAKETIME_MEMORY_H

#include <sys/types.h>

/* Removes what a process of ours that has ended may have left. */
void faketime_memory_remove(pid_t pid);

#endif
