/*
 * screenshot: a page as a person would see it, drawn as text from what the
 * services return. Never a check: what can't be drawn is said in its place.
 */
#include "step/tracking.h"

#include "base/clock.h"
#include "base/number.h"
#include "format/text_table.h"

#include <stdlib.h>
#include <string.h>

static const char *const subjects[] = {
	"artifact", "experiment", "http", "ps", "registry", "run", NULL,
};

static const struct key_spec keys[] = {
	{ .name = "experiment", .type = KEY_STRING,
	  .doc = "The experiment's name." },
	{ .name = "get", .type = KEY_STRING, .doc = "The path to GET." },
	{ .name = "json", .type = KEY_ANY, .doc = "The body to send as JSON." },
	{ .name = "model", .type = KEY_STRING,
	  .doc = "The registered model's name." },
	{ .name = "of", .type = KEY_CHOICE, .required = true,
	  .choices = subjects, .doc = "What to show." },
	{ .name = "path", .type = KEY_STRING,
	  .doc = "The artifact's path below its run." },
	{ .name = "post", .type = KEY_STRING, .doc = "The path to POST to." },
	{ .name = "run", .type = KEY_STEP,
	  .doc = "The id of the train step whose run is shown." },
	{ .name = "service", .type = KEY_STRING,
	  .doc = "The service that is asked." },
	{ .name = "taken", .type = KEY_STRING,
	  .doc = "When it is taken, in words." },
	{ 0 },
};

enum { BODY_LINES = 60 };

/* For people: 0.06, where 17 digits would say 0.059999999999999998. */
#define SHOWN_DIGITS JSON_REAL_PRECISION(15)

/* Milliseconds since 1970, as a number or as a string. */
static int64_t millis_of(const json_t *value)
{
	return json_is_string(value)
		? strtoll(json_string_value(value), NULL, 10)
		: json_integer_value(value);
}

static const char *time_text(struct arena *arena, const json_t *value)
{
	char buf[CLOCK_TEXT];
	int64_t millis = millis_of(value);

	return millis ? arena_strdup(arena, clock_format(millis * CLOCK_MSEC,
							 buf))
		      : "";
}

/* Four decimals for people; the JSON has all. */
static const char *metric_text(struct arena *arena, const json_t *value)
{
	char buf[NUMBER_TEXT];

	if (json_is_integer(value))
		return step_scalar(arena, value);
	if (!json_is_real(value))
		return "";
	snprintf(buf, sizeof(buf), "%.4f", json_real_value(value));
	return arena_strdup(arena, buf);
}

static const json_t *pair_value(const json_t *pairs, const char *key)
{
	json_t *pair;
	size_t i;

	json_array_foreach(pairs, i, pair) {
		const char *name = step_text(pair, "key");
		if (name && !strcmp(name, key))
			return json_object_get(pair, "value");
	}
	return NULL;
}

/* The names of the metrics, of every run, in the order they are met. */
static size_t metric_names(const json_t *runs, const char **names, size_t max)
{
	size_t count = 0, i, j;
	json_t *run, *pair;

	json_array_foreach(runs, i, run) {
		const json_t *metrics = json_object_get(
			json_object_get(run, "data"), "metrics");
		json_array_foreach(metrics, j, pair) {
			const char *name = step_text(pair, "key");
			size_t k = 0;
			while (k < count && name && strcmp(names[k], name))
				k++;
			if (name && k == count && count < max)
				names[count++] = name;
		}
	}
	return count;
}

static const char *version_of_run(const json_t *versions, const char *run_id)
{
	json_t *version;
	size_t i;

	json_array_foreach(versions, i, version) {
		const char *of = step_text(version, "run_id");
		if (of && run_id && !strcmp(of, run_id))
			return step_text(version, "version");
	}
	return NULL;
}

static const char *duration_text(struct arena *arena, const json_t *info)
{
	char buf[CLOCK_TEXT];
	int64_t start = millis_of(json_object_get(info, "start_time"));
	int64_t end = millis_of(json_object_get(info, "end_time"));

	if (!start || end < start)
		return "";
	return arena_strdup(arena, clock_format_duration(
		(end - start) * CLOCK_MSEC, buf));
}

static int draw_experiment(struct step_context *context, const json_t *args,
			   struct strbuf *into, struct error *err)
{
	enum { METRICS = 8, FIXED = 4 };
	const char *name = step_text(args, "experiment");
	const char *model = step_text(args, "model");
	struct text_column columns[FIXED + METRICS] = {
		{ "run", TEXT_LEFT, 28 }, { "started (UTC)", TEXT_LEFT, 0 },
		{ "duration", TEXT_RIGHT, 0 },
	};
	const char *metrics[METRICS];
	json_t *runs = NULL, *versions = NULL, *run;
	struct text_table table;
	size_t i;

	if (!name)
		return error_set(err, ERROR_INVALID, "which `experiment`?");
	if (tracking_runs(context, name, 20, &runs, err) < 0)
		return -1;
	if (model && tracking_versions(context, model, &versions, NULL) < 0)
		versions = NULL;
	size_t count = metric_names(runs, metrics, METRICS);
	for (i = 0; i < count; i++)
		columns[3 + i] = (struct text_column){ metrics[i], TEXT_RIGHT,
						       14 };
	columns[3 + count] = (struct text_column){ "model", TEXT_LEFT, 28 };
	text_table_init(&table, columns, FIXED + count);
	json_array_foreach(runs, i, run) {
		const json_t *info = json_object_get(run, "info");
		const json_t *data = json_object_get(run, "data");
		const char *version = version_of_run(
			versions, step_text(info, "run_id"));
		const char *cells[FIXED + METRICS] = {
			step_text(info, "run_name"),
			time_text(context->arena,
				  json_object_get(info, "start_time")),
			duration_text(context->arena, info),
		};
		for (size_t j = 0; j < count; j++)
			cells[3 + j] = metric_text(
				context->arena,
				pair_value(json_object_get(data, "metrics"),
					   metrics[j]));
		cells[3 + count] = version
			? arena_printf(context->arena, "%s v%s", model,
				       version) : NULL;
		text_table_row(&table, cells);
	}
	text_table_render(&table, into);
	text_table_release(&table);
	json_decref(runs);
	json_decref(versions);
	return 0;
}

static void object_rows(struct step_context *context, struct text_table *table,
			const char *kind, const json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, key, value) {
		const char *cells[] = { kind, key,
					step_scalar(context->arena, value) };
		text_table_row(table, cells);
	}
}

static int draw_run(struct step_context *context, const json_t *args,
		    struct strbuf *into, struct error *err)
{
	static const struct text_column columns[] = {
		{ "", TEXT_LEFT, 0 }, { "name", TEXT_LEFT, 36 },
		{ "value", TEXT_LEFT, 50 },
	};
	const char *id = step_text(args, "run");
	const struct train_record *record =
		id ? result_find_run(context->result, id) : NULL;
	struct text_table table;

	if (!record)
		return error_set(err, ERROR_UNAVAILABLE,
				 "training `%s` left no run", id ? id : "?");
	text_table_init(&table, columns, ARRAY_SIZE(columns));
	text_table_row(&table, (const char *const[]){ "run", "run_id",
						      record->run_id });
	text_table_row(&table, (const char *const[]){ "run", "run_name",
						      record->run_name });
	object_rows(context, &table, "param", record->params);
	object_rows(context, &table, "metric", record->metrics);
	for (size_t i = 0; i < record->artifacts.len; i++) {
		const struct artifact_record *a = &record->artifacts.at[i];
		const char *cells[] = {
			"artifact", a->path,
			arena_printf(context->arena, "%lld bytes",
				     (long long)a->digest.size),
		};
		text_table_row(&table, cells);
	}
	text_table_render(&table, into);
	text_table_release(&table);
	return 0;
}

static int draw_registry(struct step_context *context, const json_t *args,
			 struct strbuf *into, struct error *err)
{
	static const struct text_column columns[] = {
		{ "version", TEXT_RIGHT, 0 }, { "stage", TEXT_LEFT, 0 },
		{ "status", TEXT_LEFT, 0 }, { "run", TEXT_LEFT, 34 },
		{ "registered (UTC)", TEXT_LEFT, 0 },
	};
	const char *model = step_text(args, "model");
	json_t *versions = NULL, *version;
	struct text_table table;
	size_t i;

	if (!model)
		return error_set(err, ERROR_INVALID, "which `model`?");
	if (tracking_versions(context, model, &versions, err) < 0)
		return -1;
	text_table_init(&table, columns, ARRAY_SIZE(columns));
	json_array_foreach(versions, i, version) {
		const char *cells[] = {
			step_text(version, "version"),
			step_text(version, "current_stage"),
			step_text(version, "status"),
			step_text(version, "run_id"),
			time_text(context->arena,
				  json_object_get(version,
						  "creation_timestamp")),
		};
		text_table_row(&table, cells);
	}
	text_table_render(&table, into);
	text_table_release(&table);
	json_decref(versions);
	return 0;
}

static int draw_ps(struct step_context *context, const json_t *args,
		   struct strbuf *into, struct error *err)
{
	static const struct text_column columns[] = {
		{ "service", TEXT_LEFT, 0 }, { "state", TEXT_LEFT, 0 },
		{ "address", TEXT_LEFT, 40 }, { "command", TEXT_LEFT, 50 },
	};
	struct service_state *states;
	struct text_table table;
	size_t count;

	(void)args;
	if (stack_ps(context->stack, &states, &count, err) < 0)
		return -1;
	text_table_init(&table, columns, ARRAY_SIZE(columns));
	for (size_t i = 0; i < count; i++) {
		const char *cells[] = { states[i].name, states[i].state,
					states[i].address,
					states[i].command };
		text_table_row(&table, cells);
	}
	text_table_render(&table, into);
	text_table_release(&table);
	return 0;
}

/* At most BODY_LINES lines, and says how many were left out. */
static void add_lines(struct strbuf *into, const char *text)
{
	size_t lines = 0, dropped = 0;

	for (size_t len; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		if (lines++ < BODY_LINES) {
			strbuf_add(into, text, len);
			strbuf_addch(into, '\n');
		} else {
			dropped++;
		}
	}
	if (dropped)
		strbuf_addf(into, "... %zu more lines\n", dropped);
}

static int draw_http(struct step_context *context, const json_t *args,
		     struct strbuf *into, struct error *err)
{
	struct step_outcome outcome = { .value = NULL };
	json_t *request = json_object();
	static const char *const passed_on[] = { "get", "json", "post",
						 "service" };

	for (size_t i = 0; i < ARRAY_SIZE(passed_on); i++) {
		json_t *value = json_object_get(args, passed_on[i]);
		if (value)
			json_object_set(request, passed_on[i], value);
	}
	int rc = step_http.run(context, NULL, request, &outcome, err);
	json_decref(request);
	if (rc < 0)
		return rc;
	strbuf_addf(into, "$ %s\n", outcome.by_hand);
	const json_t *json = json_object_get(outcome.value, "json");
	if (outcome.no_answer) {
		strbuf_addf(into, "(no answer: %s)\n", outcome.actual);
	} else {
		strbuf_addf(into, "HTTP %lld\n",
			    (long long)json_integer_value(json_object_get(
				    outcome.value, "status")));
		char *text = json ? json_dumps(json, JSON_INDENT(2) |
						     JSON_ENCODE_ANY |
						     SHOWN_DIGITS)
				  : NULL;
		const char *body = step_text(outcome.value, "body");
		add_lines(into, text ? text : body ? body : "");
		free(text);
	}
	json_decref(outcome.value);
	return 0;
}

static int draw_artifact(struct step_context *context, const json_t *args,
			 struct strbuf *into, struct error *err)
{
	struct step_outcome outcome = { .value = NULL };
	json_t *request = json_pack("{s:O*,s:O*}", "run",
				    json_object_get(args, "run"), "path",
				    json_object_get(args, "path"));
	int rc = step_artifact.run(context, NULL, request, &outcome, err);

	json_decref(request);
	if (rc < 0)
		return rc;
	if (!outcome.value || outcome.judged) {
		json_decref(outcome.value);
		return error_set(err, ERROR_UNAVAILABLE, "%s",
				 outcome.actual ? outcome.actual : "no run");
	}
	char *text = json_dumps(outcome.value,
				JSON_INDENT(2) | JSON_ENCODE_ANY |
				SHOWN_DIGITS);
	add_lines(into, text ? text : "");
	free(text);
	json_decref(outcome.value);
	return 0;
}

static int draw(struct step_context *context, const json_t *args,
		struct strbuf *into, struct error *err)
{
	static int (*const draws[])(struct step_context *, const json_t *,
				    struct strbuf *, struct error *) = {
		draw_artifact, draw_experiment, draw_http, draw_ps,
		draw_registry, draw_run,
	};
	const char *of = step_text(args, "of");

	for (size_t i = 0; subjects[i]; i++)
		if (!strcmp(of, subjects[i]))
			return draws[i](context, args, into, err);
	return error_set(err, ERROR_INTERNAL, "no screen of `%s`", of);
}

static int run(struct step_context *context, const struct step *step,
	       const json_t *args, struct step_outcome *ret, struct error *err)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	struct error why = ERROR_INIT;

	if (draw(context, args, &text, &why) < 0) {
		if (why.kind == ERROR_CANCELLED) {
			strbuf_release(&text);
			*err = why;
			return -1;
		}
		strbuf_addf(&text, "(could not be drawn: %s)\n", why.message);
	}
	*vec_push(&context->result->screens) = (struct screen){
		.id = step->id, .title = step->title,
		.taken = arena_strdup(context->arena,
				      step_text(args, "taken")),
		.text = arena_strdup(context->arena, text.buf),
	};
	ret->value = json_pack("{s:s}", "text", text.buf);
	strbuf_release(&text);
	return 0;
}

const struct step_kind step_screenshot = {
	.syntax = { "screenshot", "Draw a page as text, for the report.",
		    keys },
	.draws = true,
	.run = run,
};
