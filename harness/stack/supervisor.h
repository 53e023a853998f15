/*
 * The supervisor: a process of bis that starts everything which runs in a
 * stack, and ends it.
 *
 * It is forked from bis, has a session of its own (a Ctrl-C does not reach
 * it), and is the subreaper of all that it starts: a grandchild whose parent
 * died becomes its child and cannot get away. It owns the private folder and
 * its lock. When bis says so, or is gone however that came about, it ends all
 * processes, removes what PostgreSQL left in the kernel, removes the folder,
 * and ends itself. If it is killed itself, stack/reaper.h finds the rest.
 *
 * This side, bis's, asks and waits; one request at a time. Children tell
 * their end by an event, which every call here takes in on the way.
 */
#ifndef STACK_SUPERVISOR_H
#define STACK_SUPERVISOR_H

#include "base/subprocess.h"
#include "base/vec.h"
#include "stack/private_folder.h"
#include "stack/wire.h"

/* A process that the supervisor started for us. Owned by the supervisor
 * struct; good until supervisor_end(). */
struct child {
	uint32_t id;
	pid_t pid; /* leader of its own process group */
	bool exited;
	int status; /* as waitpid(2) gives it, once exited */
	char name[64];
};

struct supervisor {
	int socket; /* -1: never started, or gone */
	pid_t pid;
	char folder[PRIVATE_FOLDER_PATH];
	char token[PRIVATE_FOLDER_TOKEN];
	VEC(struct child *) children;
};
#define SUPERVISOR_INIT { .socket = -1 }

/* Forks it; on return it has made and locked the folder. `title` is recorded
 * for people; `entered_by` as for private_folder_create(). */
int supervisor_start(struct supervisor *s, const char *title,
		     uid_t entered_by, struct error *err);

struct child_spec {
	enum child_kind kind;
	const char *name; /* of the service, for lists and messages */
	const char *const *argv;
	const char *const *env; /* BIS_RUN is added */
	const char *cwd;
	bool drop;
	uid_t uid;
	gid_t gid;
	const int *cpus; /* run on these only; NULL: all */
	size_t cpu_count;
	int out_fd, err_fd; /* stay the caller's */
	/* supervisor_run() tells it of output as it comes (which: 0 standard
	 * output, 1 error) and does not keep it; with no output (len 0), some
	 * times a second. NULL: it is kept. */
	void (*heard)(void *self, int which, const char *data, size_t len);
	void *self;
};

int supervisor_spawn(struct supervisor *s, const struct child_spec *spec,
		     struct child **ret, struct error *err);

/* Takes in the events that are there, waiting at most `timeout` microseconds
 * for the first. -1: the supervisor is gone. */
int supervisor_poll(struct supervisor *s, int64_t timeout, struct error *err);

/* To the child's whole group; nothing where it has exited. */
int supervisor_signal(struct supervisor *s, const struct child *child,
		      int signum, struct error *err);
/* Sends signum, waits, and after `grace` microseconds SIGKILL. */
int supervisor_stop(struct supervisor *s, struct child *child, int signum,
		    int64_t grace, struct error *err);
/* Until it exits; ERROR_TIMEOUT, ERROR_CANCELLED. 0: no limit. */
int supervisor_wait(struct supervisor *s, struct child *child,
		    int64_t timeout, struct error *err);

/* Runs a command to its end, its output captured, as subprocess_run() does:
 * deadline, cap, interruption. spec's out_fd and err_fd are ignored. */
int supervisor_run(struct supervisor *s, const struct child_spec *spec,
		   int64_t timeout, size_t capture_cap,
		   struct subprocess_result *ret, struct error *err);

/* A line for the state file. */
int supervisor_record(struct supervisor *s, const char *line,
		      struct error *err);

/* Everything ends and is removed; also when the supervisor was killed. Safe
 * on a struct that was never started. */
void supervisor_end(struct supervisor *s);
/* Leaves it running, without bis; the struct is released. */
int supervisor_detach(struct supervisor *s, struct error *err);

#endif
