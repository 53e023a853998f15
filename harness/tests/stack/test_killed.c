/*
 * Whoever is killed, whenever: nothing stays behind. A run is a process of
 * its own here: one that brings a stack up, and saves and restores its state
 * until it is ended, or `bis run` of the lab's scenario.
 */
#include "tests/stack/stack_fixture.h"
#include "tests/stack/traces.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "stack/reaper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* What a run does: up, then work that touches everything, again and again. */
static void work(struct fixture *f)
{
	struct error err = ERROR_INIT;
	int code = 2;

	if (fixture_open(f, NULL, &err) == 0 &&
	    stack_up(f->stack, &err) == 0) {
		while (stack_save(f->stack, "a", &err) == 0 &&
		       stack_restore(f->stack, "a", &err) == 0)
			;
		code = err.kind == ERROR_CANCELLED ? 3 : 4;
	}
	stack_close(f->stack);
	_exit(code);
}

/* In a process group of its own, as a shell's job is. */
static pid_t start_run(struct fixture *f)
{
	interrupt_install(); /* from the run's first moment on */
	pid_t pid = fork();

	if (pid == 0) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGTERM); /* it would go on */
		work(f);
	}
	ck_assert_int_gt(pid, 0);
	setpgid(pid, pid);
	return pid;
}

/* `bis run` of the whole scenario, its output dropped. */
static pid_t start_bis(struct fixture *f)
{
	char bis[PATH_MAX], out[128];
	pid_t pid;

	snprintf(bis, sizeof(bis), "%s/bis", tests_builddir());
	snprintf(out, sizeof(out), "%s/out", f->folder);
	unsetenv("BIS_PROGRAMS"); /* what bis stands beside */
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);
		setpgid(0, 0);
		dup2(null, 1);
		dup2(null, 2);
		if (chdir(tests_srcdir()) == 0)
			execl(bis, bis, "run", "streamflow/tp4", "--out", out,
			      (char *)NULL);
		_exit(127);
	}
	ck_assert_int_gt(pid, 0);
	setpgid(pid, pid);
	return pid;
}

/* How long the moments of a run are spread over: a stack comes up in about a
 * second, and a whole run takes some. */
#define STACK_SPAN (1600 * CLOCK_MSEC)
#define RUN_SPAN (4000 * CLOCK_MSEC)

/* Spread evenly, with some luck in each. */
static void wait_for_moment(int number, int of, int64_t span)
{
	clock_sleep(span * number / of + rand() % (span / of));
}

static int end_of(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		ck_assert_int_eq(errno, EINTR);
	return status;
}

START_TEST(a_whole_run_killed_at_any_moment_leaves_nothing)
{
	enum { MOMENTS = 20 };
	struct fixture f;
	struct traces t;

	srand((unsigned)getpid() + (unsigned)_i);
	fixture_init(&f, TWO_SERVICES);
	pid_t pid = start_bis(&f);
	wait_for_moment(_i, MOMENTS, RUN_SPAN);
	look(f.folder, &t);
	kill(pid, SIGKILL);
	int status = end_of(pid);
	ck_assert(!WIFEXITED(status) || WEXITSTATUS(status) != 127);
	expect_nothing_left(f.folder, &t);
	fixture_release(&f);
}
END_TEST

START_TEST(a_whole_run_interrupted_says_so_and_leaves_nothing)
{
	struct fixture f;
	struct traces t;
	char report[128];

	fixture_init(&f, TWO_SERVICES);
	pid_t pid = start_bis(&f);
	int64_t deadline = clock_monotonic() + PATIENCE;
	do {
		look(f.folder, &t);
		clock_sleep(CLOCK_MSEC);
	} while (!t.has_segment && clock_monotonic() < deadline);
	kill(-pid, SIGINT);
	int status = end_of(pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 130,
		      "status %x", (unsigned)status);
	snprintf(report, sizeof(report), "%s/out/report.md", f.folder);
	ck_assert(io_exists(report));
	expect_nothing_left(f.folder, &t);
	fixture_release(&f);
}
END_TEST

START_TEST(bis_killed_at_any_moment_leaves_nothing)
{
	enum { MOMENTS = 10 };
	struct fixture f;
	struct traces t;

	srand((unsigned)getpid() + (unsigned)_i);
	fixture_init(&f, TWO_SERVICES);
	pid_t pid = start_run(&f);
	wait_for_moment(_i, MOMENTS, STACK_SPAN);
	look(f.folder, &t);
	kill(pid, SIGKILL);
	ck_assert(WIFSIGNALED(end_of(pid)));
	expect_nothing_left(f.folder, &t);
	fixture_release(&f);
}
END_TEST

/* Once there is a supervisor, after a moment: kills it. */
static void kill_supervisor(const struct fixture *f, struct traces *t,
			    int moment, int of, int64_t span)
{
	int64_t deadline = clock_monotonic() + PATIENCE;

	do {
		look(f->folder, t);
		clock_sleep(CLOCK_MSEC);
	} while (!t->supervisor && clock_monotonic() < deadline);
	ck_assert_int_gt(t->supervisor, 0);
	wait_for_moment(moment, of, span);
	look(f->folder, t);
	if (t->supervisor) /* else the run was faster */
		kill(t->supervisor, SIGKILL);
}

START_TEST(supervisor_killed_then_bis_clears_up)
{
	enum { MOMENTS = 5 };
	struct fixture f;
	struct traces t;

	srand((unsigned)getpid() + (unsigned)_i);
	fixture_init(&f, TWO_SERVICES);
	/* The second half is of whole runs. */
	bool whole = _i >= MOMENTS;
	pid_t pid = whole ? start_bis(&f) : start_run(&f);
	kill_supervisor(&f, &t, _i % MOMENTS, MOMENTS,
			whole ? RUN_SPAN : STACK_SPAN);
	int status = end_of(pid);
	ck_assert(WIFEXITED(status));
	/* All points may be in by then: what comes late is advice. */
	if (!whole)
		ck_assert_int_ne(WEXITSTATUS(status), 0);
	expect_nothing_left(f.folder, &t);
	fixture_release(&f);
}
END_TEST

START_TEST(both_killed_then_the_next_bis_clears_up)
{
	enum { MOMENTS = 5 };
	struct fixture f;
	struct traces t;
	struct reaped reaped;

	srand((unsigned)getpid() + (unsigned)_i);
	fixture_init(&f, TWO_SERVICES);
	pid_t pid = start_run(&f);
	/* The run must not get to clear up. */
	int64_t deadline = clock_monotonic() + PATIENCE;
	do {
		look(f.folder, &t);
		clock_sleep(CLOCK_MSEC);
	} while (!t.supervisor && clock_monotonic() < deadline);
	wait_for_moment(_i, MOMENTS, STACK_SPAN);
	look(f.folder, &t);
	kill(pid, SIGSTOP);
	kill(t.supervisor, SIGKILL);
	kill(pid, SIGKILL);
	end_of(pid);
	/* Whose end is not seen yet holds the lock: as long as it lasts. */
	do {
		reaper_clean(&reaped);
	} while (reaped.alive && clock_monotonic() < deadline);
	expect_nothing_left(f.folder, &t);
	fixture_release(&f);
}
END_TEST

START_TEST(an_interrupted_run_clears_up_itself)
{
	struct fixture f;
	struct traces t;

	fixture_init(&f, TWO_SERVICES);
	pid_t pid = start_run(&f);
	clock_sleep(_i * 400 * CLOCK_MSEC);
	look(f.folder, &t);
	kill(-pid, SIGINT); /* as Ctrl-C: the whole group */
	int status = end_of(pid);
	ck_assert(WIFEXITED(status));
	expect_nothing_left(f.folder, &t);
	fixture_release(&f);
}
END_TEST

START_TEST(two_runs_do_not_meet)
{
	struct fixture f, other;
	struct traces t;
	struct reaped reaped;
	struct error err = ERROR_INIT;

	fixture_init(&other, TWO_SERVICES);
	fixture_init(&f, TWO_SERVICES);
	fixture_up(&f);
	setenv("TMPDIR", other.folder, 1);
	pid_t pid = start_run(&other);
	int64_t deadline = clock_monotonic() + PATIENCE;
	do {
		look(other.folder, &t);
		clock_sleep(CLOCK_MSEC);
	} while (!t.has_segment && clock_monotonic() < deadline);
	kill(pid, SIGKILL);
	end_of(pid);
	expect_nothing_left(other.folder, &t);
	setenv("TMPDIR", f.folder, 1);
	reaper_clean(&reaped);
	ck_assert_uint_ge(reaped.alive, 1);
	ck_assert_msg(!postgres_execute(stack_database(f.stack, NULL),
					"SELECT 1", &err), "%s", err.message);
	fixture_release(&f);
	fixture_release(&other);
}
END_TEST

START_TEST(somebody_elses_folder_is_left_alone)
{
	struct fixture f;
	struct reaped reaped;
	char path[128], file[192];

	fixture_init(&f, "");
	fixture_leftover(&f, "letter", "x", path);
	snprintf(file, sizeof(file), "%s/letter", path);
	reaper_clean(&reaped);
	ck_assert(io_exists(file));
	fixture_release(&f);
}
END_TEST

/* A case each, so that CK_RUN_CASE can choose. */
static void add(Suite *suite, const char *name, const TTest *test, int times)
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, 300);
	tcase_add_loop_test(tcase, test, 0, times);
	suite_add_tcase(suite, tcase);
}

int main(void)
{
	Suite *suite = suite_create("stack/killed");

	fixture_need_postgres();
	add(suite, "bis", bis_killed_at_any_moment_leaves_nothing, 10);
	add(suite, "run", a_whole_run_killed_at_any_moment_leaves_nothing, 20);
	add(suite, "run-interrupt",
	    a_whole_run_interrupted_says_so_and_leaves_nothing, 1);
	add(suite, "supervisor", supervisor_killed_then_bis_clears_up, 10);
	add(suite, "both", both_killed_then_the_next_bis_clears_up, 5);
	add(suite, "interrupt", an_interrupted_run_clears_up_itself, 4);
	add(suite, "two", two_runs_do_not_meet, 1);
	add(suite, "else", somebody_elses_folder_is_left_alone, 1);
	return tests_run(suite);
}
