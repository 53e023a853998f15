/* What an action's command line is for people, and what it printed means. */
#ifndef STACK_ACTION_OUTPUT_H
#define STACK_ACTION_OUTPUT_H

#include "stack/stack_file.h"

/* A word for a POSIX shell, quoted where it must be. */
void action_add_shell_word(struct strbuf *sb, const char *word);

/* As a shell would take it; an exported value stands as "$NAME". */
const char *action_command_line(struct arena *arena, const char *const *argv,
				const struct fact *exports,
				size_t export_count);

/* Puts what the action's patterns find in `out` into `into` (an object): the
 * last match of each, its group 1. A pattern that finds nothing adds nothing.
 * ERROR_INVALID where a pattern is none, ERROR_LIMIT where it takes too
 * long. */
int action_read_values(const struct action *action, const char *out,
		       json_t *into, struct error *err);

#endif
