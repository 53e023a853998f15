/*
 * A second stack like the one that is graded, from nothing: the same files
 * and variables, another copy of the submission, other processes, containers,
 * folders and ports. diagnose/ asks for one; cli/, which knows what a run was
 * started with, makes it.
 */
#ifndef RUN_SECOND_STACK_H
#define RUN_SECOND_STACK_H

#include "run/repair.h"
#include "stack/stack.h"

struct second_stack {
	/* Not up yet. -1: there can be none. What was made is given back by
	 * end(), which takes NULL and half-built ones. */
	int (*make)(struct second_stack *self, struct error *err);
	void (*end)(struct second_stack *self);
	/* What make() gave. */
	struct stack *stack;
	struct repair_scene repair; /* what remedies may touch of it */
};

#endif
