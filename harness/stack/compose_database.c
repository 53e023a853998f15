/*
 * The compose driver's PostgreSQL: the submission's own server, reached on a
 * loopback port as the superuser that its environment names.
 *
 * What it is asked for beyond what the submission says: a log of statements
 * that can be read back as JSON, as stack/postgres.h has it, and no
 * autovacuum, which would move rows at moments of its own.
 */
#include "stack/compose.h"

#include "base/clock.h"
#include "stack/compose_config.h"
#include "stack/postgres.h"


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

static int wait_for_server(struct compose_stack *c, struct compose_service *s,
			   struct error *err)
{
	s->probe.kind = PROBE_DATABASE;
	s->probe.target = compose_conninfo(c, c->database);
	s->ready = false;
	return compose_wait(c, s, err);
}

/* Each by itself: a server of another version may not know one. */
static int set_up_log(struct compose_stack *c, struct error *err)
{
	static const char *const settings[] = {
		"ALTER SYSTEM SET logging_collector = on",
		"ALTER SYSTEM SET log_destination = 'stderr,jsonlog'",
		"ALTER SYSTEM SET log_rotation_size = 0",
		"ALTER SYSTEM SET log_rotation_age = 0",
		"ALTER SYSTEM SET autovacuum = off",
	};
	struct error why = ERROR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		if (postgres_execute(compose_conninfo(c, NULL), settings[i],
				     &why) < 0)
			event_note(c->stack->options.sinks, "%s", why.message);
	(void)err;
	return 0;
}

static struct compose_service *database_of(struct compose_stack *c)
{
	for (size_t i = 0; i < c->castings.len; i++)
		if (!strcmp(c->castings.at[i].role->role, "database"))
			return compose_player(c, c->castings.at[i].role);
	return NULL;
}

int compose_prepare_database(struct compose_stack *c, struct error *err)
{
	struct compose_service *s = database_of(c);
	struct arena *arena = c->stack->arena;

	if (!s)
		return 0;
	c->user = env_of(c, s, "POSTGRES_USER", "postgres");
	c->password = env_of(c, s, "POSTGRES_PASSWORD", "");
	c->database = env_of(c, s, "POSTGRES_DB", c->user);
	c->address = arena_printf(arena, "host=127.0.0.1 port=%d user=%s "
				  "password=%s connect_timeout=5",
				  s->host_port, quoted(arena, c->user),
				  quoted(arena, c->password));
	if (wait_for_server(c, s, err) < 0 || set_up_log(c, err) < 0)
		return -1;
	/* Its own first start ended; what was set holds from the next on. */
	if (compose_stop_these(c, &s, 1, err) < 0 ||
	    compose_start_these(c, &s, 1, err) < 0)
		return -1;
	return wait_for_server(c, s, err);
}
