/* bis diff A B: do two artifacts or run folders agree, and where not? */
#include "cli/command.h"

#include "base/io.h"
#include "compare/ladder.h"
#include "format/utf8.h"

#include <stdio.h>
#include <string.h>

/* What of each kind is shown: the whole stays below 60 lines. */
enum { SHOWN_DIFFERENCES = 20, SHOWN_ASIDE = 6, SHOWN_FILES = 12,
       SHOWN_SUMMARY = 10, LINE_CHARS = 300 };

static void print_line(const char *indent, const char *text)
{
	struct strbuf line = STRBUF_INIT(STRBUF_LINE);
	size_t len = strlen(text);

	utf8_add_visible(&line, text, len < LINE_CHARS ? len : LINE_CHARS,
			 NULL);
	printf("%s%s%s\n", indent, line.buf, len < LINE_CHARS ? "" : "...");
	strbuf_release(&line);
}

/* The differences of one kind, with a heading. */
static void print_kind(const struct comparison *c, enum difference_kind kind,
		       const char *heading, size_t most)
{
	size_t shown = 0;

	if (!c->counts[kind])
		return;
	printf("\n%s\n", heading);
	for (size_t i = 0; i < c->differences.len && shown < most; i++) {
		struct strbuf text = STRBUF_INIT(STRBUF_LINE);
		if (c->differences.at[i].kind != kind)
			continue;
		difference_print(&c->differences.at[i], &text);
		print_line("  ", text.buf);
		strbuf_release(&text);
		shown++;
	}
	if (c->counts[kind] > shown)
		printf("  ... and %zu more\n", c->counts[kind] - shown);
}

static void print_ladder(const struct comparison *c)
{
	static const enum rung rungs[] = {
		RUNG_BYTES, RUNG_CANONICAL, RUNG_PREDICTIONS, RUNG_METRICS,
	};

	for (size_t i = 0; i < ARRAY_SIZE(rungs); i++) {
		const char *holds = c->rung >= rungs[i] ? "yes" : "no";
		if (rungs[i] == RUNG_PREDICTIONS &&
		    c->rung < RUNG_PREDICTIONS && !c->predictions_apply)
			holds = "not applicable";
		if (rungs[i] == RUNG_METRICS && !comparison_has_metrics(c))
			continue;
		printf("  %-12s %s\n", rung_name(rungs[i]), holds);
	}
}

static void print_files(const struct comparison *c)
{
	size_t shown = 0, equal = 0;

	if (c->files.len < 2)
		return;
	printf("\nFiles:\n");
	for (size_t i = 0; i < c->files.len; i++) {
		const struct compared_file *f = &c->files.at[i];
		struct strbuf line = STRBUF_INIT(STRBUF_LINE);
		if (f->rung == RUNG_BYTES) {
			equal++;
			continue;
		}
		if (shown++ >= SHOWN_FILES)
			continue;
		strbuf_addf(&line, "%s (%s): ", f->path, f->format);
		if (f->only)
			strbuf_addf(&line, "only on the %s", f->only);
		else
			strbuf_addstr(&line, rung_name(f->rung));
		print_line("  ", line.buf);
		strbuf_release(&line);
	}
	if (shown > SHOWN_FILES)
		printf("  ... and %zu more\n", shown - SHOWN_FILES);
	printf("  %zu of %zu agree in their bytes, volatile fields set aside\n",
	       equal, c->files.len);
}

static void print_text(const struct comparison *c)
{
	const struct difference *first = comparison_first(c);

	printf("Agree on: %s\n", rung_name(c->rung));
	print_ladder(c);
	if (first) {
		struct strbuf text = STRBUF_INIT(STRBUF_LINE);
		difference_print(first, &text);
		printf("\nFirst difference:\n");
		print_line("  ", text.buf);
		strbuf_release(&text);
	}
	if (c->summary.len)
		printf("\nIn short:\n");
	for (size_t i = 0; i < c->summary.len && i < SHOWN_SUMMARY; i++)
		print_line("  ", c->summary.at[i]);
	if (c->summary.len > SHOWN_SUMMARY)
		printf("  ... and %zu more\n", c->summary.len - SHOWN_SUMMARY);
	print_files(c);
	if (c->counts[DIFFERENCE_VALUE] > 1)
		print_kind(c, DIFFERENCE_VALUE, "Differences:",
			   SHOWN_DIFFERENCES);
	print_kind(c, DIFFERENCE_NON_SEMANTIC,
		   "Set aside, parameters that change nothing:", SHOWN_ASIDE);
	print_kind(c, DIFFERENCE_VOLATILE,
		   "Set aside, volatile by declaration:", SHOWN_ASIDE);
}

static void print_json(const struct comparison *c)
{
	json_t *out = comparison_to_json(c);

	json_dumpf(out, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
	putchar('\n');
	json_decref(out);
}

static int print_result(const struct comparison *c, const char *format)
{
	if (!format || strcmp(format, "text") == 0)
		print_text(c);
	else
		print_json(c);
	return 0;
}

static int diff_main(const struct arguments *arguments)
{
	const char *format = argument_value(arguments, "format");
	const char *wanted = argument_value(arguments, "rung");
	struct compare_options options = {
		.no_predictions =
			argument_value(arguments, "no-predictions") != NULL,
	};
	struct comparison c = COMPARISON_INIT;
	struct error err = ERROR_INIT;
	enum rung rung = RUNG_CANONICAL;

	if (arguments->operand_count != 2)
		return command_usage_error("diff", "two files or folders, not "
					   "%zu", arguments->operand_count);
	if (format && strcmp(format, "text") && strcmp(format, "json"))
		return command_usage_error("diff", "no format `%s`: text, json",
					   format);
	if (wanted && !rung_parse(wanted, &rung))
		return command_usage_error("diff", "no rung `%s`: bytes, "
					   "canonical, predictions, metrics, "
					   "none",
					   wanted);
	int result = compare_paths(arguments->operands[0],
				   arguments->operands[1], &options, &c, &err);
	if (!result) {
		print_result(&c, format);
		result = c.rung >= rung ? EXIT_ALL_PASSED : EXIT_CHECK_FAILED;
	} else {
		fprintf(stderr, "bis: diff: %s\n", err.message);
		result = EXIT_NOT_CHECKED;
	}
	comparison_release(&c);
	return result;
}

static const struct option_spec options[] = {
	{ "format", 0, "FORMAT", false, "text (default) or json" },
	{ "rung", 0, "RUNG", false,
	  "exit with 0 only where they agree on this rung or a higher one "
	  "(default canonical)" },
	{ "no-predictions", 0, NULL, false,
	  "don't evaluate models that differ" },
	{ NULL },
};

const struct command command_diff = {
	.name = "diff",
	.summary = "Compare two artifacts or run folders: the ladder, the "
		   "first difference",
	.usage = "diff A B [options]",
	.details =
		"Two files, or two folders file by file. The rungs are bytes, "
		"canonical (the\ndecoded values), predictions (of models), "
		"none. Nothing in the files is executed.\n"
		"Exits with 0 where they agree, 1 where they don't, 4 where "
		"that can't be said.\n",
	.options = options,
	.main = diff_main,
};
