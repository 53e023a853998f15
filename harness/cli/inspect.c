/* bis inspect FILE: what an artifact holds, without executing it. */
#include "cli/command.h"
#include "cli/inspect_predict.h"

#include "base/hash.h"
#include "base/number.h"
#include "compare/canonical.h"
#include "compare/comparator.h"
#include "compare/ladder.h"
#include "format/pickle_imports.h"
#include "format/pickle_nodes.h"
#include "format/pickle_summary.h"
#include "format/pickle_tree.h"
#include "format/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_IMPORTS = 40 };

static void print_visible(const char *label, const char *text)
{
	struct strbuf line = STRBUF_INIT(STRBUF_LINE);

	utf8_add_visible(&line, text, strlen(text), NULL);
	printf("%-12s %s\n", label, line.buf);
	strbuf_release(&line);
}

static const char *protocol_text(const struct pickle *p, char *buf, size_t n)
{
	snprintf(buf, n, "pickle, protocol %d%s%s%s", p->protocol,
		 p->joblib ? ", joblib's arrays" : "",
		 p->compression ? ", compressed with " : "",
		 p->compression ? p->compression : "");
	return buf;
}

/* numpy._core is NumPy 2's name for what was numpy.core. */
static const char *numpy_version(const struct pickle *p)
{
	const char *found = NULL;

	for (size_t i = 0; i < p->n_globals; i++) {
		const char *module = p->globals[i]->module;
		if (strncmp(module, "numpy._core", 11) == 0)
			return "2 or later, by its names";
		if (strncmp(module, "numpy.core", 10) == 0)
			found = "before 2, by its names";
	}
	return found;
}

static void print_list(const char *label, const json_t *list)
{
	struct strbuf line = STRBUF_INIT(STRBUF_LINE);
	size_t n = json_array_size(list);

	if (!n)
		return;
	for (size_t i = 0; i < n && line.len < 400; i++) {
		const char *name = json_string_value(json_array_get(list, i));
		strbuf_addf(&line, "%s%s", i ? ", " : "", name ? name : "?");
	}
	print_visible(label, line.buf);
	strbuf_release(&line);
}

static void print_params(const json_t *params)
{
	struct strbuf line = STRBUF_INIT(STRBUF_LINE);
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)params, name, value) {
		char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
		if (text && strlen(text) < 60)
			strbuf_addf(&line, "%s%s=%s", line.len ? " " : "",
				    name, text);
		free(text);
	}
	print_visible("parameters", line.buf);
	strbuf_release(&line);
}

static void print_model(const json_t *summary)
{
	const json_t *steps = json_object_get(summary, "steps");
	const json_t *estimator = json_object_get(summary, "estimator");
	const json_t *trees = json_object_get(estimator, "n_trees");
	const json_t *versions = json_object_get(summary, "versions");

	print_visible("class",
		      json_string_value(json_object_get(summary, "class")));
	for (size_t i = 0; i < json_array_size(steps); i++) {
		const json_t *step = json_array_get(steps, i);
		struct strbuf line = STRBUF_INIT(1024);
		const char *name =
			json_string_value(json_object_get(step, "name"));
		const char *class_name =
			json_string_value(json_object_get(step, "class"));
		strbuf_addf(&line, "%s: %s", name ? name : "?",
			    class_name ? class_name : "?");
		print_visible(i ? "" : "steps", line.buf);
		strbuf_release(&line);
	}
	if (trees)
		printf("%-12s %lld with %lld nodes\n", "trees",
		       (long long)json_integer_value(trees),
		       (long long)json_integer_value(
			       json_object_get(estimator, "n_nodes")));
	if (json_object_size(json_object_get(estimator, "params")))
		print_params(json_object_get(estimator, "params"));
	print_list("features", json_object_get(summary, "feature_names_in"));
	print_list("categorical", json_object_get(summary, "text_columns"));
	print_list("numeric", json_object_get(summary, "numeric_columns"));
	if (versions)
		print_visible("scikit-learn", json_string_value(
			json_object_get(versions, "sklearn")));
}

static void print_imports(const struct pickle *p)
{
	printf("\nIt would import (%zu):\n", p->n_globals);
	for (size_t i = 0; i < p->n_globals && i < SHOWN_IMPORTS; i++) {
		const struct pickle_global *g = p->globals[i];
		struct strbuf line = STRBUF_INIT(2048);
		strbuf_addf(&line, "%s.%s%s", g->module, g->name,
			    g->calls ? " (called)" : "");
		printf("  ");
		print_visible(import_verdict_name(import_judge(g->full)),
			      line.buf);
		strbuf_release(&line);
	}
	if (p->n_globals > SHOWN_IMPORTS)
		printf("  ... and %zu more\n", p->n_globals - SHOWN_IMPORTS);
}

static void print_pickle(const struct pickle *p, const char *canonical,
			 bool whole_tree)
{
	struct strbuf tree = STRBUF_INIT(STRBUF_TEXT);
	const struct pickle_tree_limits limits = {
		whole_tree ? 30 : 4, whole_tree ? 1000 : 2,
		whole_tree ? 100000 : 60,
	};
	json_t *summary = pickle_summary(p);
	const char *numpy = numpy_version(p);
	char buf[120];

	print_visible("format", protocol_text(p, buf, sizeof(buf)));
	print_visible("canonical", canonical);
	printf("%-12s %zu opcodes, %u values, %zu arrays\n", "holds",
	       p->n_opcodes, p->n_values, p->n_arrays);
	print_model(summary);
	if (numpy)
		print_visible("NumPy", numpy);
	print_visible("verdict", import_verdict_name(pickle_judge(p)));
	print_imports(p);
	printf("\n");
	pickle_tree_print(p, &limits, &tree);
	fwrite(tree.buf, 1, tree.len, stdout);
	strbuf_release(&tree);
	json_decref(summary);
}

static json_t *imports_json(const struct pickle *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->n_globals; i++) {
		const struct pickle_global *g = p->globals[i];
		json_array_append_new(list, json_pack(
			"{s:s, s:s, s:s, s:s, s:I, s:I, s:I}", "module",
			g->module, "name", g->name, "full", g->full, "verdict",
			import_verdict_name(import_judge(g->full)), "offset",
			(json_int_t)g->offset, "uses", (json_int_t)g->uses,
			"calls", (json_int_t)g->calls));
	}
	return list;
}

static json_t *pickle_json(const struct pickle *p, const char *canonical)
{
	json_t *out = pickle_summary(p);
	const char *numpy = numpy_version(p);

	json_object_set_new(out, "canonical", json_string(canonical));
	json_object_set_new(out, "opcodes",
			    json_integer((json_int_t)p->n_opcodes));
	json_object_set_new(out, "values",
			    json_integer((json_int_t)p->n_values));
	json_object_set_new(out, "arrays",
			    json_integer((json_int_t)p->n_arrays));
	json_object_set_new(out, "compression", p->compression
			    ? json_string(p->compression) : json_null());
	if (numpy)
		json_object_set_new(out, "numpy", json_string(numpy));
	json_object_set_new(out, "verdict", json_string(
		import_verdict_name(pickle_judge(p))));
	json_object_set_new(out, "imports", imports_json(p));
	return out;
}

static void dump(json_t *out)
{
	json_dumpf(out, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
	putchar('\n');
}

static int show_nodes(const struct pickle *p, const char *tree,
		      struct error *err)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	int64_t index;

	if (!number_parse_int(tree, 0, INT32_MAX, &index))
		return error_set(err, ERROR_INVALID, "--tree takes a number");
	int result = pickle_nodes_print(p, (size_t)index, &text, err);
	if (!result)
		fwrite(text.buf, 1, text.len, stdout);
	strbuf_release(&text);
	return result;
}

static void show_json(const struct pickle *p, const char *path,
		      const struct file_digest *digest, const char *canonical)
{
	json_t *out = pickle_json(p, canonical);

	json_object_set_new(out, "path", json_string(path));
	json_object_set_new(out, "bytes", json_integer(digest->size));
	json_object_set_new(out, "sha256", json_string(digest->sha256));
	json_object_set_new(out, "git_blob", json_string(digest->git_blob));
	dump(out);
	json_decref(out);
}

static int show_pickle(const struct pickle *p, const char *path,
		       const struct file_digest *digest,
		       const struct arguments *arguments, struct error *err)
{
	const char *tree = argument_value(arguments, "tree");
	const char *data = argument_value(arguments, "predict");
	char canonical[SHA256_HEX];

	if (data)
		return inspect_predict(p, path, data, err);
	if (tree)
		return show_nodes(p, tree, err);
	if (canonical_digest_pickle(p, &declared_mlflow, canonical, err) < 0)
		return -1;
	if (argument_value(arguments, "json"))
		show_json(p, path, digest, canonical);
	else
		print_pickle(p, canonical,
			     argument_value(arguments, "all") != NULL);
	return 0;
}

/* Pickles: what they hold. Exit code 1 where one would do what no model
 * needs. */
static int inspect_pickle(const char *path, const struct file_digest *digest,
			  const struct arguments *arguments, struct error *err)
{
	struct pickle p;

	if (pickle_open(&p, path, NULL, err) < 0)
		return -1;
	int result = show_pickle(&p, path, digest, arguments, err);
	if (!result && pickle_judge(&p) == IMPORT_HOSTILE)
		result = EXIT_CHECK_FAILED;
	pickle_release(&p);
	return result;
}

static void print_other(const struct arguments *arguments, const char *path,
			const char *format, const struct file_digest *digest)
{
	if (argument_value(arguments, "json")) {
		json_t *out = json_pack("{s:s, s:s, s:I, s:s, s:s}", "path",
					path, "format", format, "bytes",
					(json_int_t)digest->size, "sha256",
					digest->sha256, "git_blob",
					digest->git_blob);
		dump(out);
		json_decref(out);
		return;
	}
	print_visible("format", format);
}

static int inspect_file(const struct arguments *arguments, const char *path,
			struct error *err)
{
	struct mapped bytes = MAPPED_INIT;
	struct file_digest digest;

	if (mapped_open(&bytes, path, MAPPED_MAX, err) < 0)
		return -1;
	const struct comparator *format = comparator_for(path, &bytes);
	mapped_close(&bytes);
	if (hash_file(path, &digest, err) < 0)
		return -1;
	if (!argument_value(arguments, "json") &&
	    !argument_value(arguments, "predict") &&
	    !argument_value(arguments, "tree")) {
		print_visible("file", path);
		printf("%-12s %lld\n", "bytes", (long long)digest.size);
		print_visible("sha256", digest.sha256);
		print_visible("git blob", digest.git_blob);
	}
	if (format == &comparator_pickle)
		return inspect_pickle(path, &digest, arguments, err);
	if (argument_value(arguments, "tree") ||
	    argument_value(arguments, "predict"))
		return error_set(err, ERROR_INVALID, "%s: no model", path);
	print_other(arguments, path, format->name, &digest);
	return 0;
}

static int inspect_main(const struct arguments *arguments)
{
	struct error err = ERROR_INIT;

	if (arguments->operand_count != 1)
		return command_usage_error("inspect", "one file, not %zu",
					   arguments->operand_count);
	int result = inspect_file(arguments, arguments->operands[0], &err);
	if (result >= 0)
		return result;
	fflush(stdout);
	fprintf(stderr, "bis: inspect: %s\n", err.message);
	return EXIT_NOT_CHECKED;
}

static const struct option_spec options[] = {
	{ "all", 0, NULL, false, "the whole object tree" },
	{ "json", 0, NULL, false, "as JSON" },
	{ "predict", 0, "FILE", false,
	  "what the model answers for the rows of a CSV file, as CSV" },
	{ "tree", 0, "N", false, "the nodes of tree N of a forest (from 0)" },
	{ NULL },
};

const struct command command_inspect = {
	.name = "inspect",
	.summary = "Show what an artifact holds, without executing it",
	.usage = "inspect FILE [options]",
	.details =
		"Pickles and joblib files: their class, parameters, features, "
		"versions, object\ntree, and each name that loading them would "
		"import, with a verdict: needed (by\nmodels and data), "
		"unknown, carries code, hostile.\n"
		"Exits with 1 where a file is hostile, 4 where it can't be "
		"read.\n",
	.options = options,
	.main = inspect_main,
};
