#include "scenario/grammar.h"

#include "scenario/validate.h"

#include <string.h>

const char *const grammar_asked[] = { "stated", "implied", "beyond", NULL };

const struct key_spec grammar_retry_keys[] = {
	{ "every", KEY_DURATION, false,
	  "How long to wait before it is tried again." },
	{ "halt", KEY_EXPRESSION, false,
	  "Where this holds, trying on is pointless." },
	{ "until", KEY_EXPRESSION, false,
	  "It is tried again until this holds." },
	{ "within", KEY_DURATION, false, "How long it is tried at most." },
	{ NULL },
};

static const struct key_spec override_keys[] = {
	{ "asked", KEY_CHOICE, false, "How far the handout asks for it.",
	  .choices = grammar_asked },
	{ "hidden", KEY_BOOLEAN, false,
	  "What it expects and what was seen are told nowhere." },
	{ "hint", KEY_BILINGUAL, false, "What to try where it fails." },
	{ "points", KEY_NUMBER, false, "What it is worth." },
	{ "title", KEY_BILINGUAL, false, "Its name for people." },
	{ "why", KEY_BILINGUAL, false, "Why it matters, in one sentence." },
	{ NULL },
};

static const struct key_spec step_keys[] = {
	{ "asked", KEY_CHOICE, false,
	  "How far the handout asks for it; the exercise's where not given.",
	  .choices = grammar_asked },
	{ "capture", KEY_NAMED_EXPRESSIONS, false,
	  "Values to keep for later steps, by name." },
	{ "expect", KEY_EXPRESSIONS, false,
	  "What must hold: each gives true or false." },
	{ "hidden", KEY_BOOLEAN, false,
	  "What it expects and what was seen are told nowhere." },
	{ "hint", KEY_BILINGUAL, false, "What to try where it fails." },
	{ "id", KEY_NAME, false, "Its name, unique in the scenario." },
	{ "include", KEY_STRING, false,
	  "Alone in its entry: a file that holds a list of steps." },
	{ "needs", KEY_STRINGS, false,
	  "Ids of earlier steps or exercises that must have passed." },
	{ "points", KEY_NUMBER, false, "What it is worth." },
	{ "title", KEY_BILINGUAL, false, "Its name for people." },
	{ "when", KEY_EXPRESSION, false,
	  "Where this is false, the check is not applicable." },
	{ "why", KEY_BILINGUAL, false, "Why it matters, in one sentence." },
};

static const struct key_spec perturb_keys[] = {
	{ "asked", KEY_CHOICE, false,
	  "How far the handout asks for it; the exercise's where not given.",
	  .choices = grammar_asked },
	{ "hint", KEY_BILINGUAL, false, "What to try where it fails." },
	{ "id", KEY_NAME, true, "Its name, unique in the scenario." },
	{ "needs", KEY_STRINGS, false,
	  "Ids of steps or exercises that must have passed." },
	{ "points", KEY_NUMBER, false, "What it is worth." },
	{ "steps", KEY_MAPPINGS, false,
	  "Steps to run in that world, after its training." },
	{ "title", KEY_BILINGUAL, false, "Its name for people." },
	{ "why", KEY_BILINGUAL, false, "Why it matters, in one sentence." },
};

static const struct key_spec exercise_keys[] = {
	{ "asked", KEY_CHOICE, false, "How far the handout asks for it.",
	  .choices = grammar_asked },
	{ "id", KEY_NAME, true, "Its name, unique in the scenario." },
	{ "needs", KEY_STRINGS, false,
	  "Ids of earlier exercises or steps that must have passed." },
	{ "perturb", KEY_MAPPINGS, false,
	  "Changes of the world, tried after all graded checks." },
	{ "points", KEY_NUMBER, false,
	  "The sum of its checks' points, to be checked." },
	{ "steps", KEY_MAPPINGS, false, "What is done, in order." },
	{ "title", KEY_BILINGUAL, true, "Its name for people." },
	{ NULL },
};

static const struct key_spec scenario_keys[] = {
	{ "bis", KEY_INTEGER, true, "The version of this language: 1." },
	{ "exercises", KEY_MAPPINGS, false, "Graded groups of steps." },
	{ "include", KEY_STRINGS, false,
	  "Scenarios whose exercises come before these." },
	{ "lab", KEY_NAME, false, "The lab that it is of." },
	{ "names", KEY_LISTS, false,
	  "For each role the names that it may have." },
	{ "override", KEY_NAMED, false,
	  "Changes to what was included, by id.", .keys = override_keys },
	{ "remedies", KEY_STRING, false,
	  "The file of known failures that are repaired, and how." },
	{ "stack", KEY_STRING, false,
	  "The stack file that it runs on where none is given." },
	{ "submission_stack", KEY_STRING, false,
	  "The stack file that a submission is brought up by." },
	{ "title", KEY_BILINGUAL, false, "Its name for people." },
	{ "vars", KEY_VALUES, false,
	  "Variables with their values; --var NAME=VALUE replaces one." },
	{ NULL },
};

/* A kind's own keys, and the four of trying again. */
static const struct key_spec *with_retry(const struct key_spec *own,
					 struct arena *arena)
{
	size_t count = key_spec_count(own), n = 0;
	size_t more = key_spec_count(grammar_retry_keys);
	struct key_spec *keys =
		arena_array(arena, count + more + 1, sizeof(*keys));

	for (size_t i = 0; i < count; i++)
		if (!key_spec_find(grammar_retry_keys, own[i].name))
			keys[n++] = own[i];
	memcpy(keys + n, grammar_retry_keys, more * sizeof(*keys));
	return keys;
}

static struct key_spec kind_key(const struct step_syntax *kind,
				const struct key_spec *keys, bool outline)
{
	return (struct key_spec){ kind->name,
				  outline ? KEY_ANY : KEY_MAPPING, false,
				  kind->summary, .keys = keys };
}

static const struct key_spec *build_steps(const struct scenario_tables *tables,
					  bool outline, struct arena *arena)
{
	size_t n = ARRAY_SIZE(step_keys);
	struct key_spec *keys = arena_array(arena, n + tables->step_count + 1,
					    sizeof(*keys));

	memcpy(keys, step_keys, sizeof(step_keys));
	for (size_t i = 0; i < tables->step_count; i++)
		keys[n++] = kind_key(tables->steps[i],
				     with_retry(tables->steps[i]->keys,
						arena), outline);
	return keys;
}

static const struct key_spec *
build_perturb(const struct scenario_tables *tables,
	      const struct key_spec *steps, bool outline, struct arena *arena)
{
	size_t n = ARRAY_SIZE(perturb_keys);
	struct key_spec *keys = arena_array(
		arena, n + tables->change_count + 1, sizeof(*keys));

	memcpy(keys, perturb_keys, sizeof(perturb_keys));
	for (size_t i = 0; i < n; i++)
		if (!strcmp(keys[i].name, "steps"))
			keys[i].keys = steps;
	for (size_t i = 0; i < tables->change_count; i++)
		keys[n++] = kind_key(&tables->changes[i],
				     tables->changes[i].keys, outline);
	return keys;
}

const struct grammar *grammar_build(const struct scenario_tables *tables,
				    bool outline, struct arena *arena)
{
	struct grammar *g = arena_new(arena, struct grammar);
	struct key_spec *exercise =
		arena_alloc(arena, sizeof(exercise_keys));
	struct key_spec *top = arena_alloc(arena, sizeof(scenario_keys));

	g->step = build_steps(tables, outline, arena);
	g->perturb = build_perturb(tables, g->step, outline, arena);
	g->step_kinds = tables->step_count;
	g->changes = tables->change_count;
	memcpy(exercise, exercise_keys, sizeof(exercise_keys));
	for (struct key_spec *k = exercise; k->name; k++) {
		if (!strcmp(k->name, "steps"))
			k->keys = g->step;
		if (!strcmp(k->name, "perturb"))
			k->keys = g->perturb;
	}
	memcpy(top, scenario_keys, sizeof(scenario_keys));
	for (struct key_spec *k = top; k->name; k++)
		if (!strcmp(k->name, "exercises"))
			k->keys = exercise;
	g->exercise = exercise;
	g->scenario = top;
	return g;
}
