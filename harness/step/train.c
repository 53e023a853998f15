/* train: one training, by the stack's own action. */
#include "step/train.h"

#include "base/clock.h"
#include "base/language.h"
#include "step/tracking.h"

#include <string.h>

static const struct key_spec keys[] = {
	{ .name = "as_of", .type = KEY_STRING, .required = true,
	  .doc = "The date whose snapshot is trained on." },
	{ .name = "seed", .type = KEY_INTEGER,
	  .doc = "The seed, where the stack's training has a knob for it." },
	{ .name = "threads", .type = KEY_INTEGER,
	  .doc = "How many threads, where there is a knob for it." },
	{ 0 },
};

const char *train_metric_name(struct step_context *context,
			      const struct train_record *record,
			      const char *role, const char **ret_why)
{
	const json_t *candidates =
		json_object_get(context->scenario->names, role);
	const char *found = NULL;
	json_t *candidate;
	size_t i;

	*ret_why = NULL;
	json_array_foreach(candidates, i, candidate) {
		const char *name = json_string_value(candidate);
		if (!name || !json_object_get(record->metrics, name))
			continue;
		if (found) {
			*ret_why = arena_printf(
				context->arena,
				"both `%s` and `%s` could be the %s; say "
				"which: --map %s=%s", found, name, role, role,
				found);
			return NULL;
		}
		found = name;
	}
	if (!found)
		*ret_why = arena_printf(
			context->arena,
			"none of the logged metrics is known to be the %s; "
			"say which it is: --map %s=NAME", role, role);
	return found;
}

/* {"auc": 0.82, ...} by role */
static json_t *metrics_by_role(struct step_context *context,
			       const struct train_record *record)
{
	json_t *by_role = json_object();
	const char *role;
	json_t *candidates;

	json_object_foreach(context->scenario->names, role, candidates) {
		const char *why;
		const char *name =
			train_metric_name(context, record, role, &why);
		if (name)
			json_object_set(by_role, role,
					json_object_get(record->metrics,
							name));
		else
			*vec_push(&context->ambiguous) = (struct fact){
				arena_printf(context->arena, ".metric.%s",
					     role), why };
	}
	return by_role;
}

static json_t *artifacts_by_path(const struct train_record *record)
{
	json_t *artifacts = json_object();

	for (size_t i = 0; i < record->artifacts.len; i++) {
		const struct artifact_record *a = &record->artifacts.at[i];
		json_object_set_new(artifacts, a->path,
				    json_pack("{s:I,s:s}", "size",
					      (json_int_t)a->digest.size,
					      "sha256", a->digest.sha256));
	}
	return artifacts;
}

json_t *train_value(struct step_context *context,
		    const struct train_record *record)
{
	json_t *value = json_pack(
		"{s:s,s:s*,s:s*,s:O,s:O,s:O,s:o,s:o}", "run_id",
		record->run_id, "run_name", record->run_name, "as_of",
		record->as_of, "metrics", record->metrics, "params",
		record->params, "tags", record->tags, "metric",
		metrics_by_role(context, record), "artifacts",
		artifacts_by_path(record));

	if (record->model_name)
		json_object_set_new(value, "model",
				    json_pack("{s:s,s:s}", "name",
					      record->model_name, "version",
					      record->model_version));
	return value;
}

static int take_action(struct step_context *context,
		       const struct train_spec *spec,
		       struct action_outcome *action, struct step_outcome *ret,
		       struct error *err)
{
	static const struct action_options plain = { .timeout = 0 };
	char how[64];

	if (stack_action(context->stack, "train", spec->with,
			 spec->options ? spec->options : &plain, action,
			 err) < 0)
		return error_context(err, "training %s", spec->id);
	if (!action->known)
		return error_set(err, ERROR_INVALID,
				 "this stack has no action `train`");
	ret->judged = true;
	ret->by_hand = action->command;
	ret->expected = WORDS("the training ends well and is logged");
	ret->no_answer = action->timed_out;
	step_note_action(context, "train", action, ret);
	if (action->exit_code == 0)
		return 0;
	ret->verdict = VERDICT_FAILED;
	ret->actual = arena_strdup(
		context->arena, action->timed_out ?
			WORDS("it did not end in time") :
		subprocess_describe(action->exit_code, action->signal, how));
	ret->log_tail = step_tail(context->arena,
				  *action->err_text ? action->err_text
						    : action->out, 15);
	return 0;
}

/* The run's id as printed; else the newest run that began since. */
static int find_run_id(struct step_context *context,
		       const struct action_outcome *action, int64_t since,
		       struct train_record *record, struct step_outcome *ret,
		       struct error *err)
{
	const char *printed = step_text(action->values, "run_id");

	if (printed) {
		record->run_id = arena_strdup(context->arena, printed);
		return 0;
	}
	if (tracking_newest_run(context, since, &record->run_id, err) < 0)
		return -1;
	if (record->run_id) {
		ret->note =
			WORDS("the training prints no run id: the newest run "
			      "on "
			    "the tracking server was taken");
	} else {
		ret->verdict = VERDICT_FAILED;
		ret->actual =
			WORDS("it ended well, but the tracking server holds "
			      "no run of it");
		ret->log_tail = step_tail(context->arena, action->out, 15);
	}
	return 0;
}

int train_once(struct step_context *context, const struct train_spec *spec,
	       struct train_record **ret, struct step_outcome *outcome,
	       struct error *err)
{
	struct action_outcome action = { .known = false };
	struct train_record *record =
		arena_new(context->arena, struct train_record);
	int rc;

	*ret = NULL;
	record->id = spec->id;
	record->world = context->world;
	record->purpose = spec->purpose ? spec->purpose : "graded";
	record->as_of = arena_strdup(context->arena,
				     step_text(spec->with, "as_of"));
	record->started = clock_now();
	rc = take_action(context, spec, &action, outcome, err);
	if (rc == 0 && outcome->verdict == VERDICT_PASSED) {
		record->duration = action.duration;
		record->printed =
			step_tail(context->arena, action.out, 5);
		rc = find_run_id(context, &action, record->started, record,
				 outcome, err);
	}
	if (rc == 0 && record->run_id && outcome->verdict == VERDICT_PASSED) {
		/* Listed before it is filled: it is released with the result. */
		*vec_push(&context->result->runs) = record;
		rc = tracking_fetch_run(context, record, err);
	}
	if (rc == 0 && record->run_id && outcome->verdict == VERDICT_PASSED) {
		outcome->value = train_value(context, record);
		if (action.values)
			json_object_set(outcome->value, "printed",
					action.values);
		*ret = record;
	}
	json_decref(action.values);
	return rc;
}

static int run(struct step_context *context, const struct step *step,
	       const json_t *args, struct step_outcome *ret, struct error *err)
{
	struct train_record *record;
	const struct train_spec spec = { .id = step->id, .with = args };

	return train_once(context, &spec, &record, ret, err);
}

const struct step_kind step_train = {
	.syntax = { "train", "Train once, by the stack's own action.", keys },
	.changes_state = true,
	.run = run,
};
