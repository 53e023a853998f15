/* bis fit: the independent forest by itself, from a CSV to a model.pkl. */
#include "cli/fit_report.h"

#include "base/alloc.h"
#include "base/compiler.h"
#include "base/io.h"
#include "base/number.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "model/csv_table.h"
#include "model/sklearn_pickle.h"
#include "model/split.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARAMS_CAP = 1024 * 1024 };

static const struct option_spec options[] = {
	{.name = "data", .argument = "FILE", .help = "the CSV, with a header"},
	{.name = "metrics",
	 .argument = "FILE",
	 .help = "write the metrics, as JSON"},
	{.name = "out", .argument = "FILE", .help = "write the model.pkl"},
	{.name = "params",
	 .argument = "FILE",
	 .help = "scikit-learn's parameters, as a JSON object"},
	{.name = "proba",
	 .argument = "FILE",
	 .help = "write the probabilities, as CSV"},
	{.name = "split-seed",
	 .argument = "N",
	 .help = "random_state of the split [0]"},
	{.name = "stratify", .help = "split each class alike"},
	{.name = "target",
	 .argument = "COLUMN",
	 .help = "the column to predict"},
	{.name = "test-size",
	 .argument = "SIZE",
	 .help = "share of rows, or how many, to hold back for the metrics"},
	{0},
};

/* Everything of one fit, in the order in which it comes to be. */
struct fitting {
	const struct arguments *arguments;
	struct forest_params params;
	struct csv_table data;
	struct split split;
	uint32_t *y_train;
	struct pipeline pipeline;
	struct fit_report report;
};

static int read_params(struct fitting *f, struct error *err)
{
	const char *path = argument_value(f->arguments, "params");
	struct strbuf json = STRBUF_INIT(PARAMS_CAP);
	int result;

	f->params = forest_params_default;
	if (!path)
		return 0;
	result = io_read_file(path, &json, err);
	if (!result)
		result = forest_params_parse(&f->params, json.buf, json.len,
					     err);
	strbuf_release(&json);
	return result < 0 ? error_context(err, "reading %s", path) : 0;
}

/* Every row for training, and the metrics on them too. */
static void keep_all(struct split *split, size_t n)
{
	split->train = xcalloc(n, sizeof(size_t));
	split->test = xcalloc(n, sizeof(size_t));
	for (size_t i = 0; i < n; i++)
		split->train[i] = split->test[i] = i;
	split->n_train = split->n_test = n;
}

static int split_rows(struct fitting *f, struct error *err)
{
	const char *size = argument_value(f->arguments, "test-size");
	const char *seed = argument_value(f->arguments, "split-seed");
	struct split_params params = {.n_classes = f->data.labels.n};
	int64_t number = 0;

	if (!size) {
		keep_all(&f->split, f->data.table.n_rows);
		return 0;
	}
	if (!number_parse_double(size, &params.test_size))
		return error_set(err, ERROR_INVALID,
				 "--test-size: '%s' is no number", size);
	if (seed && !number_parse_int(seed, 0, UINT32_MAX, &number))
		return error_set(err, ERROR_INVALID,
				 "--split-seed: '%s' is no number from 0 to "
				 "4294967295",
				 seed);
	params.random_state = (uint32_t)number;
	if (argument_value(f->arguments, "stratify"))
		params.stratify = f->data.y;
	return train_test_split(&f->split, f->data.table.n_rows, &params, err);
}

/* The classes of the training rows; each class must be among them. */
static int train_classes(struct fitting *f, struct error *err)
{
	bool *seen = xcalloc(f->data.labels.n, sizeof(*seen));
	int result = 0;

	f->y_train = xcalloc(f->split.n_train, sizeof(*f->y_train));
	for (size_t i = 0; i < f->split.n_train; i++) {
		f->y_train[i] = f->data.y[f->split.train[i]];
		seen[f->y_train[i]] = true;
	}
	for (size_t k = 0; k < f->data.labels.n && !result; k++)
		if (!seen[k])
			result = error_set(err, ERROR_INVALID,
					   "no training row is of class %zu "
					   "of the target: --stratify",
					   k);
	free(seen);
	return result;
}

static int fit(struct fitting *f, struct error *err)
{
	const char *path = argument_value(f->arguments, "data");
	const char *target = argument_value(f->arguments, "target");

	if (read_params(f, err) < 0 ||
	    csv_table_read(&f->data, path, target, err) < 0 ||
	    split_rows(f, err) < 0 || train_classes(f, err) < 0)
		return -1;
	if (pipeline_fit(&f->pipeline, &f->data.table, f->split.train,
			 f->split.n_train, f->y_train, f->data.labels.n,
			 &f->params, 0, err) < 0)
		return -1;
	return fit_report_make(&f->report, &f->pipeline, &f->data, &f->split,
			       err);
}

static int write_model(const struct fitting *f, const char *path,
		       struct error *err)
{
	FILE *file = fopen(path, "wbe");
	struct byte_sink sink = byte_sink_file(file);
	int result;

	if (!file)
		return error_errno(err, errno, "writing %s", path);
	result = sklearn_pickle_pipeline(&f->pipeline, &f->data.labels, &sink,
					 err);
	if (fclose(file) != 0 && !result)
		result = error_errno(err, errno, "writing %s", path);
	return result;
}

static int write_text(const char *path, const struct fit_report *report,
		      void (*write)(const struct fit_report *, struct strbuf *),
		      struct error *err)
{
	struct strbuf text = STRBUF_INIT((size_t)1 << 32);
	int result;

	if (!path)
		return 0;
	write(report, &text);
	result = io_write_file(path, text.buf, text.len, 0644, err);
	strbuf_release(&text);
	return result;
}

static int write_files(const struct fitting *f, struct error *err)
{
	const char *out = argument_value(f->arguments, "out");

	if (out && write_model(f, out, err) < 0)
		return -1;
	if (write_text(argument_value(f->arguments, "metrics"), &f->report,
		       fit_report_metrics, err) < 0)
		return -1;
	return write_text(argument_value(f->arguments, "proba"), &f->report,
			  fit_report_proba, err);
}

static void print_summary(const struct fitting *f)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);

	fit_report_summary(&f->report, &text);
	fputs(text.buf, stdout);
	strbuf_release(&text);
}

static void release(struct fitting *f)
{
	fit_report_release(&f->report);
	pipeline_release(&f->pipeline);
	free(f->y_train);
	split_release(&f->split);
	csv_table_release(&f->data);
}

static int fit_main(const struct arguments *arguments)
{
	struct fitting f = {.arguments = arguments};
	struct error err = ERROR_INIT;
	int code = EXIT_ALL_PASSED;

	if (arguments->operand_count)
		return command_usage_error("fit",
					   "what is `%s`? The file "
					   "goes after --data",
					   arguments->operands[0]);
	if (!argument_value(arguments, "data") ||
	    !argument_value(arguments, "target"))
		return command_usage_error("fit",
					   "--data and --target are needed");
	if (fit(&f, &err) < 0 || write_files(&f, &err) < 0) {
		fprintf(stderr, "bis: fit: %s\n", err.message);
		code = err.kind == ERROR_INTERNAL ? EXIT_INTERNAL : EXIT_USAGE;
	} else {
		print_summary(&f);
	}
	release(&f);
	return code;
}

const struct command command_fit = {
	.name = "fit",
	.summary = "Fit the independent forest to a CSV.",
	.usage = "fit --data FILE --target COLUMN [options]",
	.details =
		"Fits scikit-learn 1.7.2's RandomForestClassifier, bit for "
		"bit, behind the lab's\none-hot encoding of text columns "
		"(first category dropped). PARAMS.json holds\nscikit-learn's "
		"names: {\"n_estimators\": 300, \"random_state\": 42}. "
		"Without\n--test-size all rows are trained on, and the "
		"metrics are of those.\n",
	.options = options,
	.main = fit_main,
};
