/*
 * The compose driver with a real engine: a small submission of PostgreSQL and
 * of Python programs of a few lines. Needs an engine that answers, and the
 * images python:3.11-slim and postgres:16 (`bis images build` makes them).
 */
#include "tests/stack/stack_fixture.h"

#include "base/clock.h"
#include "base/http.h"
#include "base/path.h"
#include "stack/container_leftovers.h"
#include "stack/engine.h"
#include "stack/kept_containers.h"
#include "stack/postgres.h"
#include "stack/reaper.h"

#include <signal.h>
#include <sys/wait.h>

static struct engine engine;
static struct arena arena;

/* Its services call it `store`, `board` and `web`; board fails at its first
 * start, as a server that loses a race does. */
#define SUBMISSION \
	"services:\n" \
	"  store:\n" \
	"    image: postgres:16\n" \
	"    container_name: the-store\n" \
	"    environment: { POSTGRES_USER: lab, POSTGRES_PASSWORD: 'it''s' }\n" \
	"    ports: ['5432:5432']\n" \
	"    volumes: ['rows:/var/lib/postgresql/data']\n" \
	"  board:\n" \
	"    image: python:3.11-slim\n" \
	"    command: [python3, /code/board.py]\n" \
	"    ports: ['5000:5000']\n" \
	"    volumes: ['./code:/code:ro', './kept:/kept', 'more:/more']\n" \
	"  web:\n" \
	"    build: ./web\n" \
	"    image: same-name:latest\n" \
	"    container_name: the-web\n" \
	"    ports: ['8000:8000']\n" \
	"    depends_on: [board, store]\n" \
	"    restart: always\n" \
	"  grafana:\n" \
	"    image: no-such-image-anywhere:1\n" \
	"    ports: ['3000:3000']\n" \
	"volumes: { rows: { name: the-rows }, more: }\n" \
	"networks: { default: { name: the-network } }\n"

#define STACK \
	"bis-stack: 1\n" \
	"driver: compose\n" \
	"services:\n" \
	"  database:\n" \
	"    role: database\n" \
	"    required: true\n" \
	"    ports: [5432]\n" \
	"    ready: { database: true, within: 2m }\n" \
	"    find: [ { image: postgres } ]\n" \
	"  tracking:\n" \
	"    role: tracking\n" \
	"    ports: [5000]\n" \
	"    ready: { http: /health, within: 2m }\n" \
	"    find: [ { command: board } ]\n" \
	"  api:\n" \
	"    role: api\n" \
	"    ports: [8000]\n" \
	"    ready: { http: /, within: 2m }\n" \
	"    find: [ { name: web } ]\n" \
	"files:\n" \
	"  code: { service: tracking, any: [/nowhere/*.py, /code/*.py] }\n" \
	"actions:\n" \
	"  note:\n" \
	"    service: tracking\n" \
	"    params: [text]\n" \
	"    env: ['TEXT=${text}']\n" \
	"    run: [sh, -c, 'echo \"$$TEXT\" >/kept/note; echo $$TEXT ${code}']\n" \
	"  sleep:\n" \
	"    service: tracking\n" \
	"    run: [sleep, '77']\n" \
	"    within: 1s\n" \
	"  flood:\n" \
	"    service: tracking\n" \
	"    run: [sh, -c, 'head -c 1000000000 /dev/zero | tr \\\\000 x']\n" \
	"  restart: { restart: [api] }\n"

static const char board[] =
	"import http.server, os, sys\n"
	"if not os.path.exists('/more/started'):\n"
	"    open('/more/started', 'w').close()\n"
	"    sys.exit('lost a race')\n"
	"os.chdir('/kept')\n"
	"held = open('/kept/health', 'w')\n"
	"http.server.test(http.server.SimpleHTTPRequestHandler, port=5000)\n";

struct lab {
	struct fixture stack;
	char copy[128];
};

static void put(struct lab *lab, const char *name, const char *text)
{
	struct error err = ERROR_INIT;
	const char *path = path_join(&arena, lab->copy, name);

	ck_assert(io_make_folders(path_dirname(&arena, path), 0755,
				  &err) == 0);
	ck_assert_msg(io_write_file(path, text, strlen(text), 0644,
				    &err) == 0, "%s", err.message);
}

/* A submission whose web page says `word`. */
static void lab_init(struct lab *lab, const char *word)
{
	fixture_init(&lab->stack, STACK);
	snprintf(lab->copy, sizeof(lab->copy), "%s/copy", lab->stack.folder);
	put(lab, "compose.yaml", SUBMISSION);
	put(lab, "code/board.py", board);
	put(lab, "kept/.keep", "");
	put(lab, "web/index.html", word);
	put(lab, "web/Dockerfile", "FROM python:3.11-slim\n"
	    "COPY index.html /srv/index.html\nWORKDIR /srv\n"
	    "CMD [\"python3\", \"-m\", \"http.server\", \"8000\"]\n");
}

static int lab_up(struct lab *lab, struct error *err)
{
	const struct stack_options options = {
		.file = lab->stack.file, .submission = lab->copy,
		.arena = &lab->stack.arena,
	};

	if (stack_open(&options, &lab->stack.stack, err) < 0)
		return -1;
	return stack_up(lab->stack.stack, err);
}

static void lab_must_be_up(struct lab *lab)
{
	struct error err = ERROR_INIT;

	ck_assert_msg(lab_up(lab, &err) == 0, "%s", err.message);
}

static const char *get(const char *url)
{
	struct http_client http;
	struct http_response response;
	struct http_request request = { .url = url };
	struct error err = ERROR_INIT;

	ck_assert(http_client_init(&http, &err) == 0);
	ck_assert_msg(http_perform(&http, &request, &response, &err) == 0,
		      "%s", err.message);
	const char *text = arena_strdup(&arena, response.body.buf);
	http_response_release(&response);
	http_client_release(&http);
	return text;
}

static const char *ask(const char *const *argv)
{
	struct error err = ERROR_INIT;
	const char *out = "";

	ck_assert_msg(engine_ask(&engine, argv, &out, &err) == 0, "%s",
		      err.message);
	return out;
}

/* Everything in the engine that has a label of any run whose private folder
 * is or was below the lab's. */
static const char *left_behind(const char *token)
{
	const char *filter = arena_printf(&arena, "label=bis.run=%s", token);
	const char *const containers[] = { "ps", "-aq", "--filter", filter,
					   NULL };
	const char *const networks[] = { "network", "ls", "-q", "--filter",
					 filter, NULL };
	const char *const volumes[] = { "volume", "ls", "-q", "--filter",
					filter, NULL };

	return arena_printf(&arena, "%s%s%s", ask(containers), ask(networks),
			    ask(volumes));
}

static const char *token_of(struct lab *lab)
{
	struct folder_state state;
	struct error err = ERROR_INIT;

	ck_assert_msg(folder_state_read(stack_folder(lab->stack.stack),
					&state, &err) == 0, "%s", err.message);
	const char *token = arena_strdup(&arena, state.token);
	folder_state_release(&state);
	return token;
}

static const char *act(struct lab *lab, const char *name,
		       const char *param, const char *value, int *ret_exit)
{
	const struct action_options plain = { .timeout = 0 };
	struct action_outcome outcome;
	struct error err = ERROR_INIT;
	json_t *params = json_object();

	if (param)
		json_object_set_new(params, param, json_string(value));
	ck_assert_msg(stack_action(lab->stack.stack, name, params, &plain,
				   &outcome, &err) == 0, "%s", err.message);
	json_decref(params);
	json_decref(outcome.values);
	*ret_exit = outcome.timed_out ? -1 : outcome.exit_code;
	return arena_printf(&arena, "%s%s", outcome.out, outcome.err_text);
}

START_TEST(a_submission_comes_up_works_and_goes_without_a_trace)
{
	struct lab lab;
	int code;
	struct service_state *states;
	size_t count;
	struct error err = ERROR_INIT;

	lab_init(&lab, "one");
	lab_must_be_up(&lab);
	struct stack *stack = lab.stack.stack;
	const char *token = token_of(&lab);
	/* Roles, whatever its services are called. */
	ck_assert_str_eq(get(stack_url(stack, "api")), "one");
	ck_assert(postgres_execute(stack_database(stack, NULL),
				   "CREATE TABLE t (x int)", &err) == 0);
	/* grafana was not wanted, or it had failed. */
	ck_assert_int_eq(stack_ps(stack, &states, &count, &err), 0);
	ck_assert_uint_eq(count, 3);
	/* A command in a container; a file that was found there. */
	ck_assert_str_eq(act(&lab, "note", "text", "hello", &code),
			 "hello /code/board.py\n");
	ck_assert_int_eq(code, 0);
	/* A restart keeps the address. */
	const char *url = arena_strdup(&arena, stack_url(stack, "api"));
	act(&lab, "restart", NULL, NULL, &code);
	ck_assert_int_eq(code, 0);
	ck_assert_str_eq(url, stack_url(stack, "api"));
	ck_assert_str_eq(get(url), "one");
	ck_assert_str_eq(stack_by_hand(stack, "api"), "http://localhost:8000");
	ck_assert_str_ne(left_behind(token), "");
	fixture_release(&lab.stack);
	ck_assert_str_eq(left_behind(token), "");
}
END_TEST

/* What `bis stack ps`, `logs` and `restart` are made of. */
START_TEST(of_a_kept_stack_its_containers_are_seen)
{
	struct lab lab;
	struct kept_containers list;
	struct error err = ERROR_INIT;
	struct kept_stack kept = { .name = "kept" };
	const char *log;

	lab_init(&lab, "one");
	lab_must_be_up(&lab);
	kept.folder = stack_folder(lab.stack.stack);
	ck_assert_int_eq(folder_state_read(kept.folder, &kept.state, &err), 0);
	ck_assert_int_eq(kept_containers_list(&kept, &arena, &list, &err), 0);
	ck_assert_uint_eq(list.at.len, 3);
	ck_assert_str_eq(list.at.at[0].service, "board");
	ck_assert_str_eq(list.at.at[1].service, "store");
	ck_assert_ptr_nonnull(strstr(list.at.at[1].state, "Up"));
	ck_assert_ptr_nonnull(strstr(list.at.at[1].ports, "->5432"));
	ck_assert_int_eq(kept_container_log(&kept, &list.at.at[1], &arena,
					    &log, &err), 0);
	ck_assert_ptr_nonnull(strstr(log, "database system is ready"));
	ck_assert_msg(!kept_container_restart(&kept, &list.at.at[2], &arena,
					      &err), "%s", err.message);
	vec_release(&list.at);
	folder_state_release(&kept.state);
	fixture_release(&lab.stack);
}
END_TEST

static const char *fact(struct stack *stack, const char *name)
{
	struct fact *facts;
	size_t count;
	struct error err = ERROR_INIT;

	ck_assert_int_eq(stack_facts(stack, &facts, &count, &err), 0);
	for (size_t i = 0; i < count; i++)
		if (!strcmp(facts[i].name, name))
			return facts[i].value;
	return "";
}

START_TEST(a_service_that_ends_at_its_start_is_started_again_and_it_is_said)
{
	struct lab lab;

	lab_init(&lab, "one");
	lab_must_be_up(&lab);
	ck_assert_ptr_nonnull(strstr(fact(lab.stack.stack, "started again"),
				     "board"));
	ck_assert_str_eq(fact(lab.stack.stack, "api"), "web (name web)");
	fixture_release(&lab.stack);
}
END_TEST

/* The state "s", whose note says "before". */
static void must_be_put_back(struct stack *stack)
{
	struct error err = ERROR_INIT;

	ck_assert_msg(stack_restore(stack, "s", &err) == 0, "%s", err.message);
	ck_assert_str_eq(get(arena_printf(&arena, "%s/note",
					  stack_url(stack, "tracking"))),
			 "before\n");
}

START_TEST(the_state_is_saved_and_put_back_rows_in_their_order)
{
	struct lab lab;
	struct error err = ERROR_INIT;
	int code;

	lab_init(&lab, "one");
	lab_must_be_up(&lab);
	struct stack *stack = lab.stack.stack;
	const char *db = stack_database(stack, NULL);
	ck_assert(postgres_execute(db, "CREATE TABLE t AS SELECT g AS x FROM "
				   "generate_series(1, 9) g; UPDATE t SET x = x"
				   " WHERE x = 1", &err) == 0);
	act(&lab, "note", "text", "before", &code);
	ck_assert_msg(stack_save(stack, "s", &err) == 0, "%s", err.message);
	ck_assert(postgres_execute(db, "UPDATE t SET x = x WHERE x = 2; "
				   "DELETE FROM t WHERE x = 3", &err) == 0);
	act(&lab, "note", "text", "after", &code);
	must_be_put_back(stack);
	/* The first row is where its update put it: at the end. */
	ck_assert_msg(postgres_execute(
		stack_database(stack, NULL), "DO $$ BEGIN IF (SELECT "
		"array_agg(x) FROM t) <> '{2,3,4,5,6,7,8,9,1}' THEN RAISE "
		"'order'; END IF; END $$", &err) == 0, "%s", err.message);
	/* Its log of statements can be read back. */
	ck_assert_msg(postgres_execute(
		stack_database(stack, NULL), "DO $$ BEGIN PERFORM "
		"pg_read_file(pg_current_logfile('jsonlog')); END $$",
		&err) == 0, "%s", err.message);
	fixture_release(&lab.stack);
}
END_TEST

START_TEST(a_restore_that_fails_spoils_nothing_for_the_next)
{
	struct lab lab;
	struct error err = ERROR_INIT;
	int code;

	lab_init(&lab, "one");
	lab_must_be_up(&lab);
	struct stack *stack = lab.stack.stack;
	act(&lab, "note", "text", "before", &code);
	ck_assert_msg(stack_save(stack, "s", &err) == 0, "%s", err.message);
	ck_assert_int_lt(stack_restore(stack, "never-saved", &err), 0);
	must_be_put_back(stack);
	ck_assert_msg(postgres_execute(stack_database(stack, NULL),
				       "SELECT 1", &err) == 0, "%s",
		      err.message);
	fixture_release(&lab.stack);
}
END_TEST

START_TEST(two_with_the_same_names_run_their_own_code)
{
	struct lab one, two;

	lab_init(&one, "one");
	lab_init(&two, "two");
	lab_must_be_up(&one);
	lab_must_be_up(&two);
	ck_assert_str_eq(get(stack_url(one.stack.stack, "api")), "one");
	ck_assert_str_eq(get(stack_url(two.stack.stack, "api")), "two");
	fixture_release(&one.stack);
	ck_assert_str_eq(get(stack_url(two.stack.stack, "api")), "two");
	fixture_release(&two.stack);
}
END_TEST

START_TEST(a_command_that_takes_too_long_leaves_no_process)
{
	struct lab lab;
	int code;

	lab_init(&lab, "one");
	lab_must_be_up(&lab);
	act(&lab, "sleep", NULL, NULL, &code);
	ck_assert_int_eq(code, -1);
	const char *const list[] = {
		"ps", "-q", "--filter", arena_printf(
			&arena, "label=bis.run=%s", token_of(&lab)),
		"--filter", "label=com.docker.compose.service=board", NULL };
	const char *const top[] = { "top", ask(list), NULL };
	ck_assert_ptr_null(strstr(ask(top), "sleep 77"));
	fixture_release(&lab.stack);
}
END_TEST

/* 1 GB on one line: it is read to its end, and little of it is kept. */
START_TEST(output_without_end_is_capped)
{
	struct lab lab;
	int code;

	lab_init(&lab, "one");
	lab_must_be_up(&lab);
	const char *out = act(&lab, "flood", NULL, NULL, &code);
	ck_assert_int_eq(code, 0);
	ck_assert_uint_eq(strlen(out), 1024 * 1024);
	fixture_release(&lab.stack);
}
END_TEST

START_TEST(a_service_that_is_down_is_replaced_by_a_one_off)
{
	struct lab lab;
	int code;

	lab_init(&lab, "one");
	lab_must_be_up(&lab);
	const char *const list[] = {
		"ps", "-q", "--filter", arena_printf(
			&arena, "label=bis.run=%s", token_of(&lab)),
		"--filter", "label=com.docker.compose.service=board", NULL };
	const char *const stop[] = { "stop", "-t", "0", ask(list), NULL };
	ask(stop);
	const char *out = act(&lab, "note", "text", "still", &code);
	ck_assert_int_eq(code, 0);
	ck_assert_msg(strstr(out, "still /code/board.py"), "%s", out);
	ck_assert_ptr_nonnull(strstr(fact(lab.stack.stack,
					  "one-off container"), "board"));
	fixture_release(&lab.stack);
}
END_TEST

/* Killed by itself, its supervisor removes everything; killed with that, the
 * next start does, or bis clean. */
START_TEST(what_a_killed_run_leaves_is_removed)
{
	struct lab lab;
	struct reaped reaped;
	struct error err = ERROR_INIT;
	struct folder_state state;
	char folder[PATH_MAX], place[PATH_MAX];
	int ends[2], status;

	lab_init(&lab, "one");
	ck_assert_int_eq(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		memset(folder, 0, sizeof(folder));
		if (lab_up(&lab, &err) == 0)
			snprintf(folder, sizeof(folder), "%s",
				 stack_folder(lab.stack.stack));
		if (write(ends[1], folder, sizeof(folder)) > 0)
			pause();
		_exit(1);
	}
	ck_assert_int_eq(read(ends[0], place, sizeof(place)),
			 (ssize_t)sizeof(place));
	ck_assert_str_ne(place, "");
	ck_assert_int_eq(folder_state_read(place, &state, &err), 0);
	const char *token = arena_strdup(&arena, state.token);
	if (_i)
		kill(state.supervisor, SIGKILL);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	folder_state_release(&state);
	if (_i)
		ck_assert_str_ne(left_behind(token), "");
	for (int i = 0; !_i && i < 1200 && io_exists(place); i++)
		clock_sleep(100 * CLOCK_MSEC);
	if (_i)
		reaper_clean(&reaped);
	ck_assert_str_eq(left_behind(token), "");
	ck_assert(!io_exists(place));
	fixture_release(&lab.stack);
}
END_TEST

/* Bad input, each with what it must say. */
static const struct {
	const char *file, *text, *complaint;
} mistakes[] = {
	{ "compose.yaml", "services:\n  a: { image: b, nonsense: c }\n",
	  "refuses the Compose file" },
	{ "compose.yaml", "services:\n  store:\n    image: postgres:16\n"
	  "    privileged: true\n", "`services.store.privileged: true` is "
	  "refused" },
	{ "compose.yaml", "services:\n  store:\n    image: postgres:16\n"
	  "    env_file: .env\n", ".env" },
	{ "compose.yaml", "services:\n  a: { image: 'python:3.11-slim' }\n",
	  "no service of the Compose file is known to be the database" },
	{ "web/Dockerfile", "FROM python:3.11-slim\nRUN echo the reason; "
	  "exit 3\n", "the reason" },
	{ "web/Dockerfile", "FROM python:3.11-slim\nCOPY nowhere/ /x/\n",
	  "nowhere" },
	{ "web/Dockerfile", "FROM no-such-image-anywhere:1\n",
	  "the image no-such-image-anywhere:1 is not here and can't be "
	  "fetched" },
	/* PostgreSQL without a password refuses to start. */
	{ "compose.yaml", "services:\n  store: { image: 'postgres:16' }\n",
	  "service `store` ended as it started" },
};

START_TEST(bad_input_says_what_is_wrong)
{
	struct lab lab;
	struct error err = ERROR_INIT;

	lab_init(&lab, "one");
	put(&lab, mistakes[_i].file, mistakes[_i].text);
	ck_assert_int_eq(lab_up(&lab, &err), -1);
	ck_assert_msg(strstr(err.message, mistakes[_i].complaint), "%s",
		      err.message);
	fixture_release(&lab.stack);
}
END_TEST

/* A Compose file may not read what is outside the copy, however it asks. */
START_TEST(config_sees_nothing_but_the_copy)
{
	struct lab lab;
	struct error err = ERROR_INIT;

	lab_init(&lab, "one");
	put(&lab, ".env", "WHERE=/etc\n");
	put(&lab, "compose.yaml", "services:\n  store:\n"
	    "    image: postgres:16\n    env_file: ${WHERE}/passwd\n");
	ck_assert_int_eq(lab_up(&lab, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.message, "refuses the Compose"));
	fixture_release(&lab.stack);
}
END_TEST

START_TEST(a_build_that_hangs_is_ended)
{
	static const char *const running[] = { "ps", "--no-trunc", "--format",
					       "{{.Command}}", NULL };
	struct lab lab;
	struct error err = ERROR_INIT;

	lab_init(&lab, "one");
	ck_assert(io_write_file(lab.stack.file, STACK "build_within: 8s\n",
				strlen(STACK "build_within: 8s\n"), 0644,
				&err) == 0);
	put(&lab, "web/Dockerfile", "FROM python:3.11-slim\n"
	    "RUN echo here we are; sleep 4321\n");
	ck_assert_int_eq(lab_up(&lab, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_TIMEOUT);
	ck_assert_msg(strstr(err.message, "does not come to an end"), "%s",
		      err.message);
	ck_assert_msg(strstr(err.message, "here we are"), "%s", err.message);
	fixture_release(&lab.stack);
	for (int i = 0; i < 100 && strstr(ask(running), "sleep 4321"); i++)
		clock_sleep(100 * CLOCK_MSEC);
	ck_assert_ptr_null(strstr(ask(running), "sleep 4321"));
}
END_TEST

/* A command of the build says it in its own words, and no other day's
 * packages would help. */
START_TEST(a_build_that_fills_the_disk_says_so)
{
	struct lab lab;
	struct error err = ERROR_INIT;

	lab_init(&lab, "one");
	put(&lab, "web/Dockerfile", "FROM python:3.11-slim\n"
	    "RUN echo 'tar: No space left on device' >&2; exit 2\n");
	ck_assert_int_eq(lab_up(&lab, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_LIMIT);
	ck_assert_msg(strstr(err.message, "the disk is full"), "%s",
		      err.message);
	fixture_release(&lab.stack);
}
END_TEST

START_TEST(offline_its_ports_answer_and_nothing_gets_out)
{
	struct lab lab;
	struct error err = ERROR_INIT;

	lab_init(&lab, "one");
	const struct stack_options options = {
		.file = lab.stack.file, .submission = lab.copy,
		.arena = &lab.stack.arena, .offline_run = true,
	};
	ck_assert_int_eq(stack_open(&options, &lab.stack.stack, &err), 0);
	ck_assert_msg(stack_up(lab.stack.stack, &err) == 0, "%s",
		      err.message);
	ck_assert_str_eq(get(stack_url(lab.stack.stack, "api")), "one");
	const char *const list[] = {
		"network", "ls", "-q", "--filter", arena_printf(
			&arena, "label=bis.run=%s", token_of(&lab)), NULL };
	const char *const inspect[] = { "network", "inspect", ask(list),
					"--format", "{{json .Options}}", NULL };
	ck_assert_ptr_nonnull(strstr(ask(inspect), "\"com.docker.network.bridge."
				     "enable_ip_masquerade\":\"false\""));
	fixture_release(&lab.stack);
}
END_TEST

/* A build that only fails with the packages of one day. */
START_TEST(what_fails_on_one_day_is_tried_on_another)
{
	struct lab lab;
	struct error err = ERROR_INIT;

	lab_init(&lab, "one");
	put(&lab, "web/Dockerfile", "FROM python:3.11-slim\n"
	    "# pip install\n"
	    "RUN case $PIP_UPLOADED_PRIOR_TO in 2025-12-20*) echo broken; "
	    "exit 1;; esac\n"
	    "COPY index.html /srv/index.html\nWORKDIR /srv\n"
	    "CMD [\"python3\", \"-m\", \"http.server\", \"8000\"]\n");
	const struct stack_options options = {
		.file = lab.stack.file, .submission = lab.copy,
		.arena = &lab.stack.arena,
		.packages_as_of = "2025-12-20T00:00:00Z",
	};
	ck_assert_int_eq(stack_open(&options, &lab.stack.stack, &err), 0);
	ck_assert_msg(stack_up(lab.stack.stack, &err) == 0, "%s",
		      err.message);
	ck_assert_ptr_nonnull(strstr(fact(lab.stack.stack, "packages"),
				     "as of 2026-01-19T00:00:00Z it could"));
	fixture_release(&lab.stack);
}
END_TEST

static bool engine_is_here(const char **ret_why)
{
	static struct error err = ERROR_INIT;
	static const char *const images[] = { "python:3.11-slim",
					      "postgres:16" };

	engine = (struct engine){ .arena = &arena, .home = "/nonexistent" };
	*ret_why = err.message;
	if (engine_find(&engine, &err) < 0)
		return false;
	for (size_t i = 0; i < 2; i++) {
		const char *const argv[] = { "image", "inspect", images[i],
					     NULL };
		if (engine_ask(&engine, argv, NULL, NULL) < 0) {
			*ret_why = arena_printf(&arena, "no image %s: `bis "
						"images build`", images[i]);
			return false;
		}
	}
	return true;
}

int main(void)
{
	const char *why;
	bool here = engine_is_here(&why);

	tests_need("engine", here, why);
	Suite *suite = suite_create("stack/compose");
	TCase *tcase = tcase_create("stack/compose");

	tcase_set_timeout(tcase, 600);
	tcase_add_loop_test(tcase, bad_input_says_what_is_wrong, 0,
			    ARRAY_SIZE(mistakes));
	tcase_add_test(tcase, config_sees_nothing_but_the_copy);
	tcase_add_test(tcase, a_submission_comes_up_works_and_goes_without_a_trace);
	tcase_add_test(tcase, of_a_kept_stack_its_containers_are_seen);
	tcase_add_test(tcase, a_service_that_ends_at_its_start_is_started_again_and_it_is_said);
	tcase_add_test(tcase, the_state_is_saved_and_put_back_rows_in_their_order);
	tcase_add_test(tcase, a_restore_that_fails_spoils_nothing_for_the_next);
	tcase_add_test(tcase, two_with_the_same_names_run_their_own_code);
	tcase_add_test(tcase, a_command_that_takes_too_long_leaves_no_process);
	tcase_add_test(tcase, output_without_end_is_capped);
	tcase_add_test(tcase, a_service_that_is_down_is_replaced_by_a_one_off);
	tcase_add_loop_test(tcase, what_a_killed_run_leaves_is_removed, 0, 2);
	tcase_add_test(tcase, a_build_that_hangs_is_ended);
	tcase_add_test(tcase, a_build_that_fills_the_disk_says_so);
	tcase_add_test(tcase, offline_its_ports_answer_and_nothing_gets_out);
	tcase_add_test(tcase, what_fails_on_one_day_is_tried_on_another);
	suite_add_tcase(suite, tcase);
	return tests_run(suite);
}
