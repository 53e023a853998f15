#include "stack/supervisor.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "stack/reaper.h"
#include "stack/supervisor_main.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

static int gone(struct supervisor *s, struct error *err)
{
	close_fd(&s->socket);
	return error_set(err, ERROR_INTERNAL,
			 "the supervisor of the stack (process %d) is gone",
			 s->pid);
}

static struct child *child_by_id(const struct supervisor *s, uint32_t id)
{
	return id && id <= s->children.len ? s->children.at[id - 1] : NULL;
}

static void note_exit(struct supervisor *s, const struct wire_message *m)
{
	struct child *child = child_by_id(s, m->id);

	if (child) {
		child->exited = true;
		child->status = m->number;
	}
}

/* One message: an event is taken in (0), an answer is given (1). */
static int receive(struct supervisor *s, struct wire_message *ret,
		   struct error *err)
{
	int n = s->socket < 0 ? 0 : wire_receive(s->socket, ret, err);

	if (n < 0)
		return -1;
	if (n == 0)
		return gone(s, err);
	if (ret->op != WIRE_EXITED)
		return 1;
	note_exit(s, ret);
	wire_release(ret);
	return 0;
}

static int receive_answer(struct supervisor *s, struct wire_message *ret,
			  struct error *err)
{
	int n;

	do {
		n = receive(s, ret, err);
	} while (n == 0);
	if (n < 0)
		return -1;
	if (ret->op == WIRE_FAILED) {
		error_set(err, (enum error_kind)ret->number, "%s", ret->text);
		wire_release(ret);
		return -1;
	}
	return 0;
}

static int ask(struct supervisor *s, const struct wire_message *m,
	       struct wire_message *ret, struct error *err)
{
	if (s->socket < 0)
		return gone(s, err);
	if (wire_send(s->socket, m, err) < 0)
		return -1;
	return receive_answer(s, ret, err);
}

/* Forks it. The pidfd of ourselves is made before, so that there is no moment
 * in which our end could go unnoticed. */
static int fork_supervisor(struct supervisor *s, const char *title,
			   uid_t entered_by, struct error *err)
{
	_cleanup_(close_fd) int watched = pidfd_open(getpid(), 0);
	int ends[2];

	if (watched < 0)
		return error_errno(err, errno, "pidfd_open");
	if (wire_pair(ends, err) < 0)
		return -1;
	s->pid = fork();
	if (s->pid == 0)
		supervisor_main(ends[1], watched, title, entered_by);
	int errnum = errno;
	close_fd(&ends[1]);
	s->socket = ends[0];
	if (s->pid > 0)
		return 0;
	close_fd(&s->socket);
	return error_errno(err, errnum, "starting the supervisor");
}

int supervisor_start(struct supervisor *s, const char *title,
		     uid_t entered_by, struct error *err)
{
	struct wire_message ready;

	*s = (struct supervisor)SUPERVISOR_INIT;
	if (fork_supervisor(s, title, entered_by, err) < 0)
		return -1;
	if (receive_answer(s, &ready, err) < 0) {
		supervisor_end(s);
		return -1;
	}
	snprintf(s->folder, sizeof(s->folder), "%s", ready.text);
	snprintf(s->token, sizeof(s->token), "%s", ready.name);
	wire_release(&ready);
	return 0;
}

/* The environment that was asked for, and the run's marker. The list is the
 * caller's, its strings are borrowed. */
static const char **marked_env(const char *const *env, const char *marker)
{
	static const char *const plain[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin"
		":/bin",
		"LC_ALL=C.UTF-8", NULL,
	};
	size_t n = 0;

	if (!env)
		env = plain;
	while (env[n])
		n++;
	const char **marked = xcalloc(n + 2, sizeof(*marked));
	memcpy(marked, env, n * sizeof(*marked));
	marked[n] = marker;
	return marked;
}

int supervisor_spawn(struct supervisor *s, const struct child_spec *spec,
		     struct child **ret, struct error *err)
{
	char marker[sizeof(RUN_MARKER) + PRIVATE_FOLDER_TOKEN];
	struct wire_message m = WIRE_MESSAGE(WIRE_SPAWN), answer;

	snprintf(marker, sizeof(marker), RUN_MARKER "=%s", s->token);
	const char **env = marked_env(spec->env, marker);
	/* Known before it is started: its end may be told first. */
	struct child *child = xcalloc(1, sizeof(*child));
	*vec_push(&s->children) = child;
	child->id = (uint32_t)s->children.len;
	snprintf(child->name, sizeof(child->name), "%s", spec->name);
	m.id = child->id;
	m.kind = spec->kind;
	m.name = spec->name;
	m.argv = spec->argv;
	m.env = env;
	m.cwd = spec->cwd;
	m.drop = spec->drop;
	m.uid = spec->uid;
	m.gid = spec->gid;
	m.cpus = spec->cpus;
	m.cpu_count = spec->cpu_count;
	m.fds[0] = spec->out_fd;
	m.fds[1] = spec->err_fd;
	int rc = ask(s, &m, &answer, err);
	free(env);
	if (rc < 0) {
		child->exited = true;
		return -1;
	}
	child->pid = answer.number;
	wire_release(&answer);
	*ret = child;
	return 0;
}

int supervisor_poll(struct supervisor *s, int64_t timeout, struct error *err)
{
	struct pollfd polled = { s->socket, POLLIN, 0 };
	int wait = (int)((timeout + CLOCK_MSEC - 1) / CLOCK_MSEC);

	if (s->socket < 0)
		return gone(s, err);
	while (poll(&polled, 1, wait) > 0) {
		struct wire_message m;
		int n = receive(s, &m, err);
		if (n < 0)
			return -1;
		if (n == 1)
			wire_release(&m); /* nobody asked */
		wait = 0;
	}
	return 0;
}

int supervisor_signal(struct supervisor *s, const struct child *child,
		      int signum, struct error *err)
{
	struct wire_message m = WIRE_MESSAGE(WIRE_SIGNAL);

	if (child->exited)
		return 0;
	if (s->socket < 0)
		return gone(s, err);
	m.id = child->id;
	m.number = signum;
	return wire_send(s->socket, &m, err);
}

int supervisor_wait(struct supervisor *s, struct child *child,
		    int64_t timeout, struct error *err)
{
	int64_t deadline = timeout ? clock_monotonic() + timeout : 0;

	while (!child->exited) {
		int64_t left = 100 * CLOCK_MSEC;
		if (interrupt_signal())
			return error_set(err, ERROR_CANCELLED, "interrupted");
		if (deadline && deadline - clock_monotonic() < left)
			left = deadline - clock_monotonic();
		if (left <= 0)
			return error_set(err, ERROR_TIMEOUT,
					 "%s is still running", child->name);
		if (supervisor_poll(s, left, err) < 0)
			return -1;
	}
	return 0;
}

/* Like supervisor_wait(), but also when we were interrupted: ending things
 * must not be given up half way. */
static int wait_for_end(struct supervisor *s, const struct child *child,
			int64_t timeout, struct error *err)
{
	int64_t deadline = clock_monotonic() + timeout;

	while (!child->exited && clock_monotonic() < deadline)
		if (supervisor_poll(s, 20 * CLOCK_MSEC, err) < 0)
			return -1;
	return 0;
}

int supervisor_stop(struct supervisor *s, struct child *child, int signum,
		    int64_t grace, struct error *err)
{
	if (supervisor_signal(s, child, signum, err) < 0 ||
	    wait_for_end(s, child, grace, err) < 0)
		return -1;
	if (supervisor_signal(s, child, SIGKILL, err) < 0 ||
	    wait_for_end(s, child, 10 * CLOCK_SEC, err) < 0)
		return -1;
	if (!child->exited)
		return error_set(err, ERROR_TIMEOUT, "%s (process %d) does "
				 "not end", child->name, child->pid);
	return 0;
}

/* A command whose output we read. */
struct capture {
	struct supervisor *s;
	struct child *child;
	int fds[2]; /* our ends: standard output and error */
	struct subprocess_result *result;
	const struct child_spec *spec;
	int64_t deadline, kill_at; /* 0: none */
};

static void read_capture(struct capture *c, int which)
{
	struct strbuf *into = which ? &c->result->err : &c->result->out;
	char buf[64 * 1024];
	ssize_t n = read(c->fds[which], buf, sizeof(buf));

	if (n > 0 && c->spec->heard)
		c->spec->heard(c->spec->self, which, buf, (size_t)n);
	else if (n > 0)
		strbuf_add(into, buf, (size_t)n);
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		close_fd(&c->fds[which]);
	if (into->truncated)
		c->result->truncated = true;
}

/* At the deadline, or when we are told to stop: SIGTERM, then SIGKILL. */
static void end_late_command(struct capture *c, int64_t now)
{
	bool late = c->deadline && now >= c->deadline;

	if (c->child->exited || (!late && !interrupt_signal()))
		return;
	if (!c->kill_at) {
		c->result->interrupted = interrupt_signal() != 0;
		c->result->timed_out = !c->result->interrupted;
		supervisor_signal(c->s, c->child, SIGTERM, NULL);
		c->kill_at = now + 2 * CLOCK_SEC;
	} else if (now >= c->kill_at) {
		supervisor_signal(c->s, c->child, SIGKILL, NULL);
		c->kill_at = now + CLOCK_SEC;
	}
}

/* Until the command has ended and its pipes are drained; who keeps one open
 * after the end of the command is given 200 ms. */
static int pump(struct capture *c, struct error *err)
{
	int64_t drain_until = 0;

	for (;;) {
		struct pollfd polled[3] = {
			{ c->s->socket, POLLIN, 0 },
			{ c->fds[0], POLLIN, 0 },
			{ c->fds[1], POLLIN, 0 },
		};
		int64_t now = clock_monotonic();
		int64_t wait = 100 * CLOCK_MSEC;
		if (c->child->exited && !drain_until)
			drain_until = now + 200 * CLOCK_MSEC;
		if (c->child->exited && (now >= drain_until ||
					 (c->fds[0] < 0 && c->fds[1] < 0)))
			return 0;
		end_late_command(c, now);
		if (c->spec->heard)
			c->spec->heard(c->spec->self, 0, NULL, 0);
		if (c->deadline > now && c->deadline - now < wait)
			wait = c->deadline - now;
		if (poll(polled, 3, (int)(wait / CLOCK_MSEC) + 1) <= 0)
			continue;
		for (int i = 0; i < 2; i++)
			if (polled[1 + i].revents)
				read_capture(c, i);
		if (polled[0].revents && supervisor_poll(c->s, 0, err) < 0)
			return -1;
	}
}

static int run_captured(struct capture *c, const struct child_spec *spec,
			struct error *err)
{
	int out[2], errs[2];
	int rc;

	if (pipe2(out, O_CLOEXEC | O_NONBLOCK) < 0)
		return error_errno(err, errno, "a pipe");
	if (pipe2(errs, O_CLOEXEC | O_NONBLOCK) < 0) {
		int errnum = errno;
		close_fd(&out[0]);
		close_fd(&out[1]);
		return error_errno(err, errnum, "a pipe");
	}
	struct child_spec with_pipes = *spec;
	with_pipes.out_fd = out[1];
	with_pipes.err_fd = errs[1];
	/* The command's own ends block as any program expects. */
	fcntl(out[1], F_SETFL, 0);
	fcntl(errs[1], F_SETFL, 0);
	rc = supervisor_spawn(c->s, &with_pipes, &c->child, err);
	close_fd(&out[1]);
	close_fd(&errs[1]);
	c->fds[0] = out[0];
	c->fds[1] = errs[0];
	if (rc == 0)
		rc = pump(c, err);
	close_fd(&c->fds[0]);
	close_fd(&c->fds[1]);
	return rc;
}

int supervisor_run(struct supervisor *s, const struct child_spec *spec,
		   int64_t timeout, size_t capture_cap,
		   struct subprocess_result *ret, struct error *err)
{
	size_t cap = capture_cap ? capture_cap : 1024 * 1024;
	struct subprocess_result result = {
		.out = STRBUF_INIT(cap), .err = STRBUF_INIT(cap),
	};
	int64_t started = clock_monotonic();
	struct capture c = { .s = s, .result = &result, .spec = spec,
			     .deadline = timeout ? started + timeout : 0 };

	if (run_captured(&c, spec, err) < 0) {
		subprocess_result_release(&result);
		return -1;
	}
	int status = c.child->status;
	result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	result.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	result.duration = clock_monotonic() - started;
	*ret = result;
	return 0;
}

int supervisor_record(struct supervisor *s, const char *line,
		      struct error *err)
{
	struct wire_message m = WIRE_MESSAGE(WIRE_RECORD), answer;

	m.text = line;
	if (ask(s, &m, &answer, err) < 0)
		return -1;
	wire_release(&answer);
	return 0;
}

static void release(struct supervisor *s)
{
	close_fd(&s->socket);
	for (size_t i = 0; i < s->children.len; i++)
		free(s->children.at[i]);
	vec_release(&s->children);
	*s = (struct supervisor)SUPERVISOR_INIT;
}

void supervisor_end(struct supervisor *s)
{
	struct wire_message m = WIRE_MESSAGE(WIRE_END), answer;
	int status;

	if (s->socket >= 0 && ask(s, &m, &answer, NULL) == 0)
		wire_release(&answer);
	close_fd(&s->socket); /* in any case this ends it */
	while (s->pid > 0 && waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
		;
	/* Where it was killed, what it had started is still there. */
	if (s->folder[0] && io_exists(s->folder))
		reaper_remove(s->folder, NULL, NULL);
	release(s);
}

int supervisor_detach(struct supervisor *s, struct error *err)
{
	struct wire_message m = WIRE_MESSAGE(WIRE_DETACH), answer;

	if (ask(s, &m, &answer, err) < 0)
		return -1;
	wire_release(&answer);
	release(s);
	return 0;
}
