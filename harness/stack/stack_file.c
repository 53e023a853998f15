#include "stack/stack_file.h"

#include "base/hash.h"
#include "base/io.h"
#include "base/suggest.h"
#include "scenario/validate.h"
#include "stack/attach.h"
#include "stack/compose.h"
#include "stack/process.h"
#include "stack/template.h"

#include <stdio.h>

const struct stack_driver *const stack_drivers[] = {
	&stack_driver_attach,
	&stack_driver_compose,
	&stack_driver_process,
};
const size_t stack_driver_count = ARRAY_SIZE(stack_drivers);

static const char *const roles[] = {
	"api", "database", "features", "orchestrator", "tracking", NULL,
};

static const struct key_spec service_common_keys[] = {
	{ .name = "needs", .type = KEY_STRINGS,
	  .doc = "Services that must be ready before it starts." },
	{ .name = "role", .type = KEY_CHOICE, .choices = roles,
	  .doc = "What scenarios call it by." },
	{ 0 },
};

static const struct key_spec action_keys[] = {
	{ .name = "env", .type = KEY_STRINGS,
	  .doc = "NAME=value, added to the environment." },
	{ .name = "optional", .type = KEY_LISTS,
	  .doc = "Words added to the command where the parameter is given." },
	{ .name = "optional_env", .type = KEY_LISTS,
	  .doc = "NAME=value, added to the environment where the parameter is "
		 "given; where a name in it was not found, the action has no "
		 "such parameter." },
	{ .name = "params", .type = KEY_STRINGS,
	  .doc = "Parameters that must be given." },
	{ .name = "restart", .type = KEY_STRINGS,
	  .doc = "Services to start anew, after the command." },
	{ .name = "run", .type = KEY_STRINGS,
	  .doc = "The command: a list of words, no shell." },
	{ .name = "service", .type = KEY_NAME,
	  .doc = "The service in which it runs." },
	{ .name = "values", .type = KEY_VALUES,
	  .doc = "What to read from its output: a pattern with one group." },
	{ .name = "within", .type = KEY_DURATION,
	  .doc = "How long it may take: 10m where it isn't said." },
	{ 0 },
};

static const struct key_spec submission_keys[] = {
	{ .name = "data", .type = KEY_STRINGS,
	  .doc = "Where a submission's data lie: patterns of paths, the first "
	  "that is a folder counts." },
	{ .name = "generated", .type = KEY_STRINGS,
	  .doc = "What its author's own runs left: names, or patterns of "
	  "paths; moved aside before the start." },
	{ .name = "generated_where", .type = KEY_STRINGS,
	  .doc = "Folders that hold a file of such a name are moved, too." },
	{ 0 },
};

const struct key_spec stack_common_keys[] = {
	{ .name = "actions", .type = KEY_NAMED, .keys = action_keys,
	  .doc = "What the stack can do, by name." },
	{ .name = "bis-stack", .type = KEY_INTEGER, .required = true,
	  .doc = "The version of this format: 1." },
	{ .name = "driver", .type = KEY_NAME, .required = true,
	  .doc = "How the stack is brought up." },
	{ .name = "services", .type = KEY_NAMED, .required = true,
	  .keys = service_common_keys, .doc = "The services, by name." },
	{ .name = "submission", .type = KEY_MAPPING, .keys = submission_keys,
	  .doc = "What a submission of this lab looks like." },
	{ .name = "title", .type = KEY_BILINGUAL,
	  .doc = "What this stack is." },
	{ .name = "vars", .type = KEY_VALUES,
	  .doc = "Variables of its command lines, with their defaults." },
	{ 0 },
};

bool stack_is_role(const char *name)
{
	for (size_t i = 0; roles[i]; i++)
		if (!strcmp(roles[i], name))
			return true;
	return false;
}

static const char *driver_name_at(const void *list, size_t i)
{
	return ((const struct stack_driver *const *)list)[i]->name;
}

static int find_driver(const struct yaml_node *root, struct stack_file *file,
		       struct error *err)
{
	const struct yaml_node *version = yaml_get(root, "bis-stack");
	const struct yaml_node *node = yaml_get(root, "driver");
	const char *near;

	if (!version)
		return yaml_complain(root, err, "not a stack file: its first "
				     "key must be `bis-stack: 1`");
	if (version->type != YAML_INTEGER || version->integer != 1)
		return yaml_complain(version, err,
				     "this bis reads stack files of version 1");
	if (!node || !yaml_is_scalar(node))
		return yaml_complain(node ? node : root, err,
				     "no `driver` is given");
	for (size_t i = 0; i < stack_driver_count; i++)
		if (!strcmp(stack_drivers[i]->name, node->text))
			file->driver = stack_drivers[i];
	if (file->driver)
		return 0;
	near = suggest_name(node->text, stack_drivers, stack_driver_count,
			    driver_name_at);
	return yaml_complain(node, err, "no driver is called `%s`%s%s%s",
			     node->text, near ? "; did you mean `" : "",
			     near ? near : "", near ? "`?" : "");
}

/* Two tables as one. */
static const struct key_spec *join_keys(struct arena *arena,
					const struct key_spec *common,
					const struct key_spec *own)
{
	size_t n = key_spec_count(common), m = key_spec_count(own);
	struct key_spec *joined = arena_array(arena, n + m + 1,
					      sizeof(*joined));

	memcpy(joined, common, n * sizeof(*joined));
	memcpy(joined + n, own, m * sizeof(*joined));
	return joined;
}

static const struct key_spec *keys_of(struct arena *arena,
				      const struct stack_driver *driver)
{
	const struct key_spec *services = join_keys(
		arena, service_common_keys, driver->service_keys);
	struct key_spec *keys = (struct key_spec *)(void *)join_keys(
		arena, stack_common_keys, driver->keys);

	for (struct key_spec *k = keys; k->name; k++)
		if (!strcmp(k->name, "services"))
			k->keys = services;
	return keys;
}

/* Which names a template may hold where the validator stands. */
struct scope {
	const struct stack_file *file;
	const struct service *service;
	const json_t *params, *optional, *optional_env; /* of an action */
};

static bool lists(const json_t *array, const char *name)
{
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item)
		if (!strcmp(json_string_value(item), name))
			return true;
	return false;
}

static const char *known_name(void *self, const char *name)
{
	const struct scope *scope = self;

	if (json_object_get(scope->file->vars, name) ||
	    lists(scope->params, name) ||
	    json_object_get(scope->optional, name) ||
	    json_object_get(scope->optional_env, name) ||
	    scope->file->driver->knows(scope->file, scope->service, name))
		return "";
	return NULL;
}

static int check_text(void *self, const struct yaml_node *node,
		      const struct key_spec *spec, struct error *err)
{
	_cleanup_(strbuf_release) struct strbuf unused =
		STRBUF_INIT(STRBUF_TEXT);
	struct template_names names = { self, known_name };
	struct error why = ERROR_INIT;
	size_t offset = 0;

	(void)spec;
	if (template_expand(node->text, &names, &unused, &offset, &why) == 0)
		return 0;
	return yaml_complain_inside(node, offset, 1, err, "%s", why.message);
}

static int check_templates(struct scope *scope, const struct yaml_node *node,
			   const struct key_spec *keys, const char *what,
			   struct error *err)
{
	struct validator validator = { .self = scope, .text = check_text };

	return validate_mapping(node, keys, what, &validator, NULL, err);
}

/* The mapping but for `key`. */
static struct yaml_node without(const struct yaml_node *node, const char *key,
				struct arena *arena)
{
	struct yaml_pair *pairs = arena_array(arena, node->count + 1,
					      sizeof(*pairs));
	struct yaml_node rest = *node;

	rest.pairs = pairs;
	rest.count = 0;
	for (size_t i = 0; i < node->count; i++)
		if (strcmp(node->pairs[i].key->text, key))
			pairs[rest.count++] = node->pairs[i];
	return rest;
}

/* A list of texts in the arena, ended with NULL; NULL where there is none. */
static const char *const *texts(struct arena *arena, const json_t *array)
{
	size_t n = json_array_size(array);

	if (!array)
		return NULL;
	const char **list = arena_array(arena, n + 1, sizeof(*list));
	for (size_t i = 0; i < n; i++)
		list[i] = json_string_value(json_array_get(array, i));
	return list;
}

static void load_services(struct stack_file *file)
{
	json_t *services = json_object_get(file->args, "services"), *args;
	const char *name;

	json_object_foreach(services, name, args) {
		struct service *s = vec_push(&file->services);
		const json_t *needs = json_object_get(args, "needs"), *need;
		size_t i;
		s->name = name;
		s->role = json_string_value(json_object_get(args, "role"));
		s->args = args;
		json_array_foreach(needs, i, need)
			*vec_push(&s->needs) = json_string_value(need);
	}
}

static const struct service *by_name(const struct stack_file *file,
				     const char *name)
{
	for (size_t i = 0; i < file->services.len; i++)
		if (!strcmp(file->services.at[i].name, name))
			return &file->services.at[i];
	return NULL;
}

/* Whether following `needs` from s leads nowhere twice: depth says so. */
static bool needs_end(const struct stack_file *file, const struct service *s,
		      size_t depth)
{
	if (depth > file->services.len)
		return false;
	for (size_t i = 0; i < s->needs.len; i++)
		if (!needs_end(file, by_name(file, s->needs.at[i]), depth + 1))
			return false;
	return true;
}

static int check_needs(const struct stack_file *file,
		       const struct yaml_node *services, struct error *err)
{
	for (size_t i = 0; i < file->services.len; i++) {
		const struct service *s = &file->services.at[i];
		const struct yaml_node *node = yaml_get(services, s->name);
		for (size_t j = 0; j < s->needs.len; j++)
			if (!by_name(file, s->needs.at[j]))
				return yaml_complain(
					yaml_get(node, "needs"), err,
					"`%s` needs `%s`, which is no service",
					s->name, s->needs.at[j]);
	}
	for (size_t i = 0; i < file->services.len; i++) {
		const struct service *s = &file->services.at[i];
		if (!needs_end(file, s, 0))
			return yaml_complain(yaml_get(services, s->name), err,
					     "`%s` needs itself, in a circle",
					     s->name);
	}
	return 0;
}

static void load_optional(struct optional_list *list, const json_t *args,
			  const char *which, struct arena *arena)
{
	json_t *item;
	const char *key;

	json_object_foreach(json_object_get(args, which), key, item)
		*vec_push(&list->at) =
			(struct optional_words){ key, texts(arena, item) };
}

static void load_action(struct stack_file *file, const char *name,
			const json_t *args, struct arena *arena)
{
	struct action *a = vec_push(&file->actions);
	json_t *values = json_object_get(args, "values"), *item;
	const json_t *params = json_object_get(args, "params");
	const char *key;
	size_t i;

	a->name = name;
	a->service = json_string_value(json_object_get(args, "service"));
	a->run = texts(arena, json_object_get(args, "run"));
	a->env = texts(arena, json_object_get(args, "env"));
	a->restart = texts(arena, json_object_get(args, "restart"));
	a->within = validate_duration(args, "within", 10 * 60 * INT64_C(1000000));
	json_array_foreach(params, i, item)
		*vec_push(&a->params) = json_string_value(item);
	load_optional(&a->optional, args, "optional", arena);
	load_optional(&a->optional_env, args, "optional_env", arena);
	json_object_foreach(values, key, item)
		*vec_push(&a->values) =
			(struct action_value){ key, json_string_value(item) };
}

static int check_action(const struct stack_file *file, const char *name,
			const json_t *args, const struct yaml_node *node,
			struct arena *arena, struct error *err)
{
	const char *service = json_string_value(json_object_get(args,
								"service"));
	struct scope scope = {
		.file = file,
		.service = service ? by_name(file, service) : NULL,
		.params = json_object_get(args, "params"),
		.optional = json_object_get(args, "optional"),
		.optional_env = json_object_get(args, "optional_env"),
	};

	if (service && !scope.service)
		return yaml_complain(yaml_get(node, "service"), err,
				     "no service is called `%s`", service);
	if (!json_object_get(args, "run") && !json_object_get(args, "restart"))
		return yaml_complain(node, err, "action `%s` does nothing: it "
				     "has neither `run` nor `restart`", name);
	/* Patterns have dollar signs of their own. */
	struct yaml_node templates = without(node, "values", arena);
	return check_templates(&scope, &templates, action_keys, "an action",
			       err);
}

static int load_actions(struct stack_file *file, const struct yaml_node *root,
			struct arena *arena, struct error *err)
{
	json_t *actions = json_object_get(file->args, "actions"), *args;
	const char *name;

	json_object_foreach(actions, name, args) {
		if (check_action(file, name, args,
				 yaml_get(yaml_get(root, "actions"), name),
				 arena, err) < 0)
			return -1;
		load_action(file, name, args, arena);
	}
	return 0;
}

static int check_services(struct stack_file *file,
			  const struct yaml_node *services,
			  struct arena *arena, struct error *err)
{
	const struct key_spec *keys = join_keys(
		arena, service_common_keys, file->driver->service_keys);

	for (size_t i = 0; i < file->services.len; i++) {
		struct scope scope = { .file = file,
				       .service = &file->services.at[i] };
		/* Patterns have dollar signs of their own. */
		struct yaml_node templates = without(
			yaml_get(services, scope.service->name), "find",
			arena);
		if (check_templates(&scope, &templates, keys, "a service",
				    err) < 0)
			return -1;
	}
	return check_needs(file, services, err);
}

static int load(const struct yaml_node *root, struct arena *arena,
		struct stack_file *file, struct error *err)
{
	const struct yaml_node *services = yaml_get(root, "services");

	if (find_driver(root, file, err) < 0 ||
	    validate_mapping(root, keys_of(arena, file->driver),
			     "a stack file", NULL, &file->args, err) < 0)
		return -1;
	file->vars = json_object_get(file->args, "vars");
	load_services(file);
	if (check_services(file, services, arena, err) < 0 ||
	    (file->driver->check && file->driver->check(file, root, err) < 0))
		return -1;
	return load_actions(file, root, arena, err);
}

int stack_file_load(const char *path, struct arena *arena,
		    struct stack_file *ret, struct error *err)
{
	struct stack_file file = { .path = arena_strdup(arena, path) };
	const struct yaml_node *root;

	if (yaml_read_file(path, NULL, NULL, arena, &root, err) < 0)
		return -1;
	hash_sha256(root->source->text, root->source->len, file.digest);
	if (load(root, arena, &file, err) < 0) {
		stack_file_release(&file);
		return -1;
	}
	*ret = file;
	return 0;
}

void stack_file_release(struct stack_file *file)
{
	for (size_t i = 0; i < file->services.len; i++)
		vec_release(&file->services.at[i].needs);
	for (size_t i = 0; i < file->actions.len; i++) {
		vec_release(&file->actions.at[i].params);
		vec_release(&file->actions.at[i].optional.at);
		vec_release(&file->actions.at[i].optional_env.at);
		vec_release(&file->actions.at[i].values);
	}
	vec_release(&file->services);
	vec_release(&file->actions);
	json_decref(file->args);
	file->args = NULL;
}

const struct service *stack_file_service(const struct stack_file *file,
					 const char *role_or_name)
{
	for (size_t i = 0; i < file->services.len; i++)
		if (file->services.at[i].role &&
		    !strcmp(file->services.at[i].role, role_or_name))
			return &file->services.at[i];
	return by_name(file, role_or_name);
}

const struct action *stack_file_action(const struct stack_file *file,
				       const char *name)
{
	for (size_t i = 0; i < file->actions.len; i++)
		if (!strcmp(file->actions.at[i].name, name))
			return &file->actions.at[i];
	return NULL;
}
