#include "run/runner.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/language.h"
#include "run/attempt.h"
#include "run/expectation.h"
#include "scenario/interpolate.h"

#include <stdlib.h>
#include <string.h>

static size_t count_steps(const struct scenario *scenario)
{
	size_t total = 0;

	for (size_t i = 0; i < scenario->exercises.len; i++) {
		const struct exercise *exercise = scenario->exercises.at[i];
		for (size_t j = 0; j < exercise->steps.len; j++)
			total += !step_kind_of(exercise->steps.at[j])->draws;
		for (size_t j = 0; j < exercise->perturb.len; j++)
			total += 1 + exercise->perturb.at[j]->steps.len;
	}
	return total;
}

static void add_exercises(struct runner *runner)
{
	const struct scenario *scenario = runner->options.scenario;

	for (size_t i = 0; i < scenario->exercises.len; i++) {
		struct exercise_result *exercise = arena_new(
			runner->options.arena, struct exercise_result);
		exercise->id = scenario->exercises.at[i]->id;
		exercise->title = scenario->exercises.at[i]->title;
		*vec_push(&runner->options.result->exercises) = exercise;
	}
}

int runner_init(struct runner *runner, const struct runner_options *options,
		struct error *err)
{
	memset(runner, 0, sizeof(*runner));
	runner->options = *options;
	strbuf_init(&runner->state_commands, STRBUF_TEXT);
	runner->context = (struct step_context){
		.arena = options->arena, .scenario = options->scenario,
		.stack = options->stack, .result = options->result,
		.sinks = options->sinks,
		.values = json_deep_copy(options->scenario->vars),
		.folder = options->folder, .world = "",
	};
	runner->total = count_steps(options->scenario);
	add_exercises(runner);
	return http_client_init(&runner->context.http, err);
}

void runner_release(struct runner *runner)
{
	http_client_release(&runner->context.http);
	json_decref(runner->context.values);
	vec_release(&runner->context.ambiguous);
	strbuf_release(&runner->state_commands);
}

struct check_result *runner_check(struct runner *runner,
				  struct exercise_result *exercise,
				  const char *id, const char *kind)
{
	struct check_result *check =
		arena_new(runner->options.arena, struct check_result);

	check->id = id;
	check->kind = kind;
	check->exercise = exercise->id;
	check->started = clock_now();
	check->again = arena_printf(runner->options.arena, "%s --only %s",
				    runner->options.again, id);
	*vec_push(&exercise->checks) = check;
	event_send(runner->options.sinks,
		   (struct event){ .type = EVENT_STEP_STARTED, .text = id,
				   .index = ++runner->done,
				   .total = runner->total });
	return check;
}

void runner_settle(struct runner *runner, struct check_result *check)
{
	check->duration = clock_now() - check->started;
	event_send(runner->options.sinks,
		   (struct event){ .type = EVENT_CHECK_DONE, .check = check });
}

/* Which check of an exercise, or the check itself, stands in the way. */
static const struct check_result *
obstacle(const struct runner *runner, const char *need)
{
	const struct result *result = runner->options.result;
	const struct check_result *pending = NULL;

	for (size_t i = 0; i < result->exercises.len; i++) {
		const struct exercise_result *exercise =
			result->exercises.at[i];
		bool whole = !strcmp(exercise->id, need);
		for (size_t j = 0; j < exercise->checks.len; j++) {
			const struct check_result *c = exercise->checks.at[j];
			if (!whole && strcmp(c->id, need))
				continue;
			/* Of a whole exercise, only what is scored counts. */
			if (whole && c->given_points <= 0)
				continue;
			if (c->verdict == VERDICT_FAILED ||
			    c->verdict == VERDICT_BLOCKED)
				return c;
			if (verdict_is_pending(c->verdict))
				pending = c;
		}
	}
	return pending;
}

bool runner_needs(struct runner *runner, const char *const *needs,
		  size_t count, struct check_result *check)
{
	for (size_t i = 0; i < count; i++) {
		const struct check_result *in_the_way =
			obstacle(runner, needs[i]);
		if (!in_the_way)
			continue;
		bool pending = verdict_is_pending(in_the_way->verdict);
		check->verdict = pending ? VERDICT_INCONCLUSIVE
					 : VERDICT_BLOCKED;
		check->blocked_by = in_the_way->blocked_by
			? in_the_way->blocked_by : in_the_way->id;
		check->actual = arena_printf(
			runner->options.arena, pending
			? WORDS("not reached: `%s` could not be checked")
			: WORDS("not reached: `%s` does not hold"),
			check->blocked_by);
		return false;
	}
	return true;
}

static bool exercise_has(const struct exercise *exercise, const char *id)
{
	for (size_t i = 0; i < exercise->steps.len; i++)
		if (!strcmp(exercise->steps.at[i]->id, id))
			return true;
	for (size_t i = 0; i < exercise->perturb.len; i++) {
		const struct perturb *entry = exercise->perturb.at[i];
		if (!strcmp(entry->id, id))
			return true;
		for (size_t j = 0; j < entry->steps.len; j++)
			if (!strcmp(entry->steps.at[j]->id, id))
				return true;
	}
	return false;
}

bool runner_skips(const struct runner *runner, const char *id)
{
	const struct scenario *scenario = runner->options.scenario;
	const struct exercise *exercise = NULL;

	if (!runner->options.only_count)
		return false;
	for (size_t i = 0; i < scenario->exercises.len && !exercise; i++)
		if (exercise_has(scenario->exercises.at[i], id))
			exercise = scenario->exercises.at[i];
	for (size_t i = 0; i < runner->options.only_count; i++) {
		const char *only = runner->options.only[i];
		if (!strcmp(only, id) ||
		    (exercise && !strcmp(only, exercise->id)))
			return false;
	}
	return true;
}

static struct check_result *new_check(struct runner *runner,
				      struct exercise_result *exercise,
				      const struct step *step)
{
	struct check_result *check = runner_check(runner, exercise, step->id,
						  step->syntax->name);

	check->title = step->title;
	check->why = step->why;
	check->hint = step->hint;
	check->asked = step->asked;
	check->given_points = step->points;
	check->where = arena_printf(runner->options.arena, "%s:%d",
				    step->at.file, step->at.line);
	return check;
}

/* The step that makes this capture, if it did not. */
static const char *maker_of(const struct runner *runner, const char *capture)
{
	const struct scenario *scenario = runner->options.scenario;

	for (size_t i = 0; i < scenario->exercises.len; i++) {
		const struct exercise *exercise = scenario->exercises.at[i];
		for (size_t j = 0; j < exercise->steps.len; j++) {
			const struct step *step = exercise->steps.at[j];
			for (size_t k = 0; k < step->captures.len; k++)
				if (!strcmp(step->captures.at[k].name,
					    capture))
					return step->id;
		}
	}
	return NULL;
}

/* The first capture that an expression or an argument names and that was not
 * made: then the step can't be taken, and its maker is why. */
static const char *missing_capture(const struct runner *runner,
				   const struct step *step)
{
	const struct scenario *scenario = runner->options.scenario;
	char *text = json_dumps(step->args, JSON_ENCODE_ANY);
	const char *missing = NULL;

	for (size_t i = 0; i < scenario->capture_names.len && !missing; i++) {
		const char *name = scenario->capture_names.at[i];
		size_t len = strlen(name);
		if (json_object_get(runner->context.values, name))
			continue;
		for (size_t e = 0; e <= step->expect.len && !missing; e++) {
			const char *in = e < step->expect.len
				? step->expect.at[e].text : text;
			for (const char *p = in; p && (p = strchr(p, '$'));) {
				p += p[1] == '{' ? 2 : 1;
				if (!strncmp(p, name, len) &&
				    !strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					    "abcdefghijklmnopqrstuvwxyz"
					    "0123456789_", p[len]))
					missing = name;
			}
		}
	}
	free(text);
	return missing;
}

static void keep_captures(struct runner *runner, const struct step *step,
			  const json_t *value, struct check_result *check)
{
	for (size_t i = 0; i < step->captures.len; i++) {
		const struct capture *capture = &step->captures.at[i];
		struct error err = ERROR_INIT;
		json_t *kept = NULL;
		if (!evaluator_value(runner->options.evaluator,
				     &capture->expression, value,
				     runner->context.values, &kept, &err)) {
			json_object_set_new(runner->context.values,
					    capture->name, kept);
		} else if (check->verdict == VERDICT_PASSED) {
			check->verdict = VERDICT_FAILED;
			check->actual = arena_printf(
				runner->options.arena, "no `%s` in it: %s",
				capture->name, err.message);
		}
	}
}

/* What a broken expectation or a wait in vain comes to, in a sentence. */
static void say_what_was_seen(struct runner *runner,
			      struct check_result *check)
{
	if (!check->broken.len || check->actual)
		return;
	const struct broken_expectation *b = &check->broken.at[0];
	const char *seen = b->complaint ? b->complaint : b->actual;

	check->actual = arena_strdup(runner->options.arena,
				     seen && *seen ? seen :
					WORDS("it is false"));
	if (!check->expected || check->broken.len)
		check->expected = b->expression;
}

static void judge(struct runner *runner, const struct step *step,
		  struct step_outcome *outcome, bool held,
		  struct check_result *check)
{
	check->expected = outcome->expected;
	check->actual = outcome->actual;
	check->note = outcome->note;
	check->log_tail = outcome->log_tail;
	check->blocked_by = outcome->blocked_by;
	check->verdict = outcome->judged ? outcome->verdict : VERDICT_PASSED;
	if (check->verdict == VERDICT_BLOCKED && !check->actual)
		check->actual = arena_printf(runner->options.arena,
					     WORDS("not reached: `%s` gave "
					           "nothing"),
					     check->blocked_by);
	if (check->verdict != VERDICT_PASSED)
		return;
	if (outcome->value)
		expectation_hold(runner, step, outcome->value, check);
	if (check->verdict == VERDICT_PASSED && !held) {
		check->verdict = VERDICT_FAILED;
		check->expected = step->until->text;
	}
	/* A service that runs and does not answer, twice, may be slow for
	 * reasons that are not its own; one that has ended is another thing. */
	if (check->verdict == VERDICT_FAILED && outcome->no_answer &&
	    !attempt_service_is_down(runner, outcome->service))
		check->verdict = VERDICT_INCONCLUSIVE;
	say_what_was_seen(runner, check);
	if (outcome->value && check->verdict == VERDICT_PASSED)
		keep_captures(runner, step, outcome->value, check);
}

/* The last log lines of the service that a failed step spoke to. */
static void add_log(struct runner *runner, const char *role,
		    struct check_result *check)
{
	struct strbuf log = STRBUF_INIT(STRBUF_TEXT);
	int64_t offset = 0;

	if (role && !check->log_tail &&
	    !stack_log(runner->options.stack, role, &offset, &log, NULL) &&
	    log.len)
		check->log_tail =
			step_tail(runner->options.arena, log.buf, 10);
	strbuf_release(&log);
}

static void by_hand(struct runner *runner, const struct step *step,
		    const char *own, struct check_result *check)
{
	struct arena *arena = runner->options.arena;

	if (!own)
		return;
	check->by_hand = runner->state_commands.len
		? arena_printf(arena, "%s%s", runner->state_commands.buf, own)
		: own;
	if (!step_kind_of(step)->changes_state)
		return;
	strbuf_addf(&runner->state_commands, "%s\n", own);
	*vec_push(&runner->options.result->commands) =
		arena_strdup(arena, own);
}

bool runner_repair(struct runner *runner, const struct failure *failure)
{
	const struct remedy_scene scene = {
		runner->options.repair, runner->options.result,
		runner->options.sinks,
	};

	return runner->options.remedies && failure->output &&
	       remedies_apply(runner->options.remedies, failure, &scene);
}

/* Tries it, and once more after every repair: each changes something, and
 * what was changed for nothing is in the report as well. */
static int attempt_with_remedies(struct runner *runner,
				 const struct step *step, const json_t *args,
				 struct step_outcome *outcome, bool *held,
				 struct error *err)
{
	enum { MOST_REPAIRS = 5 };
	size_t before = runner->options.result->remedies.len;

	for (int i = 0;; i++) {
		if (attempt_step(runner, step, args, outcome, held, err) < 0)
			return -1;
		const struct failure failure = {
			outcome->action, step->id, outcome->exit_code,
			outcome->output,
		};
		if (!outcome->action || !outcome->judged ||
		    outcome->verdict != VERDICT_FAILED || i == MOST_REPAIRS ||
		    !runner_repair(runner, &failure))
			break;
	}
	if (runner->options.result->remedies.len > before &&
	    outcome->verdict == VERDICT_PASSED && !outcome->note)
		outcome->note = WORDS("after a repair, which the report lists");
	return 0;
}

static void take(struct runner *runner, const struct step *step,
		 struct check_result *check)
{
	struct step_outcome outcome = { .value = NULL };
	struct error err = ERROR_INIT;
	json_t *args = NULL;
	bool held = true;

	const char *missing = missing_capture(runner, step);
	if (missing) {
		const char *maker = maker_of(runner, missing);
		const char *needs[] = { maker };
		if (maker && !runner_needs(runner, needs, 1, check))
			return;
		check->verdict = VERDICT_BLOCKED;
		check->blocked_by = maker;
		check->actual = arena_printf(runner->options.arena,
					     "not reached: `%s` gave no `%s`",
					     maker ? maker : "?", missing);
		return;
	}
	if (interpolate_tree(step->args, runner->context.values, &args,
			     &err) < 0 ||
	    attempt_with_remedies(runner, step, args, &outcome, &held,
				  &err) < 0) {
		check->verdict = VERDICT_ERROR;
		check->actual = arena_strdup(runner->options.arena,
					     err.message);
	} else {
		judge(runner, step, &outcome, held, check);
		if (check->verdict == VERDICT_FAILED)
			add_log(runner, outcome.service, check);
	}
	by_hand(runner, step, outcome.by_hand, check);
	check->value = outcome.value;
	json_decref(args);
}

/* What its exercise needs, and what it needs itself. */
static bool may_start(struct runner *runner, const struct step *step,
		      struct check_result *check)
{
	const struct scenario *scenario = runner->options.scenario;

	for (size_t i = 0; i < scenario->exercises.len; i++) {
		const struct exercise *exercise = scenario->exercises.at[i];
		if (!strcmp(exercise->id, check->exercise) &&
		    !runner_needs(runner, exercise->needs.at,
				  exercise->needs.len, check))
			return false;
	}
	return runner_needs(runner, step->needs.at, step->needs.len, check);
}

static bool applies(struct runner *runner, const struct step *step,
		    struct check_result *check)
{
	if (!step->when ||
	    expectation_is(runner, step->when, runner->context.values))
		return true;
	check->verdict = VERDICT_NOT_APPLICABLE;
	check->actual = arena_printf(runner->options.arena,
				     WORDS("this submission has no such thing "
				     "(`%s` is not so)"), step->when->text);
	return false;
}

static bool is_hidden(const struct runner *runner, const struct step *step)
{
	return step->hidden && !runner->options.show_hidden;
}

/* What would tell the answer of a hidden check: what it expects, what it saw,
 * and how that is looked at by hand. */
static void conceal(struct check_result *check)
{
	check->expected = "not told: the scenario hides it";
	if (check->actual && !check->blocked_by)
		check->actual = "not told either";
	check->broken.len = 0;
	json_decref(check->value);
	check->value = NULL;
	check->by_hand = check->log_tail = check->note = NULL;
}

static void draw(struct runner *runner, const struct step *step)
{
	struct step_outcome outcome = { .value = NULL };
	json_t *args = NULL;

	if (is_hidden(runner, step))
		return;
	if (!interpolate_tree(step->args, runner->context.values, &args, NULL))
		step_kind_of(step)->run(&runner->context, step, args, &outcome,
					NULL);
	json_decref(outcome.value);
	json_decref(args);
}

struct check_result *runner_step(struct runner *runner,
				 struct exercise_result *exercise,
				 const struct step *step)
{
	if (step_kind_of(step)->draws) {
		draw(runner, step);
		return NULL;
	}
	struct check_result *check = new_check(runner, exercise, step);

	if (may_start(runner, step, check) && applies(runner, step, check))
		take(runner, step, check);
	if (is_hidden(runner, step))
		conceal(check);
	runner_settle(runner, check);
	if (step_kind_of(step)->changes_state)
		*vec_push(&runner->options.result->timings) = (struct timing){
			arena_printf(runner->options.arena, "%s %s",
				     step->syntax->name, step->id),
			check->started, check->duration };
	return check;
}

/* With --only: the steps that make the state, or values that others use, are
 * taken all the same. */
static bool is_wanted(const struct runner *runner, const struct step *step)
{
	return !runner_skips(runner, step->id) || step->captures.len ||
	       step_kind_of(step)->changes_state;
}

int runner_grade(struct runner *runner, struct error *err)
{
	const struct scenario *scenario = runner->options.scenario;

	for (size_t i = 0; i < scenario->exercises.len; i++) {
		const struct exercise *exercise = scenario->exercises.at[i];
		for (size_t j = 0; j < exercise->steps.len; j++) {
			if (interrupt_signal())
				return error_set(err, ERROR_CANCELLED,
						 "interrupted");
			if (!is_wanted(runner, exercise->steps.at[j]))
				continue;
			runner_step(runner,
				    runner->options.result->exercises.at[i],
				    exercise->steps.at[j]);
			if (interrupt_signal())
				return error_set(err, ERROR_CANCELLED,
						 "interrupted");
		}
	}
	return 0;
}

static void give_up_on(struct runner *runner, struct exercise_result *exercise,
		       const char *id, const char *kind, double points,
		       enum asked asked, struct bilingual title,
		       const char *reason)
{
	if (result_find_check(runner->options.result, id) ||
	    runner_skips(runner, id))
		return;
	struct check_result *check = runner_check(runner, exercise, id, kind);
	check->given_points = points;
	check->asked = asked;
	check->title = title;
	check->verdict = VERDICT_ERROR;
	check->actual = arena_strdup(runner->options.arena, reason);
	runner_settle(runner, check);
}

void runner_give_up(struct runner *runner, const char *reason)
{
	const struct scenario *scenario = runner->options.scenario;

	for (size_t i = 0; i < scenario->exercises.len; i++) {
		const struct exercise *exercise = scenario->exercises.at[i];
		struct exercise_result *into =
			runner->options.result->exercises.at[i];
		for (size_t j = 0; j < exercise->steps.len; j++) {
			const struct step *step = exercise->steps.at[j];
			if (step_kind_of(step)->draws)
				continue;
			give_up_on(runner, into, step->id, step->syntax->name,
				   step->points, step->asked, step->title,
				   reason);
		}
		for (size_t j = 0; j < exercise->perturb.len; j++) {
			const struct perturb *p = exercise->perturb.at[j];
			give_up_on(runner, into, p->id, "perturb", p->points,
				   p->asked, p->title, reason);
		}
	}
}
