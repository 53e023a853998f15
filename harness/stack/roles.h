/*
 * Which service of a submission plays which role. The rules are the stack
 * file's (`find:` of a service): each is a set of patterns that a service of
 * the Compose file must match; the first rule that one service matches
 * decides, and where several match it, the following ones choose among them.
 */
#ifndef STACK_ROLES_H
#define STACK_ROLES_H

#include "base/arena.h"
#include "base/error.h"
#include "scenario/key_spec.h"

#include <jansson.h>
#include <stdbool.h>

/* image, command, name, environment, port, holds. */
extern const struct key_spec role_rule_keys[];

struct role_search {
	const json_t *config;  /* stack/compose_config.h */
	const char *root;      /* of the scratch copy */
	struct arena *arena;
};

/* What was found: a service of the Compose file, and why it. */
struct role_match {
	const char *service; /* NULL: none */
	const char *reason;  /* "image postgres:16" */
};

/* ERROR_INVALID where several are left (`role` is for the message, and the
 * --map that settles it), or where a pattern is none. */
int role_find(const struct role_search *search, const char *role,
	      const json_t *rules, struct role_match *ret, struct error *err);

/* Whether a service matches one rule. */
int role_rule_holds(const struct role_search *search, const json_t *rule,
		    const char *service, bool *ret, struct error *err);

/* The Dockerfile of a service that is built, as text, or NULL. Arena. */
const char *role_dockerfile(const struct role_search *search,
			    const json_t *service);
/* Where it is. */
const char *role_dockerfile_path(const struct role_search *search,
				 const json_t *service);

#endif
