/*
 * Renders the sample results in a format, on stdout: `render passing markdown
 * fr`. `make update-report-fixtures` writes fixtures/report/ with it.
 */
#include "tests/report/sample.h"

#include "report/report.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	struct arena arena = ARENA_INIT;
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	struct report_options options = { .folder = "reports/streamflow-tp4" };
	const struct report_format *format =
		argc == 4 ? report_format_find(argv[2]) : NULL;
	struct result *result;

	if (!format || !language_parse(argv[3], &options.language)) {
		fputs("usage: render passing|failing FORMAT LANGUAGE\n",
		      stderr);
		return 2;
	}
	result = !strcmp(argv[1], "passing") ? sample_passing(&arena)
					     : sample_failing(&arena);
	format->render(result, &options, &text);
	fwrite(text.buf, 1, text.len, stdout);
	strbuf_release(&text);
	result_release(result);
	arena_release(&arena);
	return 0;
}
