/*
 * TAP 13: `not ok` for all but passed and not applicable, which is skipped.
 * Advice that does not hold is `# TODO`, TAP's word for a failure that does
 * not count. What was seen is a YAML block, its strings written as JSON.
 */
#include "report/report.h"

#include "format/utf8.h"
#include "report/words.h"

#include <string.h>

/* One line, without the characters that TAP gives a meaning. */
static void add_description(struct strbuf *into, const char *text)
{
	struct strbuf visible = STRBUF_INIT(STRBUF_TEXT);

	utf8_add_visible(&visible, text, strlen(text), "\n\t");
	for (const char *s = visible.buf; *s; s++) {
		if (*s == '#' || *s == '\\')
			strbuf_addf(into, "\\%c", *s);
		else
			strbuf_addch(into, *s == '\n' || *s == '\t' ? ' ' : *s);
	}
	strbuf_release(&visible);
}

static void add_yaml(struct strbuf *into, const char *key, const char *text)
{
	struct strbuf visible = STRBUF_INIT(STRBUF_TEXT);

	if (!text)
		return;
	utf8_add_visible(&visible, text, strlen(text), "\n\t");
	strbuf_addf(into, "  %s: \"", key);
	for (const char *s = visible.buf; *s; s++) {
		if (*s == '\n')
			strbuf_addstr(into, "\\n");
		else if (*s == '\t')
			strbuf_addstr(into, "\\t");
		else if (*s == '"' || *s == '\\')
			strbuf_addf(into, "\\%c", *s);
		else
			strbuf_addch(into, *s);
	}
	strbuf_addstr(into, "\"\n");
	strbuf_release(&visible);
}

static void add_check(struct strbuf *into, const struct check_result *check,
		      enum language language, size_t number)
{
	bool skipped = check->verdict == VERDICT_NOT_APPLICABLE;
	bool ok = skipped || check->verdict == VERDICT_PASSED;

	strbuf_addf(into, "%s %zu - ", ok ? "ok" : "not ok", number);
	add_description(into, check->id);
	if (*words_of(&check->title, language)) {
		strbuf_addstr(into, ": ");
		add_description(into, words_of(&check->title, language));
	}
	if (skipped) {
		strbuf_addstr(into, " # SKIP ");
		add_description(into, check->actual ? check->actual : "");
	} else if (!ok && words_is_advice(check)) {
		strbuf_addstr(into, " # TODO ");
		strbuf_addstr(into, language_say(language, "not counted"));
	}
	strbuf_addch(into, '\n');
	if (ok)
		return;
	strbuf_addstr(into, "  ---\n");
	add_yaml(into, "verdict", verdict_name(check->verdict));
	add_yaml(into, "expected", check->expected);
	add_yaml(into, "actual", check->actual);
	add_yaml(into, "blocked_by", check->blocked_by);
	add_yaml(into, "where", check->where);
	add_yaml(into, "again", check->again);
	strbuf_addstr(into, "  ...\n");
}

void report_tap(const struct result *result,
		const struct report_options *options, struct strbuf *into)
{
	size_t number = 0;

	for (size_t i = 0; i < result->exercises.len; i++)
		number += result->exercises.at[i]->checks.len;
	strbuf_addf(into, "TAP version 13\n1..%zu\n", number);
	number = 0;
	for (size_t i = 0; i < result->exercises.len; i++) {
		const struct exercise_result *e = result->exercises.at[i];

		for (size_t j = 0; j < e->checks.len; j++)
			add_check(into, e->checks.at[j], options->language,
				  ++number);
	}
}
