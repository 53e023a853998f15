/* Facts about the machine that a run's results may depend on. */
#ifndef STACK_MACHINE_H
#define STACK_MACHINE_H

#include "event/result.h"

enum { MACHINE_FACTS = 8 }; /* at most so many */

/* Fills facts (room for MACHINE_FACTS) and gives how many; arena texts. */
size_t machine_facts(struct arena *arena, struct fact *facts);

#endif
