/* The same work on several threads, which share it out among themselves. */
#ifndef MODEL_THREADS_H
#define MODEL_THREADS_H

enum { THREADS_MAX = 256 };

/* Runs work(arg) on this thread and on up to n - 1 others, and waits for all.
 * Where the system gives fewer, fewer do the work. */
void threads_run(void *(*work)(void *arg), void *arg, unsigned int n);

/* Processors that this process may run on. */
unsigned int threads_processors(void);

#endif
