/* Two trainings in the same state differ: each pair is trained from the saved
 * state with something held still, until one agrees. */
#include "diagnose/explain.h"

#include "base/clock.h"
#include "base/language.h"
#include "base/path.h"
#include "diagnose/cause.h"
#include "diagnose/evidence.h"
#include "format/pickle_summary.h"

#include <string.h>

/* What the decoded model says of its own seed. */
static const json_t *model_seed(struct runner *runner,
				const struct train_record *run, json_t **owner)
{
	const char *path = NULL;

	*owner = NULL;
	for (size_t i = 0; i < run->artifacts.len; i++)
		if (!strcmp(path_basename(run->artifacts.at[i].path),
			    "model.pkl"))
			path = path_join(runner->options.arena, run->folder,
					 run->artifacts.at[i].path);
	if (!path || pickle_summary_file(path, owner, NULL) < 0)
		return NULL;
	return json_object_get(
		json_object_get(json_object_get(*owner, "estimator"),
				"params"), "random_state");
}

enum seeds {
	SEEDS_UNKNOWN,
	SEEDS_MISSING, /* None */
	SEEDS_VARY,    /* another number each time: taken from somewhere */
	SEEDS_FIXED,
};

/* *ret_text: what the two models say. */
static enum seeds look_at_seeds(struct runner *runner,
				const struct train_record *runs[2],
				const char **ret_text)
{
	struct arena *arena = runner->options.arena;
	json_t *left, *right;
	const json_t *a = model_seed(runner, runs[0], &left);
	const json_t *b = model_seed(runner, runs[1], &right);
	enum seeds seeds = SEEDS_UNKNOWN;

	if (a && b) {
		bool same = json_equal((json_t *)(uintptr_t)a,
				       (json_t *)(uintptr_t)b);
		seeds = json_is_null(a) ? SEEDS_MISSING
			: same ? SEEDS_FIXED : SEEDS_VARY;
		*ret_text = arena_printf(
			arena,
				WORDS("random_state of the fitted models: "
				      "%s, %s"),
			json_is_null(a) ? "None" : step_scalar(arena, a),
			json_is_null(b) ? "None" : step_scalar(arena, b));
	}
	json_decref(left);
	json_decref(right);
	return seeds;
}

/* A seed that is the time of day in seconds is the same for two trainings
 * within one. */
static void wait_for_next_second(void)
{
	clock_sleep(CLOCK_SEC - clock_now() % CLOCK_SEC);
}

/* Two trainings, each from the saved state, with these held still. */
static int try_pair(struct worlds *worlds, const char *name,
		    const struct surroundings *surroundings, bool *ret_agrees,
		    struct error *err)
{
	struct arena *arena = worlds->runner->options.arena;
	struct train_record *first = NULL, *second = NULL;
	bool agrees;
	struct trial trial = {
		.id = arena_printf(arena, "%s.1", name), .purpose = "search",
		.with = worlds->with, .surroundings = surroundings,
	};

	*ret_agrees = false;
	if (world_restore(worlds, err) < 0 ||
	    world_try(worlds, &trial, NULL, &agrees, &first, err) < 0)
		return -1;
	trial.id = arena_printf(arena, "%s.2", name);
	if (!first)
		return 0;
	if (world_restore(worlds, err) < 0)
		return -1;
	wait_for_next_second();
	return world_try(worlds, &trial, first, ret_agrees, &second, err);
}

static void name_cause(struct worlds *worlds, const char *check,
		       const char *cause, struct bilingual fix)
{
	struct diagnosis *diagnosis =
		diagnosis_new(worlds->runner, check, cause, NULL);

	diagnosis->confidence = CONFIDENCE_CERTAIN;
	diagnosis->fix = fix;
	diagnosis->fix_tried = diagnosis->fix_worked = true;
}

/* What is held still, one at a time; the first that makes a pair agree. */
static int try_each_pin(struct worlds *worlds, const char *check,
			bool *ret_found, struct error *err)
{
	struct arena *arena = worlds->runner->options.arena;

	for (size_t i = 0; i < surrounding_count && !*ret_found; i++) {
		const struct surrounding *s = &surrounding_table[i];
		struct surroundings pinned = { .one_cpu = false };
		int rc = 0;
		if (surrounding_pin(worlds_readback(worlds), s->name, &pinned))
			rc = try_pair(worlds, s->name, &pinned, ret_found,
				      err);
		surroundings_release(&pinned);
		if (rc < 0)
			return -1;
		if (*ret_found)
			name_cause(worlds, check, s->cause, (struct bilingual){
				arena_printf(arena, "two trainings with the "
					     "same %s held still", s->name),
				arena_printf(arena, "deux entraînements avec "
					     "%s tenu fixe", s->name) });
	}
	return 0;
}

static int try_all_pins(struct worlds *worlds, bool *ret_agrees,
			struct error *err)
{
	struct surroundings all = { .one_cpu = false };

	for (size_t i = 0; i < surrounding_count; i++)
		surrounding_pin(worlds_readback(worlds),
				surrounding_table[i].name, &all);
	int rc = try_pair(worlds, "all-pinned", &all, ret_agrees, err);
	surroundings_release(&all);
	return rc;
}

/* What pairs with something held still have shown. */
enum search {
	SEARCH_NOTHING,  /* they differ whatever is held still */
	SEARCH_TOGETHER, /* they agree with all of it, and with none alone */
	SEARCH_FOUND,    /* what makes them agree is named */
};

/* Nothing that can be held still makes them agree: by what the model says, it
 * has no seed, or the split has none, or it is something unknown. */
static void name_seed(struct worlds *worlds, const char *check,
		      enum seeds seeds, const char *text, enum search search)
{
	static const char *const causes_of[] = {
		[SEEDS_UNKNOWN] = "flaky",
		[SEEDS_MISSING] = "seed-missing-model",
		[SEEDS_VARY] = "seed-missing-model",
		[SEEDS_FIXED] = "seed-missing-split",
	};
	static const char *const stages[] = {
		[SEEDS_UNKNOWN] = NULL, [SEEDS_MISSING] = "model",
		[SEEDS_VARY] = "model", [SEEDS_FIXED] = "matrix",
	};
	struct diagnosis *diagnosis = diagnosis_new(
		worlds->runner, check, causes_of[seeds], stages[seeds]);

	diagnosis->confidence = CONFIDENCE_LIKELY;
	if (text)
		evidence_note(worlds->runner, diagnosis, "parameter", text);
	if (search == SEARCH_TOGETHER)
		evidence_note(worlds->runner, diagnosis, "search",
			      WORDS("trained in pairs from the same saved "
			            "state: with the clock, hash seed, locale, "
			            "threads and time zone held still together "
			            "the two agree, with one of them alone "
			            "they do not"));
	else if (seeds != SEEDS_MISSING)
		evidence_note(worlds->runner, diagnosis, "search",
			      WORDS("trained in pairs from the same saved "
			            "state: "
			      "with the clock, hash seed, locale, threads and "
			      "time zone held still, as far as they can be "
			      "here, the two still differ"));
}

static int search(struct worlds *worlds, const char *check,
		  enum search *ret, struct error *err)
{
	const struct surroundings none = { .one_cpu = false };
	bool agrees;

	*ret = SEARCH_NOTHING;
	if (try_pair(worlds, "as-it-is", &none, &agrees, err) < 0)
		return -1;
	if (agrees) {
		name_cause(worlds, check, "state-kept", (struct bilingual){
			"two trainings, each from the same saved state of "
			"database, registry and artifacts",
			"deux entraînements, chacun depuis le même état "
			"enregistré de la base, du registre et des "
			"artefacts" });
		*ret = SEARCH_FOUND;
		return 0;
	}
	if (try_all_pins(worlds, &agrees, err) < 0)
		return -1;
	if (!agrees)
		return 0;
	agrees = false;
	if (try_each_pin(worlds, check, &agrees, err) < 0)
		return -1;
	*ret = agrees ? SEARCH_FOUND : SEARCH_TOGETHER;
	return 0;
}

/* The training's statements, where no control has shown them yet. */
static int need_statements(struct worlds *worlds, struct error *err)
{
	const struct trial trial = { .id = "logged", .purpose = "search",
				     .with = worlds->with };
	struct train_record *run = NULL;
	struct step_outcome outcome;

	if (worlds->statements_known)
		return 0;
	if (world_restore(worlds, err) < 0 ||
	    world_train(worlds, &trial, &worlds->asked,
			&worlds->statements_known, &run, &outcome, err) < 0)
		return -1;
	json_decref(outcome.value);
	return 0;
}

static int replay_one(struct worlds *worlds, struct statement *statement,
		      struct replay *ret, struct error *err)
{
	struct statements one = { .arena = ARENA_INIT };
	PGconn *conn;

	if (sql_session_ask(&worlds->session, &conn, err) < 0)
		return -1;
	*vec_push(&one.at) = statement;
	replay_statements(&one, conn, NULL, ret);
	vec_release(&one.at);
	return 0;
}

/* A statement that gives the same rows in another order when it is asked
 * again in the same state: then no seed of a split helps. */
static int find_shuffled(struct worlds *worlds, struct statement **ret,
			 struct error *err)
{
	*ret = NULL;
	if (need_statements(worlds, err) < 0)
		return -1;
	for (size_t i = 0; i < worlds->asked.at.len &&
	     worlds->statements_known && !*ret; i++) {
		struct statement *statement = worlds->asked.at.at[i];
		struct replay first, second;
		if (replay_one(worlds, statement, &first, err) < 0 ||
		    replay_one(worlds, statement, &second, err) < 0)
			return -1;
		if (first.matrix.known && second.matrix.known &&
		    strcmp(first.matrix.sequence, second.matrix.sequence) &&
		    !strcmp(first.matrix.multiset, second.matrix.multiset))
			*ret = statement;
	}
	return 0;
}

static void name_shuffled(struct worlds *worlds, const char *check,
			  const struct statement *statement)
{
	struct diagnosis *diagnosis = diagnosis_new(
		worlds->runner, check, "rows-unordered", "entity rows");

	diagnosis->confidence = CONFIDENCE_LIKELY;
	evidence_statement(worlds->runner, diagnosis, statement, "statement",
			   NULL);
	evidence_note(worlds->runner, diagnosis, "replay",
		      WORDS("asked twice in the same state, it returns the "
		            "same "
		      "rows in another order"));
}

int explain_flaky(struct worlds *worlds, const char *check,
		  const struct train_record *left,
		  const struct train_record *right, struct error *err)
{
	const struct train_record *runs[2] = { left, right };
	struct run_comparison graded;
	struct statement *shuffled = NULL;
	const char *text = NULL;
	enum search found = SEARCH_NOTHING;
	enum seeds seeds = SEEDS_UNKNOWN;

	if (world_compare(worlds, left, right, &graded, err) < 0)
		return -1;
	bool same_model = graded.metrics_equal && graded.model_equal;
	json_decref(graded.value);
	/* What differs beside the same model, no seed of it can explain. */
	if (!same_model)
		seeds = look_at_seeds(worlds->runner, runs, &text);
	if (seeds != SEEDS_MISSING && search(worlds, check, &found, err) < 0)
		return -1;
	if (found == SEARCH_FOUND)
		return 0;
	if (found == SEARCH_TOGETHER)
		seeds = SEEDS_UNKNOWN;
	else if (!same_model && seeds != SEEDS_MISSING &&
		 find_shuffled(worlds, &shuffled, err) < 0)
		return -1;
	if (shuffled)
		name_shuffled(worlds, check, shuffled);
	else
		name_seed(worlds, check, seeds, text, found);
	return 0;
}
