/*
 * results.json, as Gradescope's autograder reads it (its Autograder
 * Specifications): a check is a test. What a person has to look at gives no
 * points yet and says so; what is advice has no points and is marked. The
 * total stands at the top, so that it counts and not the sum.
 */
#include "report/report.h"

#include "base/clock.h"
#include "format/utf8.h"
#include "report/next_steps.h"
#include "report/words.h"

#include <cjson/cJSON.h>
#include <string.h>

/* "Giant multiline string" in a <pre>: what acts is made visible. */
static void add_text(cJSON *object, const char *name, const char *text)
{
	struct strbuf visible = STRBUF_INIT(STRBUF_TEXT);

	utf8_add_visible(&visible, text, strlen(text), "\n\t");
	cJSON_AddStringToObject(object, name, visible.buf);
	strbuf_release(&visible);
}

static void add_line(struct strbuf *into, enum language language,
		     const char *label, const char *text)
{
	if (!text || !*text)
		return;
	strbuf_addf(into, "%s%s%s\n", label, words_colon(language), text);
}

static void add_output(cJSON *test, const struct check_result *check,
		       enum language language)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);

	strbuf_addf(&text, "%s\n", words_verdict(check->verdict, language));
	if (verdict_is_pending(check->verdict) && check->max_points > 0 &&
	    !check->override)
		strbuf_addf(&text, "%s\n",
			    language_say(language, "Its points are pending "
					 "until a person has looked."));
	if (check->inherited)
		strbuf_addf(&text, "%s\n",
			    language_say(language, "Inherited: the template "
					 "that was handed out fails this as "
					 "well, so it takes no points."));
	if (check->override)
		add_line(&text, language,
			 language_say(language, "Decided by a person:"),
			 check->override->reason);
	add_line(&text, language, language_say(language, "Asked"),
		 check->expected);
	add_line(&text, language, language_say(language, "Seen"),
		 check->actual);
	if (check->blocked_by)
		words_add(&text, language,
			  "not reached, because this failed: %s",
			  check->blocked_by);
	if (check->verdict == VERDICT_FAILED)
		add_line(&text, language, language_say(language, "what to try"),
			 words_of(&check->hint, language));
	if (check->verdict != VERDICT_PASSED)
		add_line(&text, language, language_say(language, "With Bis"),
			 check->again);
	add_text(test, "output", text.buf);
	strbuf_release(&text);
}

static cJSON *test_json(const struct result *result, size_t exercise,
			size_t index, enum language language)
{
	const struct exercise_result *e = result->exercises.at[exercise];
	const struct check_result *check = e->checks.at[index];
	bool fine = check->verdict == VERDICT_PASSED ||
		    check->verdict == VERDICT_NOT_APPLICABLE;
	cJSON *test = cJSON_CreateObject(), *tags;
	char number[32];

	snprintf(number, sizeof(number), "%zu.%zu",
		 exercise_number(result, exercise), index + 1);
	add_text(test, "name", words_check_title(check, language));
	cJSON_AddStringToObject(test, "number", number);
	if (check->max_points > 0) {
		cJSON_AddNumberToObject(test, "score", check->points);
		cJSON_AddNumberToObject(test, "max_score", check->max_points);
	}
	cJSON_AddStringToObject(test, "status", fine ? "passed" : "failed");
	add_output(test, check, language);
	tags = cJSON_AddArrayToObject(test, "tags");
	cJSON_AddItemToArray(tags, cJSON_CreateString(check->id));
	cJSON_AddItemToArray(tags,
			     cJSON_CreateString(verdict_name(check->verdict)));
	if (words_is_advice(check) && check->asked == ASKED_BEYOND)
		cJSON_AddItemToArray(tags, cJSON_CreateString("advice"));
	return test;
}

static void add_headline(cJSON *root, const struct result *result,
			 enum language language)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);

	words_add_score(&text, language, result->points, result->pending,
			result->max_points);
	strbuf_addch(&text, '\n');
	words_add_headline(&text, language, result);
	add_text(root, "output", text.buf);
	strbuf_release(&text);
}

void report_gradescope(const struct result *result,
		       const struct report_options *options,
		       struct strbuf *into)
{
	cJSON *root = cJSON_CreateObject(), *tests;
	char *printed;

	cJSON_AddNumberToObject(root, "score", result->points);
	cJSON_AddNumberToObject(root, "execution_time",
				(double)result->duration / (double)CLOCK_SEC);
	add_headline(root, result, options->language);
	cJSON_AddStringToObject(root, "stdout_visibility", "hidden");
	tests = cJSON_AddArrayToObject(root, "tests");
	for (size_t i = 0; i < result->exercises.len; i++)
		for (size_t j = 0; j < result->exercises.at[i]->checks.len; j++)
			cJSON_AddItemToArray(tests,
					     test_json(result, i, j,
						       options->language));
	printed = cJSON_Print(root);
	strbuf_addf(into, "%s\n", printed);
	cJSON_free(printed);
	cJSON_Delete(root);
}
