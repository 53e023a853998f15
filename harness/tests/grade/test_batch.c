/*
 * A class that is graded by a stand-in for `bis run` (tests/grade/fake-run),
 * so that what is tried here is the batch: killed at any moment, with every
 * end that a run can have.
 */
#include "tests/test.h"

#include "base/clock.h"
#include "base/io.h"
#include "grade/batch.h"
#include "grade/room.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static struct arena arena = ARENA_INIT;
static char out[64];
static struct entries entries;
static struct error err;

static void begin(void)
{
	snprintf(out, sizeof(out), "/tmp/bt-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(out));
	err = (struct error)ERROR_INIT;
}

static void end(void)
{
	io_remove_tree(out, NULL);
	vec_release(&entries);
}

static void student(const char *id, const char *does)
{
	const char **vars = arena_array(&arena, 1, sizeof(*vars));

	vars[0] = arena_printf(&arena, "does=%s", does);
	*vec_push(&entries) = (struct entry){
		.id = id, .slug = entry_slug(&arena, id), .where = id,
		.vars = vars, .var_count = 1,
	};
}

static const char *const none[] = { NULL };

static int open_batch(struct batch *batch, struct journal *journal,
		      size_t jobs, const char *takes,
		      const struct batch_again *again)
{
	static const struct batch_again nobody;
	const char **env = arena_array(&arena, 8, sizeof(*env));

	env[0] = "PATH=/usr/bin:/bin";
	env[1] = arena_printf(&arena, "FAKE_COUNT=%s/count", out);
	env[2] = arena_printf(&arena, "FAKE_RESULTS=%s/fixtures/report",
			      tests_srcdir());
	env[3] = arena_printf(&arena, "FAKE_TAKES=%s", takes);
	*batch = (struct batch){
		.options = {
			.bis = arena_printf(&arena,
					    "%s/harness/tests/grade/fake-run",
					    tests_srcdir()),
			.scenario = "sample", .arguments = none,
			.of_submissions = none, .env = env,
			.time_limit = 60 * CLOCK_SEC,
		},
		.out = out, .jobs = jobs, .journal = journal, .arena = &arena,
	};
	*journal = (struct journal)JOURNAL_INIT;
	if (io_make_folders(arena_printf(&arena, "%s/work", out), 0755, &err) ||
	    journal_open(journal, out, &arena, &err) < 0)
		return -1;
	if (!journal->head &&
	    journal_add(journal, json_pack("{s:s, s:s}", "event", "batch",
					   "scenario", "sample"), &err) < 0)
		return -1;
	return batch_init(batch, &entries, again ? again : &nobody, &err);
}

static void close_batch(struct batch *batch, struct journal *journal)
{
	batch_release(batch);
	journal_close(journal);
}

static size_t runs_of(const char *id)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	const char *line = arena_printf(&arena, "/work/%s\n", id);
	size_t count = 0;

	io_read_file(arena_printf(&arena, "%s/count", out), &text, NULL);
	for (const char *s = text.buf; (s = strstr(s, line)); s++)
		count++;
	strbuf_release(&text);
	return count;
}

static bool has_result(const char *id)
{
	return io_exists(arena_printf(&arena, "%s/students/%s/run/result.json",
				      out, id));
}

START_TEST(everybody_is_graded_once_and_not_again)
{
	struct batch batch;
	struct journal journal;

	begin();
	for (int i = 0; i < 5; i++)
		student(arena_printf(&arena, "s%d", i), "pass");
	for (int round = 0; round < 2; round++) {
		ck_assert_msg(!open_batch(&batch, &journal, 2, "0", NULL),
			      "%s", err.message);
		ck_assert_msg(!batch_run(&batch, &err), "%s", err.message);
		for (size_t i = 0; i < 5; i++) {
			ck_assert_int_eq(batch.students.at[i].state,
					 JOB_GRADED);
			ck_assert(batch.students.at[i].max_points > 0);
			ck_assert_uint_eq(runs_of(entries.at[i].id), 1);
			ck_assert(has_result(entries.at[i].id));
		}
		close_batch(&batch, &journal);
	}
	end();
}
END_TEST

/* The ends of a run, and whose doing they are. */
START_TEST(a_run_that_ends_badly_is_told_apart)
{
	struct batch batch;
	struct journal journal;
	static const struct {
		const char *does;
		enum job_state state;
		enum job_problem problem;
		const char *why;
	} ends[] = {
		{ "fail", JOB_GRADED, PROBLEM_NONE, NULL },
		{ "crash", JOB_PROBLEM, PROBLEM_MACHINE, "killed by SIGSEGV" },
		{ "pass", JOB_GRADED, PROBLEM_NONE, NULL },
		{ "refuse", JOB_PROBLEM, PROBLEM_SUBMISSION, "no variable" },
		{ "large", JOB_PROBLEM, PROBLEM_SUBMISSION, "larger than" },
		{ "full", JOB_PROBLEM, PROBLEM_MACHINE, "No space left" },
		{ "nothing", JOB_PROBLEM, PROBLEM_MACHINE, "the engine" },
		{ "hang", JOB_PROBLEM, PROBLEM_LIMIT, "not done after" },
		{ "fill", JOB_PROBLEM, PROBLEM_LIMIT, "more than 8 MiB" },
	};
	const size_t count = sizeof(ends) / sizeof(ends[0]);

	begin();
	for (size_t i = 0; i < count; i++)
		student(ends[i].does, ends[i].does);
	ck_assert_int_eq(open_batch(&batch, &journal, 9, "0", NULL), 0);
	batch.options.time_limit = 6 * CLOCK_SEC;
	batch.options.disk_limit = 8 << 20;
	ck_assert_msg(!batch_run(&batch, &err), "%s", err.message);
	for (size_t i = 0; i < count; i++) {
		const struct job *job = &batch.students.at[i];

		ck_assert_int_eq(job->state, ends[i].state);
		ck_assert_int_eq(job->problem, ends[i].problem);
		if (ends[i].why)
			ck_assert_msg(strstr(job->why, ends[i].why), "%s",
				      job->why);
	}
	close_batch(&batch, &journal);
	/* Only what the machine did is tried again. */
	ck_assert_int_eq(open_batch(&batch, &journal, 9, "0", NULL), 0);
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(batch.students.at[i].state,
				 ends[i].problem == PROBLEM_MACHINE
				 ? JOB_WAITING : ends[i].state);
	close_batch(&batch, &journal);
	end();
}
END_TEST

START_TEST(a_check_that_the_full_disk_ended_is_no_verdict)
{
	struct batch batch;
	struct journal journal;

	begin();
	student("s0", "no-room");
	ck_assert_int_eq(open_batch(&batch, &journal, 1, "0", NULL), 0);
	ck_assert_msg(!batch_run(&batch, &err), "%s", err.message);
	ck_assert_int_eq(batch.students.at[0].state, JOB_PROBLEM);
	ck_assert_int_eq(batch.students.at[0].problem, PROBLEM_MACHINE);
	ck_assert_str_eq(batch.students.at[0].why,
			 "model.pkl: No space left on device");
	close_batch(&batch, &journal);
	end();
}
END_TEST

START_TEST(three_that_the_machine_could_not_grade_stop_it)
{
	struct batch batch;
	struct journal journal;

	begin();
	for (int i = 0; i < 6; i++)
		student(arena_printf(&arena, "s%d", i), "nothing");
	ck_assert_int_eq(open_batch(&batch, &journal, 1, "0", NULL), 0);
	ck_assert_int_eq(batch_run(&batch, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(err.message, "the engine does not"));
	ck_assert_uint_eq(runs_of("s2"), 1);
	ck_assert_uint_eq(runs_of("s3"), 0);
	close_batch(&batch, &journal);
	end();
}
END_TEST

/* Whose run ended last is the last to go; what somebody later used, too. */
START_TEST(images_of_the_graded_go_by_their_last_use)
{
	struct batch batch = { .arena = &arena };
	const char *first[] = { "old", "shared" }, *second[] = { "shared" };
	const char *third[] = { "new" };
	size_t count;

	*vec_push(&batch.students) = (struct job){
		.ended = 20, .images = third, .image_count = 1 };
	*vec_push(&batch.students) = (struct job){
		.ended = 5, .images = first, .image_count = 2 };
	*vec_push(&batch.students) = (struct job){ .state = JOB_WAITING };
	*vec_push(&batch.students) = (struct job){
		.ended = 10, .images = second, .image_count = 1 };
	const char *const *tags = room_unused_images(&batch, &count);
	ck_assert_uint_eq(count, 3);
	ck_assert_str_eq(tags[0], "old");
	ck_assert_str_eq(tags[1], "shared");
	ck_assert_str_eq(tags[2], "new");
	batch_release(&batch);
}
END_TEST

START_TEST(a_submission_that_is_not_there_needs_no_run)
{
	struct batch batch;
	struct journal journal;

	begin();
	student("gone", "pass");
	entries.at[0].path = "/nonexistent/hand-in.zip";
	ck_assert_int_eq(open_batch(&batch, &journal, 1, "0", NULL), 0);
	ck_assert_int_eq(batch_run(&batch, &err), 0);
	ck_assert_int_eq(batch.students.at[0].problem, PROBLEM_SUBMISSION);
	ck_assert_uint_eq(runs_of("gone"), 0);
	close_batch(&batch, &journal);
	end();
}
END_TEST

START_TEST(a_regrading_keeps_what_was_before)
{
	struct batch batch;
	struct journal journal;
	static const char *const ids[] = { "b" };
	const struct batch_again one = { false, ids, 1 };
	const struct batch_again failed = { true, NULL, 0 };

	begin();
	student("a", "pass");
	student("b", "pass");
	student("c", "fail");
	ck_assert_int_eq(open_batch(&batch, &journal, 1, "0", NULL), 0);
	ck_assert_int_eq(batch_run(&batch, &err), 0);
	close_batch(&batch, &journal);
	ck_assert_int_eq(open_batch(&batch, &journal, 1, "0", &one), 0);
	ck_assert_int_eq(batch_run(&batch, &err), 0);
	close_batch(&batch, &journal);
	ck_assert_uint_eq(runs_of("a"), 1);
	ck_assert_uint_eq(runs_of("b"), 2);
	ck_assert_int_eq(open_batch(&batch, &journal, 1, "0", &failed), 0);
	ck_assert_int_eq(batch_run(&batch, &err), 0);
	close_batch(&batch, &journal);
	ck_assert_uint_eq(runs_of("b"), 2);
	ck_assert_uint_eq(runs_of("c"), 2);
	ck_assert(io_exists(arena_printf(&arena, "%s/students/c/run-1", out)));
	end();
}
END_TEST

START_TEST(two_batches_in_one_folder_are_refused)
{
	struct batch batch, other;
	struct journal journal, locked;

	begin();
	student("a", "pass");
	ck_assert_int_eq(open_batch(&batch, &journal, 1, "0", NULL), 0);
	ck_assert_int_eq(open_batch(&other, &locked, 1, "0", NULL), -1);
	ck_assert_ptr_nonnull(strstr(err.message, "another `bis grade`"));
	close_batch(&other, &locked);
	close_batch(&batch, &journal);
	end();
}
END_TEST

START_TEST(a_torn_line_is_cut_off_and_a_changed_one_refused)
{
	struct batch batch;
	struct journal journal;
	const char *path;
	FILE *file;

	begin();
	student("a", "pass");
	ck_assert_int_eq(open_batch(&batch, &journal, 1, "0", NULL), 0);
	ck_assert_int_eq(batch_run(&batch, &err), 0);
	close_batch(&batch, &journal);
	path = arena_printf(&arena, "%s/journal.jsonl", out);
	file = fopen(path, "ae");
	fputs("{\"event\": \"gra", file);
	fclose(file);
	ck_assert_int_eq(open_batch(&batch, &journal, 1, "0", NULL), 0);
	ck_assert_int_eq(batch.students.at[0].state, JOB_GRADED);
	close_batch(&batch, &journal);
	file = fopen(path, "ae");
	fputs("points: 20\n", file);
	fclose(file);
	ck_assert_int_eq(open_batch(&batch, &journal, 1, "0", NULL), -1);
	ck_assert_ptr_nonnull(strstr(err.message, "journal.jsonl:4"));
	close_batch(&batch, &journal);
	end();
}
END_TEST

/* A child of ours that grades; killed after `usec`, or at its end. */
static bool grade_and_kill(int64_t usec)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		struct batch batch;
		struct journal journal;

		if (open_batch(&batch, &journal, 3, "0.02", NULL) < 0)
			_exit(1);
		_exit(batch_run(&batch, &err) < 0 ? 2 : 0);
	}
	for (int64_t until = clock_monotonic() + usec;
	     clock_monotonic() < until;) {
		if (waitpid(pid, &status, WNOHANG) == pid) {
			ck_assert_int_eq(status, 0);
			return true;
		}
		usleep(1000);
	}
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return false;
}

/* Killed 20 times and more: everybody has one result, and whoever was graded
 * before a kill was not graded after it. */
START_TEST(killed_at_random_it_goes_on_where_it_was)
{
	enum { STUDENTS = 60, KILLS = 20 };
	size_t before[STUDENTS] = { 0 };
	unsigned seed = 8;
	int kills = 0;
	bool done = false;

	begin();
	for (int i = 0; i < STUDENTS; i++)
		student(arena_printf(&arena, "s%02d", i), "pass");
	while (!done && kills < 200) {
		done = grade_and_kill(kills < KILLS
				      ? 3000 + rand_r(&seed) % 60000
				      : 60 * CLOCK_SEC);
		kills += !done;
		for (size_t i = 0; i < STUDENTS; i++) {
			const char *id = entries.at[i].id;

			if (before[i])
				ck_assert_uint_eq(runs_of(id), before[i]);
			else if (has_result(id))
				before[i] = runs_of(id);
		}
	}
	ck_assert(done);
	ck_assert_int_ge(kills, KILLS);
	for (size_t i = 0; i < STUDENTS; i++)
		ck_assert(has_result(entries.at[i].id));
	end();
}
END_TEST

TESTS_MAIN("grade/batch",
	   everybody_is_graded_once_and_not_again,
	   a_run_that_ends_badly_is_told_apart,
	   a_check_that_the_full_disk_ended_is_no_verdict,
	   three_that_the_machine_could_not_grade_stop_it,
	   images_of_the_graded_go_by_their_last_use,
	   a_submission_that_is_not_there_needs_no_run,
	   a_regrading_keeps_what_was_before,
	   two_batches_in_one_folder_are_refused,
	   a_torn_line_is_cut_off_and_a_changed_one_refused,
	   killed_at_random_it_goes_on_where_it_was)
