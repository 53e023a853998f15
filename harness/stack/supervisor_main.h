/* The supervisor's own side of stack/supervisor.h: what the forked process
 * does. */
#ifndef STACK_SUPERVISOR_MAIN_H
#define STACK_SUPERVISOR_MAIN_H

#include "base/compiler.h"

#include <sys/types.h>

/* Never returns: ends with the process. `socket` leads to bis, `watched` is a
 * pidfd of bis; all other descriptors are closed. */
NORETURN void supervisor_main(int socket, int watched, const char *title,
			      uid_t entered_by);

#endif
