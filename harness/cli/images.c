/*
 * bis images: the lab's base images where only package registries are
 * reached. The work is fixtures/images/images, a script; this finds it and
 * becomes it, so that its terminal, its interrupts and its exit code are those
 * of the command.
 */
#include "base/alloc.h"
#include "base/compiler.h"
#include "cli/command.h"
#include "stack/program.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int become(const char *script, const struct arguments *arguments)
{
	size_t count = arguments->operand_count;
	const char **argv = xcalloc(count + 2, sizeof(*argv));

	argv[0] = script;
	for (size_t i = 0; i < count; i++)
		argv[i + 1] = arguments->operands[i];
	fflush(stdout);
	execv(script, (char *const *)(uintptr_t)argv);
	fprintf(stderr, "bis: images: %s: %s\n", script, strerror(errno));
	free(argv);
	return EXIT_INTERNAL;
}

static int images_main(const struct arguments *arguments)
{
	struct arena arena = ARENA_INIT;
	const char *what = arguments->operand_count ? arguments->operands[0]
						    : "";
	int code = EXIT_INTERNAL;

	if (strcmp(what, "build") && strcmp(what, "list"))
		return command_usage_error("images", "build or list?");
	if (!strcmp(what, "list") && arguments->operand_count > 1)
		return command_usage_error("images", "list takes no operand");
	const char *script = program_find(&arena, "images");
	if (script)
		code = become(script, arguments);
	else
		fprintf(stderr, "bis: images: its script is not there: "
			"reinstall Bis, or run fixtures/images/images of its "
			"sources\n");
	arena_release(&arena);
	return code;
}

static const struct option_spec options[] = { { 0 } };

const struct command command_images = {
	.name = "images",
	.summary = "The lab's base images, from package registries alone",
	.usage = "images build [NAME...] | list",
	.details =
		"Stand-ins for the images that the lab's compose files name, "
		"made of Debian's and\nPyPI's packages as of the lab's time, "
		"for a machine that reaches no image\nregistry. An image that "
		"is the real one is never touched. Exits with 4 where\none "
		"could not be made.",
	.options = options,
	.main = images_main,
};
