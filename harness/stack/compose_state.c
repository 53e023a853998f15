/*
 * The compose driver: the state that trainings and ingestions change, saved
 * and put back. Databases are copied by PostgreSQL itself (CREATE DATABASE
 * ... TEMPLATE, which keeps the physical order of rows); what services may
 * write in mounts (artifacts, a tracking database in a file, a feature
 * registry) is copied by a container into a volume of the run. Services that
 * have sessions in the database, or a file open in such a mount, are stopped
 * meanwhile.
 */
#include "stack/compose.h"

#include "base/clock.h"
#include "stack/compose_config.h"
#include "stack/compose_rewrite.h"
#include "stack/copy_path.h"
#include "stack/postgres.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#define SAVED "bis_save_"

/* Mounts. */

/* A mount as the engine takes it: "SOURCE:TARGET"; NULL: not state. */
static const char *state_mount(struct compose_stack *c, const json_t *mount,
			       size_t number)
{
	const char *type = json_string_value(json_object_get(mount, "type"));
	const char *source = json_string_value(
		json_object_get(mount, "source"));

	if (!type || !source ||
	    json_is_true(json_object_get(mount, "read_only")))
		return NULL;
	if (!strcmp(type, "bind")) {
		source = compose_unescape(c->stack->arena, source);
		/* What an instructor let pass from outside stays untouched. */
		return copy_path_is_inside(c->copy, "/", source, NULL)
			? arena_printf(c->stack->arena, "%s:/state/%zu",
				       source, number) : NULL;
	}
	if (!strcmp(type, "volume"))
		return arena_printf(c->stack->arena, "%s_%s:/state/%zu",
				    c->project, source, number);
	return NULL;
}

struct texts {
	VEC(const char *) at;
};

static bool has_mount(const struct texts *mounts, const char *mount)
{
	size_t len = strcspn(mount, ":");

	for (size_t i = 0; i < mounts->at.len; i++)
		if (!strncmp(mounts->at.at[i], mount, len + 1))
			return true;
	return false;
}

/* Every mount that is written, of all services but PostgreSQL. */
static void find_mounts(struct compose_stack *c, struct texts *ret)
{
	const struct compose_service *database = compose_database_service(c);

	for (size_t i = 0; i < c->services.len; i++) {
		const struct compose_service *s = &c->services.at[i];
		const json_t *mount;
		size_t j;
		if (s == database)
			continue;
		json_array_foreach(json_object_get(s->config, "volumes"), j,
				   mount) {
			const char *text = state_mount(c, mount, ret->at.len);
			if (text && !has_mount(ret, text))
				*vec_push(&ret->at) = text;
		}
	}
}

/* A container of the database's image copies; the state is below /state, its
 * copy in a volume at /saved. */
static int copy_mounts(struct compose_stack *c, const char *name, bool back,
		       struct error *err)
{
	static const char *const scripts[] = {
		"rm -rf /saved/* && cp -a /state/. /saved/",
		"for d in /state/*; do find \"$d\" -mindepth 1 -delete; done; "
		"cp -a /saved/. /state/",
	};
	struct arena *arena = c->stack->arena;
	struct texts mounts = { VEC_INIT };
	const struct compose_service *database = compose_database_service(c);
	const char *image, *volume = arena_printf(
		arena, "%s_" SAVED "%s", c->project, name);
	const char *const make[] = {
		"volume", "create", "--label", arena_printf(
			arena, COMPOSE_RUN_LABEL "=%s", c->supervisor.token),
		volume, NULL };
	const char *const look[] = { "inspect", "--format", "{{.Image}}",
				     database ? database->container : "",
				     NULL };
	int rc = 0;

	/* Is what is to be mounted still in the copy? */
	if (policy_check(&c->policy, c->config, err) < 0)
		return -1;
	find_mounts(c, &mounts);
	if (!mounts.at.len || !database)
		goto out;
	const char **argv = arena_array(arena, 2 * mounts.at.len + 24,
					sizeof(*argv));
	size_t n = 0;
	rc = engine_ask(&c->engine, look, &image, err);
	if (rc == 0 && !back)
		rc = engine_ask(&c->engine, make, NULL, err);
	if (rc < 0)
		goto out;
	argv[n++] = "run";
	argv[n++] = "--rm";
	argv[n++] = "--network";
	argv[n++] = "none";
	argv[n++] = "--user";
	argv[n++] = "0:0";
	argv[n++] = "--label";
	argv[n++] = make[3];
	argv[n++] = "--entrypoint";
	argv[n++] = "sh";
	argv[n++] = "-v";
	argv[n++] = arena_printf(arena, "%s:/saved", volume);
	for (size_t i = 0; i < mounts.at.len; i++) {
		argv[n++] = "-v";
		argv[n++] = mounts.at.at[i];
	}
	argv[n++] = image;
	argv[n++] = "-c";
	argv[n++] = scripts[back];
	rc = engine_ask(&c->engine, argv, NULL, err);
out:
	vec_release(&mounts.at);
	return rc;
}

/* Who must be stopped. */

/* Those who were, and are to be started again: also after a stop that failed
 * half-way. */
struct halted {
	struct compose_service **at;
	size_t len;
};

static void list_halted(struct compose_stack *c, struct halted *ret)
{
	ret->at = arena_array(c->stack->arena, c->services.len + 1,
			      sizeof(*ret->at));
	ret->len = 0;
	for (size_t i = 0; i < c->services.len; i++)
		if (c->services.at[i].halted)
			ret->at[ret->len++] = &c->services.at[i];
}

/* Whether its container has a session in PostgreSQL. */
static bool has_session(struct compose_stack *c,
			const struct compose_service *s, PGresult *addresses)
{
	const char *const argv[] = {
		"inspect", "--format", "{{range .NetworkSettings.Networks}}"
		"{{.IPAddress}} {{end}}", s->container, NULL };
	const char *out;

	if (!addresses || !s->container ||
	    engine_ask(&c->engine, argv, &out, NULL) < 0)
		return false;
	for (int i = 0; i < PQntuples(addresses); i++) {
		const char *ip = PQgetvalue(addresses, i, 0);
		const char *at = strstr(out, ip);
		if (*ip && at && strchr(" \n", at[strlen(ip)]))
			return true;
	}
	return false;
}

/* Whether a process in it has a file open below a mount that is copied: such a
 * file must not change under its hands. Where that can't be seen, it may. */
static bool has_file_open(struct compose_stack *c,
			  const struct compose_service *s)
{
	static const char script[] =
		"for m; do find /proc/[0-9]*/fd -lname \"$m/*\" 2>/dev/null "
		"| grep -q . && echo open; done; echo looked";
	const json_t *volumes = json_object_get(s->config, "volumes"), *mount;
	const char *const words[] = { "exec", "-u", "0", s->container, "sh",
				      "-c", script, "sh" };
	const size_t first = ARRAY_SIZE(words);
	const char **argv = arena_array(
		c->stack->arena, first + json_array_size(volumes) + 1,
		sizeof(*argv));
	size_t i, n = first;
	const char *out;

	memcpy(argv, words, sizeof(words));
	json_array_foreach(volumes, i, mount)
		if (state_mount(c, mount, 0))
			argv[n++] = json_string_value(
				json_object_get(mount, "target"));
	if (n == first)
		return false;
	return engine_ask(&c->engine, argv, &out, NULL) < 0 ||
		strcmp(out, "looked");
}

static int stop_holders(struct compose_stack *c, struct error *err)
{
	PGconn *connection = PQconnectdb(compose_conninfo(c, NULL));
	PGresult *addresses = PQexec(
		connection, "SELECT DISTINCT host(client_addr) FROM "
		"pg_stat_activity WHERE client_addr IS NOT NULL");
	const struct compose_service *database = compose_database_service(c);
	struct halted halted;

	if (PQresultStatus(addresses) != PGRES_TUPLES_OK) {
		PQclear(addresses);
		addresses = NULL;
	}
	for (size_t i = 0; i < c->services.len; i++) {
		struct compose_service *s = &c->services.at[i];
		if (s != database && s->container && !s->halted &&
		    !strcmp(compose_state(c, s), "running"))
			s->halted = has_session(c, s, addresses) ||
				has_file_open(c, s);
	}
	PQclear(addresses);
	PQfinish(connection);
	list_halted(c, &halted);
	return compose_stop_these(c, halted.at, halted.len, err);
}

static int start_halted(struct compose_stack *c, struct error *err)
{
	struct halted halted;

	list_halted(c, &halted);
	if (compose_start_these(c, halted.at, halted.len, err) < 0)
		return -1;
	for (size_t i = 0; i < halted.len; i++) {
		halted.at[i]->halted = false;
		halted.at[i]->starts = 1;
	}
	return 0;
}

/* Databases. */

/* What is there but for templates and our copies; and what was saved under
 * that prefix (NULL: nothing), there or not: a restore may have failed. */
static int list_databases(struct compose_stack *c, const char *prefix,
			  struct texts *ret, struct error *err)
{
	PGconn *connection = PQconnectdb(compose_conninfo(c, "template1"));
	const char *const params[] = { c->database, prefix };
	PGresult *result = PQexecParams(
		connection, "SELECT datname FROM pg_database WHERE NOT "
		"datistemplate AND datname NOT LIKE 'bis\\_save\\_%' AND "
		"(datname <> 'postgres' OR datname = $1::text) UNION SELECT "
		"substr(datname, 1 + length($2::text)) FROM pg_database "
		"WHERE starts_with(datname, $2::text)", 2, NULL, params,
		NULL, NULL, 0);
	int rc = PQresultStatus(result) == PGRES_TUPLES_OK ? 0
		: error_set(err, ERROR_UNAVAILABLE, "%s",
			    PQerrorMessage(connection));

	for (int i = 0; rc == 0 && i < PQntuples(result); i++)
		*vec_push(&ret->at) = arena_strdup(c->stack->arena,
						   PQgetvalue(result, i, 0));
	PQclear(result);
	PQfinish(connection);
	return rc;
}

static int copy_databases(struct compose_stack *c, const char *name,
			  bool back, struct error *err)
{
	struct texts databases = { VEC_INIT };
	const char *prefix = arena_printf(c->stack->arena, SAVED "%s_", name);
	int rc = list_databases(c, back ? prefix : NULL, &databases, err);
	size_t count = databases.at.len;
	struct database_copy *copies =
		arena_array(c->stack->arena, count + 1, sizeof(*copies));

	for (size_t i = 0; i < count; i++) {
		const char *here = databases.at.at[i];
		const char *there = arena_printf(c->stack->arena, "%s%s",
						 prefix, here);
		copies[i].from = back ? there : here;
		copies[i].to = back ? here : there;
	}
	if (rc == 0 && count) {
		struct postgres_sessions sessions = {
			.conninfo = compose_conninfo(c, "template1"),
		};
		rc = postgres_copy_databases(&sessions, copies, count, err);
		postgres_sessions_release(&sessions);
	}
	vec_release(&databases.at);
	return rc;
}

static int stop_copy_start(struct compose_stack *c, const char *name,
			   bool back, struct error *err)
{
	int rc = stop_holders(c, err);

	if (rc == 0 && compose_database_service(c))
		rc = copy_databases(c, name, back, err);
	if (rc == 0)
		rc = copy_mounts(c, name, back, err);
	/* Whatever went wrong, nobody stays down for what comes next. */
	if (start_halted(c, rc < 0 ? NULL : err) < 0)
		rc = -1;
	return rc < 0 ? -1 : compose_wait(c, NULL, err);
}

int compose_save(struct stack *stack, const char *name, struct error *err)
{
	event_phase(stack->options.sinks, "saving the state");
	return stop_copy_start(compose_of(stack), name, false, err);
}

int compose_restore(struct stack *stack, const char *name, struct error *err)
{
	event_phase(stack->options.sinks, "restoring the state");
	return stop_copy_start(compose_of(stack), name, true, err);
}
