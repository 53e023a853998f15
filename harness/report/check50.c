/*
 * check50.json, in the form of check50's `-o json` (its JSON specification):
 * `passed` is true, false, or null where the check was not decided, with the
 * check that it waited for.
 */
#include "report/report.h"

#include "format/utf8.h"
#include "report/words.h"

#include <cjson/cJSON.h>
#include <string.h>

static cJSON *text_json(const char *text)
{
	struct strbuf visible = STRBUF_INIT(STRBUF_TEXT);
	cJSON *item;

	if (!text || !*text)
		return cJSON_CreateNull();
	utf8_add_visible(&visible, text, strlen(text), "\n\t");
	item = cJSON_CreateString(visible.buf);
	strbuf_release(&visible);
	return item;
}

static cJSON *passed_json(enum verdict verdict)
{
	if (verdict == VERDICT_PASSED || verdict == VERDICT_NOT_APPLICABLE)
		return cJSON_CreateTrue();
	if (verdict == VERDICT_FAILED)
		return cJSON_CreateFalse();
	return cJSON_CreateNull();
}

static cJSON *cause_json(const struct check_result *check,
			 enum language language)
{
	cJSON *cause;

	if (check->verdict == VERDICT_PASSED ||
	    check->verdict == VERDICT_NOT_APPLICABLE)
		return cJSON_CreateNull();
	cause = cJSON_CreateObject();
	cJSON_AddItemToObject(cause, "rationale",
			      text_json(check->actual ? check->actual
					: words_verdict(check->verdict,
							language)));
	cJSON_AddItemToObject(cause, "help",
			      text_json(words_of(&check->hint, language)));
	return cause;
}

/* The last lines of what ran, one string each. */
static cJSON *log_json(const char *log)
{
	cJSON *lines = cJSON_CreateArray();

	while (log && *log) {
		size_t len = strcspn(log, "\n");
		struct strbuf line = STRBUF_INIT(STRBUF_LINE);

		utf8_add_visible(&line, log, len, "\t");
		cJSON_AddItemToArray(lines, cJSON_CreateString(line.buf));
		strbuf_release(&line);
		log += len + (log[len] == '\n');
	}
	return lines;
}

static cJSON *check_json(const struct check_result *check,
			 enum language language)
{
	cJSON *object = cJSON_CreateObject(), *data;

	cJSON_AddStringToObject(object, "name", check->id);
	cJSON_AddItemToObject(object, "description",
			      text_json(words_check_title(check, language)));
	cJSON_AddItemToObject(object, "passed", passed_json(check->verdict));
	cJSON_AddItemToObject(object, "log", log_json(check->log_tail));
	cJSON_AddItemToObject(object, "cause", cause_json(check, language));
	data = cJSON_AddObjectToObject(object, "data");
	cJSON_AddStringToObject(data, "verdict", verdict_name(check->verdict));
	cJSON_AddNumberToObject(data, "points", check->points);
	cJSON_AddNumberToObject(data, "max_points", check->max_points);
	cJSON_AddItemToObject(object, "dependency",
			      text_json(check->blocked_by));
	return object;
}

void report_check50(const struct result *result,
		    const struct report_options *options, struct strbuf *into)
{
	cJSON *root = cJSON_CreateObject(), *results;
	char *printed;

	cJSON_AddStringToObject(root, "slug", result->scenario);
	results = cJSON_AddArrayToObject(root, "results");
	for (size_t i = 0; i < result->exercises.len; i++) {
		const struct exercise_result *e = result->exercises.at[i];

		for (size_t j = 0; j < e->checks.len; j++)
			cJSON_AddItemToArray(results,
					     check_json(e->checks.at[j],
							options->language));
	}
	cJSON_AddStringToObject(root, "version", result->bis_version);
	printed = cJSON_Print(root);
	strbuf_addf(into, "%s\n", printed);
	cJSON_free(printed);
	cJSON_Delete(root);
}
