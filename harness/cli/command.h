/*
 * A command of `bis`: one file each, which defines `command_NAME`, and a row
 * in commands.c. Its main gives the exit code; stdout carries the result,
 * stderr progress and complaints. main.c has read the options by then, and
 * detects afterwards that stdout could not be written.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "base/arena.h"
#include "base/compiler.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>

/* Exit codes: the first that applies of 128+signal, 5, 3, 4, 1. */
enum exit_code {
	EXIT_ALL_PASSED = 0,
	EXIT_CHECK_FAILED = 1,   /* a scored check failed or is blocked */
	EXIT_USAGE = 2,
	EXIT_BAD_SCENARIO = 3,   /* the scenario or stack file is invalid */
	EXIT_NOT_CHECKED = 4,    /* a scored check: error or inconclusive */
	EXIT_INTERNAL = 5,
};

struct option_spec {
	const char *name; /* "submission": --submission */
	char letter;      /* 'j': -j, or 0 */
	const char *argument; /* "DIR", or NULL for a switch */
	bool repeats;
	const char *help;
};

/* The options that were given: command_option() reads them. */
struct arguments {
	const struct option_spec *options;
	const char **values;        /* by option: last value, "" for a switch */
	const char ***all_values;   /* by option: every value, for `repeats` */
	size_t *value_counts;
	const char **operands;
	size_t operand_count;
};

struct command {
	const char *name;
	const char *summary;   /* one line, for `bis --help` */
	const char *usage;     /* "run SCENARIO [options]" */
	const char *details;   /* more for its --help, lines of text; or NULL */
	const struct option_spec *options; /* ends with a row without name */
	int (*main)(const struct arguments *arguments);
	bool hidden;           /* not shown in --help */
};

/* NULL where it was not given. */
const char *argument_value(const struct arguments *arguments, const char *name);
/* Every value of a repeated option; *ret_count 0 where none. */
const char *const *argument_values(const struct arguments *arguments,
				   const char *name, size_t *ret_count);

/* Words for another bis; argument_words_end() makes them an argv. */
struct argument_words {
	VEC(const char *) at;
};
/* An option as it was given, with every value; nothing where it was not. */
void argument_words_add(struct argument_words *words,
			const struct arguments *arguments, const char *name,
			struct arena *arena);
/* The arena's, ends with NULL; the words are released. */
const char *const *argument_words_end(struct argument_words *words,
				      struct arena *arena);

/* "bis: run: message" on stderr, with the hint to --help; gives EXIT_USAGE. */
int command_usage_error(const char *command, const char *fmt, ...)
	PRINTF_LIKE(2, 3);

#endif
