#include "compare/declared.h"

#include "base/compiler.h"

#include <fnmatch.h>
#include <string.h>

/* MLflow 2.16 and 3.x: mlflow/models/model.py (MLmodel), the file store's
 * meta.yaml, and what the client writes as tags. */
static const struct volatile_field fields[] = {
	{ "*.db", "*.artifact_location", "where the runs are kept" },
	{ "*.db", "*.artifact_uri", "holds the run's id" },
	{ "*.db", "*.creation_time*", "a time" },
	{ "*.db", "*.end_time", "a time" },
	{ "*.db", "*.last_update*", "a time" },
	{ "*.db", "*.run_id", "names the run" },
	{ "*.db", "*.run_uuid", "names the run" },
	{ "*.db", "*.source", "holds the run's id" },
	{ "*.db", "*.start_time", "a time" },
	{ "*.db", "*.storage_location", "holds the run's id" },
	{ "*.db", "*.timestamp", "a time" },
	{ "*.db", "*metrics?*train_time*", "how long it took" },
	{ "*.db", "*.dataset_uuid", "drawn at random" },
	{ "*.db", "*.input_uuid", "drawn at random" },
	{ "*.db", "inputs.destination_id", "names the run" },
	{ "*.db", "inputs.source_id", "drawn at random" },
	{ "*.db", "runs.name", "drawn at random" },
	{ "*.db", "tags?mlflow.log-model.history?", "holds the run's id" },
	{ "*.db", "tags?mlflow.runName?", "drawn at random" },
	{ "*.json", "*duration*", "how long it took" },
	{ "*.json", "*elapsed*", "how long it took" },
	{ "*.json", "*fit_time*", "how long it took" },
	{ "*.json", "*run_id", "names the run" },
	{ "*.json", "*train_time*", "how long it took" },
	{ "MLmodel", "artifact_path", "where the run keeps its model" },
	{ "MLmodel", "model_id", "names this logged model" },
	{ "MLmodel", "model_size_bytes", "the pickle's own length" },
	{ "MLmodel", "model_uuid", "names this logged model" },
	{ "MLmodel", "run_id", "names the run" },
	{ "MLmodel", "utc_time_created", "a time" },
	{ "meta.yaml", "artifact_uri", "holds the run's id" },
	{ "meta.yaml", "creation_time", "a time" },
	{ "meta.yaml", "creation_timestamp", "a time" },
	{ "meta.yaml", "end_time", "a time" },
	{ "meta.yaml", "last_update_time", "a time" },
	{ "meta.yaml", "last_updated_timestamp", "a time" },
	{ "meta.yaml", "run_id", "names the run" },
	{ "meta.yaml", "run_name", "drawn at random" },
	{ "meta.yaml", "run_uuid", "names the run" },
	{ "meta.yaml", "start_time", "a time" },
	{ "metrics/*", "timestamp*", "a time" },
	{ "metrics/*train_time*", NULL, "how long it took" },
	{ "registered_model_meta", "model_version", "counts registrations" },
	{ "tags/mlflow.log-model.history", NULL, "holds the run's id" },
	{ "tags/mlflow.loggedModelId", NULL, "names this logged model" },
	{ "tags/mlflow.runName", NULL, "drawn at random" },
};

static const char *const metrics[] = {
	"*duration*", "*elapsed*", "*train_time*", "fit_time*",
};

/* scikit-learn: how the work is done, and what is printed meanwhile. */
static const char *const parameters[] = {
	"n_jobs", "verbose", "warm_start",
};

const struct declared declared_mlflow = {
	fields, ARRAY_SIZE(fields),
	metrics, ARRAY_SIZE(metrics),
	parameters, ARRAY_SIZE(parameters),
};

/* Whether the pattern takes the path, or its end after some slash. */
static bool file_matches(const char *pattern, const char *path)
{
	while (path) {
		if (fnmatch(pattern, path, 0) == 0)
			return true;
		path = strchr(path, '/');
		path = path ? path + 1 : NULL;
	}
	return false;
}

const char *declared_volatile(const struct declared *d, const char *file,
			      const char *field)
{
	for (size_t i = 0; i < d->n_fields; i++) {
		const struct volatile_field *f = &d->fields[i];
		if (!file_matches(f->file, file))
			continue;
		if (!f->field || (*field && fnmatch(f->field, field, 0) == 0))
			return f->why;
	}
	return NULL;
}

bool declared_volatile_metric(const struct declared *d, const char *name)
{
	for (size_t i = 0; i < d->n_metrics; i++)
		if (fnmatch(d->metrics[i], name, 0) == 0)
			return true;
	return false;
}

bool declared_non_semantic(const struct declared *d, const char *name,
			   size_t len)
{
	for (size_t i = 0; i < d->n_parameters; i++)
		if (strlen(d->parameters[i]) == len &&
		    memcmp(d->parameters[i], name, len) == 0)
			return true;
	return false;
}
