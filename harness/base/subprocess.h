/*
 * The one way a process is started: an argument vector, never a shell string.
 *
 * The child gets its own process group, a cleared environment (what `env`
 * says and nothing else), standard input from a text or /dev/null, no other
 * descriptor, and default signal handling. Its output is captured up to a cap
 * (the rest is read and dropped, so that it does not block). At the deadline
 * the whole group gets SIGTERM, and SIGKILL two seconds later.
 */
#ifndef BASE_SUBPROCESS_H
#define BASE_SUBPROCESS_H

#include "base/error.h"
#include "base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct subprocess_spec {
	const char *const *argv; /* NULL-terminated; argv[0] searched in PATH
				  * of `env`, or of ours where it has none */
	const char *const *env;  /* "NAME=value", NULL-terminated; NULL: PATH,
				  * and LC_ALL=C.UTF-8 */
	const char *cwd;         /* NULL: ours */
	bool drop;               /* become uid and gid, no supplementary groups */
	uid_t uid;
	gid_t gid;
	bool die_with_us;        /* SIGKILL where we end first, however */
	const int *cpus;         /* run on these processors only; NULL: all */
	size_t cpu_count;
	const char *input;       /* standard input; NULL: /dev/null */
	size_t input_len;
	int out_fd, err_fd;      /* for subprocess_start(); -1: /dev/null */
	size_t capture_cap;      /* for subprocess_run(); 0: 1 MiB each */
	int64_t timeout;         /* microseconds; 0: none */
};

#define SUBPROCESS_SPEC_INIT { .out_fd = -1, .err_fd = -1 }

struct subprocess_result {
	int exit_code;    /* -1 where a signal ended it */
	int signal;       /* 0 where it exited */
	bool timed_out;   /* ended by us at the deadline */
	bool interrupted; /* ended by us because of interrupt_signal() */
	bool truncated;   /* more output than the cap */
	int64_t duration; /* microseconds */
	struct strbuf out, err; /* subprocess_result_release() */
};

void subprocess_result_release(struct subprocess_result *result);

/* Runs to the end. 0 where the program was started, however it ended; -1
 * where it could not be (not found, not executable): err says which. */
int subprocess_run(const struct subprocess_spec *spec,
		   struct subprocess_result *ret, struct error *err);

/* Starts and returns; the caller waits for *ret_pid (its own process group's
 * leader). out_fd and err_fd stay the caller's. */
int subprocess_start(const struct subprocess_spec *spec, pid_t *ret_pid,
		     struct error *err);

/* A child that runs while others are looked after. The group is signalled, so
 * what it started ends with it. */
struct subprocess {
	pid_t pid;              /* 0: none */
	int pidfd;              /* readable once it has ended; -1: none */
	int64_t started;        /* monotonic */
	int64_t duration;       /* once it has ended */
	int64_t asked_to_end;   /* monotonic; 0: it was not */
};
#define SUBPROCESS_INIT { .pidfd = -1 }

int subprocess_begin(const struct subprocess_spec *spec,
		     struct subprocess *ret, struct error *err);
/* SIGTERM; called again after `grace`, SIGKILL. */
void subprocess_ask_to_end(struct subprocess *child, int64_t grace);
/* Does not wait. True once, when it has ended: then *ret_status is waitpid()'s
 * and there is no child any more. */
bool subprocess_has_ended(struct subprocess *child, int *ret_status);

/* "exit 3", "killed by SIGSEGV": for messages. buf is ret. */
const char *subprocess_describe(int exit_code, int signum, char buf[64]);

#endif
