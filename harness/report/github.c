/*
 * For GitHub Actions: annotations, which the job's page shows beside the line
 * of the scenario (workflow commands, "::error file=...,line=...::message"),
 * and a short Markdown for the summary of the step.
 */
#include "report/markdown.h"

#include "format/utf8.h"

#include <ctype.h>
#include <string.h>

/* In the value of a property `:` and `,` end it, so they are encoded too. */
static void add_encoded(struct strbuf *into, const char *text, size_t len,
			bool property)
{
	struct strbuf visible = STRBUF_INIT(STRBUF_TEXT);

	utf8_add_visible(&visible, text, len, "\n\t");
	for (const char *s = visible.buf; *s; s++) {
		if (*s == '%' || *s == '\n' ||
		    (property && (*s == ':' || *s == ',')))
			strbuf_addf(into, "%%%02X", (unsigned)*s);
		else
			strbuf_addch(into, *s);
	}
	strbuf_release(&visible);
}

/* "scenarios/x.yaml:88" or "...:88:20" into file and line. */
static void add_place(struct strbuf *into, const char *where)
{
	const char *colon = where ? strchr(where, ':') : NULL;

	if (!colon || !isdigit((unsigned char)colon[1]))
		return;
	strbuf_addstr(into, " file=");
	add_encoded(into, where, (size_t)(colon - where), true);
	strbuf_addstr(into, ",line=");
	strbuf_add(into, colon + 1, strspn(colon + 1, "0123456789"));
	strbuf_addch(into, ',');
}

static void add_annotation(struct strbuf *into,
			   const struct check_result *check,
			   enum language language)
{
	const char *level = verdict_is_pending(check->verdict) ? "warning"
			    : words_is_advice(check)	       ? "notice"
							       : "error";
	const char *title = words_check_title(check, language);
	size_t before;

	strbuf_addf(into, "::%s", level);
	before = into->len;
	add_place(into, check->where);
	strbuf_addstr(into, into->len == before ? " title=" : "title=");
	add_encoded(into, title, strlen(title), true);
	strbuf_addstr(into, "::");
	add_encoded(into, check->id, strlen(check->id), false);
	strbuf_addstr(into, ": ");
	if (check->verdict == VERDICT_BLOCKED && check->blocked_by)
		words_add(into, language,
			  "not reached, because this failed: %s",
			  check->blocked_by);
	else if (check->actual)
		add_encoded(into, check->actual, strlen(check->actual), false);
	else
		strbuf_addstr(into, words_verdict(check->verdict, language));
	if (check->again) {
		strbuf_addstr(into, "%0A");
		add_encoded(into, check->again, strlen(check->again), false);
	}
	strbuf_addch(into, '\n');
}

void report_github(const struct result *result,
		   const struct report_options *options, struct strbuf *into)
{
	for (size_t i = 0; i < result->exercises.len; i++) {
		const struct exercise_result *e = result->exercises.at[i];

		for (size_t j = 0; j < e->checks.len; j++) {
			const struct check_result *check = e->checks.at[j];

			if (check->verdict == VERDICT_PASSED ||
			    check->verdict == VERDICT_NOT_APPLICABLE)
				continue;
			add_annotation(into, check, options->language);
		}
	}
}

void report_github_summary(const struct result *result,
			   const struct report_options *options,
			   struct strbuf *into)
{
	struct markdown md = { into, options->language, result };

	markdown_title(&md);
	markdown_verdict(&md);
	markdown_exercises(&md);
	markdown_next_steps(&md);
}
