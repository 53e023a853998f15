/*
 * A running stack: services, found by role, and the actions it offers.
 *
 * A stack file (YAML) says how: `driver:`, `vars:`, `services:` (each with a
 * `role:`), `prepare:` and `actions:`. A scenario only knows roles and action
 * names, so the same scenario runs on every stack. Roles: `database`,
 * `tracking`, `features`, `orchestrator`, `api`.
 */
#ifndef STACK_STACK_H
#define STACK_STACK_H

#include "base/arena.h"
#include "stack/driver.h"

struct stack;

struct stack_options {
	const char *file;        /* the stack file */
	const char *data;        /* --data DIR in place of its own, or NULL */
	const char *run_folder;  /* where logs are kept after the end */
	const json_t *vars;      /* scenario and command-line variables: an
				  * object of scalars; they win over the file's */
	bool keep;               /* --keep: leave it running at the end */
	const struct sinks *sinks; /* NULL: nobody listens */
	struct arena *arena;     /* the run's */
	/* For drivers that bring a submission up (compose). */
	const char *submission;  /* the root of its scratch copy, which may be
				  * written; NULL: there is none */
	const char *packages_as_of; /* an ISO date-time: what is installed, is
				  * as it was published then; NULL: as now */
	bool date_by_pins;       /* that day is only its newest file's: the
				  * newest release among its pins counts */
	const char *const *maps; /* "role=service", ends with NULL; or NULL */
	const char *const *allow; /* keys that the policy shall let pass; the
				  * same */
	bool offline_run;        /* nothing outside is reached once it is
				  * built */
	bool monitoring;         /* what only watches is started, too */
	bool change;             /* attach: what runs may be changed */
};

/* Reads and validates the stack file; nothing is started. */
int stack_open(const struct stack_options *options, struct stack **ret,
	       struct error *err);
/* The file's declared variables with their defaults (borrowed object). */
const json_t *stack_vars(const struct stack *stack);
const char *stack_driver_name(const struct stack *stack);
const char *stack_file_digest(const struct stack *stack);
/* What the file says of a submission (its key of that name), or NULL. */
const json_t *stack_submission(const struct stack *stack);
/* Whether services can have that role. */
bool stack_is_role(const char *name);
/* As in options: replaced once the scenario's variables are known. */
void stack_set_vars(struct stack *stack, const json_t *vars);

/* What stack_up() would bring up, told without starting anything of a
 * submission. Texts are the arena's. */
struct planned_image {
	const char *name;
	bool built; /* from the submission; else fetched */
	bool here;  /* already */
};
struct stack_plan {
	const char *file;          /* the submission's Compose file; or NULL */
	VEC(struct fact) services; /* "api": "backend (uvicorn ...)" */
	VEC(struct planned_image) images;
};
/* -1: it would not come up, and why; what was found is in *ret all the same,
 * which is to be released whatever comes. */
int stack_plan(struct stack *stack, struct stack_plan *ret, struct error *err);
void stack_plan_release(struct stack_plan *plan);

int stack_up(struct stack *stack, struct error *err);
/* down, then release; NULL and half-built are fine. */
void stack_close(struct stack *stack);

/* "http://127.0.0.1:41233" of the service with that role (or name); NULL where
 * the stack has none. Lives as long as the stack. */
const char *stack_url(const struct stack *stack, const char *role);
/* A libpq connection string, as the superuser, to one of the databases; name
 * NULL gives the application's. NULL where the stack has none. */
const char *stack_database(const struct stack *stack, const char *name);
/* The service's name in the stack file by role or name, or NULL. */
const char *stack_service(const struct stack *stack, const char *role);

/* How a person would reach the same thing: "localhost:8000", "docker compose
 * exec prefect ...": for the by-hand commands of the report. Arena. */
const char *stack_by_hand(struct stack *stack, const char *role);

/* What goes before a command that is to run in that service: "env", "docker
 * compose exec -T prefect". Arena. */
const char *stack_exec_by_hand(struct stack *stack, const char *role);

/* What a person types to start a service anew. Arena. */
const char *stack_restart_by_hand(struct stack *stack, const char *role);

/* "BIS_API" and "http://127.0.0.1:41233": what a by-hand command takes for
 * granted, with its values in this stack. Rows live in the stack's arena. */
void stack_exports(struct stack *stack, struct fact **ret, size_t *ret_count);

/* One action. `params` (an object of scalars) joins the variables of its
 * command templates. */
struct action_outcome {
	bool known;              /* false: this stack has no such action */
	int exit_code, signal;
	bool timed_out;
	const char *out, *err_text; /* captured; arena */
	json_t *values;          /* what the action's `values:` patterns found
				  * in its output: {"run_id": "..."}; caller's */
	const char *command;     /* the command line, for people */
	int64_t duration;
};
/* Options of one action: which processors, which environment. */
struct action_options {
	const char *const *env;
	const int *cpus;
	size_t cpu_count;
	int64_t timeout; /* 0: the file's, or 10 minutes */
};
int stack_action(struct stack *stack, const char *name, const json_t *params,
		 const struct action_options *options,
		 struct action_outcome *ret, struct error *err);
bool stack_has_action(const struct stack *stack, const char *name);
/* Whether the action's commands take that parameter: the knob exists. */
bool stack_action_takes(const struct stack *stack, const char *name,
			const char *param);

int stack_run(struct stack *stack, const struct stack_command *command,
	      struct subprocess_result *ret, struct error *err);
int stack_ps(struct stack *stack, struct service_state **ret,
	     size_t *ret_count, struct error *err);
int stack_restart(struct stack *stack, const char *role, struct error *err);
/* Appends the service's log from byte *offset on, and moves *offset. The
 * database's is PostgreSQL's own: a JSON object a line (CSV before version
 * 15). */
int stack_log(struct stack *stack, const char *role, int64_t *offset,
	      struct strbuf *into, struct error *err);
/* The databases and state folders, kept under a name and put back. The
 * services that hold them are stopped meanwhile, and then run anew at the
 * same addresses: at once where an action talks to them, so that the next
 * action finds them ready; the others once they are woken. Most worlds are
 * only trained in, and never ask an API. */
int stack_save(struct stack *stack, const char *name, struct error *err);
int stack_restore(struct stack *stack, const char *name, struct error *err);
int stack_wake(struct stack *stack, struct error *err);
/* The private folder of this run. */
const char *stack_folder(const struct stack *stack);
/* Facts about the machine and the services: versions, images. */
int stack_facts(struct stack *stack, struct fact **ret, size_t *ret_count,
		struct error *err);
/* How long commands of a container engine took, and how long services were
 * waited for besides, since the start; microseconds, 0 where it has no
 * engine. */
void stack_spent(const struct stack *stack, int64_t *ret_engine,
		 int64_t *ret_waits);

#endif
