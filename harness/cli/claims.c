/* bis claims REPORT.md: does the written report say what is so? */
#include "claims/claims.h"

#include "base/interrupt.h"
#include "base/io.h"
#include "base/number.h"
#include "base/path.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/trainings.h"
#include "scenario/scenario.h"
#include "stack/account.h"
#include "submission/submission.h"

#include <stdio.h>
#include <string.h>

enum { MOST_ORDERS = 100000 };

static const struct option_spec options[] = {
	{.name = "data",
	 .argument = "DIR",
	 .help = "the months' folders: try the numbers in every history of "
		 "them"},
	{.name = "format", .argument = "FORMAT", .help = "text or json [text]"},
	{.name = "lab",
	 .argument = "NAME",
	 .help = "what reports may claim [streamflow/claims]"},
	{.name = "lang", .argument = "LANG", .help = "en or fr"},
	{.name = "orders",
	 .argument = "N",
	 .help = "row orders in each history [as the lab says: 50]"},
	{.name = "out",
	 .argument = "DIR",
	 .help = "write the marked report and claims.json there"},
	{.name = "result",
	 .argument = "FILE",
	 .help = "a result.json of bis run: what a run gave"},
	{.name = "submission",
	 .argument = "DIR",
	 .help = "what was handed in: what its author's runs recorded"},
	{0},
};

struct checking {
	const struct arguments *arguments;
	struct arena arena;
	struct claim_kinds kinds;
	struct truth truth;
	struct submission submission;
	struct claims claims;
};

static int read_kinds(struct checking *c, struct error *err)
{
	const char *name = argument_value(c->arguments, "lab");
	const char *path;

	if (scenario_find(name ? name : "streamflow/claims", &c->arena, &path,
			  err) < 0)
		return -1;
	return claim_kinds_read(path, &c->arena, &c->kinds, err);
}

static int read_submission(struct checking *c, struct error *err)
{
	const char *source = argument_value(c->arguments, "submission");
	struct submission_options o = {.source = source, .arena = &c->arena};
	struct account account;
	json_t *layout;
	int result;

	if (!source)
		return 0;
	if (account_choose(&account, err) < 0)
		return -1;
	o.owner = (struct scratch_owner){account.drop, account.uid,
					 account.gid};
	if (submission_open(&o, &c->submission, err) < 0)
		return -1;
	layout = json_pack("{s:[s, s, s, s]}", "generated", "mlflow.db",
			   "mlruns.db", "mlruns", "mlartifacts");
	result = submission_prepare(&c->submission, layout, NULL, err);
	json_decref(layout);
	if (!result)
		truth_take_recorded(&c->truth, c->submission.root,
				    c->submission.recorded, &c->arena);
	return result;
}

static int read_data(struct checking *c, struct error *err)
{
	const char *data = argument_value(c->arguments, "data");
	const char *orders = argument_value(c->arguments, "orders");
	struct worlds_options o = {
		.data = data,
		.progress = trainings_progress(),
	};
	int64_t n = 0;

	if (orders && !number_parse_int(orders, 1, MOST_ORDERS, &n))
		return error_set(err, ERROR_INVALID,
				 "--orders: '%s' is no number from 1 to %d",
				 orders, MOST_ORDERS);
	if (!data)
		return 0;
	if (!c->kinds.worlds)
		return error_set(err, ERROR_INVALID,
				 "%s names no file of worlds, so --data can't "
				 "be used",
				 c->kinds.path);
	o.orders = (size_t)n;
	return truth_take_data(&c->truth, c->kinds.worlds, &o, &c->arena, err);
}

static int check(struct checking *c, struct error *err)
{
	const char *result = argument_value(c->arguments, "result");

	if (read_kinds(c, err) < 0 ||
	    (result && truth_read_result(&c->truth, result, err) < 0) ||
	    read_submission(c, err) < 0 || read_data(c, err) < 0)
		return -1;
	return claims_check(&c->claims, c->arguments->operands[0], &c->kinds,
			    &c->truth, &c->arena, err);
}

/* "rapport.md" to "DIR/rapport.checked.md". */
static const char *marked_path(struct checking *c, const char *dir)
{
	const char *name = path_basename(c->claims.report.path);
	size_t len = strlen(name);

	if (len > 3 && !strcmp(name + len - 3, ".md"))
		len -= 3;
	return path_join(&c->arena, dir,
			 arena_printf(&c->arena, "%.*s.checked.md", (int)len,
				      name));
}

static int write_files(struct checking *c, const json_t *document,
		       struct error *err)
{
	const char *dir = argument_value(c->arguments, "out");
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	char *json;
	int result;

	if (!dir)
		return 0;
	claims_marked(&c->claims.report, &text);
	json = json_dumps(document, JSON_INDENT(1));
	result = io_make_folders(dir, 0755, err);
	if (!result)
		result = io_write_file(marked_path(c, dir), text.buf, text.len,
				       0644, err);
	if (!result)
		result = io_write_file(path_join(&c->arena, dir, "claims.json"),
				       json, strlen(json), 0644, err);
	free(json);
	strbuf_release(&text);
	return result;
}

static int print(struct checking *c, bool as_json, struct error *err)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	json_t *document = claims_json(&c->claims.report);
	int result = write_files(c, document, err);

	if (!result && as_json) {
		json_dumpf(document, stdout, JSON_INDENT(1));
		putchar('\n');
	} else if (!result) {
		claims_text(&c->claims.report, &text);
		fputs(text.buf, stdout);
	}
	json_decref(document);
	strbuf_release(&text);
	return result;
}

static int exit_code(const struct checking *c)
{
	const size_t *counts = c->claims.judgement.counts;

	return counts[CLAIM_CONTRADICTED] || counts[CLAIM_OTHER_WORLD]
		       ? EXIT_CHECK_FAILED
		       : EXIT_ALL_PASSED;
}

static int complain(const struct error *err)
{
	fprintf(stderr, "bis: claims: %s\n", err->message);
	if (interrupt_signal())
		return 128 + interrupt_signal();
	return err->kind == ERROR_INTERNAL ? EXIT_INTERNAL : EXIT_USAGE;
}

static int claims_main(const struct arguments *arguments)
{
	const char *format = argument_value(arguments, "format");
	bool as_json = format && !strcmp(format, "json");
	struct checking c = {.arguments = arguments};
	const char *lang = argument_value(arguments, "lang");
	enum language language;
	struct error err = ERROR_INIT;
	int code;

	if (arguments->operand_count != 1)
		return command_usage_error("claims", "which report?");
	if (format && !as_json && strcmp(format, "text") != 0)
		return command_usage_error("claims",
					   "no format `%s`: there are text "
					   "and json",
					   format);
	if (!lang)
		language = language_of_environment();
	else if (!language_parse(lang, &language))
		return command_usage_error(
			"claims", "no language `%s`: there are en and fr",
			lang);
	interrupt_install();
	int rc = check(&c, &err);
	c.claims.report.language = language;
	if (rc < 0 || print(&c, as_json, &err) < 0)
		code = complain(&err);
	else
		code = exit_code(&c);
	claims_release(&c.claims);
	truth_release(&c.truth);
	claim_kinds_release(&c.kinds);
	if (argument_value(arguments, "submission"))
		submission_release(&c.submission, NULL);
	arena_release(&c.arena);
	return code;
}

const struct command command_claims = {
	.name = "claims",
	.summary = "Does a written report say what is so?",
	.usage = "claims REPORT.md [options]",
	.details =
		"Finds what a report claims (metrics, runs, counts, dates, "
		"services, ...) and says of\neach: confirmed, contradicted "
		"(with the right value), true in another history of\nthe data "
		"(which), or not checked (why). Exits with 1 where a claim is "
		"contradicted or\nholds only in another history.\n",
	.options = options,
	.main = claims_main,
};
