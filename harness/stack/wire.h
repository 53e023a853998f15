/*
 * What bis and its supervisor say to each other, over a socketpair that keeps
 * messages apart. Both ends are the same program, forked, so there is no
 * version and no byte order; a message that does not fit is refused when it is
 * sent.
 */
#ifndef STACK_WIRE_H
#define STACK_WIRE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum wire_op {
	/* bis asks */
	WIRE_SPAWN,  /* spawn, id, fds: started as child `id` */
	WIRE_SIGNAL, /* number to the process group of child `id` */
	WIRE_RECORD, /* text: a line for the state file */
	WIRE_DETACH, /* outlive bis from now on */
	WIRE_END,    /* end everything, remove everything */
	/* the supervisor answers */
	WIRE_READY,   /* text: the folder; name: its token */
	WIRE_STARTED, /* number: the pid of child `id` */
	WIRE_FAILED,  /* number: the error's kind; text: its message */
	WIRE_DONE,    /* to RECORD and DETACH; to END when all is gone */
	WIRE_EXITED,  /* by itself: number: the wait status of child `id` */
};

/* How a child is ended when everything ends. */
enum child_kind {
	CHILD_COMMAND,  /* SIGKILL at once */
	CHILD_SERVICE,  /* SIGTERM, then SIGKILL */
	CHILD_POSTGRES, /* after the services: SIGQUIT, then SIGKILL */
};

enum { WIRE_FDS = 2, WIRE_MAX = 512 * 1024 };

struct wire_message {
	enum wire_op op;
	uint32_t id;
	int32_t number;
	const char *text, *name;
	/* WIRE_SPAWN */
	enum child_kind kind;
	const char *const *argv, *const *env;
	const char *cwd;
	bool drop;
	uid_t uid;
	gid_t gid;
	const int *cpus;
	size_t cpu_count;
	int fds[WIRE_FDS]; /* standard output and error of the child; -1: none.
			    * Of a received message they are the receiver's. */
	void *memory; /* holds a received message: wire_release() */
};

#define WIRE_MESSAGE(operation) \
	(struct wire_message){ .op = (operation), .fds = { -1, -1 } }

int wire_pair(int ret_ends[2], struct error *err);
int wire_send(int socket, const struct wire_message *message,
	      struct error *err);
/* 1: a message; 0: the other end is gone; -1: err. Waits for it. */
int wire_receive(int socket, struct wire_message *ret, struct error *err);
void wire_release(struct wire_message *message);

#endif
