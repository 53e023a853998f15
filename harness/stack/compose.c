#include "stack/compose.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/path.h"
#include "stack/compose_config.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct compose_service *compose_service(struct compose_stack *c,
					const char *name)
{
	for (size_t i = 0; i < c->services.len; i++)
		if (!strcmp(c->services.at[i].name, name))
			return &c->services.at[i];
	return NULL;
}

struct compose_service *compose_player(struct compose_stack *c,
				       const struct service *role)
{
	for (size_t i = 0; i < c->castings.len; i++)
		if (c->castings.at[i].role == role)
			return compose_service(c, c->castings.at[i].service);
	return NULL;
}

void compose_note(struct compose_stack *c, const char *name, const char *fmt,
		  ...)
{
	va_list ap;

	va_start(ap, fmt);
	*vec_push(&c->facts) = (struct fact){
		arena_strdup(c->stack->arena, name),
		arena_vprintf(c->stack->arena, fmt, ap) };
	va_end(ap);
}

static const char *compose_look_up(struct stack *stack,
				   const struct service *service,
				   const char *name)
{
	struct compose_stack *c = compose_of(stack);
	const struct compose_service *s = service ? compose_player(c, service)
						  : NULL;

	if (s && !strcmp(name, "port"))
		return arena_printf(stack->arena, "%d", s->port);
	for (size_t i = 0; i < c->found.len; i++)
		if (!strcmp(c->found.at[i].name, name))
			return c->found.at[i].path;
	return NULL;
}

static const char *compose_url(struct stack *stack,
			       const struct service *service)
{
	const struct compose_service *s = compose_player(compose_of(stack),
							 service);

	return s ? s->url : NULL;
}

static const char *compose_database(struct stack *stack, const char *name)
{
	return compose_conninfo(compose_of(stack), name);
}

static const char *compose_folder(struct stack *stack)
{
	return compose_of(stack)->folder;
}

static int compose_restart(struct stack *stack, const char *service,
			   struct error *err)
{
	struct compose_stack *c = compose_of(stack);
	const struct service *role = stack_file_service(&stack->file, service);
	struct compose_service *s = role ? compose_player(c, role) : NULL;

	if (!s)
		return error_set(err, ERROR_UNAVAILABLE, "none of the "
				 "submission's services is the `%s`", service);
	s->starts = 0;
	if (compose_stop_these(c, &s, 1, err) < 0 ||
	    compose_start_these(c, &s, 1, err) < 0)
		return -1;
	return compose_wait(c, s, err);
}

/* Up and down. */

static void release(struct compose_stack *c)
{
	for (size_t i = 0; i < c->services.len; i++)
		close_fd(&c->services.at[i].port_fd);
	http_client_release(&c->http);
	compose_files_release(&c->files);
	json_decref(c->config);
	vec_release(&c->services);
	vec_release(&c->castings);
	vec_release(&c->facts);
	vec_release(&c->found);
	c->stack->driver_state = NULL;
	free(c);
}

static void compose_down(struct stack *stack)
{
	struct compose_stack *c = compose_of(stack);
	struct error err = ERROR_INIT;
	char folder[PRIVATE_FOLDER_PATH];

	snprintf(folder, sizeof(folder), "%s", c->supervisor.folder);
	if (stack->options.keep && stack->up) {
		if (supervisor_detach(&c->supervisor, &err) == 0) {
			event_note(stack->options.sinks, "left running: "
				   "docker compose -p %s -f %s ps; `bis stack "
				   "down` removes it", c->project, c->file);
			release(c);
			return;
		}
		event_note(stack->options.sinks, "not kept: %s", err.message);
	}
	compose_keep_logs(c);
	event_phase(stack->options.sinks, "removing containers, networks and "
		    "volumes");
	compose_end(stack);
	if (folder[0] && io_exists(folder))
		event_note(stack->options.sinks, "%s could not be removed "
			   "wholly: `bis clean` tries again", folder);
}

/* The private folder; and that there is something with the engine, before
 * there is. */
static int set_up(struct compose_stack *c, struct error *err)
{
	struct arena *arena = c->stack->arena;
	char real[PATH_MAX];

	if (!c->stack->options.submission)
		return error_set(err, ERROR_INVALID, "this stack is a "
				 "submission's own: --submission DIR");
	if (!realpath(c->stack->options.submission, real))
		return error_errno(err, errno, "the submission, %s",
				   c->stack->options.submission);
	c->copy = arena_strdup(arena, real);
	if (http_client_init(&c->http, err) < 0 ||
	    supervisor_start(&c->supervisor, c->stack->file.path, geteuid(),
			     err) < 0)
		return -1;
	c->folder = c->supervisor.folder;
	c->project = arena_printf(arena, "bis-%s", c->supervisor.token);
	c->file = arena_printf(arena, "%s/compose.json", c->folder);
	c->build_log = arena_printf(arena, "%s/log/build.log", c->folder);
	c->engine = (struct engine){
		.arena = arena, .supervisor = &c->supervisor,
		.sinks = c->stack->options.sinks,
		.home = arena_printf(arena, "%s/home", c->folder),
	};
	if (io_make_folders(c->engine.home, 0700, err) < 0 ||
	    io_make_folders(path_dirname(arena, c->build_log), 0755,
			    err) < 0 ||
	    engine_find(&c->engine, err) < 0)
		return -1;
	return supervisor_record(&c->supervisor, arena_printf(
			arena, "engine %s %s", c->engine.client,
			c->engine.host ? c->engine.host : "-"), err);
}

/* A month later, or earlier where that is not past yet. */
static const char *another_day(struct arena *arena, const char *as_of)
{
	struct tm tm = { 0 };
	char text[CLOCK_TEXT];

	if (!strptime(as_of, "%Y-%m-%d", &tm))
		return as_of;
	int64_t day = (int64_t)timegm(&tm) * CLOCK_SEC;
	int64_t month = INT64_C(30) * 24 * 3600 * CLOCK_SEC;
	return arena_strdup(arena, clock_format_iso(
		day + month < clock_now() ? day + month : day - month, text));
}

static int build_and_start(struct compose_stack *c, struct error *err)
{
	if (compose_build(c, err) < 0)
		return -1;
	return compose_start(c, err);
}

/* Whether another day's packages could make a difference: something was
 * built, and that or its start is what failed. */
static bool may_be_the_day(const struct compose_stack *c,
			   const struct error *why)
{
	bool built = false;

	for (size_t i = 0; i < c->services.len; i++)
		built |= c->services.at[i].tag != NULL;
	return c->as_of && built && !c->cannot_fetch &&
		(why->kind == ERROR_UNAVAILABLE || why->kind == ERROR_TIMEOUT);
}

/* What failed on one day is tried once more on another before it counts. */
static int build_on_some_day(struct compose_stack *c, struct error *err)
{
	struct error first = ERROR_INIT, second = ERROR_INIT;
	const char *day = c->as_of;

	if (build_and_start(c, &first) == 0)
		return 0;
	if (!may_be_the_day(c, &first))
		return error_set(err, first.kind, "%s", first.message);
	c->as_of = another_day(c->stack->arena, day);
	event_note(c->stack->options.sinks, "with packages as of %s: %.*s; "
		   "trying as of %s", day,
		   (int)strcspn(first.message, "\n"), first.message, c->as_of);
	if (compose_remove(c, &second) == 0 &&
	    build_and_start(c, &second) == 0) {
		compose_note(c, "packages", "as of %s it could not be built "
			     "or started, as of %s it could", day, c->as_of);
		return 0;
	}
	if (second.kind == ERROR_CANCELLED)
		return error_set(err, second.kind, "%s", second.message);
	return error_set(err, first.kind, "%s\n(packages as of %s; the same "
			 "was tried as of %s)", first.message, day, c->as_of);
}

int compose_begin(struct stack *stack, struct error *err)
{
	struct compose_stack *c = xcalloc(1, sizeof(*c));

	c->stack = stack;
	c->supervisor.socket = -1;
	stack->driver_state = c;
	c->as_of = stack->options.packages_as_of;
	return set_up(c, err);
}

void compose_end(struct stack *stack)
{
	supervisor_end(&compose_of(stack)->supervisor);
	release(compose_of(stack));
}

static int compose_up(struct stack *stack, struct error *err)
{
	int rc = compose_begin(stack, err);
	struct compose_stack *c = compose_of(stack);

	if (rc == 0 && compose_open(c, err) == 0 &&
	    build_on_some_day(c, err) == 0 && compose_find_files(c, err) == 0)
		return 0;
	compose_down(stack);
	return -1;
}

const struct stack_driver stack_driver_compose = {
	.name = "compose",
	.summary = "A submission's own containers.",
	.keys = compose_file_keys,
	.service_keys = compose_service_keys,
	.check = compose_check,
	.knows = compose_knows,
	.look_up = compose_look_up,
	.plan = compose_plan,
	.up = compose_up,
	.down = compose_down,
	.run = compose_run,
	.restart = compose_restart,
	.ps = compose_ps,
	.log = compose_log,
	.url = compose_url,
	.database = compose_database,
	.exports = compose_exports,
	.by_hand = compose_by_hand,
	.exec_by_hand = compose_exec_by_hand,
	.restart_by_hand = compose_restart_by_hand,
	.folder = compose_folder,
	.facts = compose_facts,
	.spent = compose_spent,
	.save = compose_save,
	.restore = compose_restore,
};
