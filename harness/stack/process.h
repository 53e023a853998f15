/*
 * The process driver: services as supervised local processes in one private
 * folder; a real PostgreSQL on a unix socket, the others on loopback ports.
 *
 * A port is chosen by the kernel and kept by us, bound but not listening, for
 * as long as the stack lives: nobody else is given it, while a server that
 * sets SO_REUSEADDR (as they do) can bind and listen beside us, also after a
 * restart. `${port}` is that number.
 */
#ifndef STACK_PROCESS_H
#define STACK_PROCESS_H

#include "stack/account.h"
#include "stack/postgres.h"
#include "stack/readiness.h"
#include "stack/stack_state.h"
#include "stack/state_folder.h"
#include "stack/supervisor.h"

extern const struct stack_driver stack_driver_process;

enum service_phase {
	SERVICE_WAITING,  /* for what it needs */
	SERVICE_INITDB,   /* PostgreSQL: the cluster is made */
	SERVICE_STARTING, /* runs; its probe has not succeeded */
	SERVICE_READY,
	SERVICE_STOPPED,
};

struct process_service {
	const struct service *service;
	enum service_phase phase;
	struct child *child;
	bool is_postgres;
	bool called;   /* an action has its address */
	int port;      /* 0: none */
	int port_fd;   /* what keeps it for us; -1 */
	const char *url, *home, *log;
	struct probe probe;
	char answer[PROBE_ANSWER]; /* what the probe saw last */
	int64_t deadline;
};

/* A command of `prepare:`. */
struct preparation {
	const json_t *args;
	const char *log;
	struct child *child;
	bool done;
	int64_t deadline;
};

struct process_stack {
	struct stack *stack;
	struct supervisor supervisor;
	struct account account;
	struct http_client http;
	const char *folder, *data;
	struct postgres_programs programs;
	struct postgres_cluster cluster;
	const char *server_log; /* PostgreSQL's own, JSON or CSV */
	VEC(const char *) databases;
	bool databases_made;
	VEC(struct process_service) services;
	VEC(struct preparation) preparations;
	VEC(struct state_folder *) kept; /* by stack_save() */
	struct postgres_sessions sessions; /* that copy databases */
};

static inline struct process_stack *process_of(struct stack *stack)
{
	return stack->driver_state;
}

struct process_service *process_service(struct process_stack *p,
					const char *name);

/* process_file.c: the keys of its stack files, and what else must hold. */
extern const struct key_spec process_file_keys[];
extern const struct key_spec process_service_keys[];
int process_check(const struct stack_file *file, const struct yaml_node *root,
		  struct error *err);
bool process_knows(const struct stack_file *file,
		   const struct service *service, const char *name);
/* The rest of "prefix.rest", or NULL. */
const char *process_after(const char *name, const char *prefix);

/* process_setup.c: what exists before anything runs. */
int process_setup(struct process_stack *p, struct error *err);
/* The path of a program of the stack file's `programs:`, or the name. */
const char *process_program(struct process_stack *p, const char *name);
/* "NAME=value" lists for a service (or a command: NULL), `added` last; a
 * later value of a name wins. */
const char **process_env(struct process_stack *p,
			 const struct process_service *s,
			 const char *const *added, struct error *err);

/* process_service.c: one service at a time. */
int process_begin_service(struct process_stack *p, struct process_service *s,
			  struct error *err);
/* Looks at it once; on the way to SERVICE_READY. */
int process_step_service(struct process_stack *p, struct process_service *s,
			 struct error *err);
int process_wait_ready(struct process_stack *p, struct error *err);
int process_stop_service(struct process_stack *p, struct process_service *s,
			 struct error *err);
/* Every service that needs s, however indirectly, and s itself where
 * `with_it`; in an order in which they can be stopped. */
int process_stop_dependants(struct process_stack *p,
			    const struct process_service *s, bool with_it,
			    struct error *err);
/* What was stopped is started again, and waited for. */
int process_start_stopped(struct process_stack *p, struct error *err);
/* The same for what actions talk to; who waits for it is the next action. */
int process_begin_called(struct process_stack *p, struct error *err);
/* An error about a service with the last lines of its log. */
int process_blame(struct process_stack *p, const char *log,
		  enum error_kind kind, struct error *err, const char *fmt,
		  ...) PRINTF_LIKE(5, 6);

/* process_state.c */
int process_save(struct stack *stack, const char *name, struct error *err);
int process_restore(struct stack *stack, const char *name, struct error *err);
int process_wake(struct stack *stack, struct error *err);

#endif
