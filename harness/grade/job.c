#include "grade/job.h"

#include "base/clock.h"
#include "base/io.h"
#include "grade/result_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A run that is asked to end takes its stack down first. */
#define GRACE (30 * CLOCK_SEC)
/* Tags of images that were built from a submission, stack/compose_build.c. */
#define BUILT_IMAGES "bis-cache/built-"
#define MEASURE_EVERY (2 * CLOCK_SEC)

static const char *const problem_names[] = { "none", "submission", "limit",
					     "machine" };

const char *job_problem_name(enum job_problem problem)
{
	return problem_names[problem];
}

enum job_problem job_problem_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(problem_names); i++)
		if (!strcmp(problem_names[i], name))
			return (enum job_problem)i;
	return PROBLEM_MACHINE;
}

const char *const *job_words(const struct job *job,
			     const struct job_options *options,
			     const char *more, struct arena *arena)
{
	const struct entry *entry = job->entry;
	size_t common = 0, theirs = 0, n = 0;
	const char **argv;

	while (options->arguments[common])
		common++;
	while (entry->path && options->of_submissions[theirs])
		theirs++;
	argv = arena_array(arena, common + theirs + 2 * entry->var_count + 15,
			   sizeof(*argv));
	argv[n++] = options->bis;
	argv[n++] = "run";
	argv[n++] = options->scenario;
	argv[n++] = "--out";
	argv[n++] = job->folder.work;
	argv[n++] = "--format";
	argv[n++] = "json";
	if (more)
		argv[n++] = more;
	for (size_t i = 0; i < common; i++)
		argv[n++] = options->arguments[i];
	for (size_t i = 0; i < theirs; i++)
		argv[n++] = options->of_submissions[i];
	for (size_t i = 0; i < entry->var_count; i++) {
		argv[n++] = "--var";
		argv[n++] = entry->vars[i];
	}
	if (entry->path) {
		argv[n++] = "--submission";
		argv[n++] = entry->commit
			? arena_printf(arena, "%s@%s", entry->path,
				       entry->commit)
			: entry->path;
	}
	if (entry->before) {
		argv[n++] = "--before";
		argv[n++] = entry->before;
	}
	return argv;
}

int job_start(struct job *job, const struct job_options *options,
	      struct arena *arena, struct error *err)
{
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;
	int log, rc;

	if (student_folder_begin(&job->folder, err) < 0)
		return -1;
	log = open(job->folder.log,
		   O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (log < 0)
		return error_errno(err, errno, "opening %s", job->folder.log);
	spec.argv = job_words(job, options, NULL, arena);
	spec.env = options->env;
	spec.err_fd = log;
	spec.die_with_us = true;
	rc = subprocess_begin(&spec, &job->child, err);
	close_fd(&log);
	if (rc < 0)
		return -1;
	job->state = JOB_RUNNING;
	job->problem = PROBLEM_NONE;
	job->measured = clock_monotonic();
	return 0;
}

void job_ask_to_end(struct job *job)
{
	subprocess_ask_to_end(&job->child, GRACE);
}

static void over_limit(struct job *job, const char *why)
{
	job->problem = PROBLEM_LIMIT;
	job->why = why;
	job_ask_to_end(job);
}

void job_check_limits(struct job *job, const struct job_options *options,
		      struct arena *arena)
{
	int64_t now = clock_monotonic();
	char text[CLOCK_TEXT];

	if (job->child.asked_to_end) {
		job_ask_to_end(job);
		return;
	}
	if (options->time_limit && now - job->child.started > options->time_limit) {
		clock_format_duration(options->time_limit, text);
		over_limit(job, arena_printf(arena, "it was not done after %s "
					     "(--time-limit)", text));
		return;
	}
	if (!options->disk_limit || now - job->measured < MEASURE_EVERY)
		return;
	job->measured = now;
	if (folder_size(job->folder.work) > options->disk_limit)
		over_limit(job, arena_printf(
			arena, "it filled more than %lld MiB (--disk-limit)",
			(long long)(options->disk_limit >> 20)));
}

/* The end of what it wrote on stderr. */
static size_t read_tail(const struct job *job, char *tail, size_t size)
{
	int fd = open(job->folder.log, O_RDONLY | O_CLOEXEC);
	off_t end = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	off_t from = end > (off_t)size ? end - (off_t)size : 0;
	ssize_t n = fd < 0 ? 0 : pread(fd, tail, size, from);

	close_fd(&fd);
	return n > 0 ? (size_t)n : 0;
}

/* The last line that begins with `start`, or "". */
static void last_line(const struct job *job, const char *start, char *buf,
		      size_t size)
{
	char tail[4096];
	size_t len = read_tail(job, tail, sizeof(tail));

	*buf = '\0';
	while (len && !*buf) {
		size_t begin;

		while (len && tail[len - 1] == '\n')
			len--;
		begin = len;
		while (begin && tail[begin - 1] != '\n')
			begin--;
		if (len - begin >= strlen(start) &&
		    !strncmp(tail + begin, start, strlen(start)))
			snprintf(buf, size, "%.*s", (int)(len - begin),
				 tail + begin);
		len = begin;
	}
}

void job_last_line(const struct job *job, char *buf, size_t size)
{
	last_line(job, "", buf, size);
}

/* An error in words of ours that holds the system's. */
static bool says_no_room(const char *error)
{
	return error && strstr(error, strerror(ENOSPC));
}

/* Nothing of it could be checked, or the disk was full at one of the checks:
 * then it is not the submission that was graded but the machine. */
static const struct check_result *machine_failed(const struct result *result)
{
	const struct check_result *first = NULL;
	bool checked = false;

	for (size_t i = 0; i < result->exercises.len; i++) {
		const struct exercise_result *e = result->exercises.at[i];

		for (size_t j = 0; j < e->checks.len; j++) {
			const struct check_result *check = e->checks.at[j];

			if (check->verdict == VERDICT_ERROR &&
			    says_no_room(check->actual))
				return check;
			checked |= check->verdict != VERDICT_ERROR;
			if (!first)
				first = check;
		}
	}
	return checked ? NULL : first;
}

/* "image of api": "sha256:... bis-cache/built-api:..." */
static void take_images(struct job *job, const struct result *result,
			struct arena *arena)
{
	size_t most = result->environment.len;

	job->images = arena_array(arena, most + 1, sizeof(*job->images));
	job->image_count = 0;
	for (size_t i = 0; i < most; i++) {
		const struct fact *fact = &result->environment.at[i];
		const char *tag = strncmp(fact->name, "image of ", 9)
			? NULL : strstr(fact->value, BUILT_IMAGES);

		if (tag)
			job->images[job->image_count++] =
				arena_strdup(arena, tag);
	}
}

void job_take_result(struct job *job, const struct result *result,
		     struct arena *arena)
{
	job->state = JOB_GRADED;
	job->problem = PROBLEM_NONE;
	job->why = NULL;
	job->points = result->points;
	job->pending = result->pending;
	job->max_points = result->max_points;
	job->failed = result->exit_code != 0;
	job->ended = result->started + result->duration;
	take_images(job, result, arena);
}

static void take_result(struct job *job, const struct result *result,
			struct arena *arena)
{
	const struct check_result *check = machine_failed(result);

	if (check) {
		job->state = JOB_PROBLEM;
		job->problem = PROBLEM_MACHINE;
		job->why = arena_strdup(arena, check->actual ? check->actual
					: "nothing could be checked");
		return;
	}
	job_take_result(job, result, arena);
}

/* It ended without a result: what its exit code and its last line say. */
static void take_end(struct job *job, int status, struct arena *arena)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	char line[1000], end[64];

	job->state = JOB_PROBLEM;
	if (job->problem == PROBLEM_LIMIT)
		return;
	last_line(job, "bis: ", line, sizeof(line));
	/* The arguments of this student's row; or its hand-in, that is none or
	 * larger than the caps, but for the disk's being full. */
	job->problem = code >= 2 && code <= 4 && !says_no_room(line)
		? PROBLEM_SUBMISSION : PROBLEM_MACHINE;
	if (!*line || code < 0)
		job->why = arena_printf(
			arena, "bis run: %s%s%s",
			subprocess_describe(code, WIFSIGNALED(status)
					    ? WTERMSIG(status) : 0, end),
			*line ? ": " : "", line);
	else
		job->why = arena_strdup(arena, line);
}

void job_conclude(struct job *job, int status, struct arena *arena,
		  char ret_sha256[SHA256_HEX])
{
	struct arena own = ARENA_INIT;
	struct error err = ERROR_INIT;
	struct result *result = NULL;
	const char *path = arena_printf(&own, "%s/result.json",
					job->folder.work);

	if (student_folder_finished(&job->folder, ret_sha256) &&
	    result_file_read(path, &own, &result, &err) == 0 &&
	    !result->interrupted)
		take_result(job, result, arena);
	else
		take_end(job, status, arena);
	result_release(result);
	arena_release(&own);
}
