/* Which programs of an engine there are, and whether it answers. */
#include "stack/engine.h"

#include "base/io.h"
#include "base/path.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define INSTALL "sudo apt-get install docker.io docker-compose"

/* Where Compose v2, a plug-in of the client, may be. */
static const char *const plugin_folders[] = {
	"/usr/local/lib/docker/cli-plugins",
	"/usr/local/libexec/docker/cli-plugins",
	"/usr/lib/docker/cli-plugins", "/usr/libexec/docker/cli-plugins",
};
static const char *const program_folders[] = {
	"/usr/local/bin", "/usr/bin", "/bin",
};

static const char *find_in(struct arena *arena, const char *const *folders,
			   size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		const char *path = path_join(arena, folders[i], name);
		if (access(path, X_OK) == 0)
			return path;
	}
	return NULL;
}

static const char *find_program(struct arena *arena, const char *name)
{
	return find_in(arena, program_folders, ARRAY_SIZE(program_folders),
		       name);
}

/* podman speaks Docker's language on a socket of its own. */
static const char *podman_socket(struct arena *arena)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	const char *own = runtime ? arena_printf(
		arena, "%s/podman/podman.sock", runtime) : "";

	if (io_exists("/var/run/docker.sock"))
		return NULL;
	if (*own && io_exists(own))
		return arena_printf(arena, "unix://%s", own);
	return io_exists("/run/podman/podman.sock")
		? "unix:///run/podman/podman.sock" : NULL;
}

static const char *compose_version(struct engine *engine, const char *path,
				   struct error *err)
{
	const char *const argv[] = { "version", "--short", NULL };
	const struct engine_command command = { .argv = argv,
						.compose = true };
	struct engine_result result;

	engine->compose = path;
	if (engine_run(engine, &command, &result, err) < 0 ||
	    result.exit_code)
		return NULL;
	size_t len = strcspn(result.out, "\r\n");
	return arena_strndup(engine->arena, result.out, len);
}

static bool is_v1(const char *version)
{
	return version[0] == '1' || !strncmp(version, "v1", 2);
}

static int find_compose(struct engine *engine, struct error *err)
{
	const char *wanted = getenv("BIS_COMPOSE");
	const char *const paths[] = {
		find_in(engine->arena, plugin_folders,
			ARRAY_SIZE(plugin_folders), "docker-compose"),
		find_program(engine->arena, "docker-compose"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		const char *version = paths[i]
			? compose_version(engine, paths[i], err) : NULL;
		if (!version)
			continue;
		engine->v1 = is_v1(version);
		if (wanted && *wanted &&
		    engine->v1 != !strcmp(wanted, "v1"))
			continue;
		engine->compose_version = version;
		return 0;
	}
	return error_set(err, ERROR_UNAVAILABLE, "there is no Docker "
			 "Compose%s%s: sudo apt-get install %s",
			 wanted && *wanted ? " " : "",
			 wanted ? wanted : "",
			 wanted && !strcmp(wanted, "v2")
			 ? "docker-compose-plugin" : "docker-compose");
}

/* Why it does not answer, and what to type. */
static int explain(const struct engine *engine, const char *said,
		   struct error *err)
{
	if (strcasestr(said, "permission denied"))
		return error_set(err, ERROR_UNAVAILABLE, "the container "
				 "engine is not yours to use: sudo usermod "
				 "-aG docker \"$USER\", then log in again");
	if (strcasestr(said, "cannot connect") ||
	    strcasestr(said, "no such file") ||
	    strcasestr(said, "connection refused") ||
	    strcasestr(said, "failed to connect"))
		return error_set(err, ERROR_UNAVAILABLE, "the container "
				 "engine does not run%s%s: sudo systemctl "
				 "start docker", engine->host ? " at " : "",
				 engine->host ? engine->host : "");
	return error_set(err, ERROR_UNAVAILABLE, "the container engine does "
			 "not answer: %.500s", said);
}

static int find_server(struct engine *engine, struct error *err)
{
	bool podman = !strcmp(path_basename(engine->client), "podman");
	const char *const argv[] = {
		"version", "--format", podman ? "{{.Server.Version}} podman"
		: "{{.Server.Version}} {{range .Server.Components}}"
		  "{{.Name}},{{end}}", NULL };
	const struct engine_command command = { .argv = argv };
	struct engine_result result;

	if (engine_run(engine, &command, &result, err) < 0)
		return -1;
	if (result.exit_code || result.timed_out)
		return explain(engine, *result.err ? result.err : result.out,
			       err);
	engine->version = arena_strndup(engine->arena, result.out,
					strcspn(result.out, " \r\n"));
	engine->podman = strcasestr(result.out, "podman") != NULL;
	return 0;
}

/* Networks that Compose makes don't take it over from the engine's own. */
static void find_mtu(struct engine *engine)
{
	const char *const argv[] = {
		"network", "inspect", "bridge", "--format",
		"{{index .Options \"com.docker.network.driver.mtu\"}}", NULL };
	const char *out;

	if (engine_ask(engine, argv, &out, NULL) == 0)
		engine->mtu = atoi(out);
}

int engine_find(struct engine *engine, struct error *err)
{
	const char *host = getenv("DOCKER_HOST");

	engine->client = find_program(engine->arena, "docker");
	engine->host = host && *host ? arena_strdup(engine->arena, host)
				     : podman_socket(engine->arena);
	if (!engine->client)
		engine->client = find_program(engine->arena, "podman");
	if (!engine->client)
		return error_set(err, ERROR_UNAVAILABLE, "there is no "
				 "container engine on this machine: "
				 INSTALL);
	if (find_server(engine, err) < 0 || find_compose(engine, err) < 0)
		return -1;
	find_mtu(engine);
	return 0;
}
