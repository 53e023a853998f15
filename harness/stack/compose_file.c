/* The compose driver: what its stack files may say. */
#include "stack/compose.h"

#include <string.h>

static const struct key_spec ready_keys[] = {
	{ .name = "database", .type = KEY_BOOLEAN,
	  .doc = "It is ready when PostgreSQL takes connections." },
	{ .name = "http", .type = KEY_STRING,
	  .doc = "It is ready when this path answers with 2xx." },
	{ .name = "when", .type = KEY_MAPPING, .keys = role_rule_keys,
	  .doc = "Only where this holds of it; else it is ready when it "
		 "runs." },
	{ .name = "within", .type = KEY_DURATION,
	  .doc = "How long it may take: 2m where it isn't said." },
	{ 0 },
};

const struct key_spec compose_service_keys[] = {
	{ .name = "find", .type = KEY_MAPPINGS, .keys = role_rule_keys,
	  .doc = "Rules by which the submission's service is found." },
	{ .name = "ports", .type = KEY_STRINGS,
	  .doc = "Its port in the container: the first that the Compose file "
		 "declares, else the first." },
	{ .name = "ready", .type = KEY_MAPPING, .keys = ready_keys,
	  .doc = "How to see that it is ready; else that it runs." },
	{ .name = "required", .type = KEY_BOOLEAN,
	  .doc = "Nothing can be graded without it." },
	{ 0 },
};

static const struct key_spec limit_keys[] = {
	{ .name = "cpus", .type = KEY_STRING, .doc = "Processors: 2." },
	{ .name = "memory", .type = KEY_STRING, .doc = "Memory: 6g." },
	{ .name = "pids", .type = KEY_INTEGER, .doc = "Processes: 4000." },
	{ 0 },
};

static const struct key_spec found_file_keys[] = {
	{ .name = "any", .type = KEY_STRINGS, .required = true,
	  .doc = "Where it may be: patterns of a shell, the best first." },
	{ .name = "named_beside", .type = KEY_NAME,
	  .doc = "No file, but a variable of the environment that a program "
		 "beside this other file reads; `any` are its names." },
	{ .name = "parent", .type = KEY_BOOLEAN,
	  .doc = "The folder that holds what was found." },
	{ .name = "service", .type = KEY_NAME, .required = true,
	  .doc = "The service in whose container it is." },
	{ 0 },
};

const struct key_spec compose_file_keys[] = {
	{ .name = "build_within", .type = KEY_DURATION,
	  .doc = "How long building may take: 30m." },
	{ .name = "environment", .type = KEY_STRINGS,
	  .doc = "NAME=value for every service that does not set NAME." },
	{ .name = "files", .type = KEY_NAMED, .keys = found_file_keys,
	  .doc = "Files of the submission that commands need, by name; a "
		 "variable of that name, where set, says where." },
	{ .name = "limits", .type = KEY_MAPPING, .keys = limit_keys,
	  .doc = "What one service may use of the machine." },
	{ .name = "start_within", .type = KEY_DURATION,
	  .doc = "How long starting the services may take: 10m." },
	{ 0 },
};

static int check_environment(const struct yaml_node *list, struct error *err)
{
	for (size_t i = 0; list && i < list->count; i++)
		if (!strchr(list->items[i]->text, '='))
			return yaml_complain(list->items[i], err,
					     "not of the form NAME=value");
	return 0;
}

int compose_check(const struct stack_file *file, const struct yaml_node *root,
		  struct error *err)
{
	const struct yaml_node *files = yaml_get(root, "files");

	for (size_t i = 0; files && i < files->count; i++) {
		const struct yaml_node *service = yaml_get(
			files->pairs[i].value, "service");
		if (!stack_file_service(file, service->text))
			return yaml_complain(service, err, "no service is "
					     "called `%s`", service->text);
	}
	for (size_t i = 0; i < file->services.len; i++) {
		const struct service *s = &file->services.at[i];
		if (!s->role || !json_object_get(s->args, "find"))
			return yaml_complain(
				yaml_get(yaml_get(root, "services"), s->name),
				err, "service `%s` must have `role` and "
				"`find`", s->name);
	}
	return check_environment(yaml_get(root, "environment"), err);
}

/* "port", "service", "user", "database": of the service; and each file. */
bool compose_knows(const struct stack_file *file,
		   const struct service *service, const char *name)
{
	if (json_object_get(json_object_get(file->args, "files"), name))
		return true;
	return service && !strcmp(name, "port");
}
