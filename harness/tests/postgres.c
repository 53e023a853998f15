#include "tests/postgres.h"

#include "base/clock.h"
#include "stack/account.h"
#include "stack/memory_folder.h"
#include "stack/postgres.h"
#include "stack/readiness.h"
#include "stack/supervisor.h"

#include <signal.h>
#include <unistd.h>

static struct arena arena;
static struct supervisor supervisor = SUPERVISOR_INIT;
static struct postgres_cluster cluster;

static void give_up(const char *what, const struct error *err)
{
	fprintf(stderr, "the tests' PostgreSQL: %s: %s\n", what, err->message);
	supervisor_end(&supervisor);
	exit(EXIT_FAILURE);
}

static struct child *start(const char *name, const char *const *argv,
			   enum child_kind kind, const struct account *account)
{
	struct child_spec spec = {
		.kind = kind, .name = name, .argv = argv,
		.cwd = arena_printf(&arena, "%s/run", supervisor.folder),
		.drop = account->drop, .uid = account->uid,
		.gid = account->gid, .out_fd = -1, .err_fd = STDERR_FILENO,
	};
	struct error err = ERROR_INIT;
	struct child *child;

	if (supervisor_spawn(&supervisor, &spec, &child, &err) < 0)
		give_up(name, &err);
	return child;
}

static void wait_until_ready(struct child *server)
{
	struct probe probe = {
		PROBE_DATABASE,
		postgres_conninfo(&arena, &cluster, "postgres"), 0,
	};
	struct error err = ERROR_INIT;
	int64_t deadline = clock_monotonic() + 60 * CLOCK_SEC;
	char answer[PROBE_ANSWER];

	while (!probe_try(&probe, NULL, answer)) {
		if (supervisor_poll(&supervisor, 3 * CLOCK_MSEC, &err) < 0)
			give_up("waiting", &err);
		if (server->exited || clock_monotonic() > deadline) {
			error_set(&err, ERROR_TIMEOUT, "%s", answer);
			give_up("does not start", &err);
		}
	}
}

void tests_postgres_start(void)
{
	struct postgres_programs programs;
	struct account account;
	struct error err = ERROR_INIT;

	tests_need("postgres", postgres_find(&arena, &programs, &err) == 0,
		   err.message);
	if (account_choose(&account, &err) < 0 ||
	    supervisor_start(&supervisor, "tests", account.uid, &err) < 0 ||
	    private_folder_lay_out(supervisor.folder, &account, &err) < 0)
		give_up("folder", &err);
	cluster.data = arena_printf(&arena, "%s/run/pg", supervisor.folder);
	cluster.socket_dir = arena_printf(&arena, "%s/run/s",
					  supervisor.folder);
	cluster.log_dir = arena_printf(&arena, "%s/log/pg", supervisor.folder);
	cluster.title = arena_printf(&arena, PRIVATE_FOLDER_PREFIX "%s",
				     supervisor.token);
	cluster.share = arena_printf(&arena, "%s/bin/share",
				     supervisor.folder);
	cluster.port = 5432;
	if (postgres_configure(&programs, &cluster, &err) < 0 ||
	    memory_folder_make(&supervisor, &account,
			       (const char *const[]){ cluster.data, NULL },
			       &err) < 0)
		give_up("folder", &err);
	struct child *child = start(
		"initdb", postgres_initdb_argv(&arena, &programs, &cluster),
		CHILD_COMMAND, &account);
	if (supervisor_wait(&supervisor, child, 60 * CLOCK_SEC, &err) < 0)
		give_up("initdb", &err);
	if (child->status)
		give_up("initdb failed", &err);
	wait_until_ready(start(
		"postgres", postgres_server_argv(&arena, &programs, &cluster),
		CHILD_POSTGRES, &account));
}

void tests_postgres_stop(void)
{
	supervisor_end(&supervisor);
	arena_release(&arena);
}

const char *tests_postgres_database(void)
{
	struct error err = ERROR_INIT;
	/* Tests run in forks of their own: a name by count would clash. */
	const char *name = arena_printf(&arena, "t%d_%lld", getpid(),
					(long long)clock_monotonic());
	const char *maintenance =
		postgres_conninfo(&arena, &cluster, "postgres");

	if (postgres_create_database(maintenance, name, NULL, &err) < 0)
		ck_abort_msg("%s", err.message);
	return postgres_conninfo(&arena, &cluster, name);
}

const char *tests_postgres_folder(void)
{
	return arena_printf(&arena, "%s/run/data", supervisor.folder);
}
