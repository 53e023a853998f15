/* claims: does the written report say what is so? */
#include "step/step.h"

#include "base/io.h"
#include "base/language.h"
#include "base/path.h"
#include "claims/claims.h"

#include <string.h>

static const struct key_spec keys[] = {
	{ .name = "kinds", .type = KEY_STRING,
	  .doc = "What reports may claim: a file, from the scenario's. "
	  "claims.yaml where it isn't said." },
	{ .name = "report", .type = KEY_STRINGS, .required = true,
	  .doc = "Where the report may be: paths in the submission, or from "
	  "the scenario's file where there is none. The first that is there." },
	{ 0 },
};

/* A path of the scenario's, from its file. */
static const char *beside(const struct step_context *context, const char *path)
{
	return path_join(context->arena,
			 path_dirname(context->arena, context->scenario->path),
			 path);
}

/* The report's path, or NULL. A submission's lies within it. */
static const char *find_report(const struct step_context *context,
			       const json_t *args)
{
	const struct hand_in *hand_in = context->result->hand_in;
	json_t *item;
	size_t i;

	json_array_foreach(json_object_get(args, "report"), i, item) {
		const char *path = json_string_value(item);

		if (hand_in && (!hand_in->root || !path_is_contained(path)))
			continue;
		path = hand_in ? path_join(context->arena, hand_in->root, path)
			       : beside(context, path);
		if (io_exists(path))
			return path;
	}
	return NULL;
}

/* What is wrong, in a sentence for each. */
static const char *say_wrong(const struct step_context *context,
			     const struct judgement *judgement)
{
	struct strbuf text = STRBUF_INIT(STRBUF_LINE);
	const char *said;

	for (size_t i = 0; i < judgement->len; i++) {
		const struct judged_claim *j = &judgement->at[i];

		if (j->verdict == CLAIM_CONTRADICTED ||
		    j->verdict == CLAIM_OTHER_WORLD)
			strbuf_addf(&text, "%sline %zu, %s `%s`: %s",
				    text.len ? "\n" : "", j->claim->line,
				    j->claim->kind->title.en, j->claim->value,
				    j->why);
	}
	said = text.len ? arena_strdup(context->arena, text.buf) : NULL;
	strbuf_release(&text);
	return said;
}

static void take_evidence(struct truth *truth,
			  const struct step_context *context)
{
	const struct hand_in *hand_in = context->result->hand_in;

	truth_take_result(truth, context->result);
	if (hand_in && hand_in->root)
		truth_take_recorded(truth, hand_in->root, hand_in->recorded,
				    context->arena);
}

static int check_report(struct step_context *context, const char *report,
			const char *kinds_path, struct step_outcome *ret,
			struct error *err)
{
	struct claim_kinds kinds;
	struct truth truth = {0};
	struct claims claims;
	int result;

	if (claim_kinds_read(kinds_path, context->arena, &kinds, err) < 0)
		return -1;
	take_evidence(&truth, context);
	result = claims_check(&claims, report, &kinds, &truth, context->arena,
			      err);
	if (!result) {
		ret->value = claims_json(&claims.report);
		json_object_update(ret->value,
				   json_object_get(ret->value, "counts"));
		ret->note = say_wrong(context, &claims.judgement);
		claims_release(&claims);
	}
	truth_release(&truth);
	claim_kinds_release(&kinds);
	return result;
}

static int run(struct step_context *context, const struct step *step,
	       const json_t *args, struct step_outcome *ret, struct error *err)
{
	const char *kinds = step_text(args, "kinds");
	const char *report = find_report(context, args);
	struct error why = ERROR_INIT;

	(void)step;
	ret->expected = WORDS("the written report says what is so");
	if (!report) {
		ret->judged = true;
		ret->verdict = context->result->hand_in
				       ? VERDICT_INCONCLUSIVE
				       : VERDICT_NOT_APPLICABLE;
		ret->actual = WORDS("no written report was found");
		return 0;
	}
	if (check_report(context, report,
			 beside(context, kinds ? kinds : "claims.yaml"), ret,
			 &why) == 0)
		return 0;
	/* A report that can't be read is for a person; a file of kinds that
	 * can't is the scenario's fault. */
	if (strstr(why.message, report)) {
		ret->judged = true;
		ret->verdict = VERDICT_INCONCLUSIVE;
		ret->actual = arena_strdup(context->arena, why.message);
		return 0;
	}
	return error_set(err, why.kind, "%s", why.message);
}

const struct step_kind step_claims = {
	.syntax = { "claims", "Hold what a written report claims against the "
		    "record and this run.", keys },
	.run = run,
};
