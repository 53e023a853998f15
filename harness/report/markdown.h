/*
 * The Markdown report, in parts; for the markdown_*.c files only. Each part
 * starts with its heading and ends with a blank line.
 */
#ifndef REPORT_MARKDOWN_H
#define REPORT_MARKDOWN_H

#include "report/markup.h"
#include "report/next_steps.h"
#include "report/report.h"
#include "report/words.h"

struct markdown {
	struct strbuf *into;
	enum language language;
	const struct result *result;
};

/* Fixed words of ours, which are Markdown as they are. */
void markdown_say(const struct markdown *md, const char *english, ...)
	PRINTF_LIKE(2, 3);

/* A sentence of a result, in the reader's language as far as it is known: as
 * prose; or its first line. NULL is fine. */
void markdown_sentence(const struct markdown *md, const char *english);
void markdown_first_line(const struct markdown *md, const char *english);

/* markdown.c: also the short report, for GitHub's page of a job. */
void markdown_title(const struct markdown *md);
void markdown_verdict(const struct markdown *md);
void markdown_exercises(const struct markdown *md);
void markdown_next_steps(const struct markdown *md);

/* markdown_submission.c: which commit, after its name; what was repaired; what
 * there is to know of what was handed in. */
void markdown_commit(const struct markdown *md);
void markdown_remedies(const struct markdown *md);
void markdown_hand_in(const struct markdown *md);

/* markdown_checks.c: a section for each exercise. */
void markdown_checks(const struct markdown *md);

/* markdown_evidence.c: why, with what shows it. */
void markdown_diagnosis(const struct markdown *md,
			const struct diagnosis *diagnosis);
void markdown_matrix(const struct markdown *md);
void markdown_screens(const struct markdown *md);
void markdown_environment(const struct markdown *md);

/* markdown_runs.c: every training; and those of one perturbation, each beside
 * the graded one. */
void markdown_runs(const struct markdown *md);
void markdown_compare(const struct markdown *md,
		      const struct check_result *check);

#endif
