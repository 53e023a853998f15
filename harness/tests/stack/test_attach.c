/* Attaching to what somebody else started: read, and not changed unasked. */
#include "tests/postgres.h"
#include "tests/stack/stack_fixture.h"

#include "base/clock.h"
#include "base/subprocess.h"

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

static int free_port(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &len),
			 0);
	close(fd);
	return ntohs(address.sin_port);
}

struct other {
	struct fixture f;
	pid_t pid;
	int port;
};

/* Somebody's API, with a stack file that says where it is. */
static void begin(struct other *o, bool runs, const char *rest)
{
	struct arena arena = ARENA_INIT;

	o->port = free_port();
	fixture_init(&o->f, arena_printf(
		&arena, "bis-stack: 1\ndriver: attach\nvars: { word: hello }\n"
		"services:\n  api: { role: api, url: "
		"'http://127.0.0.1:%d', restart: ['true'] }\n%s", o->port,
		rest));
	o->pid = 0;
	if (runs) {
		const char *argv[] = {
			arena_printf(&arena, "%s/harness/tests/stack/service",
				     tests_builddir()),
			"--port", arena_printf(&arena, "%d", o->port), NULL };
		struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;
		spec.argv = argv;
		ck_assert_int_eq(subprocess_start(&spec, &o->pid, NULL), 0);
	}
	arena_release(&arena);
}

static void end(struct other *o)
{
	fixture_release(&o->f);
	if (o->pid) {
		kill(o->pid, SIGKILL);
		waitpid(o->pid, NULL, 0);
	}
}

static int up(struct other *o, bool change, struct error *err)
{
	struct stack_options options = {
		.file = o->f.file, .arena = &o->f.arena, .change = change,
	};

	if (stack_open(&options, &o->f.stack, err) < 0)
		return -1;
	return stack_up(o->f.stack, err);
}

static const char actions[] =
	"actions:\n  say: { params: [x], run: [echo, '${word}', '${x}', "
	"'${url.api}'] }\n";

START_TEST(what_runs_is_found_and_left_running)
{
	struct service_state *states;
	struct error err = ERROR_INIT;
	struct other o;
	size_t count;

	begin(&o, true, actions);
	ck_assert_msg(up(&o, false, &err) == 0, "%s", err.message);
	ck_assert(strstr(stack_url(o.f.stack, "api"), "http://127.0.0.1:"));
	ck_assert_int_eq(stack_ps(o.f.stack, &states, &count, NULL), 0);
	ck_assert(count == 1 && states[0].up);
	stack_close(o.f.stack);
	o.f.stack = NULL;
	ck_assert_int_eq(kill(o.pid, 0), 0);
	end(&o);
}
END_TEST

START_TEST(what_does_not_run_is_said)
{
	struct error err = ERROR_INIT;
	struct other o;

	begin(&o, false, actions);
	ck_assert_int_eq(up(&o, false, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_UNAVAILABLE);
	ck_assert_msg(strstr(err.message, "`api` does not answer"), "%s",
		      err.message);
	end(&o);
}
END_TEST

START_TEST(nothing_is_changed_unasked)
{
	struct action_options options = { .timeout = 0 };
	struct action_outcome outcome;
	struct error err = ERROR_INIT;
	json_t *params = json_pack("{s:s}", "x", "there");
	struct other o;

	begin(&o, true, actions);
	ck_assert_int_eq(up(&o, false, &err), 0);
	ck_assert_int_eq(stack_action(o.f.stack, "say", params, &options,
				      &outcome, &err), -1);
	ck_assert(strstr(err.message, "--change-my-stack"));
	err = (struct error)ERROR_INIT;
	ck_assert_int_eq(stack_restart(o.f.stack, "api", &err), -1);
	ck_assert(strstr(err.message, "--change-my-stack"));
	ck_assert_int_eq(stack_save(o.f.stack, "before", NULL), -1);
	json_decref(params);
	end(&o);
}
END_TEST

START_TEST(asked_for_it_runs_the_actions)
{
	struct action_options options = { .timeout = 0 };
	struct action_outcome outcome;
	struct error err = ERROR_INIT;
	json_t *params = json_pack("{s:s}", "x", "there");
	struct other o;

	begin(&o, true, actions);
	ck_assert_int_eq(up(&o, true, &err), 0);
	ck_assert_msg(stack_action(o.f.stack, "say", params, &options,
				   &outcome, &err) == 0, "%s", err.message);
	ck_assert_msg(!strncmp(outcome.out, "hello there http://127", 22),
		      "%s", outcome.out);
	ck_assert_int_eq(stack_restart(o.f.stack, "api", &err), 0);
	json_decref(outcome.values);
	json_decref(params);
	end(&o);
}
END_TEST

/* The server itself refuses to write. */
START_TEST(a_database_is_only_read_unless_asked)
{
	struct error err = ERROR_INIT;
	struct arena arena = ARENA_INIT;
	struct other o;

	begin(&o, true, arena_printf(
		&arena, "  db: { role: database, database: \"%s\" }\n",
		tests_postgres_database()));
	ck_assert_msg(up(&o, _i, &err) == 0, "%s", err.message);
	PGconn *conn = PQconnectdb(stack_database(o.f.stack, NULL));
	ck_assert_msg(PQstatus(conn) == CONNECTION_OK, "%s",
		      PQerrorMessage(conn));
	PGresult *result = PQexec(conn, "CREATE TABLE t (x integer)");
	ck_assert_int_eq(PQresultStatus(result) == PGRES_COMMAND_OK, _i);
	PQclear(result);
	PQfinish(conn);
	arena_release(&arena);
	end(&o);
}
END_TEST

static const struct {
	const char *service, *says;
} mistakes[] = {
	{ "  x: { role: tracking }\n", "either a `url` or a `database`" },
	{ "  x: { url: 'ftp://x' }\n", "no http:// address" },
	{ "  x: { url: 'http://x', run: [a] }\n", "run" },
};

START_TEST(a_mistake_in_the_file_is_shown)
{
	struct error err = ERROR_INIT;
	struct other o;

	begin(&o, false, mistakes[_i].service);
	ck_assert_int_eq(up(&o, false, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INVALID);
	ck_assert_msg(strstr(err.message, mistakes[_i].says), "%s",
		      err.message);
	end(&o);
}
END_TEST

int main(void)
{
	tests_postgres_start();
	Suite *suite = suite_create("stack/attach");
	TCase *tcase = tcase_create("attach");

	tcase_set_timeout(tcase, 120);
	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, what_runs_is_found_and_left_running);
	tcase_add_test(tcase, what_does_not_run_is_said);
	tcase_add_test(tcase, nothing_is_changed_unasked);
	tcase_add_test(tcase, asked_for_it_runs_the_actions);
	tcase_add_loop_test(tcase, a_database_is_only_read_unless_asked, 0, 2);
	tcase_add_loop_test(tcase, a_mistake_in_the_file_is_shown, 0, 3);
	int code = tests_run(suite);
	tests_postgres_stop();
	return code;
}
