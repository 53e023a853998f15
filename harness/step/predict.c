/*
 * predict: asks the service for many users, and the logged model itself
 * (decoded, evaluated without Python) for the same: do they agree?
 *
 * A service may answer with the class, or with a probability; what it answers
 * is compared with the model's class, and where the answer carries a
 * probability beside it, with that, too.
 */
#include "step/sql.h"

#include "base/alloc.h"
#include "base/language.h"
#include "base/number.h"
#include "base/path.h"
#include "model/from_pickle.h"

#include <math.h>
#include <string.h>

static const struct key_spec keys[] = {
	{ .name = "features", .type = KEY_STRING, .required = true,
	  .doc = "SQL: a row a user, with the id and the model's columns." },
	{ .name = "features_path", .type = KEY_STRING,
	  .doc = "The path, before the id, under which the service shows the "
	  "features that it uses; where it shows all that the model wants, "
	  "they are taken instead of the query's, which leave out users with a "
	  "missing value: what stands in for it only the service knows." },
	{ .name = "id_field", .type = KEY_STRING, .required = true,
	  .doc = "The column with the id, and the member of the body." },
	{ .name = "params", .type = KEY_ANY,
	  .doc = "Values for $1, $2, ... of the query." },
	{ .name = "path", .type = KEY_STRING, .required = true,
	  .doc = "The path to POST to." },
	{ .name = "run", .type = KEY_STEP, .required = true,
	  .doc = "The training whose model must answer." },
	{ .name = "service", .type = KEY_STRING, .required = true,
	  .doc = "The service, by its role." },
	{ 0 },
};

/* A probability that travelled through float32 and decimal text. */
#define PROBABILITY_SLACK 1e-6
enum { SHOWN = 3 };

/* What the comparison came to. */
struct tally {
	int asked, agreed, unanswered, unread;
	bool positive_seen, negative_seen;
	struct strbuf shown; /* the first disagreements */
	json_t *answers;     /* [[id, answer, probability], ...] */
};

static const char *model_path(struct step_context *context,
			      const struct train_record *record)
{
	for (size_t i = 0; i < record->artifacts.len; i++)
		if (!strcmp(path_basename(record->artifacts.at[i].path),
			    "model.pkl"))
			return path_join(context->arena, record->folder,
					 record->artifacts.at[i].path);
	return NULL;
}

static struct model_cell cell_of(struct arena *arena, const json_t *value)
{
	struct model_cell cell = { NULL, NAN };

	if (json_is_string(value))
		cell.text = arena_strdup(arena, json_string_value(value));
	else if (json_is_boolean(value))
		cell.number = json_is_true(value);
	else if (json_is_number(value))
		cell.number = json_number_value(value);
	return cell;
}

/* Whether an answer says the class: true, 1, 1.0, "1", "True", "churn". */
static bool says_class(const json_t *answer, const char *class)
{
	double number, wanted;

	if (json_is_boolean(answer))
		return !strcasecmp(class, json_is_true(answer) ? "True"
							       : "False") ||
		       !strcmp(class, json_is_true(answer) ? "1" : "0");
	if (json_is_string(answer))
		return !strcasecmp(json_string_value(answer), class);
	number = json_number_value(answer);
	if (!strcasecmp(class, "True") || !strcasecmp(class, "False"))
		wanted = !strcasecmp(class, "True");
	else if (!number_parse_double(class, &wanted))
		return false;
	return number == wanted;
}

/* The member that answers, by the scenario's `names: {answer: [...]}`. */
static const json_t *find_answer(struct step_context *context,
				 const json_t *json)
{
	const json_t *names =
		json_object_get(context->scenario->names, "answer");
	json_t *name;
	size_t i;

	json_array_foreach(names, i, name) {
		const json_t *value =
			json_object_get(json, json_string_value(name));
		if (value && !json_is_null(value))
			return value;
	}
	return NULL;
}

static const json_t *find_probability(const json_t *json)
{
	static const char *const names[] = {
		"probability", "proba", "churn_probability", "score",
		"churn_proba", "prediction_proba",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const json_t *value = json_object_get(json, names[i]);
		if (json_is_real(value))
			return value;
	}
	return NULL;
}

static json_t *ask_service(struct step_context *context, const json_t *args,
			   const json_t *id, struct error *err)
{
	const char *field = step_text(args, "id_field");
	json_t *request = json_pack(
		"{s:O,s:O,s:{s:O}}", "service",
		json_object_get(args, "service"), "post",
		json_object_get(args, "path"), "json", field, id);
	struct step_outcome outcome = { .value = NULL };
	int rc = step_http.run(context, NULL, request, &outcome, err);

	json_decref(request);
	return rc < 0 ? NULL : outcome.value;
}

/* A member by the column's name, bare or behind a feature view's
 * ("usage__watch_hours_30d"), at the top or one object down. */
static const json_t *find_feature(const json_t *shown, const char *column,
				  int depth)
{
	const char *name;
	json_t *value;
	size_t len = strlen(column);

	json_object_foreach((json_t *)(uintptr_t)shown, name, value) {
		size_t n = strlen(name);
		if (!strcmp(name, column) ||
		    (n > len + 2 && !strcmp(name + n - len, column) &&
		     !strncmp(name + n - len - 2, "__", 2)))
			return value;
		const json_t *below = depth < 1 && json_is_object(value)
			? find_feature(value, column, depth + 1) : NULL;
		if (below)
			return below;
	}
	return NULL;
}

/* What the service itself shows of this user, as a row; NULL where it shows
 * no features, or not all. */
static json_t *shown_features(struct step_context *context,
			      const json_t *args,
			      const struct decoded_model *model,
			      const json_t *id)
{
	const char *path = step_text(args, "features_path");
	struct step_outcome outcome = { .value = NULL };
	struct strbuf url = STRBUF_INIT(STRBUF_LINE);
	json_t *row = json_object();

	if (path) {
		strbuf_addstr(&url, path);
		http_add_escaped(&url, step_scalar(context->arena, id));
		json_t *request = json_pack(
			"{s:O,s:s}", "service",
			json_object_get(args, "service"), "get", url.buf);
		step_http.run(context, NULL, request, &outcome, NULL);
		json_decref(request);
	}
	const json_t *json = json_object_get(outcome.value, "json");
	bool whole = json != NULL;
	for (size_t i = 0; whole && i < decoded_model_columns(model); i++) {
		const char *column = decoded_model_column(model, i);
		const json_t *value =
			column ? find_feature(json, column, 0) : NULL;
		whole = value && !json_object_set(row, column,
						  (json_t *)(uintptr_t)value);
	}
	json_decref(outcome.value);
	strbuf_release(&url);
	if (whole)
		return row;
	json_decref(row);
	return NULL;
}

/* The model's own answer, as probabilities; -1 where it cannot take the row. */
static int ask_model(struct step_context *context,
		     const struct decoded_model *model, const json_t *row,
		     double *proba, struct error *err)
{
	size_t count = decoded_model_columns(model);
	struct model_cell *cells =
		arena_array(context->arena, count, sizeof(*cells));

	for (size_t i = 0; i < count; i++) {
		const char *name = decoded_model_column(model, i);
		const json_t *value = name ? json_object_get(row, name) : NULL;
		if (!value)
			return error_set(err, ERROR_INVALID,
					 "the model wants a column `%s`",
					 name ? name : "without a name");
		cells[i] = cell_of(context->arena, value);
	}
	return decoded_model_proba(model, cells, proba, err);
}

static void hold(struct step_context *context,
		 const struct decoded_model *model, const double *proba,
		 const json_t *id, const json_t *answered, struct tally *tally)
{
	const json_t *json = json_object_get(answered, "json");
	const json_t *answer = find_answer(context, json);
	const json_t *probability = find_probability(json);
	size_t best = decoded_model_argmax(model, proba);
	double positive = proba[decoded_model_classes(model) - 1];
	bool agrees;

	json_array_append_new(tally->answers, json_pack(
		"[O,O?,O?]", id, answer, probability));
	tally->asked++;
	tally->positive_seen |= best > 0;
	tally->negative_seen |= best == 0;
	if (!answer) {
		tally->unanswered++;
		agrees = false;
	} else if (json_is_real(answer) && json_real_value(answer) > 0 &&
		   json_real_value(answer) < 1) {
		agrees = fabs(json_real_value(answer) - positive) <
			 PROBABILITY_SLACK;
	} else {
		agrees = says_class(answer, decoded_model_class(model, best));
	}
	if (probability && fabs(json_real_value(probability) - positive) >=
				   PROBABILITY_SLACK)
		agrees = false;
	tally->agreed += agrees;
	if (agrees || tally->asked - tally->agreed > SHOWN)
		return;
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	strbuf_addf(&tally->shown,
		    "%s%s: the model says %s (probability %.4f), the service "
		    "%.300s", tally->shown.len ? "\n" : "",
		    step_scalar(context->arena, id),
		    decoded_model_class(model, best), positive,
		    text ? text : "nothing");
	free(text);
}

/* What stands in for a missing value, the service alone knows. */
static bool lacks_a_value(const struct decoded_model *model, const json_t *row)
{
	for (size_t i = 0; i < decoded_model_columns(model); i++) {
		const char *name = decoded_model_column(model, i);
		if (name && json_is_null(json_object_get(row, name)))
			return true;
	}
	return false;
}

static int hold_rows(struct step_context *context, const json_t *args,
		     const struct decoded_model *model, const json_t *rows,
		     struct tally *tally, struct error *err)
{
	const char *field = step_text(args, "id_field");
	double *proba = arena_array(context->arena,
				    decoded_model_classes(model),
				    sizeof(*proba));
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		const json_t *id = json_object_get(row, field);
		if (!id)
			return error_set(err, ERROR_INVALID,
					 "the query gives no `%s`", field);
		json_t *shown = shown_features(context, args, model, id);
		if (!shown && lacks_a_value(model, row))
			continue;
		int rc = ask_model(context, model, shown ? shown : row, proba,
				   err);
		json_decref(shown);
		if (rc < 0) {
			tally->unread++;
			return 0;
		}
		json_t *answered = ask_service(context, args, id, err);
		if (!answered)
			return -1;
		hold(context, model, proba, id, answered, tally);
		json_decref(answered);
	}
	return 0;
}

static int query_rows(struct step_context *context, const json_t *args,
		      json_t **ret, struct error *err)
{
	json_t *query = json_pack("{s:O,s:O*}", "query",
				  json_object_get(args, "features"), "params",
				  json_object_get(args, "params"));
	struct step_outcome outcome = { .value = NULL };
	int rc = step_sql.run(context, NULL, query, &outcome, err);

	json_decref(query);
	if (rc < 0)
		return rc;
	*ret = json_incref(json_object_get(outcome.value, "rows"));
	if (!*ret)
		rc = error_set(err, ERROR_INVALID, "the features' query: %s",
			       outcome.actual ? outcome.actual : "no rows");
	json_decref(outcome.value);
	return rc;
}

static void judge(struct step_context *context, const struct tally *tally,
		  const char *why, struct step_outcome *ret)
{
	ret->judged = true;
	ret->expected =
		WORDS("the service answers what the model says, for every "
			"user asked");
	if (tally->unread || !tally->asked) {
		ret->verdict = VERDICT_INCONCLUSIVE;
		ret->actual = arena_printf(context->arena,
					   WORDS("the model could not be "
					         "asked: %s"),
					   tally->unread ? why : "no users");
		return;
	}
	ret->verdict = tally->agreed == tally->asked ? VERDICT_PASSED
						     : VERDICT_FAILED;
	ret->actual = arena_printf(context->arena,
		WORDS("%d of %d users agree%s%s"),
				   tally->agreed, tally->asked,
				   tally->shown.len ? "\n" : "",
				   tally->shown.buf);
	if (ret->verdict == VERDICT_PASSED &&
	    !(tally->positive_seen && tally->negative_seen))
		ret->note =
			WORDS("the model says the same class for every user "
			    "asked: a constant answer would agree as well");
}

static int run(struct step_context *context, const struct step *step,
	       const json_t *args, struct step_outcome *ret, struct error *err)
{
	const struct train_record *record =
		step_find_run(context, step_text(args, "run"), ret);
	struct tally tally = { .shown = STRBUF_INIT(STRBUF_TEXT),
			       .answers = json_array() };
	struct decoded_model *model = NULL;
	struct error why = ERROR_INIT;
	json_t *rows = NULL;

	(void)step;
	if (!record) {
		json_decref(tally.answers);
		return 0;
	}
	const char *path = model_path(context, record);
	ret->service = step_text(args, "service");
	ret->by_hand = arena_printf(
		context->arena,
		"curl -s \"%s%s\" -H 'content-type: application/json' -d "
		"'{\"%s\": \"...\"}'",
		stack_by_hand(context->stack, ret->service),
		step_text(args, "path"), step_text(args, "id_field"));
	int rc = 0;
	if (!path)
		error_set(&why, ERROR_INVALID, "the run logged no model.pkl");
	if (!path || decoded_model_load(path, &model, &why) < 0)
		tally.unread++;
	else
		rc = query_rows(context, args, &rows, err);
	if (rc == 0 && model)
		rc = hold_rows(context, args, model, rows, &tally, &why);
	if (rc < 0 && why.kind != ERROR_NONE && err)
		*err = why;
	if (rc == 0) {
		judge(context, &tally, why.message, ret);
		ret->value = json_pack("{s:i,s:i,s:i,s:O}", "asked",
				       tally.asked, "agreed", tally.agreed,
				       "unanswered", tally.unanswered,
				       "answers", tally.answers);
	}
	decoded_model_free(model);
	strbuf_release(&tally.shown);
	json_decref(tally.answers);
	json_decref(rows);
	return rc;
}

const struct step_kind step_predict = {
	.syntax = { "predict", "Hold a service's predictions against the "
		    "logged model.", keys },
	.run = run,
};
