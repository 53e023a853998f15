#include "model/threads.h"

#include <pthread.h>
#include <sched.h>

unsigned int threads_processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1;
	return (unsigned int)CPU_COUNT(&set);
}

void threads_run(void *(*work)(void *arg), void *arg, unsigned int n)
{
	pthread_t threads[THREADS_MAX];
	unsigned int started = 0;

	while (started + 1 < n && started < THREADS_MAX &&
	       !pthread_create(&threads[started], NULL, work, arg))
		started++;
	work(arg);
	while (started)
		pthread_join(threads[--started], NULL);
}
