/* What a person, or a log, sees while a run goes on. */
#include "tests/report/sample.h"
#include "tests/test.h"

#include "base/io.h"
#include "report/progress.h"

#include <fcntl.h>
#include <unistd.h>

static struct arena arena = ARENA_INIT;
static struct strbuf seen = STRBUF_INIT(STRBUF_TEXT);

/* A short run, and what progress wrote of it. */
static const char *show(bool live, bool color)
{
	FILE *file = tmpfile();
	struct progress *progress = progress_new(&(struct progress_options){
		.fd = fileno(file), .live = live, .color = color });
	struct sink *const list[] = { progress_sink(progress) };
	const struct sinks sinks = { list, 1 };
	struct result *result = sample_failing(&arena);
	struct check_result *passed = result_find_check(result, "twice");
	struct check_result *failed = result_find_check(result, "predict");
	ssize_t got;
	char buf[4096];

	passed->duration = 4200000;
	event_send(&sinks, (struct event){ .type = EVENT_RUN_STARTED,
					   .result = result });
	event_phase(&sinks, "PostgreSQL starts");
	event_send(&sinks, (struct event){ .type = EVENT_STEP_STARTED,
					   .text = "twice", .index = 3,
					   .total = 27 });
	event_send(&sinks, (struct event){ .type = EVENT_CHECK_DONE,
					   .check = passed });
	event_send(&sinks, (struct event){ .type = EVENT_CHECK_DONE,
					   .check = failed });
	event_note(&sinks, "the port \x1b[2J was taken");
	event_phase(&sinks, "%0200d", 0);
	event_send(&sinks, (struct event){ .type = EVENT_RUN_FINISHED,
					   .result = result });
	progress_free(progress);
	result_release(result);
	strbuf_reset(&seen);
	lseek(fileno(file), 0, SEEK_SET);
	while ((got = read(fileno(file), buf, sizeof(buf))) > 0)
		strbuf_add(&seen, buf, (size_t)got);
	fclose(file);
	return seen.buf;
}

START_TEST(a_log_gets_plain_lines)
{
	show(false, false);
	ck_assert_ptr_eq(strstr(seen.buf,
				"StreamFlow TP4: a reproducible baseline\n"
				"PostgreSQL starts\n"
				"✓ passed  twice: trained twice, the same "
				"model (4.2 s)\n"
				"✗ failed  predict: a known user gets a "
				"prediction\n"
				"the port ␛[2J was taken\n"),
			 seen.buf);
	ck_assert_ptr_null(strchr(seen.buf, '\x1b'));
	ck_assert_ptr_null(strchr(seen.buf, '\r'));
}
END_TEST

START_TEST(a_terminal_gets_one_line_that_is_rewritten_and_cleared)
{
	static const char clear[] = "\r\x1b[K";

	show(true, false);
	ck_assert_ptr_nonnull(strstr(seen.buf, "\r\x1b[KPostgreSQL starts"));
	ck_assert_ptr_nonnull(strstr(seen.buf, "\r\x1b[K[3/27] twice"));
	/* What passed needs no line; what failed stays. */
	ck_assert_ptr_null(strstr(seen.buf, "passed"));
	ck_assert_ptr_nonnull(strstr(seen.buf,
				     "\r\x1b[K✗ failed  predict: "));
	ck_assert_ptr_nonnull(strstr(seen.buf, "\n\r\x1b[K[3/27] 000"));
	ck_assert_str_eq(seen.buf + seen.len - strlen(clear), clear);
	ck_assert_ptr_null(strstr(seen.buf, "\x1b[3"));
}
END_TEST

START_TEST(a_live_line_never_wraps)
{
	char *line, *end;

	show(true, false);
	line = strstr(seen.buf, "[3/27] 000");
	end = strstr(line, "…");
	ck_assert_ptr_nonnull(end);
	ck_assert_int_lt(end - line, 80);
}
END_TEST

START_TEST(colour_is_added_only_where_it_is_liked)
{
	ck_assert_ptr_nonnull(strstr(show(true, true),
				     "\x1b[31m✗ failed\x1b[0m  predict"));
	ck_assert_ptr_nonnull(strstr(show(false, true),
				     "\x1b[32m✓ passed\x1b[0m  twice"));
}
END_TEST

/* -1: this machine has none (a root without devpts). */
static int open_terminal(int *ret_master)
{
	*ret_master = posix_openpt(O_RDWR | O_NOCTTY);
	if (*ret_master < 0)
		return -1;
	ck_assert_int_eq(grantpt(*ret_master), 0);
	ck_assert_int_eq(unlockpt(*ret_master), 0);
	return open(ptsname(*ret_master), O_RDWR | O_NOCTTY);
}

START_TEST(only_a_terminal_is_live_and_no_color_is_honoured)
{
	int master, terminal = open_terminal(&master);
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (terminal < 0) {
		fprintf(stderr, "skipped: no pseudo-terminals here\n");
		return;
	}
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	ck_assert(progress_is_live(terminal) &&
		  progress_likes_color(terminal));
	ck_assert(!progress_is_live(null) && !progress_likes_color(null));
	setenv("NO_COLOR", "1", 1);
	ck_assert(progress_is_live(terminal) &&
		  !progress_likes_color(terminal));
	setenv("NO_COLOR", "", 1);
	ck_assert(progress_likes_color(terminal));
	setenv("TERM", "dumb", 1);
	ck_assert(!progress_is_live(terminal) &&
		  !progress_likes_color(terminal));
	close(terminal);
	close(master);
	close(null);
}
END_TEST

TESTS_MAIN("report/progress", a_log_gets_plain_lines,
	   a_terminal_gets_one_line_that_is_rewritten_and_cleared,
	   a_live_line_never_wraps, colour_is_added_only_where_it_is_liked,
	   only_a_terminal_is_live_and_no_color_is_honoured)
