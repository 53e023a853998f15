#include "stack/faketime_memory.h"

#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>

void faketime_memory_remove(pid_t pid)
{
	char name[64];

	snprintf(name, sizeof(name), "/faketime_shm_%ld", (long)pid);
	shm_unlink(name);
	snprintf(name, sizeof(name), "/faketime_sem_%ld", (long)pid);
	sem_unlink(name);
}
