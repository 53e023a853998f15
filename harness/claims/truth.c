#include "claims/truth.h"

#include "base/compiler.h"
#include "base/io.h"
#include "base/number.h"
#include "event/verdict.h"

#include <string.h>

enum { RESULT_CAP = 64 << 20, MOST_VALUES = 5000, SEGMENT = 128 };

void truth_release(struct truth *truth)
{
	json_decref(truth->recorded);
	json_decref(truth->rerun);
	json_decref(truth->data);
	worlds_lab_release(&truth->lab);
	vec_release(&truth->notes);
}

static const char *member(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* The answers that screens show: the JSON at the end of each. */
static void add_answers(json_t *result)
{
	json_t *answers = json_array(), *screen;
	size_t i;

	json_array_foreach(json_object_get(result, "screens"), i, screen) {
		const char *text = member(screen, "text");
		const char *at = text ? strstr(text, "\n{") : NULL;
		json_t *answer =
			at ? json_loads(at, JSON_DISABLE_EOF_CHECK, NULL)
			   : NULL;

		if (answer)
			json_array_append_new(answers, answer);
	}
	json_object_set_new(result, "answers", answers);
}

int truth_read_result(struct truth *truth, const char *path, struct error *err)
{
	struct strbuf text = STRBUF_INIT(RESULT_CAP);
	json_error_t why;
	int result = io_read_file(path, &text, err);

	if (!result) {
		truth->rerun = json_loadb(text.buf, text.len,
					  JSON_REJECT_DUPLICATES, &why);
		if (!truth->rerun)
			result = error_set(err, ERROR_INVALID, "%s:%d: %s",
					   path, why.line, why.text);
		else if (!json_is_array(json_object_get(truth->rerun, "runs")))
			result = error_set(err, ERROR_INVALID,
					   "%s: no result of `bis run`: it has "
					   "no list of runs",
					   path);
		else
			add_answers(truth->rerun);
	}
	strbuf_release(&text);
	return result;
}

static json_t *text_or_null(const char *text)
{
	return text ? json_string(text) : json_null();
}

static json_t *exercises_json(const struct result *result)
{
	json_t *all = json_array();

	for (size_t e = 0; e < result->exercises.len; e++) {
		const struct exercise_result *exercise =
			result->exercises.at[e];
		json_t *checks = json_array();

		for (size_t c = 0; c < exercise->checks.len; c++)
			json_array_append_new(
				checks,
				json_pack("{s:s, s:s}", "id",
					  exercise->checks.at[c]->id, "verdict",
					  verdict_name(exercise->checks.at[c]
							       ->verdict)));
		json_array_append_new(all,
				      json_pack("{s:o}", "checks", checks));
	}
	return all;
}

static json_t *run_json(const struct train_record *run)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:s, s:O?, s:O?, s:o, s:o}",
			 "id", run->id, "run_id", text_or_null(run->run_id),
			 "run_name", text_or_null(run->run_name), "as_of",
			 text_or_null(run->as_of), "world",
			 run->world ? run->world : "", "metrics", run->metrics,
			 "params", run->params, "model_name",
			 text_or_null(run->model_name), "model_version",
			 text_or_null(run->model_version));
}

void truth_take_result(struct truth *truth, const struct result *result)
{
	json_t *runs = json_array(), *commands = json_array();
	json_t *screens = json_array();

	for (size_t i = 0; i < result->runs.len; i++)
		json_array_append_new(runs, run_json(result->runs.at[i]));
	for (size_t i = 0; i < result->commands.len; i++)
		json_array_append_new(commands,
				      json_string(result->commands.at[i]));
	for (size_t i = 0; i < result->screens.len; i++)
		json_array_append_new(
			screens,
			json_pack("{s:o}", "text",
				  text_or_null(result->screens.at[i].text)));
	truth->rerun = json_pack("{s:o, s:o, s:o, s:o, s:O?}", "runs", runs,
				 "commands", commands, "screens", screens,
				 "exercises", exercises_json(result), "vars",
				 result->vars);
	add_answers(truth->rerun);
}

const char *truth_check(const json_t *result, const char *id)
{
	json_t *exercise, *check;
	size_t e, c;

	json_array_foreach(json_object_get(result, "exercises"), e, exercise)
		json_array_foreach(json_object_get(exercise, "checks"), c,
				   check)
			if (member(check, "id") &&
			    !strcmp(member(check, "id"), id))
				return member(check, "verdict");
	return NULL;
}

/* A path on its way through a document. */
struct following {
	struct arena *arena;
	struct truth_values *into;
	struct truth_value run; /* which run it passed through */
};

static const char *scalar(const json_t *value, struct arena *arena)
{
	char number[NUMBER_TEXT];

	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_integer(value))
		return arena_printf(arena, "%lld",
				    (long long)json_integer_value(value));
	if (json_is_real(value))
		return arena_strdup(
			arena, number_format_double(json_real_value(value),
						    number));
	if (json_is_boolean(value))
		return json_is_true(value) ? "true" : "false";
	return NULL;
}

static bool is_chosen(const json_t *item, const char *key, const char *value)
{
	const char *text = key ? member(item, key) : NULL;

	return !key || (text && !strcmp(text, value));
}

static void follow(struct following *f, const json_t *value, const char *path);

static void follow_items(struct following *f, const json_t *list,
			 const char *key, const char *wanted, const char *rest)
{
	struct truth_value before = f->run;
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item) {
		if (!is_chosen(item, key, wanted))
			continue;
		if (member(item, "run_id"))
			f->run = (struct truth_value){
				.run_id = member(item, "run_id"),
				.world = member(item, "world")};
		follow(f, item, rest);
		f->run = before;
	}
}

/* "name", "name[]" or "name[key=value]", and what is behind a point. */
static void follow(struct following *f, const json_t *value, const char *path)
{
	char name[SEGMENT];
	size_t len = strcspn(path, ".");
	char *bracket, *equals;

	if (!*path) {
		const char *text = scalar(value, f->arena);

		if (text && f->into->len < MOST_VALUES) {
			f->run.text = text;
			*vec_push(f->into) = f->run;
		}
		return;
	}
	if (len >= sizeof(name))
		return;
	memcpy(name, path, len);
	name[len] = '\0';
	path += len + (path[len] == '.');
	bracket = strchr(name, '[');
	if (!bracket) {
		follow(f, json_object_get(value, name), path);
		return;
	}
	*bracket++ = '\0';
	bracket[strcspn(bracket, "]")] = '\0';
	equals = strchr(bracket, '=');
	if (equals)
		*equals++ = '\0';
	follow_items(f, json_object_get(value, name), equals ? bracket : NULL,
		     equals, path);
}

void truth_follow(const json_t *document, const json_t *paths,
		  struct arena *arena, struct truth_values *into)
{
	struct following f = {.arena = arena, .into = into};
	json_t *path;
	size_t i;

	if (document)
		json_array_foreach(paths, i, path)
			follow(&f, document, json_string_value(path));
}
