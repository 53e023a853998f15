#include "cli/grade_slurm.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "base/path.h"
#include "base/subprocess.h"
#include "base/vec.h"
#include "cli/grade.h"
#include "grade/merge.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

#define LOOK_EVERY (1 * CLOCK_SEC)

/* What a task runs: its number becomes the shard and the folder. */
static const char task[] =
	"#!/bin/sh\n"
	"shards=$1 count=$2\n"
	"shift 2\n"
	"exec \"$@\" --shard \"$SLURM_ARRAY_TASK_ID/$count\" "
	"--out \"$shards/$SLURM_ARRAY_TASK_ID\"\n";

/* Runs a command of Slurm's; its output, without the line feed. */
static int run(const char *const *argv, struct arena *arena,
	       const char **ret_out, struct error *err)
{
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;
	struct subprocess_result result;

	spec.argv = argv;
	spec.env = (const char *const *)environ;
	spec.timeout = 60 * CLOCK_SEC;
	if (subprocess_run(&spec, &result, err) < 0)
		return -1;
	strbuf_rtrim(&result.out);
	strbuf_rtrim(&result.err);
	*ret_out = arena_strdup(arena, result.out.buf);
	int rc = result.exit_code == 0 ? 0
		: error_set(err, ERROR_UNAVAILABLE, "%s: %s", argv[0],
			    result.err.len ? result.err.buf : "it failed");
	subprocess_result_release(&result);
	return rc;
}

/* "1,4,7%3" */
static const char *array_of(const struct slurm_array *array,
			    struct arena *arena)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	const char *copy;

	strbuf_addstr(&text, "--array=");
	for (size_t i = 0; i < array->task_count; i++)
		strbuf_addf(&text, "%s%zu", i ? "," : "", array->tasks[i]);
	if (array->at_once)
		strbuf_addf(&text, "%%%zu", array->at_once);
	copy = arena_strdup(arena, text.buf);
	strbuf_release(&text);
	return copy;
}

/* The options of `bis grade` that a task is given as well. */
static void add_options(struct argument_words *argv, const struct arguments *arguments,
			struct arena *arena)
{
	static const char *const own[] = { "disk-limit", "given", "scenario",
					   "time-limit" };

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		argument_words_add(argv, arguments, own[i], arena);
	for (size_t i = 0; i < grade_handed_count; i++)
		argument_words_add(argv, arguments, grade_handed[i], arena);
	for (size_t i = 0; i < arguments->operand_count; i++)
		*vec_push(&argv->at) = arguments->operands[i];
}

static int submit(const struct slurm_array *array, const char *shards,
		  struct arena *arena, const char **ret_job, struct error *err)
{
	const char *script = path_join(arena, array->out, "slurm-task");
	const char *const fixed[] = {
		"sbatch", "--parsable", "--requeue", "--job-name=bis-grade",
		array_of(array, arena),
		arena_printf(arena, "--output=%s/%%a.log", shards),
	};
	const char *const *extra;
	size_t count;
	struct argument_words argv = { VEC_INIT };

	if (io_make_folders(shards, 0755, err) < 0 ||
	    io_write_file(script, task, sizeof(task) - 1, 0755, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		*vec_push(&argv.at) = fixed[i];
	extra = argument_values(array->arguments, "slurm-option", &count);
	for (size_t i = 0; i < count; i++)
		*vec_push(&argv.at) = extra[i];
	*vec_push(&argv.at) = script;
	*vec_push(&argv.at) = shards;
	*vec_push(&argv.at) = arena_printf(arena, "%zu", array->class_size);
	*vec_push(&argv.at) = array->bis;
	*vec_push(&argv.at) = "grade";
	add_options(&argv, array->arguments, arena);
	return run(argument_words_end(&argv, arena), arena, ret_job, err);
}

/* How many tasks are still in the queue, running or not. Slurm forgets a job
 * some minutes after its end: squeue then says that the id is invalid. */
static size_t in_queue(const char *job, struct arena *arena)
{
	const char *const argv[] = { "squeue", "--noheader", "--array",
				     "--format=%T", "--jobs", job, NULL };
	const char *out;
	size_t lines = 0;

	if (run(argv, arena, &out, NULL) < 0)
		return 0;
	for (const char *s = out; *s; s += strcspn(s, "\n"), s += *s == '\n')
		lines++;
	return lines;
}

static void cancel(const char *job, struct arena *arena)
{
	const char *const argv[] = { "scancel", job, NULL };
	const char *out;

	interrupt_clear(); /* else our own command would be ended, too */
	run(argv, arena, &out, NULL);
}

static int wait_for(const char *job, struct error *err)
{
	size_t left, before = 0;
	int signal = 0;

	do {
		struct arena arena = ARENA_INIT;

		clock_sleep(LOOK_EVERY);
		signal = interrupt_signal();
		if (signal)
			cancel(job, &arena);
		left = in_queue(job, &arena);
		if (left != before)
			fprintf(stderr, "slurm job %s: %zu in the queue\n",
				job, left);
		before = left;
		arena_release(&arena);
	} while (left && !signal);
	if (signal) {
		raise(signal);
		return error_set(err, ERROR_CANCELLED, "interrupted");
	}
	return 0;
}

/* A task that never began has no folder: nothing to merge. */
static int merge_tasks(const struct slurm_array *array, const char *shards,
		       struct arena *arena, struct error *err)
{
	for (size_t i = 0; i < array->task_count; i++) {
		const char *part = arena_printf(arena, "%s/%zu", shards,
						array->tasks[i]);
		size_t added;

		if (io_exists(path_join(arena, part, "journal.jsonl")) &&
		    merge(array->out, part, arena, &added, err) < 0)
			return -1;
	}
	return 0;
}

int slurm_grade(const struct slurm_array *array, struct arena *arena,
		struct error *err)
{
	const char *shards = path_join(arena, array->out, "shards");
	char cwd[4096];
	const char *job;

	/* Nodes need not begin where we are. */
	if (*shards != '/' && getcwd(cwd, sizeof(cwd)))
		shards = path_join(arena, cwd, shards);
	if (submit(array, shards, arena, &job, err) < 0)
		return -1;
	fprintf(stderr, "slurm job %s: %zu tasks\n", job, array->task_count);
	if (wait_for(job, err) < 0)
		return -1;
	return merge_tasks(array, shards, arena, err);
}
