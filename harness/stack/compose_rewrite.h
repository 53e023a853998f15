/*
 * A Compose file that was checked, made private: what is handed back to the
 * engine. Only the services that are needed are left; host ports are loopback
 * ones that were chosen for them, container names go (other services reach it
 * by that name all the same), every image that is built gets a tag of its own,
 * volumes, networks, configs and secrets lose the names they have outside,
 * limits, labels and settings come.
 */
#ifndef STACK_COMPOSE_REWRITE_H
#define STACK_COMPOSE_REWRITE_H

#include "base/arena.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define COMPOSE_RUN_LABEL "bis.run"     /* =token, of everything in a run */
#define COMPOSE_CACHE_LABEL "bis.cache" /* =digest, of images that are kept */
#define COMPOSE_CACHE_TAG "bis-cache/"
#define COMPOSE_FAKETIME "/usr/lib/bis/faketime"

struct private_port {
	const char *service; /* of the Compose file */
	int port;            /* in the container */
	int host_port;       /* on 127.0.0.1 */
};

/* The image that a service is built to. */
struct private_image {
	const char *service, *tag, *digest;
};

struct compose_private {
	const char *token;
	const char *const *services; /* the names that are left; ends with NULL */
	const struct private_port *ports;
	size_t port_count;
	const struct private_image *images;
	size_t image_count;
	const char *const *env; /* NAME=value where the service has no NAME */
	const char *memory, *cpus; /* limits of each service */
	int pids;
	const char *faketime; /* a folder with libfaketime, seen by every
			       * service as COMPOSE_FAKETIME, where a change
			       * of the clock preloads it; NULL: none */
	int mtu;      /* of the networks; 0: not said */
	bool offline; /* nothing outside is reached */
	struct arena *arena;
};

/* A new value, the caller's. */
json_t *compose_make_private(const json_t *config,
			     const struct compose_private *how);

#endif
