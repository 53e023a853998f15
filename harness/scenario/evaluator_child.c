#include "scenario/evaluator_child.h"

#include "base/alloc.h"
#include "base/confined.h"
#include "base/strbuf.h"

#include <jq.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* For one answer; the deadline of the parent comes first, this is for a
 * parent that is gone. */
enum { CPU_SECONDS = 30, MEMORY = 512 * 1024 * 1024, SHOWN = 200 };

static void confine(int fd)
{
	int null = open("/dev/null", O_RDWR);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "bis-evaluator");
	signal(SIGINT, SIG_IGN); /* the parent decides */
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < 3 && null >= 0; i++)
		dup2(null, i);
	if (fd > 3)
		close_range(3, (unsigned int)fd - 1, 0);
	close_range((unsigned int)fd + 1, ~0U, 0);
	clearenv();
	if (chdir("/") < 0)
		_exit(1);
	confined_limit(RLIMIT_CORE, 0, 0);
	confined_limit(RLIMIT_FSIZE, 0, 0);
	confined_limit_memory(MEMORY);
	confined_limit(RLIMIT_NOFILE, 0, 0);
}

/* Processor time from now on. */
static void renew_cpu_limit(void)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	confined_limit(RLIMIT_CPU,
		       (uint64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
			       CPU_SECONDS,
		       RLIM_INFINITY);
}

static void read_all(int fd, void *into, size_t len)
{
	while (len) {
		ssize_t n = read(fd, into, len);

		if (n <= 0)
			_exit(0); /* the parent is done with us */
		into = (char *)into + n;
		len -= (size_t)n;
	}
}

static void write_all(int fd, const void *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0)
			_exit(0);
		data = (const char *)data + n;
		len -= (size_t)n;
	}
}

static void answer(int fd, const char *text, size_t len)
{
	const struct frame f = { FRAME_ANSWER, (uint32_t)len };

	write_all(fd, &f, sizeof(f));
	write_all(fd, text, len);
}

/* --------------------------------------------------------------- compiling */

/* Keeps the first complaint. */
static void take_complaint(void *into, jv message)
{
	jv text = jq_format_error(message);
	struct strbuf *sb = into;

	if (sb->len == 0 && jv_get_kind(text) == JV_KIND_STRING)
		strbuf_addstr(sb, jv_string_value(text));
	jv_free(text);
}

static jq_state *compile(const char *program, struct strbuf *complaint)
{
	jq_state *jq = jq_init();

	if (!jq) {
		strbuf_addstr(complaint, "jq does not start");
		return NULL;
	}
	jq_set_error_cb(jq, take_complaint, complaint);
	if (!jq_compile(jq, program)) {
		if (!complaint->len)
			strbuf_addstr(complaint, "jq refuses it");
		jq_teardown(&jq);
		return NULL;
	}
	return jq;
}

/* ---------------------------------------------------------------- answering */

static jv cut_text(jv text)
{
	const char *s = jv_string_value(text);
	int len = jv_string_length_bytes(jv_copy(text));
	jv cut;

	if (len <= SHOWN)
		return text;
	len = SHOWN;
	while (len > 0 && ((unsigned char)s[len] & 0xc0) == 0x80)
		len--;
	cut = jv_string_append_str(jv_string_sized(s, len), "…");
	jv_free(text);
	return cut;
}

static jv error_text(jv invalid)
{
	jv message = jv_invalid_get_msg(invalid);

	if (jv_get_kind(message) != JV_KIND_STRING)
		message = jv_dump_string(message, 0);
	return cut_text(message);
}

/* The values that the program gives, two at most. */
static jv run(jq_state *jq, jv input, bool check)
{
	jv outcome = jv_object(), value;
	int count = 0;

	jq_start(jq, input, 0);
	while (jv_is_valid(value = jq_next(jq)) && count < 2) {
		jv_kind kind = jv_get_kind(value);
		bool plain = kind == JV_KIND_TRUE || kind == JV_KIND_FALSE;

		if (count++ > 0) {
			jv_free(value);
			continue;
		}
		if (!check || plain)
			outcome = jv_object_set(outcome, jv_string("value"),
						value);
		else
			outcome = jv_object_set(
				outcome, jv_string("shown"),
				cut_text(jv_dump_string(value, 0)));
	}
	if (count == 2) {
		jv_free(value);
	} else if (jv_invalid_has_msg(jv_copy(value))) {
		outcome = jv_object_set(outcome, jv_string("error"),
					error_text(value));
	} else {
		jv_free(value);
	}
	return jv_object_set(outcome, jv_string("count"), jv_number(count));
}

static jv evaluate(jq_state *jq, const char *request, size_t len, bool check)
{
	jv input = jv_parse_sized(request, (int)len);

	if (!jv_is_valid(input))
		return jv_object_set(jv_object(), jv_string("error"),
				     error_text(input));
	return run(jq, input, check);
}

static void answer_request(int fd, jq_state *jq, const char *request,
			   size_t len, bool check)
{
	static const char too_much[] =
		"{\"count\":1,\"error\":\"gives more than 8 MB\"}";
	jv outcome = jq ? evaluate(jq, request, len, check) : jv_null();
	jv text = jv_dump_string(outcome, 0);
	int size = jv_string_length_bytes(jv_copy(text));

	if (size > VALUE_MOST)
		answer(fd, too_much, strlen(too_much));
	else
		answer(fd, jv_string_value(text), (size_t)size);
	jv_free(text);
}

static void answer_program(int fd, const char *program, jq_state **keep)
{
	struct strbuf complaint = STRBUF_INIT(STRBUF_LINE);
	jq_state *jq = compile(program, &complaint);

	if (keep && *keep)
		jq_teardown(keep);
	if (keep)
		*keep = jq;
	else if (jq)
		jq_teardown(&jq);
	answer(fd, complaint.buf, complaint.len);
	strbuf_release(&complaint);
}

void evaluator_child(int fd)
{
	jq_state *jq = NULL;

	confine(fd);
	for (;;) {
		struct frame f;
		char *text;

		read_all(fd, &f, sizeof(f));
		if (f.len > FRAME_MOST)
			_exit(1);
		text = xmalloc((size_t)f.len + 1);
		read_all(fd, text, f.len);
		text[f.len] = '\0';
		renew_cpu_limit();
		if (f.type == FRAME_PROGRAM)
			answer_program(fd, text, &jq);
		else if (f.type == FRAME_TRY)
			answer_program(fd, text, NULL);
		else
			answer_request(fd, jq, text, f.len,
				       f.type == FRAME_CHECK);
		free(text);
	}
}
