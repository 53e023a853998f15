/* The commands of `bis`: each is defined in the file of its name. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/command.h"

extern const struct command command_check;
extern const struct command command_claims;
extern const struct command command_clean;
extern const struct command command_diff;
extern const struct command command_doctor;
extern const struct command command_evidence;
extern const struct command command_explain;
extern const struct command command_fit;
extern const struct command command_grade;
extern const struct command command_images;
extern const struct command command_inspect;
extern const struct command command_list;
extern const struct command command_merge;
extern const struct command command_regrade_diff;
extern const struct command command_run;
extern const struct command command_schema;
extern const struct command command_stack;
extern const struct command command_worlds;

/* Sorted by name; main.c looks a command up in it. */
extern const struct command *const commands[];
extern const size_t command_count;

const struct command *command_find(const char *name); /* NULL: no such */

#endif
