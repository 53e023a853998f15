#include "claims/judge.h"

#include "base/language.h"
#include "claims/judge_worlds.h"
#include "claims/value.h"

#include <string.h>
#include <strings.h>

enum { SHOWN_VALUES = 4 };

const char *claim_verdict_name(enum claim_verdict verdict)
{
	static const char *const names[CLAIM_VERDICTS] = {
		WORDS("confirmed"), WORDS("contradicted"),
		WORDS("other world"), WORDS("not checked")};

	return names[verdict];
}

static void decide(struct judged_claim *j, enum claim_verdict verdict,
		   const char *source, const char *why)
{
	j->verdict = verdict;
	j->source = source;
	j->why = why;
}

/* Appends what another source says. */
static void also(struct judged_claim *j, const char *why, struct arena *arena)
{
	if (why && *why)
		j->why = j->why ? arena_printf(arena, "%s %s", j->why, why)
				: why;
}

/* "0.8202, 0.8267": each once. */
static const char *list_values(const struct truth_values *values,
			       struct arena *arena)
{
	struct strbuf text = STRBUF_INIT(STRBUF_LINE);
	size_t shown = 0;
	const char *list;

	for (size_t i = 0; i < values->len && shown < SHOWN_VALUES; i++) {
		size_t k = 0;

		while (k < i && strcmp(values->at[k].text,
				       values->at[i].text) != 0)
			k++;
		if (k < i)
			continue;
		strbuf_addf(&text, "%s%s", shown++ ? ", " : "",
			    values->at[i].text);
	}
	list = arena_strdup(arena, text.buf);
	strbuf_release(&text);
	return list;
}

static bool is_run(const char *cited, const char *run_id)
{
	return cited && run_id && !strncasecmp(cited, run_id, strlen(cited));
}

/* Of the values those of the run that the claim stands beside, where the
 * source has that run; else those of the scenario's own runs into `own`, those
 * of its perturbations into `others`. Where the run is only implied, others
 * are other histories. */
static bool sort_values(const struct claim *claim,
			const struct truth_values *all,
			struct truth_values *own, struct truth_values *others,
			struct arena *arena)
{
	bool cited = false;

	for (size_t i = 0; i < all->len; i++)
		cited |= is_run(claim->run, all->at[i].run_id);
	for (size_t i = 0; i < all->len; i++) {
		struct truth_value v = all->at[i];
		bool mine = cited ? is_run(claim->run, v.run_id) || !v.run_id
				  : !v.world || !*v.world;

		if (mine) {
			*vec_push(own) = v;
		} else if (!cited || claim->implied) {
			if (!v.world || !*v.world)
				v.world = arena_printf(arena, "run %.8s",
						       v.run_id);
			*vec_push(others) = v;
		}
	}
	return cited;
}

static const struct truth_value *find_value(const struct claim *claim,
					    const struct truth_values *values,
					    struct arena *arena)
{
	for (size_t i = 0; i < values->len; i++)
		if (claim_agrees(claim->kind, claim->value, values->at[i].text,
				 arena))
			return &values->at[i];
	return NULL;
}

/* Which source, and how its word is given. */
struct source {
	const char *name;
	const char *said, *cited, *elsewhere; /* formats */
};
static const struct source recorded = {
	"recorded", WORDS("The submission recorded: %s."),
	WORDS("The submission recorded: %s, in the run that is cited."),
	WORDS("The submission recorded this in another history (%s), and "
	      "else %s."),
};
static const struct source rerun = {
	"rerun", WORDS("The run gave: %s."),
	WORDS("The run gave: %s, in the run that is cited."),
	WORDS("The run gave this in another history (%s), and else %s."),
};
static const struct source data = {
	"data", WORDS("In the lab's data and training: %s."),
	NULL, NULL, /* no runs */
};

static const char *one(struct arena *arena, const char *format,
		       const char *value)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	const char *hole = strstr(format, "%s");

	strbuf_add(&text, format, (size_t)(hole - format));
	strbuf_addstr(&text, value);
	strbuf_addstr(&text, hole + 2);
	value = arena_strdup(arena, text.buf);
	strbuf_release(&text);
	return value;
}

static void judge_values(struct judged_claim *j,
			 const struct truth_values *own,
			 const struct truth_values *others, bool cited,
			 const struct source *source, struct arena *arena)
{
	const struct claim *claim = j->claim;
	const struct truth_value *found = find_value(claim, own, arena);

	if (found) {
		decide(j, CLAIM_CONFIRMED, source->name,
		       one(arena, cited ? source->cited : source->said,
			   found->text));
		return;
	}
	found = find_value(claim, others, arena);
	if (found) {
		decide(j, CLAIM_OTHER_WORLD, source->name,
		       one(arena, one(arena, source->elsewhere, found->world),
			   list_values(own, arena)));
	} else if (own->len && !claim->kind->one_sided) {
		j->right = list_values(own, arena);
		decide(j, CLAIM_CONTRADICTED, source->name,
		       one(arena, source->said, j->right));
	}
}

/* A source with documents of runs. False where it can't tell. */
static bool judge_document(struct judged_claim *j, const json_t *document,
			   const json_t *paths, const struct source *source,
			   struct arena *arena)
{
	struct truth_values all = VEC_INIT, own = VEC_INIT, others = VEC_INIT;
	const struct claim_kind *kind = j->claim->kind;
	bool cited;

	truth_follow(document, paths, arena, &all);
	cited = sort_values(j->claim, &all, &own, &others, arena);
	/* Two runs never agree in what is volatile, nor in their ids: a fresh
	 * run can't speak against it. */
	if (source != &rerun ||
	    (!kind->volatile_ && kind->type != CLAIM_ID) || cited)
		judge_values(j, &own, &others, cited, source, arena);
	vec_release(&all);
	vec_release(&own);
	vec_release(&others);
	return j->source != NULL;
}

/* A fresh run decides where nothing is recorded. Where the record speaks
 * against the claim and a run of another history for it, it holds there. */
static void judge_rerun(struct judged_claim *j, const struct truth *truth,
			struct arena *arena)
{
	struct judged_claim fresh = {.claim = j->claim,
				     .verdict = CLAIM_UNCHECKED};

	if (j->source && j->verdict != CLAIM_CONTRADICTED)
		return;
	judge_document(&fresh, truth->rerun, j->claim->kind->rerun, &rerun,
		       arena);
	if (j->source && fresh.verdict != CLAIM_OTHER_WORLD)
		return;
	if (fresh.source && j->why)
		fresh.why = arena_printf(arena, "%s %s", j->why, fresh.why);
	if (fresh.source)
		*j = fresh;
}

/* The verdict of the check that the claim is about. */
static void judge_check(struct judged_claim *j, const struct truth *truth,
			struct arena *arena)
{
	const struct claim *claim = j->claim;
	const json_t *checks = claim->kind->checks;
	const json_t *id = json_object_get(
		checks, claim_normal(claim->kind, claim->value, arena));
	const char *check, *verdict;

	if (!id)
		id = json_object_get(checks, "*");
	check = json_string_value(id);
	verdict = check && truth->rerun ? truth_check(truth->rerun, check)
					: NULL;
	if (!verdict)
		return;
	if (!strcmp(verdict, "passed"))
		decide(j, CLAIM_CONFIRMED, "rerun",
		       arena_printf(arena, WORDS("The check `%s` passed."), check));
	else if (!strcmp(verdict, "failed"))
		decide(j, CLAIM_CONTRADICTED, "rerun",
		       arena_printf(arena, WORDS("The check `%s` failed."), check));
	else
		j->why = arena_printf(arena, WORDS("The check `%s` is %s."), check,
				      verdict);
}

static void judge_data(struct judged_claim *j, const struct truth *truth,
		       struct arena *arena)
{
	struct truth_values values = VEC_INIT;
	json_t *fact = json_object_get(truth->data, j->claim->kind->data);
	const json_t *value;
	size_t i;

	json_array_foreach(fact, i, value)
		*vec_push(&values) = (struct truth_value){
			.text = json_is_integer(value)
					? arena_printf(arena, "%lld",
						       (long long)
						       json_integer_value(
							       value))
					: json_string_value(value)};
	if (values.len)
		judge_values(j, &values, &(struct truth_values)VEC_INIT, false,
			     &data, arena);
	vec_release(&values);
}

static const char *unchecked(const struct claim_kind *kind,
			     const struct truth *truth)
{
	if (kind->type == CLAIM_CHECK && truth->rerun)
		return WORDS("The run holds no verdict on this.");
	if (kind->type == CLAIM_CHECK)
		return WORDS("It takes a run of the scenario: --result.");
	if (kind->volatile_)
		return WORDS("No two runs agree in this, and the run that is "
			     "meant is not among those at hand.");
	if (kind->type == CLAIM_ID)
		return truth->recorded
			       ? WORDS("The submission recorded no runs.")
			       : WORDS("It takes what the submission recorded: "
				       "--submission.");
	if (!truth->recorded && !truth->rerun)
		return WORDS("Neither what the submission recorded nor a run "
			     "is at hand.");
	return WORDS("What is at hand does not say this.");
}

static void judge_one(struct judged_claim *j, const struct found_claims *found,
		      const struct truth *truth, struct arena *arena)
{
	const struct claim_kind *kind = j->claim->kind;

	j->verdict = CLAIM_UNCHECKED;
	if (kind->type == CLAIM_CHECK)
		judge_check(j, truth, arena);
	if (!j->source)
		judge_document(j, truth->recorded, kind->recorded, &recorded,
			       arena);
	judge_rerun(j, truth, arena);
	if (!j->source && kind->data && truth->data)
		judge_data(j, truth, arena);
	if (kind->worlds && truth->worlds &&
	    (!j->source || j->verdict != CLAIM_CONFIRMED ||
	     !strcmp(j->source, "recorded"))) {
		struct world_finding w =
			judge_worlds(j->claim, found, truth, arena);

		if (w.says && (!j->source ||
			       (j->verdict == CLAIM_CONTRADICTED &&
				w.verdict == CLAIM_OTHER_WORLD)))
			decide(j, w.verdict, "worlds",
			       j->why ? arena_printf(arena, "%s %s", j->why,
						     w.why)
				      : w.why);
		else
			also(j, w.why, arena);
	}
	if (j->verdict == CLAIM_UNCHECKED && !j->why)
		j->why = unchecked(kind, truth);
}

/* Whether two claims speak of the same thing and must agree. */
static bool are_comparable(const struct claim *a, const struct claim *b)
{
	if (a->kind != b->kind || a->kind->same == SAME_NOT)
		return false;
	if (a->kind->same == SAME_REPORT || a->kind->type == CLAIM_ID)
		return true;
	return a->run && b->run ? !strcmp(a->run, b->run) : true;
}

/* How many distinct runs the log lines of the report tell of: a run id with
 * metrics on its own line. */
static bool tells_of(const struct found_claims *found, const char *run)
{
	for (size_t i = 0; i < found->claims.len; i++) {
		const struct claim *c = &found->claims.at[i];

		if (c->kind->same == SAME_RUN && c->run && !strcmp(c->run, run))
			return true;
	}
	return false;
}

static size_t runs_told(const struct found_claims *found)
{
	const char *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < found->claims.len; i++) {
		const struct claim *c = &found->claims.at[i];

		if (c->kind->type == CLAIM_ID && tells_of(found, c->value) &&
		    (!first || strcmp(first, c->value) != 0)) {
			first = c->value;
			n++;
		}
	}
	return n;
}

/* How often the report says the same, this claim counted. */
static size_t says_so(const struct found_claims *found, const struct claim *c,
		      struct arena *arena)
{
	size_t n = 0;

	for (size_t i = 0; i < found->claims.len; i++)
		n += are_comparable(c, &found->claims.at[i]) &&
		     claims_agree(c->kind, c->value, found->claims.at[i].value,
				  arena);
	return n;
}

/* A claim against which the report says another thing, more often or first. */
static void judge_inside(struct judged_claim *j,
			 const struct found_claims *found, bool several,
			 struct arena *arena)
{
	const struct claim *c = j->claim, *against = NULL;
	size_t own, most = 0;

	if (c->kind->same == SAME_NOT || j->verdict != CLAIM_UNCHECKED ||
	    (several && (c->kind->type == CLAIM_ID ? tells_of(found, c->value)
						   : !c->run)))
		return;
	own = says_so(found, c, arena);
	for (size_t i = 0; i < found->claims.len; i++) {
		const struct claim *other = &found->claims.at[i];
		size_t n;

		if (!are_comparable(c, other) ||
		    claims_agree(c->kind, c->value, other->value, arena))
			continue;
		n = says_so(found, other, arena);
		if (n > most && (n > own || (n == own && other < c))) {
			most = n;
			against = other;
		}
	}
	if (!against)
		return;
	j->right = against->value;
	decide(j, CLAIM_CONTRADICTED, "report",
	       arena_printf(arena, WORDS("Line %zu of the report says %s."),
			    against->line, against->value));
}

void claims_judge(const struct found_claims *found, const struct truth *truth,
		  struct arena *arena, struct judgement *ret)
{
	struct judgement all = {.len = found->claims.len};
	bool several = runs_told(found) > 1;

	all.at = arena_array(arena, all.len + 1, sizeof(*all.at));
	for (size_t i = 0; i < all.len; i++) {
		all.at[i].claim = &found->claims.at[i];
		judge_one(&all.at[i], found, truth, arena);
		judge_inside(&all.at[i], found, several, arena);
		all.counts[all.at[i].verdict]++;
	}
	*ret = all;
}
