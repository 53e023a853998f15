#include "config.h"

#include "scenario/evaluator.h"
#include "scenario/jq_terms.h"
#include "tests/test.h"
#include "tables.h"

#include "base/io.h"
#include "base/strbuf.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static struct arena arena;
static struct error err;
static struct scenario *scenario;
static struct evaluator *evaluator;
static json_t *vars;

/* A scenario whose expectations are these, loaded and its evaluator started.
 * The text is JSON, which is YAML. */
static int load(const char *const *expressions, size_t count)
{
	static const char capture[] = "later: 1";
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	char path[] = "/tmp/bis-test-XXXXXX";
	int fd = mkstemp(path), rc;

	ck_assert_int_ge(fd, 0);
	strbuf_addf(&text, "bis: 1\ntitle: t\nvars: { as_of: 2024-01-31, "
		    "seed: 42 }\nexercises:\n  - id: e\n    title: e\n"
		    "    steps:\n      - { id: s0, http: { service: x }, "
		    "capture: { %s, names: 1 } }\n      - id: s\n"
		    "        http: { service: x }\n        expect:\n", capture);
	for (size_t i = 0; i < count; i++) {
		json_t *json = json_string(expressions[i]);
		char *quoted = json_dumps(json, JSON_ENCODE_ANY);

		strbuf_addf(&text, "          - %s\n", quoted);
		free(quoted);
		json_decref(json);
	}
	ck_assert_int_eq(io_write_all(fd, text.buf, text.len, NULL), 0);
	close(fd);
	strbuf_release(&text);
	evaluator_stop(evaluator);
	evaluator = NULL;
	scenario_release(scenario);
	scenario = NULL;
	json_decref(vars);
	vars = json_pack("{s:s, s:i, s:[s, s]}", "as_of", "2024-01-31", "seed",
			 42, "names", "auc", "f1");
	err = (struct error)ERROR_INIT;
	rc = scenario_load(path, &test_tables, NULL, 0, NULL, &arena,
			   &scenario, &err);
	unlink(path);
	if (rc == 0)
		rc = evaluator_start(scenario, &evaluator, &err);
	return rc;
}

static struct expression_outcome check(size_t which, const char *input)
{
	struct expression_outcome outcome;
	json_t *json = json_loads(input, JSON_DECODE_ANY, NULL);

	ck_assert_msg(json != NULL, "%s", input);
	ck_assert_msg(evaluator_check(evaluator, &scenario_step(scenario, "s")
					      ->expect.at[which],
				      json, vars, &arena, &outcome, &err) == 0,
		      "%s", err.message);
	json_decref(json);
	return outcome;
}

/* --------------------------------------------------- doc/expressions.md */

struct row {
	char expression[200], input[200], outcome[300];
};

/* The text between backquotes, "\|" read as "|"; where there are none, as it
 * is. Gives what follows the cell. */
static const char *read_cell(const char *p, char *buf, size_t size)
{
	size_t n = 0, len = 0;

	p += strspn(p, " ");
	for (; p[n] && p[n] != '\n' && !(p[n] == '|'); n++) {
		n += p[n] == '\\' && p[n + 1] == '|';
		ck_assert_uint_lt(len, size - 1);
		buf[len++] = p[n];
	}
	while (len && buf[len - 1] == ' ')
		len--;
	buf[len] = '\0';
	return p[n] == '|' ? p + n + 1 : p + n;
}

static void strip_backquotes(char *text)
{
	size_t len = strlen(text);

	ck_assert_msg(len > 2 && text[0] == '`' && text[len - 1] == '`', "%s",
		      text);
	memmove(text, text + 1, len - 2);
	text[len - 2] = '\0';
}

static size_t read_table(struct row *rows, size_t most)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	char path[4096];
	size_t count = 0;

	snprintf(path, sizeof(path), "%s/doc/expressions.md", tests_srcdir());
	ck_assert_int_eq(io_read_file(path, &text, NULL), 0);
	const char *p = strstr(text.buf, "|---|---|---|\n");
	ck_assert_ptr_nonnull(p);
	p = strchr(p, '\n') + 1;
	while (*p == '|' && count < most) {
		struct row *r = &rows[count++];

		p = read_cell(p + 1, r->expression, sizeof(r->expression));
		p = read_cell(p, r->input, sizeof(r->input));
		p = read_cell(p, r->outcome, sizeof(r->outcome));
		strip_backquotes(r->expression);
		strip_backquotes(r->input);
		p = strchr(p, '\n') + 1;
	}
	strbuf_release(&text);
	return count;
}

static bool is_refused(const struct row *r)
{
	return !strncmp(r->outcome, "refused: ", 9);
}

static const char *outcome_text(const struct expression_outcome *o)
{
	switch (o->state) {
	case EXPRESSION_TRUE:
		return "true";
	case EXPRESSION_FALSE:
		return "false";
	case EXPRESSION_MISSING:
		return o->complaint;
	case EXPRESSION_NOT_BOOLEAN:
		return arena_printf(&arena, "not boolean: %s", o->complaint);
	case EXPRESSION_FAILED:
		return arena_printf(&arena, "error: %s", o->complaint);
	case EXPRESSION_TOO_LONG:
		return o->complaint;
	}
	return "?";
}

START_TEST(every_row_of_the_documentation_holds)
{
	static struct row rows[100];
	const char *good[100];
	size_t count = read_table(rows, 100), n = 0, which = 0;

	ck_assert_uint_ge(count, 40);
	for (size_t i = 0; i < count; i++)
		if (!is_refused(&rows[i]))
			good[n++] = rows[i].expression;
	ck_assert_msg(load(good, n) == 0, "%s", err.message);
	for (size_t i = 0; i < count; i++) {
		if (is_refused(&rows[i]))
			continue;
		struct expression_outcome o = check(which++, rows[i].input);
		ck_assert_msg(!strcmp(outcome_text(&o), rows[i].outcome),
			      "%s of %s: %s", rows[i].expression,
			      rows[i].input, outcome_text(&o));
	}
	for (size_t i = 0; i < count; i++) {
		const char *refused = rows[i].expression;

		if (!is_refused(&rows[i]))
			continue;
		ck_assert_int_eq(load(&refused, 1), -1);
		ck_assert_msg(strstr(err.message, rows[i].outcome + 9) != NULL,
			      "%s: %s", refused, err.message);
		ck_assert_int_eq(err.kind, ERROR_INVALID);
	}
}
END_TEST

START_TEST(what_was_there_is_shown)
{
	static const char *const expressions[] = {
		".metrics.auc < 0.9 and .status == $seed", "length == 3",
	};
	struct expression_outcome o;

	ck_assert_int_eq(load(expressions, 2), 0);
	o = check(0, "{\"metrics\": {\"val_auc\": 0.8, \"f1\": 1}, "
		     "\"status\": \"starting\"}");
	ck_assert_int_eq(o.state, EXPRESSION_MISSING);
	ck_assert_str_eq(o.missing, ".metrics.auc");
	ck_assert_str_eq(o.actual, ".metrics has val_auc, f1\n"
				   ".status = \"starting\"\n$seed = 42");
	o = check(0, "{\"metrics\": {\"auc\": 0.95}, \"status\": 42}");
	ck_assert_int_eq(o.state, EXPRESSION_FALSE);
	ck_assert_ptr_null(o.complaint);
	ck_assert_str_eq(o.actual,
			 ".metrics.auc = 0.95\n.status = 42\n$seed = 42");
	o = check(1, "[1, 2]");
	ck_assert_str_eq(o.actual, ". = [1,2]");
}
END_TEST

START_TEST(an_expression_without_end_is_ended_and_the_next_one_answers)
{
	static const char *const expressions[] = {
		"def f: f; f", ".a == 1",
	};
	struct expression_outcome o;

	ck_assert_int_eq(load(expressions, 2), 0);
	ck_assert_int_eq(check(1, "{\"a\": 1}").state, EXPRESSION_TRUE);
	evaluator_set_deadline(evaluator, 200 * CLOCK_MSEC);
	o = check(0, "{}");
	ck_assert_int_eq(o.state, EXPRESSION_TOO_LONG);
	ck_assert_str_eq(o.complaint, "took longer than 200 ms");
	evaluator_set_deadline(evaluator, EVALUATOR_DEADLINE);
	ck_assert_int_eq(check(1, "{\"a\": 1}").state, EXPRESSION_TRUE);
	ck_assert_int_eq(check(1, "{\"a\": 2}").state, EXPRESSION_FALSE);
}
END_TEST

START_TEST(an_expression_that_eats_memory_is_ended)
{
#ifndef WITH_SANITIZERS
	static const char *const expressions[] = {
		"[limit(100000000; repeat(\"xxxxxxxxxxxxxxxx\" * 100000 + "
		"(. | tostring)))] | length > 1",
		".a == 1",
	};
	struct expression_outcome o;

	ck_assert_msg(load(expressions, 2) == 0, "%s", err.message);
	evaluator_set_deadline(evaluator, 60 * CLOCK_SEC);
	o = check(0, "{}");
	ck_assert_int_eq(o.state, EXPRESSION_TOO_LONG);
	ck_assert_str_eq(o.complaint,
			 "took more memory than it may have, or broke jq");
	ck_assert_int_eq(check(1, "{\"a\": 1}").state, EXPRESSION_TRUE);
#endif
}
END_TEST

START_TEST(a_value_nested_without_end_does_not_bring_us_down)
{
	static const char *const expressions[] = {
		"reduce range(3000) as $i (0; [.]) == 1", ".a == 1",
	};
	struct strbuf deep = STRBUF_INIT(STRBUF_TEXT);

	ck_assert_int_eq(load(expressions, 2), 0);
	ck_assert_int_eq(check(0, "{}").state, EXPRESSION_FALSE);
	strbuf_addstr(&deep, "{\"a\":");
	strbuf_addchars(&deep, '[', 1500);
	strbuf_addchars(&deep, ']', 1500);
	strbuf_addch(&deep, '}');
	/* jq 1.6 reads 256 levels, later ones 10 000. */
	enum expression_state state = check(1, deep.buf).state;
	ck_assert(state == EXPRESSION_FAILED || state == EXPRESSION_FALSE);
	ck_assert_int_eq(check(1, "{\"a\": 1}").state, EXPRESSION_TRUE);
	strbuf_release(&deep);
}
END_TEST

static int value_of(size_t which, const char *input, json_t **ret)
{
	json_t *json = json_loads(input, JSON_DECODE_ANY, NULL);
	int rc = evaluator_value(evaluator,
				 &scenario_step(scenario, "s")->expect.at[which],
				 json, vars, ret, &err);

	json_decref(json);
	return rc;
}

START_TEST(a_capture_is_exactly_one_value)
{
	static const char *const expressions[] = {
		".a", ".a[]", ".a | error", "{x: .a, y: $as_of}",
	};
	json_t *value = NULL;

	ck_assert_int_eq(load(expressions, 4), 0);
	ck_assert_int_eq(value_of(3, "{\"a\": [1, 0.1, null, \"é\"]}", &value),
			 0);
	char *text = json_dumps(value, JSON_COMPACT);
	ck_assert_str_eq(text, "{\"x\":[1,0.10000000000000001,null,\"é\"],"
			       "\"y\":\"2024-01-31\"}");
	free(text);
	json_decref(value);
	ck_assert_int_eq(value_of(0, "{\"a\": null}", &value), 0);
	ck_assert(json_is_null(value));
	ck_assert_int_eq(value_of(0, "{\"b\": 1}", &value), -1);
	ck_assert_str_eq(err.message, ".a: missing .a, the value has b");
	ck_assert_int_eq(value_of(1, "{\"a\": [1, 2]}", &value), -1);
	ck_assert_str_eq(err.message, ".a[]: gave several values");
	ck_assert_int_eq(value_of(1, "{\"a\": []}", &value), -1);
	ck_assert_str_eq(err.message, ".a[]: gave nothing");
	ck_assert_int_eq(value_of(2, "{\"a\": \"no\"}", &value), -1);
	ck_assert_str_eq(err.message, ".a | error: no");
	ck_assert_int_eq(err.kind, ERROR_INVALID);
}
END_TEST

/* The evaluator's process: our only child. */
static pid_t child_pid(void)
{
	char path[64], text[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children",
		 (int)getpid());
	f = fopen(path, "r");
	if (!f || !fgets(text, sizeof(text), f))
		text[0] = '\0';
	if (f)
		fclose(f);
	return (pid_t)atoi(text);
}

START_TEST(the_child_has_no_files_of_ours)
{
	static const char *const expressions[] = { ".a == 1" };
	char path[64];
	size_t open_files = 0;
	struct dirent *entry;
	int fd = open("/etc/passwd", O_RDONLY);

	ck_assert_int_eq(load(expressions, 1), 0);
	ck_assert_int_eq(check(0, "{\"a\": 1}").state, EXPRESSION_TRUE);
	pid_t pid = child_pid();
	if (pid == 0)
		return; /* a kernel without that file */
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	DIR *dir = opendir(path);
	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL)
		open_files += entry->d_name[0] != '.';
	closedir(dir);
	/* /dev/null three times, and the socket. */
	ck_assert_uint_eq(open_files, 4);
	close(fd);
}
END_TEST

START_TEST(a_killed_child_is_started_again)
{
	static const char *const expressions[] = { ".a == 1" };
	enum expression_state state;

	ck_assert_int_eq(load(expressions, 1), 0);
	ck_assert_int_eq(check(0, "{\"a\": 1}").state, EXPRESSION_TRUE);
	pid_t pid = child_pid();
	if (pid == 0)
		return;
	kill(pid, SIGKILL);
	/* The answer that it died over is lost, and said to be. */
	state = check(0, "{\"a\": 1}").state;
	ck_assert(state == EXPRESSION_TOO_LONG || state == EXPRESSION_TRUE);
	ck_assert_int_eq(check(0, "{\"a\": 1}").state, EXPRESSION_TRUE);
}
END_TEST

START_TEST(the_child_ends_with_its_parent)
{
	static const char *const expressions[] = { "def f: f; f", "true" };
	int tell[2];
	pid_t child = 0;

	ck_assert_int_eq(pipe(tell), 0);
	pid_t parent = fork();
	if (parent == 0) {
		if (load(expressions, 2) == 0) {
			child = child_pid();
			if (write(tell[1], &child, sizeof(child)) < 0)
				_exit(1);
			/* It never answers this. */
			evaluator_set_deadline(evaluator, 60 * CLOCK_SEC);
			check(0, "{}");
		}
		_exit(0);
	}
	close(tell[1]);
	ck_assert_int_eq(read(tell[0], &child, sizeof(child)),
			 (int)sizeof(child));
	if (child == 0)
		return;
	kill(parent, SIGKILL);
	waitpid(parent, NULL, 0);
	/* Gone, or waiting to be reaped by init: never running. */
	for (int i = 0; i < 2000; i++) {
		char path[64], text[200] = "";
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%d/stat", (int)child);
		f = fopen(path, "r");
		if (!f)
			return;
		char *line = fgets(text, sizeof(text), f);
		fclose(f);
		if (!line || strstr(text, ") Z ") || strstr(text, ") X "))
			return;
		clock_sleep(5 * CLOCK_MSEC);
	}
	kill(child, SIGKILL);
	ck_abort_msg("the evaluator outlived its parent");
}
END_TEST

TESTS_MAIN("scenario/evaluator", every_row_of_the_documentation_holds,
	   what_was_there_is_shown,
	   an_expression_without_end_is_ended_and_the_next_one_answers,
	   an_expression_that_eats_memory_is_ended,
	   a_value_nested_without_end_does_not_bring_us_down,
	   a_capture_is_exactly_one_value,
	   the_child_has_no_files_of_ours,
	   a_killed_child_is_started_again, the_child_ends_with_its_parent)
