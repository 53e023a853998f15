#include "scenario/jq_terms.h"
#include "tests/test.h"

static struct arena arena;
static const struct jq_terms *terms;
static struct jq_fault fault;

static int read_terms(const char *text)
{
	arena_release(&arena);
	memset(&fault, 0, sizeof(fault));
	return jq_terms_read(text, &arena, &terms, &fault);
}

/* Leading paths, then names, with spaces between. */
static const struct {
	const char *text, *found;
} cases[] = {
	{ ".status == 200", ".status" },
	{ ".metrics.auc < 0.9", ".metrics.auc" },
	{ ". == 1", "" },
	{ ".. | numbers", "" },
	{ ".5 < .a", ".a" },
	{ ".a.b == .a.b and .c", ".a.b .c" },
	{ ".[\"a b\"].c == .\"d e\"", ".[\"a b\"].c .[\"d e\"]" },
	{ ".a[0].b == .[-1]", ".a[0].b .[-1]" },
	{ ".a.[0]", ".a[0]" },
	{ ".rows[].n == 1", ".rows[].n" },
	{ ".a[1:3] == .b", ".a .b" },
	{ ".a[.i].c == 1", ".i .a" },
	{ ".a // .b == 1", "" },
	{ "(.a // 0) == .b", ".b" },
	{ ".a? == .b", ".b" },
	{ ".a.b?.c == 1", "" },
	{ "(.a.b)? == .c", ".c" },
	{ "try .a.b catch .c", "" },
	{ "try error(.a) catch . == .d", ".d" },
	{ "has(\"a\") and .b", ".b" },
	{ "path(.a) == .b", ".b" },
	{ "all(.rows[]; .n > 0)", "" },
	{ ".rows | map(.n) | add == 3", ".rows" },
	{ "(.rows | length) == (.n | tonumber)", ".rows .n" },
	{ "[.a, .b] == [1, 2]", ".a .b" },
	{ "{x: .a, \"y\": .b, (.c): 1, $v, d} == {}", ".a .b .c $v" },
	{ "{if: .a, end: .b}", ".a .b" },
	{ "if .a then .b else .c end", ".a" },
	{ "if .a == 1 | not then .b elif .c then 1 else 2 end == .d",
	  ".a .d" },
	{ "\"\\(.a) of \\(.b | length)\" == .c", ".a .b .c" },
	{ ".json.as_of == $as_of", ".json.as_of $as_of" },
	{ ".a as $x | .b == $x + $y", ".a $y" },
	{ ". as [$x, {k: $z}] | $x == $z", "" },
	{ "reduce .rows[] as $r (.zero; . + $r.n) == $total",
	  ".rows[] $total" },
	{ "def f($x; g): .a + $x; f(.b; .c) == .d", ".d" },
	{ "def f: def g: .a; g; f == .b", ".b" },
	{ "label $out | foreach .[] as $i (0; . + $i; ., break $out)", "" },
	{ ".a = 1", "" },
	{ "(.a |= 2) == {a: 2} and .c", ".c" },
	{ "$x.a[.b] == 1", ".b $x" },
	{ ".a | .b", ".a" },
	{ "-.a < 0", ".a" },
	{ "@base64 \"\\(.a)\" == \"x\"", ".a" },
	{ ".class|test(\"^a|b$\")", ".class" },
	{ ".a,.b", ".a .b" },
	{ ".a==.a", ".a" },
};

START_TEST(leading_paths_and_names_are_found)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct strbuf found = STRBUF_INIT(STRBUF_LINE);

		ck_assert_msg(read_terms(cases[i].text) == 0, "%s: %s",
			      cases[i].text, fault.message);
		for (size_t p = 0; p < terms->path_count; p++)
			strbuf_addf(&found, "%s%s", found.len ? " " : "",
				    terms->paths[p].text);
		for (size_t n = 0; n < terms->name_count; n++)
			strbuf_addf(&found, "%s$%s", found.len ? " " : "",
				    terms->names[n].name);
		ck_assert_msg(!strcmp(found.buf, cases[i].found),
			      "%s gives %s, not %s", cases[i].text, found.buf,
			      cases[i].found);
		strbuf_release(&found);
	}
}
END_TEST

static const struct {
	const char *text;
	size_t offset, width;
	const char *message;
} refused[] = {
	{ "now > 1", 0, 3, "`now` is not for a scenario" },
	{ ".a == input", 6, 5, "`input` is not for a scenario" },
	{ "$ENV.HOME", 0, 4, "`$ENV` is not for a scenario" },
	{ "env.HOME", 0, 3, "`env` is not for a scenario" },
	{ "\"\\(now)\"", 3, 3, "`now` is not for a scenario" },
	{ "import \"a\" as a; 1", 0, 6, "`import` is not" },
	{ "$__loc__", 0, 8, "`$__loc__` is not" },
	{ "$__x", 0, 4, "names that begin with __" },
	{ ".a | halt", 5, 4, "`halt` is not" },
	{ ".a | debug", 5, 5, "`debug` is not" },
	{ "(.a", 0, 1, "`(` is not closed" },
	{ ".a) or (.b", 2, 1, "`)` closes nothing" },
	{ "[.a)", 3, 1, "`)` closes nothing" },
	{ "if .a then 1", 0, 2, "`if` is not closed" },
	{ "1 end", 2, 3, "`end` closes nothing" },
	{ "\"abc", 0, 1, "a string without its closing quote" },
	{ "\"a\\(1 b\"", 7, 1, "a string without its closing quote" },
	{ ".a # or not", 3, 1, "a comment can't stand" },
	{ ".a == 'x'", 6, 1, "a text in jq has double quotes" },
	{ ".a & .b", 3, 1, "jq does not know" },
	{ "$ == 1", 0, 1, "a `$` without a name" },
	{ "", 0, 1, "an empty expression" },
	{ "  ", 0, 1, "an empty expression" },
};

START_TEST(what_must_not_reach_jq_is_refused_where_it_stands)
{
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		ck_assert_msg(read_terms(refused[i].text) == -1, "%s",
			      refused[i].text);
		ck_assert_msg(!strncmp(fault.message, refused[i].message,
				       strlen(refused[i].message)) &&
			      fault.offset == refused[i].offset &&
			      fault.width == refused[i].width,
			      "%s: %zu+%zu %s", refused[i].text, fault.offset,
			      fault.width, fault.message);
	}
}
END_TEST

START_TEST(words_that_only_look_refused_are_fine)
{
	static const char *const fine[] = {
		".now == 1", "{now: 1, env: 2}", "\"now\" == .a", ".env.input",
		"[.input]", "\"a # b\" == .a",
	};

	for (size_t i = 0; i < ARRAY_SIZE(fine); i++)
		ck_assert_msg(read_terms(fine[i]) == 0, "%s: %s", fine[i],
			      fault.message);
}
END_TEST

START_TEST(nesting_without_end_is_refused)
{
	char text[300];

	memset(text, '(', sizeof(text));
	text[299] = '\0';
	ck_assert_int_eq(read_terms(text), -1);
	ck_assert_str_eq(fault.message, "nested too deeply");
}
END_TEST

/* Every prefix of every expression: read or refused, in bounds. */
START_TEST(cut_expressions_are_read_or_refused_in_bounds)
{
	char text[300];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (size_t len = 0; len < strlen(cases[i].text); len++) {
			snprintf(text, sizeof(text), "%.*s", (int)len,
				 cases[i].text);
			if (read_terms(text) < 0)
				ck_assert_uint_le(fault.offset, len);
		}
	}
}
END_TEST

static const struct {
	const char *path, *input, *outcome;
} paths[] = {
	{ ".a", "{\"a\": null}", "= null" },
	{ ".a", "{\"b\": 1, \"c\": 2}", "the value has b, c" },
	{ ".a", "{}", "the value is empty" },
	{ ".a.b", "{\"a\": null}", ".a is null" },
	{ ".a.b", "{\"a\": [1]}", ".a is a list of 1" },
	{ ".a.b", "{\"a\": {\"c\": 1}}", ".a has c" },
	{ ".a[1]", "{\"a\": [1]}", ".a is a list of 1" },
	{ ".a[-1]", "{\"a\": [1, 2]}", "= 2" },
	{ ".a[-3]", "{\"a\": [1, 2]}", ".a is a list of 2" },
	{ ".a[].n", "{\"a\": [{\"n\": 1}, {\"n\": \"x\"}]}", "= 1, \"x\"" },
	{ ".a[].n", "{\"a\": [{\"n\": 1}, {}]}",
	  ".a[] is empty" },
	{ ".a[]", "{\"a\": []}", "= nothing" },
	{ ".a[]", "{\"a\": 3}", ".a is a number" },
	{ ".a[]", "{\"a\": [1,2,3,4,5,6,7,8,9,10]}",
	  "= 1, 2, 3, 4, 5, 6, 7, 8, …" },
	{ ".[\"x y\"].z", "{\"x y\": 1}",
	  ".[\"x y\"] is a number" },
	{ ".auc", "{\"auc\": 0.1}", "= 0.1" },
};

START_TEST(a_path_is_there_or_what_is_there_instead_is_said)
{
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct strbuf said = STRBUF_INIT(STRBUF_LINE);
		json_t *input = json_loads(paths[i].input, 0, NULL);

		ck_assert_int_eq(read_terms(paths[i].path), 0);
		if (jq_path_exists(&terms->paths[0], input, &said)) {
			strbuf_addstr(&said, "= ");
			jq_path_show(&terms->paths[0], input, &said);
		}
		ck_assert_str_eq(said.buf, paths[i].outcome);
		json_decref(input);
		strbuf_release(&said);
	}
}
END_TEST

TESTS_MAIN("scenario/jq_terms", leading_paths_and_names_are_found,
	   what_must_not_reach_jq_is_refused_where_it_stands,
	   words_that_only_look_refused_are_fine,
	   nesting_without_end_is_refused,
	   cut_expressions_are_read_or_refused_in_bounds,
	   a_path_is_there_or_what_is_there_instead_is_said)
