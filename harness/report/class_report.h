/*
 * The reports on a class (event/class_result.h). Ids, names and what
 * submissions said are text from outside, in every format.
 */
#ifndef REPORT_CLASS_REPORT_H
#define REPORT_CLASS_REPORT_H

#include "base/language.h"
#include "base/strbuf.h"
#include "event/class_result.h"

struct class_options {
	enum language language;
	/* Students are "student 7", without links, durations or what would
	 * tell who they are. */
	bool anonymous;
	const char *report; /* what links lead to: "report.md" */
};

/* summary.md; and the same as index.html, whose links lead to report.html. */
void class_summary(const struct class_result *c,
		   const struct class_options *options, struct strbuf *into);
void class_index(const struct class_result *c,
		 const struct class_options *options, struct strbuf *into);

/* needs-a-look.md, for the instructor alone: pending points, what could not
 * be graded, oddities, and who has the same models. */
void class_needs_a_look(const struct class_result *c,
			const struct class_options *options,
			struct strbuf *into);

/* One suite a student. */
void class_junit(const struct class_result *c,
		 const struct class_options *options, struct strbuf *into);

/* gradebook.csv, in the shape that whoever imports it expects. A student with
 * pending points has an empty grade and a note. A cell that a spreadsheet
 * would take for a formula begins with an apostrophe. */
enum gradebook_shape { GRADEBOOK_PLAIN, GRADEBOOK_MOODLE, GRADEBOOK_CANVAS };
bool gradebook_shape_parse(const char *name, enum gradebook_shape *ret);
void class_gradebook(const struct class_result *c, enum gradebook_shape shape,
		     struct strbuf *into);

#endif
