/*
 * One student's grading while it goes on: a `bis run` of its own, so that
 * whatever it meets (a crash, a hostile hand-in, a lack of memory) ends with
 * it. It dies with the batch, however that ends, and its supervisor then
 * removes the stack.
 */
#ifndef GRADE_JOB_H
#define GRADE_JOB_H

#include "base/subprocess.h"
#include "event/result.h"
#include "grade/entries.h"
#include "grade/student_folder.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum job_state { JOB_WAITING, JOB_RUNNING, JOB_GRADED, JOB_PROBLEM };

/* Whose fault it is that there is no result. Only the machine's are tried
 * again by the next batch, and only they count towards giving up. */
enum job_problem {
	PROBLEM_NONE,
	PROBLEM_SUBMISSION, /* it can't be graded as it is */
	PROBLEM_LIMIT,      /* it took too long, or too much room */
	PROBLEM_MACHINE,    /* Bis, the engine, the disk, the network */
};
const char *job_problem_name(enum job_problem problem);
enum job_problem job_problem_of(const char *name);

struct job {
	const struct entry *entry;
	struct student_folder folder;
	enum job_state state;
	enum job_problem problem;
	const char *why;     /* of the problem */
	bool before;         /* graded by an earlier batch */
	struct subprocess child;
	int64_t measured;    /* when its room was last looked at */
	double points, pending, max_points; /* once graded */
	bool failed; /* graded, and a scored check does not hold */
	int64_t ended; /* when the run did; wall clock, microseconds */
	const char **images; /* that were built for it: tags */
	size_t image_count;
};

struct job_options {
	const char *bis;      /* the program */
	const char *scenario; /* as `bis run` is given it */
	/* More for every run, and for those of a submission only; each ends
	 * with NULL. */
	const char *const *arguments, *const *of_submissions;
	const char *const *env;
	int64_t time_limit; /* microseconds; 0: none */
	int64_t disk_limit; /* bytes below its folder; 0: none */
};

/* bis run SCENARIO --out WORK --format json, what all are given, and what is
 * this student's; `more` is one word beside, or NULL. Arena. */
const char *const *job_words(const struct job *job,
			     const struct job_options *options,
			     const char *more, struct arena *arena);

/* Starts it. -1: it could not be started at all. */
int job_start(struct job *job, const struct job_options *options,
	      struct arena *arena, struct error *err);

/* Asks it to end where it has reached a limit, and ends it where it does not.
 * `reason` PROBLEM_NONE: because the batch is interrupted. */
void job_check_limits(struct job *job, const struct job_options *options,
		      struct arena *arena);
void job_ask_to_end(struct job *job);

/* What its end and its result.json say: state JOB_GRADED with the points and
 * the digest of the result, or JOB_PROBLEM. */
void job_conclude(struct job *job, int status, struct arena *arena,
		  char ret_sha256[SHA256_HEX]);

/* The points of a result, and what else is kept of it: state JOB_GRADED. */
void job_take_result(struct job *job, const struct result *result,
		     struct arena *arena);

/* The last whole line that it wrote on stderr, or "": what it does now. */
void job_last_line(const struct job *job, char *buf, size_t size);

#endif
