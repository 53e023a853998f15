/*
 * The container engine of this machine: its programs, and commands for it.
 *
 * Commands run with PATH and an empty HOME, so that nothing of the person's
 * own configuration (aliases, contexts, credentials, plug-ins) plays in. What
 * an engine is asked for is bounded in time and in output; output is kept from
 * its end, since that is where the reason stands.
 */
#ifndef STACK_ENGINE_H
#define STACK_ENGINE_H

#include "base/arena.h"
#include "event/event.h"
#include "stack/supervisor.h"

enum { ENGINE_WORDS = 6, ENGINE_TAIL = 64 * 1024 };

struct engine {
	struct arena *arena;
	struct supervisor *supervisor; /* NULL: commands run by themselves */
	const struct sinks *sinks;
	const char *client;  /* "docker", "podman" */
	const char *compose; /* path of Compose, v1 or v2 */
	const char *compose_version;
	bool v1;
	const char *version; /* of the engine: "20.10.24", or NULL */
	bool podman;         /* it is what answers, in Docker's language */
	const char *host;    /* DOCKER_HOST, or NULL */
	const char *home;    /* an empty folder */
	int mtu;             /* of its networks; 0: its own default */
	int64_t spent;       /* in its commands, so far */
};

/* What an engine command made of itself. */
struct engine_result {
	int exit_code, signal;
	bool timed_out;
	const char *out, *err; /* from the end, ENGINE_TAIL at most; arena */
	int64_t duration;
};

/* The programs, and whether the engine answers. Each failure says what to
 * type. BIS_COMPOSE=v1 or v2 asks for that Compose; DOCKER_HOST is honoured,
 * and podman's socket is found where there is no other. */
int engine_find(struct engine *engine, struct error *err);
/* Fills in what a recorded engine needs to be asked again: "CLIENT HOST". */
void engine_of_record(struct engine *engine, const char *client,
		      const char *host);

struct engine_command {
	const char *const *argv;  /* without the client's name */
	bool compose;             /* argv goes to Compose */
	const char *what;         /* "building": shown while it runs with its
				   * time and last line; NULL: nothing is */
	const char *cwd;
	int64_t timeout;          /* 0: 2 minutes */
	size_t capture;           /* 0: ENGINE_TAIL from the end; else this
				   * much from the beginning */
	const char *log;          /* its whole output is kept there, too, as
				   * far as 8 MiB; or NULL */
};

/* 0 where it ran, however it ended; -1: it could not be run, or we were
 * interrupted. */
int engine_run(struct engine *engine, const struct engine_command *command,
	       struct engine_result *ret, struct error *err);
/* The same, where only success will do: *ret_out (may be NULL) gets its
 * output without the end of its last line. */
int engine_ask(struct engine *engine, const char *const *argv,
	       const char **ret_out, struct error *err);
/* The environment of its commands, `added` after it; arena. */
const char *const *engine_env(const struct engine *engine,
			      const char *const *added);

#endif
