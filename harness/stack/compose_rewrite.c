#include "stack/compose_rewrite.h"

#include "stack/compose_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_in(const char *const *names, const char *name)
{
	for (; *names; names++)
		if (!strcmp(*names, name))
			return true;
	return false;
}

static void drop(json_t *object, const char *const *keys)
{
	for (; *keys; keys++)
		json_object_del(object, *keys);
}

static json_t *labels(const struct compose_private *how)
{
	return json_pack("{s:s}", COMPOSE_RUN_LABEL, how->token);
}

/* What only has to do with the machine it was written for, or is Bis's to
 * say. */
static const char *const dropped_keys[] = {
	"container_name", "cpu_count", "cpu_percent", "cpu_period",
	"cpu_quota", "cpu_shares", "cpuset", "deploy", "develop", "env_file",
	"label_file", "labels", "logging", "mac_address", "mem_limit",
	"mem_reservation", "mem_swappiness", "memswap_limit", "pids_limit",
	"ports", "profiles", "pull_policy", "restart", "scale", NULL,
};
static const char *const dropped_build_keys[] = {
	"cache_from", "labels", "no_cache", "pull", "tags", NULL,
};
static const char *const dropped_network_keys[] = {
	"ipv4_address", "ipv6_address", NULL,
};

static void set_ports(json_t *service, const char *name,
		      const struct compose_private *how)
{
	json_t *ports = json_array();
	char text[64];

	for (size_t i = 0; i < how->port_count; i++) {
		const struct private_port *p = &how->ports[i];
		if (strcmp(p->service, name))
			continue;
		snprintf(text, sizeof(text), "127.0.0.1:%d:%d", p->host_port,
			 p->port);
		json_array_append_new(ports, json_string(text));
	}
	if (json_array_size(ports))
		json_object_set(service, "ports", ports);
	json_decref(ports);
}

/* Others may call it by the name that its container would have had. */
static void set_networks(json_t *service, const char *container_name)
{
	json_t *networks = json_object_get(service, "networks"), *network;
	const char *name;
	void *next;

	if (json_object_get(service, "network_mode"))
		return;
	if (!networks) {
		networks = json_pack("{s:n}", "default");
		json_object_set_new(service, "networks", networks);
	}
	json_object_foreach_safe(networks, next, name, network) {
		if (!json_is_object(network) && container_name) {
			network = json_object();
			json_object_set_new(networks, name, network);
		}
		if (!json_is_object(network))
			continue;
		drop(network, dropped_network_keys);
		json_t *aliases = json_object_get(network, "aliases");
		if (container_name && !aliases) {
			aliases = json_array();
			json_object_set_new(network, "aliases", aliases);
		}
		if (container_name)
			json_array_append_new(aliases,
					      json_string(container_name));
	}
}

static void set_environment(json_t *service,
			    const struct compose_private *how)
{
	json_t *env = json_object_get(service, "environment");

	if (!env) {
		env = json_object();
		json_object_set_new(service, "environment", env);
	}
	for (const char *const *e = how->env; e && *e; e++) {
		const char *equals = strchr(*e, '=');
		char *name = arena_strndup(how->arena, *e,
					   (size_t)(equals - *e));
		if (!json_object_get(env, name))
			json_object_set_new(env, name,
					    json_string(equals + 1));
	}
}

static const struct private_image *
image_of(const struct compose_private *how, const char *service)
{
	for (size_t i = 0; i < how->image_count; i++)
		if (!strcmp(how->images[i].service, service))
			return &how->images[i];
	return NULL;
}

/* A tag of its own where it is built; where it only names the image that
 * another service is built to, that one's. */
static void set_image(json_t *service, const char *name,
		      const json_t *config, const struct compose_private *how)
{
	const struct private_image *own = image_of(how, name);
	json_t *build = json_object_get(service, "build");
	const json_t *image = json_object_get(service, "image"), *other;
	const char *other_name;

	if (build && own) {
		drop(build, dropped_build_keys);
		json_object_set_new(build, "labels", json_pack(
			"{s:s}", COMPOSE_CACHE_LABEL, own->digest));
		json_object_set_new(service, "image", json_string(own->tag));
		return;
	}
	json_object_foreach(compose_services(config), other_name, other) {
		own = image_of(how, other_name);
		if (image && own &&
		    json_equal(image, json_object_get(other, "image"))) {
			json_object_set_new(service, "image",
					    json_string(own->tag));
			return;
		}
	}
}

static void set_limits(json_t *service, const struct compose_private *how)
{
	json_object_set_new(service, "mem_limit", json_string(how->memory));
	json_object_set_new(service, "memswap_limit",
			    json_string(how->memory));
	json_object_set_new(service, "cpus", json_real(strtod(how->cpus,
							      NULL)));
	json_object_set_new(service, "pids_limit", json_integer(how->pids));
	json_object_set_new(service, "security_opt",
			    json_pack("[s]", "no-new-privileges:true"));
	json_object_set_new(service, "restart", json_string("no"));
	json_object_set_new(service, "labels", labels(how));
	json_object_set_new(service, "logging", json_pack(
		"{s:s,s:{s:s,s:s}}", "driver", "json-file", "options",
		"max-size", "10m", "max-file", "2"));
}

static void add_faketime(json_t *service, const struct compose_private *how)
{
	json_t *volumes = json_object_get(service, "volumes");

	if (!how->faketime)
		return;
	if (!volumes) {
		volumes = json_array();
		json_object_set_new(service, "volumes", volumes);
	}
	json_array_append_new(volumes, json_sprintf(
		"%s:" COMPOSE_FAKETIME ":ro", how->faketime));
}

/* Only those that are started, too, can be waited for. */
static void set_dependencies(json_t *service,
			     const struct compose_private *how)
{
	json_t *depends = json_object_get(service, "depends_on"), *one;
	const char *name;
	void *next;

	json_object_foreach_safe(depends, next, name, one)
		if (!is_in(how->services, name))
			json_object_del(depends, name);
	if (depends && !json_object_size(depends))
		json_object_del(service, "depends_on");
}

static void make_service_private(json_t *service, const char *name,
				 const json_t *config,
				 const struct compose_private *how)
{
	const char *container_name = arena_strdup(
		how->arena, json_string_value(json_object_get(
			service, "container_name")));

	drop(service, dropped_keys);
	set_ports(service, name, how);
	set_networks(service, container_name);
	set_environment(service, how);
	set_image(service, name, config, how);
	set_limits(service, how);
	add_faketime(service, how);
	set_dependencies(service, how);
}

/* Volumes and networks keep what they are; whatever they were called. */
static json_t *make_volumes_private(const json_t *volumes,
				    const struct compose_private *how)
{
	json_t *private = json_object(), *volume;
	const char *name;

	json_object_foreach((json_t *)volumes, name, volume)
		json_object_set_new(private, name,
				    json_pack("{s:o}", "labels", labels(how)));
	return private;
}

static json_t *private_network(const json_t *network,
			       const struct compose_private *how)
{
	json_t *private = json_pack("{s:o}", "labels", labels(how));
	json_t *options = json_object();
	char mtu[16];

	if (json_is_true(json_object_get(network, "internal")))
		json_object_set_new(private, "internal", json_true());
	if (how->mtu) {
		snprintf(mtu, sizeof(mtu), "%d", how->mtu);
		json_object_set_new(options, "com.docker.network.driver.mtu",
				    json_string(mtu));
	}
	/* Its own ports stay within reach; what it sends out finds no way
	 * back. */
	if (how->offline)
		json_object_set_new(
			options,
			"com.docker.network.bridge.enable_ip_masquerade",
			json_string("false"));
	if (json_object_size(options))
		json_object_set(private, "driver_opts", options);
	json_decref(options);
	return private;
}

static json_t *make_networks_private(const json_t *networks,
				     const struct compose_private *how)
{
	json_t *private = json_object(), *network;
	const char *name;

	json_object_set_new(private, "default", private_network(NULL, how));
	json_object_foreach((json_t *)networks, name, network)
		json_object_set_new(private, name,
				    private_network(network, how));
	return private;
}

static void copy_files(const json_t *config, const char *key, json_t *into)
{
	json_t *files = json_object_get(config, key), *file, *copy;
	const char *name;

	if (!json_object_size(files))
		return;
	copy = json_deep_copy(files);
	json_object_foreach(copy, name, file) {
		json_object_del(file, "name");
		json_object_del(file, "external");
		json_object_del(file, "labels");
	}
	json_object_set_new(into, key, copy);
}

json_t *compose_make_private(const json_t *config,
			     const struct compose_private *how)
{
	json_t *private = json_object(), *services = json_object(), *service;
	const char *name;

	json_object_foreach(compose_services(config), name, service) {
		if (!is_in(how->services, name))
			continue;
		json_t *copy = json_deep_copy(service);
		make_service_private(copy, name, config, how);
		json_object_set_new(services, name, copy);
	}
	json_object_set_new(private, "services", services);
	json_object_set_new(private, "networks", make_networks_private(
				    json_object_get(config, "networks"), how));
	json_object_set_new(private, "volumes", make_volumes_private(
				    json_object_get(config, "volumes"), how));
	copy_files(config, "configs", private);
	copy_files(config, "secrets", private);
	return private;
}
