#include "diagnose/surroundings.h"

#include "base/clock.h"
#include "base/language.h"
#include "base/number.h"
#include "base/strbuf.h"
#include "step/step.h"

#include <sched.h>
#include <string.h>

const struct surrounding surrounding_table[] = {
	{ "clock", "wall-clock",
	  { "the same training with the clock as it is",
	    "le même entraînement avec l'horloge telle qu'elle est" } },
	{ "hash-seed", "hash-order",
	  { "the same training with the hash seed as it was",
	    "le même entraînement avec la graine de hachage d'avant" } },
	{ "locale", "time-zone-or-locale",
	  { "the same training in the locale that it had",
	    "le même entraînement dans la locale qu'il avait" } },
	{ "threads", "threads",
	  { "the same training on all processors",
	    "le même entraînement sur tous les processeurs" } },
	{ "time-zone", "time-zone-or-locale",
	  { "the same training in the time zone that it had",
	    "le même entraînement dans le fuseau horaire qu'il avait" } },
};
const size_t surrounding_count = ARRAY_SIZE(surrounding_table);

const struct surrounding *surrounding_find(const char *name)
{
	for (size_t i = 0; i < surrounding_count; i++)
		if (!strcmp(surrounding_table[i].name, name))
			return &surrounding_table[i];
	return NULL;
}

/* Reading back. */

static json_t *read_values(struct readback *r, const struct surroundings *s,
			   const char **ret_why)
{
	const char **env = NULL;
	const struct action_options options = surroundings_options(s, &env);
	struct action_outcome outcome = { .known = false };
	struct error err = ERROR_INIT;
	json_t *none = json_object();
	int rc = stack_action(r->stack, "environment", none, &options,
			      &outcome, &err);

	json_decref(none);
	free(env);
	if (rc == 0 && outcome.known && outcome.exit_code == 0)
		return outcome.values;
	*ret_why = rc < 0 ? arena_strdup(r->arena, err.message)
		: !outcome.known ?
			WORDS("this stack has no action `environment` to "
		  "read it back") : WORDS("`environment` failed");
	json_decref(outcome.values);
	return NULL;
}

void readback_begin(struct readback *readback, struct stack *stack,
		    struct arena *arena)
{
	const struct surroundings none = { .one_cpu = false };

	memset(readback, 0, sizeof(*readback));
	readback->stack = stack;
	readback->arena = arena;
	readback->control = read_values(readback, &none, &readback->why);
}

void readback_release(struct readback *readback)
{
	json_decref(readback->control);
	readback->control = NULL;
}

/* Whether `key` reads otherwise now than in the stack as it is. */
static bool reads_otherwise(struct readback *r, const struct surroundings *s,
			    const char *key, const char **ret_proof)
{
	const char *was = step_text(r->control, key);
	json_t *values = read_values(r, s, ret_proof);
	const char *is = step_text(values, key);
	bool differs = was && is && strcmp(was, is) != 0;

	if (values)
		*ret_proof = !was || !is ? arena_printf(
			r->arena,
				WORDS("`environment` says nothing of "
				      "`%s`"), key)
			: arena_printf(r->arena, differs ?
				WORDS("%s: %s, was %s")
				       : WORDS("%s: %s still"), key, is, was);
	json_decref(values);
	return differs;
}

/* The changes. Each pushes its variables; they are taken back where it did
 * not arrive, so that it can't reach the training unproved. */

/* A day next year: past every validity and any "days since". */
enum { CLOCK_AHEAD_DAYS = 400, CLOCK_BIT_DAYS = 300 };

static bool add_faketime(struct readback *r, struct surroundings *into,
			 const char *when, const char **ret_proof)
{
	const char *library = step_text(r->control, "faketime");

	*ret_proof =
		WORDS("libfaketime is not where the training runs (Debian's "
		     "package libfaketime)");
	if (!library || !*library)
		return false;
	*vec_push(&into->env) =
		arena_printf(r->arena, "LD_PRELOAD=%s", library);
	*vec_push(&into->env) = arena_printf(r->arena, "FAKETIME=%s", when);
	*vec_push(&into->env) = "FAKETIME_DONT_FAKE_MONOTONIC=1";
	return true;
}

static bool change_clock(struct readback *r, struct surroundings *into,
			 const char **ret_proof)
{
	const char *when = arena_printf(r->arena, "+%dd", CLOCK_AHEAD_DAYS);
	int64_t now = 0;

	if (!add_faketime(r, into, when, ret_proof))
		return false;
	json_t *values = read_values(r, into, ret_proof);
	const char *text = step_text(values, "now");
	bool read = text && number_parse_int(text, 0, INT64_MAX / CLOCK_SEC,
					     &now);
	/* Rounded: between the two readings time went on. */
	int64_t ahead = (now - clock_now() / CLOCK_SEC + 43200) / 86400;
	json_decref(values);
	if (read)
		*ret_proof = arena_printf(r->arena,
			WORDS("the clock reads %d days "
					  "later"), (int)ahead);
	return read && ahead >= CLOCK_BIT_DAYS;
}

static bool change_hash_seed(struct readback *r, struct surroundings *into,
			     const char **ret_proof)
{
	*vec_push(&into->env) = "PYTHONHASHSEED=4711";
	return reads_otherwise(r, into, "hash_seed", ret_proof);
}

/* The first that is installed there and is another one. */
static bool change_locale(struct readback *r, struct surroundings *into,
			  const char **ret_proof)
{
	static const char *const names[] = {
		"LC_ALL=tr_TR.UTF-8", "LC_ALL=de_DE.UTF-8",
		"LC_ALL=fr_FR.UTF-8", "LC_ALL=en_US.UTF-8", "LC_ALL=C",
	};
	size_t len = into->env.len;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		into->env.len = len;
		*vec_push(&into->env) = names[i];
		if (reads_otherwise(r, into, "locale", ret_proof) &&
		    !strstr(*ret_proof, "none"))
			return true;
	}
	return false;
}

static bool change_threads(struct readback *r, struct surroundings *into,
			   const char **ret_proof)
{
	cpu_set_t set;
	int cpu = 0;

	CPU_ZERO(&set);
	*ret_proof = WORDS("this machine has one processor");
	if (sched_getaffinity(0, sizeof(set), &set) < 0 || CPU_COUNT(&set) < 2)
		return false;
	while (!CPU_ISSET(cpu, &set))
		cpu++;
	into->cpu = cpu;
	into->one_cpu = true;
	return reads_otherwise(r, into, "threads", ret_proof);
}

/* A rule of POSIX needs no time zone database; libpq takes PGTZ. */
static bool change_time_zone(struct readback *r, struct surroundings *into,
			     const char **ret_proof)
{
	*vec_push(&into->env) = "TZ=BIS-14";
	*vec_push(&into->env) = "PGTZ=Etc/GMT-14";
	return reads_otherwise(r, into, "zone", ret_proof);
}

/* Stands still; that sleeping works all the same is read back. */
static bool pin_clock(struct readback *r, struct surroundings *into,
		      const char **ret_proof)
{
	if (!add_faketime(r, into, "2024-01-31 12:00:00", ret_proof))
		return false;
	json_t *values = read_values(r, into, ret_proof);
	bool works = values != NULL;
	json_decref(values);
	return works;
}

typedef bool change_function(struct readback *, struct surroundings *,
			     const char **ret_proof);

static bool apply(struct readback *readback, change_function *change,
		  struct surroundings *into, const char **ret_proof)
{
	size_t len = into->env.len;
	bool one_cpu = into->one_cpu;

	*ret_proof = readback->why;
	if (!readback->control)
		return false;
	if (change(readback, into, ret_proof))
		return true;
	into->env.len = len;
	into->one_cpu = one_cpu;
	return false;
}

bool surrounding_change(struct readback *readback, const char *name,
			struct surroundings *into, const char **ret_proof)
{
	static change_function *const by_row[] = {
		change_clock, change_hash_seed, change_locale,
		change_threads, change_time_zone,
	};
	size_t row = (size_t)(surrounding_find(name) - surrounding_table);

	return apply(readback, by_row[row], into, ret_proof);
}

bool surrounding_pin(struct readback *readback, const char *name,
		     struct surroundings *into)
{
	const char *proof;

	if (!strcmp(name, "clock"))
		return apply(readback, pin_clock, into, &proof);
	/* Of the others, the changed value is as still as any. */
	return surrounding_change(readback, name, into, &proof);
}

struct action_options surroundings_options(const struct surroundings *s,
					   const char ***ret_env)
{
	const char **env = xcalloc(s->env.len + 1, sizeof(*env));

	if (s->env.len)
		memcpy(env, s->env.at, s->env.len * sizeof(*env));
	*ret_env = env;
	return (struct action_options){
		.env = env, .cpus = s->one_cpu ? &s->cpu : NULL,
		.cpu_count = s->one_cpu ? 1 : 0,
	};
}

void surroundings_release(struct surroundings *s)
{
	vec_release(&s->env);
}
