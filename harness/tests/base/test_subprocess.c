#include "tests/test.h"

#include "base/clock.h"
#include "base/subprocess.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static struct subprocess_result run(const char *const *argv,
				    struct subprocess_spec spec)
{
	struct subprocess_result result;
	struct error err = ERROR_INIT;

	spec.argv = argv;
	ck_assert_msg(!subprocess_run(&spec, &result, &err), "%s", err.message);
	return result;
}

#define RUN(spec, ...) run((const char *const[]){ __VA_ARGS__, NULL }, spec)
static const struct subprocess_spec plain = SUBPROCESS_SPEC_INIT;

START_TEST(output_and_exit_code_are_captured)
{
	struct subprocess_result r =
		RUN(plain, "sh", "-c", "echo out; echo err >&2; exit 3");

	ck_assert_str_eq(r.out.buf, "out\n");
	ck_assert_str_eq(r.err.buf, "err\n");
	ck_assert_int_eq(r.exit_code, 3);
	ck_assert(!r.timed_out);
	subprocess_result_release(&r);
}
END_TEST

START_TEST(environment_is_cleared)
{
	setenv("BIS_SECRET", "1", 1);
	struct subprocess_result r = RUN(plain, "env");

	ck_assert_ptr_null(strstr(r.out.buf, "BIS_SECRET"));
	ck_assert_ptr_nonnull(strstr(r.out.buf, "PATH="));
	subprocess_result_release(&r);
}
END_TEST

START_TEST(input_reaches_the_program)
{
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;
	spec.input = "hello";
	spec.input_len = 5;
	struct subprocess_result r = RUN(spec, "cat");

	ck_assert_str_eq(r.out.buf, "hello");
	subprocess_result_release(&r);
}
END_TEST

START_TEST(processors_can_be_chosen)
{
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;
	cpu_set_t ours;
	int first = 0;

	ck_assert_int_eq(sched_getaffinity(0, sizeof(ours), &ours), 0);
	while (!CPU_ISSET((size_t)first, &ours))
		first++;
	spec.cpus = &first;
	spec.cpu_count = 1;
	struct subprocess_result r = RUN(spec, "nproc");
	ck_assert_str_eq(r.out.buf, "1\n");
	subprocess_result_release(&r);
}
END_TEST

START_TEST(deadline_ends_the_whole_group)
{
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;
	spec.timeout = 200 * CLOCK_MSEC;
	struct subprocess_result r =
		RUN(spec, "sh", "-c", "sleep 100 & echo $!; wait");

	ck_assert(r.timed_out);
	ck_assert_int_eq(r.signal, SIGTERM);
	/* The background child was in the group, too: a moment later it is
	 * gone, or a zombie that init has yet to collect. */
	pid_t child = (pid_t)atoi(r.out.buf);
	ck_assert_int_gt(child, 1);
	char path[64], state = 'Z';
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)child);
	for (int i = 0; i < 100; i++) {
		FILE *f = fopen(path, "r");
		state = 'Z';
		if (f && fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
			state = 'Z';
		if (f)
			fclose(f);
		if (state == 'Z')
			break;
		clock_sleep(20 * CLOCK_MSEC);
	}
	ck_assert_int_eq(state, 'Z');
	subprocess_result_release(&r);
}
END_TEST

START_TEST(output_past_the_cap_is_dropped_and_said)
{
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;
	spec.capture_cap = 1000;
	struct subprocess_result r =
		RUN(spec, "sh", "-c", "head -c 5000000 /dev/zero");

	ck_assert(r.truncated);
	ck_assert_uint_eq(r.out.len, 1000);
	ck_assert_int_eq(r.exit_code, 0);
	subprocess_result_release(&r);
}
END_TEST

START_TEST(descriptors_are_closed)
{
	int leak[2];

	ck_assert_int_eq(pipe(leak), 0);
	struct subprocess_result r = RUN(plain, "ls", "/proc/self/fd");
	/* 0, 1, 2 and the one that ls itself opened */
	ck_assert_str_eq(r.out.buf, "0\n1\n2\n3\n");
	subprocess_result_release(&r);
}
END_TEST

START_TEST(missing_program_is_named)
{
	const char *const argv[] = { "no-such-program", NULL };
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;
	struct subprocess_result r;
	struct error err = ERROR_INIT;

	spec.argv = argv;
	ck_assert_int_eq(subprocess_run(&spec, &r, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(err.message, "no-such-program"));
}
END_TEST

START_TEST(grandchild_that_keeps_the_pipe_does_not_hang_us)
{
	int64_t started = clock_monotonic();
	struct subprocess_result r =
		RUN(plain, "sh", "-c", "setsid sleep 5 & echo done");

	ck_assert_str_eq(r.out.buf, "done\n");
	ck_assert(clock_monotonic() - started < 4 * CLOCK_SEC);
	subprocess_result_release(&r);
}
END_TEST

/* Two at once; one ends by itself, the other is asked to, and does not. */
START_TEST(children_run_beside_each_other)
{
	const char *const quick[] = { "true", NULL };
	const char *const deaf[] = { "sh", "-c", "trap '' TERM; echo; "
				     "while :; do sleep 1; done", NULL };
	struct subprocess a, b;
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;
	int ready[2], status;
	char c;

	ck_assert_int_eq(pipe(ready), 0);
	spec.argv = deaf;
	spec.out_fd = ready[1];
	ck_assert_int_eq(subprocess_begin(&spec, &b, NULL), 0);
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	spec.argv = quick;
	ck_assert_int_eq(subprocess_begin(&spec, &a, NULL), 0);
	while (!subprocess_has_ended(&a, &status))
		clock_sleep(CLOCK_MSEC);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(a.pid, 0);
	ck_assert(!subprocess_has_ended(&b, &status));
	subprocess_ask_to_end(&b, 50 * CLOCK_MSEC);
	clock_sleep(60 * CLOCK_MSEC);
	ck_assert(!subprocess_has_ended(&b, &status));
	subprocess_ask_to_end(&b, 50 * CLOCK_MSEC);
	while (!subprocess_has_ended(&b, &status))
		clock_sleep(CLOCK_MSEC);
	ck_assert_int_eq(WTERMSIG(status), SIGKILL);
	ck_assert_int_ge(b.duration, 60 * CLOCK_MSEC);
}
END_TEST

TESTS_MAIN("base/subprocess", children_run_beside_each_other,
	   output_and_exit_code_are_captured,
	   environment_is_cleared, input_reaches_the_program,
	   deadline_ends_the_whole_group,
	   output_past_the_cap_is_dropped_and_said, descriptors_are_closed,
	   missing_program_is_named,
	   grandchild_that_keeps_the_pipe_does_not_hang_us,
	   processors_can_be_chosen)
