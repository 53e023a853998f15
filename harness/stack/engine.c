#include "stack/engine.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "base/path.h"
#include "format/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PATIENCE (120 * CLOCK_SEC)
#define LOG_MOST ((size_t)8 * 1024 * 1024)
#define OUR_PATH \
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* The end of an endless output. */
struct tail {
	char *at;
	size_t len, cap;
};

/* What is heard of a command. */
struct listener {
	const struct engine *engine;
	const struct engine_command *command;
	struct tail tails[2];
	struct strbuf kept[2]; /* where the beginning is wanted */
	char line[200];        /* the last one */
	int64_t started, shown;
	int log;
	size_t logged;
};

static void tail_add(struct tail *tail, const char *data, size_t len)
{
	if (!tail->at)
		tail->at = xcalloc(2, tail->cap);
	if (len > tail->cap) {
		data += len - tail->cap;
		len = tail->cap;
	}
	if (tail->len + len > 2 * tail->cap) {
		size_t keep = tail->cap < tail->len ? tail->cap : tail->len;
		memmove(tail->at, tail->at + tail->len - keep, keep);
		tail->len = keep;
	}
	if (tail->len + len > 2 * tail->cap) {
		memmove(tail->at, tail->at + len, tail->len - len);
		tail->len -= len;
	}
	memcpy(tail->at + tail->len, data, len);
	tail->len += len;
}

static const char *tail_text(const struct tail *tail, struct arena *arena)
{
	size_t skip = tail->len > tail->cap ? tail->len - tail->cap : 0;

	return tail->len ? arena_strndup(arena, tail->at + skip,
					 tail->len - skip) : "";
}

/* The last line that says something, of what just came. */
static void note_line(struct listener *l, const char *data, size_t len)
{
	while (len && strchr(" \r\n\t", data[len - 1]))
		len--;
	size_t start = len;
	while (start && !strchr("\r\n", data[start - 1]))
		start--;
	len -= start;
	if (!len)
		return;
	if (len >= sizeof(l->line))
		len = sizeof(l->line) - 1;
	memcpy(l->line, data + start, len);
	l->line[len] = '\0';
}

static void show(struct listener *l)
{
	int64_t now = clock_monotonic();
	_cleanup_(strbuf_release) struct strbuf line = STRBUF_INIT(1024);

	if (!l->command->what || !l->engine->sinks ||
	    now - l->shown < CLOCK_SEC)
		return;
	l->shown = now;
	utf8_add_visible(&line, l->line, strlen(l->line), NULL);
	event_progress(l->engine->sinks, "%s, %d s%s%s", l->command->what,
		       (int)((now - l->started) / CLOCK_SEC),
		       line.len ? ": " : "", line.buf);
}

static void heard(void *self, int which, const char *data, size_t len)
{
	struct listener *l = self;

	if (len && l->command->capture)
		strbuf_add(&l->kept[which], data, len);
	else if (len)
		tail_add(&l->tails[which], data, len);
	if (len && l->log >= 0 && l->logged < LOG_MOST) {
		size_t room = LOG_MOST - l->logged;
		size_t part = len < room ? len : room;
		if (io_write_all(l->log, data, part, NULL) < 0)
			close_fd(&l->log);
		l->logged += part;
	}
	if (len)
		note_line(l, data, len);
	show(l);
}

static const char *heard_text(struct listener *l, int which)
{
	struct arena *arena = l->engine->arena;
	const char *text = l->command->capture
		? arena_strndup(arena, l->kept[which].buf, l->kept[which].len)
		: tail_text(&l->tails[which], arena);

	strbuf_release(&l->kept[which]);
	free(l->tails[which].at);
	return text;
}

const char *const *engine_env(const struct engine *engine,
			      const char *const *added)
{
	size_t n = 0, count = 0;

	while (added && added[count])
		count++;
	const char **env = arena_array(engine->arena, count + 9, sizeof(*env));
	env[n++] = OUR_PATH;
	env[n++] = "LC_ALL=C.UTF-8";
	env[n++] = arena_printf(engine->arena, "HOME=%s", engine->home);
	env[n++] = "COMPOSE_INTERACTIVE_NO_CLI=1";
	env[n++] = "DO_NOT_TRACK=1";
	env[n++] = "DOCKER_CLI_HINTS=false";
	/* It builds by itself; a builder of Docker's own would be fetched. */
	if (engine->podman)
		env[n++] = "DOCKER_BUILDKIT=0";
	if (engine->host)
		env[n++] = arena_printf(engine->arena, "DOCKER_HOST=%s",
					engine->host);
	for (size_t i = 0; i < count; i++)
		env[n++] = added[i];
	return env;
}

static const char *const *whole_argv(const struct engine *engine,
				     const struct engine_command *command)
{
	size_t n = 0;

	while (command->argv[n])
		n++;
	const char **argv = arena_array(engine->arena, n + 2, sizeof(*argv));
	argv[0] = command->compose ? engine->compose : engine->client;
	memcpy(argv + 1, command->argv, n * sizeof(*argv));
	return argv;
}

/* Without a supervisor: who clears up after one. */
static int run_alone(const struct engine *engine,
		     const struct engine_command *command,
		     struct subprocess_result *ret, struct error *err)
{
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;

	spec.argv = whole_argv(engine, command);
	spec.env = engine_env(engine, NULL);
	spec.timeout = command->timeout ? command->timeout : PATIENCE;
	spec.capture_cap = command->capture;
	return subprocess_run(&spec, ret, err);
}

static int run_supervised(const struct engine *engine,
			  const struct engine_command *command,
			  struct listener *l, struct subprocess_result *ret,
			  struct error *err)
{
	const struct child_spec spec = {
		.kind = CHILD_COMMAND, .name = "engine",
		.argv = whole_argv(engine, command),
		.env = engine_env(engine, NULL), .cwd = command->cwd,
		.heard = heard, .self = l,
	};

	if (supervisor_run(engine->supervisor, &spec, command->timeout
			   ? command->timeout : PATIENCE, 0, ret, err) < 0)
		return -1;
	if (!ret->interrupted)
		return 0;
	subprocess_result_release(ret);
	return error_set(err, ERROR_CANCELLED, "interrupted");
}

int engine_run(struct engine *engine, const struct engine_command *command,
	       struct engine_result *ret, struct error *err)
{
	struct subprocess_result result;
	struct listener l = {
		.engine = engine, .command = command, .log = -1,
		.tails = { { .cap = ENGINE_TAIL }, { .cap = ENGINE_TAIL } },
		.kept = { STRBUF_INIT(command->capture),
			  STRBUF_INIT(command->capture) },
		.started = clock_monotonic(), .shown = clock_monotonic(),
	};
	int rc;

	if (command->log)
		l.log = open(command->log, O_WRONLY | O_CREAT | O_APPEND |
			     O_CLOEXEC, 0644);
	rc = engine->supervisor
		? run_supervised(engine, command, &l, &result, err)
		: run_alone(engine, command, &result, err);
	close_fd(&l.log);
	engine->spent += clock_monotonic() - l.started;
	const char *out = heard_text(&l, 0), *errs = heard_text(&l, 1);
	if (rc < 0)
		return -1;
	*ret = (struct engine_result){
		.exit_code = result.exit_code, .signal = result.signal,
		.timed_out = result.timed_out, .duration = result.duration,
		.out = out, .err = errs,
	};
	if (!engine->supervisor) {
		ret->out = arena_strndup(engine->arena, result.out.buf,
					 result.out.len);
		ret->err = arena_strndup(engine->arena, result.err.buf,
					 result.err.len);
	}
	subprocess_result_release(&result);
	return 0;
}

/* The last line of what it said. */
static const char *last_line(struct arena *arena, const char *text)
{
	size_t len = strlen(text);

	while (len && strchr(" \r\n", text[len - 1]))
		len--;
	size_t start = len;
	while (start && text[start - 1] != '\n')
		start--;
	return arena_strndup(arena, text + start, len - start);
}

int engine_ask(struct engine *engine, const char *const *argv,
	       const char **ret_out, struct error *err)
{
	const struct engine_command command = {
		.argv = argv, .capture = 8 * 1024 * 1024 };
	struct engine_result result;

	if (engine_run(engine, &command, &result, err) < 0)
		return -1;
	if (result.timed_out)
		return error_set(err, ERROR_TIMEOUT, "`%s %s` does not end",
				 engine->client, argv[0]);
	if (result.exit_code)
		return error_set(err, ERROR_UNAVAILABLE, "`%s %s`: %s",
				 engine->client, argv[0],
				 last_line(engine->arena, result.err));
	if (ret_out) {
		size_t len = strlen(result.out);
		while (len && result.out[len - 1] == '\n')
			len--;
		*ret_out = arena_strndup(engine->arena, result.out, len);
	}
	return 0;
}

void engine_of_record(struct engine *engine, const char *client,
		      const char *host)
{
	engine->client = client;
	engine->host = strcmp(host, "-") ? host : NULL;
	engine->home = "/nonexistent";
}
