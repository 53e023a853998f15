#include "config.h"

#include "cli/session.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/suggest.h"
#include "diagnose/diagnose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int session_complain(struct session *session, const struct error *err,
		     int code)
{
	if (session->progress)
		progress_clear(session->progress);
	fprintf(stderr, "bis: run: %s\n", err->message);
	return code;
}

void session_close_stack(struct session *session)
{
	struct error err = ERROR_INIT;

	if (session->stack && session->has_submission &&
	    argument_value(session->arguments, "keep") &&
	    stack_folder(session->stack) &&
	    scratch_keep(&session->submission.scratch,
			 stack_folder(session->stack), &err) < 0)
		session_complain(session, &err, 0);
	stack_close(session->stack);
	session->stack = NULL;
}

void session_release(struct session *session)
{
	struct error err = ERROR_INIT;

	if (session->runner_ready)
		runner_release(&session->runner);
	evaluator_stop(session->evaluator);
	session_close_stack(session);
	if (session->has_submission &&
	    submission_release(&session->submission, &err) < 0)
		session_complain(session, &err, 0);
	if (session->has_remedies)
		remedies_release(&session->remedies);
	vec_release(&session->maps);
	vec_release(&session->role_maps);
	report_free(session->report);
	progress_free(session->progress);
	result_release(session->result);
	if (session->scenario)
		scenario_release(session->scenario);
	arena_release(&session->arena);
}

static int load_scenario(struct session *session, const char *path,
			 const char *const *vars, size_t var_count,
			 const json_t *extra)
{
	const struct scenario_tables tables = {
		step_syntaxes(), step_kind_count, change_syntaxes,
		change_count,
	};
	struct error err = ERROR_INIT;

	if (scenario_load(path, &tables, vars, var_count, extra,
			  &session->arena, &session->scenario, &err) < 0)
		return session_complain(session, &err, EXIT_BAD_SCENARIO);
	return 0;
}

struct stack_options session_stack_options(struct session *session)
{
	size_t allow;

	return (struct stack_options){
		.file = session->stack_file,
		.data = argument_value(session->arguments, "data"),
		.run_folder = session->folder,
		.keep = argument_value(session->arguments, "keep") != NULL,
		.sinks = &session->sinks,
		.arena = &session->arena,
		.submission = session->has_submission
			? session->submission.root : NULL,
		.packages_as_of = session->packages_as_of,
		.date_by_pins = session->has_submission &&
			session->submission.archived &&
			!argument_value(session->arguments, "packages-as-of"),
		.maps = session->role_maps.at,
		.allow = argument_values(session->arguments, "allow", &allow),
		.offline_run = argument_value(session->arguments,
					      "offline-run") != NULL,
		.change = argument_value(session->arguments,
					 "change-my-stack") != NULL,
		.monitoring = argument_value(session->arguments,
					     "monitoring") != NULL,
	};
}

/* The stack file: as given, else the scenario's own. */
static int open_stack(struct session *session)
{
	const char *file = argument_value(session->arguments, "stack");
	struct error err = ERROR_INIT;

	if (!file)
		file = session->has_submission
			? session->scenario->submission_stack
			: session->scenario->stack;
	if (!file)
		return command_usage_error(
			"run", "this scenario names no stack: --stack FILE");
	session->stack_file = file;
	const struct stack_options options =
		session_stack_options(session);
	if (stack_open(&options, &session->stack, &err) < 0)
		return session_complain(session, &err, EXIT_BAD_SCENARIO);
	return 0;
}

static void choose_folder(struct session *session, const char *scenario)
{
	const char *out = argument_value(session->arguments, "out");
	char now[CLOCK_TEXT];
	char *name = arena_strdup(&session->arena, scenario);

	if (out) {
		session->folder = out;
		return;
	}
	for (char *p = name; *p; p++)
		if (*p == '/')
			*p = '-';
	clock_format_iso(clock_now(), now);
	for (char *p = now; *p; p++)
		if (*p == ':')
			*p = '-';
	session->folder = arena_printf(&session->arena, "reports/%s-%s-%d",
				       name, now, (int)getpid());
}

/* The ids of what `--only` can name: exercises, checks and perturb entries. */
struct ids {
	VEC(const char *) at;
};

static const char *id_at(const void *list, size_t i)
{
	return ((const struct ids *)list)->at.at[i];
}

static void add_steps(struct ids *ids, const struct step *const *steps,
		      size_t count)
{
	for (size_t i = 0; i < count; i++)
		*vec_push(&ids->at) = steps[i]->id;
}

static void list_ids(const struct scenario *scenario, struct ids *ids)
{
	for (size_t i = 0; i < scenario->exercises.len; i++) {
		const struct exercise *exercise = scenario->exercises.at[i];
		*vec_push(&ids->at) = exercise->id;
		add_steps(ids, (const struct step *const *)exercise->steps.at,
			  exercise->steps.len);
		for (size_t j = 0; j < exercise->perturb.len; j++) {
			const struct perturb *p = exercise->perturb.at[j];
			*vec_push(&ids->at) = p->id;
			add_steps(ids, (const struct step *const *)p->steps.at,
				  p->steps.len);
		}
	}
}

static int check_only(struct session *session)
{
	size_t count;
	const char *const *only =
		argument_values(session->arguments, "only", &count);
	struct ids ids = { VEC_INIT };
	int code = 0;

	list_ids(session->scenario, &ids);
	for (size_t i = 0; i < count && !code; i++) {
		bool found = false;
		for (size_t j = 0; j < ids.at.len; j++)
			found |= !strcmp(ids.at.at[j], only[i]);
		const char *near = found ? NULL
			: suggest_name(only[i], &ids, ids.at.len, id_at);
		if (!found)
			code = command_usage_error(
				"run", "--only %s: the scenario has no such "
				"check%s%s%s", only[i],
				near ? "; did you mean `" : "",
				near ? near : "", near ? "`?" : "");
	}
	vec_release(&ids.at);
	return code;
}

/* The scenario names its stack, and the stack's variables may be set by
 * --var: so the scenario is read once to find the stack, and once with it. */
int session_load(struct session *session)
{
	struct error err = ERROR_INIT;
	const char *path;
	size_t count;
	const char *const *vars =
		argument_values(session->arguments, "var", &count);

	if (scenario_find(session->scenario_name, &session->arena,
			  &path, &err) < 0)
		return session_complain(session, &err, EXIT_BAD_SCENARIO);
	int code = load_scenario(session, path, NULL, 0, NULL);
	if (code)
		return code;
	choose_folder(session, session->scenario->name);
	code = session_open_submission(session);
	if (!code)
		code = session_map(session);
	if (!code)
		code = open_stack(session);
	if (code)
		return code;
	scenario_release(session->scenario);
	session->scenario = NULL;
	code = load_scenario(session, path, vars, count,
			     stack_vars(session->stack));
	if (code)
		return code;
	stack_set_vars(session->stack, session->scenario->vars);
	session_map_names(session);
	code = check_only(session);
	return code ? code : session_prepare_submission(session);
}

/* The command that was given, without what only concerns the output. */
static const char *again(struct session *session)
{
	static const char *const kept[] = {
		"allow", "before", "change-my-stack", "data", "diagnose",
		"map", "monitoring", "offline-run", "packages-as-of",
		"show-hidden", "stack",
		"submission", "var",
	};
	struct strbuf sb = STRBUF_INIT(STRBUF_TEXT);

	strbuf_addf(&sb, "bis run %s", session->scenario_name);
	if (session->source && !session->arguments->operand_count)
		strbuf_addstr(&sb, " --submission .");
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		size_t count = 0;
		const char *const *values = argument_values(
			session->arguments, kept[i], &count);
		for (size_t j = 0; j < count; j++)
			strbuf_addf(&sb, *values[j] ? " --%s %s" : " --%s",
				    kept[i], step_shell_quote(&session->arena,
							      values[j]));
	}
	const char *text = arena_strdup(&session->arena, sb.buf);
	strbuf_release(&sb);
	return text;
}

static void describe_result(struct session *session)
{
	struct result *result = session->result;

	result->bis_version = PACKAGE_VERSION;
	result->scenario = session->scenario->name;
	result->scenario_digest = session->scenario->digest;
	/* The stack is closed before the report is written. */
	result->stack_digest = arena_strdup(
		&session->arena, stack_file_digest(session->stack));
	result->title = session->scenario->title;
	result->stack = stack_driver_name(session->stack);
	result->folder = session->folder;
	result->vars = json_incref(session->scenario->vars);
	result->started = clock_now();
	session_describe_submission(session);
}

static int choose_language(struct session *session)
{
	const char *lang = argument_value(session->arguments, "lang");

	session->report_options.language = language_of_environment();
	if (lang && !language_parse(lang, &session->report_options.language))
		return command_usage_error(
			"run", "no language `%s`: there are en and fr", lang);
	return 0;
}

static int choose_formats(struct session *session)
{
	size_t count;
	const char *const *formats =
		argument_values(session->arguments, "format", &count);

	for (size_t i = 0; i < count; i++)
		if (!report_format_find(formats[i]))
			return command_usage_error(
				"run", "no report format `%s`", formats[i]);
	session->report_options.formats = formats;
	session->report_options.format_count = count;
	return 0;
}

/* --diagnose never|failed|all */
static int choose_diagnosis(struct session *session, enum diagnose_when *ret)
{
	static const char *const words[] = {
		[DIAGNOSE_FAILED] = "failed", [DIAGNOSE_NEVER] = "never",
		[DIAGNOSE_ALL] = "all",
	};
	const char *when = argument_value(session->arguments, "diagnose");

	*ret = DIAGNOSE_FAILED;
	for (size_t i = 0; when && i < ARRAY_SIZE(words); i++) {
		if (strcmp(words[i], when) != 0)
			continue;
		*ret = (enum diagnose_when)i;
		return 0;
	}
	return when ? command_usage_error("run", "--diagnose takes never, "
					  "failed or all, not `%s`", when) : 0;
}

int session_prepare(struct session *session)
{
	struct error err = ERROR_INIT;
	enum diagnose_when diagnose;
	size_t only_count;
	const char *const *only =
		argument_values(session->arguments, "only", &only_count);
	int code = choose_language(session);

	if (!code)
		code = choose_formats(session);
	if (!code)
		code = choose_diagnosis(session, &diagnose);
	if (code)
		return code;
	if (io_make_folders(session->folder, 0755, &err) < 0)
		return session_complain(session, &err, EXIT_USAGE);
	session->report_options.folder = session->folder;
	session->report_options.step_summary = getenv("GITHUB_STEP_SUMMARY");
	session->report_options.color = progress_likes_color(STDOUT_FILENO);
	session->result = result_new(&session->arena);
	describe_result(session);
	const struct progress_options progress = {
		.fd = STDERR_FILENO,
		.language = session->report_options.language,
		.live = progress_is_live(STDERR_FILENO),
		.color = progress_likes_color(STDERR_FILENO),
	};
	session->progress = progress_new(&progress);
	session->report = report_new(&session->report_options);
	session->sink_list[0] = progress_sink(session->progress);
	session->sink_list[1] = report_sink(session->report);
	session->sinks.at = session->sink_list;
	session->sinks.len = ARRAY_SIZE(session->sink_list);
	if (evaluator_start(session->scenario, &session->evaluator, &err) < 0)
		return session_complain(session, &err, EXIT_BAD_SCENARIO);
	const struct runner_options runner = {
		.scenario = session->scenario, .stack = session->stack,
		.evaluator = session->evaluator, .result = session->result,
		.sinks = &session->sinks, .arena = &session->arena,
		.folder = session->folder,
		.only = only, .only_count = only_count,
		.keep = argument_value(session->arguments, "keep") != NULL,
		.show_hidden = argument_value(session->arguments,
					      "show-hidden") != NULL,
		.diagnose = diagnose,
		.again = again(session),
		.remedies = session->has_remedies ? &session->remedies : NULL,
		.repair = session_repair_scene(session),
		.second = session_second_stack(session),
	};
	if (runner_init(&session->runner, &runner, &err) < 0)
		return session_complain(session, &err, EXIT_INTERNAL);
	session->runner_ready = true;
	return 0;
}
