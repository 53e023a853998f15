/* value: looks at what earlier steps captured; nothing is done. */
#include "step/step.h"

static const struct key_spec keys[] = {
	{ .name = "of", .type = KEY_ANY, .required = true,
	  .doc = "A capture, or a tree of them." },
	{ 0 },
};

static int run(struct step_context *context, const struct step *step,
	       const json_t *args, struct step_outcome *ret, struct error *err)
{
	(void)context;
	(void)step;
	(void)err;
	ret->value = json_incref(json_object_get(args, "of"));
	return 0;
}

const struct step_kind step_value = {
	.syntax = { "value", "Look at what earlier steps captured.", keys },
	.run = run,
};
