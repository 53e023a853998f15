/* bis: finds the command, reads its options, runs it, closes stdout. */
#include "config.h"

#include "base/suggest.h"
#include "cli/arguments.h"
#include "cli/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char about[] =
	"bis, again: run it twice: the same numbers, or the exact reason why "
	"not.\n";

static const char exit_codes[] =
	"Exit codes: 0 every scored check passed, 1 a scored check failed or is "
	"blocked,\n2 usage, 3 the scenario or stack file is invalid, 4 a scored "
	"check could not be\nchecked, 5 internal error, 128+n ended by signal n.\n";

static void print_help(void)
{
	printf("Usage: bis COMMAND [options]\n\n%s\nCommands:\n", about);
	for (size_t i = 0; i < command_count; i++)
		if (!commands[i]->hidden)
			printf("  %-10s %s\n", commands[i]->name,
			       commands[i]->summary);
	printf("\n`bis COMMAND --help` says more; so does bis(1).\n%s",
	       exit_codes);
}

static const char *command_name_at(const void *list, size_t i)
{
	return ((const struct command *const *)list)[i]->name;
}

static int unknown_command(const char *name)
{
	const char *near = suggest_name(name, commands, command_count,
					command_name_at);

	fprintf(stderr, "bis: no command `%s`", name);
	if (near)
		fprintf(stderr, "; did you mean `%s`?\n", near);
	else
		fputs("; `bis --help` lists them\n", stderr);
	return EXIT_USAGE;
}

static int run_command(const struct command *command, int argc, char **argv)
{
	struct arena arena = ARENA_INIT;
	struct arguments arguments;
	struct error err = ERROR_INIT;
	bool help = false;
	int code;

	if (arguments_parse(command, argc, argv, &arena, &arguments, &help,
			    &err) < 0) {
		code = command_usage_error(command->name, "%s", err.message);
	} else if (help) {
		struct strbuf text = STRBUF_INIT(STRBUF_TEXT);

		arguments_help(command, &text);
		fputs(text.buf, stdout);
		strbuf_release(&text);
		code = 0;
	} else {
		code = command->main(&arguments);
	}
	arena_release(&arena);
	return code;
}

static int dispatch(int argc, char **argv)
{
	if (argc < 2) {
		fputs("bis: which command? `bis --help` lists them\n", stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("bis %s\n", PACKAGE_VERSION);
		return 0;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    (!strcmp(argv[1], "help") && argc == 2)) {
		print_help();
		return 0;
	}
	if (!strcmp(argv[1], "help")) {
		char *ask[] = { (char[]){ "--help" }, NULL };
		const struct command *of = command_find(argv[2]);

		return of ? run_command(of, 1, ask) : unknown_command(argv[2]);
	}
	const struct command *command = command_find(argv[1]);
	return command ? run_command(command, argc - 2, argv + 2)
		       : unknown_command(argv[1]);
}

/* Descriptors 0 to 2 exist from here on, so that no file of ours takes the
 * place of one that the caller closed. */
static void hold_stdio(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

/* A result that was not written whole (no space on the device) is no
 * success, whatever the command found. */
static int close_stdout(int code)
{
	int failed = ferror(stdout);

	errno = 0;
	if (fclose(stdout) == 0 && !failed)
		return code;
	fprintf(stderr, "bis: standard output could not be written%s%s\n",
		errno ? ": " : "", errno ? strerror(errno) : "");
	return EXIT_INTERNAL;
}

int main(int argc, char **argv)
{
	hold_stdio();
	return close_stdout(dispatch(argc, argv));
}
