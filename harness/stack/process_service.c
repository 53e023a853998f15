/* The process driver: one service's way from waiting to ready, and back. */
#include "stack/process.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "format/utf8.h"
#include "stack/kept_cluster.h"
#include "stack/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Between two looks at what starts. */
#define STEP (2 * CLOCK_MSEC)
#define STOP_GRACE (5 * CLOCK_SEC)
enum { TAIL_LINES = 12, TAIL_BYTES = 1400 };

struct process_service *process_service(struct process_stack *p,
					const char *name)
{
	for (size_t i = 0; i < p->services.len; i++)
		if (!strcmp(p->services.at[i].service->name, name))
			return &p->services.at[i];
	return NULL;
}

/* Blame. */

/* The last lines of a log, indented; nothing where there are none. */
static void add_tail(struct strbuf *sb, const char *path)
{
	_cleanup_(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char buf[TAIL_BYTES];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !st.st_size)
		return;
	off_t from = st.st_size > TAIL_BYTES ? st.st_size - TAIL_BYTES : 0;
	ssize_t n = pread(fd, buf, sizeof(buf), from);
	while (n > 0 && buf[n - 1] == '\n')
		n--;
	ssize_t start = n > 0 ? n : 0;
	for (int lines = 0; start > 0; start--)
		if (buf[start - 1] == '\n' && ++lines == TAIL_LINES)
			break;
	for (ssize_t at = start; at < n;) {
		const char *end = memchr(buf + at, '\n', (size_t)(n - at));
		size_t len = end ? (size_t)(end - buf - at) : (size_t)(n - at);
		strbuf_addstr(sb, "\n    ");
		utf8_add_visible(sb, buf + at, len, "\t");
		at += (ssize_t)len + 1;
	}
}

int process_blame(struct process_stack *p, const char *log,
		  enum error_kind kind, struct error *err, const char *fmt,
		  ...)
{
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT(2000);
	_cleanup_(strbuf_release) struct strbuf tail = STRBUF_INIT(1500);
	va_list ap;

	(void)p;
	va_start(ap, fmt);
	strbuf_vaddf(&sb, fmt, ap);
	va_end(ap);
	add_tail(&tail, log);
	if (tail.len)
		strbuf_addf(&sb, "; the last lines of its log:%s", tail.buf);
	else
		strbuf_addstr(&sb, "; it logged nothing");
	return error_set(err, kind, "%s", sb.buf);
}

/* What a person should read of PostgreSQL when it does not start: its own
 * log once there is one. */
static const char *log_of(const struct process_stack *p,
			  const struct process_service *s)
{
	struct stat st;

	return s->is_postgres && stat(p->server_log, &st) == 0 && st.st_size
		? p->server_log : s->log;
}

/* Starting. */

static int open_log(const char *path, struct error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	if (fd < 0)
		error_errno(err, errno, "%s", path);
	return fd;
}

static int spawn(struct process_stack *p, struct process_service *s,
		 const char *const *argv, enum child_kind kind,
		 struct error *err)
{
	_cleanup_(close_fd) int log = open_log(s->log, err);
	struct child_spec spec = {
		.kind = kind, .name = s->service->name, .argv = argv,
		.cwd = s->home, .drop = p->account.drop,
		.uid = p->account.uid, .gid = p->account.gid,
		.out_fd = log, .err_fd = log,
	};

	if (log < 0)
		return -1;
	spec.env = process_env(p, s, NULL, err);
	if (!spec.env)
		return -1;
	return supervisor_spawn(&p->supervisor, &spec, &s->child, err);
}

static int begin_server(struct process_stack *p, struct process_service *s,
			struct error *err)
{
	if (spawn(p, s, postgres_server_argv(p->stack->arena, &p->programs,
					     &p->cluster),
		  CHILD_POSTGRES, err) < 0)
		return -1;
	s->phase = SERVICE_STARTING;
	s->deadline = clock_monotonic() + s->probe.within;
	return 0;
}

static int begin_postgres(struct process_stack *p, struct process_service *s,
			  struct error *err)
{
	if (io_exists(arena_printf(p->stack->arena, "%s/PG_VERSION",
				   p->cluster.data)))
		return begin_server(p, s, err);
	int taken = kept_cluster_take(&p->programs, &p->cluster, &p->account,
				      err);
	if (taken)
		return taken < 0 ? -1 : begin_server(p, s, err);
	event_phase(p->stack->options.sinks, "PostgreSQL %s makes its cluster",
		    p->programs.version);
	s->phase = SERVICE_INITDB;
	s->deadline = clock_monotonic() + 60 * CLOCK_SEC;
	return spawn(p, s, postgres_initdb_argv(p->stack->arena, &p->programs,
						&p->cluster),
		     CHILD_COMMAND, err);
}

int process_begin_service(struct process_stack *p, struct process_service *s,
			  struct error *err)
{
	struct stack_scope scope = { p->stack, s->service, NULL };
	const json_t *run = json_object_get(s->service->args, "run");
	size_t n = json_array_size(run);
	struct arena *arena = p->stack->arena;

	if (s->is_postgres)
		return begin_postgres(p, s, err);
	event_phase(p->stack->options.sinks, "%s starts", s->service->name);
	const char **argv = arena_array(arena, n + 1, sizeof(*argv));
	for (size_t i = 0; i < n; i++) {
		argv[i] = stack_expand(
			&scope, json_string_value(json_array_get(run, i)),
			err);
		if (!argv[i])
			return -1;
	}
	argv[0] = process_program(p, argv[0]);
	if (spawn(p, s, argv, CHILD_SERVICE, err) < 0)
		return error_context(err, "service `%s`", s->service->name);
	s->phase = SERVICE_STARTING;
	s->deadline = clock_monotonic() + s->probe.within;
	return 0;
}

static bool needs_are_ready(struct process_stack *p,
			    const struct process_service *s)
{
	for (size_t i = 0; i < s->service->needs.len; i++)
		if (process_service(p, s->service->needs.at[i])->phase !=
		    SERVICE_READY)
			return false;
	return true;
}

static int died(struct process_stack *p, const struct process_service *s,
		struct error *err)
{
	int status = s->child->status;
	char how[64];

	subprocess_describe(WIFEXITED(status) ? WEXITSTATUS(status) : -1,
			    WIFSIGNALED(status) ? WTERMSIG(status) : 0, how);
	return process_blame(p, log_of(p, s), ERROR_UNAVAILABLE, err,
			     "service `%s` ended as it started (%s)",
			     s->service->name, how);
}

/* Where it may end, its end is for the checks to tell. */
static int ended(struct process_stack *p, struct process_service *s,
		 struct error *err)
{
	if (!json_is_true(json_object_get(s->service->args, "may_end")))
		return died(p, s, err);
	s->phase = SERVICE_STOPPED;
	event_phase(p->stack->options.sinks,
		    "%s ended as it started; the others go on",
		    s->service->name);
	return 0;
}

static int too_late(struct process_stack *p, const struct process_service *s,
		    struct error *err)
{
	char probe[512], within[CLOCK_TEXT];

	return process_blame(p, log_of(p, s), ERROR_TIMEOUT, err,
			     "service `%s` was not ready within %s: %s: %s",
			     s->service->name,
			     clock_format_duration(s->probe.within, within),
			     probe_describe(&s->probe, probe, sizeof(probe)),
			     s->answer);
}

/* The cluster runs: its databases, and what to remember of it. */
static int finish_postgres(struct process_stack *p, struct process_service *s,
			   struct error *err)
{
	struct recorded_segment segment;
	char line[96];

	if (segment_of_cluster(p->folder, &segment)) {
		snprintf(line, sizeof(line), "segment %d %d %u", segment.id,
			 segment.key, segment.uid);
		if (supervisor_record(&p->supervisor, line, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < p->databases.len; i++)
		if (postgres_create_database(s->probe.target,
					     p->databases.at[i], NULL,
					     err) < 0)
			return -1;
	return 0;
}

static int record_ready(struct process_stack *p, struct process_service *s,
			struct error *err)
{
	const char *address = s->url ? s->url : s->is_postgres ?
		p->cluster.socket_dir : "-";
	_cleanup_(strbuf_release) struct strbuf line = STRBUF_INIT(1024);

	strbuf_addf(&line, "service %s %s %s %s.log %d %" PRId64 " %s",
		    s->service->name,
		    s->service->role ? s->service->role : "-", address,
		    s->service->name, (int)s->probe.kind, s->probe.within,
		    s->probe.target ? s->probe.target : "-");
	return supervisor_record(&p->supervisor, line.buf, err);
}

static int became_ready(struct process_stack *p, struct process_service *s,
			struct error *err)
{
	if (s->is_postgres && !p->databases_made) {
		if (finish_postgres(p, s, err) < 0)
			return -1;
		p->databases_made = true;
	}
	s->phase = SERVICE_READY;
	event_phase(p->stack->options.sinks, "%s is ready", s->service->name);
	return record_ready(p, s, err);
}

static int step_initdb(struct process_stack *p, struct process_service *s,
		       struct error *err)
{
	if (!s->child->exited)
		return 0;
	if (s->child->status)
		return died(p, s, err);
	kept_cluster_keep(&p->programs, &p->cluster);
	if (postgres_reconfigure(&p->programs, &p->cluster, &p->account,
				 err) < 0)
		return -1;
	return begin_server(p, s, err);
}

int process_step_service(struct process_stack *p, struct process_service *s,
			 struct error *err)
{
	if (s->phase == SERVICE_WAITING)
		return needs_are_ready(p, s) ? process_begin_service(p, s, err)
					     : 0;
	if (s->phase == SERVICE_INITDB)
		return step_initdb(p, s, err);
	if (s->phase != SERVICE_STARTING)
		return 0;
	if (s->child->exited)
		return ended(p, s, err);
	if (probe_try(&s->probe, &p->http, s->answer))
		return became_ready(p, s, err);
	if (clock_monotonic() > s->deadline)
		return too_late(p, s, err);
	return 0;
}

/* Every service on its way, until all are ready. */
int process_wait_ready(struct process_stack *p, struct error *err)
{
	for (;;) {
		bool all = true;
		if (interrupt_signal())
			return error_set(err, ERROR_CANCELLED, "interrupted");
		for (size_t i = 0; i < p->services.len; i++) {
			struct process_service *s = &p->services.at[i];
			if (process_step_service(p, s, err) < 0)
				return -1;
			all &= s->phase == SERVICE_READY ||
				s->phase == SERVICE_STOPPED;
		}
		if (all)
			return 0;
		if (supervisor_poll(&p->supervisor, STEP, err) < 0)
			return -1;
	}
}

/* Stopping. */

int process_stop_service(struct process_stack *p, struct process_service *s,
			 struct error *err)
{
	/* SIGINT is PostgreSQL's fast shutdown: what it holds is kept. */
	int signum = s->is_postgres ? SIGINT : SIGTERM;

	if (s->phase == SERVICE_STOPPED || !s->child)
		return 0;
	if (supervisor_stop(&p->supervisor, s->child, signum, STOP_GRACE,
			    err) < 0)
		return error_context(err, "stopping `%s`", s->service->name);
	s->phase = SERVICE_STOPPED;
	return 0;
}

static bool needs(struct process_stack *p, const struct process_service *s,
		  const struct process_service *other)
{
	for (size_t i = 0; i < s->service->needs.len; i++) {
		struct process_service *need =
			process_service(p, s->service->needs.at[i]);
		if (need == other || needs(p, need, other))
			return true;
	}
	return false;
}

int process_stop_dependants(struct process_stack *p,
			    const struct process_service *s, bool with_it,
			    struct error *err)
{
	for (size_t i = 0; i < p->services.len; i++) {
		struct process_service *other = &p->services.at[i];
		if (other == s || other->phase == SERVICE_STOPPED ||
		    !needs(p, other, s))
			continue;
		if (process_stop_dependants(p, other, true, err) < 0)
			return -1;
	}
	if (!with_it)
		return 0;
	return process_stop_service(p, process_service(p, s->service->name),
				    err);
}

int process_start_stopped(struct process_stack *p, struct error *err)
{
	for (size_t i = 0; i < p->services.len; i++)
		if (p->services.at[i].phase == SERVICE_STOPPED)
			p->services.at[i].phase = SERVICE_WAITING;
	return process_wait_ready(p, err);
}

/* It, and what it needs. */
static void ask_for(struct process_stack *p, struct process_service *s)
{
	if (s->phase == SERVICE_STOPPED)
		s->phase = SERVICE_WAITING;
	for (size_t i = 0; i < s->service->needs.len; i++)
		ask_for(p, process_service(p, s->service->needs.at[i]));
}

int process_begin_called(struct process_stack *p, struct error *err)
{
	for (size_t i = 0; i < p->services.len; i++)
		if (p->services.at[i].called)
			ask_for(p, &p->services.at[i]);
	for (size_t i = 0; i < p->services.len; i++)
		if (process_step_service(p, &p->services.at[i], err) < 0)
			return -1;
	/* There may be none to wait for, and we have yet to hear that we were
	 * interrupted or that the supervisor is gone. */
	if (interrupt_signal())
		return error_set(err, ERROR_CANCELLED, "interrupted");
	return supervisor_poll(&p->supervisor, 0, err);
}
