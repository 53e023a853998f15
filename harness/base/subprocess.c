#include "base/subprocess.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const default_env[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	"LC_ALL=C.UTF-8", NULL,
};

/* What the child tells over a pipe when it can't become the program. */
struct failure {
	int errnum;
	char stage[16];
};

NORETURN static void fail(int report, const char *stage)
{
	struct failure f = { errno, "" };

	snprintf(f.stage, sizeof(f.stage), "%s", stage);
	if (write(report, &f, sizeof(f)) < 0)
		_exit(126);
	_exit(127);
}

static int keep_to(const int *cpus, size_t count)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (size_t i = 0; i < count; i++)
		if (cpus[i] >= 0 && cpus[i] < CPU_SETSIZE)
			CPU_SET((size_t)cpus[i], &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

/* We may have ended between the fork and the request. */
static int die_with(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -1;
	if (getppid() != parent)
		raise(SIGKILL);
	return 0;
}

NORETURN static void become(const struct subprocess_spec *spec,
			    const int fds[3], int report, pid_t parent)
{
	sigset_t none;
	struct sigaction dfl;

	memset(&dfl, 0, sizeof(dfl));
	dfl.sa_handler = SIG_DFL;
	for (int s = 1; s < NSIG; s++)
		sigaction(s, &dfl, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setpgid(0, 0);
	for (int i = 0; i < 3; i++)
		if (dup2(fds[i], i) < 0)
			fail(report, "dup2");
	/* The report pipe stays until exec closes it. */
	if (report != 3) {
		if (dup3(report, 3, O_CLOEXEC) < 0)
			fail(report, "dup2");
		report = 3;
	}
	close_range(4, ~0U, 0);
	if (spec->cpus && keep_to(spec->cpus, spec->cpu_count) < 0)
		fail(report, "processors");
	if (spec->drop && (setgroups(0, NULL) < 0 || setgid(spec->gid) < 0 ||
			   setuid(spec->uid) < 0))
		fail(report, "setuid");
	if (spec->cwd && chdir(spec->cwd) < 0)
		fail(report, "chdir");
	/* After setuid(), which clears it. */
	if (spec->die_with_us && die_with(parent) < 0)
		fail(report, "prctl");
	const char *const *env = spec->env ? spec->env : default_env;
	for (const char *const *e = env; *e; e++)
		if (!strncmp(*e, "PATH=", 5))
			setenv("PATH", *e + 5, 1);
	execvpe(spec->argv[0], (char *const *)spec->argv, (char *const *)env);
	fail(report, "exec");
}

/* Descriptors of a child must not be 0, 1, 2 themselves, or dup2 in order
 * would overwrite one that is still needed. */
static int above_stdio(int fd)
{
	int moved = fcntl(fd, F_DUPFD_CLOEXEC, 10);

	return moved;
}

static int start_with(const struct subprocess_spec *spec, const int given[3],
		      pid_t *ret_pid, struct error *err)
{
	int fds[3] = { -1, -1, -1 };
	int report[2];
	int result = -1;

	if (pipe2(report, O_CLOEXEC) < 0)
		return error_errno(err, errno, "starting %s", spec->argv[0]);
	for (int i = 0; i < 3; i++) {
		if (given[i] >= 0) {
			fds[i] = above_stdio(given[i]);
		} else {
			int null = open("/dev/null", O_RDWR | O_CLOEXEC);
			fds[i] = null < 0 ? -1 : above_stdio(null);
			close_fd(&null);
		}
		if (fds[i] < 0) {
			error_errno(err, errno, "starting %s", spec->argv[0]);
			goto out;
		}
	}
	int safe_report = above_stdio(report[1]);
	pid_t parent = getpid();
	pid_t pid = safe_report < 0 ? -1 : fork();
	if (pid == 0)
		become(spec, fds, safe_report, parent);
	int fork_errno = errno;
	close_fd(&safe_report);
	close_fd(&report[1]);
	if (pid < 0) {
		error_errno(err, fork_errno, "starting %s", spec->argv[0]);
		goto out;
	}
	setpgid(pid, pid);
	struct failure f;
	ssize_t n;
	do {
		n = read(report[0], &f, sizeof(f));
	} while (n < 0 && errno == EINTR);
	if (n == (ssize_t)sizeof(f)) {
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		error_errno(err, f.errnum, "starting %s (%s)", spec->argv[0],
			    f.stage);
		goto out;
	}
	*ret_pid = pid;
	result = 0;
out:
	for (int i = 0; i < 3; i++)
		close_fd(&fds[i]);
	close_fd(&report[0]);
	close_fd(&report[1]);
	return result;
}

int subprocess_start(const struct subprocess_spec *spec, pid_t *ret_pid,
		     struct error *err)
{
	int given[3] = { -1, spec->out_fd, spec->err_fd };

	return start_with(spec, given, ret_pid, err);
}

static void adopt(pid_t pid, int64_t started, struct subprocess *ret)
{
	*ret = (struct subprocess){ .pid = pid, .started = started,
				    .pidfd = pidfd_open(pid, 0) };
}

int subprocess_begin(const struct subprocess_spec *spec,
		     struct subprocess *ret, struct error *err)
{
	int64_t started = clock_monotonic();
	pid_t pid;

	if (subprocess_start(spec, &pid, err) < 0)
		return -1;
	adopt(pid, started, ret);
	return 0;
}

void subprocess_ask_to_end(struct subprocess *child, int64_t grace)
{
	int64_t now = clock_monotonic();

	if (!child->asked_to_end) {
		child->asked_to_end = now;
		kill(-child->pid, SIGTERM);
	} else if (now - child->asked_to_end >= grace) {
		kill(-child->pid, SIGKILL);
	}
}

bool subprocess_has_ended(struct subprocess *child, int *ret_status)
{
	pid_t pid = waitpid(child->pid, ret_status, WNOHANG);

	if (pid == 0 || (pid < 0 && errno == EINTR))
		return false;
	child->duration = clock_monotonic() - child->started;
	close_fd(&child->pidfd);
	child->pid = 0;
	return true;
}

/* One running child: our ends of its pipes, and when it must end. */
struct pump {
	struct subprocess child;
	int in, out[2];
	const char *input;
	size_t input_left;
	struct strbuf *into[2];
	int64_t deadline; /* 0: none */
	bool exited;
};

#define GRACE (2 * CLOCK_SEC)

static void read_output(struct pump *p, int which,
			struct subprocess_result *result)
{
	char buf[64 * 1024];
	ssize_t n = read(p->out[which], buf, sizeof(buf));

	if (n > 0)
		strbuf_add(p->into[which], buf, (size_t)n);
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		close_fd(&p->out[which]);
	if (p->into[which]->truncated)
		result->truncated = true;
}

static void write_input(struct pump *p)
{
	ssize_t n = write(p->in, p->input, p->input_left);

	if (n > 0) {
		p->input += n;
		p->input_left -= (size_t)n;
	}
	if ((n < 0 && errno != EINTR && errno != EAGAIN) || !p->input_left)
		close_fd(&p->in);
}

/* Where there are no pidfds (valgrind, gVisor) the child is looked at. */
static bool has_ended(const struct subprocess *child)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)child->pid, &info,
		      WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid;
}

/* Until the child has ended and its pipes are drained. A grandchild that
 * keeps a pipe open is given 200 ms after the child's own end. */
static void pump_until_end(struct pump *p, struct subprocess_result *result)
{
	int64_t drain_until = 0;

	for (;;) {
		struct pollfd polled[4] = {
			{ p->exited ? -1 : p->child.pidfd, POLLIN, 0 },
			{ p->out[0], POLLIN, 0 },
			{ p->out[1], POLLIN, 0 },
			{ p->in, POLLOUT, 0 },
		};
		int64_t now = clock_monotonic();
		if (p->exited && (drain_until <= now ||
				  (p->out[0] < 0 && p->out[1] < 0)))
			return;
		if (interrupt_signal() && !p->exited) {
			result->interrupted = true;
			subprocess_ask_to_end(&p->child, GRACE);
		} else if (p->deadline && now >= p->deadline && !p->exited) {
			result->timed_out = true;
			subprocess_ask_to_end(&p->child, GRACE);
		}
		int64_t wait = 100 * CLOCK_MSEC;
		if (p->deadline && p->deadline > now &&
		    p->deadline - now < wait)
			wait = p->deadline - now;
		if (p->child.pidfd < 0 && wait > 10 * CLOCK_MSEC)
			wait = 10 * CLOCK_MSEC;
		int events = poll(polled, 4, (int)(wait / CLOCK_MSEC) + 1);
		if (p->child.pidfd < 0 && !p->exited && has_ended(&p->child)) {
			polled[0].revents = POLLIN;
			events++;
		}
		if (events <= 0)
			continue;
		for (int i = 0; i < 2; i++)
			if (polled[1 + i].revents)
				read_output(p, i, result);
		if (polled[3].revents)
			write_input(p);
		if (polled[0].revents) {
			p->exited = true;
			drain_until = clock_monotonic() + 200 * CLOCK_MSEC;
		}
	}
}

static void set_nonblocking(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

int subprocess_run(const struct subprocess_spec *spec,
		   struct subprocess_result *ret, struct error *err)
{
	size_t cap = spec->capture_cap ? spec->capture_cap : 1024 * 1024;
	struct subprocess_result result = {
		.out = STRBUF_INIT(cap), .err = STRBUF_INIT(cap),
	};
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, errs[2] = { -1, -1 };
	int64_t started = clock_monotonic();
	int status = -1, rc = -1;
	struct pump p = { .child = SUBPROCESS_INIT };
	pid_t pid;

	if ((spec->input && pipe2(in, O_CLOEXEC) < 0) ||
	    pipe2(out, O_CLOEXEC) < 0 || pipe2(errs, O_CLOEXEC) < 0) {
		error_errno(err, errno, "starting %s", spec->argv[0]);
		goto out;
	}
	int given[3] = { in[0], out[1], errs[1] };
	rc = start_with(spec, given, &pid, err);
	if (rc < 0)
		goto out;
	close_fd(&in[0]);
	close_fd(&out[1]);
	close_fd(&errs[1]);
	adopt(pid, started, &p.child);
	p.in = in[1];
	p.out[0] = out[0];
	p.out[1] = errs[0];
	p.into[0] = &result.out;
	p.into[1] = &result.err;
	p.input = spec->input;
	p.input_left = spec->input_len;
	p.deadline = spec->timeout ? started + spec->timeout : 0;
	in[1] = out[0] = errs[0] = -1;
	set_nonblocking(p.out[0]);
	set_nonblocking(p.out[1]);
	if (p.in >= 0)
		set_nonblocking(p.in);
	pump_until_end(&p, &result);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	result.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	result.duration = clock_monotonic() - started;
	close_fd(&p.child.pidfd);
	close_fd(&p.in);
	close_fd(&p.out[0]);
	close_fd(&p.out[1]);
	*ret = result;
	return 0;
out:
	for (int i = 0; i < 2; i++) {
		close_fd(&in[i]);
		close_fd(&out[i]);
		close_fd(&errs[i]);
	}
	return rc;
}

void subprocess_result_release(struct subprocess_result *result)
{
	strbuf_release(&result->out);
	strbuf_release(&result->err);
}

const char *subprocess_describe(int exit_code, int signum, char buf[64])
{
	if (signum) {
		const char *name = sigabbrev_np(signum);
		snprintf(buf, 64, "killed by %s%s", name ? "SIG" : "signal",
			 name ? name : "");
	} else {
		snprintf(buf, 64, "exit %d", exit_code);
	}
	return buf;
}
