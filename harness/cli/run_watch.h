/* bis run --watch. */
#ifndef CLI_RUN_WATCH_H
#define CLI_RUN_WATCH_H

#include "cli/session.h"

/*
 * Runs once, and again whenever the submission (where there is none, the
 * scenario's folder) has changed, until it is interrupted: gives 128+signal,
 * or an exit code after it has complained. The results are in OUT/now, those
 * of the run before in OUT/before; which verdicts differ goes to stdout.
 */
int run_watch(struct session *session);

#endif
