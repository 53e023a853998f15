/* bis clean: removes what earlier, killed runs left behind. */
#include "cli/command.h"
#include "stack/reaper.h"

#include <stdio.h>

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static int clean_main(const struct arguments *arguments)
{
	struct reaped reaped;

	if (arguments->operand_count)
		return command_usage_error("clean", "takes no operand");
	reaper_clean(&reaped);
	if (reaped.folders || reaped.processes)
		printf("removed: %zu folder%s, %zu process%s\n",
		       reaped.folders, plural(reaped.folders),
		       reaped.processes, reaped.processes == 1 ? "" : "es");
	else
		printf("nothing was left behind\n");
	if (reaped.alive)
		printf("left alone: %zu running stack%s\n",
		       reaped.alive, plural(reaped.alive));
	if (!reaped.stubborn)
		return EXIT_ALL_PASSED;
	fprintf(stderr, "bis: clean: %zu folder%s could not be removed "
		"wholly\n", reaped.stubborn, plural(reaped.stubborn));
	return EXIT_INTERNAL;
}

static const struct option_spec options[] = { { 0 } };

const struct command command_clean = {
	.name = "clean",
	.summary = "Remove what an earlier, killed run left behind",
	.usage = "clean",
	.details =
		"Processes, folders and shared memory of runs whose bis and "
		"supervisor are both\ngone. Runs that go on are left alone. "
		"Every start of a stack does the same.",
	.options = options,
	.main = clean_main,
};
