#include "stack/container_leftovers.h"

#include "base/clock.h"
#include "base/io.h"
#include "stack/compose_rewrite.h"
#include "stack/engine.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { WORDS = 1000 };

/* The lines of a command's output as words after `verb`; arena. NULL: none. */
static const char *const *with_lines(struct arena *arena,
				     const char *const *verb,
				     const char *lines)
{
	size_t n = 0;
	const char **argv = arena_array(arena, WORDS + 16, sizeof(*argv));

	while (verb[n]) {
		argv[n] = verb[n];
		n++;
	}
	size_t verbs = n;
	const char *line;
	while (n < WORDS && (line = arena_line(arena, &lines)))
		if (*line)
			argv[n++] = line;
	return n > verbs ? argv : NULL;
}

/* What one command lists, another removes. */
static int remove_listed(struct engine *engine, const char *const *list,
			 const char *const *verb, size_t *ret_count,
			 struct error *err)
{
	const char *lines;

	if (engine_ask(engine, list, &lines, err) < 0)
		return -1;
	const char *const *argv = with_lines(engine->arena, verb, lines);
	if (!argv)
		return 0;
	for (const char *c = lines; ret_count && *c; c++)
		*ret_count += *c == '\n' || !c[1];
	return engine_ask(engine, argv, NULL, err);
}

/* What containers wrote into the copy is root's: ours again, so that we can
 * remove it. */
static void take_back(struct engine *engine, const struct folder_state *state)
{
	struct arena *arena = engine->arena;
	const char *const argv[] = {
		"run", "--rm", "--network", "none", "--user", "0:0", "--label",
		arena_printf(arena, COMPOSE_RUN_LABEL "=%s", state->token),
		"--entrypoint", "chown", "-v",
		arena_printf(arena, "%s:/copy", state->copy),
		state->copy_image, "-Rh", arena_printf(
			arena, "%u:%u", geteuid(), getegid()), "/copy", NULL };

	if (state->copy[0] && geteuid() && io_exists(state->copy))
		engine_ask(engine, argv, NULL, NULL);
}

int container_leftovers_remove(const struct folder_state *state,
			       struct error *err)
{
	struct arena arena = ARENA_INIT;
	struct engine engine = { .arena = &arena };
	struct error why;
	int rc = 0;

	if (!state->engine[0])
		return 0;
	engine_of_record(&engine, state->engine, state->engine_host);
	const char *filter = arena_printf(&arena, "label=" COMPOSE_RUN_LABEL
					  "=%s", state->token);
	const char *const containers[] = { "ps", "-aq", "--filter", filter,
					   NULL };
	const char *const remove_containers[] = { "rm", "-f", "-v", NULL };
	const char *const networks[] = { "network", "ls", "-q", "--filter",
					 filter, NULL };
	const char *const remove_networks[] = { "network", "rm", NULL };
	const char *const volumes[] = { "volume", "ls", "-q", "--filter",
					filter, NULL };
	const char *const remove_volumes[] = { "volume", "rm", "-f", NULL };
	if (engine_ask(&engine, containers, NULL, err) < 0) {
		arena_release(&arena);
		return error_context(err, "its containers are still with the "
				     "engine, which does not answer (start "
				     "it, then: bis clean)");
	}
	/* Until nothing is found: what was just being made shows up late. */
	for (int i = 0; i < 5; i++) {
		size_t found = 0;
		why = (struct error)ERROR_INIT;
		rc = remove_listed(&engine, containers, remove_containers,
				   &found, &why);
		rc |= remove_listed(&engine, networks, remove_networks,
				    &found, &why);
		rc |= remove_listed(&engine, volumes, remove_volumes, &found,
				    &why);
		if (i == 0)
			take_back(&engine, state);
		if (rc == 0 && !found)
			break;
		if (rc)
			clock_sleep(300 * CLOCK_MSEC);
	}
	arena_release(&arena);
	return rc ? error_set(err, why.kind, "%s", why.message) : 0;
}

int container_images_remove(size_t *ret_images, struct error *err)
{
	static const char *const list[] = {
		"image", "ls", "--format", "{{.Repository}}:{{.Tag}}",
		"--filter", "reference=" COMPOSE_CACHE_TAG "*", NULL,
	};
	static const char *const verb[] = { "image", "rm", "-f", NULL };
	/* Those whose tag a later build took. */
	static const char *const prune[] = {
		"image", "prune", "-f", "--filter",
		"label=" COMPOSE_CACHE_LABEL, NULL,
	};
	struct arena arena = ARENA_INIT;
	struct engine engine = { .arena = &arena, .home = "/nonexistent" };
	int rc = engine_find(&engine, err);

	*ret_images = 0;
	if (rc == 0)
		rc = remove_listed(&engine, list, verb, ret_images, err);
	if (rc == 0)
		rc = engine_ask(&engine, prune, NULL, err);
	arena_release(&arena);
	return rc;
}
