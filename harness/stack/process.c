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
	if (!strcmp(name, "submission"))
		return stack->options.submission;
	if (s && !strcmp(name, "home"))
		return s->home;
	if (s && !strcmp(name, "port"))
		return arena_printf(stack->arena, "%d", s->port);
	if ((rest = process_after(name, "postgres.")))
		return process_database(stack, rest);
	if ((rest = process_after(name, "state.")))
		return arena_printf(stack->arena, "%s/run/state/%s", p->folder,
				    rest);
	if ((rest = process_after(name, "url.")))
		return process_url(stack, stack_file_service(&stack->file,
							     rest));
	return NULL;
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
			/* One that may end has stopped already. */
			ready &= s->phase == SERVICE_READY ||
				s->phase == SERVICE_STOPPED;
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
	for (size_t i = 0; i < p->kept.len; i++)
		state_folder_release(p->kept.at[i]);
	vec_release(&p->kept);
	postgres_sessions_release(&p->sessions);
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
	if (!spec.env || process_wait_ready(p, err) < 0)
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
			.service = s->service->name, .up = up, .state = up ? "up" : "exited",
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
			i ? stack_export_name(stack, arena_printf(stack->arena,
							    "DATABASE_%s",
							    name))
			  : "BIS_DATABASE",
			process_database(stack, name) };
	}
	for (size_t i = 0; i < p->services.len; i++) {
		const struct process_service *s = &p->services.at[i];
		if (s->url)
			facts[n++] = (struct fact){
				stack_export_name(stack, s->service->name), s->url };
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
					  stack_export_name(stack, service->name))
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
	.keys = process_file_keys,
	.service_keys = process_service_keys,
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
	.wake = process_wake,
};
