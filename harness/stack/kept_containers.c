#include "stack/kept_containers.h"

#include "stack/compose_rewrite.h"
#include "stack/engine.h"

#include <string.h>

static struct engine engine_of(const struct kept_stack *stack,
			       struct arena *arena)
{
	struct engine engine = { .arena = arena };

	engine_of_record(&engine, stack->state.engine,
			 stack->state.engine_host);
	return engine;
}

/* The next of fields between tabs; the end of the line ends it, too. */
static const char *next_field(struct arena *arena, const char **at)
{
	size_t len = strcspn(*at, "\t\n");
	const char *field = arena_strndup(arena, *at, len);

	*at += len + ((*at)[len] == '\t');
	return field;
}

static int by_service(const void *a, const void *b)
{
	return strcmp(((const struct kept_container *)a)->service,
		      ((const struct kept_container *)b)->service);
}

int kept_containers_list(const struct kept_stack *stack, struct arena *arena,
			 struct kept_containers *ret, struct error *err)
{
	struct engine engine = engine_of(stack, arena);
	const char *filter = arena_printf(arena, "label=" COMPOSE_RUN_LABEL
					  "=%s", stack->state.token);
	const char *const argv[] = {
		"ps", "-a", "--filter", filter, "--filter",
		"label=com.docker.compose.service", "--format",
		"{{.Label \"com.docker.compose.service\"}}\t{{.ID}}\t"
		"{{.Status}}\t{{.Ports}}", NULL };
	const char *at;

	memset(ret, 0, sizeof(*ret));
	if (!stack->state.engine[0])
		return 0;
	if (engine_ask(&engine, argv, &at, err) < 0)
		return -1;
	while (*at) {
		struct kept_container *c = vec_push(&ret->at);
		c->service = next_field(arena, &at);
		c->id = next_field(arena, &at);
		c->state = next_field(arena, &at);
		c->ports = next_field(arena, &at);
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	if (ret->at.len)
		qsort(ret->at.at, ret->at.len, sizeof(*ret->at.at),
		      by_service);
	return 0;
}

int kept_container_log(const struct kept_stack *stack,
		       const struct kept_container *container,
		       struct arena *arena, const char **ret,
		       struct error *err)
{
	struct engine engine = engine_of(stack, arena);
	const char *const argv[] = { "logs", container->id, NULL };
	const struct engine_command command = { .argv = argv };
	struct engine_result result;

	if (engine_run(&engine, &command, &result, err) < 0)
		return -1;
	*ret = arena_printf(arena, "%s%s", result.out, result.err);
	return 0;
}

int kept_container_restart(const struct kept_stack *stack,
			   const struct kept_container *container,
			   struct arena *arena, struct error *err)
{
	struct engine engine = engine_of(stack, arena);
	const char *const argv[] = { "restart", "-t", "5", container->id,
				     NULL };

	return engine_ask(&engine, argv, NULL, err);
}
