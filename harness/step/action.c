/* action: one of the things that the stack file says this stack can do. */
#include "step/step.h"

#include "base/language.h"

static const struct key_spec keys[] = {
	{ .name = "name", .type = KEY_NAME, .required = true,
	  .doc = "The action: ingest, apply, materialize, promote, restart." },
	{ .name = "with", .type = KEY_VALUES,
	  .doc = "Its parameters." },
	{ 0 },
};

static int run(struct step_context *context, const struct step *step,
	       const json_t *args, struct step_outcome *ret, struct error *err)
{
	const char *name = step_text(args, "name");
	const struct action_options options = { .timeout = 0 };
	struct action_outcome outcome = { .known = false };
	char how[64];

	(void)step;
	if (stack_action(context->stack, name, json_object_get(args, "with"),
			 &options, &outcome, err) < 0)
		return error_context(err, "action %s", name);
	if (!outcome.known) {
		json_decref(outcome.values);
		return error_set(err, ERROR_INVALID,
				 "this stack has no action `%s`", name);
	}
	ret->judged = true;
	ret->verdict = outcome.exit_code == 0 ? VERDICT_PASSED
					      : VERDICT_FAILED;
	ret->no_answer = outcome.timed_out;
	ret->by_hand = outcome.command;
	ret->expected = arena_printf(context->arena,
		WORDS("%s ends well"), name);
	if (outcome.exit_code)
		ret->actual = arena_strdup(
			context->arena, outcome.timed_out
			? "did not end in time"
			: subprocess_describe(outcome.exit_code,
					      outcome.signal, how));
	step_note_action(context, name, &outcome, ret);
	if (outcome.exit_code)
		ret->log_tail = step_tail(context->arena,
					  *outcome.err_text ? outcome.err_text
							    : outcome.out,
					  15);
	ret->value = json_pack("{s:i,s:s,s:s,s:o*}", "exit_code",
			       outcome.exit_code, "out", outcome.out, "err",
			       outcome.err_text, "values", outcome.values);
	return 0;
}

const struct step_kind step_action = {
	.syntax = { "action", "Have the stack do one of its actions.", keys },
	.changes_state = true,
	.run = run,
};
