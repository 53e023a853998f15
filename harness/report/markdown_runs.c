/* The trainings: their metrics, and the identity of their artifacts. */
#include "report/markdown.h"

#include "base/clock.h"
#include "base/map.h"
#include "base/number.h"
#include "report/volatile.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { METRIC_COLUMNS = 8, DIGEST_SHOWN = 12 };

/* The names of the metrics, as the trainings met them; without those that
 * are volatile, which tell nothing here. */
static size_t metric_names(const struct result *result,
			   const char *names[METRIC_COLUMNS])
{
	size_t count = 0;

	for (size_t i = 0; i < result->runs.len; i++) {
		const char *name;
		json_t *value;

		json_object_foreach(result->runs.at[i]->metrics, name, value) {
			size_t j = 0;

			while (j < count && strcmp(names[j], name))
				j++;
			if (j == count && count < METRIC_COLUMNS &&
			    !volatile_member(name))
				names[count++] = name;
		}
	}
	return count;
}

static void add_metric(const struct markdown *md, const json_t *value)
{
	char number[NUMBER_TEXT], *dump;

	if (json_is_real(value)) {
		strbuf_addstr(md->into,
			      number_format_double(json_real_value(value),
						   number));
		return;
	}
	dump = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
	markup_text(md->into, dump ? dump : "–");
	free(dump);
}

/* Artifacts with the same bytes are one row, which names their trainings;
 * so are those that can't have the same bytes. */
static bool are_one_row(const struct artifact_record *a,
			const struct artifact_record *b)
{
	return !strcmp(a->path, b->path) &&
	       (volatile_artifact(a->path) ||
		!strcmp(a->digest.sha256, b->digest.sha256));
}

static const struct artifact_record *
find_in_row(const struct train_record *run,
	    const struct artifact_record *artifact)
{
	for (size_t i = 0; i < run->artifacts.len; i++)
		if (are_one_row(&run->artifacts.at[i], artifact))
			return &run->artifacts.at[i];
	return NULL;
}

/* The graded training that one in another world is compared with: the first
 * at the same AS_OF, else the first. */
static const struct train_record *graded_like(const struct result *result,
					      const struct train_record *other)
{
	const struct train_record *first = NULL;

	for (size_t i = 0; i < result->runs.len; i++) {
		const struct train_record *run = result->runs.at[i];

		if (run->world && *run->world)
			continue;
		if (run->as_of && other->as_of &&
		    !strcmp(run->as_of, other->as_of))
			return run;
		first = first ? first : run;
	}
	return first;
}

enum { COMPARED_RUNS = 4 };

/* The trainings of one perturbation, after the graded one that they repeat. */
struct comparison {
	const struct train_record *runs[1 + COMPARED_RUNS];
	size_t count;
};

/* A training's id within its perturbation: "time-travel.fix" is the one with
 * the fix that was tried. */
static void add_run_name(const struct markdown *md,
			 const struct train_record *run)
{
	size_t len = run->world ? strlen(run->world) : 0;
	const char *rest = len && !strncmp(run->id, run->world, len)
				   ? run->id + len : "";

	markup_cell_code(md->into, run->id);
	if (!strcmp(rest, ".fix")) {
		strbuf_addch(md->into, ' ');
		markdown_say(md, "(the fix that was tried)");
	} else if (!strcmp(rest, ".order")) {
		strbuf_addch(md->into, ' ');
		markdown_say(md, "(the rows in their earlier order)");
	}
	strbuf_addstr(md->into, " |");
}

static void add_compared(const struct markdown *md, const char *metric,
			 const struct comparison *comparison)
{
	const json_t *before =
		json_object_get(comparison->runs[0]->metrics, metric);

	strbuf_addstr(md->into, "| ");
	markup_text(md->into, metric);
	for (size_t i = 0; i < comparison->count; i++) {
		const json_t *value =
			json_object_get(comparison->runs[i]->metrics, metric);
		bool same = value &&
			    json_equal((json_t *)before, (json_t *)value);

		strbuf_addstr(md->into, same ? " | " : " | **");
		add_metric(md, value);
		strbuf_addstr(md->into, same ? "" : "**");
	}
	strbuf_addstr(md->into, " |\n");
}

static const struct artifact_record *
find_path(const struct train_record *run, const char *path)
{
	for (size_t i = 0; i < run->artifacts.len; i++)
		if (!strcmp(run->artifacts.at[i].path, path))
			return &run->artifacts.at[i];
	return NULL;
}

/* An artifact whose bytes are not the same in all of them. */
static void add_different(const struct markdown *md,
			  const struct artifact_record *before,
			  const struct comparison *comparison)
{
	bool any = false;

	for (size_t i = 0; i < comparison->count; i++)
		any |= !find_in_row(comparison->runs[i], before);
	if (!any)
		return;
	strbuf_addstr(md->into, "| ");
	markup_cell_code(md->into, before->path);
	for (size_t i = 0; i < comparison->count; i++) {
		const struct artifact_record *artifact =
			find_path(comparison->runs[i], before->path);
		const char *bold =
			find_in_row(comparison->runs[i], before) ? "" : "**";

		if (artifact)
			strbuf_addf(md->into, " | %s%lld B, `%.*s`%s", bold,
				    (long long)artifact->digest.size,
				    DIGEST_SHOWN, artifact->digest.sha256,
				    bold);
		else
			strbuf_addstr(md->into, " | –");
	}
	strbuf_addstr(md->into, " |\n");
}

void markdown_compare(const struct markdown *md,
		      const struct check_result *check)
{
	struct comparison comparison = { { NULL }, 1 };
	const struct train_record *base;
	const char *metric;
	json_t *value;

	for (size_t i = 0; i < md->result->runs.len; i++) {
		const struct train_record *run = md->result->runs.at[i];

		if (run->world && !strcmp(run->world, check->id) &&
		    comparison.count <= COMPARED_RUNS)
			comparison.runs[comparison.count++] = run;
	}
	if (comparison.count == 1)
		return;
	base = graded_like(md->result, comparison.runs[1]);
	if (!base)
		return;
	comparison.runs[0] = base;
	strbuf_addstr(md->into, "| |");
	for (size_t i = 0; i < comparison.count; i++) {
		strbuf_addch(md->into, ' ');
		add_run_name(md, comparison.runs[i]);
	}
	strbuf_addstr(md->into, "\n|---|");
	for (size_t i = 0; i < comparison.count; i++)
		strbuf_addstr(md->into, "---:|");
	strbuf_addch(md->into, '\n');
	json_object_foreach(base->metrics, metric, value)
		if (!volatile_member(metric))
			add_compared(md, metric, &comparison);
	for (size_t i = 0; i < base->artifacts.len; i++)
		add_different(md, &base->artifacts.at[i], &comparison);
	strbuf_addch(md->into, '\n');
}

static void add_run_row(const struct markdown *md,
			const struct train_record *run,
			const char *const *metrics, size_t count)
{
	char took[CLOCK_TEXT];

	strbuf_addstr(md->into, "| ");
	markup_cell_code(md->into, run->id);
	strbuf_addstr(md->into, " | ");
	if (run->world && *run->world)
		markup_cell_code(md->into, run->world);
	strbuf_addstr(md->into, " | ");
	markup_text(md->into, run->as_of);
	strbuf_addstr(md->into, " |");
	for (size_t i = 0; i < count; i++) {
		strbuf_addch(md->into, ' ');
		add_metric(md, json_object_get(run->metrics, metrics[i]));
		strbuf_addstr(md->into, " |");
	}
	if (run->model_name) {
		strbuf_addch(md->into, ' ');
		markup_text(md->into, run->model_name);
		if (run->model_version) {
			strbuf_addstr(md->into, " v");
			markup_text(md->into, run->model_version);
		}
	}
	strbuf_addstr(md->into, " | ");
	markup_cell_code(md->into, run->run_id ? run->run_id : "–");
	strbuf_addf(md->into, " | %s |\n",
		    clock_format_duration(run->duration, took));
}

static bool is_told_before(const struct result *result, size_t run,
			   const struct artifact_record *artifact)
{
	for (size_t i = 0; i < run; i++)
		if (find_in_row(result->runs.at[i], artifact))
			return true;
	return false;
}

static void add_holders(const struct markdown *md, size_t run,
			const struct artifact_record *artifact)
{
	for (size_t i = run; i < md->result->runs.len; i++) {
		const struct train_record *holder = md->result->runs.at[i];

		if (!find_in_row(holder, artifact))
			continue;
		strbuf_addstr(md->into, i > run ? ", " : "");
		markup_cell_code(md->into, holder->id);
	}
}

static void add_artifact_row(const struct markdown *md, size_t run,
			     const struct artifact_record *artifact)
{
	strbuf_addstr(md->into, "| ");
	markup_cell_code(md->into, artifact->path);
	strbuf_addstr(md->into, " | ");
	add_holders(md, run, artifact);
	if (volatile_artifact(artifact->path)) {
		strbuf_addstr(md->into, " | – | ");
		markdown_say(md, "holds the run id, so never the same");
		strbuf_addstr(md->into, " | – |\n");
		return;
	}
	strbuf_addf(md->into, " | %lld | `%.*s` | ",
		    (long long)artifact->digest.size, DIGEST_SHOWN,
		    artifact->digest.sha256);
	if (artifact->canonical)
		strbuf_addf(md->into, "`%.*s`", DIGEST_SHOWN,
			    artifact->canonical);
	else
		strbuf_addstr(md->into, "–");
	strbuf_addstr(md->into, " |\n");
}

/* The rows of one path, in the order of the trainings. */
static void add_artifact_rows(const struct markdown *md, const char *path)
{
	for (size_t i = 0; i < md->result->runs.len; i++) {
		const struct train_record *run = md->result->runs.at[i];

		for (size_t j = 0; j < run->artifacts.len; j++)
			if (!strcmp(run->artifacts.at[j].path, path) &&
			    !is_told_before(md->result, i,
					    &run->artifacts.at[j]))
				add_artifact_row(md, i, &run->artifacts.at[j]);
	}
}

static void add_artifacts(const struct markdown *md)
{
	const struct result *result = md->result;
	struct map told = MAP_INIT;

	for (size_t i = 0; i < result->runs.len; i++) {
		const struct train_record *run = result->runs.at[i];

		for (size_t j = 0; j < run->artifacts.len; j++) {
			const char *path = run->artifacts.at[j].path;

			if (map_get(&told, path))
				continue;
			if (!told.len) {
				strbuf_addstr(md->into, "| ");
				markdown_say(md, "artifact | trainings with "
						 "these bytes | bytes | "
						 "SHA-256 | decoded");
				strbuf_addstr(md->into,
					      " |\n|---|---|---:|---|---|\n");
			}
			map_put(&told, path, &told);
			add_artifact_rows(md, path);
		}
	}
	if (told.len)
		strbuf_addch(md->into, '\n');
	map_release(&told);
}

void markdown_runs(const struct markdown *md)
{
	const char *metrics[METRIC_COLUMNS];
	size_t count = metric_names(md->result, metrics);

	if (!md->result->runs.len)
		return;
	strbuf_addstr(md->into, "## ");
	markdown_say(md, "Trainings");
	strbuf_addstr(md->into, "\n\n| ");
	markdown_say(md, "training | perturbation | AS_OF");
	strbuf_addstr(md->into, " |");
	for (size_t i = 0; i < count; i++) {
		strbuf_addch(md->into, ' ');
		markup_text(md->into, metrics[i]);
		strbuf_addstr(md->into, " |");
	}
	strbuf_addch(md->into, ' ');
	markdown_say(md, "registered | run | took");
	strbuf_addstr(md->into, " |\n|---|---|---|");
	for (size_t i = 0; i < count; i++)
		strbuf_addstr(md->into, "---:|");
	strbuf_addstr(md->into, "---|---|---:|\n");
	for (size_t i = 0; i < md->result->runs.len; i++)
		add_run_row(md, md->result->runs.at[i], metrics, count);
	strbuf_addch(md->into, '\n');
	add_artifacts(md);
}
