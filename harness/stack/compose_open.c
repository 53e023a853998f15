/* The compose driver: from the scratch copy to what is to be started. */
#include "stack/compose.h"

#include "base/clock.h"
#include "base/io.h"
#include "scenario/validate.h"
#include "stack/compose_config.h"
#include "stack/compose_rewrite.h"
#include "stack/loopback_port.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define EMPTY_IMAGE COMPOSE_CACHE_TAG "empty:latest"

/* What --map gives a name, or NULL. */
static const char *mapped(const struct compose_stack *c, const char *role)
{
	const char *const *maps = c->stack->options.maps;
	size_t len = strlen(role);

	for (; maps && *maps; maps++)
		if (!strncmp(*maps, role, len) && (*maps)[len] == '=')
			return *maps + len + 1;
	return NULL;
}

/* An image with nothing in it: what runs there sees what is mounted. */
static int need_empty_image(struct compose_stack *c, struct error *err)
{
	static const char zeros[1024];
	const char *tar = arena_printf(c->stack->arena, "%s/empty.tar",
				       c->folder);
	const char *const import[] = { "import", tar, EMPTY_IMAGE, NULL };

	if (compose_has_image(c, EMPTY_IMAGE))
		return 0;
	if (io_write_file(tar, zeros, sizeof(zeros), 0600, err) < 0)
		return -1;
	return engine_ask(&c->engine, import, NULL, err);
}

static const char *const system_folders[] = {
	"/usr", "/bin", "/sbin", "/lib", "/lib64",
};

/* Where Bis itself runs in a container, the engine's machine may have no
 * Compose: BIS_IMAGE (doc/docker/bis-in-docker) is the image that has. */
static const char *own_image(void)
{
	const char *image = getenv("BIS_IMAGE");

	return image && *image ? image : NULL;
}

/*
 * `config` opens whatever the file names, and takes in the environment: so it
 * runs in a container of that empty image, without a network, where there are
 * the system's programs and the copy, read-only, and nothing else.
 */
static const char *const *config_argv(struct compose_stack *c)
{
	struct arena *arena = c->stack->arena;
	const char **argv = arena_array(arena, 64, sizeof(*argv));
	struct stat st = { 0 };
	size_t n = 0;
	static const char *const plain[] = {
		"run", "--rm", "--network", "none", "--read-only",
		"--cap-drop", "ALL", "--security-opt",
		"no-new-privileges", "--memory", "1g", "--pids-limit", "200",
		"-e", "HOME=/nonexistent", "-e", "LC_ALL=C.UTF-8", "-e",
		"PATH=/usr/local/bin:/usr/bin:/bin", "--tmpfs", "/tmp",
	};

	stat(c->copy, &st);
	for (; n < ARRAY_SIZE(plain); n++)
		argv[n] = plain[n];
	argv[n++] = "--label";
	argv[n++] = arena_printf(arena, COMPOSE_RUN_LABEL "=%s",
				 c->supervisor.token);
	argv[n++] = "--user";
	argv[n++] = arena_printf(arena, "%u:%u", st.st_uid, st.st_gid);
	for (size_t i = 0; !own_image() && i < ARRAY_SIZE(system_folders); i++)
		if (io_exists(system_folders[i])) {
			argv[n++] = "-v";
			argv[n++] = arena_printf(arena, "%s:%s:ro",
						 system_folders[i],
						 system_folders[i]);
		}
	argv[n++] = "-v";
	argv[n++] = arena_printf(arena, "%s:%s:ro", c->copy, c->copy);
	argv[n++] = "-w";
	argv[n++] = c->files.folder;
	argv[n++] = "--entrypoint";
	argv[n++] = c->engine.compose;
	argv[n++] = own_image() ? own_image() : EMPTY_IMAGE;
	argv[n++] = "-p";
	argv[n++] = c->project;
	for (size_t i = 0; i < c->files.paths.len && i < 2; i++) {
		argv[n++] = "-f";
		argv[n++] = c->files.paths.at[i];
	}
	argv[n++] = "config";
	if (!c->engine.v1) {
		argv[n++] = "--format";
		argv[n++] = "json";
	}
	return argv;
}

static int normalise(struct compose_stack *c, struct error *err)
{
	const struct engine_command command = {
		.argv = config_argv(c), .what = "reading the Compose file",
		.timeout = 60 * CLOCK_SEC, .capture = 8 * 1024 * 1024,
	};
	struct engine_result result;

	if ((!own_image() && need_empty_image(c, err) < 0) ||
	    engine_run(&c->engine, &command, &result, err) < 0)
		return -1;
	if (result.timed_out)
		return error_set(err, ERROR_TIMEOUT, "the engine does not "
				 "come to an end with the Compose file");
	if (result.exit_code == 125)
		return error_set(err, ERROR_UNAVAILABLE, "the engine can't "
				 "run a container: %.1500s", result.err);
	if (result.exit_code)
		return error_set(err, ERROR_INVALID, "the engine refuses the "
				 "Compose file (Compose %s): %.1500s",
				 c->engine.compose_version, result.err);
	return compose_config_read(result.out, strlen(result.out), &c->config,
				   err);
}

static int check_version(const struct compose_stack *c, struct error *err)
{
	if (!c->engine.v1 || !c->files.v2_key)
		return 0;
	return error_set(err, ERROR_UNAVAILABLE, "the Compose file uses `%s:`,"
			 " which Compose %s does not know: install Compose v2 "
			 "(docs.docker.com/compose/install/linux; Debian 13: "
			 "sudo apt-get install docker-compose)",
			 c->files.v2_key, c->engine.compose_version);
}

/* Who plays which role. */

static struct compose_service *add_service(struct compose_stack *c,
					   const char *name)
{
	const json_t *config = json_object_get(compose_services(c->config),
					       name);
	struct compose_service *s = compose_service(c, name);

	if (s)
		return s;
	s = vec_push(&c->services);
	s->name = name;
	s->config = config;
	s->port_fd = -1;
	return s;
}

static int find_player(struct compose_stack *c, const struct service *role,
		       struct role_match *ret, struct error *err)
{
	const struct role_search search = { c->config, c->copy,
					    c->stack->arena };
	const char *given = mapped(c, role->role);

	if (!given)
		return role_find(&search, role->role,
				 json_object_get(role->args, "find"), ret,
				 err);
	if (!json_object_get(compose_services(c->config), given))
		return error_set(err, ERROR_INVALID, "--map %s=%s: the Compose "
				 "file has no service `%s`", role->role, given,
				 given);
	*ret = (struct role_match){ given, "--map says so" };
	return 0;
}

static int cast_role(struct compose_stack *c, const struct service *role,
		     struct error *err)
{
	struct role_match found;

	if (find_player(c, role, &found, err) < 0)
		return -1;
	if (!found.service) {
		compose_note(c, role->role, "none of its services");
		if (!json_is_true(json_object_get(role->args, "required")))
			return 0;
		return error_set(err, ERROR_INVALID, "no service of the "
				 "Compose file is known to be the %s; say which"
				 " it is: --map %s=SERVICE", role->role,
				 role->role);
	}
	struct compose_service *s = add_service(c, found.service);
	compose_note(c, role->role, "%s (%s)", found.service, found.reason);
	*vec_push(&c->castings) = (struct casting){ role, found.service };
	/* Several roles may be played by one. */
	if (!s->role)
		s->role = role;
	return 0;
}

/* And what they depend on. */
static void add_dependencies(struct compose_stack *c)
{
	for (size_t i = 0; i < c->services.len; i++) {
		json_t *depends = json_object_get(c->services.at[i].config,
						  "depends_on"), *one;
		const char *name;
		json_object_foreach(depends, name, one)
			if (json_object_get(compose_services(c->config), name))
				add_service(c, name);
	}
}

static int choose_services(struct compose_stack *c, struct error *err)
{
	const struct stack_file *file = &c->stack->file;
	const char *name;
	json_t *service;

	for (size_t i = 0; i < file->services.len; i++)
		if (cast_role(c, &file->services.at[i], err) < 0)
			return -1;
	add_dependencies(c);
	json_object_foreach(compose_services(c->config), name, service) {
		if (c->stack->options.monitoring)
			add_service(c, name);
		else if (!compose_service(c, name))
			compose_note(c, "not started", "%s: no check needs it",
				     name);
	}
	return 0;
}

/* The port in the container of a role, and one of this machine for it. */
static int choose_port(struct compose_stack *c, struct compose_service *s,
		       struct error *err)
{
	const json_t *ports = json_object_get(s->role->args, "ports"), *item;
	struct arena *arena = c->stack->arena;
	size_t i;

	json_array_foreach(ports, i, item) {
		int port = atoi(json_string_value(item));
		if (i == 0 || compose_has_port(s->config, port))
			s->port = port;
		if (compose_has_port(s->config, port))
			break;
	}
	if (!s->port)
		return 0;
	if (loopback_port_keep(0, s->name, &s->port_fd, &s->host_port,
			       err) < 0)
		return -1;
	if (strcmp(s->role->role, "database"))
		s->url = arena_printf(arena, "http://127.0.0.1:%d",
				      s->host_port);
	return 0;
}

static int choose_probe(struct compose_stack *c, struct compose_service *s,
			struct error *err)
{
	const json_t *ready = json_object_get(s->role->args, "ready");
	const json_t *when = json_object_get(ready, "when");
	const char *http = json_string_value(json_object_get(ready, "http"));
	const struct role_search search = { c->config, c->copy,
					    c->stack->arena };
	bool holds = true;

	if (when && role_rule_holds(&search, when, s->name, &holds, err) < 0)
		return -1;
	s->probe.within = validate_duration(ready, "within",
					    120 * CLOCK_SEC);
	/* A proxy of the engine takes the connection whether somebody answers
	 * or not, and a busy machine takes its time to. */
	s->probe.answer_within = 10 * CLOCK_SEC;
	if (http && s->url && holds) {
		s->probe.kind = PROBE_HTTP;
		s->probe.target = arena_printf(c->stack->arena, "%s%s",
					       s->url, http);
	}
	return 0;
}

static int choose_addresses(struct compose_stack *c, struct error *err)
{
	for (size_t i = 0; i < c->services.len; i++) {
		struct compose_service *s = &c->services.at[i];
		if (!s->role)
			continue;
		if (choose_port(c, s, err) < 0 ||
		    choose_probe(c, s, err) < 0)
			return -1;
	}
	return 0;
}

int compose_open(struct compose_stack *c, struct error *err)
{
	struct arena *arena = c->stack->arena;

	if (compose_files_find(c->copy, mapped(c, "compose"), arena, &c->files,
			       err) < 0 ||
	    check_version(c, err) < 0 || normalise(c, err) < 0)
		return -1;
	c->policy = (struct policy){
		.root = c->copy, .raw = c->files.raw, .arena = arena,
		.file = c->files.paths.at[0] + strlen(c->copy) + 1,
		.allow = c->stack->options.allow,
	};
	if (policy_check(&c->policy, c->config, err) < 0 ||
	    choose_services(c, err) < 0)
		return -1;
	if (c->stack->options.date_by_pins)
		compose_date_by_pins(c);
	return choose_addresses(c, err);
}
