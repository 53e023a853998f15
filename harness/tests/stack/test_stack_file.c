/* Stack files with mistakes: the place, and what to write instead. */
#include "tests/stack/stack_fixture.h"

#include "stack/template.h"
#include "stack/wire.h"

#define HEAD "bis-stack: 1\ndriver: process\n"

static const struct {
	const char *text, *place, *complaint;
} mistakes[] = {
	{ "", ":1:1", "not a stack file" },
	{ "bis-stack: 2\ndriver: process\n", ":1:12", "version 1" },
	{ "bis-stack: 1\nservices: {}\n", ":1:1", "no `driver`" },
	{ "bis-stack: 1\ndriver: procss\nservices: {}\n", ":2:9",
	  "did you mean `process`?" },
	{ HEAD, ":1:1", "`services`" },
	{ HEAD "servces: {}\nservices: {}\n", ":3:1",
	  "did you mean `services`?" },
	{ HEAD "services:\n  api: { runn: [x] }\n", ":4:10",
	  "did you mean `run`?" },
	{ HEAD "services:\n  api: { role: tracker, run: [x] }\n", ":4:16",
	  "tracking" },
	{ HEAD "services:\n  api: { role: api }\n", ":4:8",
	  "either `run` or `postgres`" },
	{ HEAD "services:\n  api: { run: [] }\n", ":4:15", "empty command" },
	{ HEAD "services:\n  api: { run: [x], ready: { within: 5 } }\n",
	  ":4:37", "60s" },
	{ HEAD "services:\n  api: { run: [x, '${nothing}'] }\n", ":4:20",
	  "nothing is called `nothing` here" },
	{ HEAD "services:\n  api: { run: [x, '${port}'] }\n", ":4:20",
	  "`port`" },
	{ HEAD "services:\n  api: { run: [x, 'a$'] }\n", ":4:21", "`$$`" },
	{ HEAD "services:\n  api: { run: [x], needs: [db] }\n", ":4:27",
	  "`api` needs `db`, which is no service" },
	{ HEAD "services:\n  a: { run: [x], needs: [b] }\n"
	  "  b: { run: [x], needs: [a] }\n", ":4:6", "in a circle" },
	{ HEAD "services:\n  a: { postgres: { databases: [x] } }\n"
	  "  b: { postgres: { databases: [y] } }\n", ":5:6",
	  "second PostgreSQL" },
	{ HEAD "services:\n  a: { run: [x] }\nactions:\n  go: { within: 5s }\n",
	  ":6:7", "does nothing" },
	{ HEAD "services:\n  a: { run: [x] }\nactions:\n"
	  "  go: { run: [x, '${month}'] }\n", ":6:19", "`month`" },
	{ HEAD "services:\n  a: { run: [x] }\nactions:\n"
	  "  go: { service: b, run: [x] }\n", ":6:18",
	  "no service is called `b`" },
	{ HEAD "services:\n  a: { run: [x] }\n  a: { run: [y] }\n", ":5:3",
	  "a" },
};

START_TEST(a_mistake_is_shown_at_its_place)
{
	struct fixture f;
	struct error err = ERROR_INIT;

	fixture_init(&f, mistakes[_i].text);
	ck_assert_int_eq(fixture_open(&f, NULL, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INVALID);
	ck_assert_msg(strstr(err.message, mistakes[_i].place) &&
		      strstr(err.message, mistakes[_i].complaint),
		      "expected %s %s, got: %s", mistakes[_i].place,
		      mistakes[_i].complaint, err.message);
	fixture_release(&f);
}
END_TEST

START_TEST(parameters_and_variables_are_known_in_an_action)
{
	struct fixture f;
	struct error err = ERROR_INIT;

	fixture_init(&f, HEAD "vars: { v: 1 }\nservices:\n"
		     "  a: { role: api, run: [x, $v], ready: { tcp: true } }\n"
		     "actions:\n  go:\n    params: [p]\n"
		     "    run: [x, '${p}', '$v', '${url.a}', '${url.api}']\n"
		     "    optional: { o: [--o, '${o}'] }\n"
		     "    values: { x: '^(\\d+)$' }\n");
	ck_assert_msg(!fixture_open(&f, NULL, &err), "%s", err.message);
	ck_assert(stack_has_action(f.stack, "go"));
	ck_assert(!stack_has_action(f.stack, "stop"));
	ck_assert(stack_action_takes(f.stack, "go", "p"));
	ck_assert(stack_action_takes(f.stack, "go", "o"));
	ck_assert(!stack_action_takes(f.stack, "go", "v"));
	fixture_release(&f);
}
END_TEST

static const char *only_a(void *self, const char *name)
{
	(void)self;
	return !strcmp(name, "a.b") ? "[$a]" : !strcmp(name, "a") ? "1" : NULL;
}

START_TEST(templates_are_expanded_once)
{
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT(100);
	struct template_names names = { NULL, only_a };
	struct error err = ERROR_INIT;
	size_t offset = 0;

	ck_assert_int_eq(template_expand("x${a.b}$a.b$$a", &names, &sb, NULL,
					 &err), 0);
	ck_assert_str_eq(sb.buf, "x[$a]1.b$a");
	ck_assert_int_eq(template_expand("12${b}", &names, &sb, &offset, &err),
			 -1);
	ck_assert_uint_eq(offset, 2);
}
END_TEST

START_TEST(a_message_arrives_as_it_was_sent)
{
	struct wire_message sent = WIRE_MESSAGE(WIRE_SPAWN), got;
	struct error err = ERROR_INIT;
	const int cpus[] = { 3, 1 };
	int ends[2];

	ck_assert_int_eq(wire_pair(ends, &err), 0);
	sent.id = 7;
	sent.name = "api";
	sent.argv = (const char *const[]){ "a", "", "\xff\xfe", NULL };
	sent.env = (const char *const[]){ NULL };
	sent.cpus = cpus;
	sent.cpu_count = 2;
	sent.fds[1] = STDERR_FILENO;
	ck_assert_int_eq(wire_send(ends[0], &sent, &err), 0);
	ck_assert_int_eq(wire_receive(ends[1], &got, &err), 1);
	ck_assert_uint_eq(got.id, 7);
	ck_assert_str_eq(got.name, "api");
	ck_assert_ptr_null(got.text);
	ck_assert_ptr_null(got.cwd);
	ck_assert_str_eq(got.argv[1], "");
	ck_assert_str_eq(got.argv[2], "\xff\xfe");
	ck_assert_ptr_null(got.argv[3]);
	ck_assert_ptr_null(got.env[0]);
	ck_assert_int_eq(got.cpus[1], 1);
	ck_assert_int_eq(got.fds[0], -1);
	ck_assert_int_ge(got.fds[1], 0);
	wire_release(&got);
	close(ends[0]);
	ck_assert_int_eq(wire_receive(ends[1], &got, &err), 0);
	close(ends[1]);
}
END_TEST

START_TEST(a_command_line_that_is_too_long_is_refused)
{
	struct wire_message sent = WIRE_MESSAGE(WIRE_SPAWN);
	struct error err = ERROR_INIT;
	char *word = calloc(1, WIRE_MAX + 1);
	int ends[2];

	memset(word, 'x', WIRE_MAX);
	ck_assert_int_eq(wire_pair(ends, &err), 0);
	sent.argv = (const char *const[]){ word, NULL };
	ck_assert_int_eq(wire_send(ends[0], &sent, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_LIMIT);
	free(word);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stack/file");
	TCase *tcase = tcase_create("file");

	tcase_add_loop_test(tcase, a_mistake_is_shown_at_its_place, 0,
			    (int)ARRAY_SIZE(mistakes));
	tcase_add_test(tcase, parameters_and_variables_are_known_in_an_action);
	tcase_add_test(tcase, templates_are_expanded_once);
	tcase_add_test(tcase, a_message_arrives_as_it_was_sent);
	tcase_add_test(tcase, a_command_line_that_is_too_long_is_refused);
	suite_add_tcase(suite, tcase);
	return tests_run(suite);
}
