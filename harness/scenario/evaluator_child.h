/*
 * What goes between the evaluator and its child: frames over a socket pair,
 * each a struct frame and then its payload.
 */
#ifndef SCENARIO_EVALUATOR_CHILD_H
#define SCENARIO_EVALUATOR_CHILD_H

#include "base/compiler.h"

#include <stdint.h>

enum frame_type {
	/* To the child. PROGRAM and TRY hold a jq program: the one to keep, or
	 * one to compile and forget; the answer is "" or what is wrong. */
	FRAME_PROGRAM = 'P',
	FRAME_TRY = 'T',
	/* {"i": which, "in": input, "vars": {...}}: the answer is
	 * {"count": 0 to 2, "value": ..., "error": "..."}; of a CHECK the
	 * value is there only where it is true or false, else "shown", its
	 * text, cut. */
	FRAME_CHECK = 'C',
	FRAME_VALUE = 'V',
	FRAME_ANSWER = 'A',
};

struct frame {
	uint32_t type;
	uint32_t len;
};

#define FRAME_MOST ((uint32_t)64 * 1024 * 1024)
/* What an expression may give for a capture. */
#define VALUE_MOST (8 * 1024 * 1024)

/* The child's whole life, on that descriptor. Drops everything that it does
 * not need first. */
NORETURN void evaluator_child(int fd);

#endif
