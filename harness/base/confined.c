#include "base/confined.h"

#include "base/clock.h"
#include "base/compiler.h"
#include "base/interrupt.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Processor time is not wall time, but no child needs more than its whole
 * deadline on one processor. */
enum { OPEN_FILES = 256 };

void confined_limit(int what, uint64_t soft, uint64_t hard)
{
	const struct rlimit l = { soft, hard };

	setrlimit(what, &l);
}

#ifdef WITH_SANITIZERS
void confined_limit_memory(size_t more)
{
	(void)more;
}
#else
void confined_limit_memory(size_t more)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f && fscanf(f, "%lu", &pages) != 1)
		pages = 0;
	if (f)
		fclose(f);
	confined_limit(RLIMIT_AS, (uint64_t)pages *
		       (uint64_t)sysconf(_SC_PAGESIZE) + more, RLIM_INFINITY);
}
#endif

/* ------------------------------------------------------------------ the child */

static bool is_kept(const struct confined_spec *spec, int fd, int out)
{
	for (size_t i = 0; i < spec->fd_count; i++)
		if (spec->fds[i] == fd)
			return true;
	return fd == out;
}

/* Closes everything but what is kept: the ranges between. */
static void close_others(const struct confined_spec *spec, int out)
{
	unsigned int from = 3;
	int highest = out;

	for (size_t i = 0; i < spec->fd_count; i++)
		if (spec->fds[i] > highest)
			highest = spec->fds[i];
	for (int fd = 3; fd <= highest; fd++) {
		if (!is_kept(spec, fd, out))
			continue;
		if ((unsigned int)fd > from)
			close_range(from, (unsigned int)fd - 1, 0);
		from = (unsigned int)fd + 1;
	}
	close_range(from, ~0U, 0);
}

static int confine(const struct confined_spec *spec, int out,
		   struct error *err)
{
	int null = open("/dev/null", O_RDWR);

	prctl(PR_SET_NAME, "bis-reader");
	setpgid(0, 0); /* the terminal's SIGINT is for the parent */
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a write says EFBIG */
	for (int i = 0; i < 3 && null >= 0; i++)
		dup2(null, i);
	close_others(spec, out);
	clearenv();
	umask(022);
	if (spec->drop && (setgroups(0, NULL) < 0 || setgid(spec->gid) < 0 ||
			   setuid(spec->uid) < 0))
		return error_errno(err, errno, "becoming another user");
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* setuid() clears it */
	confined_limit(RLIMIT_CORE, 0, 0);
	confined_limit(RLIMIT_FSIZE, spec->file_size, spec->file_size);
	confined_limit(RLIMIT_CPU,
		       (uint64_t)(spec->timeout / CLOCK_SEC) + 2,
		       (uint64_t)(spec->timeout / CLOCK_SEC) + 4);
	confined_limit(RLIMIT_NOFILE, OPEN_FILES, OPEN_FILES);
	confined_limit_memory(spec->memory);
	return 0;
}

/* What goes through the pipe first. */
struct head {
	int rc;
	struct error err;
};

NORETURN static void child(const struct confined_spec *spec,
			   confined_function *function, void *self, int out,
			   size_t cap)
{
	struct head head = { 0, ERROR_INIT };
	struct strbuf answer = STRBUF_INIT(cap);

	head.rc = confine(spec, out, &head.err);
	if (!head.rc)
		head.rc = function(self, &answer, &head.err);
	if (!head.rc && answer.truncated)
		head.rc = error_set(&head.err, ERROR_LIMIT,
				    "the answer is larger than %zu bytes",
				    cap);
	if (io_write_all(out, &head, sizeof(head), NULL) < 0 ||
	    io_write_all(out, answer.buf, head.rc ? 0 : answer.len, NULL) < 0)
		_exit(1);
	_exit(0);
}

/* ----------------------------------------------------------------- the parent */

/* Reads until the child has closed its end. */
static int receive(const struct confined_spec *spec, int in, int64_t deadline,
		   struct strbuf *into, struct error *err)
{
	for (;;) {
		int64_t left = deadline - clock_monotonic();
		struct pollfd p = { in, POLLIN, 0 };
		size_t room;

		if (interrupt_signal())
			return error_set(err, ERROR_CANCELLED, "interrupted");
		if (left <= 0)
			return error_set(err, ERROR_TIMEOUT,
					 "%s: not done after %d s",
					 spec->name,
					 (int)(spec->timeout / CLOCK_SEC));
		int ready = poll(&p, 1, (int)(left / CLOCK_MSEC) + 1);
		if (ready <= 0)
			continue;
		char *to = strbuf_room(into, 64 * 1024, &room);
		ssize_t n = read(in, to, room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || !room)
			return 0;
		strbuf_grew(into, (size_t)n);
	}
}

static int explain_end(const struct confined_spec *spec, int status,
		       struct error *err)
{
	int signum = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (signum == SIGXCPU || signum == SIGKILL || signum == SIGABRT ||
	    !signum)
		return error_set(err, ERROR_LIMIT,
				 "%s: it took more time or memory than it is "
				 "given", spec->name);
	return error_set(err, ERROR_INVALID, "%s: its reader was ended by "
			 "SIG%s", spec->name, sigabbrev_np(signum));
}

static int take_answer(const struct confined_spec *spec,
		       const struct strbuf *got, int status,
		       struct strbuf *answer, struct error *err)
{
	struct head head;

	if (!WIFEXITED(status) || WEXITSTATUS(status) ||
	    got->len < sizeof(head))
		return explain_end(spec, status, err);
	memcpy(&head, got->buf, sizeof(head));
	head.err.message[sizeof(head.err.message) - 1] = '\0';
	if (head.rc)
		return error_set(err, head.err.kind, "%s", head.err.message);
	strbuf_add(answer, got->buf + sizeof(head), got->len - sizeof(head));
	return 0;
}

int confined_run(const struct confined_spec *spec, confined_function *function,
		 void *self, struct strbuf *answer, struct error *err)
{
	_cleanup_(strbuf_release) struct strbuf got =
		STRBUF_INIT(answer->cap + sizeof(struct head));
	int64_t deadline = clock_monotonic() + spec->timeout;
	int ends[2], status = 0;
	pid_t parent = getpid();

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_errno(err, errno, "%s", spec->name);
	pid_t pid = fork();
	if (pid < 0) {
		int errnum = errno;
		close_fd(&ends[0]);
		close_fd(&ends[1]);
		return error_errno(err, errnum, "%s", spec->name);
	}
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		child(spec, function, self, ends[1], answer->cap);
	}
	close_fd(&ends[1]);
	int rc = receive(spec, ends[0], deadline, &got, err);
	close_fd(&ends[0]);
	if (rc < 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return rc < 0 ? rc : take_answer(spec, &got, status, answer, err);
}
