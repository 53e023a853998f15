/*
 * The command line of one command, read by its table of options.
 *
 * As getopt_long() reads it: `--name value`, `--name=value`, `-j 4`, `-j4`,
 * switches in a row (`-ab`), options and operands in any order, `--` before
 * operands that begin with a dash. Names are not abbreviated: a script that
 * says `--sub` today would mean another option tomorrow.
 */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "cli/command.h"

/* What `argv` (after the command's name) says. An unknown option (with a
 * suggestion), a missing value, a value for a switch, and an option given
 * twice that does not repeat are ERROR_INVALID. `--help` or `-h` anywhere
 * before `--` sets *ret_help and nothing else is looked at. The values point
 * into argv, the tables into the arena. */
int arguments_parse(const struct command *command, int argc, char **argv,
		    struct arena *arena, struct arguments *ret, bool *ret_help,
		    struct error *err);

/* The text of `bis COMMAND --help`. */
void arguments_help(const struct command *command, struct strbuf *into);

#endif
