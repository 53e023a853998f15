#include "run/remedy.h"

#include "base/strbuf.h"
#include "format/yaml.h"
#include "scenario/validate.h"

#include <string.h>

static const struct key_spec when_keys[] = {
	{ .name = "action", .type = KEY_STRINGS, .required = true,
	  .doc = "The actions that fail; `up` is the start of the stack." },
	{ .name = "exit", .type = KEY_INTEGER,
	  .doc = "Their exit code; any but 0 where it isn't said." },
	{ .name = "output", .type = KEY_STRING, .required = true,
	  .doc = "What they print: a pattern." },
	{ 0 },
};

static const struct key_spec remedy_keys[] = {
	{ .name = "deduction", .type = KEY_NUMBER,
	  .doc = "The points that it costs; 0 where it isn't said." },
	{ .name = "id", .type = KEY_NAME, .required = true,
	  .doc = "Its name, unique in the file." },
	{ .name = "repair", .type = KEY_MAPPING, .required = true,
	  .keys = repair_keys, .doc = "What is done." },
	{ .name = "when", .type = KEY_MAPPING, .required = true,
	  .keys = when_keys, .doc = "The failure." },
	{ .name = "why", .type = KEY_BILINGUAL, .required = true,
	  .doc = "What was wrong and what was done, in a sentence." },
	{ 0 },
};

static const struct key_spec file_keys[] = {
	{ .name = "bis-remedies", .type = KEY_INTEGER, .required = true,
	  .doc = "The version of this format: 1." },
	{ .name = "remedies", .type = KEY_MAPPINGS, .required = true,
	  .keys = remedy_keys, .doc = "In the order in which they are tried." },
	{ 0 },
};

static const char *text(const json_t *args, const char *key)
{
	return json_string_value(json_object_get(args, key));
}

static bool is_known(const struct remedies *remedies, const char *id)
{
	for (size_t i = 0; i < remedies->at.len; i++)
		if (!strcmp(remedies->at.at[i].id, id))
			return true;
	return false;
}

static int load_one(const json_t *args, const struct yaml_node *node,
		    struct remedies *ret, struct error *err)
{
	const json_t *when = json_object_get(args, "when");
	const json_t *code = json_object_get(when, "exit");
	const json_t *why = json_object_get(args, "why");
	const json_t *repair = json_object_get(args, "repair");
	const char *unless = text(repair, "unless");
	struct error bad = ERROR_INIT;

	if (is_known(ret, text(args, "id")))
		return yaml_complain(yaml_get(node, "id"), err,
				     "a second remedy is called `%s`",
				     text(args, "id"));
	if (pattern_check(text(when, "output"), &bad) < 0)
		return yaml_complain(yaml_get(yaml_get(node, "when"),
					      "output"), err, "%s",
				     bad.message);
	if (unless && pattern_check(unless, &bad) < 0)
		return yaml_complain(yaml_get(yaml_get(node, "repair"),
					      "unless"), err, "%s",
				     bad.message);
	*vec_push(&ret->at) = (struct remedy){
		.id = text(args, "id"),
		.actions = json_object_get(when, "action"),
		.any_exit = !code, .exit_code = json_integer_value(code),
		.output = text(when, "output"), .repair = repair,
		.deduction = json_number_value(json_object_get(args,
							       "deduction")),
		.why = { text(why, "en"), text(why, "fr") },
	};
	return 0;
}

int remedies_load(const char *path, struct arena *arena,
		  struct remedies *ret, struct error *err)
{
	const struct yaml_node *root;
	struct remedies remedies = { VEC_INIT, NULL, "" };
	json_t *args;
	size_t i;
	int rc = 0;

	if (yaml_read_file(path, NULL, NULL, arena, &root, err) < 0 ||
	    validate_mapping(root, file_keys, "a file of remedies", NULL,
			     &remedies.args, err) < 0)
		return -1;
	hash_sha256(root->source->text, root->source->len, remedies.digest);
	if (yaml_get(root, "bis-remedies")->integer != 1)
		rc = yaml_complain(yaml_get(root, "bis-remedies"), err,
				   "this bis reads remedies of version 1");
	json_array_foreach(json_object_get(remedies.args, "remedies"), i, args)
		if (!rc)
			rc = load_one(args, yaml_get(root, "remedies")
					      ->items[i], &remedies, err);
	if (rc < 0)
		remedies_release(&remedies);
	else
		*ret = remedies;
	return rc;
}

void remedies_release(struct remedies *remedies)
{
	vec_release(&remedies->at);
	json_decref(remedies->args);
	remedies->args = NULL;
}

static bool is_about(const struct remedy *remedy,
		     const struct failure *failure)
{
	json_t *action;
	size_t i;

	if (!remedy->any_exit && remedy->exit_code != failure->exit_code)
		return false;
	json_array_foreach(remedy->actions, i, action)
		if (!strcmp(json_string_value(action), failure->action))
			return true;
	return false;
}

/* Once in the report, and once off the points, however often it was needed. */
static void record(const struct remedy *remedy, const struct failure *failure,
		   const char *done, const struct remedy_scene *scene)
{
	struct result *result = scene->result;
	bool before = false;

	for (size_t i = 0; i < result->remedies.len; i++)
		before |= !strcmp(result->remedies.at[i].id, remedy->id);
	*vec_push(&result->remedies) = (struct remedy_record){
		arena_strdup(scene->repair.arena, remedy->id),
		{ arena_strdup(scene->repair.arena, remedy->why.en),
		  arena_strdup(scene->repair.arena, remedy->why.fr) },
		failure->step, done, before ? 0 : remedy->deduction,
	};
	event_note(scene->sinks, "repaired, and tried once more: %s (%s)",
		   remedy->id, done);
}

bool remedies_apply(const struct remedies *remedies,
		    const struct failure *failure,
		    const struct remedy_scene *scene)
{
	for (size_t i = 0; i < remedies->at.len; i++) {
		const struct remedy *remedy = &remedies->at.at[i];
		struct strbuf done = STRBUF_INIT(STRBUF_LINE);
		struct error err = ERROR_INIT;
		struct pattern_match match;

		if (!is_about(remedy, failure) ||
		    pattern_find(remedy->output, failure->output,
				 strlen(failure->output), 0, &match,
				 NULL) != 1)
			continue;
		int rc = repair_make(remedy->repair, &scene->repair,
				     failure->output, &match, &done, &err);
		const char *what = arena_strdup(scene->repair.arena, done.buf);
		strbuf_release(&done);
		if (rc < 0)
			event_note(scene->sinks, "the remedy %s could not be "
				   "applied: %s", remedy->id, err.message);
		if (rc < 0 || !*what)
			continue;
		record(remedy, failure, what, scene);
		return true;
	}
	return false;
}
