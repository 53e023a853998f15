/* The compose driver: containers become ready, or it is said why not. */
#include "stack/compose.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "format/utf8.h"

#include <stdio.h>

/* Between two looks at a probe, and at whether a container still runs. */
#define STEP (50 * CLOCK_MSEC)
#define LOOK (CLOCK_SEC)
enum { TAIL_LINES = 12, STARTS_MOST = 2, RESTARTS_MOST = 6 };

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

int compose_blame(struct compose_stack *c, struct compose_service *s,
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
		return compose_blame(c, s, ERROR_UNAVAILABLE, arena_printf(
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

	return compose_blame(c, s, ERROR_TIMEOUT, arena_printf(
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
