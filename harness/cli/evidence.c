/* bis evidence: everything that a verdict on a student rests on, as one
 * archive: for an appeal, or a colleague. */
#include "cli/commands.h"

#include "base/arena.h"
#include "base/io.h"
#include "base/path.h"
#include "grade/entries.h"
#include "grade/pack.h"

#include <stdio.h>

static const struct option_spec options[] = {
	{ .name = "archive", .argument = "FILE",
	  .help = "where to write it (evidence-ID.tar.gz)" },
	{ .name = "out", .argument = "DIR",
	  .help = "the folder that `bis grade` wrote into; needed" },
	{ 0 },
};

/* The reports, the automatic result with logs and models, and those of
 * earlier gradings. */
static const char *const members[] = {
	"report.md", "report.html", "result.json", "junit.xml", "run.log",
	"run", "run-1", "run-2", "run-3", "run-4", "run-5",
};

static int evidence_main(const struct arguments *arguments)
{
	const char *out = argument_value(arguments, "out");
	const char *file = argument_value(arguments, "archive");
	struct arena arena = ARENA_INIT;
	struct error err = ERROR_INIT;
	const char *slug, *folder;
	int code = EXIT_ALL_PASSED;

	if (arguments->operand_count != 1 || !out)
		return command_usage_error("evidence", "of whom, and where? "
					   "`bis evidence ID --out DIR`");
	slug = entry_slug(&arena, arguments->operands[0]);
	folder = arena_printf(&arena, "%s/students/%s", out, slug);
	if (!file)
		file = arena_printf(&arena, "evidence-%s.tar.gz", slug);
	if (!io_exists(folder)) {
		fprintf(stderr, "bis: evidence: %s holds no results of `%s`\n",
			out, arguments->operands[0]);
		code = EXIT_USAGE;
	} else if (pack_folder(file, folder, members, ARRAY_SIZE(members),
			       slug, &err) < 0) {
		fprintf(stderr, "bis: evidence: %s\n", err.message);
		code = EXIT_INTERNAL;
	} else {
		puts(file);
	}
	arena_release(&arena);
	return code;
}

const struct command command_evidence = {
	.name = "evidence",
	.summary = "pack what a student's verdicts rest on",
	.usage = "evidence ID --out DIR",
	.details = "Logs, statements, both models, results and reports of one "
		   "student, also of earlier\ngradings, as one archive.",
	.options = options,
	.main = evidence_main,
};
