#include "cli/arguments.h"
#include "cli/commands.h"
#include "tests/test.h"

static const struct option_spec options[] = {
	{ "jobs", 'j', "N", false, "how many at a time" },
	{ "keep", 'k', NULL, false, "leave it running" },
	{ "quiet", 'q', NULL, true, "say less" },
	{ "var", 0, "NAME=VALUE", true, "set a variable" },
	{ NULL, 0, NULL, false, NULL },
};
static const struct command command = {
	.name = "try", .summary = "Tries.", .usage = "try [FILE]...",
	.options = options,
};

static struct arena arena;
static struct arguments arguments;
static struct error err;
static bool help;

static int parse(const char *line)
{
	static char words[512];
	static char *argv[32];
	int argc = 0;

	arena_release(&arena);
	err = (struct error)ERROR_INIT;
	snprintf(words, sizeof(words), "%s", line);
	for (char *p = words; *p && argc < 31;) {
		argv[argc++] = p;
		p += strcspn(p, " ");
		if (*p)
			*p++ = '\0';
	}
	argv[argc] = NULL;
	return arguments_parse(&command, argc, argv, &arena, &arguments, &help,
			       &err);
}

START_TEST(a_value_follows_or_stands_in_the_same_word)
{
	static const char *const ways[] = { "--jobs 4", "--jobs=4", "-j 4",
					    "-j4", "-kj4", "x --jobs 4 y" };

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		ck_assert_int_eq(parse(ways[i]), 0);
		ck_assert_str_eq(argument_value(&arguments, "jobs"), "4");
	}
	ck_assert_int_eq(parse("--jobs="), 0);
	ck_assert_str_eq(argument_value(&arguments, "jobs"), "");
}
END_TEST

START_TEST(options_and_operands_mix_and_two_dashes_end_options)
{
	ck_assert_int_eq(parse("a --keep b - -- --jobs -k"), 0);
	ck_assert_uint_eq(arguments.operand_count, 5);
	ck_assert_str_eq(arguments.operands[0], "a");
	ck_assert_str_eq(arguments.operands[1], "b");
	ck_assert_str_eq(arguments.operands[2], "-");
	ck_assert_str_eq(arguments.operands[3], "--jobs");
	ck_assert_str_eq(arguments.operands[4], "-k");
	ck_assert_str_eq(argument_value(&arguments, "keep"), "");
	ck_assert_ptr_null(argument_value(&arguments, "jobs"));
}
END_TEST

START_TEST(a_repeated_option_keeps_every_value_in_order)
{
	size_t count;

	ck_assert_int_eq(parse("--var a=1 x --var=b=2"), 0);
	const char *const *values = argument_values(&arguments, "var", &count);
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(values[0], "a=1");
	ck_assert_str_eq(values[1], "b=2");
	ck_assert_int_eq(parse("-qqqqqq"), 0);
	argument_values(&arguments, "quiet", &count);
	ck_assert_uint_eq(count, 6);
	ck_assert_int_eq(parse(""), 0);
	argument_values(&arguments, "var", &count);
	ck_assert_uint_eq(count, 0);
}
END_TEST

static const struct {
	const char *line, *complaint;
} bad[] = {
	{ "--jops 4", "no option --jops; did you mean --jobs?" },
	{ "--zebra", "no option --zebra" },
	{ "-x", "no option -x" },
	{ "--jobs", "--jobs needs a value: N" },
	{ "-j", "--jobs needs a value: N" },
	{ "--keep=yes", "--keep takes no value" },
	{ "--jobs 1 --jobs 2", "--jobs is given twice" },
	{ "-kk", "--keep is given twice" },
	{ "--job 4", "no option --job; did you mean --jobs?" },
};

START_TEST(what_the_table_does_not_allow_is_refused_by_name)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		ck_assert_int_eq(parse(bad[i].line), -1);
		ck_assert_str_eq(err.message, bad[i].complaint);
		ck_assert_int_eq(err.kind, ERROR_INVALID);
	}
}
END_TEST

START_TEST(help_wins_over_mistakes_but_not_behind_two_dashes)
{
	ck_assert_int_eq(parse("--zebra --help"), 0);
	ck_assert(help);
	ck_assert_int_eq(parse("-- --help"), 0);
	ck_assert(!help);
}
END_TEST

START_TEST(help_lists_every_option)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);

	arguments_help(&command, &text);
	ck_assert_ptr_nonnull(strstr(text.buf, "Usage: bis try [FILE]...\n"));
	ck_assert_ptr_nonnull(
		strstr(text.buf, "  -j, --jobs N            how many"));
	ck_assert_ptr_nonnull(
		strstr(text.buf, "      --var NAME=VALUE    set a variable\n"));
	strbuf_release(&text);
}
END_TEST

START_TEST(commands_are_sorted_and_found)
{
	for (size_t i = 0; i < command_count; i++) {
		ck_assert(i == 0 || strcmp(commands[i - 1]->name,
					   commands[i]->name) < 0);
		ck_assert_ptr_eq(command_find(commands[i]->name), commands[i]);
		ck_assert_ptr_nonnull(commands[i]->main);
	}
	ck_assert_ptr_null(command_find("nothing"));
}
END_TEST

TESTS_MAIN("cli/arguments", a_value_follows_or_stands_in_the_same_word,
	   options_and_operands_mix_and_two_dashes_end_options,
	   a_repeated_option_keeps_every_value_in_order,
	   what_the_table_does_not_allow_is_refused_by_name,
	   help_wins_over_mistakes_but_not_behind_two_dashes,
	   help_lists_every_option, commands_are_sorted_and_found)
