/* The compose driver: what people see of it, and type without Bis. */
#include "stack/compose.h"

#include "base/io.h"
#include "stack/action_output.h"
#include "stack/compose_config.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

enum { LOG_MOST = 4 * 1024 * 1024 };

int compose_ps(struct stack *stack, struct service_state **ret,
	       size_t *ret_count, struct error *err)
{
	struct compose_stack *c = compose_of(stack);
	struct service_state *states = arena_array(
		stack->arena, c->services.len, sizeof(*states));

	(void)err;
	for (size_t i = 0; i < c->services.len; i++) {
		const struct compose_service *s = &c->services.at[i];
		states[i] = (struct service_state){
			.name = s->name,
			.service = s->role ? s->role->name : NULL,
			.address = s->url ? s->url : s->host_port
				? arena_printf(stack->arena, "127.0.0.1:%d",
					       s->host_port) : "",
			.command = compose_words(s->config, stack->arena),
		};
	}
	compose_states(c, states);
	*ret = states;
	*ret_count = c->services.len;
	return 0;
}

/* What the engine has of its log, standard output and error; the beginning,
 * as far as LOG_MOST. */
static int engine_log(struct compose_stack *c, const struct compose_service *s,
		      struct strbuf *into, struct error *err)
{
	const char *const argv[] = { "logs", s->container, NULL };
	const struct engine_command command = { .argv = argv,
						.capture = LOG_MOST };
	struct engine_result result;

	if (!s->container)
		return 0;
	if (engine_run(&c->engine, &command, &result, err) < 0)
		return -1;
	strbuf_addstr(into, result.out);
	strbuf_addstr(into, result.err);
	return 0;
}

/* PostgreSQL's own, as JSON; false: it has none. */
static bool server_log(struct compose_stack *c, int64_t *offset,
		       struct strbuf *into)
{
	PGconn *connection = PQconnectdb(compose_conninfo(c, NULL));
	char from[32];
	const char *params[] = { from };
	snprintf(from, sizeof(from), "%lld", (long long)*offset);
	PGresult *result = PQexecParams(
		connection, "SELECT pg_read_file(pg_current_logfile('jsonlog'),"
		" $1::bigint, 4194304)", 1, NULL, params, NULL, NULL, 0);
	bool ok = PQresultStatus(result) == PGRES_TUPLES_OK &&
		PQntuples(result) == 1 && !PQgetisnull(result, 0, 0);

	if (ok) {
		strbuf_addstr(into, PQgetvalue(result, 0, 0));
		*offset += PQgetlength(result, 0, 0);
	}
	PQclear(result);
	PQfinish(connection);
	return ok;
}

int compose_log(struct stack *stack, const char *service, int64_t *offset,
		struct strbuf *into, struct error *err)
{
	struct compose_stack *c = compose_of(stack);
	const struct service *role = stack_file_service(&stack->file, service);
	const struct compose_service *s = role ? compose_player(c, role)
					       : compose_service(c, service);
	_cleanup_(strbuf_release) struct strbuf all =
		STRBUF_INIT(2 * LOG_MOST);

	if (!s)
		return error_set(err, ERROR_UNAVAILABLE, "none of the "
				 "submission's services is the `%s`", service);
	if (role && !strcmp(role->role, "database") && c->address &&
	    server_log(c, offset, into))
		return 0;
	if (engine_log(c, s, &all, err) < 0)
		return -1;
	if ((size_t)*offset < all.len) {
		strbuf_add(into, all.buf + *offset, all.len - (size_t)*offset);
		*offset = (int64_t)all.len;
	}
	return 0;
}

void compose_keep_logs(struct compose_stack *c)
{
	const char *into = c->stack->options.run_folder;
	struct arena *arena = c->stack->arena;

	if (!into)
		return;
	into = arena_printf(arena, "%s/logs", into);
	if (io_make_folders(into, 0755, NULL) < 0)
		return;
	for (size_t i = 0; i < c->services.len; i++) {
		const struct compose_service *s = &c->services.at[i];
		_cleanup_(strbuf_release) struct strbuf log =
			STRBUF_INIT(2 * LOG_MOST);
		if (engine_log(c, s, &log, NULL) == 0)
			io_write_file(arena_printf(arena, "%s/%s.log", into,
						   s->name),
				      log.buf, log.len, 0644, NULL);
	}
	if (c->build_log && io_exists(c->build_log))
		io_copy_file(c->build_log, arena_printf(arena, "%s/build.log",
							into), 0644, NULL);
}

void compose_exports(struct stack *stack, struct fact **ret,
		     size_t *ret_count)
{
	struct compose_stack *c = compose_of(stack);
	struct fact *facts = arena_array(stack->arena, c->services.len + 1,
					 sizeof(*facts));
	size_t n = 0;

	if (c->address)
		facts[n++] = (struct fact){ "BIS_DATABASE",
					    compose_conninfo(c, NULL) };
	for (size_t i = 0; i < c->services.len; i++)
		if (c->services.at[i].url)
			facts[n++] = (struct fact){
				stack_export_name(stack, c->services.at[i].name),
				c->services.at[i].url };
	*ret = facts;
	*ret_count = n;
}

/* The port at which she reaches it herself: 8000 of "8000" and of
 * "127.0.0.1:8000"; NULL: at none. */
static const char *published(struct arena *arena,
			     const struct compose_service *s)
{
	const json_t *port;
	size_t i;

	json_array_foreach(json_object_get(s->config, "ports"), i, port) {
		const char *text = stack_scalar_text(
			arena, json_object_get(port, "published"));
		const char *colon = text ? strrchr(text, ':') : NULL;
		if (text && json_integer_value(json_object_get(
				    port, "target")) == s->port)
			return colon ? colon + 1 : text;
	}
	return NULL;
}

const char *compose_by_hand(struct stack *stack,
			    const struct service *service)
{
	struct compose_stack *c = compose_of(stack);
	const struct compose_service *s = service && c
		? compose_player(c, service) : NULL;

	if (!s)
		return "docker compose exec";
	if (!strcmp(service->role, "database"))
		return arena_printf(stack->arena, "docker compose exec -T %s "
				    "psql -U %s -d %s", s->name, c->user,
				    c->database);
	if (!s->url)
		return compose_exec_by_hand(stack, service, NULL);
	const char *port = published(stack->arena, s);
	return port ? arena_printf(stack->arena, "http://localhost:%s", port)
		    : arena_printf(stack->arena, "$%s",
				   stack_export_name(stack, s->name));
}

const char *compose_exec_by_hand(struct stack *stack,
				 const struct service *service,
				 const char *const *env)
{
	struct compose_stack *c = compose_of(stack);
	const struct compose_service *s = service && c
		? compose_player(c, service) : NULL;
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT(STRBUF_LINE);

	strbuf_addstr(&sb, "docker compose exec -T");
	for (; env && *env; env++) {
		const char *const word[] = { *env, NULL };
		strbuf_addf(&sb, " -e %s", action_command_line(
				    stack->arena, word, NULL, 0));
	}
	strbuf_addf(&sb, " %s", s ? s->name : service ? service->name : "?");
	return arena_strdup(stack->arena, sb.buf);
}

const char *compose_restart_by_hand(struct stack *stack,
				    const struct service *service)
{
	const struct compose_service *s = compose_player(compose_of(stack),
							 service);

	return arena_printf(stack->arena, "docker compose restart %s",
			    s ? s->name : service->name);
}

/* Which images ran: their ids say it, whatever a tag says. */
void compose_spent(const struct stack *stack, int64_t *ret_engine,
		   int64_t *ret_waits)
{
	const struct compose_stack *c = stack->driver_state;

	*ret_engine = c->engine.spent;
	*ret_waits = c->waited;
}

int compose_facts(struct stack *stack, struct fact **ret, size_t *ret_count,
		  struct error *err)
{
	struct compose_stack *c = compose_of(stack);
	struct arena *arena = stack->arena;
	struct fact *facts = arena_array(arena, c->facts.len +
					 c->services.len + 2, sizeof(*facts));
	size_t n = 0;

	(void)err;
	facts[n++] = (struct fact){ "engine", arena_printf(
			arena, "%s %s, Compose %s", c->engine.client,
			c->engine.version, c->engine.compose_version) };
	for (size_t i = 0; i < c->facts.len; i++)
		facts[n++] = c->facts.at[i];
	const char *const *images = compose_inspect_all(
		c, "{{.Image}} {{.Config.Image}}");
	for (size_t i = 0; i < c->services.len; i++)
		if (images[i] && strcmp(images[i], "gone") != 0)
			facts[n++] = (struct fact){
				arena_printf(arena, "image of %s",
					     c->services.at[i].name),
				images[i] };
	*ret = facts;
	*ret_count = n;
	return 0;
}
