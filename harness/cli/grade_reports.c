/* What `bis grade` writes at its end: each student's reports and the
 * class's. Written anew from the automatic results every time, so that a
 * decision since is in them, and a kill in the middle costs nothing. */
#include "config.h"

#include "cli/grade.h"

#include "base/io.h"
#include "base/path.h"
#include "grade/tally.h"
#include "report/report.h"

#include <string.h>

struct writer {
	struct tally_listener listener; /* first: it is given its address */
	struct grading *g;
};

static int write_student(struct tally_listener *self,
			 const struct class_student *student,
			 struct result *result, struct error *err)
{
	static const char *const formats[] = { "html", "json", "junit",
					       "markdown" };
	struct grading *g = ((struct writer *)self)->g;
	const struct report_options options = {
		.language = g->language, .formats = formats,
		.folder = path_join(result->arena, g->out, student->folder),
		.format_count = ARRAY_SIZE(formats),
	};

	return report_write(result, &options, err);
}

static int write_text(struct grading *g, const char *name,
		      struct strbuf *text, struct error *err)
{
	const char *path = path_join(&g->arena, g->out, name);
	int rc = io_write_file(path, text->buf, text->len, 0644, err);

	strbuf_release(text);
	return rc;
}

typedef void class_format(const struct class_result *c,
			  const struct class_options *options,
			  struct strbuf *into);

static const struct {
	const char *file;
	const char *report; /* what its links lead to */
	bool anonymous;
	class_format *format;
} files[] = {
	{ "summary.md", "report.md", false, class_summary },
	{ "index.html", "report.html", false, class_index },
	{ "needs-a-look.md", "report.md", false, class_needs_a_look },
	{ "junit.xml", NULL, false, class_junit },
	{ "anonymous/summary.md", NULL, true, class_summary },
	{ "anonymous/index.html", NULL, true, class_index },
};

static int write_class(struct grading *g, const struct class_result *c,
		       struct error *err)
{
	bool anonymous = argument_value(g->arguments, "anonymous") != NULL;
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);

	if (anonymous &&
	    io_make_folders(path_join(&g->arena, g->out, "anonymous"), 0755,
			    err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		const struct class_options options = {
			.language = g->language,
			.anonymous = files[i].anonymous,
			.report = files[i].report,
		};

		if (files[i].anonymous && !anonymous)
			continue;
		files[i].format(c, &options, &text);
		if (write_text(g, files[i].file, &text, err) < 0)
			return -1;
	}
	class_gradebook(c, g->gradebook, &text);
	return write_text(g, "gradebook.csv", &text, err);
}

int grade_reports(struct grading *g, const char *salt,
		  struct class_result **ret_class, struct error *err)
{
	struct class_result *c = class_result_new(&g->arena);
	struct writer writer = { { write_student }, g };
	const struct tally_options options = {
		.batch = &g->batch, .given = g->given,
		.overrides = &g->overrides, .salt = salt,
		.listener = &writer.listener,
	};

	*ret_class = c;
	c->bis_version = PACKAGE_VERSION;
	c->scenario = g->name;
	c->scenario_digest = g->digest;
	if (tally(&options, c, err) < 0)
		return -1;
	return write_class(g, c, err);
}
