/*
 * The containers of a kept stack (`bis run --submission --keep`), as the engine
 * knows them now.
 */
#ifndef STACK_KEPT_CONTAINERS_H
#define STACK_KEPT_CONTAINERS_H

#include "stack/kept_stack.h"

struct kept_container {
	const char *service; /* of the Compose file */
	const char *id, *state, *ports;
};

struct kept_containers {
	VEC(struct kept_container) at; /* by service */
};

/* None where the stack is none of containers. Arena; vec_release() the list. */
int kept_containers_list(const struct kept_stack *stack, struct arena *arena,
			 struct kept_containers *ret, struct error *err);

/* What one printed, both streams, the end of it; arena. */
int kept_container_log(const struct kept_stack *stack,
		       const struct kept_container *container,
		       struct arena *arena, const char **ret,
		       struct error *err);
/* Stops and starts it; not waited for until it answers. */
int kept_container_restart(const struct kept_stack *stack,
			   const struct kept_container *container,
			   struct arena *arena, struct error *err);

#endif
