#include "step/tracking.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/path.h"

#include <stdlib.h>
#include <string.h>

enum {
	ARTIFACT_COUNT_MAX = 1000,
	ARTIFACT_DEPTH_MAX = 8,
	ANSWER_MAX = 16 * 1024 * 1024,
};
#define ARTIFACT_SIZE_MAX ((size_t)1024 * 1024 * 1024)

int tracking_call(struct step_context *context, const char *path,
		  const char *query, const json_t *body, json_t **ret,
		  struct error *err)
{
	const char *base = stack_url(context->stack, "tracking");
	static const char *const headers[] = {
		"Content-Type: application/json", NULL,
	};
	struct http_response response;
	json_error_t why;

	if (!base)
		return error_set(err, ERROR_INVALID,
				 "this stack has no tracking server");
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	struct http_request request = {
		.url = arena_printf(context->arena, "%s/api/2.0/mlflow/%s%s%s",
				    base, path, query ? "?" : "",
				    query ? query : ""),
		.headers = text ? headers : NULL,
		.body = text,
		.body_len = text ? strlen(text) : 0,
		.cap = ANSWER_MAX,
	};
	int rc = http_perform(&context->http, &request, &response, err);
	free(text);
	if (rc < 0)
		return error_context(err, "asking the tracking server");
	json_t *answer = json_loadb(response.body.buf, response.body.len,
				    JSON_ALLOW_NUL, &why);
	if (!answer) {
		rc = error_set(err, ERROR_INVALID,
			       "%s answered %d and no JSON: %s", path,
			       response.status, why.text);
	} else if (response.status != 200) {
		const char *code = step_text(answer, "error_code");
		const char *message = step_text(answer, "message");
		rc = error_set(err, ERROR_INVALID, "%s answered %d %s: %s",
			       path, response.status, code ? code : "",
			       message ? message : "");
		json_decref(answer);
	} else {
		*ret = answer;
	}
	http_response_release(&response);
	return rc;
}

/* [{"key": k, "value": v}, ...] to {k: v} */
static json_t *pairs_to_object(const json_t *pairs)
{
	json_t *object = json_object();
	json_t *pair;
	size_t i;

	json_array_foreach(pairs, i, pair) {
		const char *key = step_text(pair, "key");
		json_t *value = json_object_get(pair, "value");
		if (key)
			json_object_set(object, key, value);
	}
	return object;
}

static int cmp_artifacts(const void *a, const void *b)
{
	const struct artifact_record *x = a, *y = b;

	return strcmp(x->path, y->path);
}

/* The last training's of that name: the same bytes, as often as not. */
static const struct file_digest *
last_artifact(const struct step_context *context,
	      const struct train_record *record, const char *path)
{
	for (size_t i = context->result->runs.len; i--;) {
		const struct train_record *r = context->result->runs.at[i];
		for (size_t j = 0; r != record && j < r->artifacts.len; j++)
			if (!strcmp(r->artifacts.at[j].path, path))
				return &r->artifacts.at[j].digest;
	}
	return NULL;
}

static int fetch_artifact(struct step_context *context,
			  struct train_record *record, const char *path,
			  struct error *err)
{
	struct strbuf url = STRBUF_INIT(STRBUF_LINE);
	const char *to = path_join(context->arena, record->folder, path);
	struct http_response response;
	int rc;

	if (io_make_folders(path_dirname(context->arena, to), 0755, err) < 0)
		return -1;
	strbuf_addf(&url, "%s/get-artifact?run_uuid=%s&path=",
		    stack_url(context->stack, "tracking"), record->run_id);
	http_add_escaped(&url, path);
	struct http_request request = {
		.url = url.buf, .save = to, .cap = ARTIFACT_SIZE_MAX,
		.timeout = 120 * CLOCK_SEC,
	};
	rc = http_perform(&context->http, &request, &response, err);
	strbuf_release(&url);
	if (rc < 0)
		return error_context(err, "fetching artifact %s", path);
	int status = response.status;
	http_response_release(&response);
	if (status != 200)
		return error_set(err, ERROR_UNAVAILABLE,
				 "artifact %s: the tracking server answered %d",
				 path, status);
	struct artifact_record *artifact = vec_push(&record->artifacts);
	artifact->path = arena_strdup(context->arena, path);
	return hash_file_like(to, last_artifact(context, record, path),
			      &artifact->digest, err);
}

static int fetch_folder(struct step_context *context,
			struct train_record *record, const char *folder,
			int depth, struct error *err)
{
	struct strbuf query = STRBUF_INIT(STRBUF_LINE);
	json_t *answer = NULL, *file;
	size_t i;

	if (depth > ARTIFACT_DEPTH_MAX)
		return error_set(err, ERROR_LIMIT,
				 "artifacts are nested more than %d deep",
				 ARTIFACT_DEPTH_MAX);
	strbuf_addf(&query, "run_id=%s&path=", record->run_id);
	http_add_escaped(&query, folder);
	int rc = tracking_call(context, "artifacts/list", query.buf, NULL,
			       &answer, err);
	strbuf_release(&query);
	if (rc < 0)
		return error_context(err, "listing artifacts");
	json_array_foreach(json_object_get(answer, "files"), i, file) {
		const char *path = step_text(file, "path");
		if (!path || !path_is_contained(path))
			rc = error_set(err, ERROR_INVALID,
				       "the tracking server lists an artifact "
				       "outside its run");
		else if (record->artifacts.len >= ARTIFACT_COUNT_MAX)
			rc = error_set(err, ERROR_LIMIT,
				       "more than %d artifacts",
				       ARTIFACT_COUNT_MAX);
		else if (json_is_true(json_object_get(file, "is_dir")))
			rc = fetch_folder(context, record, path, depth + 1,
					  err);
		else
			rc = fetch_artifact(context, record, path, err);
		if (rc < 0)
			break;
	}
	json_decref(answer);
	return rc;
}

/* Which registered version came of this run. */
static int find_version(struct step_context *context,
			struct train_record *record, struct error *err)
{
	struct strbuf query = STRBUF_INIT(STRBUF_LINE);
	json_t *answer = NULL, *version;
	size_t i;

	strbuf_addstr(&query, "filter=");
	char *filter = arena_printf(context->arena, "run_id='%s'",
				    record->run_id);
	http_add_escaped(&query, filter);
	int rc = tracking_call(context, "model-versions/search", query.buf,
			       NULL, &answer, err);
	strbuf_release(&query);
	if (rc < 0)
		return rc;
	json_array_foreach(json_object_get(answer, "model_versions"), i,
			   version) {
		record->model_name = arena_strdup(context->arena,
						  step_text(version, "name"));
		record->model_version = arena_strdup(
			context->arena, step_text(version, "version"));
	}
	json_decref(answer);
	return 0;
}

int tracking_fetch_run(struct step_context *context,
		       struct train_record *record, struct error *err)
{
	json_t *answer = NULL;

	if (strspn(record->run_id, "0123456789abcdef") !=
	    strlen(record->run_id))
		return error_set(err, ERROR_INVALID, "`%s` is no run id",
				 record->run_id);
	const char *query =
		arena_printf(context->arena, "run_id=%s", record->run_id);
	if (tracking_call(context, "runs/get", query, NULL, &answer, err) < 0)
		return -1;
	const json_t *run = json_object_get(answer, "run");
	const json_t *data = json_object_get(run, "data");
	record->metrics = pairs_to_object(json_object_get(data, "metrics"));
	record->params = pairs_to_object(json_object_get(data, "params"));
	record->tags = pairs_to_object(json_object_get(data, "tags"));
	record->run_name = arena_strdup(
		context->arena,
		step_text(json_object_get(run, "info"), "run_name"));
	if (!record->run_name)
		record->run_name = arena_strdup(
			context->arena,
			step_text(record->tags, "mlflow.runName"));
	record->experiment_id = arena_strdup(
		context->arena, step_text(json_object_get(run, "info"),
					  "experiment_id"));
	json_decref(answer);
	record->folder = arena_printf(context->arena, "%s/artifacts/%s",
				      context->folder, record->id);
	if (io_make_folders(record->folder, 0755, err) < 0 ||
	    fetch_folder(context, record, "", 0, err) < 0)
		return -1;
	if (record->artifacts.len)
		qsort(record->artifacts.at, record->artifacts.len,
		      sizeof(*record->artifacts.at), cmp_artifacts);
	return find_version(context, record, err);
}

static int cmp_versions(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	const char *vx = step_text(x, "version"), *vy = step_text(y, "version");
	long nx = vx ? strtol(vx, NULL, 10) : 0;
	long ny = vy ? strtol(vy, NULL, 10) : 0;

	return nx < ny ? 1 : nx > ny ? -1 : 0;
}

static json_t *sorted_versions(json_t *versions)
{
	VEC(json_t *) all = VEC_INIT;
	json_t *sorted = json_array(), *version;
	size_t i;

	json_array_foreach(versions, i, version)
		*vec_push(&all) = version;
	if (all.len)
		qsort(all.at, all.len, sizeof(*all.at), cmp_versions);
	for (i = 0; i < all.len; i++)
		json_array_append(sorted, all.at[i]);
	vec_release(&all);
	return sorted;
}

int tracking_versions(struct step_context *context, const char *model,
		      json_t **ret, struct error *err)
{
	struct strbuf query = STRBUF_INIT(STRBUF_LINE);
	json_t *answer = NULL;

	strbuf_addstr(&query, "max_results=1000&filter=");
	char *filter = arena_printf(context->arena, "name='%s'", model);
	http_add_escaped(&query, filter);
	int rc = tracking_call(context, "model-versions/search", query.buf,
			       NULL, &answer, err);
	strbuf_release(&query);
	if (rc < 0)
		return rc;
	*ret = sorted_versions(json_object_get(answer, "model_versions"));
	json_decref(answer);
	return 0;
}

int tracking_runs(struct step_context *context, const char *experiment,
		  int limit, json_t **ret, struct error *err)
{
	struct strbuf query = STRBUF_INIT(STRBUF_LINE);
	json_t *answer = NULL;

	strbuf_addstr(&query, "experiment_name=");
	http_add_escaped(&query, experiment);
	int rc = tracking_call(context, "experiments/get-by-name", query.buf,
			       NULL, &answer, err);
	strbuf_release(&query);
	if (rc < 0)
		return rc;
	json_t *body = json_pack(
		"{s:[O],s:i,s:[s]}", "experiment_ids",
		json_object_get(json_object_get(answer, "experiment"),
				"experiment_id"),
		"max_results", limit, "order_by",
		"attributes.start_time DESC");
	json_decref(answer);
	answer = NULL;
	rc = tracking_call(context, "runs/search", NULL, body, &answer, err);
	json_decref(body);
	if (rc < 0)
		return rc;
	json_t *runs = json_object_get(answer, "runs");
	*ret = runs ? json_incref(runs) : json_array();
	json_decref(answer);
	return 0;
}

int tracking_newest_run(struct step_context *context, int64_t since,
			const char **ret_run_id, struct error *err)
{
	json_t *answer = NULL, *ids = json_array(), *experiment;
	size_t i;

	*ret_run_id = NULL;
	if (tracking_call(context, "experiments/search", "max_results=1000",
			  NULL, &answer, err) < 0) {
		json_decref(ids);
		return -1;
	}
	json_array_foreach(json_object_get(answer, "experiments"), i,
			   experiment)
		json_array_append(ids, json_object_get(experiment,
						       "experiment_id"));
	json_decref(answer);
	answer = NULL;
	json_t *body = json_pack("{s:o,s:i,s:[s]}", "experiment_ids", ids,
				 "max_results", 1, "order_by",
				 "attributes.start_time DESC");
	int rc = tracking_call(context, "runs/search", NULL, body, &answer,
			       err);
	json_decref(body);
	if (rc < 0)
		return rc;
	const json_t *info = json_object_get(
		json_array_get(json_object_get(answer, "runs"), 0), "info");
	const json_t *start = json_object_get(info, "start_time");
	/* The protocol gives milliseconds; some servers as a string. */
	int64_t millis = json_is_string(start)
		? strtoll(json_string_value(start), NULL, 10)
		: json_integer_value(start);
	if (millis * CLOCK_MSEC >= since - CLOCK_SEC)
		*ret_run_id = arena_strdup(context->arena,
					   step_text(info, "run_id"));
	json_decref(answer);
	return 0;
}

const char *tracking_run_by_hand(struct step_context *context,
				 const struct train_record *record)
{
	return arena_printf(
		context->arena,
		"RUN=$(curl -s \"%s/api/2.0/mlflow/runs/search\" "
		"-H 'content-type: application/json' -d "
		"'{\"experiment_ids\":[\"%s\"],\"max_results\":1,"
		"\"order_by\":[\"attributes.start_time DESC\"]}' | "
		"grep -oE '[0-9a-f]{32}' | head -n 1)",
		stack_by_hand(context->stack, "tracking"),
		record->experiment_id ? record->experiment_id : "0");
}
