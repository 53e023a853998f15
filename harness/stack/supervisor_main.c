#include "stack/supervisor_main.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/subprocess.h"
#include "stack/faketime_memory.h"
#include "stack/process_table.h"
#include "stack/reaper.h"
#include "stack/segment.h"
#include "stack/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long a service, and PostgreSQL, may take to end after being asked. */
#define SERVICE_GRACE (2 * CLOCK_SEC)
#define POSTGRES_GRACE (5 * CLOCK_SEC)
/* How long killed processes may take to go, before they are given up. */
#define KILLED_GRACE (10 * CLOCK_SEC)

struct running {
	uint32_t id;
	pid_t pid;
	enum child_kind kind;
};

struct overseer {
	struct private_folder folder;
	int socket, watched, signals;
	bool detached, ending, asked;
	VEC(struct running) running;
	/* How each service was started last: for a restart without bis. */
	VEC(struct wire_message) specs;
};

/* bis may be gone: then nobody needs to know. */
static void tell(const struct overseer *o, const struct wire_message *m)
{
	if (o->socket >= 0)
		wire_send(o->socket, m, NULL);
}

static void tell_failure(const struct overseer *o, const struct error *err)
{
	struct wire_message m = WIRE_MESSAGE(WIRE_FAILED);

	m.number = err->kind;
	m.text = err->message;
	tell(o, &m);
}

static void child_exited(struct overseer *o, pid_t pid, int status)
{
	struct wire_message m = WIRE_MESSAGE(WIRE_EXITED);

	for (size_t i = 0; i < o->running.len; i++) {
		if (o->running.at[i].pid != pid)
			continue;
		/* What it left in its group has no one to talk to. */
		if (o->running.at[i].kind != CHILD_POSTGRES)
			kill(-pid, SIGKILL);
		m.id = o->running.at[i].id;
		m.number = status;
		o->running.at[i] = o->running.at[--o->running.len];
		tell(o, &m);
		return;
	}
}

/* False once there are no children at all. */
static bool reap(struct overseer *o)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		faketime_memory_remove(pid);
		child_exited(o, pid, status);
	}
	return pid == 0 || errno != ECHILD;
}

static void take_signals(struct overseer *o)
{
	struct signalfd_siginfo info;

	while (read(o->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		if (info.ssi_signo == SIGTERM)
			o->ending = true;
		else if (info.ssi_signo == SIGUSR1)
			o->asked = true;
	reap(o);
}

static void wait_for_signal(struct overseer *o, int64_t usec)
{
	struct pollfd polled = { o->signals, POLLIN, 0 };

	poll(&polled, 1, (int)(usec / CLOCK_MSEC) + 1);
	take_signals(o);
}

static bool any_of(const struct overseer *o, enum child_kind kind)
{
	for (size_t i = 0; i < o->running.len; i++)
		if (o->running.at[i].kind == kind)
			return true;
	return false;
}

static void signal_all(struct overseer *o, enum child_kind kind, int signum)
{
	for (size_t i = 0; i < o->running.len; i++)
		if (o->running.at[i].kind == kind)
			kill(-o->running.at[i].pid, signum);
}

static bool is_running(const struct overseer *o, uint32_t id)
{
	for (size_t i = 0; i < o->running.len; i++)
		if (o->running.at[i].id == id)
			return true;
	return false;
}

static void signal_id(const struct overseer *o, uint32_t id, int signum)
{
	for (size_t i = 0; i < o->running.len; i++)
		if (o->running.at[i].id == id)
			kill(-o->running.at[i].pid, signum);
}

static void end_child(struct overseer *o, uint32_t id, int signum)
{
	int64_t deadline = clock_monotonic() + SERVICE_GRACE;

	for (signal_id(o, id, signum); is_running(o, id);) {
		wait_for_signal(o, 20 * CLOCK_MSEC);
		if (clock_monotonic() > deadline)
			signal_id(o, id, SIGKILL);
	}
}

static void end_kind(struct overseer *o, enum child_kind kind, int signum,
		     int64_t grace)
{
	int64_t deadline = clock_monotonic() + grace;

	signal_all(o, kind, signum);
	while (any_of(o, kind) && clock_monotonic() < deadline)
		wait_for_signal(o, 20 * CLOCK_MSEC);
	signal_all(o, kind, SIGKILL);
}

/* Whoever is left is a child of ours: orphans came to us. */
static void end_orphans(struct overseer *o)
{
	int64_t deadline = clock_monotonic() + KILLED_GRACE;
	struct process_table table = { VEC_INIT };

	while (reap(o) && clock_monotonic() < deadline) {
		process_table_read(&table);
		for (size_t i = 0; i < table.entries.len; i++)
			if (table.entries.at[i].parent == getpid())
				kill(table.entries.at[i].pid, SIGKILL);
		wait_for_signal(o, 5 * CLOCK_MSEC);
	}
	process_table_release(&table);
}

static void end_everything(struct overseer *o)
{
	end_kind(o, CHILD_COMMAND, SIGKILL, 0);
	end_kind(o, CHILD_SERVICE, SIGTERM, SERVICE_GRACE);
	end_kind(o, CHILD_POSTGRES, SIGQUIT, POSTGRES_GRACE);
	end_orphans(o);
	reaper_remove_files(o->folder.path, NULL);
	private_folder_release(&o->folder);
}

static int start(struct overseer *o, const struct wire_message *m,
		 struct error *err)
{
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;
	pid_t pid;

	spec.argv = m->argv;
	spec.env = m->env;
	spec.cwd = m->cwd;
	spec.drop = m->drop;
	spec.uid = m->uid;
	spec.gid = m->gid;
	spec.cpus = m->cpu_count ? m->cpus : NULL;
	spec.cpu_count = m->cpu_count;
	spec.out_fd = m->fds[0];
	spec.err_fd = m->fds[1];
	if (subprocess_start(&spec, &pid, err) < 0)
		return -1;
	*vec_push(&o->running) = (struct running){ m->id, pid, m->kind };
	if (private_folder_record(&o->folder, err, "process %d %" PRIu64
				  " %s %s", pid, process_start_time(pid),
				  m->name, m->kind == CHILD_POSTGRES ?
				  "server" : "process") < 0) {
		kill(-pid, SIGKILL);
		return -1;
	}
	return 0;
}

/* Takes the message over: its descriptors are the log. */
static void remember(struct overseer *o, const struct wire_message *m)
{
	for (size_t i = 0; i < o->specs.len; i++) {
		struct wire_message *spec = &o->specs.at[i];
		if (strcmp(spec->name, m->name))
			continue;
		wire_release(spec);
		*spec = *m;
		return;
	}
	*vec_push(&o->specs) = *m;
}

static void spawn(struct overseer *o, struct wire_message *m)
{
	struct wire_message answer = WIRE_MESSAGE(WIRE_STARTED);
	struct error err = ERROR_INIT;

	if (start(o, m, &err) < 0) {
		tell_failure(o, &err);
	} else {
		answer.id = m->id;
		answer.number = o->running.at[o->running.len - 1].pid;
		tell(o, &answer);
	}
	if (m->kind == CHILD_COMMAND)
		wire_release(m);
	else
		remember(o, m);
}

/* Without bis, as `bis stack restart` asks: the file `request` in the folder
 * names the service. That it is done shows in the state file. */
static void restart_requested(struct overseer *o)
{
	_cleanup_(strbuf_release) struct strbuf name = STRBUF_INIT(100);
	char path[PRIVATE_FOLDER_PATH + 16];

	o->asked = false;
	snprintf(path, sizeof(path), "%s/request", o->folder.path);
	if (io_read_file(path, &name, NULL) < 0)
		return;
	unlink(path);
	for (size_t i = 0; i < o->specs.len; i++) {
		const struct wire_message *spec = &o->specs.at[i];
		if (strcmp(spec->name, name.buf))
			continue;
		end_child(o, spec->id, spec->kind == CHILD_POSTGRES ?
			  SIGINT : SIGTERM);
		start(o, spec, NULL);
	}
}

static void record(struct overseer *o, const char *line)
{
	struct wire_message answer = WIRE_MESSAGE(WIRE_DONE);
	struct error err = ERROR_INIT;

	if (private_folder_record(&o->folder, &err, "%s", line) < 0)
		tell_failure(o, &err);
	else
		tell(o, &answer);
}

static void answer(struct overseer *o)
{
	struct wire_message m;

	if (wire_receive(o->socket, &m, NULL) != 1) {
		close_fd(&o->socket);
		o->ending = !o->detached;
		return;
	}
	switch (m.op) {
	case WIRE_SPAWN:
		spawn(o, &m);
		return;
	case WIRE_SIGNAL:
		signal_id(o, m.id, m.number);
		break;
	case WIRE_DETACH:
		o->detached = true;
		record(o, "detached");
		break;
	case WIRE_RECORD:
		record(o, m.text);
		break;
	default: /* WIRE_END */
		o->ending = true;
	}
	wire_release(&m);
}

static void oversee(struct overseer *o)
{
	while (!o->ending) {
		struct pollfd polled[3] = {
			{ o->signals, POLLIN, 0 },
			{ o->socket, POLLIN, 0 },
			{ o->detached ? -1 : o->watched, POLLIN, 0 },
		};
		if (poll(polled, 3, -1) < 0)
			continue;
		if (polled[0].revents)
			take_signals(o);
		if (o->asked)
			restart_requested(o);
		if (polled[1].revents)
			answer(o);
		else if (polled[2].revents)
			o->ending = true;
	}
}

/* Standard streams to /dev/null: nobody who waits for the end of bis's output
 * shall wait for us. */
static void leave_descriptors(int socket, int watched)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int kept[2] = { socket, watched };

	for (int i = 0; i < 3; i++)
		dup2(null, i);
	if (kept[0] > kept[1]) {
		kept[0] = watched;
		kept[1] = socket;
	}
	close_range(3, (unsigned)kept[0] - 1, 0);
	if (kept[1] > kept[0] + 1)
		close_range((unsigned)kept[0] + 1, (unsigned)kept[1] - 1, 0);
	close_range((unsigned)kept[1] + 1, ~0U, 0);
}

static void take_over_signals(struct overseer *o)
{
	sigset_t taken;

	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&taken);
	sigaddset(&taken, SIGCHLD);
	sigaddset(&taken, SIGTERM);
	sigaddset(&taken, SIGUSR1);
	sigprocmask(SIG_SETMASK, &taken, NULL);
	o->signals = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int open_folder(struct overseer *o, const char *title,
		       uid_t entered_by, struct error *err)
{
	if (private_folder_create(&o->folder, entered_by, err) < 0)
		return -1;
	if (private_folder_record(&o->folder, err, "supervisor %d %" PRIu64,
				  getpid(), process_start_time(getpid())) < 0 ||
	    private_folder_record(&o->folder, err, "title %s", title) < 0 ||
	    private_folder_record(&o->folder, err, "started %" PRId64,
				  clock_now()) < 0) {
		io_remove_tree(o->folder.path, NULL);
		return -1;
	}
	return 0;
}

void supervisor_main(int socket, int watched, const char *title,
		     uid_t entered_by)
{
	struct overseer o = { .folder = PRIVATE_FOLDER_INIT,
			      .socket = socket, .watched = watched };
	struct wire_message ready = WIRE_MESSAGE(WIRE_READY);
	struct error err = ERROR_INIT;

	setsid();
	leave_descriptors(socket, watched);
	if (chdir("/") < 0)
		_exit(1);
	prctl(PR_SET_NAME, "bis-supervisor");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	take_over_signals(&o);
	if (open_folder(&o, title, entered_by, &err) < 0) {
		tell_failure(&o, &err);
		_exit(1);
	}
	ready.text = o.folder.path;
	ready.name = o.folder.token;
	tell(&o, &ready);
	oversee(&o);
	end_everything(&o);
	ready = WIRE_MESSAGE(WIRE_DONE);
	tell(&o, &ready);
	_exit(0);
}
