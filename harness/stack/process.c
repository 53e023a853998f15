#include "stack/process.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "scenario/validate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* The file's keys. */

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

static const struct key_spec service_keys[] = {
	{ .name = "env", .type = KEY_STRINGS, .doc = "NAME=value." },
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

static const struct key_spec file_keys[] = {
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

/* The rest of "prefix.rest", or NULL. */
static const char *after(const char *name, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(name, prefix, len) ? NULL : name + len;
}

static bool process_knows(const struct stack_file *file,
			  const struct service *service, const char *name)
{
	const char *rest;

	if (!strcmp(name, "data") || !strcmp(name, "folder"))
		return true;
	if (service && (!strcmp(name, "home") ||
			(!strcmp(name, "port") && has_url(service))))
		return true;
	if ((rest = after(name, "postgres.")))
		return has_database(file, rest);
	if ((rest = after(name, "state.")))
		return has_state(file, rest);
	if ((rest = after(name, "url."))) {
		const struct service *other = stack_file_service(file, rest);
		return other && has_url(other);
	}
	return false;
}

static const char *process_url(struct stack *stack,
			       const struct service *service)
{
	return process_service(process_of(stack), service->name)->url;
}

static const char *process_database(struct stack *stack, const char *name)
{
	struct process_stack *p = process_of(stack);

	for (size_t i = 0; i < p->databases.len; i++)
		if (!name || !strcmp(p->databases.at[i], name))
			return postgres_conninfo(stack->arena, &p->cluster,
						 p->databases.at[i]);
	return NULL;
}

static const char *process_look_up(struct stack *stack,
				   const struct service *service,
				   const char *name)
{
	struct process_stack *p = process_of(stack);
	const struct process_service *s =
		service ? process_service(p, service->name) : NULL;
	const char *rest;

	if (!strcmp(name, "data"))
		return p->data;
	if (!strcmp(name, "folder"))
		return p->folder;
	if (s && !strcmp(name, "home"))
		return s->home;
	if (s && !strcmp(name, "port"))
		return arena_printf(stack->arena, "%d", s->port);
	if ((rest = after(name, "postgres.")))
		return process_database(stack, rest);
	if ((rest = after(name, "state.")))
		return arena_printf(stack->arena, "%s/run/state/%s", p->folder,
				    rest);
	if ((rest = after(name, "url.")))
		return process_url(stack, stack_file_service(&stack->file,
							     rest));
	return NULL;
}

/* A service runs a command or is PostgreSQL, of which there is one. */
static int process_check(const struct stack_file *file,
			 const struct yaml_node *root, struct error *err)
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

/* Preparations. */

static int begin_preparation(struct process_stack *p, struct preparation *prep,
			     struct error *err)
{
	struct stack_scope scope = { p->stack, NULL, NULL };
	const json_t *run = json_object_get(prep->args, "run");
	struct arena *arena = p->stack->arena;
	const char **argv = arena_array(arena, json_array_size(run) + 1,
					sizeof(*argv));
	_cleanup_(close_fd) int log = open(prep->log, O_WRONLY | O_CREAT |
					   O_APPEND | O_CLOEXEC, 0644);
	struct child_spec spec = {
		.kind = CHILD_COMMAND, .name = "prepare", .argv = argv,
		.cwd = p->data, .drop = p->account.drop,
		.uid = p->account.uid, .gid = p->account.gid,
		.out_fd = log, .err_fd = log,
	};

	if (log < 0)
		return error_errno(err, errno, "%s", prep->log);
	for (size_t i = 0; i < json_array_size(run); i++) {
		argv[i] = stack_expand(
			&scope, json_string_value(json_array_get(run, i)),
			err);
		if (!argv[i])
			return -1;
	}
	argv[0] = process_program(p, argv[0]);
	spec.env = process_env(p, NULL, NULL, err);
	prep->deadline = clock_monotonic() +
		validate_duration(prep->args, "within", 120 * CLOCK_SEC);
	return spec.env ? supervisor_spawn(&p->supervisor, &spec, &prep->child,
					   err) : -1;
}

/* Every one must succeed, one after the other. */
static int step_preparation(struct process_stack *p, struct preparation *prep,
			    struct error *err)
{
	char how[64];
	int status;

	if (!prep->child)
		return begin_preparation(p, prep, err);
	if (!prep->child->exited) {
		if (clock_monotonic() > prep->deadline)
			return process_blame(p, prep->log, ERROR_TIMEOUT, err,
					     "`prepare` takes too long");
		return 0;
	}
	status = prep->child->status;
	prep->done = true;
	if (status == 0)
		return 0;
	subprocess_describe(WIFEXITED(status) ? WEXITSTATUS(status) : -1,
			    WIFSIGNALED(status) ? WTERMSIG(status) : 0, how);
	return process_blame(p, prep->log, ERROR_UNAVAILABLE, err,
			     "`prepare` failed (%s)", how);
}

static struct preparation *next_preparation(struct process_stack *p)
{
	for (size_t i = 0; i < p->preparations.len; i++)
		if (!p->preparations.at[i].done)
			return &p->preparations.at[i];
	return NULL;
}

/* Services and preparations side by side, until all are done. */
static int bring_up(struct process_stack *p, struct error *err)
{
	for (;;) {
		struct preparation *prep = next_preparation(p);
		bool ready = true;
		if (interrupt_signal())
			return error_set(err, ERROR_CANCELLED, "interrupted");
		for (size_t i = 0; i < p->services.len; i++) {
			struct process_service *s = &p->services.at[i];
			if (process_step_service(p, s, err) < 0)
				return -1;
			ready &= s->phase == SERVICE_READY;
		}
		if (prep && step_preparation(p, prep, err) < 0)
			return -1;
		if (ready && !prep)
			return 0;
		if (supervisor_poll(&p->supervisor, 2 * CLOCK_MSEC, err) < 0)
			return -1;
	}
}

/* Up and down. */

static void keep_logs(struct process_stack *p)
{
	const char *into = p->stack->options.run_folder;
	struct arena *arena = p->stack->arena;

	if (!into || !p->folder || !io_exists(p->folder))
		return;
	into = arena_printf(arena, "%s/logs", into);
	struct error err = ERROR_INIT;
	if (io_remove_tree(into, &err) < 0 ||
	    io_copy_tree(arena_printf(arena, "%s/log", p->folder), into,
			 &err) < 0)
		event_note(p->stack->options.sinks, "the logs: %s",
			   err.message);
}

static void release(struct process_stack *p)
{
	for (size_t i = 0; i < p->services.len; i++)
		close_fd(&p->services.at[i].port_fd);
	http_client_release(&p->http);
	vec_release(&p->databases);
	vec_release(&p->services);
	vec_release(&p->preparations);
	p->stack->driver_state = NULL;
	free(p);
}

static void process_down(struct stack *stack)
{
	struct process_stack *p = process_of(stack);
	struct error err = ERROR_INIT;
	char folder[PRIVATE_FOLDER_PATH];

	keep_logs(p);
	snprintf(folder, sizeof(folder), "%s", p->supervisor.folder);
	if (stack->options.keep && stack->up) {
		if (supervisor_detach(&p->supervisor, &err) == 0) {
			release(p);
			return;
		}
		event_note(stack->options.sinks, "not kept: %s", err.message);
	}
	supervisor_end(&p->supervisor);
	if (folder[0] && io_exists(folder))
		event_note(stack->options.sinks, "%s could not be removed "
			   "wholly: `bis clean` tries again", folder);
	release(p);
}

static int process_up(struct stack *stack, struct error *err)
{
	struct process_stack *p = xcalloc(1, sizeof(*p));

	p->stack = stack;
	p->supervisor.socket = -1;
	stack->driver_state = p;
	if (process_setup(p, err) == 0 && bring_up(p, err) == 0)
		return 0;
	process_down(stack);
	return -1;
}

/* The running stack. */

static int process_run(struct stack *stack,
		       const struct stack_command *command,
		       struct subprocess_result *ret, struct error *err)
{
	struct process_stack *p = process_of(stack);
	const struct process_service *s = command->service ?
		process_service(p, command->service) : NULL;
	size_t n = 0;

	if (command->service && !s)
		return error_set(err, ERROR_UNAVAILABLE,
				 "this stack has no service `%s`",
				 command->service);
	while (command->argv[n])
		n++;
	const char **argv = arena_array(stack->arena, n + 1, sizeof(*argv));
	memcpy(argv, command->argv, n * sizeof(*argv));
	argv[0] = process_program(p, argv[0]);
	struct child_spec spec = {
		.kind = CHILD_COMMAND, .argv = argv, .name = "command",
		.env = process_env(p, s, command->env, err),
		.cwd = s ? s->home : p->data,
		.drop = p->account.drop, .uid = p->account.uid,
		.gid = p->account.gid, .cpus = command->cpus,
		.cpu_count = command->cpu_count,
	};
	if (!spec.env)
		return -1;
	return supervisor_run(&p->supervisor, &spec, command->timeout, 0, ret,
			      err);
}

static int process_restart(struct stack *stack, const char *service,
			   struct error *err)
{
	struct process_stack *p = process_of(stack);
	struct process_service *s = process_service(p, service);

	if (process_stop_dependants(p, s, true, err) < 0)
		return -1;
	return process_start_stopped(p, err);
}

static const char *command_of(struct process_stack *p,
			      const struct process_service *s)
{
	const json_t *run = json_object_get(s->service->args, "run");
	struct stack_scope scope = { p->stack, s->service, NULL };
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT(STRBUF_LINE);
	const json_t *word;
	size_t i;

	if (s->is_postgres)
		return "postgres";
	json_array_foreach(run, i, word) {
		const char *text = stack_expand(&scope,
						json_string_value(word), NULL);
		strbuf_addf(&sb, "%s%s", i ? " " : "", text ? text : "?");
	}
	return arena_strdup(p->stack->arena, sb.buf);
}

static int process_ps(struct stack *stack, struct service_state **ret,
		      size_t *ret_count, struct error *err)
{
	struct process_stack *p = process_of(stack);
	struct service_state *states = arena_array(
		stack->arena, p->services.len, sizeof(*states));

	if (supervisor_poll(&p->supervisor, 0, err) < 0)
		return -1;
	for (size_t i = 0; i < p->services.len; i++) {
		const struct process_service *s = &p->services.at[i];
		bool up = s->child && !s->child->exited;
		states[i] = (struct service_state){
			.name = s->service->name,
			.state = up ? "up" : "exited",
			.address = s->is_postgres ? "unix socket" :
				s->url ? s->url : "",
			.command = command_of(p, s),
			.pid = up ? s->child->pid : 0,
		};
	}
	*ret = states;
	*ret_count = p->services.len;
	return 0;
}

/* From *offset to the end, as far as `into` takes it. */
static int process_log(struct stack *stack, const char *service,
		       int64_t *offset, struct strbuf *into,
		       struct error *err)
{
	struct process_stack *p = process_of(stack);
	const struct process_service *s = process_service(p, service);
	const char *path = s->is_postgres ? p->server_log : s->log;
	_cleanup_(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return error_errno(err, errno, "%s", path);
	do {
		size_t room;
		char *at = strbuf_room(into, 65536, &room);
		n = room ? pread(fd, at, room, *offset) : 0;
		if (n < 0)
			return error_errno(err, errno, "%s", path);
		strbuf_grew(into, (size_t)n);
		*offset += n;
	} while (n > 0);
	return 0;
}

/* "BIS_API" of "api"; arena. */
static const char *export_name(struct stack *stack, const char *service)
{
	char *name = arena_printf(stack->arena, "BIS_%s", service);

	for (char *p = name; *p; p++) {
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
		else if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789", *p))
			*p = '_';
	}
	return name;
}

static void process_exports(struct stack *stack, struct fact **ret,
			    size_t *ret_count)
{
	struct process_stack *p = process_of(stack);
	struct fact *facts = arena_array(stack->arena, p->services.len +
					 p->databases.len + 1, sizeof(*facts));
	size_t n = 0;

	if (p->data)
		facts[n++] = (struct fact){ "BIS_DATA", p->data };
	for (size_t i = 0; i < p->databases.len; i++) {
		const char *name = p->databases.at[i];
		facts[n++] = (struct fact){
			i ? export_name(stack, arena_printf(stack->arena,
							    "DATABASE_%s",
							    name))
			  : "BIS_DATABASE",
			process_database(stack, name) };
	}
	for (size_t i = 0; i < p->services.len; i++) {
		const struct process_service *s = &p->services.at[i];
		if (s->url)
			facts[n++] = (struct fact){
				export_name(stack, s->service->name), s->url };
	}
	*ret = facts;
	*ret_count = n;
}

static const char *process_by_hand(struct stack *stack,
				   const struct service *service)
{
	struct process_stack *p = process_of(stack);
	const struct process_service *s =
		service && p ? process_service(p, service->name) : NULL;

	if (s && s->is_postgres)
		return "psql \"$BIS_DATABASE\"";
	return s && s->url ? arena_printf(stack->arena, "$%s",
					  export_name(stack, service->name))
			   : "env";
}

static const char *process_folder(struct stack *stack)
{
	return process_of(stack)->folder;
}

static int process_facts(struct stack *stack, struct fact **ret,
			 size_t *ret_count, struct error *err)
{
	struct process_stack *p = process_of(stack);
	struct fact *facts = arena_array(stack->arena, 2, sizeof(*facts));
	size_t n = 0;

	(void)err;
	if (p->programs.version)
		facts[n++] = (struct fact){ "postgres", p->programs.version };
	facts[n++] = (struct fact){ "services run as", p->account.name };
	*ret = facts;
	*ret_count = n;
	return 0;
}

const struct stack_driver stack_driver_process = {
	.name = "process",
	.summary = "Services as supervised local processes.",
	.keys = file_keys,
	.service_keys = service_keys,
	.check = process_check,
	.knows = process_knows,
	.look_up = process_look_up,
	.up = process_up,
	.down = process_down,
	.run = process_run,
	.restart = process_restart,
	.ps = process_ps,
	.log = process_log,
	.url = process_url,
	.database = process_database,
	.exports = process_exports,
	.by_hand = process_by_hand,
	.folder = process_folder,
	.facts = process_facts,
	.save = process_save,
	.restore = process_restore,
};
