/*
 * The compose driver's PostgreSQL: the submission's own server, reached on a
 * loopback port as the superuser that its environment names.
 *
 * What it is asked for beyond what the submission says: a log of statements
 * that can be read back as JSON, as stack/postgres.h has it, and no
 * autovacuum, which would move rows at moments of its own.
 */
#include "stack/compose.h"

#include "stack/compose_config.h"
#include "stack/postgres.h"

#include <stdlib.h>


/* For a conninfo: 'it''s'. */
static const char *quoted(struct arena *arena, const char *value)
{
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT(4096);

	strbuf_addch(&sb, '\'');
	for (; *value; value++) {
		if (*value == '\'' || *value == '\\')
			strbuf_addch(&sb, '\\');
		strbuf_addch(&sb, *value);
	}
	strbuf_addch(&sb, '\'');
	return arena_strdup(arena, sb.buf);
}

static const char *env_of(struct compose_stack *c,
			  const struct compose_service *s, const char *name,
			  const char *fallback)
{
	const char *value = compose_env(s->config, name);

	return value && *value ? compose_unescape(c->stack->arena, value)
			       : fallback;
}

const char *compose_conninfo(struct compose_stack *c, const char *database)
{
	if (!c->address)
		return NULL;
	return arena_printf(c->stack->arena, "%s dbname=%s", c->address,
			    quoted(c->stack->arena, database
				   ? database : c->database));
}

static const struct {
	const char *name, *value;
} settings[] = {
	{ "logging_collector", "on" },
	{ "log_destination", "stderr,jsonlog" },
	{ "log_rotation_size", "0" },
	{ "log_rotation_age", "0" },
	{ "autovacuum", "off" },
};

/* Each by itself: a server of another version may not know one. */
static void alter_system(struct compose_stack *c)
{
	struct error why = ERROR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		if (postgres_execute(compose_conninfo(c, NULL), arena_printf(
				c->stack->arena, "ALTER SYSTEM SET %s = '%s'",
				settings[i].name, settings[i].value),
				&why) < 0)
			event_note(c->stack->options.sinks, "%s", why.message);
}

/* The version that an official image says of itself; 0: it doesn't. */
static int image_major(struct compose_stack *c, const char *image)
{
	const char *const argv[] = {
		"image", "inspect", "--format",
		"{{range .Config.Env}}{{println .}}{{end}}", image, NULL };
	const char *out, *at;

	if (!image || engine_ask(&c->engine, argv, &out, NULL) < 0)
		return 0;
	at = strstr(out, "PG_MAJOR=");
	return at ? atoi(at + strlen("PG_MAJOR=")) : 0;
}

static bool is_postgres(const json_t *command)
{
	const char *program = json_string_value(json_array_get(command, 0));

	return program && !strcmp(program, "postgres");
}

json_t *compose_database_command(struct compose_stack *c)
{
	const struct compose_service *s = compose_database_service(c);
	const json_t *own = s ? json_object_get(s->config, "command") : NULL;
	json_t *command;

	if (!s || json_object_get(s->config, "entrypoint") ||
	    (own && !is_postgres(own)) ||
	    image_major(c, json_string_value(
				json_object_get(s->config, "image"))) < 15)
		return NULL;
	command = own ? json_deep_copy(own) : json_pack("[s]", "postgres");
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		json_array_append_new(command, json_string("-c"));
		json_array_append_new(command, json_sprintf(
			"%s=%s", settings[i].name, settings[i].value));
	}
	return command;
}

struct compose_service *compose_database_service(struct compose_stack *c)
{
	for (size_t i = 0; i < c->castings.len; i++)
		if (!strcmp(c->castings.at[i].role->role, "database"))
			return compose_player(c, c->castings.at[i].role);
	return NULL;
}

void compose_address_database(struct compose_stack *c)
{
	struct compose_service *s = compose_database_service(c);
	struct arena *arena = c->stack->arena;

	if (!s)
		return;
	c->user = env_of(c, s, "POSTGRES_USER", "postgres");
	c->password = env_of(c, s, "POSTGRES_PASSWORD", "");
	c->database = env_of(c, s, "POSTGRES_DB", c->user);
	c->address = arena_printf(arena, "host=127.0.0.1 port=%d user=%s "
				  "password=%s connect_timeout=5",
				  s->host_port, quoted(arena, c->user),
				  quoted(arena, c->password));
	s->probe.kind = PROBE_DATABASE;
	s->probe.target = compose_conninfo(c, c->database);
}

int compose_set_up_database(struct compose_stack *c, struct error *err)
{
	struct compose_service *s = compose_database_service(c);

	if (compose_wait(c, s, err) < 0)
		return -1;
	alter_system(c);
	/* Its own first start ended; what was set holds from the next on. */
	if (compose_stop_these(c, &s, 1, err) < 0 ||
	    compose_start_these(c, &s, 1, err) < 0)
		return -1;
	return compose_wait(c, s, err);
}
