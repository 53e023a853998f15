/*
 * A commit of a bare repository that holds nothing but data (see
 * submission/objects_copy.h), read by libgit2: which one, when, by whom, and
 * its files. git itself never runs, and neither does anything that a
 * repository can name: no filters, no hooks, no attributes, no configuration
 * but ours.
 *
 * To be called in a child, see base/confined.h.
 */
#ifndef SUBMISSION_HISTORY_H
#define SUBMISSION_HISTORY_H

#include "submission/tree_writer.h"

struct history_request {
	const char *repository; /* the bare one */
	const char *revision;   /* as git names it; NULL: HEAD */
	int64_t before;         /* the newest commit before it, microseconds
				 * UTC; 0: whatever its date */
};

/*
 * Writes the commit's files, and gives
 *
 *	{ "commit": "4f1c...", "time": 1766188800, "subject": "...",
 *	  "person": {"commit": "...", "time": ...} or null,
 *	  "files": [{"path": "models/model.pkl", "git_blob": "..."}, ...] }
 *
 * `time` is the committer's, in seconds; `person` the newest commit, at or
 * before it, whose author is no robot (GitHub Classroom's own, dependabot,
 * ...). A file whose content the repository lacks is listed all the same.
 * into NULL: no files are written.
 */
int history_read(const struct history_request *request,
		 struct tree_writer *into, json_t **ret, struct error *err);

/* "github-classroom[bot]", and the like. */
bool history_is_robot(const char *name, const char *email);

#endif
