/* The parts of `bis grade`: what it holds, who watches, what it writes. */
#ifndef CLI_GRADE_H
#define CLI_GRADE_H

#include "cli/command.h"
#include "grade/batch.h"
#include "grade/overrides.h"
#include "report/class_report.h"

struct grading {
	const struct arguments *arguments;
	struct arena arena;
	enum language language;
	const char *scenario;      /* as given */
	const char *name, *digest; /* of the scenario */
	const char *out;
	struct entries entries, given_entries;
	struct overrides overrides;
	enum gradebook_shape gradebook;
	bool slurm;
	struct journal journal;
	struct batch batch;
	const struct result *given; /* the template's result, or NULL */
	struct arena given_arena;
};

/* The options that every `bis run` is handed on. */
extern const char *const grade_handed[];
extern const size_t grade_handed_count;

/* grade_watch.c: a live table on a terminal, plain lines elsewhere. */
struct grade_watch;
struct grade_watch *grade_watch_new(enum language language);
struct batch_watcher *grade_watch_watcher(struct grade_watch *watch);
void grade_watch_free(struct grade_watch *watch); /* clears; NULL is fine */

/* grade_reports.c: every report, of those that are graded. *ret_class is the
 * caller's (class_result_release()), also after a failure. */
int grade_reports(struct grading *g, const char *salt,
		  struct class_result **ret_class, struct error *err);

#endif
