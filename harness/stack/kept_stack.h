/*
 * Stacks that were left running on purpose (`bis stack up`, `bis run --keep`):
 * their supervisors live on without a bis. All that is known of them is what
 * their folders say.
 */
#ifndef STACK_KEPT_STACK_H
#define STACK_KEPT_STACK_H

#include "base/arena.h"
#include "event/result.h"
#include "stack/private_folder.h"

struct kept_stack {
	const char *folder;
	const char *name; /* the folder's own name: "bis-stack-a8Kd2f" */
	struct folder_state state; /* kept_stack_release() */
};

/* Those of this user whose supervisor lives, by name. */
struct kept_stacks {
	VEC(struct kept_stack) at;
};
void kept_stacks_list(struct arena *arena, struct kept_stacks *ret);
void kept_stacks_release(struct kept_stacks *stacks);

/* How a recorded service is now. Arena. */
struct service_state kept_stack_service(const struct kept_stack *stack,
					const struct recorded_service *service,
					struct arena *arena);

/* Starts one of its services anew, by name or role, and waits until it is
 * ready. */
int kept_stack_restart(const struct kept_stack *stack, const char *service,
		       struct error *err);

/* Ends it, and waits until nothing of it is left. */
int kept_stack_down(const struct kept_stack *stack, struct error *err);

#endif
