/*
 * What may differ between two reports of the same grading, and nothing else
 * may: times, durations, the ids that a tracking server draws, ports, private
 * folders, the machine. The list is declared here, and the masks follow it:
 * two runs whose masked reports differ are a defect of Bis.
 *
 * In result.json these are members by name, anywhere in the tree, and what a
 * program of the stack printed or answered as text (`out` and `err` beside an
 * `exit_code`, a `body` that is no JSON beside `headers`); the order of members
 * does not count. In text (report.md, and every other string of result.json,
 * since services print times and ids) they are forms: a date with a time of
 * day, a duration with its unit, 32 hexadecimal digits, host:port, a private
 * folder. report.md marks what is volatile as a whole, the environment and the
 * timings, by comments that a reader does not see.
 */
#ifndef REPORT_VOLATILE_H
#define REPORT_VOLATILE_H

#include "base/error.h"
#include "base/strbuf.h"

#include <stdbool.h>

/* Around a part of report.md that is volatile as a whole. */
#define VOLATILE_BEGIN "<!-- volatile -->"
#define VOLATILE_END "<!-- /volatile -->"

/* Members of result.json, logged metrics among them; sorted; ends with NULL.
 * In a drawn table these are a column, or the cell after the name. */
extern const char *const volatile_members[];
bool volatile_member(const char *name);

/* Whether an artifact holds volatile fields by its nature, so that its bytes
 * differ between equal trainings: MLflow's MLmodel has the run id inside. */
bool volatile_artifact(const char *path);

/* Appends text with everything volatile masked: "‹time›", "‹duration›",
 * "‹id›", "‹port›", "‹path›". The frames of drawn tables lose their width,
 * which follows their contents. */
void volatile_mask_text(const char *text, struct strbuf *into);

/* The same for a result.json: parsed, masked, and written again. */
int volatile_mask_json(const char *text, size_t len, struct strbuf *into,
		       struct error *err);

#endif
