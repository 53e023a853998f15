/* bis run: brings a stack up, runs a scenario against it, reports. */
#include "cli/session.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "cli/commands.h"
#include "cli/run_plan.h"
#include "cli/run_watch.h"
#include "diagnose/diagnose.h"
#include "run/points.h"
#include "stack/reaper.h"

#include <stdio.h>
#include <string.h>

static const struct option_spec options[] = {
	{ .name = "allow", .argument = "KEY", .repeats = true,
	  .help = "let this key of a submission's compose file pass" },
	{ .name = "before", .argument = "DATE",
	  .help = "grade the submission's last commit before it (UTC)" },
	{ .name = "change-my-stack",
	  .help = "let actions change a stack that is attached to" },
	{ .name = "data", .argument = "DIR",
	  .help = "months of data in place of the stack's own" },
	{ .name = "diagnose", .argument = "WHEN",
	  .help = "spend trainings on causes: never, failed (default: where a "
		  "check failed), all (and try every change of world)" },
	{ .name = "format", .argument = "NAME", .repeats = true,
	  .help = "write this report (json, junit, markdown, ...)" },
	{ .name = "keep", .help = "leave the stack running at the end" },
	{ .name = "lang", .argument = "LANG",
	  .help = "language of the report: en or fr" },
	{ .name = "map", .argument = "ROLE=NAME", .repeats = true,
	  .help = "which service or logged name plays a role: api=backend, "
	  "auc=val_auc" },
	{ .name = "monitoring",
	  .help = "start what only watches a submission's stack, too" },
	{ .name = "offline-run",
	  .help = "cut the submission's network once it is built" },
	{ .name = "only", .argument = "ID", .repeats = true,
	  .help = "grade only this check, or this exercise" },
	{ .name = "out", .argument = "DIR", .help = "where the reports go" },
	{ .name = "packages-as-of", .argument = "DATE",
	  .help = "the day whose packages it is built with: now, or a date "
	  "(its own where it isn't said)" },
	{ .name = "plan",
	  .help = "say what would be graded and brought up, and start "
	  "nothing" },
	{ .name = "show-hidden",
	  .help = "tell what checks expect that the scenario hides: not for "
	  "students" },
	{ .name = "stack", .argument = "FILE",
	  .help = "the stack file, in place of the scenario's" },
	{ .name = "submission", .argument = "DIR|ARCHIVE|REPO@REV",
	  .help = "grade this, in place of the system that comes with Bis" },
	{ .name = "var", .argument = "NAME=VALUE", .repeats = true,
	  .help = "set a variable of the scenario or the stack file" },
	{ .name = "watch",
	  .help = "grade again whenever the submission changes, and say what "
	  "that changed" },
	{ 0 },
};

static void note_timing(struct session *session, const char *name,
			int64_t started)
{
	*vec_push(&session->result->timings) =
		(struct timing){ name, started, clock_now() - started };
}

/* Up; and once more after every repair that the lab knows for what stood in
 * the way. */
static int up_with_remedies(struct session *session, struct error *err)
{
	enum { MOST_REPAIRS = 5 };

	for (int i = 0;; i++) {
		struct error why = ERROR_INIT;
		if (stack_up(session->stack, &why) == 0)
			return 0;
		const struct failure failure = { "up", "up", -1,
						 why.message };
		if (why.kind == ERROR_CANCELLED || i == MOST_REPAIRS ||
		    !runner_repair(&session->runner, &failure))
			return error_set(err, why.kind, "%s", why.message);
	}
}

static int bring_up(struct session *session, struct error *err)
{
	int64_t started = clock_now();
	struct fact *facts;
	size_t count;

	if (up_with_remedies(session, err) < 0)
		return -1;
	note_timing(session, "stack up", started);
	if (stack_facts(session->stack, &facts, &count, NULL) == 0)
		for (size_t i = 0; i < count; i++)
			*vec_push(&session->result->environment) =
				(struct fact){
				arena_strdup(&session->arena, facts[i].name),
				arena_strdup(&session->arena, facts[i].value),
			};
	session_describe_day(session);
	return 0;
}

/* The run so far, by who worked: the engine, the services, or nobody. */
static void note_spent(struct session *session)
{
	int64_t engine, waits;

	stack_spent(session->stack, &engine, &waits);
	if (!engine)
		return;
	const struct timing spent[] = {
		{ "engine commands", session->result->started, engine },
		{ "waits for services", session->result->started, waits },
		{ "answers of services", session->result->started,
		  session->runner.context.http.spent },
	};
	for (size_t i = 0; i < ARRAY_SIZE(spent); i++)
		*vec_push(&session->result->timings) = spent[i];
}

/* Up, graded, diagnosed. What goes wrong on the way is an error of the
 * checks that were not reached, not the end of the report. */
static int grade(struct session *session)
{
	struct error err = ERROR_INIT;
	int rc = session_has_data(session, &err);

	if (rc == 0)
		rc = bring_up(session, &err);

	int64_t started = clock_now();
	if (rc == 0) {
		rc = runner_grade(&session->runner, &err);
		note_timing(session, "graded", started);
	}
	if (rc == 0) {
		started = clock_now();
		rc = diagnose_run(&session->runner, &err);
		note_timing(session, "worlds", started);
	}
	note_spent(session);
	if (rc == 0)
		return 0;
	if (err.kind != ERROR_CANCELLED) {
		progress_clear(session->progress);
		fprintf(stderr, "bis: run: %s\n", err.message);
	}
	runner_give_up(&session->runner, interrupt_signal()
		       ? "not reached: the run was interrupted"
		       : arena_printf(&session->arena, "not reached: %s",
				      err.message));
	return err.kind == ERROR_INTERNAL ? EXIT_INTERNAL : 0;
}

static int exit_code(const struct session *session, int code)
{
	if (interrupt_signal())
		return 128 + interrupt_signal();
	if (code)
		return code;
	if (session->runner.bad_scenario)
		return EXIT_BAD_SCENARIO;
	return points_exit_code(session->result);
}

static int report(struct session *session, int code)
{
	struct result *result = session->result;
	struct error err = ERROR_INIT;
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);

	points_roll_up(result);
	result->interrupted = interrupt_signal();
	result->exit_code = exit_code(session, code);
	result->duration = clock_now() - result->started;
	event_send(&session->sinks, (struct event){
		.type = EVENT_RUN_FINISHED, .result = result });
	progress_clear(session->progress);
	report_text(result, &session->report_options, &text);
	report_for_stdout(result, &session->report_options, &text);
	fputs(text.buf, stdout);
	strbuf_release(&text);
	if (report_finish(session->report, &err) < 0)
		return session_complain(session, &err, EXIT_INTERNAL);
	return result->exit_code;
}

static int run_once(struct session *session)
{
	int code = session_load(session);

	if (!code)
		code = session_prepare(session);
	if (code)
		return code;
	event_send(&session->sinks, (struct event){
		.type = EVENT_RUN_STARTED, .result = session->result });
	code = grade(session);
	/* Down before the report, so that its end is in it. */
	session_close_stack(session);
	return report(session, code);
}

static int run_somehow(struct session *session)
{
	if (argument_value(session->arguments, "plan"))
		return run_plan(session);
	if (argument_value(session->arguments, "watch"))
		return run_watch(session);
	return run_once(session);
}

static int run_main(const struct arguments *arguments)
{
	struct session session = { .arguments = arguments,
				   .arena = ARENA_INIT };

	if (arguments->operand_count > 1)
		return command_usage_error("run", "one scenario at a time");
	interrupt_install();
	int code = session_choose(&session);
	if (!code)
		code = run_somehow(&session);
	session_release(&session);
	return code;
}

const struct command command_run = {
	.name = "run",
	.summary = "run a scenario and report",
	.usage = "run [SCENARIO] [options]",
	.details = "In a folder with a Compose file, without SCENARIO: that "
		   "folder is graded by the one\nscenario that takes "
		   "submissions.",
	.options = options,
	.main = run_main,
};
