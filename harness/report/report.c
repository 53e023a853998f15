#include "report/report.h"

#include "base/alloc.h"
#include "base/io.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct report_format report_formats[] = {
	{ "check50", "check50.json", false, "in the form of check50's JSON",
	  report_check50 },
	{ "github", NULL, false, "annotations for GitHub Actions",
	  report_github },
	{ "gradescope", "results.json", false, "for Gradescope's autograder",
	  report_gradescope },
	{ "html", "report.html", false, "one page, for a browser",
	  report_html },
	{ "json", "result.json", true, "the whole result, for programs",
	  report_json },
	{ "junit", "junit.xml", true, "for CI systems", report_junit },
	{ "markdown", "report.md", true, "for people", report_markdown },
	{ "tap", "report.tap", false, "Test Anything Protocol 13",
	  report_tap },
	{ "text", NULL, false, "a summary for the terminal", report_text },
	{ NULL, NULL, false, NULL, NULL },
};

struct report {
	struct sink sink; /* first: handle() is given its address */
	const struct report_options *options;
	struct error err;
	bool failed;
};

const struct report_format *report_format_find(const char *name)
{
	for (const struct report_format *f = report_formats; f->name; f++)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}

static bool is_named(const struct report_format *format,
		     const struct report_options *options)
{
	for (size_t i = 0; i < options->format_count; i++)
		if (!strcmp(options->formats[i], format->name))
			return true;
	return false;
}

static bool is_wanted(const struct report_format *format,
		      const struct report_options *options)
{
	if (!format->file)
		return false;
	return options->format_count ? is_named(format, options)
				     : format->by_default;
}

void report_for_stdout(const struct result *result,
		       const struct report_options *options,
		       struct strbuf *into)
{
	/* The summary for a terminal always stands before it. */
	for (const struct report_format *f = report_formats; f->name; f++)
		if (!f->file && f->render != report_text &&
		    is_named(f, options))
			f->render(result, options, into);
}

static int write_format(const struct report_format *format,
			const struct result *result,
			const struct report_options *options,
			struct error *err)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	struct arena arena = ARENA_INIT;
	const char *path = path_join(&arena, options->folder, format->file);
	int rc;

	format->render(result, options, &text);
	if (text.truncated)
		rc = error_set(err, ERROR_LIMIT,
			       "writing %s: it is larger than %zu bytes", path,
			       (size_t)STRBUF_TEXT);
	else
		rc = io_write_file(path, text.buf, text.len, 0644, err);
	arena_release(&arena);
	strbuf_release(&text);
	return rc;
}

/* The file is shared by the steps of a job: it is only ever added to. */
static int add_step_summary(const struct result *result,
			    const struct report_options *options,
			    struct error *err)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	int rc, fd = open(options->step_summary,
			  O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0)
		return error_errno(err, errno, "opening %s",
				   options->step_summary);
	/* Past its limit GitHub shows nothing of it. */
	text.cap = GITHUB_SUMMARY_MAX;
	report_github_summary(result, options, &text);
	while (text.truncated && text.len && text.buf[text.len - 1] != '\n')
		strbuf_setlen(&text, text.len - 1);
	rc = io_write_all(fd, text.buf, text.len, err);
	if (close(fd) < 0 && !rc)
		rc = error_errno(err, errno, "writing %s",
				 options->step_summary);
	else if (rc)
		error_context(err, "writing %s", options->step_summary);
	strbuf_release(&text);
	return rc;
}

int report_write(const struct result *result,
		 const struct report_options *options, struct error *err)
{
	int rc = io_make_folders(options->folder, 0755, err);

	if (rc)
		return rc;
	for (const struct report_format *f = report_formats; f->name; f++)
		if (is_wanted(f, options) &&
		    write_format(f, result, options, rc ? NULL : err))
			rc = -1;
	if (options->step_summary &&
	    add_step_summary(result, options, rc ? NULL : err))
		rc = -1;
	return rc;
}

static void handle(struct sink *self, const struct event *event)
{
	struct report *report = (struct report *)self;

	if (event->type == EVENT_RUN_FINISHED)
		report->failed = report_write(event->result, report->options,
					      &report->err) < 0;
}

struct report *report_new(const struct report_options *options)
{
	struct report *report = xcalloc(1, sizeof(*report));

	report->sink.handle = handle;
	report->options = options;
	return report;
}

struct sink *report_sink(struct report *report)
{
	return &report->sink;
}

int report_finish(const struct report *report, struct error *err)
{
	if (!report->failed)
		return 0;
	return error_set(err, report->err.kind, "%s", report->err.message);
}

void report_free(struct report *report)
{
	free(report);
}
