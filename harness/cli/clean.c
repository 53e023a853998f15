/* bis clean: removes what earlier, killed runs left behind. */
#include "cli/command.h"
#include "stack/container_leftovers.h"
#include "stack/reaper.h"
#include "submission/scratch.h"

#include <stdio.h>

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* What is kept for the next run of containers. */
static int clean_images(void)
{
	struct error err = ERROR_INIT;
	size_t images;

	if (container_images_remove(&images, &err) < 0) {
		fprintf(stderr, "bis: clean: %s\n", err.message);
		return EXIT_INTERNAL;
	}
	printf("removed: %zu image%s\n", images, plural(images));
	return EXIT_ALL_PASSED;
}

static void say_what_stays(size_t folders, const struct error *why)
{
	if (folders)
		fprintf(stderr, "bis: clean: %zu folder%s could not be removed "
			"wholly: %s%s\n", folders, plural(folders),
			folders > 1 ? "the first, " : "", why->message);
}

static int clean_main(const struct arguments *arguments)
{
	struct scratch_cleaned scratch;
	struct reaped reaped;

	if (arguments->operand_count)
		return command_usage_error("clean", "takes no operand");
	reaper_clean(&reaped);
	scratch_clean(&scratch);
	reaped.folders += scratch.removed;
	if (reaped.folders || reaped.processes)
		printf("removed: %zu folder%s, %zu process%s\n",
		       reaped.folders, plural(reaped.folders),
		       reaped.processes, reaped.processes == 1 ? "" : "es");
	else
		printf("nothing was left behind\n");
	if (reaped.alive)
		printf("left alone: %zu running stack%s\n",
		       reaped.alive, plural(reaped.alive));
	say_what_stays(reaped.stubborn, &reaped.why);
	say_what_stays(scratch.stubborn, &scratch.why);
	if (reaped.stubborn || scratch.stubborn)
		return EXIT_NOT_CHECKED;
	return argument_value(arguments, "images") ? clean_images()
						   : EXIT_ALL_PASSED;
}

static const struct option_spec options[] = {
	{ .name = "images",
	  .help = "remove the images that are kept for the next run, too" },
	{ 0 },
};

const struct command command_clean = {
	.name = "clean",
	.summary = "Remove what an earlier, killed run left behind",
	.usage = "clean [--images]",
	.details =
		"Processes, containers, folders and shared memory of runs whose bis and "
		"supervisor are both\ngone. Runs that go on are left alone. "
		"Every start of a stack does the same.",
	.options = options,
	.main = clean_main,
};
