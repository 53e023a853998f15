/* bis worlds: in which history of the data is this number true? */
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/trainings.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/interrupt.h"
#include "base/number.h"
#include "base/vec.h"
#include "scenario/scenario.h"
#include "worlds/target.h"
#include "worlds/worlds_json.h"

#include <stdio.h>
#include <string.h>

enum { MOST_ORDERS = 100000 };

static const struct option_spec options[] = {
	{.name = "as-of",
	 .argument = "DATE",
	 .help = "only worlds with the features of that day"},
	{.name = "data",
	 .argument = "DIR",
	 .help = "the folder with a folder for each month"},
	{.name = "format", .argument = "FORMAT", .help = "text or json [text]"},
	{.name = "lab",
	 .argument = "NAME",
	 .help = "what the lab trains [streamflow/worlds]"},
	{.name = "metric",
	 .argument = "NAME=VALUE",
	 .repeats = true,
	 .help = "a metric as printed, like auc=.6208; several are one run's"},
	{.name = "model",
	 .argument = "FILE",
	 .help = "take parameters, seed and column order from this model, and "
		 "look for the model itself"},
	{.name = "model-digest",
	 .argument = "HEX",
	 .help = "look for the model with this SHA-256 or git blob id"},
	{.name = "order",
	 .argument = "FILE",
	 .help = "try the order of these keys, one a line, too"},
	{.name = "orders",
	 .argument = "N",
	 .help = "row orders in each world [as the lab says: 50]"},
	{0},
};

struct asking {
	const struct arguments *arguments;
	struct arena arena;
	struct worlds_lab lab;
	struct worlds_options options;
	struct metric_target *targets;
	size_t n_targets;
	const char *digest;
	struct worlds worlds;
};

static int read_lab(struct asking *a, struct error *err)
{
	const char *name = argument_value(a->arguments, "lab");
	const char *path;

	if (scenario_find(name ? name : "streamflow/worlds", &a->arena, &path,
			  err) < 0)
		return -1;
	return worlds_lab_read(path, &a->arena, &a->lab, err);
}

static int read_model(struct asking *a, struct error *err)
{
	const char *model = argument_value(a->arguments, "model");
	struct file_digest digest;

	a->digest = argument_value(a->arguments, "model-digest");
	if (!model)
		return 0;
	if (worlds_lab_take_model(&a->lab, model, &a->arena, err) < 0 ||
	    hash_file(model, &digest, err) < 0)
		return -1;
	if (!a->digest)
		a->digest = arena_strdup(&a->arena, digest.sha256);
	return 0;
}

static int read_targets(struct asking *a, struct error *err)
{
	const char *const *texts =
		argument_values(a->arguments, "metric", &a->n_targets);

	a->targets = arena_array(&a->arena, a->n_targets + 1,
				 sizeof(*a->targets));
	for (size_t i = 0; i < a->n_targets; i++)
		if (metric_target_parse(&a->targets[i], texts[i], &a->lab,
					&a->arena, err) < 0)
			return -1;
	return 0;
}

static int read_options(struct asking *a, struct error *err)
{
	const char *orders = argument_value(a->arguments, "orders");
	int64_t n = 0;

	if (orders && !number_parse_int(orders, 1, MOST_ORDERS, &n))
		return error_set(err, ERROR_INVALID,
				 "--orders: '%s' is no number from 1 to %d",
				 orders, MOST_ORDERS);
	if (a->digest && strspn(a->digest, "0123456789abcdefABCDEF") !=
				 strlen(a->digest))
		return error_set(err, ERROR_INVALID,
				 "--model-digest: '%s' is not hexadecimal",
				 a->digest);
	if (a->digest && strlen(a->digest) != SHA256_HEX - 1 &&
	    strlen(a->digest) != SHA1_HEX - 1)
		return error_set(err, ERROR_INVALID,
				 "--model-digest: a SHA-256 has 64 digits, a "
				 "git blob id 40; these are %zu",
				 strlen(a->digest));
	a->options = (struct worlds_options){
		.data = argument_value(a->arguments, "data"),
		.as_of = argument_value(a->arguments, "as-of"),
		.order_file = argument_value(a->arguments, "order"),
		.orders = (size_t)n,
		.digests = a->digest != NULL,
		.progress = trainings_progress(),
	};
	return 0;
}

static int ask(struct asking *a, struct error *err)
{
	if (read_lab(a, err) < 0 || read_model(a, err) < 0 ||
	    read_targets(a, err) < 0 || read_options(a, err) < 0)
		return -1;
	return worlds_fit(&a->lab, &a->options, &a->arena, &a->worlds, err);
}

static void print_text(const struct asking *a,
		       const struct world_standing *list)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);

	worlds_say(&a->worlds, list, a->targets, a->n_targets, a->digest,
		   &text);
	fputs(text.buf, stdout);
	strbuf_release(&text);
}

static void print_json(const struct asking *a,
		       const struct world_standing *list)
{
	json_t *document =
		worlds_json(&a->worlds, list, a->targets, a->n_targets);

	json_dumpf(document, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
	putchar('\n');
	json_decref(document);
}

static int exit_code(const struct error *err)
{
	if (interrupt_signal())
		return 128 + interrupt_signal();
	return err->kind == ERROR_INTERNAL ? EXIT_INTERNAL : EXIT_USAGE;
}

static int worlds_main(const struct arguments *arguments)
{
	const char *format = argument_value(arguments, "format");
	struct asking a = {.arguments = arguments};
	struct error err = ERROR_INIT;
	bool json = format && !strcmp(format, "json");
	int code = EXIT_ALL_PASSED;

	if (arguments->operand_count)
		return command_usage_error("worlds",
					   "what is `%s`? The data goes after "
					   "--data",
					   arguments->operands[0]);
	if (format && !json && strcmp(format, "text") != 0)
		return command_usage_error("worlds",
					   "no format `%s`: there are text "
					   "and json",
					   format);
	if (!argument_value(arguments, "data"))
		return command_usage_error("worlds", "--data is needed");
	if (!argument_value(arguments, "metric") &&
	    !argument_value(arguments, "model") &&
	    !argument_value(arguments, "model-digest"))
		return command_usage_error("worlds",
					   "what is looked for? --metric "
					   "auc=.6208, or --model FILE");
	interrupt_install();
	if (ask(&a, &err) < 0) {
		fprintf(stderr, "bis: worlds: %s\n", err.message);
		code = exit_code(&err);
	} else {
		const struct world_standing *list =
			worlds_judge(&a.worlds, a.targets, a.n_targets,
				     a.digest, &a.arena);

		(json ? print_json : print_text)(&a, list);
	}
	worlds_lab_release(&a.lab);
	arena_release(&a.arena);
	return code;
}

const struct command command_worlds = {
	.name = "worlds",
	.summary = "In which history of the data is a number true?",
	.usage = "worlds --data DIR --metric auc=.6208 [options]",
	.details =
		"Trains the lab's model again in every history that the data "
		"allows: labels of\none month, features of one, the rows in "
		"many orders. Says which of them give the\nnumber, or how "
		"many lie at or beyond it and where the others lie.\n",
	.options = options,
	.main = worlds_main,
};
