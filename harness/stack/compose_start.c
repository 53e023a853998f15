/* The compose driver: containers come up, stop, start, and become ready. */
#include "stack/compose.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "format/utf8.h"
#include "scenario/validate.h"
#include "stack/container_leftovers.h"

#include <stdio.h>
#include <stdlib.h>

/* Between two looks at a probe, and at whether a container still runs. */
#define STEP (50 * CLOCK_MSEC)
#define LOOK (CLOCK_SEC)
enum { TAIL_LINES = 12, STARTS_MOST = 2, RESTARTS_MOST = 6 };

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

const char *compose_tail(struct compose_stack *c,
			 const struct compose_service *s)
{
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT(1600);
	char lines[16];
	const char *const argv[] = { "logs", "--tail", lines, s->container,
				     NULL };
	const struct engine_command command = { .argv = argv };
	struct engine_result result;

	snprintf(lines, sizeof(lines), "%d", TAIL_LINES);
	if (!s->container ||
	    engine_run(&c->engine, &command, &result, NULL) < 0)
		return "";
	const char *text = *result.err ? result.err : result.out;
	size_t len = strlen(text);
	/* Its end is what counts. */
	if (len > 1400) {
		text += len - 1400;
		text += strcspn(text, "\n");
	}
	while (*text) {
		size_t line = strcspn(text, "\n");
		if (line) {
			strbuf_addstr(&sb, "\n    ");
			utf8_add_visible(&sb, text, line, "\t");
		}
		text += line + (text[line] == '\n');
	}
	return arena_strdup(c->stack->arena, sb.buf);
}

static const char *inspect(struct compose_stack *c, const char *container,
			   const char *format)
{
	const char *const argv[] = { "inspect", "--format", format, container,
				     NULL };
	const char *out;

	return container && engine_ask(&c->engine, argv, &out, NULL) == 0
		? out : "gone";
}

const char *compose_state(struct compose_stack *c,
			  const struct compose_service *s)
{
	if (!s->container)
		return "not made";
	return inspect(c, s->container, "{{.State.Status}}"
		       "{{if eq .State.Status \"exited\"}}"
		       " ({{.State.ExitCode}})"
		       "{{if .State.OOMKilled}}, out of memory{{end}}"
		       "{{end}}");
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
	while (*out) {
		char id[80], name[256], oneoff[16] = "";
		size_t line = strcspn(out, "\n");
		char *text = arena_strndup(c->stack->arena, out, line);
		if (sscanf(text, "%79s %255s %15s", id, name, oneoff) >= 2 &&
		    strcmp(oneoff, "True")) {
			struct compose_service *s = compose_service(c, name);
			if (s)
				s->container = arena_strdup(c->stack->arena,
							    id);
		}
		out += line + (out[line] == '\n');
	}
	return 0;
}

static int blame(struct compose_stack *c, struct compose_service *s,
		 enum error_kind kind, const char *what, struct error *err)
{
	const char *tail = compose_tail(c, s);

	return error_set(err, kind, "service `%s` %s%s%s", s->name, what,
			 *tail ? "; the last lines of its log:" :
			 "; it logged nothing", tail);
}

/* Whether its own Compose file wants it started again when it ends. */
static bool wants_restart(const struct compose_service *s)
{
	const char *restart = json_string_value(
		json_object_get(s->config, "restart"));

	return restart && *restart && strcmp(restart, "no");
}

/* It ended: started once more, or as often as its file asks, within reason.
 * That is a flake of its start, and said. */
static int start_again(struct compose_stack *c, struct compose_service *s,
		       const char *state, struct error *err)
{
	int most = wants_restart(s) ? RESTARTS_MOST : STARTS_MOST;

	if (s->starts >= most)
		return blame(c, s, ERROR_UNAVAILABLE, arena_printf(
				     c->stack->arena, "ended as it started "
				     "(%s), %d times", state, s->starts), err);
	compose_note(c, "started again", "%s: it had %s by itself; no points "
		     "depend on it", s->name, state);
	event_note(c->stack->options.sinks, "%s had %s as it started, and is "
		   "started once more", s->name, state);
	clock_sleep(s->starts * CLOCK_SEC / 2);
	return compose_start_these(c, &s, 1, err);
}

/* One look: at its probe, and now and then at its container. */
static int look_at(struct compose_stack *c, struct compose_service *s,
		   bool at_container, struct error *err)
{
	if (probe_try(&s->probe, &c->http, s->answer) &&
	    s->probe.kind != PROBE_NONE) {
		s->ready = true;
		return 0;
	}
	if (!at_container)
		return 0;
	const char *state = compose_state(c, s);
	if (!strcmp(state, "running"))
		s->ready = s->probe.kind == PROBE_NONE;
	else if (!strncmp(state, "exited", 6) || !strncmp(state, "dead", 4))
		return start_again(c, s, state, err);
	return 0;
}

static int too_late(struct compose_stack *c, struct compose_service *s,
		    struct error *err)
{
	char probe[512], within[CLOCK_TEXT];

	return blame(c, s, ERROR_TIMEOUT, arena_printf(
			     c->stack->arena, "was not ready within %s: %s: %s",
			     clock_format_duration(s->probe.within, within),
			     probe_describe(&s->probe, probe, sizeof(probe)),
			     s->answer), err);
}

static bool is_required(const struct compose_service *s)
{
	return json_is_true(json_object_get(s->role->args, "required"));
}

/* A service that does not come up is what its checks will find; only
 * without a required one there is nothing to grade. */
static int give_up(struct compose_stack *c, struct compose_service *s,
		   struct compose_service *only, struct error *err,
		   const struct error *why)
{
	s->ready = true;
	if (only || is_required(s) || why->kind == ERROR_CANCELLED)
		return error_set(err, why->kind, "%s", why->message);
	compose_note(c, "not ready", "%s", why->message);
	event_note(c->stack->options.sinks, "%s", why->message);
	return 0;
}

static int wait_for_ready(struct compose_stack *c,
			  struct compose_service *only, struct error *err)
{
	int64_t started = clock_monotonic(), looked = 0;

	for (;;) {
		int64_t now = clock_monotonic();
		bool all = true, look = now - looked >= LOOK;
		const char *missing = NULL;
		if (interrupt_signal())
			return error_set(err, ERROR_CANCELLED, "interrupted");
		if (look)
			looked = now;
		for (size_t i = 0; i < c->services.len; i++) {
			struct compose_service *s = &c->services.at[i];
			struct error why = ERROR_INIT;
			if (s->ready || !s->role || (only && s != only))
				continue;
			if ((look_at(c, s, look, &why) < 0 ||
			     (!s->ready && now - started > s->probe.within &&
			      too_late(c, s, &why) < 0)) &&
			    give_up(c, s, only, err, &why) < 0)
				return -1;
			if (!s->ready)
				missing = s->name;
			all &= s->ready;
		}
		if (all)
			return 0;
		if (look && missing)
			event_progress(c->stack->options.sinks,
				       "waiting for %s, %d s", missing,
				       (int)((now - started) / CLOCK_SEC));
		if (supervisor_poll(&c->supervisor, STEP, err) < 0)
			return -1;
	}
}

int compose_wait(struct compose_stack *c, struct compose_service *only,
		 struct error *err)
{
	int64_t started = clock_monotonic(), spent = c->engine.spent;
	int rc = wait_for_ready(c, only, err);

	c->waited += clock_monotonic() - started - (c->engine.spent - spent);
	return rc;
}

/* Stopping and starting. */

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
		return blame(c, s, ERROR_UNAVAILABLE, arena_printf(
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
	int rc = container_leftovers_remove(&state);
	folder_state_release(&state);
	for (size_t i = 0; i < c->services.len; i++) {
		struct compose_service *s = &c->services.at[i];
		s->container = NULL;
		s->starts = 0;
		s->ready = false;
	}
	return rc < 0 ? error_set(err, ERROR_UNAVAILABLE, "what was started "
				  "could not be removed") : 0;
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
