/* MLflow's own tables, from a database that was committed. */
#include "submission/evidence.h"

#include "base/clock.h"
#include "base/compiler.h"
#include "base/confined.h"
#include "format/sqlite.h"

#include <string.h>

static const size_t longest_answer = (size_t)64 << 20;

static const json_t *rows(const json_t *tables, const char *name)
{
	return json_object_get(tables, name);
}

/* The value of a cell whatever MLflow's version calls it; null where there is
 * none. */
static json_t *cell(const json_t *row, const char *name)
{
	json_t *value = json_object_get(row, name);

	return value ? json_incref(value) : json_null();
}

static bool same(const json_t *a, const json_t *b)
{
	return a && b && json_equal(a, b);
}

/* {"auc": 0.82}: rows of key and value that belong to a run. */
static json_t *pairs_of(const json_t *table, const json_t *run_id)
{
	json_t *into = json_object(), *row;
	size_t i;

	json_array_foreach(table, i, row) {
		const char *key =
			json_string_value(json_object_get(row, "key"));
		if (key && same(json_object_get(row, "run_uuid"), run_id))
			json_object_set_new(into, key, cell(row, "value"));
	}
	return into;
}

static json_t *experiment_of(const json_t *tables, const json_t *id)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows(tables, "experiments"), i, row)
		if (same(json_object_get(row, "experiment_id"), id))
			return cell(row, "name");
	return json_null();
}

static json_t *runs_of(const json_t *tables)
{
	enum { MOST_RUNS = 500 }; /* each looks through all metrics */
	const json_t *latest = rows(tables, "latest_metrics");
	json_t *into = json_array(), *row;
	size_t i;

	json_array_foreach(rows(tables, "runs"), i, row) {
		const json_t *id = json_object_get(row, "run_uuid");
		if (i >= MOST_RUNS)
			break;
		json_array_append_new(into, json_pack(
			"{s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "run_id",
			cell(row, "run_uuid"), "name", cell(row, "name"),
			"status", cell(row, "status"), "experiment",
			experiment_of(tables, json_object_get(
					      row, "experiment_id")),
			"params", pairs_of(rows(tables, "params"), id),
			"metrics", pairs_of(latest ? latest
					    : rows(tables, "metrics"), id),
			"tags", pairs_of(rows(tables, "tags"), id)));
	}
	return into;
}

static json_t *aliases_of(const json_t *tables, const json_t *version)
{
	json_t *into = json_array(), *row;
	size_t i;

	json_array_foreach(rows(tables, "registered_model_aliases"), i, row)
		if (same(json_object_get(row, "name"),
			 json_object_get(version, "name")) &&
		    same(json_object_get(row, "version"),
			 json_object_get(version, "version")))
			json_array_append(into, json_object_get(row, "alias"));
	return into;
}

static json_t *versions_of(const json_t *tables)
{
	json_t *into = json_array(), *row;
	size_t i;

	json_array_foreach(rows(tables, "model_versions"), i, row)
		json_array_append_new(into, json_pack(
			"{s:o,s:o,s:o,s:o,s:o}", "name", cell(row, "name"),
			"version", cell(row, "version"), "stage",
			cell(row, "current_stage"), "aliases",
			aliases_of(tables, row), "run_id",
			cell(row, "run_id")));
	return into;
}

static int read_in_child(void *self, struct strbuf *answer, struct error *err)
{
	json_t *tables;

	if (sqlite_read(self, NULL, &tables, err) < 0)
		return -1;
	json_t *value = json_pack("{s:o,s:o}", "runs", runs_of(tables),
				  "versions", versions_of(tables));
	char *text = json_dumps(value, JSON_COMPACT);
	strbuf_addstr(answer, text ? text : "{}");
	free(text);
	json_decref(value);
	json_decref(tables);
	return 0;
}

int evidence_read_database(const char *path, const struct scratch_owner *owner,
			   json_t **ret, struct error *err)
{
	_cleanup_(strbuf_release) struct strbuf answer =
		STRBUF_INIT(longest_answer);
	const struct confined_spec spec = {
		.name = path, .timeout = 60 * CLOCK_SEC,
		.memory = (size_t)1 << 30, .drop = owner->drop,
		.uid = owner->uid, .gid = owner->gid,
	};

	if (confined_run(&spec, read_in_child, (void *)path, &answer, err) < 0)
		return -1;
	*ret = json_loadb(answer.buf, answer.len, 0, NULL);
	return *ret ? 0 : error_set(err, ERROR_INVALID,
				    "%s: its content is no text", path);
}
