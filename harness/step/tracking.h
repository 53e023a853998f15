/*
 * A client of the tracking server's REST interface (MLflow 2.x,
 * https://mlflow.org/docs/2.16.0/rest-api.html): what the steps and the
 * diagnosis read of runs, artifacts, models. Answers are hostile input:
 * jansson reads them, under a cap.
 */
#ifndef STEP_TRACKING_H
#define STEP_TRACKING_H

#include "step/step.h"

/* One call. path: "runs/get"; query NULL or "run_id=..."; body NULL for GET.
 * The answer is the caller's. A status that isn't 200 is ERROR_INVALID with
 * the server's error code and message. */
int tracking_call(struct step_context *context, const char *path,
		  const char *query, const json_t *body, json_t **ret,
		  struct error *err);

/* Fills the record from the server: metrics, params, tags, name, version; and
 * fetches every artifact below the run's folder, with its digests. Needs
 * record->run_id. */
int tracking_fetch_run(struct step_context *context,
		       struct train_record *record, struct error *err);

/* A shell line that sets RUN to the newest run of the record's experiment: a
 * person who repeats the commands gets other run ids. Arena. */
const char *tracking_run_by_hand(struct step_context *context,
				 const struct train_record *record);

/* The versions of a model, newest first, as the server lists them. */
int tracking_versions(struct step_context *context, const char *model,
		      json_t **ret, struct error *err);

/* The runs of an experiment, newest first, at most `limit`. */
int tracking_runs(struct step_context *context, const char *experiment,
		  int limit, json_t **ret, struct error *err);

/* The run that began last, at or after `since` (microseconds UTC), in any
 * experiment; NULL where there is none. */
int tracking_newest_run(struct step_context *context, int64_t since,
			const char **ret_run_id, struct error *err);

#endif
