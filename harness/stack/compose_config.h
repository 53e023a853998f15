/*
 * A Compose file as the engine normalises it (`config`), as JSON in one shape
 * whichever engine it was: ports, mounts and links to other services in their
 * long forms, lists of NAME=value as mappings. Whoever checks or rewrites it
 * looks at that shape alone, and never reads a Compose file itself.
 *
 *	services.S.volumes      [{type, source, target, read_only, ...}]
 *	services.S.ports        [{target, published, host_ip, protocol}]
 *	services.S.networks     {name: null or {...}}
 *	services.S.depends_on   {service: {condition}}
 *	services.S.environment  {NAME: value or null}
 *	services.S.build        {context, dockerfile, args: {...}, ...}
 */
#ifndef STACK_COMPOSE_CONFIG_H
#define STACK_COMPOSE_CONFIG_H

#include "base/arena.h"
#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

/* Reads what `config` printed, JSON or YAML. The caller owns *ret. */
int compose_config_read(const char *text, size_t len, json_t **ret,
			struct error *err);
/* The same from a value, which is changed in place. */
int compose_config_shape(json_t *config, struct error *err);

/* Of a shaped one. */
json_t *compose_services(const json_t *config);
/* A member of a member: NULL where either is missing. */
const json_t *compose_get(const json_t *object, const char *key,
			  const char *below);
/* Whether a port of the container is declared, in `ports` or `expose`. */
bool compose_has_port(const json_t *service, int port);
/* The value in its environment, or NULL. */
const char *compose_env(const json_t *service, const char *name);
/* `command` and `entrypoint` as one line of text. Arena. */
const char *compose_words(const json_t *service, struct arena *arena);

/* A value as `config` escapes it: "$$" is a dollar sign. Arena. */
const char *compose_unescape(struct arena *arena, const char *text);

#endif
