/* registry: the versions of a registered model, as the server lists them. */
#include "step/tracking.h"

#include <string.h>

static const struct key_spec keys[] = {
	{ .name = "model", .type = KEY_STRING, .required = true,
	  .doc = "The registered model's name." },
	{ 0 },
};

static int run(struct step_context *context, const struct step *step,
	       const json_t *args, struct step_outcome *ret, struct error *err)
{
	const char *model = step_text(args, "model");
	json_t *versions = NULL, *version;
	json_t *production = json_array();
	size_t i;

	(void)step;
	if (tracking_versions(context, model, &versions, err) < 0) {
		json_decref(production);
		return -1;
	}
	json_array_foreach(versions, i, version) {
		const char *stage = step_text(version, "current_stage");
		if (stage && !strcmp(stage, "Production"))
			json_array_append(production,
					  json_object_get(version, "version"));
	}
	ret->service = "tracking";
	ret->by_hand = arena_printf(
		context->arena,
		"curl -s -G \"%s/api/2.0/mlflow/model-versions/search\" "
		"--data-urlencode \"filter=name='%s'\"",
		stack_by_hand(context->stack, "tracking"), model);
	ret->value = json_pack("{s:s,s:i,s:o,s:o}", "model", model, "count",
			       (int)json_array_size(versions), "production",
			       production, "versions", versions);
	return 0;
}

const struct step_kind step_registry = {
	.syntax = { "registry", "List the versions of a registered model.",
		    keys },
	.run = run,
};
