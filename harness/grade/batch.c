#include "grade/batch.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "format/utf8.h"
#include "grade/result_file.h"
#include "grade/room.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define LOOK_EVERY_MS 200
/* Less than this and the next run would fill the disk. */
#define ROOM_NEEDED ((int64_t)64 << 20)

static void tell(struct batch *batch, const struct job *job)
{
	if (batch->watcher)
		batch->watcher->changed(batch->watcher, batch, job);
}

/* CSV is UTF-8, and an id that is a file's name is checked to be. */
static json_t *event(const char *name, const struct job *job)
{
	char time[CLOCK_TEXT];

	return json_pack("{s:s, s:s, s:s}", "event", name, "id",
			 job->entry->id, "time",
			 clock_format_iso(clock_now(), time));
}

/* The points of a result that is in its place. */
static int take_points(struct batch *batch, struct job *job,
		       struct error *err)
{
	struct arena arena = ARENA_INIT;
	struct result *result;
	int rc = result_file_read(job->folder.result, &arena, &result, err);

	if (!rc) {
		job_take_result(job, result, batch->arena);
		result_release(result);
	}
	arena_release(&arena);
	return rc;
}

static int add_graded(struct batch *batch, const struct job *job,
		      const char *sha256, struct error *err)
{
	json_t *line = event("graded", job);

	json_object_set_new(line, "sha256", json_string(sha256));
	json_object_set_new(line, "points", json_real(job->points));
	json_object_set_new(line, "pending", json_real(job->pending));
	json_object_set_new(line, "max_points", json_real(job->max_points));
	return journal_add(batch->journal, line, err);
}

/* It may hold bytes that are not UTF-8, which JSON has no place for. */
static json_t *text_json(const char *text)
{
	struct strbuf visible = STRBUF_INIT(STRBUF_LINE);
	json_t *string;

	utf8_add_visible(&visible, text, strlen(text), "\n");
	string = json_string(visible.buf);
	strbuf_release(&visible);
	return string;
}

static int add_problem(struct batch *batch, const struct job *job,
		       struct error *err)
{
	json_t *line = event("error", job);

	json_object_set_new(line, "problem",
			    json_string(job_problem_name(job->problem)));
	json_object_set_new(line, "why", text_json(job->why));
	return journal_add(batch->journal, line, err);
}

/* Its result, finished in the work folder, into the journal and its place. */
static int settle(struct batch *batch, struct job *job, const char *sha256,
		  struct error *err)
{
	if (add_graded(batch, job, sha256, err) < 0)
		return -1;
	return student_folder_settle(&job->folder, sha256, err) < 0 ? -1 : 0;
}

static bool is_asked_again(const struct batch_again *again,
			   const struct job *job)
{
	for (size_t i = 0; i < again->id_count; i++)
		if (!strcmp(again->ids[i], job->entry->id))
			return true;
	return again->failed && (job->state == JOB_PROBLEM || job->failed);
}

/* What an earlier batch left of a student. */
static int recover(struct batch *batch, struct job *job, struct error *err)
{
	const struct journal_student *known =
		journal_find(batch->journal, job->entry->id);
	char sha256[SHA256_HEX];
	int there;

	if (!known)
		return 0;
	if (known->graded) {
		there = student_folder_settle(&job->folder, known->sha256, err);
		if (there < 0)
			return -1;
		if (!there)
			return 0;
		job->before = true;
		return take_points(batch, job, err);
	}
	if (known->problem) {
		job->why = known->problem;
		job->problem = job_problem_of(known->kind);
		job->state = job->problem == PROBLEM_MACHINE ? JOB_WAITING
							     : JOB_PROBLEM;
		return 0;
	}
	/* It was started, and came to its end after the batch had ended. */
	if (!student_folder_finished(&job->folder, sha256))
		return 0;
	job_conclude(job, 0, batch->arena, sha256);
	if (job->state != JOB_GRADED) {
		job->state = JOB_WAITING;
		return 0;
	}
	job->before = true;
	return settle(batch, job, sha256, err);
}

int batch_init(struct batch *batch, const struct entries *entries,
	       const struct batch_again *again, struct error *err)
{
	for (size_t i = 0; i < entries->len; i++) {
		struct job *job = vec_push(&batch->students);

		job->entry = &entries->at[i];
		job->child = (struct subprocess)SUBPROCESS_INIT;
		job->folder = student_folder_of(batch->arena, batch->out,
						job->entry->slug);
		if (recover(batch, job, err) < 0)
			return -1;
		if (is_asked_again(again, job)) {
			job->state = JOB_WAITING;
			job->before = false;
		}
	}
	return 0;
}

void batch_release(struct batch *batch)
{
	vec_release(&batch->students);
}

static int check_room(const struct batch *batch, struct error *err)
{
	struct statvfs fs;

	if (statvfs(batch->out, &fs) < 0)
		return error_errno(err, errno, "%s", batch->out);
	int64_t room = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
	if (room >= ROOM_NEEDED)
		return 0;
	return error_set(err, ERROR_LIMIT,
			 "only %lld MiB are left on the disk of %s",
			 (long long)(room >> 20), batch->out);
}

/* A path that isn't there needs no run. */
static bool is_missing(const struct entry *entry)
{
	return entry->path && access(entry->path, F_OK) < 0;
}

static int begin(struct batch *batch, struct job *job, struct error *err)
{
	if (check_room(batch, err) < 0 ||
	    journal_add(batch->journal, event("started", job), err) < 0)
		return -1;
	if (is_missing(job->entry)) {
		job->state = JOB_PROBLEM;
		job->problem = PROBLEM_SUBMISSION;
		job->why = arena_printf(batch->arena, "there is no %s",
					job->entry->path);
		tell(batch, job);
		return add_problem(batch, job, err);
	}
	if (job_start(job, &batch->options, batch->arena, err) < 0)
		return -1;
	tell(batch, job);
	return 0;
}

static int end(struct batch *batch, struct job *job, int status,
	       struct error *err)
{
	char sha256[SHA256_HEX];
	int rc;

	if (interrupt_signal()) {
		job->state = JOB_WAITING;
		return 0;
	}
	job_conclude(job, status, batch->arena, sha256);
	if (job->state == JOB_GRADED) {
		batch->in_a_row = 0;
		rc = settle(batch, job, sha256, err);
		batch->crowded = room_is_short(batch);
	} else {
		if (job->problem == PROBLEM_MACHINE)
			batch->in_a_row++;
		rc = add_problem(batch, job, err);
	}
	if (!rc)
		tell(batch, job);
	return rc;
}

static size_t count_running(const struct batch *batch)
{
	size_t running = 0;

	for (size_t i = 0; i < batch->students.len; i++)
		running += batch->students.at[i].child.pid != 0;
	return running;
}

static struct job *next_waiting(struct batch *batch)
{
	for (size_t i = 0; i < batch->students.len; i++)
		if (batch->students.at[i].state == JOB_WAITING &&
		    !batch->students.at[i].child.pid)
			return &batch->students.at[i];
	return NULL;
}

static int begin_more(struct batch *batch, struct error *err)
{
	size_t running = count_running(batch);
	struct job *job;

	/* An image may be removed once nobody can be about to start it. */
	if (batch->crowded && !running) {
		batch->crowded = false;
		if (room_make(batch, err) < 0)
			return -1;
	}
	while (running < batch->jobs && !batch->crowded &&
	       !interrupt_signal() && (job = next_waiting(batch)) != NULL) {
		if (batch->in_a_row >= BATCH_PATIENCE)
			return error_set(err, ERROR_UNAVAILABLE,
					 "%zu submissions in a row could not "
					 "be graded, the last because: %s",
					 batch->in_a_row, batch->last_problem);
		if (begin(batch, job, err) < 0)
			return -1;
		running += job->child.pid != 0;
	}
	return 0;
}

/* Until one of them ends, or it is time to look again. */
static void wait_a_little(const struct batch *batch)
{
	struct pollfd polled[64];
	nfds_t n = 0;

	for (size_t i = 0; i < batch->students.len && n < 64; i++)
		if (batch->students.at[i].child.pid)
			polled[n++] = (struct pollfd){
				batch->students.at[i].child.pidfd, POLLIN, 0 };
	poll(polled, n, LOOK_EVERY_MS);
}

/* One look at all that run: limits, ends, the watcher. */
static int look(struct batch *batch, bool stopping, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; i < batch->students.len; i++) {
		struct job *job = &batch->students.at[i];
		int status;

		if (!job->child.pid)
			continue;
		if (stopping || interrupt_signal())
			job_ask_to_end(job);
		else
			job_check_limits(job, &batch->options, batch->arena);
		if (!subprocess_has_ended(&job->child, &status))
			continue;
		if (stopping)
			job->state = JOB_WAITING;
		else if (end(batch, job, status, err) < 0)
			rc = -1;
		if (job->problem == PROBLEM_MACHINE)
			batch->last_problem = job->why;
	}
	if (batch->watcher)
		batch->watcher->tick(batch->watcher, batch);
	return rc;
}

int batch_run(struct batch *batch, struct error *err)
{
	int rc = 0;

	while (!rc) {
		rc = begin_more(batch, err);
		if (rc || !count_running(batch))
			break;
		wait_a_little(batch);
		rc = look(batch, false, err);
	}
	/* What still runs is ended, and graded the next time. */
	while (count_running(batch)) {
		wait_a_little(batch);
		look(batch, true, NULL);
	}
	if (!rc && interrupt_signal())
		rc = error_set(err, ERROR_CANCELLED, "interrupted");
	return rc;
}

/* MemAvailable of /proc/meminfo, or 0. */
static int64_t memory_available(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	long long kib = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %lld kB", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return (int64_t)kib << 10;
}

size_t batch_jobs_auto(int64_t memory)
{
	cpu_set_t cpus;
	int64_t jobs = 1, room = memory_available() / memory;

	if (sched_getaffinity(0, sizeof(cpus), &cpus) == 0)
		jobs = CPU_COUNT(&cpus);
	if (room && room < jobs)
		jobs = room;
	return jobs > 0 ? (size_t)jobs : 1;
}
