/*
 * A stack file, read and validated: what every driver shares of it. What only
 * its driver knows stays in `args`, as validated JSON; names in `${...}` have
 * been checked.
 */
#ifndef STACK_STACK_FILE_H
#define STACK_STACK_FILE_H

#include "base/arena.h"
#include "base/vec.h"
#include "stack/driver.h"

#include <jansson.h>

struct service {
	const char *name;
	const char *role; /* NULL: none */
	const json_t *args; /* keys of the driver's services; borrowed */
	VEC(const char *) needs; /* other services */
};

/* A pattern whose one group is looked for in what an action prints. */
struct action_value {
	const char *name, *pattern;
};

/* Words that are added to the command, or variables to its environment, where
 * the parameter is given. */
struct optional_words {
	const char *param;
	const char *const *words;
};
struct optional_list {
	VEC(struct optional_words) at;
};

struct action {
	const char *name;
	const char *service; /* where it runs; NULL: beside the services */
	const char *const *run; /* argv template, or NULL: only restarts */
	const char *const *env; /* NAME=template, or NULL */
	const char *const *restart; /* services, templates; NULL: none */
	VEC(const char *) params;   /* that must be given */
	struct optional_list optional, optional_env;
	VEC(struct action_value) values;
	int64_t within;
};

struct stack_file {
	const char *path;
	char digest[SHA256_HEX];
	const struct stack_driver *driver;
	json_t *args; /* the whole, validated; owned */
	const json_t *vars; /* defaults; in args */
	VEC(struct service) services;
	VEC(struct action) actions;
};

/* Sorted by name. */
extern const struct stack_driver *const stack_drivers[];
extern const size_t stack_driver_count;
/* The keys of a stack file that all drivers have: for the schema. */
extern const struct key_spec stack_common_keys[];

int stack_file_load(const char *path, struct arena *arena,
		    struct stack_file *ret, struct error *err);
void stack_file_release(struct stack_file *file);

const struct service *stack_file_service(const struct stack_file *file,
					 const char *role_or_name);
const struct action *stack_file_action(const struct stack_file *file,
				       const char *name);

#endif
