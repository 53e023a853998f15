#include "stack/attach.h"

#include "base/clock.h"
#include "base/compiler.h"
#include "scenario/validate.h"
#include "stack/readiness.h"
#include "stack/stack_state.h"

#include <stdlib.h>
#include <string.h>

#define NOT_ASKED "this stack is somebody's own and is only read; " \
		  "--change-my-stack lets Bis change it"

static const struct key_spec service_keys[] = {
	{ .name = "database", .type = KEY_STRING,
	  .doc = "A libpq connection string: it is PostgreSQL." },
	{ .name = "health", .type = KEY_STRING,
	  .doc = "A path that answers with 2xx: /health where it isn't said." },
	{ .name = "restart", .type = KEY_STRINGS,
	  .doc = "The command that starts it anew." },
	{ .name = "url", .type = KEY_STRING,
	  .doc = "Where it answers: http://localhost:8000." },
	{ 0 },
};

static const struct key_spec file_keys[] = { { 0 } };

static const char *text(const struct service *service, const char *key)
{
	return json_string_value(json_object_get(service->args, key));
}

static int attach_check(const struct stack_file *file,
			const struct yaml_node *root, struct error *err)
{
	for (size_t i = 0; i < file->services.len; i++) {
		const struct service *s = &file->services.at[i];
		const struct yaml_node *node =
			yaml_get(yaml_get(root, "services"), s->name);
		const char *url = text(s, "url");
		if (!url == !text(s, "database"))
			return yaml_complain(node, err, "`%s` has either a "
					     "`url` or a `database`", s->name);
		if (url && strncmp(url, "http://", 7) &&
		    strncmp(url, "https://", 8) && url[0] != '$')
			return yaml_complain(yaml_get(node, "url"), err,
					     "`%s` is no http:// address", url);
	}
	return 0;
}

static bool attach_knows(const struct stack_file *file,
			 const struct service *service, const char *name)
{
	(void)service;
	return !strncmp(name, "url.", 4) &&
	       stack_file_service(file, name + 4) != NULL;
}

/* A key of a service, its variables in place; NULL where it has none. */
static const char *expanded(struct stack *stack, const struct service *service,
			    const char *key, struct error *err)
{
	const struct stack_scope scope = { stack, service, NULL };
	const char *value = text(service, key);

	return value ? stack_expand(&scope, value, err) : NULL;
}

static const char *attach_url(struct stack *stack,
			      const struct service *service)
{
	return expanded(stack, service, "url", NULL);
}

static const char *attach_look_up(struct stack *stack,
				  const struct service *service,
				  const char *name)
{
	(void)service;
	return strncmp(name, "url.", 4) ? NULL
		: attach_url(stack, stack_file_service(&stack->file,
						       name + 4));
}

/* The server itself refuses what would change something. */
static const char *read_only(struct stack *stack, const char *conninfo)
{
	bool uri = strstr(conninfo, "://") != NULL;

	if (stack->options.change)
		return conninfo;
	if (uri)
		return arena_printf(stack->arena, "%s%coptions=-c%%20default_"
				    "transaction_read_only%%3Don", conninfo,
				    strchr(conninfo, '?') ? '&' : '?');
	return arena_printf(stack->arena, "%s options='-c "
			    "default_transaction_read_only=on'", conninfo);
}

/* The service whose database it is, by its name; the first where name is
 * NULL. */
static const char *attach_database(struct stack *stack, const char *name)
{
	for (size_t i = 0; i < stack->file.services.len; i++) {
		const struct service *s = &stack->file.services.at[i];
		const char *conninfo = expanded(stack, s, "database", NULL);
		if (conninfo && (!name || !strcmp(name, s->name)))
			return read_only(stack, conninfo);
	}
	return NULL;
}

static struct probe probe_of(struct stack *stack,
			     const struct service *service)
{
	const char *url = attach_url(stack, service);
	const char *health = text(service, "health");

	if (!url)
		return (struct probe){ PROBE_DATABASE, expanded(
			stack, service, "database", NULL), 0 };
	return (struct probe){ PROBE_HTTP, arena_printf(
		stack->arena, "%s%s", url, health ? health : "/health"), 0 };
}

static bool answers(struct stack *stack, const struct service *service,
		    char answer[PROBE_ANSWER])
{
	struct probe probe = probe_of(stack, service);
	struct http_client client;

	if (!probe.target || http_client_init(&client, NULL) < 0)
		return false;
	bool ready = probe_try(&probe, &client, answer);
	http_client_release(&client);
	return ready;
}

/* A service that was just started anew gets some time. */
static int wait_for(struct stack *stack, const struct service *service,
		    int64_t within, struct error *err)
{
	int64_t deadline = clock_monotonic() + within;
	char answer[PROBE_ANSWER] = "";

	while (!answers(stack, service, answer)) {
		if (clock_monotonic() > deadline)
			return error_set(err, ERROR_UNAVAILABLE, "`%s` does "
					 "not answer at %s: %s", service->name,
					 probe_of(stack, service).target,
					 answer);
		clock_sleep(50 * CLOCK_MSEC);
	}
	return 0;
}

static int attach_up(struct stack *stack, struct error *err)
{
	for (size_t i = 0; i < stack->file.services.len; i++)
		if (wait_for(stack, &stack->file.services.at[i],
			     5 * CLOCK_SEC, err) < 0)
			return error_context(err, "nothing is started by the "
					     "driver `attach`");
	event_phase(stack->options.sinks, stack->options.change
		    ? "attached; actions may change this stack"
		    : "attached; this stack is only read");
	return 0;
}

static void attach_down(struct stack *stack)
{
	(void)stack;
}

/* "HOME=/home/ada", where it is set: an engine's client looks there. */
static const char *kept(struct stack *stack, const char *name)
{
	const char *value = getenv(name);

	return arena_printf(stack->arena, "%s=%s", name, value ? value : "");
}

static int run_words(struct stack *stack, const char *const *argv,
		     const char *const *env, const struct stack_command *like,
		     struct subprocess_result *ret, struct error *err)
{
	static const char *const names[] = { "PATH", "HOME", "DOCKER_HOST",
					     "XDG_RUNTIME_DIR" };
	size_t count = 0, n = 0;

	while (env && env[count])
		count++;
	const char **all = arena_array(stack->arena,
				       count + ARRAY_SIZE(names) + 2,
				       sizeof(*all));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (getenv(names[i]))
			all[n++] = kept(stack, names[i]);
	all[n++] = "LC_ALL=C.UTF-8";
	for (size_t i = 0; i < count; i++)
		all[n++] = env[i];
	const struct subprocess_spec spec = {
		.argv = argv, .env = all, .out_fd = -1, .err_fd = -1,
		.cpus = like ? like->cpus : NULL,
		.cpu_count = like ? like->cpu_count : 0,
		.timeout = like ? like->timeout : 60 * CLOCK_SEC,
	};
	return subprocess_run(&spec, ret, err);
}

static int attach_run(struct stack *stack, const struct stack_command *command,
		      struct subprocess_result *ret, struct error *err)
{
	if (!stack->options.change)
		return error_set(err, ERROR_UNAVAILABLE, NOT_ASKED);
	return run_words(stack, command->argv, command->env, command, ret,
			 err);
}

static int attach_restart(struct stack *stack, const char *name,
			  struct error *err)
{
	const struct service *service = stack_file_service(&stack->file, name);
	const json_t *words = json_object_get(service->args, "restart");
	size_t count = json_array_size(words);
	const struct stack_scope scope = { stack, service, NULL };
	const char **texts = arena_array(stack->arena, count + 1,
					 sizeof(*texts));
	struct subprocess_result result;

	if (!stack->options.change)
		return error_set(err, ERROR_UNAVAILABLE, NOT_ASKED);
	if (!count)
		return error_set(err, ERROR_UNAVAILABLE, "the stack file does "
				 "not say how `%s` is started anew", name);
	for (size_t i = 0; i < count; i++)
		texts[i] = json_string_value(json_array_get(words, i));
	const char **argv = stack_expand_all(&scope, texts, 0, &count, err);
	if (!argv || run_words(stack, argv, NULL, NULL, &result, err) < 0)
		return -1;
	int code = result.exit_code;
	subprocess_result_release(&result);
	if (code)
		return error_set(err, ERROR_UNAVAILABLE, "`%s` ended with %d",
				 argv[0], code);
	return wait_for(stack, service, 60 * CLOCK_SEC, err);
}

static int attach_ps(struct stack *stack, struct service_state **ret,
		     size_t *ret_count, struct error *err)
{
	size_t count = stack->file.services.len;
	struct service_state *states = arena_array(stack->arena, count + 1,
						   sizeof(*states));

	(void)err;
	for (size_t i = 0; i < count; i++) {
		const struct service *s = &stack->file.services.at[i];
		const char *url = attach_url(stack, s);
		char answer[PROBE_ANSWER];
		bool up = answers(stack, s, answer);
		states[i] = (struct service_state){
			.name = s->name, .service = s->name,
			.state = up ? "up" : "no answer",
			.address = url ? url : "a connection string",
			.command = "somebody else's", .up = up,
		};
	}
	*ret = states;
	*ret_count = count;
	return 0;
}

static int attach_log(struct stack *stack, const char *service,
		      int64_t *offset, struct strbuf *into, struct error *err)
{
	(void)stack;
	(void)offset;
	(void)into;
	return error_set(err, ERROR_UNAVAILABLE, "the log of `%s` is not ours",
			 service);
}

/* Addresses are the same before and after; a connection string may hold a
 * password, and is no text for a report. */
static void attach_exports(struct stack *stack, struct fact **ret,
			   size_t *ret_count)
{
	const char *database = attach_database(stack, NULL);

	*ret = arena_array(stack->arena, 1, sizeof(**ret));
	(*ret)[0] = (struct fact){ "BIS_DATABASE", database };
	*ret_count = database ? 1 : 0;
}

static const char *attach_by_hand(struct stack *stack,
				  const struct service *service)
{
	const char *url = service ? attach_url(stack, service) : NULL;

	return url ? url : service ? "psql \"$BIS_DATABASE\"" : "env";
}

static const char *attach_folder(struct stack *stack)
{
	(void)stack;
	return NULL;
}

static int attach_facts(struct stack *stack, struct fact **ret,
			size_t *ret_count, struct error *err)
{
	struct fact *facts = arena_array(stack->arena, 1, sizeof(*facts));

	(void)err;
	facts[0] = (struct fact){ "attached", stack->options.change
				  ? "may be changed" : "only read" };
	*ret = facts;
	*ret_count = 1;
	return 0;
}

static int attach_keep_state(struct stack *stack, const char *name,
			     struct error *err)
{
	(void)stack;
	(void)name;
	return error_set(err, ERROR_UNAVAILABLE, "a stack that somebody else "
			 "started can't be put back as it was");
}

const struct stack_driver stack_driver_attach = {
	.name = "attach",
	.summary = "Something already running; only read unless "
		   "--change-my-stack is given.",
	.keys = file_keys,
	.service_keys = service_keys,
	.check = attach_check,
	.knows = attach_knows,
	.look_up = attach_look_up,
	.up = attach_up,
	.down = attach_down,
	.run = attach_run,
	.restart = attach_restart,
	.ps = attach_ps,
	.log = attach_log,
	.url = attach_url,
	.database = attach_database,
	.exports = attach_exports,
	.by_hand = attach_by_hand,
	.folder = attach_folder,
	.facts = attach_facts,
	.save = attach_keep_state,
	.restore = attach_keep_state,
};
