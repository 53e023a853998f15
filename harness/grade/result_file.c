#include "grade/result_file.h"

#include "base/clock.h"
#include "base/io.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* The first complaint stops nothing: what follows is read as empty, and the
 * caller looks once at the end. */
struct reading {
	struct arena *arena;
	const char *path;
	struct error *err;
	bool failed;
};

static void complain(struct reading *r, const char *name, const char *wanted)
{
	if (!r->failed)
		error_set(r->err, ERROR_INVALID,
			  "%s is no result of Bis: %s is not %s", r->path,
			  name, wanted);
	r->failed = true;
}

static const char *text(struct reading *r, const json_t *object,
			const char *name)
{
	const json_t *value = json_object_get(object, name);

	if (!value || json_is_null(value))
		return NULL;
	if (!json_is_string(value)) {
		complain(r, name, "a text");
		return NULL;
	}
	return arena_strdup(r->arena, json_string_value(value));
}

/* A text that must be there. */
static const char *needed(struct reading *r, const json_t *object,
			  const char *name)
{
	const char *value = text(r, object, name);

	if (!value)
		complain(r, name, "there");
	return value ? value : "";
}

static double number(struct reading *r, const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	if (!json_is_number(value))
		complain(r, name, "a number");
	return json_number_value(value);
}

static bool truth(const json_t *object, const char *name)
{
	return json_is_true(json_object_get(object, name));
}

static struct bilingual bilingual(struct reading *r, const json_t *object,
				  const char *name)
{
	const json_t *pair = json_object_get(object, name);

	return (struct bilingual){ text(r, pair, "en"), text(r, pair, "fr") };
}

static int64_t duration(struct reading *r, const json_t *object)
{
	return (int64_t)(number(r, object, "duration") * (double)CLOCK_SEC +
			 0.5);
}

/* 0 where there is none. */
static int64_t time_of(struct reading *r, const json_t *object,
		       const char *name)
{
	const char *iso = text(r, object, name);
	int64_t time = 0;

	if (iso && !clock_parse_time(iso, &time))
		complain(r, name, "a time");
	return time;
}

static int64_t started(struct reading *r, const json_t *object)
{
	return time_of(r, object, "started");
}

/* The value of a name among `count` names; complains and gives 0. */
static int one_of(struct reading *r, const json_t *object, const char *name,
		  const char *(*name_of)(int), int count)
{
	const char *value = needed(r, object, name);

	for (int i = 0; i < count; i++)
		if (!strcmp(name_of(i), value))
			return i;
	complain(r, name, "a name of the schema");
	return 0;
}

static const char *verdict_at(int i) { return verdict_name((enum verdict)i); }
static const char *asked_at(int i) { return asked_name((enum asked)i); }
static const char *confidence_at(int i)
{
	return confidence_name((enum confidence)i);
}

static enum verdict verdict(struct reading *r, const json_t *object)
{
	return (enum verdict)one_of(r, object, "verdict", verdict_at,
				    VERDICT_COUNT);
}

/* The array of that name, or NULL: then there is nothing to go through. */
static const json_t *list(struct reading *r, const json_t *object,
			  const char *name)
{
	const json_t *array = json_object_get(object, name);

	if (!json_is_array(array))
		complain(r, name, "a list");
	return array;
}

static json_t *value(const json_t *object, const char *name)
{
	json_t *found = json_object_get(object, name);

	return json_is_null(found) ? NULL : json_incref(found);
}

static const struct override_record *override(struct reading *r,
					      const json_t *check)
{
	const json_t *object = json_object_get(check, "override");
	struct override_record *record;

	if (!json_is_object(object))
		return NULL;
	record = arena_new(r->arena, struct override_record);
	record->points = number(r, object, "points");
	record->automatic_points = number(r, object, "automatic_points");
	record->reason = needed(r, object, "reason");
	record->who = needed(r, object, "who");
	record->date = needed(r, object, "date");
	return record;
}

static void read_broken(struct reading *r, const json_t *json,
			struct check_result *check)
{
	const json_t *array = list(r, json, "broken");

	for (size_t i = 0; i < json_array_size(array); i++) {
		const json_t *object = json_array_get(array, i);

		*vec_push(&check->broken) = (struct broken_expectation){
			.expression = needed(r, object, "expression"),
			.where = text(r, object, "where"),
			.source_line = text(r, object, "source_line"),
			.caret = (int)number(r, object, "caret"),
			.actual = text(r, object, "actual"),
			.complaint = text(r, object, "complaint"),
		};
	}
}

static struct check_result *read_check(struct reading *r, const json_t *object,
				       const char *exercise)
{
	struct check_result *check = arena_new(r->arena, struct check_result);

	check->id = needed(r, object, "id");
	check->exercise = exercise;
	check->kind = needed(r, object, "kind");
	check->title = bilingual(r, object, "title");
	check->why = bilingual(r, object, "why");
	check->hint = bilingual(r, object, "hint");
	check->asked = (enum asked)one_of(r, object, "asked", asked_at, 3);
	check->verdict = verdict(r, object);
	check->points = number(r, object, "points");
	check->max_points = number(r, object, "max_points");
	check->given_points = check->max_points;
	check->expected = text(r, object, "expected");
	check->actual = text(r, object, "actual");
	read_broken(r, object, check);
	check->blocked_by = text(r, object, "blocked_by");
	check->note = text(r, object, "note");
	check->where = text(r, object, "where");
	check->again = text(r, object, "again");
	check->by_hand = text(r, object, "by_hand");
	check->log_tail = text(r, object, "log_tail");
	check->value = value(object, "value");
	check->inherited = truth(object, "inherited");
	check->override = override(r, object);
	check->started = started(r, object);
	check->duration = duration(r, object);
	return check;
}

static void read_exercise(struct reading *r, const json_t *object,
			  struct result *result)
{
	struct exercise_result *e = arena_new(r->arena, struct exercise_result);
	const json_t *checks = list(r, object, "checks");

	e->id = needed(r, object, "id");
	e->title = bilingual(r, object, "title");
	e->verdict = verdict(r, object);
	e->points = number(r, object, "points");
	e->pending = number(r, object, "pending");
	e->max_points = number(r, object, "max_points");
	for (size_t i = 0; i < json_array_size(checks); i++)
		*vec_push(&e->checks) =
			read_check(r, json_array_get(checks, i), e->id);
	*vec_push(&result->exercises) = e;
}

static void copy_digest(char *into, size_t size, const char *from)
{
	snprintf(into, size, "%s", from);
}

static void read_artifact(struct reading *r, const json_t *object,
			  struct train_record *run)
{
	struct artifact_record *a = vec_push(&run->artifacts);

	a->path = needed(r, object, "path");
	a->canonical = text(r, object, "canonical");
	a->digest.size = (int64_t)number(r, object, "size");
	copy_digest(a->digest.sha256, sizeof(a->digest.sha256),
		    needed(r, object, "sha256"));
	copy_digest(a->digest.git_blob, sizeof(a->digest.git_blob),
		    needed(r, object, "git_blob"));
}

static void read_run(struct reading *r, const json_t *object,
		     struct result *result)
{
	struct train_record *run = arena_new(r->arena, struct train_record);
	const json_t *artifacts = list(r, object, "artifacts");

	run->id = needed(r, object, "id");
	run->run_id = text(r, object, "run_id");
	run->run_name = text(r, object, "run_name");
	run->as_of = text(r, object, "as_of");
	run->world = needed(r, object, "world");
	/* Results of before it was said are read as well. */
	run->purpose = text(r, object, "purpose");
	if (!run->purpose)
		run->purpose = *run->world ? "" : "graded";
	run->metrics = value(object, "metrics");
	run->params = value(object, "params");
	run->tags = value(object, "tags");
	run->model_name = text(r, object, "model_name");
	run->model_version = text(r, object, "model_version");
	run->printed = text(r, object, "printed");
	for (size_t i = 0; i < json_array_size(artifacts); i++)
		read_artifact(r, json_array_get(artifacts, i), run);
	run->started = started(r, object);
	run->duration = duration(r, object);
	*vec_push(&result->runs) = run;
}

/* The members beside kind and text, as report/json.c put them there. */
static json_t *evidence_data(const json_t *object)
{
	json_t *data = json_copy((json_t *)object);

	json_object_del(data, "kind");
	json_object_del(data, "text");
	if (json_object_size(data))
		return data;
	json_decref(data);
	return NULL;
}

static void read_diagnosis(struct reading *r, const json_t *object,
			   struct result *result)
{
	struct diagnosis *d = arena_new(r->arena, struct diagnosis);
	const json_t *evidence = list(r, object, "evidence");
	const json_t *fix = json_object_get(object, "fix");

	d->check = text(r, object, "check");
	d->cause = needed(r, object, "cause");
	d->stage = text(r, object, "stage");
	d->confidence = (enum confidence)one_of(r, object, "confidence",
						confidence_at, 3);
	d->words = bilingual(r, object, "words");
	for (size_t i = 0; i < json_array_size(evidence); i++) {
		const json_t *item = json_array_get(evidence, i);

		*vec_push(&d->evidence) = (struct evidence){
			needed(r, item, "kind"), text(r, item, "text"),
			evidence_data(item),
		};
	}
	if (json_is_object(fix)) {
		d->fix_tried = true;
		d->fix.en = text(r, fix, "tried");
		d->fix.fr = text(r, fix, "tried_fr");
		d->fix_worked = truth(fix, "worked");
	}
	*vec_push(&result->diagnosis) = d;
}

static void read_matrix(struct reading *r, const json_t *object,
			struct result *result)
{
	*vec_push(&result->matrix) = (struct matrix_row){
		needed(r, object, "perturbation"), truth(object, "bit"),
		text(r, object, "proof"), text(r, object, "rung"),
		text(r, object, "stage"), value(object, "stages"),
	};
}

static void read_remedy(struct reading *r, const json_t *object,
			struct result *result)
{
	*vec_push(&result->remedies) = (struct remedy_record){
		needed(r, object, "id"), bilingual(r, object, "words"),
		text(r, object, "step"), text(r, object, "repair"),
		number(r, object, "deduction"),
	};
}

static void read_screen(struct reading *r, const json_t *object,
			struct result *result)
{
	*vec_push(&result->screens) = (struct screen){
		needed(r, object, "id"), bilingual(r, object, "title"),
		text(r, object, "taken"), text(r, object, "text"),
	};
}

static void read_timing(struct reading *r, const json_t *object,
			struct result *result)
{
	*vec_push(&result->timings) = (struct timing){
		needed(r, object, "name"), started(r, object),
		duration(r, object),
	};
}

static void read_environment(struct reading *r, const json_t *root,
			     struct result *result)
{
	const json_t *commands = list(r, root, "commands");
	const char *name;
	json_t *fact;

	json_object_foreach(json_object_get(root, "environment"), name, fact) {
		if (!json_is_string(fact) && !json_is_null(fact))
			complain(r, name, "a text");
		*vec_push(&result->environment) = (struct fact){
			arena_strdup(r->arena, name),
			arena_strdup(r->arena, json_string_value(fact)),
		};
	}
	for (size_t i = 0; i < json_array_size(commands); i++) {
		const char *command =
			json_string_value(json_array_get(commands, i));

		*vec_push(&result->commands) =
			arena_strdup(r->arena, command ? command : "");
	}
}

static void read_map(struct reading *r, const json_t *object,
		     struct hand_in *hand_in)
{
	*vec_push(&hand_in->maps) = (struct map_record){
		needed(r, object, "role"), needed(r, object, "name"),
		needed(r, object, "from"),
	};
}

static void read_hand_in(struct reading *r, const json_t *root,
			 struct result *result)
{
	const json_t *object = json_object_get(root, "hand_in");
	struct hand_in *hand_in;

	if (!json_is_object(object))
		return;
	hand_in = result->hand_in = arena_new(r->arena, struct hand_in);
	hand_in->commit = text(r, root, "commit");
	hand_in->chosen_by = bilingual(r, root, "chosen_by");
	hand_in->date = time_of(r, object, "date");
	hand_in->dated_by = bilingual(r, object, "dated_by");
	hand_in->packages_as_of = text(r, object, "packages_as_of");
	hand_in->digest = text(r, object, "digest");
	hand_in->left_out = value(object, "left_out");
	hand_in->recorded = value(object, "recorded");

	const json_t *notes = list(r, object, "notes");
	const json_t *maps = list(r, object, "maps");

	for (size_t i = 0; i < json_array_size(notes); i++) {
		const json_t *note = json_array_get(notes, i);

		*vec_push(&hand_in->notes) = (struct bilingual){
			text(r, note, "en"), text(r, note, "fr") };
	}
	for (size_t i = 0; i < json_array_size(maps); i++)
		read_map(r, json_array_get(maps, i), hand_in);
}

static void read_head(struct reading *r, const json_t *root,
		      struct result *result)
{
	const json_t *signal = json_object_get(root, "interrupted");

	result->bis_version = needed(r, root, "bis");
	result->scenario = needed(r, root, "scenario");
	result->title = bilingual(r, root, "title");
	result->scenario_digest = text(r, root, "scenario_digest");
	result->stack = text(r, root, "stack");
	result->stack_digest = text(r, root, "stack_digest");
	result->data_digest = text(r, root, "data_digest");
	result->remedies_digest = text(r, root, "remedies_digest");
	result->submission = text(r, root, "submission");
	read_hand_in(r, root, result);
	result->verdict = verdict(r, root);
	result->points = number(r, root, "points");
	result->pending = number(r, root, "pending");
	result->max_points = number(r, root, "max_points");
	result->exit_code = (int)number(r, root, "exit_code");
	result->interrupted = (int)json_integer_value(signal);
	result->started = started(r, root);
	result->duration = duration(r, root);
	result->folder = text(r, root, "folder");
	result->vars = value(root, "vars");
}

static const struct {
	const char *name;
	void (*read)(struct reading *r, const json_t *object,
		     struct result *result);
} lists[] = {
	{ "exercises", read_exercise }, { "runs", read_run },
	{ "diagnosis", read_diagnosis }, { "matrix", read_matrix },
	{ "remedies", read_remedy }, { "screens", read_screen },
	{ "timings", read_timing },
};

int result_file_parse(const char *path, const char *text_, size_t len,
		      struct arena *arena, struct result **ret,
		      struct error *err)
{
	struct error ignored = ERROR_INIT;
	struct reading r = { arena, path, err ? err : &ignored, false };
	json_error_t why;
	json_t *root = json_loadb(text_, len, JSON_REJECT_DUPLICATES, &why);
	struct result *result;

	if (!json_is_object(root)) {
		json_decref(root);
		return error_set(err, ERROR_INVALID,
				 "%s is no result of Bis: %s", path,
				 *why.text ? why.text : "it is no object");
	}
	result = result_new(arena);
	read_head(&r, root, result);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		const json_t *array = list(&r, root, lists[i].name);

		for (size_t j = 0; j < json_array_size(array); j++)
			lists[i].read(&r, json_array_get(array, j), result);
	}
	read_environment(&r, root, result);
	json_decref(root);
	if (r.failed) {
		result_release(result);
		return -1;
	}
	*ret = result;
	return 0;
}

int result_file_read(const char *path, struct arena *arena,
		     struct result **ret, struct error *err)
{
	struct strbuf text_ = STRBUF_INIT(STRBUF_TEXT);
	int rc = io_read_file(path, &text_, err);

	if (!rc)
		rc = result_file_parse(path, text_.buf, text_.len, arena, ret,
				       err);
	strbuf_release(&text_);
	return rc;
}
