/*
 * Reports: what a run found, written for those who read it. A report is a
 * sink (event/event.h): it waits for EVENT_RUN_FINISHED and then writes one
 * file a format into its folder. Nothing here decides anything, and nothing
 * prints: a format for stdout is rendered into a buffer.
 *
 * A new format is one file with a function and one row in the table of
 * report.c.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "base/error.h"
#include "base/language.h"
#include "base/strbuf.h"
#include "event/event.h"

#include <stddef.h>

struct report_options {
	enum language language;
	bool color;         /* of "text", where stdout is a terminal that
			     * likes colours; files have none */
	const char *folder; /* where the files go; made where it isn't there */
	/* Names of the formats to write as files, and how many; none: those
	 * that have `by_default`. */
	const char *const *formats;
	size_t format_count;
	/* GitHub's file for the summary of a step ($GITHUB_STEP_SUMMARY), to
	 * which the short Markdown is appended; or NULL. */
	const char *step_summary;
};

struct report_format {
	const char *name; /* "markdown" */
	const char *file; /* "report.md"; NULL: for stdout only */
	bool by_default;
	const char *summary; /* one line, for --help */
	void (*render)(const struct result *result,
		       const struct report_options *options,
		       struct strbuf *into);
};

/* Sorted by name; ends with a row without name. */
extern const struct report_format report_formats[];
/* NULL where there is none of that name. */
const struct report_format *report_format_find(const char *name);

/* The sink. options is borrowed, and so is what it points to. */
struct report;
struct report *report_new(const struct report_options *options);
struct sink *report_sink(struct report *report);
/* After the run: -1 with the first file that could not be written, and why
 * (the others were tried). */
int report_finish(const struct report *report, struct error *err);
void report_free(struct report *report); /* NULL is fine */

/* Appends the formats among those asked for that have no file, for stdout:
 * annotations are read from there. */
void report_for_stdout(const struct result *result,
		       const struct report_options *options,
		       struct strbuf *into);

/* Writes the files of a result at once, as the sink does. */
int report_write(const struct result *result,
		 const struct report_options *options, struct error *err);

/* GitHub takes 1 MiB of summary a step; more, and it shows none. */
enum { GITHUB_SUMMARY_MAX = 1024 * 1024 };

/* The formats, a file each. */
void report_check50(const struct result *result,
		    const struct report_options *options, struct strbuf *into);
void report_github(const struct result *result,
		   const struct report_options *options, struct strbuf *into);
void report_github_summary(const struct result *result,
			   const struct report_options *options,
			   struct strbuf *into);
void report_gradescope(const struct result *result,
		       const struct report_options *options,
		       struct strbuf *into);
void report_html(const struct result *result,
		 const struct report_options *options, struct strbuf *into);
void report_json(const struct result *result,
		 const struct report_options *options, struct strbuf *into);
void report_junit(const struct result *result,
		  const struct report_options *options, struct strbuf *into);
void report_markdown(const struct result *result,
		     const struct report_options *options,
		     struct strbuf *into);
void report_tap(const struct result *result,
		const struct report_options *options, struct strbuf *into);
/* What `bis run` says at its end on stdout: title, verdict, points, the table
 * of exercises, what to do next, where the report is. */
void report_text(const struct result *result,
		 const struct report_options *options, struct strbuf *into);

#endif
