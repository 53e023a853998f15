/* The compose driver: containers come up, stop and start. */
#include "stack/compose.h"

#include "base/clock.h"
#include "scenario/validate.h"
#include "stack/container_leftovers.h"

#include <stdio.h>
#include <stdlib.h>

int compose_command(struct compose_stack *c, const char *const *words,
		    const char *what, int64_t timeout, const char *log,
		    struct engine_result *ret, struct error *err)
{
	size_t n = 0, used = 0;

	while (words[n])
		n++;
	const char **argv = arena_array(c->stack->arena, n + 8,
					sizeof(*argv));
	argv[used++] = "-p";
	argv[used++] = c->project;
	argv[used++] = "--project-directory";
	argv[used++] = c->folder;
	argv[used++] = "-f";
	argv[used++] = c->file;
	memcpy(argv + used, words, n * sizeof(*argv));
	const struct engine_command command = {
		.argv = argv, .compose = true, .what = what,
		.timeout = timeout, .log = log, .cwd = c->folder,
	};
	return engine_run(&c->engine, &command, ret, err);
}

static const char *inspect(struct compose_stack *c, const char *container,
			   const char *format)
{
	const char *const argv[] = { "inspect", "--format", format, container,
				     NULL };
	const char *out;

	return engine_ask(&c->engine, argv, &out, NULL) == 0 ? out : "gone";
}

#define STATE \
	"{{.State.Status}}{{if eq .State.Status \"exited\"}}" \
	" ({{.State.ExitCode}}){{if .State.OOMKilled}}, out of memory{{end}}" \
	"{{end}}"

const char *compose_state(struct compose_stack *c,
			  const struct compose_service *s)
{
	return s->container ? inspect(c, s->container, STATE) : "not made";
}

static const char *const *with_containers(struct compose_stack *c,
					  const char *const *verb,
					  struct compose_service **list,
					  size_t count)
{
	size_t n = 0;
	const char **argv = arena_array(c->stack->arena, count + 8,
					sizeof(*argv));

	while (verb[n]) {
		argv[n] = verb[n];
		n++;
	}
	for (size_t i = 0; i < count; i++)
		if (list[i]->container)
			argv[n++] = list[i]->container;
	return argv;
}

const char *const *compose_inspect_all(struct compose_stack *c,
				       const char *format)
{
	const char *const verb[] = { "inspect", "--format", format, NULL };
	size_t n = c->services.len;
	const char **ret = arena_array(c->stack->arena, n + 1, sizeof(*ret));
	struct compose_service **list = arena_array(c->stack->arena, n + 1,
						    sizeof(*list));
	const char *out;

	for (size_t i = 0; i < n; i++)
		list[i] = &c->services.at[i];
	/* One that is gone fails them all. */
	bool all = engine_ask(&c->engine, with_containers(c, verb, list, n),
			      &out, NULL) == 0;
	for (size_t i = 0; i < n; i++)
		if (list[i]->container)
			ret[i] = all ? arena_line(c->stack->arena, &out)
				     : inspect(c, list[i]->container, format);
	return ret;
}

void compose_states(struct compose_stack *c, struct service_state *states)
{
	const char *const *lines = compose_inspect_all(c,
						       "{{.State.Pid}} " STATE);

	for (size_t i = 0; i < c->services.len; i++) {
		const char *line = lines[i] ? lines[i] : "not made";
		char *state;
		long pid = strtol(line, &state, 10);
		states[i].state = *state == ' ' ? state + 1 : state;
		states[i].up = !strcmp(states[i].state, "running");
		states[i].pid = states[i].up ? pid : 0;
	}
}

/* The containers that Compose made, by their service. */
static int find_containers(struct compose_stack *c, struct error *err)
{
	const char *filter = arena_printf(c->stack->arena, "label=com.docker."
					  "compose.project=%s", c->project);
	const char *const argv[] = {
		"ps", "-a", "--no-trunc", "--filter", filter, "--format",
		"{{.ID}} {{.Label \"com.docker.compose.service\"}} "
		"{{.Label \"com.docker.compose.oneoff\"}}", NULL };
	const char *out;

	if (engine_ask(&c->engine, argv, &out, err) < 0)
		return -1;
	const char *line;
	while ((line = arena_line(c->stack->arena, &out))) {
		char id[80], name[256], oneoff[16] = "";
		if (sscanf(line, "%79s %255s %15s", id, name, oneoff) >= 2 &&
		    strcmp(oneoff, "True")) {
			struct compose_service *s = compose_service(c, name);
			if (s)
				s->container = arena_strdup(c->stack->arena,
							    id);
		}
	}
	return 0;
}

/* Stopping and starting. */

int compose_stop_these(struct compose_stack *c, struct compose_service **list,
		       size_t count, struct error *err)
{
	static const char *const stop[] = { "stop", "-t", "5", NULL };

	if (!count)
		return 0;
	return engine_ask(&c->engine, with_containers(c, stop, list, count),
			  NULL, err);
}

int compose_start_these(struct compose_stack *c, struct compose_service **list,
			size_t count, struct error *err)
{
	static const char *const start[] = { "start", NULL };

	if (!count)
		return 0;
	/* A mount is made anew: is its source still in the copy? */
	if (policy_check(&c->policy, c->config, err) < 0)
		return error_context(err, "before a container starts");
	for (size_t i = 0; i < count; i++) {
		list[i]->starts++;
		list[i]->ready = false;
	}
	return engine_ask(&c->engine, with_containers(c, start, list, count),
			  NULL, err);
}

/* Up. */

static int up(struct compose_stack *c, const char *const *names, size_t count,
	      struct engine_result *ret, struct error *err)
{
	const char **words = arena_array(c->stack->arena, count + 5,
					 sizeof(*words));
	size_t n = 0;

	words[n++] = "up";
	words[n++] = "-d";
	words[n++] = "--no-build";
	for (size_t i = 0; i < count; i++)
		words[n++] = names[i];
	if (policy_check(&c->policy, c->config, err) < 0 ||
	    compose_command(c, words, "starting", validate_duration(
				    c->stack->file.args, "start_within",
				    10 * 60 * CLOCK_SEC),
			    c->build_log, ret, err) < 0)
		return -1;
	return find_containers(c, err);
}

/* The service whose container did not come up as others wanted it. */
static struct compose_service *culprit(struct compose_stack *c)
{
	for (size_t i = 0; i < c->services.len; i++) {
		struct compose_service *s = &c->services.at[i];
		const char *state = compose_state(c, s);
		if (!strncmp(state, "exited (", 8) && state[8] != '0')
			return s;
	}
	return NULL;
}

static int up_failed(struct compose_stack *c,
		     const struct engine_result *result, struct error *err)
{
	struct compose_service *s = culprit(c);
	size_t len = strlen(result->err);
	const char *end = result->err + (len > 1500 ? len - 1500 : 0);

	if (strstr(result->err, "no space left on device"))
		return error_set(err, ERROR_LIMIT, "the disk is full");
	if (s)
		return compose_blame(c, s, ERROR_UNAVAILABLE, arena_printf(
				     c->stack->arena, "ended as it started "
				     "(%s)", compose_state(c, s)), err);
	return error_set(err, result->timed_out ? ERROR_TIMEOUT
						: ERROR_UNAVAILABLE,
			 result->timed_out
			 ? "starting the services takes too long: %s"
			 : "the services could not be started: %s", end);
}

/* A service that ends at its own start takes those that wait for it down as
 * well: all of it is tried once more. */
static int up_with_retry(struct compose_stack *c, const char *const *names,
			 size_t count, struct error *err)
{
	struct engine_result result;

	if (up(c, names, count, &result, err) < 0)
		return -1;
	if (result.exit_code && !result.timed_out) {
		struct compose_service *s = culprit(c);
		if (!s)
			return up_failed(c, &result, err);
		compose_note(c, "started again", "%s: it had %s by itself; "
			     "no points depend on it", s->name,
			     compose_state(c, s));
		event_note(c->stack->options.sinks, "%s had %s as it started; "
			   "the services are started once more", s->name,
			   compose_state(c, s));
		if (up(c, names, count, &result, err) < 0)
			return -1;
	}
	return result.exit_code || result.timed_out
		? up_failed(c, &result, err) : 0;
}

int compose_remove(struct compose_stack *c, struct error *err)
{
	struct folder_state state;

	if (folder_state_read(c->folder, &state, err) < 0)
		return -1;
	int rc = container_leftovers_remove(&state, err);
	folder_state_release(&state);
	for (size_t i = 0; i < c->services.len; i++) {
		struct compose_service *s = &c->services.at[i];
		s->container = NULL;
		s->starts = 0;
		s->ready = false;
	}
	return rc < 0 ? error_context(err, "removing what was started") : 0;
}

/* What is written there by containers must be ours again at the end. */
static int record_copy(struct compose_stack *c, struct error *err)
{
	const struct compose_service *s = compose_database_service(c);
	const char *image = s ? s->tag ? s->tag : json_string_value(
		json_object_get(s->config, "image")) : NULL;

	return image ? supervisor_record(&c->supervisor, arena_printf(
				c->stack->arena, "copy %s %s", image, c->copy),
					 err) : 0;
}

/* PostgreSQL by itself first, where it must be set up while nobody uses it. */
int compose_start(struct compose_stack *c, struct error *err)
{
	const char **names = arena_array(c->stack->arena,
					 c->services.len + 1, sizeof(*names));
	const struct compose_service *database = compose_database_service(c);

	event_phase(c->stack->options.sinks, "starting");
	if (record_copy(c, err) < 0)
		return -1;
	compose_address_database(c);
	if (database && !c->set_up_by_command) {
		names[0] = database->name;
		if (up_with_retry(c, names, 1, err) < 0 ||
		    compose_set_up_database(c, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < c->services.len; i++)
		names[i] = c->services.at[i].name;
	if (up_with_retry(c, names, c->services.len, err) < 0)
		return -1;
	for (size_t i = 0; i < c->services.len; i++)
		c->services.at[i].starts = 1;
	return compose_wait(c, NULL, err);
}
