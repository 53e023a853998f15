#include "scenario/evaluator.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "scenario/evaluator_child.h"
#include "scenario/jq_terms.h"
#include "scenario/jq_syntax.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct evaluator {
	const struct scenario *scenario;
	struct strbuf program;
	int64_t deadline; /* for one answer */
	pid_t pid;        /* 0: not running */
	int fd;
};

enum exchange_result { EXCHANGE_DONE, EXCHANGE_LATE, EXCHANGE_DIED };

/* -------------------------------------------------------------- the program */

static void add_names(struct strbuf *sb, const struct scenario *s)
{
	const char *key, *separator = "";
	json_t *value;

	if (json_object_size(s->vars) + s->capture_names.len == 0)
		return;
	strbuf_addstr(sb, ".vars as {");
	json_object_foreach(s->vars, key, value) {
		strbuf_addf(sb, "%s$%s", separator, key);
		separator = ",";
	}
	for (size_t i = 0; i < s->capture_names.len; i++) {
		strbuf_addf(sb, "%s$%s", separator, s->capture_names.at[i]);
		separator = ",";
	}
	strbuf_addstr(sb, "} | ");
}

/* All expressions as one program, which `i` chooses from. Each stands in
 * parentheses that it can't close: its brackets pair (jq_tokens.h). */
static void build_program(struct strbuf *sb, const struct scenario *s)
{
	add_names(sb, s);
	strbuf_addstr(sb, ".i as $__i | .in | ");
	for (size_t i = 0; i < s->expressions.len; i++)
		strbuf_addf(sb, "%s $__i == %zu then (%s\n) ",
			    i ? "elif" : "if", i,
			    s->expressions.at[i]->text);
	strbuf_addstr(sb, s->expressions.len ? "else null end" : "null");
}

/* ------------------------------------------------------------------ the child */

static void end_child(struct evaluator *e)
{
	if (e->pid) {
		kill(e->pid, SIGKILL);
		while (waitpid(e->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	e->pid = 0;
	close_fd(&e->fd);
}

static int start_child(struct evaluator *e, struct error *err)
{
	pid_t parent = getpid();
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, errno, "starting the evaluator");
	e->pid = fork();
	if (e->pid < 0) {
		int errnum = errno;

		e->pid = 0;
		close_fd(&pair[0]);
		close_fd(&pair[1]);
		return error_errno(err, errnum, "starting the evaluator");
	}
	if (e->pid == 0) {
		if (getppid() != parent)
			_exit(0);
		evaluator_child(pair[1]);
	}
	close_fd(&pair[1]);
	e->fd = pair[0];
	return 0;
}

/* Moves len bytes, in or out, before the deadline. */
static enum exchange_result move_bytes(int fd, void *data, size_t len,
				       bool out, int64_t deadline)
{
	while (len) {
		ssize_t n = out ? send(fd, data, len,
				       MSG_DONTWAIT | MSG_NOSIGNAL)
				: recv(fd, data, len, MSG_DONTWAIT);

		if (n > 0) {
			data = (char *)data + n;
			len -= (size_t)n;
			continue;
		}
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			return EXCHANGE_DIED;
		int64_t left = deadline - clock_monotonic();
		struct pollfd p = { fd, out ? POLLOUT : POLLIN, 0 };
		if (left <= 0)
			return EXCHANGE_LATE;
		poll(&p, 1, (int)(left / CLOCK_MSEC) + 1);
	}
	return EXCHANGE_DONE;
}

/* Sends a frame and receives its answer. What did not answer is ended. */
static enum exchange_result exchange(struct evaluator *e, enum frame_type type,
				     const char *text, size_t len,
				     int64_t patience, struct strbuf *answer)
{
	int64_t deadline = clock_monotonic() + patience;
	struct frame f = { type, (uint32_t)len };
	enum exchange_result r = move_bytes(e->fd, &f, sizeof(f), true,
					    deadline);

	if (r == EXCHANGE_DONE)
		r = move_bytes(e->fd, (void *)text, len, true, deadline);
	if (r == EXCHANGE_DONE)
		r = move_bytes(e->fd, &f, sizeof(f), false, deadline);
	strbuf_reset(answer);
	while (r == EXCHANGE_DONE && f.len) {
		char buf[16 * 1024];
		size_t n = f.len < sizeof(buf) ? f.len : sizeof(buf);

		r = move_bytes(e->fd, buf, n, false, deadline);
		if (r == EXCHANGE_DONE)
			strbuf_add(answer, buf, n);
		f.len -= (uint32_t)n;
	}
	if (r != EXCHANGE_DONE)
		end_child(e);
	return r;
}

/* ----------------------------------------------------------- compiling it all */

/* Compiling takes 20 ms and more with many expressions; a machine under load
 * is given time. */
enum { COMPILE_SECONDS = 60 };

/* For jq_syntax.h: what jq says of a program; "" where nothing. */
static int try_program(void *self, const char *program, struct strbuf *answer,
		       struct error *err)
{
	struct evaluator *e = self;

	if (!e->pid && start_child(e, err) < 0)
		return -1;
	if (exchange(e, FRAME_TRY, program, strlen(program),
		     COMPILE_SECONDS * CLOCK_SEC, answer) != EXCHANGE_DONE)
		return error_set(err, ERROR_INTERNAL,
				 "jq does not come back from compiling");
	return 0;
}

/* The program was refused: whose fault is it? */
static int find_culprit(struct evaluator *e, const char *complaint,
			struct error *err)
{
	struct strbuf names = STRBUF_INIT(STRBUF_TEXT);
	int rc = 0;

	add_names(&names, e->scenario);
	for (size_t i = 0; rc == 0 && i < e->scenario->expressions.len; i++)
		rc = jq_syntax_check(e->scenario->expressions.at[i], names.buf,
				     try_program, e, err);
	strbuf_release(&names);
	if (rc == 0)
		error_set(err, ERROR_INTERNAL,
			  "jq refuses the expressions together: %s",
			  complaint);
	return -1;
}

static int load_program(struct evaluator *e, struct error *err)
{
	struct strbuf answer = STRBUF_INIT(STRBUF_LINE);
	int rc = start_child(e, err);

	if (rc == 0 && exchange(e, FRAME_PROGRAM, e->program.buf,
				e->program.len, COMPILE_SECONDS * CLOCK_SEC,
				&answer) != EXCHANGE_DONE)
		rc = error_set(err, ERROR_INTERNAL,
			       "the evaluator does not compile the scenario's "
			       "expressions");
	if (rc == 0 && answer.len)
		rc = find_culprit(e, answer.buf, err);
	strbuf_release(&answer);
	return rc;
}

int evaluator_start(const struct scenario *scenario, struct evaluator **ret,
		    struct error *err)
{
	struct evaluator *e = xcalloc(1, sizeof(*e));

	e->scenario = scenario;
	e->fd = -1;
	e->deadline = EVALUATOR_DEADLINE;
	strbuf_init(&e->program, STRBUF_TEXT);
	build_program(&e->program, scenario);
	if (load_program(e, err) < 0) {
		evaluator_stop(e);
		return -1;
	}
	*ret = e;
	return 0;
}

void evaluator_stop(struct evaluator *evaluator)
{
	if (!evaluator)
		return;
	end_child(evaluator);
	strbuf_release(&evaluator->program);
	free(evaluator);
}

void evaluator_set_deadline(struct evaluator *evaluator, int64_t usec)
{
	evaluator->deadline = usec;
}

/* ----------------------------------------------------------------- asking it */

/* An answer, taken apart; json_decref(value). */
struct answer {
	enum expression_state state; /* TRUE: there is exactly one value */
	json_t *value;               /* may be NULL for a check: see shown */
	char text[512];              /* shown, or what went wrong */
};

static bool build_request(struct strbuf *sb, const struct expression *x,
			  const json_t *input, const json_t *vars)
{
	char *in = input ? json_dumps(input, JSON_COMPACT | JSON_ENCODE_ANY)
			 : NULL;
	char *v = vars ? json_dumps(vars, JSON_COMPACT) : NULL;

	strbuf_addf(sb, "{\"i\":%zu,\"in\":", x->index);
	strbuf_addstr(sb, in ? in : "null");
	strbuf_addstr(sb, ",\"vars\":");
	strbuf_addstr(sb, v ? v : "{}");
	strbuf_addch(sb, '}');
	free(in);
	free(v);
	return !sb->truncated;
}

static void take_answer(const char *text, size_t len, struct answer *ret)
{
	json_t *json = json_loadb(text, len, 0, NULL);
	const char *error = json_string_value(json_object_get(json, "error"));
	const char *shown = json_string_value(json_object_get(json, "shown"));
	json_int_t count = (json_int_t)json_number_value(
		json_object_get(json, "count"));

	ret->value = json_incref(json_object_get(json, "value"));
	ret->state = EXPRESSION_TRUE;
	if (!json || error) {
		ret->state = EXPRESSION_FAILED;
		snprintf(ret->text, sizeof(ret->text), "%s",
			 error ? error : "gives what can't be read back");
	} else if (count != 1) {
		ret->state = EXPRESSION_NOT_BOOLEAN;
		snprintf(ret->text, sizeof(ret->text), "%s",
			 count ? "several values" : "nothing");
	} else if (shown) {
		snprintf(ret->text, sizeof(ret->text), "%s", shown);
	}
	json_decref(json);
}

static void describe_lateness(const struct evaluator *e,
			      enum exchange_result r, struct answer *ret)
{
	char time[CLOCK_TEXT];

	ret->state = EXPRESSION_TOO_LONG;
	if (r == EXCHANGE_LATE)
		snprintf(ret->text, sizeof(ret->text), "took longer than %s",
			 clock_format_duration(e->deadline, time));
	else
		snprintf(ret->text, sizeof(ret->text),
			 "took more memory than it may have, or broke jq");
}

static int ask(struct evaluator *e, enum frame_type type,
	       const struct expression *x, const json_t *input,
	       const json_t *vars, struct answer *ret, struct error *err)
{
	struct strbuf request = STRBUF_INIT(FRAME_MOST);
	struct strbuf answer = STRBUF_INIT(FRAME_MOST);
	int rc = 0;

	*ret = (struct answer){ .state = EXPRESSION_FAILED };
	if (interrupt_signal())
		return error_set(err, ERROR_CANCELLED, "interrupted");
	if (!e->pid)
		rc = load_program(e, err);
	if (rc == 0 && !build_request(&request, x, input, vars)) {
		snprintf(ret->text, sizeof(ret->text),
			 "the value is larger than %u MB",
			 FRAME_MOST / (1024 * 1024));
	} else if (rc == 0) {
		enum exchange_result r = exchange(e, type, request.buf,
						  request.len, e->deadline,
						  &answer);
		if (r == EXCHANGE_DONE)
			take_answer(answer.buf, answer.len, ret);
		else
			describe_lateness(e, r, ret);
	}
	strbuf_release(&request);
	strbuf_release(&answer);
	return rc;
}

/* ------------------------------------------------- what must be there first */

/* Where a path or a name of the expression has no value: which, in the arena;
 * else NULL. */
static const char *find_missing(const struct expression *x,
				const json_t *input, const json_t *vars,
				struct arena *arena)
{
	for (size_t i = 0; i < x->terms->path_count; i++)
		if (!jq_path_exists(&x->terms->paths[i], input, NULL))
			return arena_strdup(arena, x->terms->paths[i].text);
	for (size_t i = 0; i < x->terms->name_count; i++)
		if (!json_object_get(vars, x->terms->names[i].name))
			return arena_printf(arena, "$%s",
					    x->terms->names[i].name);
	return NULL;
}

static void add_line(struct strbuf *sb)
{
	if (sb->len)
		strbuf_addch(sb, '\n');
}

/* The leading paths' and the names' values, one a line; for a path that is
 * not there, what is there instead. */
static const char *show_actual(const struct expression *x, const json_t *input,
			       const json_t *vars, struct arena *arena)
{
	struct strbuf sb = STRBUF_INIT(STRBUF_LINE);
	const char *text;

	for (size_t i = 0; i < x->terms->path_count; i++) {
		const struct jq_path *path = &x->terms->paths[i];

		add_line(&sb);
		if (jq_path_exists(path, input, &sb)) {
			strbuf_addf(&sb, "%s = ", path->text);
			jq_path_show(path, input, &sb);
		}
	}
	for (size_t i = 0; i < x->terms->name_count; i++) {
		const char *name = x->terms->names[i].name;
		const json_t *value = json_object_get(vars, name);

		add_line(&sb);
		strbuf_addf(&sb, "$%s ", name);
		if (value) {
			strbuf_addstr(&sb, "= ");
			json_show(value, 200, &sb);
		} else {
			strbuf_addstr(&sb, "was not captured");
		}
	}
	if (!sb.len && input) {
		strbuf_addstr(&sb, ". = ");
		json_show(input, 200, &sb);
	}
	text = arena_strndup(arena, sb.buf, sb.len);
	strbuf_release(&sb);
	return text;
}

static void judge(const struct answer *a, struct arena *arena,
		  struct expression_outcome *ret)
{
	ret->state = a->state;
	switch (a->state) {
	case EXPRESSION_TRUE:
		if (json_is_boolean(a->value)) {
			ret->state = json_is_true(a->value) ? EXPRESSION_TRUE
							    : EXPRESSION_FALSE;
			return;
		}
		ret->state = EXPRESSION_NOT_BOOLEAN;
		FALLTHROUGH;
	case EXPRESSION_NOT_BOOLEAN:
		ret->complaint = arena_printf(
			arena, "gave %s, not true or false", a->text);
		return;
	default:
		ret->complaint = arena_strdup(arena, a->text);
	}
}

int evaluator_check(struct evaluator *evaluator,
		    const struct expression *expression, const json_t *input,
		    const json_t *vars, struct arena *arena,
		    struct expression_outcome *ret, struct error *err)
{
	struct answer a;
	int rc;

	*ret = (struct expression_outcome){ .state = EXPRESSION_MISSING };
	ret->actual = show_actual(expression, input, vars, arena);
	ret->missing = find_missing(expression, input, vars, arena);
	if (ret->missing) {
		ret->complaint = arena_printf(arena, "missing %s",
					      ret->missing);
		return 0;
	}
	rc = ask(evaluator, FRAME_CHECK, expression, input, vars, &a, err);
	if (rc == 0)
		judge(&a, arena, ret);
	json_decref(a.value);
	return rc;
}

int evaluator_value(struct evaluator *evaluator,
		    const struct expression *expression, const json_t *input,
		    const json_t *vars, json_t **ret, struct error *err)
{
	struct arena arena = ARENA_INIT;
	const char *missing = find_missing(expression, input, vars, &arena);
	struct answer a = { .state = EXPRESSION_MISSING };
	int rc;

	if (missing)
		rc = error_set(err, ERROR_INVALID, "%s: missing %s, %s",
			       expression->text, missing,
			       show_actual(expression, input, vars, &arena));
	else
		rc = ask(evaluator, FRAME_VALUE, expression, input, vars, &a,
			 err);
	arena_release(&arena);
	if (rc == 0 && (a.state != EXPRESSION_TRUE || !a.value)) {
		rc = error_set(err, a.state == EXPRESSION_TOO_LONG
				       ? ERROR_TIMEOUT : ERROR_INVALID,
			       "%s: %s%s", expression->text,
			       a.state == EXPRESSION_NOT_BOOLEAN ? "gave " : "",
			       a.text);
		json_decref(a.value);
	} else if (rc == 0) {
		*ret = a.value;
	}
	return rc;
}
