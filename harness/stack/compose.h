/*
 * The compose driver: a submission's own containers.
 *
 * Its Compose file is found in the scratch copy, normalised by the engine
 * (in a container that sees nothing but the copy), checked (stack/policy.h),
 * made private (stack/compose_rewrite.h), built and started under a project
 * name of this run. The stack file says roles and how they are found, never
 * what the submission's services are called: `services:` are roles here, and
 * each is played by one of the submission's services, or by none.
 *
 * Everything in the engine carries the label bis.run=TOKEN; the private
 * folder's state names the engine, so whoever clears that folder away
 * (stack/reaper.h) removes it all.
 */
#ifndef STACK_COMPOSE_H
#define STACK_COMPOSE_H

#include "stack/compose_files.h"
#include "stack/engine.h"
#include "stack/policy.h"
#include "stack/readiness.h"
#include "stack/roles.h"
#include "stack/stack_state.h"

extern const struct stack_driver stack_driver_compose;

/* A service of the submission that is started. */
struct compose_service {
	const char *name;      /* hers */
	const struct service *role; /* of the stack file, its first; NULL: it
				     * is needed by others alone */
	const json_t *config;  /* as normalised */
	const char *tag, *digest; /* it is built: its image; else NULL */
	const char *container; /* id; NULL: not made yet */
	int port, port_fd;     /* in the container; what keeps the host's */
	int host_port;         /* 0: it has none */
	const char *url;
	struct probe probe;
	char answer[PROBE_ANSWER];
	int starts;            /* how often it was started */
	bool ready;
	bool halted;           /* while its state is copied */
};

/* Who plays a role. */
struct casting {
	const struct service *role;
	const char *service; /* hers */
};

/* A file that an action needs, where it was found in the container. */
struct found_file {
	const char *name, *path;
};

struct compose_stack {
	struct stack *stack;
	struct supervisor supervisor;
	struct engine engine;
	struct http_client http;
	const char *folder;
	const char *copy;      /* the scratch copy, a real path */
	const char *project;
	const char *file;      /* what is handed to the engine */
	const char *build_log;
	const char *as_of;     /* the day of the packages; or NULL */
	bool cannot_fetch;     /* an image is neither here nor to be had */
	bool lacks_pip;        /* the last build found no pip that keeps to it */
	bool local_index;      /* then a local index does */
	struct compose_files files;
	struct policy policy;
	json_t *config;        /* as normalised; owned */
	VEC(struct compose_service) services;
	VEC(struct casting) castings;
	VEC(struct fact) facts;
	VEC(struct found_file) found;
	int64_t waited;        /* for services, but for engine commands */
	const char *user, *password, *database; /* of PostgreSQL */
	bool set_up_by_command;
	const char *address;   /* a conninfo, but for its dbname */
};

static inline struct compose_stack *compose_of(struct stack *stack)
{
	return stack->driver_state;
}

/* By the stack file's service: NULL where nobody plays that role. */
struct compose_service *compose_player(struct compose_stack *c,
				       const struct service *role);
/* By its own name. */
struct compose_service *compose_service(struct compose_stack *c,
					const char *name);
void compose_note(struct compose_stack *c, const char *name, const char *fmt,
		  ...) PRINTF_LIKE(3, 4);

/* compose_file.c: the keys of its stack files. */
extern const struct key_spec compose_file_keys[];
extern const struct key_spec compose_service_keys[];
int compose_check(const struct stack_file *file, const struct yaml_node *root,
		  struct error *err);
bool compose_knows(const struct stack_file *file,
		   const struct service *service, const char *name);

/* compose.c: the private folder and the engine; compose_end() also where it
 * failed. */
int compose_begin(struct stack *stack, struct error *err);
void compose_end(struct stack *stack);

/* compose_plan.c */
int compose_plan(struct stack *stack, struct stack_plan *ret,
		 struct error *err);

/* compose_open.c: from the scratch copy to what is to be started. */
int compose_open(struct compose_stack *c, struct error *err);

/* compose_day.c: where nothing else dates the submission, the newest release
 * among its pins; the copy's Dockerfiles, before anything is built; and that
 * what was built obeys. */
void compose_date_by_pins(struct compose_stack *c);
int compose_keep_to_day(struct compose_stack *c, struct error *err);
int compose_check_day(struct compose_stack *c, struct error *err);

/* compose_build.c: private images, and the file that is handed to the
 * engine. */
int compose_build(struct compose_stack *c, struct error *err);
/* What it would build, by the tags that say what it is built from. */
int compose_name_images(struct compose_stack *c, struct error *err);
/* The image of a service that none of them builds, or NULL. */
const char *compose_foreign_image(const struct compose_stack *c,
				  const struct compose_service *s);
/* Whether the engine has it. */
bool compose_has_image(struct compose_stack *c, const char *image);

/* compose_start.c */
/* Compose itself, with the project and file of this run, then `words`. */
int compose_command(struct compose_stack *c, const char *const *words,
		    const char *what, int64_t timeout, const char *log,
		    struct engine_result *ret, struct error *err);
int compose_start(struct compose_stack *c, struct error *err);
/* Its containers, networks and volumes go; it may be started anew. */
int compose_remove(struct compose_stack *c, struct error *err);
/* Stops or starts containers; what was bound is checked again before. */
int compose_stop_these(struct compose_stack *c, struct compose_service **list,
		       size_t count, struct error *err);
int compose_start_these(struct compose_stack *c, struct compose_service **list,
			size_t count, struct error *err);
/* "running", "exited (1)", ... of its container. Arena. */
const char *compose_state(struct compose_stack *c,
			  const struct compose_service *s);
/* What `inspect --format` says of each service's container, by the order of
 * the services, in one command; "gone" where it is, NULL where none was made.
 * Arena. */
const char *const *compose_inspect_all(struct compose_stack *c,
				       const char *format);
/* State, and the first process on this machine, of every service; the rest
 * stays. */
void compose_states(struct compose_stack *c, struct service_state *states);

/* compose_wait.c */
/* Until each of them that has a probe is ready; `only` NULL: of every one. */
int compose_wait(struct compose_stack *c, struct compose_service *only,
		 struct error *err);
/* Its last lines, for messages. Arena. */
const char *compose_tail(struct compose_stack *c,
			 const struct compose_service *s);
/* An error about a service, with its last lines. */
int compose_blame(struct compose_stack *c, struct compose_service *s,
		  enum error_kind kind, const char *what, struct error *err);

/* compose_database.c: PostgreSQL in a container. */
struct compose_service *compose_database_service(struct compose_stack *c);
/* How it is reached, and seen to be ready. */
void compose_address_database(struct compose_stack *c);
/* Its command with what is asked for beyond, where its image is the official
 * one of a version that can do it; else NULL, and it is set up once it runs:
 * compose_set_up_database(). The caller's. */
json_t *compose_database_command(struct compose_stack *c);
int compose_set_up_database(struct compose_stack *c, struct error *err);
const char *compose_conninfo(struct compose_stack *c, const char *database);

/* compose_run.c: commands in containers. */
int compose_run(struct stack *stack, const struct stack_command *command,
		struct subprocess_result *ret, struct error *err);
int compose_find_files(struct compose_stack *c, struct error *err);

/* compose_state.c */
int compose_save(struct stack *stack, const char *name, struct error *err);
int compose_restore(struct stack *stack, const char *name, struct error *err);

/* compose_people.c: what people see of it. */
int compose_ps(struct stack *stack, struct service_state **ret,
	       size_t *ret_count, struct error *err);
int compose_log(struct stack *stack, const char *service, int64_t *offset,
		struct strbuf *into, struct error *err);
void compose_keep_logs(struct compose_stack *c);
void compose_exports(struct stack *stack, struct fact **ret,
		     size_t *ret_count);
const char *compose_by_hand(struct stack *stack,
			    const struct service *service);
const char *compose_exec_by_hand(struct stack *stack,
				 const struct service *service,
				 const char *const *env);
const char *compose_restart_by_hand(struct stack *stack,
				    const struct service *service);
void compose_spent(const struct stack *stack, int64_t *ret_engine,
		   int64_t *ret_waits);
int compose_facts(struct stack *stack, struct fact **ret, size_t *ret_count,
		  struct error *err);

#endif
