/* The part of a session that is about what a student handed in. */
#include "cli/session.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "scenario/find.h"
#include "stack/account.h"

#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------- which, in a folder */

static bool has_compose_file(void)
{
	static const char *const names[] = {
		"compose.yaml", "compose.yml", "docker-compose.yaml",
		"docker-compose.yml",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (io_exists(names[i]))
			return true;
	return false;
}

/* Says so itself: one that only includes another is a variant of it. Not one
 * of the folder's own: it is the submission that would be judged by it. */
static bool takes_submissions(struct session *session,
			      const struct found_scenario *found)
{
	const struct yaml_node *root;

	return strncmp(found->path, "scenarios/", 10) != 0 &&
	       strncmp(found->path, "./", 2) != 0 &&
	       yaml_read_file(found->path, NULL, NULL, &session->arena, &root,
			      NULL) == 0 &&
	       yaml_get(root, "submission_stack");
}

static int choose_here(struct session *session)
{
	struct found_scenarios all = VEC_INIT;
	size_t count = 0;

	scenario_list(&session->arena, &all);
	for (size_t i = 0; i < all.len; i++)
		if (takes_submissions(session, &all.at[i]) && ++count == 1)
			session->scenario_name = all.at[i].name;
	vec_release(&all);
	if (count != 1)
		return command_usage_error(
			"run", "which scenario? %zu of those that are there "
			"take submissions; `bis list` shows them", count);
	session->source = ".";
	fprintf(stderr, "bis run %s --submission .\n",
		session->scenario_name);
	return 0;
}

int session_choose(struct session *session)
{
	session->source = argument_value(session->arguments, "submission");
	if (session->arguments->operand_count) {
		session->scenario_name = session->arguments->operands[0];
		return 0;
	}
	if (session->source || !has_compose_file())
		return command_usage_error("run", "which scenario? `bis list` "
					   "shows them");
	return choose_here(session);
}

/* What was typed can be typed again; the rest is the machine's doing, or the
 * submission's. */
static int complain(struct session *session, const struct error *err)
{
	bool typed = err->kind == ERROR_UNAVAILABLE ||
		     err->kind == ERROR_INVALID;

	if (interrupt_signal())
		return 128 + interrupt_signal();
	return session_complain(session, err,
				err->kind == ERROR_INTERNAL ? EXIT_INTERNAL :
				typed ? EXIT_USAGE : EXIT_NOT_CHECKED);
}

static int read_before(const struct session *session, int64_t *ret)
{
	const char *before = argument_value(session->arguments, "before");

	*ret = 0;
	if (!before || clock_parse_time(before, ret))
		return 0;
	return command_usage_error("run", "--before takes a date, as "
				   "2025-12-20 or 2025-12-20T18:00, not `%s`",
				   before);
}

/* An ISO time; NULL where packages are taken as they are now. */
static int choose_packages(struct session *session)
{
	const char *given = argument_value(session->arguments,
					   "packages-as-of");
	int64_t date = session->submission.date;
	char iso[CLOCK_TEXT];

	if (given && !strcmp(given, "now"))
		return 0;
	if (given && !clock_parse_time(given, &date))
		return command_usage_error(
			"run", "--packages-as-of takes a date or `now`, not "
			"`%s`", given);
	if (date)
		session->packages_as_of = arena_strdup(
			&session->arena, clock_format_iso(date, iso));
	return 0;
}

static const char *unused_option(const struct session *session)
{
	static const char *const options[] = { "allow", "before",
					       "monitoring", "offline-run",
					       "packages-as-of" };

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (argument_value(session->arguments, options[i]))
			return options[i];
	return NULL;
}

int session_open_submission(struct session *session)
{
	const char *source = session->source;
	struct submission_options options = { .source = source,
					      .arena = &session->arena };
	struct error err = ERROR_INIT;
	struct account account;

	if (!source && unused_option(session))
		return command_usage_error("run", "--%s is about a "
					   "submission: --submission says "
					   "which", unused_option(session));
	if (!source)
		return 0;
	int code = read_before(session, &options.before);
	if (code)
		return code;
	if (account_choose(&account, &err) < 0)
		return session_complain(session, &err, EXIT_NOT_CHECKED);
	options.owner = (struct scratch_owner){ account.drop, account.uid,
						account.gid };
	session->has_submission = true;
	if (submission_open(&options, &session->submission, &err) < 0)
		return complain(session, &err);
	return choose_packages(session);
}

int session_copy_submission(const struct session *session,
			    struct submission *ret, struct error *err)
{
	struct submission_options options = {
		.source = session->source, .owner = session->submission.owner,
		.arena = session->submission.arena,
	};

	if (read_before(session, &options.before))
		return error_set(err, ERROR_INTERNAL, "--before");
	if (submission_open(&options, ret, err) < 0)
		return -1;
	return submission_prepare(ret, stack_submission(session->stack),
				  argument_value(session->arguments, "data"),
				  err);
}

/* Remedies are for submissions: what comes with Bis needs none. */
static int load_remedies(struct session *session)
{
	struct error err = ERROR_INIT;

	if (!session->scenario->remedies)
		return 0;
	if (remedies_load(session->scenario->remedies, &session->arena,
			  &session->remedies, &err) < 0)
		return session_complain(session, &err, EXIT_BAD_SCENARIO);
	session->has_remedies = true;
	return 0;
}

struct repair_scene session_repair_scene(struct session *session)
{
	const struct submission *s = &session->submission;

	return (struct repair_scene){
		s->root, session->stack, s->owner.drop, s->owner.uid,
		s->owner.gid, &session->arena,
	};
}

int session_prepare_submission(struct session *session)
{
	struct error err = ERROR_INIT;
	int code = session->has_submission ? load_remedies(session) : 0;

	if (code)
		return code;
	if (session->has_submission &&
	    submission_prepare(&session->submission,
			       stack_submission(session->stack),
			       argument_value(session->arguments, "data"),
			       &err) < 0)
		return complain(session, &err);
	return 0;
}

int session_has_data(const struct session *session, struct error *err)
{
	if (session->has_submission && session->submission.no_data)
		return error_set(err, ERROR_UNAVAILABLE, "%s",
				 session->submission.no_data);
	return 0;
}

/* ------------------------------------------------------------------- maps */

static bool is_mapped(const struct session *session, const char *role)
{
	for (size_t i = 0; i < session->maps.len; i++)
		if (!strcmp(session->maps.at[i].role, role))
			return true;
	return false;
}

/* A role of a service, or of a logged name; `compose` is the file that says
 * the services. false: there is no such role. */
static bool map(struct session *session, const char *role, const char *name,
		const char *from)
{
	bool logged = json_object_get(session->scenario->names, role);

	if (!logged && !stack_is_role(role) && strcmp(role, "compose"))
		return false;
	*vec_push(&session->maps) = (struct map_record){
		arena_strdup(&session->arena, role),
		arena_strdup(&session->arena, name), from,
	};
	if (!logged)
		*vec_push(&session->role_maps) = arena_printf(
			&session->arena, "%s=%s", role, name);
	return true;
}

static int map_arguments(struct session *session)
{
	size_t count;
	const char *const *maps =
		argument_values(session->arguments, "map", &count);

	for (size_t i = 0; i < count; i++) {
		const char *equals = strchr(maps[i], '=');
		if (!equals || equals == maps[i] || !equals[1])
			return command_usage_error(
				"run", "--map takes ROLE=NAME, not `%s`",
				maps[i]);
		const char *role =
			arena_strndup(&session->arena, maps[i],
				      (size_t)(equals - maps[i]));
		if (!map(session, role, equals + 1, "--map"))
			return command_usage_error(
				"run", "neither the scenario nor a stack has "
				"a role `%s`", role);
	}
	return 0;
}

/* What was given by hand wins. */
static void map_file(struct session *session, const char *kind)
{
	struct submission *s = &session->submission;
	const char *role;
	json_t *name;

	json_object_foreach(json_object_get(s->maps, kind), role, name) {
		bool of_stack = stack_is_role(role) || !strcmp(role, "compose");
		if (is_mapped(session, role))
			continue;
		if (of_stack == !strcmp(kind, "roles") &&
		    map(session, role, json_string_value(name), "bis.yaml"))
			continue;
		submission_note(s, arena_printf(s->arena, "bis.yaml: there is "
						"no role `%s`", role),
				arena_printf(s->arena, "bis.yaml : il n'y a "
					     "pas de rôle `%s`", role));
	}
}

void session_map_names(struct session *session)
{
	json_t *names = session->scenario->names;

	for (size_t i = 0; i < session->maps.len; i++)
		if (json_object_get(names, session->maps.at[i].role))
			json_object_set_new(
				names, session->maps.at[i].role,
				json_pack("[s]", session->maps.at[i].name));
}

int session_map(struct session *session)
{
	int code = map_arguments(session);

	if (!code && session->has_submission) {
		map_file(session, "roles");
		map_file(session, "names");
	}
	*vec_push(&session->role_maps) = NULL;
	return code;
}

/* ------------------------------------------------------------------ result */

void session_describe_submission(struct session *session)
{
	struct result *result = session->result;

	if (!session->has_submission)
		return;
	submission_describe(&session->submission, result);
	if (session->has_remedies)
		result->remedies_digest = arena_strdup(
			&session->arena, session->remedies.digest);
	result->hand_in->packages_as_of = session->packages_as_of;
	for (size_t i = 0; i < session->maps.len; i++)
		*vec_push(&result->hand_in->maps) = session->maps.at[i];
}

void session_describe_day(struct session *session)
{
	struct hand_in *hand_in = session->result->hand_in;
	struct arena *arena = &session->arena;

	for (size_t i = 0; hand_in && i < session->result->environment.len;
	     i++) {
		const struct fact *fact = &session->result->environment.at[i];
		if (!strcmp(fact->name, "packages as of"))
			hand_in->packages_as_of = fact->value;
		if (!strcmp(fact->name, "dated by its pins"))
			hand_in->dated_by = (struct bilingual){
				arena_printf(arena, "the newest of its pins, "
					     "%s", fact->value),
				arena_printf(arena, "la plus récente des "
					     "versions qu'il épingle, %s",
					     fact->value),
			};
	}
}
