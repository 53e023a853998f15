/* What a running stack is made of: for stack.c and the drivers only. */
#ifndef STACK_STACK_STATE_H
#define STACK_STACK_STATE_H

#include "stack/stack.h"
#include "stack/stack_file.h"
#include "stack/template.h"

struct stack {
	struct stack_file file;
	struct stack_options options; /* what it points to is borrowed */
	struct arena *arena;          /* the run's */
	json_t *vars;  /* the file's, then the scenario's; owned */
	bool up;
	void *driver_state; /* the driver's, from its up() to its down() */
};

/* A value of a variable or parameter as a command line has it; NULL for what
 * is no scalar. In the arena. */
const char *stack_scalar_text(struct arena *arena, const json_t *value);

/* "BIS_API" of "api"; arena. */
const char *stack_export_name(struct stack *stack, const char *service);

/* `${...}` in a service's templates (or outside of any: NULL): parameters,
 * then variables, then what the driver knows. */
struct stack_scope {
	struct stack *stack;
	const struct service *service;
	const json_t *params;
};
const char *stack_expand(const struct stack_scope *scope, const char *text,
			 struct error *err);
/* The same for each of a list; the result ends with NULL. */
const char **stack_expand_all(const struct stack_scope *scope,
			      const char *const *texts, size_t room,
			      size_t *ret_len, struct error *err);

#endif
