/*
 * Recorded evidence: what a submission shows of its author's own runs. Their
 * generated state (a tracking server's database, artifacts, a feature store's
 * registry, a database's volume) is moved aside, so that the stack starts
 * fresh, and stays readable:
 *
 *	{ "moved": ["mlflow.db", "mlruns"],
 *	  "files": [{"path": "models/model.pkl", "git_blob": "...",
 *	             "sha256": "..." or null, "size": ... or null}],
 *	  "databases": [{"path": "mlflow.db", "runs": [...], "versions": [...],
 *	                 "error": "..."}] }
 *
 * `files` are those that were moved, and committed models wherever they are,
 * also those whose content the repository lacks.
 */
#ifndef SUBMISSION_EVIDENCE_H
#define SUBMISSION_EVIDENCE_H

#include "submission/submission.h"

/* layout as for submission_prepare(). */
int evidence_collect(struct submission *submission, const json_t *layout,
		     struct error *err);

/* An MLflow database, read in a child: {"runs": [{"run_id", "name", "status",
 * "experiment", "params", "metrics", "tags"}], "versions": [{"name",
 * "version", "stage", "aliases", "run_id"}]}; both empty where it is another's.
 */
int evidence_read_database(const char *path, const struct scratch_owner *owner,
			   json_t **ret, struct error *err);

#endif
