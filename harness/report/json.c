/*
 * result.json: the whole result, for programs. Its shape is the schema in
 * doc/result.schema.json; names are stable, every member is always there
 * (null where there is nothing), and the order is fixed, so that two results
 * can be compared as text. Its words are English whatever the reader's
 * language: sentences of a scenario come in both.
 */
#include "report/report.h"

#include "base/clock.h"
#include "format/utf8.h"
#include "report/foreign.h"
#include "report/volatile.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

/* JSON is UTF-8: a byte that is not is replaced. The rest stands as it is,
 * controls are escaped by cJSON. */
static cJSON *text(const char *s)
{
	struct strbuf clean = STRBUF_INIT(STRBUF_TEXT);
	size_t len = s ? strlen(s) : 0;
	cJSON *item;

	if (!s)
		return cJSON_CreateNull();
	for (size_t i = 0, taken; i < len; i += taken) {
		uint32_t c;

		utf8_decode(s + i, len - i, &c, &taken);
		utf8_add(&clean, c);
	}
	item = cJSON_CreateString(clean.buf);
	strbuf_release(&clean);
	return item;
}

static void add(cJSON *object, const char *name, cJSON *value)
{
	cJSON_AddItemToObjectCS(object, name, value);
}

static void add_text(cJSON *object, const char *name, const char *s)
{
	add(object, name, text(s));
}

static void add_number(cJSON *object, const char *name, double value)
{
	add(object, name, cJSON_CreateNumber(value));
}

static void add_bool(cJSON *object, const char *name, bool value)
{
	add(object, name, cJSON_CreateBool(value));
}

static void add_bilingual(cJSON *object, const char *name,
			  const struct bilingual *words)
{
	cJSON *pair;

	if (!words->en && !words->fr) {
		add(object, name, cJSON_CreateNull());
		return;
	}
	pair = cJSON_CreateObject();
	add_text(pair, "en", words->en);
	add_text(pair, "fr", words->fr);
	add(object, name, pair);
}

static void add_times(cJSON *object, int64_t started, int64_t duration)
{
	char buf[CLOCK_TEXT];

	add_text(object, "started",
		 started ? clock_format_iso(started, buf) : NULL);
	add_number(object, "duration", (double)duration / (double)CLOCK_SEC);
}

static cJSON *broken_json(const struct broken_expectation *broken)
{
	cJSON *object = cJSON_CreateObject();

	add_text(object, "expression", broken->expression);
	add_text(object, "where", broken->where);
	add_text(object, "source_line", broken->source_line);
	add_number(object, "caret", broken->caret);
	add_text(object, "actual", broken->actual);
	add_text(object, "complaint", broken->complaint);
	return object;
}

static cJSON *override_json(const struct override_record *override)
{
	cJSON *object;

	if (!override)
		return cJSON_CreateNull();
	object = cJSON_CreateObject();
	add_number(object, "points", override->points);
	add_number(object, "automatic_points", override->automatic_points);
	add_text(object, "reason", override->reason);
	add_text(object, "who", override->who);
	add_text(object, "date", override->date);
	return object;
}

static cJSON *check_json(const struct check_result *check)
{
	cJSON *object = cJSON_CreateObject(), *broken = cJSON_CreateArray();

	add_text(object, "id", check->id);
	add_text(object, "kind", check->kind);
	add_bilingual(object, "title", &check->title);
	add_bilingual(object, "why", &check->why);
	add_bilingual(object, "hint", &check->hint);
	add_text(object, "asked", asked_name(check->asked));
	add_text(object, "verdict", verdict_name(check->verdict));
	add_number(object, "points", check->points);
	add_number(object, "max_points", check->max_points);
	add_text(object, "expected", check->expected);
	add_text(object, "actual", check->actual);
	for (size_t i = 0; i < check->broken.len; i++)
		cJSON_AddItemToArray(broken, broken_json(&check->broken.at[i]));
	add(object, "broken", broken);
	add_text(object, "blocked_by", check->blocked_by);
	add_text(object, "note", check->note);
	add_text(object, "where", check->where);
	add_text(object, "again", check->again);
	add_text(object, "by_hand", check->by_hand);
	add_text(object, "log_tail", check->log_tail);
	add(object, "value", foreign_json(check->value));
	add_bool(object, "inherited", check->inherited);
	add(object, "override", override_json(check->override));
	add_times(object, check->started, check->duration);
	return object;
}

static cJSON *exercise_json(const struct exercise_result *exercise)
{
	cJSON *object = cJSON_CreateObject(), *checks = cJSON_CreateArray();

	add_text(object, "id", exercise->id);
	add_bilingual(object, "title", &exercise->title);
	add_text(object, "verdict", verdict_name(exercise->verdict));
	add_number(object, "points", exercise->points);
	add_number(object, "pending", exercise->pending);
	add_number(object, "max_points", exercise->max_points);
	for (size_t i = 0; i < exercise->checks.len; i++)
		cJSON_AddItemToArray(checks,
				     check_json(exercise->checks.at[i]));
	add(object, "checks", checks);
	return object;
}

static cJSON *artifact_json(const struct result *result,
			    const struct artifact_record *artifact)
{
	cJSON *object = cJSON_CreateObject();

	add_text(object, "path", artifact->path);
	add_number(object, "size", (double)artifact->digest.size);
	add_text(object, "sha256", artifact->digest.sha256);
	add_text(object, "git_blob", artifact->digest.git_blob);
	add_text(object, "recorded_as",
		 result_recorded_as(result, artifact->digest.git_blob));
	add_text(object, "canonical", artifact->canonical);
	add_bool(object, "volatile", volatile_artifact(artifact->path));
	return object;
}

static cJSON *run_json(const struct result *result,
		       const struct train_record *run)
{
	cJSON *object = cJSON_CreateObject(), *artifacts = cJSON_CreateArray();

	add_text(object, "id", run->id);
	add_text(object, "run_id", run->run_id);
	add_text(object, "run_name", run->run_name);
	add_text(object, "as_of", run->as_of);
	add_text(object, "world", run->world ? run->world : "");
	add_text(object, "purpose", run->purpose);
	add(object, "metrics", foreign_json(run->metrics));
	add(object, "params", foreign_json(run->params));
	add(object, "tags", foreign_json(run->tags));
	add_text(object, "model_name", run->model_name);
	add_text(object, "model_version", run->model_version);
	add_text(object, "printed", run->printed);
	for (size_t i = 0; i < run->artifacts.len; i++)
		cJSON_AddItemToArray(artifacts,
				     artifact_json(result,
						   &run->artifacts.at[i]));
	add(object, "artifacts", artifacts);
	add_times(object, run->started, run->duration);
	return object;
}

static cJSON *screen_json(const struct screen *screen)
{
	cJSON *object = cJSON_CreateObject();

	add_text(object, "id", screen->id);
	add_bilingual(object, "title", &screen->title);
	add_text(object, "taken", screen->taken);
	add_text(object, "text", screen->text);
	return object;
}

/* kind and text, and the members of data beside them. */
static cJSON *evidence_json(const struct evidence *evidence)
{
	cJSON *object = cJSON_CreateObject();
	const char *name;
	json_t *value;

	add_text(object, "kind", evidence->kind);
	add_text(object, "text", evidence->text);
	if (json_is_object(evidence->data)) {
		json_object_foreach(evidence->data, name, value) {
			if (!cJSON_GetObjectItemCaseSensitive(object, name))
				cJSON_AddItemToObject(object, name,
						      foreign_json(value));
		}
	}
	return object;
}

static cJSON *diagnosis_json(const struct diagnosis *diagnosis)
{
	cJSON *object = cJSON_CreateObject(), *list = cJSON_CreateArray(), *fix;

	add_text(object, "check", diagnosis->check);
	add_text(object, "cause", diagnosis->cause);
	add_text(object, "stage", diagnosis->stage);
	add_text(object, "confidence", confidence_name(diagnosis->confidence));
	add_bilingual(object, "words", &diagnosis->words);
	for (size_t i = 0; i < diagnosis->evidence.len; i++)
		cJSON_AddItemToArray(
			list, evidence_json(&diagnosis->evidence.at[i]));
	add(object, "evidence", list);
	if (!diagnosis->fix_tried) {
		add(object, "fix", cJSON_CreateNull());
		return object;
	}
	fix = cJSON_CreateObject();
	add_text(fix, "tried", diagnosis->fix.en);
	add_text(fix, "tried_fr", diagnosis->fix.fr);
	add_bool(fix, "worked", diagnosis->fix_worked);
	add(object, "fix", fix);
	return object;
}

static cJSON *matrix_json(const struct matrix_row *row)
{
	cJSON *object = cJSON_CreateObject();

	add_text(object, "perturbation", row->perturbation);
	add_bool(object, "bit", row->bit);
	add_text(object, "proof", row->proof);
	add_text(object, "rung", row->rung);
	add_text(object, "stage", row->stage);
	add(object, "stages", row->stages ? foreign_json(row->stages)
					  : cJSON_CreateNull());
	return object;
}

static cJSON *remedy_json(const struct remedy_record *remedy)
{
	cJSON *object = cJSON_CreateObject();

	add_text(object, "id", remedy->id);
	add_bilingual(object, "words", &remedy->words);
	add_text(object, "step", remedy->step);
	add_text(object, "repair", remedy->repair);
	add_number(object, "deduction", remedy->deduction);
	return object;
}

static cJSON *timing_json(const struct timing *timing)
{
	cJSON *object = cJSON_CreateObject();

	add_text(object, "name", timing->name);
	add_times(object, timing->started, timing->duration);
	return object;
}

static void add_date(cJSON *object, const char *name, int64_t date)
{
	char buf[CLOCK_TEXT];

	add_text(object, name, date ? clock_format_iso(date, buf) : NULL);
}

/* What was handed in, but for what stands at the top. */
static cJSON *hand_in_json(const struct hand_in *hand_in)
{
	cJSON *object = cJSON_CreateObject(), *notes = cJSON_CreateArray();
	cJSON *maps = cJSON_CreateArray();

	add_date(object, "date", hand_in->date);
	add_bilingual(object, "dated_by", &hand_in->dated_by);
	add_text(object, "packages_as_of", hand_in->packages_as_of);
	add_text(object, "digest", hand_in->digest);
	for (size_t i = 0; i < hand_in->notes.len; i++) {
		cJSON *note = cJSON_CreateObject();
		add_text(note, "en", hand_in->notes.at[i].en);
		add_text(note, "fr", hand_in->notes.at[i].fr);
		cJSON_AddItemToArray(notes, note);
	}
	add(object, "notes", notes);
	for (size_t i = 0; i < hand_in->maps.len; i++) {
		cJSON *map = cJSON_CreateObject();
		add_text(map, "role", hand_in->maps.at[i].role);
		add_text(map, "name", hand_in->maps.at[i].name);
		add_text(map, "from", hand_in->maps.at[i].from);
		cJSON_AddItemToArray(maps, map);
	}
	add(object, "maps", maps);
	add(object, "left_out", foreign_json(hand_in->left_out));
	add(object, "recorded", foreign_json(hand_in->recorded));
	return object;
}

static void add_submission(cJSON *root, const struct result *result)
{
	const struct hand_in *hand_in = result->hand_in;

	add_text(root, "submission", result->submission);
	add_text(root, "commit", hand_in ? hand_in->commit : NULL);
	if (hand_in)
		add_bilingual(root, "chosen_by", &hand_in->chosen_by);
	else
		add(root, "chosen_by", cJSON_CreateNull());
	add(root, "hand_in", hand_in ? hand_in_json(hand_in)
				     : cJSON_CreateNull());
}

static void add_head(cJSON *root, const struct result *result)
{
	add_text(root, "bis", result->bis_version);
	add_text(root, "scenario", result->scenario);
	add_bilingual(root, "title", &result->title);
	add_text(root, "scenario_digest", result->scenario_digest);
	add_text(root, "stack", result->stack);
	add_text(root, "stack_digest", result->stack_digest);
	add_text(root, "data_digest", result->data_digest);
	add_text(root, "remedies_digest", result->remedies_digest);
	add_submission(root, result);
	add_text(root, "verdict", verdict_name(result->verdict));
	add_number(root, "points", result->points);
	add_number(root, "pending", result->pending);
	add_number(root, "max_points", result->max_points);
	add_number(root, "exit_code", result->exit_code);
	add(root, "interrupted",
	    result->interrupted ? cJSON_CreateNumber(result->interrupted)
				: cJSON_CreateNull());
	add_times(root, result->started, result->duration);
	add_text(root, "folder", result->folder);
	add(root, "vars", result->vars ? foreign_json(result->vars)
				       : cJSON_CreateObject());
}

/* An array of what `render` makes of each element. */
#define ADD_ARRAY(root, name, vec, render) \
	do { \
		cJSON *array_ = cJSON_CreateArray(); \
		for (size_t i_ = 0; i_ < (vec)->len; i_++) \
			cJSON_AddItemToArray(array_, render); \
		add(root, name, array_); \
	} while (0)

static void add_environment(cJSON *root, const struct result *result)
{
	cJSON *facts = cJSON_CreateObject();

	for (size_t i = 0; i < result->environment.len; i++)
		cJSON_AddItemToObject(facts, result->environment.at[i].name,
				      text(result->environment.at[i].value));
	add(root, "environment", facts);
	ADD_ARRAY(root, "timings", &result->timings,
		  timing_json(&result->timings.at[i_]));
	ADD_ARRAY(root, "commands", &result->commands,
		  text(result->commands.at[i_]));
}

void report_json(const struct result *result,
		 const struct report_options *options UNUSED,
		 struct strbuf *into)
{
	cJSON *root = cJSON_CreateObject();
	char *printed;

	add_head(root, result);
	ADD_ARRAY(root, "exercises", &result->exercises,
		  exercise_json(result->exercises.at[i_]));
	ADD_ARRAY(root, "runs", &result->runs,
		  run_json(result, result->runs.at[i_]));
	ADD_ARRAY(root, "diagnosis", &result->diagnosis,
		  diagnosis_json(result->diagnosis.at[i_]));
	ADD_ARRAY(root, "matrix", &result->matrix,
		  matrix_json(&result->matrix.at[i_]));
	ADD_ARRAY(root, "remedies", &result->remedies,
		  remedy_json(&result->remedies.at[i_]));
	ADD_ARRAY(root, "screens", &result->screens,
		  screen_json(&result->screens.at[i_]));
	add_environment(root, result);
	printed = cJSON_Print(root);
	strbuf_addstr(into, printed);
	strbuf_addch(into, '\n');
	cJSON_free(printed);
	cJSON_Delete(root);
}
