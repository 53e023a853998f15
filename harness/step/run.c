/* run: an earlier training's run, as the tracking server holds it now. */
#include "step/train.h"
#include "step/tracking.h"

static const struct key_spec keys[] = {
	{ .name = "of", .type = KEY_STEP, .required = true,
	  .doc = "The id of the train step." },
	{ 0 },
};

static int run(struct step_context *context, const struct step *step,
	       const json_t *args, struct step_outcome *ret, struct error *err)
{
	const struct train_record *record =
		step_find_run(context, step_text(args, "of"), ret);
	json_t *answer = NULL;

	(void)step;
	if (!record)
		return 0;
	const char *query =
		arena_printf(context->arena, "run_id=%s", record->run_id);
	if (tracking_call(context, "runs/get", query, NULL, &answer, err) < 0)
		return -1;
	ret->service = "tracking";
	ret->by_hand = arena_printf(
		context->arena,
		"%s\ncurl -s \"%s/api/2.0/mlflow/runs/get?run_id=$RUN\"",
		tracking_run_by_hand(context, record),
		stack_by_hand(context->stack, "tracking"));
	ret->value = train_value(context, record);
	json_object_set(ret->value, "info",
			json_object_get(json_object_get(answer, "run"),
					"info"));
	json_decref(answer);
	return 0;
}

const struct step_kind step_run = {
	.syntax = { "run", "Look at the logged run of a training.", keys },
	.run = run,
};
