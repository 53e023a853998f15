/* The process driver: what its stack files may say. */
#include "stack/process.h"

#include <string.h>

static const struct key_spec postgres_keys[] = {
	{ .name = "databases", .type = KEY_STRINGS, .required = true,
	  .doc = "Databases to make; the first is the application's." },
	{ .name = "tcp", .type = KEY_BOOLEAN,
	  .doc = "Also listen on a loopback port." },
	{ 0 },
};

static const struct key_spec ready_keys[] = {
	{ .name = "file", .type = KEY_STRING,
	  .doc = "It is ready when this file is there and not empty." },
	{ .name = "http", .type = KEY_STRING,
	  .doc = "It is ready when this path answers with 2xx." },
	{ .name = "tcp", .type = KEY_BOOLEAN,
	  .doc = "It is ready when its port takes connections." },
	{ .name = "within", .type = KEY_DURATION,
	  .doc = "How long it may take: 30s where it isn't said." },
	{ 0 },
};

const struct key_spec process_service_keys[] = {
	{ .name = "env", .type = KEY_STRINGS, .doc = "NAME=value." },
	{ .name = "may_end", .type = KEY_BOOLEAN,
	  .doc = "It is what is graded: where it ends as it starts, the others "
		 "go on without it, and the checks that ask it fail." },
	{ .name = "port", .type = KEY_INTEGER,
	  .doc = "A fixed port; else one is found." },
	{ .name = "postgres", .type = KEY_MAPPING, .keys = postgres_keys,
	  .doc = "It is a PostgreSQL server, run by Bis." },
	{ .name = "ready", .type = KEY_MAPPING, .keys = ready_keys,
	  .doc = "How to see that it is ready." },
	{ .name = "run", .type = KEY_STRINGS,
	  .doc = "The command: a list of words, no shell." },
	{ .name = "state", .type = KEY_STRINGS,
	  .doc = "Folders, ${state.NAME}, that are saved and restored." },
	{ 0 },
};

static const char *const makes[] = { "data", NULL };

static const struct key_spec prepare_keys[] = {
	{ .name = "makes", .type = KEY_CHOICE, .choices = makes,
	  .doc = "What it makes: left out where --data gives it." },
	{ .name = "run", .type = KEY_STRINGS, .required = true,
	  .doc = "The command: a list of words, no shell." },
	{ .name = "within", .type = KEY_DURATION,
	  .doc = "How long it may take: 2m where it isn't said." },
	{ 0 },
};

const struct key_spec process_file_keys[] = {
	{ .name = "prepare", .type = KEY_MAPPINGS, .keys = prepare_keys,
	  .doc = "Commands run once, while the services start." },
	{ .name = "programs", .type = KEY_VALUES,
	  .doc = "Programs by the name that commands use: the program of a "
		 "build of Bis, or one in PATH." },
	{ 0 },
};

static bool has_database(const struct stack_file *file, const char *name)
{
	for (size_t i = 0; i < file->services.len; i++) {
		const json_t *postgres = json_object_get(
			file->services.at[i].args, "postgres");
		const json_t *list = json_object_get(postgres, "databases");
		const json_t *item;
		size_t j;
		json_array_foreach(list, j, item)
			if (!strcmp(json_string_value(item), name))
				return true;
	}
	return false;
}

static bool has_state(const struct stack_file *file, const char *name)
{
	for (size_t i = 0; i < file->services.len; i++) {
		const json_t *list = json_object_get(file->services.at[i].args,
						     "state");
		const json_t *item;
		size_t j;
		json_array_foreach(list, j, item)
			if (!strcmp(json_string_value(item), name))
				return true;
	}
	return false;
}

/* Whether it will have a URL. */
static bool has_url(const struct service *service)
{
	const json_t *ready = json_object_get(service->args, "ready");

	return !json_object_get(service->args, "postgres") &&
		(json_object_get(service->args, "port") ||
		 json_object_get(ready, "http") ||
		 json_object_get(ready, "tcp"));
}

const char *process_after(const char *name, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(name, prefix, len) ? NULL : name + len;
}

bool process_knows(const struct stack_file *file,
		   const struct service *service, const char *name)
{
	const char *rest;

	if (!strcmp(name, "data") || !strcmp(name, "folder") ||
	    !strcmp(name, "submission"))
		return true;
	if (service && (!strcmp(name, "home") ||
			(!strcmp(name, "port") && has_url(service))))
		return true;
	if ((rest = process_after(name, "postgres.")))
		return has_database(file, rest);
	if ((rest = process_after(name, "state.")))
		return has_state(file, rest);
	if ((rest = process_after(name, "url."))) {
		const struct service *other = stack_file_service(file, rest);
		return other && has_url(other);
	}
	return false;
}

/* A service runs a command or is PostgreSQL, of which there is one. */
int process_check(const struct stack_file *file, const struct yaml_node *root,
		  struct error *err)
{
	const struct yaml_node *services = yaml_get(root, "services");
	const char *postgres = NULL;

	for (size_t i = 0; i < file->services.len; i++) {
		const struct service *s = &file->services.at[i];
		const struct yaml_node *node = yaml_get(services, s->name);
		bool is_postgres = json_object_get(s->args, "postgres");
		if (is_postgres == !!json_object_get(s->args, "run"))
			return yaml_complain(
				node, err, "service `%s` must have either "
				"`run` or `postgres`", s->name);
		if (is_postgres && postgres)
			return yaml_complain(
				node, err, "`%s` is a second PostgreSQL "
				"beside `%s`: one server holds several "
				"databases", s->name, postgres);
		if (is_postgres)
			postgres = s->name;
		if (!is_postgres && json_array_size(json_object_get(
			    s->args, "run")) == 0)
			return yaml_complain(yaml_get(node, "run"), err,
					     "an empty command");
	}
	return 0;
}
