/* bis schema: the JSON Schema of scenario files, for editors. */
#include "cli/commands.h"
#include "cli/tables.h"
#include "scenario/schema.h"

#include <stdio.h>

static int schema_main(const struct arguments *arguments)
{
	const struct scenario_tables tables = cli_tables();
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);

	if (arguments->operand_count)
		return command_usage_error("schema", "takes no operands");
	schema_print(&tables, &text);
	fputs(text.buf, stdout);
	strbuf_release(&text);
	return EXIT_ALL_PASSED;
}

static const struct option_spec options[] = { { 0 } };

const struct command command_schema = {
	.name = "schema",
	.summary = "Print the JSON Schema of scenario files",
	.usage = "schema",
	.details = "An editor with a YAML language server uses it where a "
		   "scenario begins with\n"
		   "  # yaml-language-server: $schema=PATH/scenario.schema.json",
	.options = options,
	.main = schema_main,
};
