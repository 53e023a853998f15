/* recorded: what the submission shows of its author's own runs. */
#include "step/step.h"

#include "base/language.h"

#include <string.h>

static const struct key_spec keys[] = {
	{ .name = "model", .type = KEY_STRING,
	  .doc = "Only the versions of this registered model." },
	{ 0 },
};

/* All rows of that name in all databases. */
static json_t *gather(const json_t *databases, const char *name,
		      const char *model)
{
	json_t *into = json_array(), *database, *row;
	size_t i, j;

	json_array_foreach(databases, i, database) {
		json_array_foreach(json_object_get(database, name), j, row) {
			const char *of = step_text(row, "name");
			if (!model || (of && !strcmp(of, model)))
				json_array_append(into, row);
		}
	}
	return into;
}

/* The stage, or one of the scenario's aliases for it. */
static bool is_promoted(const json_t *version, const json_t *names)
{
	const char *stage = step_text(version, "stage");
	json_t *alias, *name;
	size_t i, j;

	if (stage && !strcmp(stage, "Production"))
		return true;
	json_array_foreach(json_object_get(version, "aliases"), i, alias)
		json_array_foreach(names, j, name)
			if (json_equal(alias, name))
				return true;
	return false;
}

static json_t *promoted_of(const json_t *versions, const json_t *names)
{
	json_t *into = json_array(), *version;
	size_t i;

	json_array_foreach(versions, i, version)
		if (is_promoted(version, names))
			json_array_append(into, version);
	return into;
}

static bool any_readable(const json_t *databases)
{
	json_t *database;
	size_t i;

	json_array_foreach(databases, i, database)
		if (!json_object_get(database, "error"))
			return true;
	return false;
}

static int run(struct step_context *context, const struct step *step,
	       const json_t *args, struct step_outcome *ret, struct error *err)
{
	const struct hand_in *hand_in = context->result->hand_in;
	const char *model = step_text(args, "model");

	(void)step;
	(void)err;
	ret->expected = WORDS("the submission shows its author's own runs");
	if (!hand_in) {
		ret->judged = true;
		ret->verdict = VERDICT_NOT_APPLICABLE;
		ret->actual =
			WORDS("the system that comes with Bis has no author");
		return 0;
	}
	const json_t *databases = json_object_get(hand_in->recorded,
						  "databases");
	if (!any_readable(databases)) {
		ret->judged = true;
		ret->verdict = VERDICT_INCONCLUSIVE;
		ret->actual =
			WORDS("no tracking database was handed in: a person "
			      "has to look, with the report beside");
		return 0;
	}
	json_t *versions = gather(databases, "versions", model);
	const json_t *names =
		json_object_get(context->scenario->names, "production");
	ret->value = json_pack("{s:o,s:o,s:o,s:O,s:O}", "runs",
			       gather(databases, "runs", NULL), "promoted",
			       promoted_of(versions, names), "versions",
			       versions,
			       "files", json_object_get(hand_in->recorded,
							"files"),
			       "moved", json_object_get(hand_in->recorded,
							"moved"));
	return 0;
}

const struct step_kind step_recorded = {
	.syntax = { "recorded",
		    "Look at the tracking database, models and other state "
		    "that were handed in.", keys },
	.run = run,
};
