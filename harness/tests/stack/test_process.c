#include "tests/stack/stack_fixture.h"

#include "base/clock.h"
#include "base/http.h"
#include "base/interrupt.h"

#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>

static struct action_outcome act(struct stack *stack, const char *name,
				 const char *param, const char *value)
{
	struct action_outcome outcome;
	struct error err = ERROR_INIT;
	json_t *params = json_object();

	if (param)
		json_object_set_new(params, param, json_string(value));
	ck_assert_msg(!stack_action(stack, name, params, NULL, &outcome, &err),
		      "%s", err.message);
	json_decref(params);
	return outcome;
}

static bool answers(const char *url)
{
	struct http_client client;
	struct http_response response;
	struct http_request request = { .url = url };
	bool ok;

	http_client_init(&client, NULL);
	ok = http_perform(&client, &request, &response, NULL) == 0;
	if (ok)
		http_response_release(&response);
	http_client_release(&client);
	return ok;
}

static int sql(struct stack *stack, const char *text)
{
	return postgres_execute(stack_database(stack, NULL), text, NULL);
}

START_TEST(services_are_found_by_role_and_are_gone_afterwards)
{
	struct fixture f;
	char url[64], folder[128];

	fixture_init(&f, TWO_SERVICES);
	fixture_up(&f);
	ck_assert_str_eq(stack_service(f.stack, "database"), "postgres");
	ck_assert_ptr_null(stack_url(f.stack, "tracking"));
	snprintf(url, sizeof(url), "%s", stack_url(f.stack, "api"));
	snprintf(folder, sizeof(folder), "%s", stack_folder(f.stack));
	ck_assert(answers(url));
	ck_assert_int_eq(sql(f.stack, "SELECT 1"), 0);
	ck_assert_ptr_nonnull(stack_database(f.stack, "tracking"));
	ck_assert_ptr_null(stack_database(f.stack, "nothing"));
	stack_close(f.stack);
	f.stack = NULL;
	ck_assert(!answers(url));
	ck_assert(!io_exists(folder));
	fixture_release(&f);
}
END_TEST

START_TEST(an_action_gives_its_output_and_values)
{
	struct fixture f;

	fixture_init(&f, TWO_SERVICES);
	fixture_up(&f);
	struct action_outcome o = act(f.stack, "show", "what", "it");
	ck_assert_int_eq(o.exit_code, 0);
	ck_assert_str_eq(o.out, "found=it \n20\n");
	ck_assert_str_eq(json_string_value(json_object_get(o.values, "found")),
			 "it");
	ck_assert_str_eq(json_string_value(json_object_get(o.values, "users")),
			 "20");
	json_decref(o.values);
	o = act(f.stack, "nothing", NULL, NULL);
	ck_assert(!o.known);
	fixture_release(&f);
}
END_TEST

START_TEST(optional_words_appear_only_with_their_parameter)
{
	struct fixture f;
	struct action_outcome o;
	struct error err = ERROR_INIT;

	fixture_init(&f, TWO_SERVICES);
	fixture_up(&f);
	ck_assert(stack_action_takes(f.stack, "show", "seed"));
	ck_assert(!stack_action_takes(f.stack, "show", "threads"));
	json_t *params = json_pack("{s:s, s:i}", "what", "it", "seed", 7);
	ck_assert_int_eq(stack_action(f.stack, "show", params, NULL, &o, &err),
			 0);
	ck_assert_str_eq(o.out, "found=it --seed 7\n20\n");
	json_decref(o.values);
	json_object_set_new(params, "threads", json_integer(1));
	ck_assert_int_eq(stack_action(f.stack, "show", params, NULL, &o, &err),
			 -1);
	ck_assert_ptr_nonnull(strstr(err.message, "threads"));
	json_decref(params);
	fixture_release(&f);
}
END_TEST

START_TEST(variables_of_the_scenario_win)
{
	struct fixture f;
	struct error err = ERROR_INIT;
	json_t *vars = json_pack("{s:i, s:s}", "users", 7, "other", "x");

	fixture_init(&f, TWO_SERVICES);
	ck_assert_int_eq(fixture_open(&f, vars, &err), 0);
	ck_assert_msg(!stack_up(f.stack, &err), "%s", err.message);
	struct action_outcome o = act(f.stack, "show", "what", "it");
	ck_assert_str_eq(json_string_value(json_object_get(o.values, "users")),
			 "7");
	json_decref(o.values);
	json_decref(vars);
	fixture_release(&f);
}
END_TEST

static void put(struct stack *stack, const char *text)
{
	json_decref(act(stack, "put", "text", text).values);
}

static bool artifact_is(struct stack *stack, const char *text)
{
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT(100);
	char path[256];

	snprintf(path, sizeof(path), "%s/run/state/artifacts/file",
		 stack_folder(stack));
	ck_assert_int_eq(io_read_file(path, &sb, NULL), 0);
	strbuf_rtrim(&sb);
	return !strcmp(sb.buf, text);
}

START_TEST(a_saved_state_comes_back_databases_and_folders)
{
	struct fixture f;
	struct error err = ERROR_INIT;
	char url[64];

	fixture_init(&f, TWO_SERVICES);
	fixture_up(&f);
	snprintf(url, sizeof(url), "%s", stack_url(f.stack, "api"));
	ck_assert_int_eq(sql(f.stack, "CREATE TABLE t AS SELECT 1 AS a"), 0);
	put(f.stack, "before");
	ck_assert_msg(!stack_save(f.stack, "clean", &err), "%s", err.message);
	ck_assert_msg(!stack_wake(f.stack, &err), "%s", err.message);
	ck_assert(answers(url));
	for (int again = 0; again < 2; again++) {
		ck_assert_int_eq(sql(f.stack, "DROP TABLE t"), 0);
		put(f.stack, "after");
		ck_assert_msg(!stack_restore(f.stack, "clean", &err), "%s",
			      err.message);
		ck_assert_int_eq(sql(f.stack, "SELECT a FROM t"), 0);
		ck_assert(artifact_is(f.stack, "before"));
		ck_assert_msg(!stack_wake(f.stack, &err), "%s", err.message);
		ck_assert(answers(url));
		/* The sessions that copied are gone; others will copy. */
		ck_assert_int_eq(stack_restart(f.stack, "database", NULL), 0);
	}
	ck_assert_int_eq(stack_restore(f.stack, "other", &err), -1);
	fixture_release(&f);
}
END_TEST

static long pid_of(struct stack *stack, const char *name)
{
	struct service_state *states;
	size_t count;

	ck_assert_int_eq(stack_ps(stack, &states, &count, NULL), 0);
	for (size_t i = 0; i < count; i++)
		if (!strcmp(states[i].name, name))
			return states[i].pid;
	return -1;
}

START_TEST(a_restart_is_another_process_at_the_same_address)
{
	struct fixture f;
	char url[64];

	fixture_init(&f, TWO_SERVICES);
	fixture_up(&f);
	snprintf(url, sizeof(url), "%s", stack_url(f.stack, "api"));
	long api = pid_of(f.stack, "api"), server = pid_of(f.stack, "postgres");
	json_decref(act(f.stack, "restart", NULL, NULL).values);
	ck_assert_int_ne(pid_of(f.stack, "api"), api);
	ck_assert_int_eq(pid_of(f.stack, "postgres"), server);
	ck_assert_str_eq(stack_url(f.stack, "api"), url);
	ck_assert(answers(url));
	/* PostgreSQL keeps what it holds, and who needs it comes along. */
	ck_assert_int_eq(sql(f.stack, "CREATE TABLE t AS SELECT 1"), 0);
	api = pid_of(f.stack, "api");
	ck_assert_int_eq(stack_restart(f.stack, "database", NULL), 0);
	ck_assert_int_ne(pid_of(f.stack, "postgres"), server);
	ck_assert_int_ne(pid_of(f.stack, "api"), api);
	ck_assert_int_eq(sql(f.stack, "SELECT * FROM t"), 0);
	fixture_release(&f);
}
END_TEST

START_TEST(statements_can_be_read_back_from_the_log)
{
	_cleanup_(strbuf_release) struct strbuf log = STRBUF_INIT(STRBUF_TEXT);
	struct fixture f;
	int64_t offset = 0;

	fixture_init(&f, TWO_SERVICES);
	fixture_up(&f);
	ck_assert_int_eq(stack_log(f.stack, "database", &offset, &log, NULL),
			 0);
	strbuf_reset(&log);
	ck_assert_int_eq(sql(f.stack, "ALTER DATABASE app SET log_statement"
			     " = 'all'"), 0);
	ck_assert_int_eq(sql(f.stack, "SELECT 'needle'"), 0);
	int64_t deadline = clock_monotonic() + 30 * CLOCK_SEC;
	while (!strstr(log.buf, "needle") && clock_monotonic() < deadline) {
		clock_sleep(CLOCK_MSEC);
		stack_log(f.stack, "database", &offset, &log, NULL);
	}
	ck_assert_ptr_nonnull(strstr(log.buf, "SELECT 'needle'"));
	fixture_release(&f);
}
END_TEST

#define ALONE(service) \
	"bis-stack: 1\ndriver: process\nprograms: { service: service }\n" \
	"services:\n  api:\n    role: api\n" service

START_TEST(a_service_that_dies_is_named_with_its_last_lines)
{
	struct error err = fixture_fails(ALONE(
		"    run: [service, --die, 'no model']\n"
		"    ready: { tcp: true }\n"));

	ck_assert_msg(strstr(err.message, "service `api` ended") &&
		      strstr(err.message, "exit 3") && strstr(err.message, "no model"),
		      "%s", err.message);
}
END_TEST

START_TEST(without_one_that_may_end_the_others_go_on)
{
	struct fixture f;

	fixture_init(&f, ALONE(
		"    may_end: true\n"
		"    run: [service, --die, 'no model']\n"
		"    ready: { tcp: true }\n"
		"  other:\n    role: features\n"
		"    run: [service, --port, '${port}']\n"
		"    ready: { tcp: true }\n"));
	fixture_up(&f);
	ck_assert(answers(stack_url(f.stack, "other")));
	ck_assert(!answers(stack_url(f.stack, "api")));
	fixture_release(&f);
}
END_TEST

START_TEST(one_that_never_answers_names_the_probe)
{
	struct error err = fixture_fails(ALONE(
		"    run: [service, --port, '${port}', --deaf]\n"
		"    ready: { http: /health, within: 300ms }\n"));

	ck_assert_msg(strstr(err.message, "GET http://127.0.0.1:") &&
		      strstr(err.message, "/health") && strstr(err.message, "300 ms"),
		      "%s", err.message);
}
END_TEST

START_TEST(a_taken_port_is_said_before_anything_starts)
{
	struct fixture f;
	char text[512];

	fixture_init(&f, ALONE("    run: [service, --port, '${port}']\n"
			       "    ready: { http: /health }\n"));
	fixture_up(&f);
	int port = atoi(strrchr(stack_url(f.stack, "api"), ':') + 1);
	snprintf(text, sizeof(text), ALONE(
			 "    port: %d\n"
			 "    run: [service, --port, '${port}']\n"
			 "    ready: { http: /health }\n"), port);
	struct error err = fixture_fails(text);
	ck_assert_msg(strstr(err.message, "already taken"), "%s", err.message);
	fixture_release(&f);
}
END_TEST

START_TEST(strays_and_stubborn_ones_end_too)
{
	struct fixture f;
	char command[128];

	fixture_init(&f, ALONE(
		"    run: [service, --port, '${port}', --stray, --stubborn]\n"
		"    ready: { http: /health }\n"));
	fixture_up(&f);
	/* The copied program's path is in the private folder. */
	snprintf(command, sizeof(command), "%s", stack_folder(f.stack));
	stack_close(f.stack);
	f.stack = NULL;
	ck_assert(!io_exists(command));
	fixture_release(&f);
}
END_TEST

START_TEST(a_program_that_is_nowhere_is_named)
{
	struct error err = fixture_fails(
		"bis-stack: 1\ndriver: process\n"
		"programs: { thing: no-such-program-here }\n"
		"services:\n  api: { run: [thing] }\n");

	ck_assert_msg(strstr(err.message, "no-such-program-here"), "%s", err.message);
}
END_TEST

START_TEST(commands_obey_deadline_and_processors)
{
	struct fixture f;
	struct error err = ERROR_INIT;
	struct subprocess_result r;
	int first = 0;

	fixture_init(&f, ALONE("    run: [service, --port, '${port}']\n"
			       "    ready: { http: /health }\n"));
	fixture_up(&f);
	struct stack_command command = {
		.argv = (const char *const[]){ "sh", "-c",
			"echo begun; sleep 600", NULL },
		.timeout = 200 * CLOCK_MSEC,
	};
	ck_assert_int_eq(stack_run(f.stack, &command, &r, &err), 0);
	ck_assert(r.timed_out);
	ck_assert_str_eq(r.out.buf, "begun\n");
	subprocess_result_release(&r);
	cpu_set_t ours;
	sched_getaffinity(0, sizeof(ours), &ours);
	while (!CPU_ISSET((size_t)first, &ours))
		first++;
	command = (struct stack_command){
		.argv = (const char *const[]){ "nproc", NULL },
		.cpus = &first, .cpu_count = 1,
	};
	ck_assert_int_eq(stack_run(f.stack, &command, &r, &err), 0);
	ck_assert_str_eq(r.out.buf, "1\n");
	subprocess_result_release(&r);
	command = (struct stack_command){
		.argv = (const char *const[]){ "sh", "-c", "echo $A; id -u",
			NULL },
		.env = (const char *const[]){ "A=given", NULL },
	};
	ck_assert_int_eq(stack_run(f.stack, &command, &r, &err), 0);
	ck_assert(!strncmp(r.out.buf, "given\n", 6));
	ck_assert_str_ne(r.out.buf, "given\n0\n");
	subprocess_result_release(&r);
	fixture_release(&f);
}
END_TEST

/* Makes what libfaketime makes, says which, and ends as told. */
static void expect_no_faketime_memory(struct fixture *f, const char *end,
				      int signal)
{
	struct subprocess_result r;
	struct error err = ERROR_INIT;
	char script[200], path[64];
	long pid = 0;
	const struct stack_command command = {
		.argv = (const char *const[]){ "sh", "-c", script, NULL },
	};

	snprintf(script, sizeof(script), "touch /dev/shm/faketime_shm_$$ "
		 "/dev/shm/sem.faketime_sem_$$; echo $$; %s", end);
	ck_assert_int_eq(stack_run(f->stack, &command, &r, &err), 0);
	ck_assert_int_eq(r.signal, signal);
	ck_assert_int_eq(sscanf(r.out.buf, "%ld", &pid), 1);
	subprocess_result_release(&r);
	snprintf(path, sizeof(path), "/dev/shm/faketime_shm_%ld", pid);
	ck_assert_int_ne(access(path, F_OK), 0);
	snprintf(path, sizeof(path), "/dev/shm/sem.faketime_sem_%ld", pid);
	ck_assert_int_ne(access(path, F_OK), 0);
}

START_TEST(what_libfaketime_keeps_of_a_command_goes)
{
	struct fixture f;

	fixture_init(&f, TWO_SERVICES);
	fixture_up(&f);
	expect_no_faketime_memory(&f, "kill -9 $$", SIGKILL);
	expect_no_faketime_memory(&f, "exec true", 0);
	fixture_release(&f);
}
END_TEST

START_TEST(without_postgresql_the_command_that_installs_it_is_named)
{
	setenv("BIS_PG_CONFIG", "/nonexistent/pg_config", 1);
	struct error err = fixture_fails(TWO_SERVICES);

	ck_assert_msg(strstr(err.message, "apt-get install postgresql"), "%s",
		      err.message);
}
END_TEST

/* A device of 2 MiB, in a mount namespace that only this test sees. */
START_TEST(a_full_device_is_said_and_nothing_stays)
{
	struct fixture f;
	struct error err = ERROR_INIT;

	fixture_init(&f, TWO_SERVICES);
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", f.folder, "tmpfs", 0, "size=2m,mode=755") < 0 ||
	    mount("none", "/dev/shm", "tmpfs", 0, "size=2m") < 0) {
		printf("SKIP: no mount namespace here: a full device\n");
		fixture_release(&f);
		return;
	}
	ck_assert(!io_write_file(f.file, TWO_SERVICES, strlen(TWO_SERVICES),
				 0644, &err));
	ck_assert_int_eq(fixture_open(&f, NULL, &err), 0);
	ck_assert_int_eq(stack_up(f.stack, &err), -1);
	/* In the words of whoever comes to its end: PostgreSQL has both. */
	ck_assert_msg(strstr(err.message, "No space left on device") ||
		      strstr(err.message, "Check free disk space"), "%s",
		      err.message);
	DIR *dir = opendir(f.folder);
	struct dirent *entry;
	while ((entry = readdir(dir)))
		ck_assert_msg(strncmp(entry->d_name, "bis-", 4), "%s stays",
			      entry->d_name);
	closedir(dir);
	umount(f.folder);
	fixture_release(&f);
}
END_TEST

static int run_tests(void);
TESTS_MAIN_NAMED(run_tests, "stack/process",
		 services_are_found_by_role_and_are_gone_afterwards,
		 an_action_gives_its_output_and_values,
		 optional_words_appear_only_with_their_parameter,
		 variables_of_the_scenario_win,
		 a_saved_state_comes_back_databases_and_folders,
		 a_restart_is_another_process_at_the_same_address,
		 statements_can_be_read_back_from_the_log,
		 a_service_that_dies_is_named_with_its_last_lines,
		 without_one_that_may_end_the_others_go_on,
		 one_that_never_answers_names_the_probe,
		 a_taken_port_is_said_before_anything_starts,
		 strays_and_stubborn_ones_end_too,
		 a_program_that_is_nowhere_is_named,
		 commands_obey_deadline_and_processors,
		 what_libfaketime_keeps_of_a_command_goes,
		 without_postgresql_the_command_that_installs_it_is_named,
		 a_full_device_is_said_and_nothing_stays)

int main(void)
{
	fixture_need_postgres();
	return run_tests();
}
