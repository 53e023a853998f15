#include "scenario/validate.h"
#include "tests/test.h"

#include "base/clock.h"

static const char *const methods[] = { "get", "post", NULL };
static const struct key_spec inner[] = {
	{ "name", KEY_NAME, true, "A name." },
	{ "rows", KEY_EXPRESSION, false, "Which." },
	{ NULL },
};
static const struct key_spec keys[] = {
	{ "service", KEY_STRING, true, "The service." },
	{ "count", KEY_INTEGER, false, "How many." },
	{ "ratio", KEY_NUMBER, false, "How much." },
	{ "keep", KEY_BOOLEAN, false, "Whether." },
	{ "within", KEY_DURATION, false, "How long." },
	{ "method", KEY_CHOICE, false, "How.", .choices = methods },
	{ "title", KEY_BILINGUAL, false, "Its name." },
	{ "args", KEY_STRINGS, false, "Words." },
	{ "expect", KEY_EXPRESSIONS, false, "What holds." },
	{ "body", KEY_ANY, false, "Anything." },
	{ "page", KEY_MAPPING, false, "One.", .keys = inner },
	{ "pages", KEY_MAPPINGS, false, "Many.", .keys = inner },
	{ "by_name", KEY_NAMED, false, "Named.", .keys = inner },
	{ "vars", KEY_VALUES, false, "Values." },
	{ "names", KEY_LISTS, false, "Lists." },
	{ "capture", KEY_NAMED_EXPRESSIONS, false, "Kept." },
	{ NULL },
};

static struct arena arena;
static struct error err;
static json_t *json;

static int validate(const char *text, const struct validator *validator)
{
	const struct yaml_node *root;

	arena_release(&arena);
	err = (struct error)ERROR_INIT;
	json_decref(json);
	json = NULL;
	ck_assert_msg(yaml_read("t.yaml", text, strlen(text), NULL, &arena,
				&root, &err) == 0, "%s", err.message);
	return validate_mapping(root, keys, "`http`", validator, &json, &err);
}

static void expect_json(const char *expected)
{
	char *text = json_dumps(json, JSON_COMPACT);

	ck_assert_str_eq(text, expected);
	free(text);
}

START_TEST(values_come_back_in_one_shape)
{
	ck_assert_msg(validate("{service: 16, count: 3, ratio: 2, keep: true, "
			       "within: 1500ms, method: get, title: Hello, "
			       "args: one, expect: [.a, true], "
			       "body: {x: [1.5, ~]}}", NULL) == 0,
		      "%s", err.message);
	expect_json("{\"service\":\"16\",\"count\":3,\"ratio\":2,\"keep\":true,"
		    "\"within\":\"1500ms\",\"method\":\"get\","
		    "\"title\":{\"en\":\"Hello\"},\"args\":[\"one\"],"
		    "\"expect\":[\".a\",\"true\"],\"body\":{\"x\":[1.5,null]}}");
	ck_assert_int_eq(validate_duration(json, "within", 7),
			 1500 * CLOCK_MSEC);
	ck_assert_int_eq(validate_duration(json, "without", 7), 7);
	ck_assert_int_eq(validate("{service: a, title: {en: x, fr: y}, "
				  "pages: [{name: a}], by_name: {q: {name: b}}, "
				  "vars: {n: 1, t: '1', d: 2024-01-31}, "
				  "names: {auc: [auc, val_auc], f1: f1}}",
				  NULL), 0);
	expect_json("{\"service\":\"a\",\"title\":{\"en\":\"x\",\"fr\":\"y\"},"
		    "\"pages\":[{\"name\":\"a\"}],"
		    "\"by_name\":{\"q\":{\"name\":\"b\"}},"
		    "\"vars\":{\"n\":1,\"t\":\"1\",\"d\":\"2024-01-31\"},"
		    "\"names\":{\"auc\":[\"auc\",\"val_auc\"],\"f1\":[\"f1\"]}}");
}
END_TEST

static const struct {
	const char *text, *complaint;
} bad[] = {
	{ "{service: a, witin: 1s}",
	  "1:14: no key `witin` in `http`; did you mean `within`?" },
	{ "{service: a, colour: red}",
	  "1:14: no key `colour` in `http`; it takes service, count, " },
	{ "{count: 1}", "1:1: `http` lacks `service`" },
	{ "{service: ~}", "1:11: `service` must be text, not nothing" },
	{ "{service: [a]}", "1:11: `service` must be text, not a list" },
	{ "{service: a, count: x}",
	  "1:21: `count` must be a whole number, not `x`" },
	{ "{service: a, count: 1.5}",
	  "1:21: `count` must be a whole number, not `1.5`" },
	{ "{service: a, count: '1'}",
	  "1:21: `count` must be a whole number, not `1`" },
	{ "{service: a, keep: yes}",
	  "1:20: `keep` must be true or false, not `yes`" },
	{ "{service: a, within: 60}", "1:22: `within` must be a duration such "
				      "as 250ms, 60s or 2m, not `60`" },
	{ "{service: a, method: pots}", "1:22: `method` must be one of `get`, "
					"`post`, not `pots`; did you mean "
					"`post`?" },
	{ "{service: a, title: {fr: x}}", "1:21: `title` lacks `en`" },
	{ "{service: a, title: {en: x, de: y}}",
	  "1:29: no key `de` in `title`" },
	{ "{service: a, page: {name: 1a}}",
	  "1:27: `name` must be a name of letters, digits, _ and -" },
	{ "{service: a, page: x}", "1:20: `page` must be a mapping, not text" },
	{ "{service: a, pages: {name: a}}",
	  "1:21: `pages` must be a list of mappings, not a mapping" },
	{ "{service: a, pages: [{name: a}, {nam: b}]}",
	  "1:34: no key `nam` in an entry of `pages`; did you mean `name`?" },
	{ "{service: a, by_name: {x: {}}}", "1:27: `x` lacks `name`" },
	{ "{service: a, expect: {a: b}}",
	  "1:22: `expect` must be a list of expressions, not a mapping" },
	{ "{service: a, vars: {a: [1]}}", "1:24: `a` must be text, a number, "
					  "or true or false, not a list" },
	{ "[]", "1:1: `http` must be a mapping, not a list" },
	{ "", "1:1: `http` must be a mapping, not nothing" },
};

START_TEST(what_the_table_does_not_allow_is_refused_with_its_place)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		ck_assert_msg(validate(bad[i].text, NULL) == -1, "%s",
			      bad[i].text);
		ck_assert_int_eq(strncmp(err.message, "t.yaml:", 7), 0);
		ck_assert_msg(!strncmp(err.message + 7, bad[i].complaint,
				       strlen(bad[i].complaint)),
			      "%s gave: %s", bad[i].text, err.message);
		ck_assert_ptr_null(json);
	}
}
END_TEST

static char seen[512];

static int note_text(void *self, const struct yaml_node *node,
		     const struct key_spec *spec, struct error *e)
{
	size_t len = strlen(seen);

	(void)self;
	(void)e;
	snprintf(seen + len, sizeof(seen) - len, "%s:%s ", spec->name,
		 node->text);
	return 0;
}

static int note_expression(void *self, const char *path,
			   const struct yaml_node *node, struct error *e)
{
	size_t len = strlen(seen);

	(void)self;
	(void)e;
	snprintf(seen + len, sizeof(seen) - len, "%s=%s ", path, node->text);
	return 0;
}

START_TEST(a_validator_sees_every_text_with_a_dollar_and_every_expression)
{
	const struct validator v = { NULL, note_text, note_expression, NULL };

	seen[0] = '\0';
	ck_assert_msg(validate("{service: $a, count: $n, within: $t, "
			       "body: {x: ['${a}b', plain]}, args: [c, $d], "
			       "page: {name: $p, rows: .x}, "
			       "pages: [{name: q, rows: .y}], "
			       "expect: [.z], capture: {k: .w}}", &v) == 0,
		      "%s", err.message);
	ck_assert_str_eq(seen, "service:$a count:$n within:$t body:${a}b "
			       "args:$d name:$p page.rows=.x pages[0].rows=.y "
			       "expect[0]=.z capture.k=.w ");
	expect_json("{\"service\":\"$a\",\"count\":\"$n\",\"within\":\"$t\","
		    "\"body\":{\"x\":[\"${a}b\",\"plain\"]},"
		    "\"args\":[\"c\",\"$d\"],\"page\":{\"name\":\"$p\"},"
		    "\"pages\":[{\"name\":\"q\"}],\"expect\":[],"
		    "\"capture\":{}}");
	ck_assert_int_eq(validate("{service: a, count: a$n}", &v), -1);
}
END_TEST

TESTS_MAIN("scenario/validate", values_come_back_in_one_shape,
	   what_the_table_does_not_allow_is_refused_with_its_place,
	   a_validator_sees_every_text_with_a_dollar_and_every_expression)
