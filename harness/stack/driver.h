/*
 * A driver brings a stack up, one way. Its row in the table of drivers is all
 * that the rest of the harness knows of it; stack/stack.h is what callers use.
 */
#ifndef STACK_DRIVER_H
#define STACK_DRIVER_H

#include "base/subprocess.h"
#include "event/event.h"
#include "format/yaml.h"
#include "scenario/key_spec.h"

#include <jansson.h>

struct service;
struct stack;
struct stack_file;
struct stack_plan;

/* A command to run in a service (or beside it, for the process driver). */
struct stack_command {
	const char *service;     /* the stack file's name; NULL: the driver's
				  * own place for commands */
	const char *const *argv;
	const char *const *env;  /* "NAME=value" added to the service's, or NULL */
	const int *cpus;         /* run on these only; NULL: all */
	size_t cpu_count;
	int64_t timeout;
};

struct stack_driver {
	const char *name; /* "process" */
	const char *summary;
	const struct key_spec *keys;         /* of the stack file, beside common */
	const struct key_spec *service_keys; /* of one service */
	/* What the tables of keys can't say; the file is loaded but for its
	 * actions. NULL: nothing. */
	int (*check)(const struct stack_file *file,
		     const struct yaml_node *root, struct error *err);
	/* Whether `${name}` means something in a template of that service, or
	 * outside of any (NULL), beside variables and parameters. */
	bool (*knows)(const struct stack_file *file,
		      const struct service *service, const char *name);
	/* What it means in the running stack; NULL where nothing yet. */
	const char *(*look_up)(struct stack *stack,
			       const struct service *service,
			       const char *name);

	/* stack_plan(); NULL: what the file says is all there is to say. */
	int (*plan)(struct stack *stack, struct stack_plan *ret,
		    struct error *err);
	/* Brings everything up and waits until it is ready; on failure err
	 * says which service, which probe, and its last log lines, and
	 * everything is down again. */
	int (*up)(struct stack *stack, struct error *err);
	/* Ends everything and leaves nothing behind. Never fails: what it
	 * could not end is said in a note event. */
	void (*down)(struct stack *stack);
	int (*run)(struct stack *stack, const struct stack_command *command,
		   struct subprocess_result *ret, struct error *err);
	int (*restart)(struct stack *stack, const char *service,
		       struct error *err);
	/* Rows live in the stack's arena. */
	int (*ps)(struct stack *stack, struct service_state **ret,
		  size_t *ret_count, struct error *err);
	/* Appends the service's log from byte *offset on; moves *offset. */
	int (*log)(struct stack *stack, const char *service, int64_t *offset,
		   struct strbuf *into, struct error *err);
	/* "http://127.0.0.1:41233", or NULL where it has no such address. */
	const char *(*url)(struct stack *stack, const struct service *service);
	/* A conninfo of one of the databases; name NULL: the first. */
	const char *(*database)(struct stack *stack, const char *name);
	/* Names for what differs from one start to the next (addresses,
	 * folders), with their values now: `bis stack up` exports them, and
	 * commands for people use them. Rows live in the stack's arena. */
	void (*exports)(struct stack *stack, struct fact **ret,
			size_t *ret_count);
	/* How a person reaches it: a URL, or a command that others follow, in
	 * terms of the exported names. service NULL: the place for
	 * commands. */
	const char *(*by_hand)(struct stack *stack,
			       const struct service *service);
	/* What a person types before a command that is to run in a service,
	 * with that environment; and to start a service anew. NULL: the
	 * command as it is; `bis stack restart`. */
	const char *(*exec_by_hand)(struct stack *stack,
				    const struct service *service,
				    const char *const *env);
	const char *(*restart_by_hand)(struct stack *stack,
				       const struct service *service);
	const char *(*folder)(struct stack *stack);
	/* What only the driver knows of the machine and the services. */
	int (*facts)(struct stack *stack, struct fact **ret,
		     size_t *ret_count, struct error *err);
	/* stack_spent(); NULL: none of either. */
	void (*spent)(const struct stack *stack, int64_t *ret_engine,
		      int64_t *ret_waits);
	/* The state that trainings and ingestions change (databases, artifact
	 * folders), saved under a name, and put back under the same names as
	 * before; services that hold it are restarted. One that no action
	 * talks to may rest until it is woken; wake NULL: none does. */
	int (*save)(struct stack *stack, const char *name, struct error *err);
	int (*restore)(struct stack *stack, const char *name,
		       struct error *err);
	int (*wake)(struct stack *stack, struct error *err);
};

#endif
