/* bis list: the scenarios that are there. */
#include "cli/commands.h"
#include "format/utf8.h"
#include "scenario/find.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_text(const struct found_scenarios *all)
{
	struct strbuf line = STRBUF_INIT(STRBUF_LINE);
	size_t widest = 0;

	for (size_t i = 0; i < all->len; i++) {
		size_t width = utf8_width(all->at[i].name);

		widest = width > widest && width < 60 ? width : widest;
	}
	for (size_t i = 0; i < all->len; i++) {
		size_t width = utf8_width(all->at[i].name);

		strbuf_reset(&line);
		utf8_add_visible(&line, all->at[i].name,
				 strlen(all->at[i].name), NULL);
		strbuf_addchars(&line, ' ',
				width < widest ? widest - width + 2 : 2);
		utf8_add_visible(&line, all->at[i].title,
				 strlen(all->at[i].title), NULL);
		strbuf_rtrim(&line);
		puts(line.buf);
	}
	strbuf_release(&line);
}

static void print_json(const struct found_scenarios *all)
{
	json_t *list = json_array();
	char *text;

	for (size_t i = 0; i < all->len; i++)
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s}", "name",
					all->at[i].name, "title",
					all->at[i].title, "path",
					all->at[i].path));
	text = json_dumps(list, JSON_INDENT(2));
	puts(text ? text : "[]");
	free(text);
	json_decref(list);
}

static int list_main(const struct arguments *arguments)
{
	const char *format = argument_value(arguments, "format");
	struct found_scenarios all = VEC_INIT;
	struct arena arena = ARENA_INIT;

	if (arguments->operand_count)
		return command_usage_error("list", "takes no operands");
	if (format && strcmp(format, "json") && strcmp(format, "text"))
		return command_usage_error(
			"list", "no format `%s`: there are text and json",
			format);
	scenario_list(&arena, &all);
	if (format && !strcmp(format, "json"))
		print_json(&all);
	else
		print_text(&all);
	vec_release(&all);
	arena_release(&arena);
	return EXIT_ALL_PASSED;
}

static const struct option_spec options[] = {
	{ "format", 0, "FORMAT", false, "text (the default) or json" },
	{ 0 },
};

const struct command command_list = {
	.name = "list",
	.summary = "List the scenarios that are there, with their titles",
	.usage = "list",
	.details = "They are looked for in ./scenarios, in the folders that "
		   "BIS_SCENARIOS names\n(separated by colons), and among the "
		   "installed ones.",
	.options = options,
	.main = list_main,
};
