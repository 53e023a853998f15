/*
 * A run from its arguments to its reports: what `bis run` holds, in the order
 * in which it is made, and given back in one place.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/command.h"
#include "report/progress.h"
#include "report/report.h"
#include "run/runner.h"
#include "submission/submission.h"

struct session {
	const struct arguments *arguments;
	const char *scenario_name; /* as given, or found */
	const char *source;        /* the submission; NULL: none */
	struct arena arena;
	struct scenario *scenario;
	struct submission submission;
	bool has_submission;
	struct remedies remedies;
	bool has_remedies;
	VEC(struct map_record) maps;
	VEC(const char *) role_maps; /* "api=backend"; ends with NULL */
	const char *packages_as_of;
	const char *stack_file;
	struct stack *stack;
	struct evaluator *evaluator;
	struct result *result;
	struct runner runner;
	bool runner_ready;
	struct progress *progress;
	struct report *report;
	struct report_options report_options;
	struct sink *sink_list[2];
	struct sinks sinks;
	const char *folder; /* where the reports go */
};

/* Says on stderr what is wrong, and gives the code. */
int session_complain(struct session *session, const struct error *err,
		     int code);

/* Which scenario, and which submission: those that were given; without a
 * scenario, in a folder with a Compose file, the only one that takes
 * submissions, and that folder. The same. */
int session_choose(struct session *session);

/* Scenario and stack file, read and validated; nothing is started. 0, or an
 * exit code after it has complained. */
int session_load(struct session *session);

/* The folder, the result, progress and reports. The same. */
int session_prepare(struct session *session);

/* The stack down, and the submission's copy left to it where it is kept. */
void session_close_stack(struct session *session);
void session_release(struct session *session);

/* What a stack of this run is opened with. */
struct stack_options session_stack_options(struct session *session);

/* session_second.c: how a second stack is made, for runner_options; the
 * session's. */
struct second_stack *session_second_stack(struct session *session);

/* session_submission.c */

/* Another copy of what --submission names, made ready as the first was; to be
 * released whatever comes. */
int session_copy_submission(const struct session *session,
			    struct submission *ret, struct error *err);

/* Copies what --submission names. 0, or an exit code. */
int session_open_submission(struct session *session);
/* Moves its generated state aside and puts the data in place. */
int session_prepare_submission(struct session *session);
/* --map and the submission's bis.yaml, read: services' roles to role_maps, all
 * to maps. */
int session_map(struct session *session);
/* Makes logged names the only candidates of their roles. */
void session_map_names(struct session *session);
/* ERROR_UNAVAILABLE where there is nothing to train on: nobody's mistake. */
int session_has_data(const struct session *session, struct error *err);
struct repair_scene session_repair_scene(struct session *session);
void session_describe_submission(struct session *session);
/* And by what it was dated, which the stack may have found out as it came
 * up. */
void session_describe_day(struct session *session);

#endif
