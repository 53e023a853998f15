/* The table of commands: a new one is a file and a row here. */
#include "cli/commands.h"

#include "base/compiler.h"

#include <string.h>

const struct command *const commands[] = {
	&command_check,
	&command_claims,
	&command_clean,
	&command_diff,
	&command_doctor,
	&command_evidence,
	&command_explain,
	&command_fit,
	&command_grade,
	&command_images,
	&command_inspect,
	&command_list,
	&command_merge,
	&command_regrade_diff,
	&command_run,
	&command_schema,
	&command_stack,
	&command_worlds,
};
const size_t command_count = ARRAY_SIZE(commands);

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < command_count; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}
