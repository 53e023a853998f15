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

struct session {
	const struct arguments *arguments;
	struct arena arena;
	struct scenario *scenario;
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

/* Scenario and stack file, read and validated; nothing is started. 0, or an
 * exit code after it has complained. */
int session_load(struct session *session);

/* The folder, the result, progress and reports. The same. */
int session_prepare(struct session *session);

void session_release(struct session *session);

#endif
