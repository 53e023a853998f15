/*
 * One training through the stack's `train` action, and what the tracking
 * server holds of it afterwards. Used by the `train` step and by diagnose/.
 */
#ifndef STEP_TRAIN_H
#define STEP_TRAIN_H

#include "step/step.h"

struct train_spec {
	const char *id;    /* of the record: the step's id */
	const json_t *with; /* parameters of the action: as_of, seed, ... */
	const struct action_options *options; /* or NULL */
	const char *purpose; /* of the record; NULL: "graded" */
};

/* Runs it, fetches the run and its artifacts, and adds the record to the
 * result. *ret is NULL where the training itself failed: outcome says how
 * (ended badly, timed out, logged nothing). -1 only where it could not be
 * tried. */
int train_once(struct step_context *context, const struct train_spec *spec,
	       struct train_record **ret, struct step_outcome *outcome,
	       struct error *err);

/* The value tree of a training: run_id, run_name, as_of, metrics, params,
 * tags, model, artifacts by path; and `metric`, by the roles of `names:`. A
 * role with no or several candidates is left out and noted as ambiguous. */
json_t *train_value(struct step_context *context,
		    const struct train_record *record);

/* The logged name that plays this role among the metrics, or NULL (none, or
 * several: *ret_why says which; arena). */
const char *train_metric_name(struct step_context *context,
			      const struct train_record *record,
			      const char *role, const char **ret_why);

#endif
