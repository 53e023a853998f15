/* registry: the versions of a registered model, as the server lists them; and
 * which of them are promoted, by the stage or by an alias. */
#include "step/tracking.h"

#include <string.h>

static const struct key_spec keys[] = {
	{ .name = "model", .type = KEY_STRING, .required = true,
	  .doc = "The registered model's name." },
	{ 0 },
};

/* {alias: version} of the model. */
static int read_aliases(struct step_context *context, const char *model,
			json_t *aliases, struct error *err)
{
	struct strbuf query = STRBUF_INIT(STRBUF_LINE);
	json_t *answer = NULL, *item;
	size_t i;

	strbuf_addstr(&query, "name=");
	http_add_escaped(&query, model);
	int rc = tracking_call(context, "registered-models/get", query.buf,
			       NULL, &answer, err);
	strbuf_release(&query);
	if (rc < 0)
		return -1;
	const json_t *registered = json_object_get(answer, "registered_model");
	json_array_foreach(json_object_get(registered, "aliases"), i, item) {
		const char *alias = step_text(item, "alias");
		if (alias)
			json_object_set(aliases, alias,
					json_object_get(item, "version"));
	}
	json_decref(answer);
	return 0;
}

static void add_once(json_t *list, json_t *value)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		if (json_equal(item, value))
			return;
	json_array_append(list, value);
}

/* The versions in the stage Production, and those that carry one of the
 * scenario's aliases for it (`names: {production: [...]}`). */
static json_t *find_production(struct step_context *context,
			       const json_t *versions, const json_t *aliases)
{
	const json_t *names =
		json_object_get(context->scenario->names, "production");
	json_t *production = json_array(), *item;
	size_t i;

	json_array_foreach(versions, i, item) {
		const char *stage = step_text(item, "current_stage");
		if (stage && !strcmp(stage, "Production"))
			add_once(production, json_object_get(item, "version"));
	}
	json_array_foreach(names, i, item) {
		json_t *version = json_object_get(aliases,
						  json_string_value(item));
		if (version)
			add_once(production, version);
	}
	return production;
}

static int run(struct step_context *context, const struct step *step,
	       const json_t *args, struct step_outcome *ret, struct error *err)
{
	const char *model = step_text(args, "model");
	json_t *versions = NULL, *aliases = json_object();

	(void)step;
	if (tracking_versions(context, model, &versions, err) < 0 ||
	    (json_array_size(versions) &&
	     read_aliases(context, model, aliases, err) < 0)) {
		json_decref(versions);
		json_decref(aliases);
		return -1;
	}
	ret->service = "tracking";
	ret->by_hand = arena_printf(
		context->arena,
		"curl -s -G \"%s/api/2.0/mlflow/model-versions/search\" "
		"--data-urlencode \"filter=name='%s'\"",
		stack_by_hand(context->stack, "tracking"), model);
	ret->value = json_pack("{s:s,s:i,s:o,s:o,s:o}", "model", model, "count",
			       (int)json_array_size(versions), "production",
			       find_production(context, versions, aliases),
			       "aliases", aliases, "versions", versions);
	return 0;
}

const struct step_kind step_registry = {
	.syntax = { "registry", "List the versions of a registered model.",
		    keys },
	.run = run,
};
