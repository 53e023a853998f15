/*
 * What a student handed in, made ready to be graded: a folder, a git
 * repository, or an archive, copied into a scratch folder. The original is
 * only read.
 *
 * A repository is graded as somebody would get it who clones it: the files of
 * one commit. Which one, and why that one, is said. A folder or an archive is
 * graded as it is.
 *
 * submission_open() copies; submission_prepare() then moves the student's own
 * generated state aside (kept as *recorded evidence*) and puts the
 * instructor's data in place. Everything here lives in the arena, but for the
 * json_t values.
 */
#ifndef SUBMISSION_SUBMISSION_H
#define SUBMISSION_SUBMISSION_H

#include "base/arena.h"
#include "event/result.h"
#include "submission/scratch.h"
#include "submission/tree_writer.h"

#include <jansson.h>

struct submission_options {
	const char *source; /* DIR, DIR@REVISION or ARCHIVE */
	int64_t before;     /* microseconds UTC, or 0 */
	struct scratch_owner owner;
	const struct tree_limits *limits; /* NULL: the default ones */
	struct arena *arena;
};

struct submission {
	const char *source;  /* as it was given */
	const char *root;    /* of the copy that is graded */
	const char *commit;  /* 40 hexadecimal digits, or NULL */
	struct bilingual chosen_by; /* why these files */
	int64_t date;        /* microseconds UTC; see dated_by */
	struct bilingual dated_by;
	bool archived;       /* an archive without history: its files' dates
			      * are whatever packed them */
	const char *digest;  /* over names and bytes of all files as copied */
	VEC(struct bilingual) notes;
	json_t *files;       /* of the commit: [{"path", "git_blob"}] */
	json_t *left_out;    /* [{"path", "reason"}] */
	json_t *maps;        /* of its bis.yaml: {"roles": {}, "names": {}} */
	json_t *recorded;    /* see submission/evidence.h; NULL before it is
			      * prepared */
	const char *data_digest; /* of what it is trained on, or NULL */
	/* Why there is nothing to train on, or NULL. */
	const char *no_data;
	struct scratch scratch;
	struct scratch_owner owner;
	struct arena *arena;
};

/* ERROR_UNAVAILABLE where there is no such path, ERROR_INVALID where it is no
 * submission, ERROR_LIMIT where it is too large. *ret is to be released
 * whatever comes. */
int submission_open(const struct submission_options *options,
		    struct submission *ret, struct error *err);

/*
 * layout: what the stack file's `submission:` says, or NULL:
 *
 *	data: [data/seeds, ...]     where the data lie: the first that is there
 *	generated: [mlflow.db, ...] names; paths, where they have a slash; `*`
 *		stands for slashes, too
 *	generated_where: [PG_VERSION] folders that hold such a file
 *
 * data: the instructor's, in place of the submission's own, or NULL.
 */
int submission_prepare(struct submission *submission, const json_t *layout,
		       const char *data, struct error *err);

/* Removes the scratch copy: -1 where something of it stays, since services
 * wrote files into it that are not ours to remove. */
int submission_release(struct submission *submission, struct error *err);

/* What a result says of it. Its texts are the submission's arena's, which must
 * live as long. */
void submission_describe(const struct submission *submission,
			 struct result *result);

void submission_note(struct submission *submission, const char *en,
		     const char *fr);

#endif
