/*
 * What was found of a report's claims: for programs, for a terminal, and as
 * the report itself with each claim marked and footnoted.
 *
 * A report is hostile: in what is printed or written, controls and escapes
 * are made visible, and our own words stand in code spans and footnotes that
 * its text can't end.
 */
#ifndef CLAIMS_CLAIMS_REPORT_H
#define CLAIMS_CLAIMS_REPORT_H

#include "base/language.h"
#include "claims/judge.h"
#include "claims/report_text.h"

struct claims_report {
	const char *path; /* of the report */
	enum language language; /* of our own words; JSON's are English */
	const struct report_text *text;
	const struct pieces *pieces;
	const struct found_claims *found;
	const struct judgement *judgement;
	const struct truth *truth;
	/* Pictures whose file isn't beside the report; by their number. */
	const bool *picture_is_missing;
};

/* {"report", "notes", "claims": [{"id", "title", "line", "value", "verdict",
 * "source", "right", "why"}], "counts", "to_read", "pictures"} */
json_t *claims_json(const struct claims_report *report);

/* A table and what is beside it. */
void claims_text(const struct claims_report *report, struct strbuf *into);

/* Markdown: the report with marks behind what it claims, footnotes, a table,
 * and what is left for a person to read. */
void claims_marked(const struct claims_report *report, struct strbuf *into);

/* In the report's language. */
const char *claim_title(const struct claims_report *report,
			const struct bilingual *title);
const char *claim_verdict_words(const struct claims_report *report,
				enum claim_verdict verdict);

/* "✔", "✘", "↷", "?" */
const char *claim_mark(enum claim_verdict verdict);

#endif
