/* result.json: complete, stable, and as its schema says. */
#include "tests/report/sample.h"
#include "tests/report/schema.h"
#include "tests/test.h"

#include "base/compiler.h"
#include "report/report.h"

static struct arena arena = ARENA_INIT;
static struct strbuf text = STRBUF_INIT(STRBUF_TEXT);

static json_t *render(struct result *result)
{
	static const struct report_options options;
	json_error_t error;
	json_t *json;

	strbuf_reset(&text);
	report_json(result, &options, &text);
	json = json_loadb(text.buf, text.len,
			  JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	ck_assert_msg(json != NULL, "line %d: %s", error.line, error.text);
	result_release(result);
	return json;
}

static json_t *load_schema(void)
{
	char path[4096];
	json_error_t error;
	json_t *schema;

	snprintf(path, sizeof(path), "%s/doc/result.schema.json",
		 tests_srcdir());
	schema = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	ck_assert_msg(schema != NULL, "%s: %s", path, error.text);
	return schema;
}

static json_t *first_check(json_t *json)
{
	json_t *exercise =
		json_array_get(json_object_get(json, "exercises"), 0);

	return json_array_get(json_object_get(exercise, "checks"), 0);
}

START_TEST(every_result_fits_the_schema)
{
	struct result *(*const samples[])(struct arena *) = {
		sample_empty, sample_passing, sample_failing
	};
	struct strbuf complaints = STRBUF_INIT(STRBUF_TEXT);
	json_t *schema = load_schema();

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		json_t *json = render(samples[i](&arena));

		ck_assert_msg(schema_fits(schema, json, &complaints), "%s",
			      complaints.buf);
		json_decref(json);
	}
	strbuf_release(&complaints);
	json_decref(schema);
}
END_TEST

START_TEST(the_committed_examples_fit_the_schema)
{
	static const char *const examples[] = { "failing", "passing" };
	struct strbuf complaints = STRBUF_INIT(STRBUF_TEXT);
	json_t *schema = load_schema();

	for (size_t i = 0; i < ARRAY_SIZE(examples); i++) {
		char path[4096];
		json_t *json;

		snprintf(path, sizeof(path),
			 "%s/reports/examples/%s/result.json", tests_srcdir(),
			 examples[i]);
		json = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
		ck_assert_msg(json != NULL, "%s", path);
		ck_assert_msg(schema_fits(schema, json, &complaints), "%s: %s",
			      path, complaints.buf);
		json_decref(json);
	}
	strbuf_release(&complaints);
	json_decref(schema);
}
END_TEST

/* The schema must be able to refuse: each change breaks one rule of it. */
START_TEST(the_schema_refuses_what_is_not_a_result)
{
	static const struct {
		const char *check_member, *value, *complaint;
	} cases[] = {
		{ "verdict", "\"fine\"", ".verdict: none of its values" },
		{ "points", "\"2\"", ".points: not number" },
		{ "broken", "{}", ".broken: not array" },
		{ "title", "{\"en\": 1, \"fr\": null}",
		  ".title.en: none of its types" },
		{ "title", "{\"en\": \"x\"}", ".title: lacks fr" },
		{ "surprise", "1", ".surprise: not in the schema" },
	};
	struct strbuf complaints = STRBUF_INIT(STRBUF_TEXT);
	json_t *schema = load_schema();

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		json_t *json = render(sample_passing(&arena));

		json_object_set_new(first_check(json), cases[i].check_member,
				    json_loads(cases[i].value,
					       JSON_DECODE_ANY, NULL));
		strbuf_reset(&complaints);
		ck_assert(!schema_fits(schema, json, &complaints));
		ck_assert_msg(strstr(complaints.buf, cases[i].complaint),
			      "%s", complaints.buf);
		json_decref(json);
	}
	strbuf_release(&complaints);
	json_decref(schema);
}
END_TEST

START_TEST(foreign_values_keep_their_integers_and_their_text)
{
	struct result *result = sample_empty(&arena);
	struct exercise_result *e = sample_exercise(result, "e", "E", 1);
	struct check_result *c =
		sample_check(result, e, "c", VERDICT_FAILED, 1);
	json_t *json, *value;

	c->value = json_pack("{s:I,s:f,s:f,s:s%}", "large",
			     (json_int_t)9007199254740993, "auc",
			     0.8202247191011236, "whole", 5.0, "text", "a\0b", (size_t)3);
	c->actual = "\xff \x1b[0m \"quoted\" \\ \u202e";
	json = render(result);
	/* Reals are as short as they read back, and stay reals. */
	ck_assert_ptr_nonnull(strstr(text.buf, "\"auc\":\t0.8202247191011236"));
	ck_assert_ptr_nonnull(strstr(text.buf, "\"whole\":\t5.0"));
	value = json_object_get(first_check(json), "value");
	ck_assert_uint_eq(json_string_length(json_object_get(value, "text")),
			  3);
	ck_assert_int_eq(json_integer_value(json_object_get(value, "large")),
			 9007199254740993);
	ck_assert(json_real_value(json_object_get(value, "auc")) ==
		  0.8202247191011236);
	ck_assert_str_eq(json_string_value(json_object_get(first_check(json),
							   "actual")),
			 "\ufffd \x1b[0m \"quoted\" \\ \u202e");
	json_decref(json);
}
END_TEST

START_TEST(evidence_has_its_data_beside_its_text)
{
	json_t *json = render(sample_failing(&arena)), *d, *evidence;

	d = json_array_get(json_object_get(json, "diagnosis"), 0);
	ck_assert_str_eq(json_string_value(json_object_get(d, "cause")),
			 "labels-not-versioned");
	evidence = json_array_get(json_object_get(d, "evidence"), 0);
	ck_assert_str_eq(json_string_value(json_object_get(evidence, "table")),
			 "labels");
	ck_assert_int_eq(json_integer_value(json_object_get(evidence,
							    "changed")),
			 2652);
	json_decref(json);
}
END_TEST

START_TEST(words_stay_english_whatever_the_reader_speaks)
{
	struct report_options french = { .language = LANGUAGE_FRENCH };
	struct strbuf in_french = STRBUF_INIT(STRBUF_TEXT);
	struct result *result = sample_failing(&arena);

	report_json(result, &french, &in_french);
	json_decref(render(result));
	ck_assert(!strcmp(in_french.buf, text.buf));
	strbuf_release(&in_french);
}
END_TEST

TESTS_MAIN("report/json", every_result_fits_the_schema,
	   the_committed_examples_fit_the_schema,
	   the_schema_refuses_what_is_not_a_result,
	   foreign_values_keep_their_integers_and_their_text,
	   evidence_has_its_data_beside_its_text,
	   words_stay_english_whatever_the_reader_speaks)
