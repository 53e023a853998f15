/* bis merge: the parts of a class, graded apart, in one folder. */
#include "cli/commands.h"

#include "grade/merge.h"

#include <stdio.h>

static const struct option_spec options[] = {
	{ .name = "out", .argument = "DIR",
	  .help = "where they come together; needed" },
	{ 0 },
};

static int merge_main(const struct arguments *arguments)
{
	const char *out = argument_value(arguments, "out");
	struct arena arena = ARENA_INIT;
	struct error err = ERROR_INIT;
	int code = EXIT_ALL_PASSED;

	if (!arguments->operand_count || !out)
		return command_usage_error("merge", "which parts, and where? "
					   "`bis merge PART... --out DIR`");
	for (size_t i = 0; i < arguments->operand_count && !code; i++) {
		size_t added;

		if (merge(out, arguments->operands[i], &arena, &added,
			  &err) < 0) {
			fprintf(stderr, "bis: merge: %s\n", err.message);
			code = err.kind == ERROR_INVALID ? EXIT_USAGE
							 : EXIT_INTERNAL;
		} else {
			printf("%s: %zu\n", arguments->operands[i], added);
		}
	}
	arena_release(&arena);
	return code;
}

const struct command command_merge = {
	.name = "merge",
	.summary = "put parts of a class, graded apart, into one folder",
	.usage = "merge PART... --out DIR",
	.details =
		"A PART is what `bis grade --shard I/N --out PART` wrote. "
		"Afterwards `bis grade` of the\nwhole class with the same "
		"--out finds them graded, grades who is missing, and\nwrites "
		"the reports.",
	.options = options,
	.main = merge_main,
};
