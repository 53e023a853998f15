/* compare: two trainings, on the identity ladder; judges by itself. */
#include "step/compare.h"

#include "base/language.h"
#include "base/number.h"
#include "compare/ladder.h"

#include <math.h>
#include <string.h>

static const char *const rungs[] = { "bytes", "canonical", "predictions",
				     "metrics", NULL };

static const struct key_spec keys[] = {
	{ .name = "left", .type = KEY_STEP, .required = true,
	  .doc = "The id of the first train step." },
	{ .name = "model", .type = KEY_CHOICE, .choices = rungs,
	  .doc = "The rung on which the models must agree (canonical)." },
	{ .name = "right", .type = KEY_STEP, .required = true,
	  .doc = "The id of the second train step." },
	{ .name = "volatile", .type = KEY_STRINGS,
	  .doc = "Names of metrics that may differ." },
	{ 0 },
};

/* scikit-learn's predict_proba adds its trees' votes in the order in which
 * threads come: metrics of equal models may be that far apart. */
enum { THREAD_ULPS = 16 };

/* MLflow's declared fields, and the scenario's volatile metrics. */
static struct declared declare(struct arena *arena, const json_t *metrics)
{
	struct declared declared = declared_mlflow;
	size_t count = declared.n_metrics + json_array_size(metrics);
	const char **names = arena_array(arena, count + 1, sizeof(*names));

	for (size_t i = 0; i < declared.n_metrics; i++)
		names[i] = declared.metrics[i];
	for (size_t i = 0; i < json_array_size(metrics); i++)
		names[declared.n_metrics + i] =
			json_string_value(json_array_get(metrics, i));
	declared.metrics = names;
	declared.n_metrics = count;
	return declared;
}

static bool few_ulps_apart(const json_t *left, const json_t *right,
			   const struct declared *declared)
{
	const char *name;
	json_t *value;

	if (json_object_size(left) != json_object_size(right))
		return false;
	json_object_foreach((json_t *)(uintptr_t)left, name, value) {
		const json_t *other = json_object_get(right, name);
		if (!declared_volatile_metric(declared, name) &&
		    (!other || number_ulps(json_number_value(value),
					   json_number_value(other)) >
				       THREAD_ULPS))
			return false;
	}
	return true;
}

/* Whether a file that differs counts: bytes that we can't decode, and texts
 * (a page, a log) whose lines have no agreed meaning, are listed and no more. */
static bool is_judged(const struct compared_file *file)
{
	return file->only || (strcmp(file->format, "bytes") != 0 &&
			      strcmp(file->format, "text") != 0);
}

/* Models and the rest, file by file. */
static void sort_files(const struct comparison *artifacts, enum rung wanted,
		       struct run_comparison *ret)
{
	ret->model_equal = ret->artifacts_equal = true;
	for (size_t i = 0; i < artifacts->files.len; i++) {
		const struct compared_file *file = &artifacts->files.at[i];
		bool is_model = !strcmp(file->format, "pickle");
		bool equal = file->rung >= (is_model ? wanted : RUNG_CANONICAL);
		if (!is_judged(file))
			continue;
		ret->has_model |= is_model;
		if (is_model)
			ret->model_equal &= equal;
		else
			ret->artifacts_equal &= equal;
	}
}

static const char *join_summary(struct arena *arena,
				const struct comparison *metrics,
				const struct comparison *artifacts)
{
	struct strbuf sb = STRBUF_INIT(STRBUF_TEXT);

	for (size_t i = 0; i < metrics->differences.len; i++) {
		const struct difference *d = &metrics->differences.at[i];
		if (d->kind != DIFFERENCE_VALUE)
			continue;
		if (sb.len)
			strbuf_addstr(&sb, "; ");
		difference_print(d, &sb);
	}
	for (size_t i = 0; i < artifacts->summary.len; i++)
		strbuf_addf(&sb, "%s%s", sb.len ? "\n" : "",
			    artifacts->summary.at[i]);
	const char *text = arena_strdup(arena, sb.buf);
	strbuf_release(&sb);
	return text;
}

/* What a person wants to know first: the metrics at four places, and the
 * first line on the model. */
static const char *write_brief(struct arena *arena, const json_t *left,
			       const json_t *right,
			       const struct declared *declared,
			       const struct comparison *artifacts)
{
	struct strbuf sb = STRBUF_INIT(STRBUF_TEXT);
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)left, name, value) {
		double was = json_number_value(value);
		const json_t *other = json_object_get(right, name);
		double is = json_number_value(other);
		if (declared_volatile_metric(declared, name) ||
		    (other && number_ulps(was, is) == 0))
			continue;
		if (sb.len)
			strbuf_addstr(&sb, "; ");
		if (!other)
			strbuf_addf(&sb, WORDS("%s is gone, was %.4f"), name,
				    was);
		else if (fabs(was - is) < 0.00005)
			strbuf_addf(&sb, WORDS("%s %.17g, was %.17g"), name,
				    is, was);
		else
			strbuf_addf(&sb, WORDS("%s %.4f, was %.4f"), name, is,
				    was);
	}
	if (artifacts->summary.len && artifacts->rung < RUNG_CANONICAL)
		strbuf_addf(&sb, "%s%s", sb.len ? "; " : "",
			    artifacts->summary.at[0]);
	const char *text = arena_strdup(arena, sb.buf);
	strbuf_release(&sb);
	return text;
}

static const char *first_difference(struct arena *arena,
				    const struct comparison *metrics,
				    const struct comparison *artifacts)
{
	const struct difference *d = comparison_first(artifacts);
	struct strbuf sb = STRBUF_INIT(STRBUF_TEXT);

	if (!d)
		d = comparison_first(metrics);
	if (!d)
		return NULL;
	difference_print(d, &sb);
	const char *text = arena_strdup(arena, sb.buf);
	strbuf_release(&sb);
	return text;
}

static int compare_on(struct step_context *context,
		      const struct train_record *left,
		      const struct train_record *right,
		      const json_t *volatile_metrics, enum rung wanted,
		      struct run_comparison *ret, struct error *err)
{
	struct declared declared = declare(context->arena, volatile_metrics);
	const struct compare_options options = { .declared = &declared };
	struct comparison metrics = COMPARISON_INIT;
	struct comparison artifacts = COMPARISON_INIT;

	memset(ret, 0, sizeof(*ret));
	compare_metrics(left->metrics, right->metrics, &options, &metrics);
	int rc = compare_paths(left->folder, right->folder, &options,
			       &artifacts, err);
	if (rc == 0) {
		sort_files(&artifacts, wanted, ret);
		ret->metrics_equal = metrics.rung >= RUNG_METRICS;
		bool close = ret->metrics_equal ||
			(ret->model_equal &&
			 few_ulps_apart(left->metrics, right->metrics,
					&declared));
		ret->agree = close && ret->model_equal && ret->artifacts_equal;
		ret->rung = rung_name(
			artifacts.rung >= RUNG_PREDICTIONS && close
			? artifacts.rung : metrics.rung >= RUNG_METRICS
			? RUNG_METRICS : RUNG_NONE);
		ret->first_difference = first_difference(context->arena,
							 &metrics, &artifacts);
		ret->brief = write_brief(context->arena, left->metrics,
					 right->metrics, &declared,
					 &artifacts);
		ret->summary = join_summary(context->arena, &metrics,
					    &artifacts);
		ret->value = json_pack(
			"{s:s,s:b,s:b,s:b,s:s*,s:o,s:o}", "rung", ret->rung,
			"metrics_equal", (int)ret->metrics_equal,
			"model_equal", (int)ret->model_equal,
			"artifacts_equal", (int)ret->artifacts_equal,
			"first_difference", ret->first_difference, "metrics",
			comparison_to_json(&metrics), "artifacts",
			comparison_to_json(&artifacts));
	}
	comparison_release(&metrics);
	comparison_release(&artifacts);
	return rc;
}

int compare_runs(struct step_context *context, const struct train_record *left,
		 const struct train_record *right,
		 const json_t *volatile_metrics, struct run_comparison *ret,
		 struct error *err)
{
	return compare_on(context, left, right, volatile_metrics,
			  RUNG_CANONICAL, ret, err);
}

/* The highest rung on which they agree, in words. */
static const char *agreement(const char *rung)
{
	static const struct {
		const char *rung, *words;
	} agreements[] = {
		{ "bytes", WORDS("the same to the last byte") },
		{ "canonical",
		  WORDS("the same decoded values; their bytes differ") },
		{ "predictions", WORDS("the same predictions") },
		{ "metrics", WORDS("the same metrics") },
	};

	for (size_t i = 0; i < ARRAY_SIZE(agreements); i++)
		if (!strcmp(agreements[i].rung, rung))
			return agreements[i].words;
	return WORDS("they agree");
}

static int run(struct step_context *context, const struct step *step,
	       const json_t *args, struct step_outcome *ret, struct error *err)
{
	const struct train_record *left =
		step_find_run(context, step_text(args, "left"), ret);
	const struct train_record *right = left
		? step_find_run(context, step_text(args, "right"), ret) : NULL;
	const char *model = step_text(args, "model");
	enum rung wanted = RUNG_CANONICAL;
	struct run_comparison comparison;

	(void)step;
	if (!left || !right)
		return 0;
	if (model)
		rung_parse(model, &wanted);
	const json_t *volatile_metrics = json_object_get(args, "volatile");
	if (!volatile_metrics)
		volatile_metrics =
			json_object_get(context->scenario->names, "volatile");
	if (compare_on(context, left, right, volatile_metrics, wanted,
		       &comparison, err) < 0)
		return -1;
	ret->judged = true;
	ret->verdict = comparison.agree ? VERDICT_PASSED : VERDICT_FAILED;
	ret->value = comparison.value;
	ret->expected = arena_printf(
		context->arena,
		WORDS("every metric equal to the last bit, the model on the "
		      "rung `%s`, the other artifacts too"),
		rung_name(wanted));
	ret->actual = comparison.agree
		? agreement(comparison.rung)
		: arena_printf(context->arena, "%s\n%s", comparison.brief,
			       comparison.summary);
	if (comparison.agree && !comparison.metrics_equal)
		ret->note = WORDS(
			"the metrics are a few units in the last place apart "
			"while the models are equal: predict_proba adds its "
			"trees' votes in thread order");
	return 0;
}

const struct step_kind step_compare = {
	.syntax = { "compare", "Hold two trainings side by side.", keys },
	.run = run,
};
