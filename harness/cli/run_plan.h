/*
 * bis run --plan: what would be graded and brought up, and what it would take,
 * with nothing of a submission started.
 */
#ifndef CLI_RUN_PLAN_H
#define CLI_RUN_PLAN_H

#include "cli/session.h"

/*
 * On stdout, for people, or with --format json as one object that
 * cli/grade_plan.c reads:
 *
 *	{ "submission", "commit", "chosen_by", "date", "file", "data", "env",
 *	  "refused", "services": [["api", "backend (...)"], ...],
 *	  "images": [{"name", "built", "here"}], "repairs": ["missing-env"],
 *	  "minutes": 5.5, "gigabytes": 1.0 }
 *
 * What does not apply is left out. The exit code: 0; 4 where it would not come
 * up as it is; or what session_load() gives.
 */
int run_plan(struct session *session);

/* Room that one image takes that is not there yet. */
#define PLAN_IMAGE_GIGABYTES 1.0

#endif
