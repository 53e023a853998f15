#include "format/yaml.h"
#include "tests/test.h"

#include "base/strbuf.h"

#include <math.h>

static struct arena arena;
static struct error err;
static const struct yaml_node *root;

static int read_text(const char *text)
{
	arena_release(&arena);
	err = (struct error)ERROR_INIT;
	root = NULL;
	return yaml_read("t.yaml", text, strlen(text), NULL, &arena, &root,
			 &err);
}

static const struct {
	const char *text;
	enum yaml_type type;
	double number;
} scalars[] = {
	{ "2024-01-31", YAML_STRING, 0 },
	{ "yes", YAML_STRING, 0 },
	{ "on", YAML_STRING, 0 },
	{ "12:30:45", YAML_STRING, 0 },
	{ "1_000", YAML_STRING, 0 },
	{ "0b11", YAML_STRING, 0 },
	{ "'42'", YAML_STRING, 0 },
	{ "\"true\"", YAML_STRING, 0 },
	{ "!!str 42", YAML_STRING, 0 },
	{ ".", YAML_STRING, 0 },
	{ "1e", YAML_STRING, 0 },
	{ "-", YAML_SEQUENCE, 0 },
	{ "~", YAML_NULL, 0 },
	{ "null", YAML_NULL, 0 },
	{ "nULL", YAML_STRING, 0 },
	{ "true", YAML_BOOLEAN, 0 },
	{ "False", YAML_BOOLEAN, 0 },
	{ "42", YAML_INTEGER, 42 },
	{ "-42", YAML_INTEGER, -42 },
	{ "+42", YAML_INTEGER, 42 },
	{ "0o17", YAML_INTEGER, 15 },
	{ "0x1F", YAML_INTEGER, 31 },
	{ "007", YAML_INTEGER, 7 },
	{ "9223372036854775807", YAML_INTEGER, 9223372036854775807.0 },
	{ "9223372036854775808", YAML_REAL, 9223372036854775808.0 },
	{ ".5", YAML_REAL, .5 },
	{ "5.", YAML_REAL, 5 },
	{ "-1.5e-3", YAML_REAL, -1.5e-3 },
	{ "1E+2", YAML_REAL, 100 },
	{ "-.inf", YAML_REAL, -HUGE_VAL },
};

START_TEST(plain_scalars_follow_the_core_schema)
{
	for (size_t i = 0; i < ARRAY_SIZE(scalars); i++) {
		ck_assert_msg(read_text(scalars[i].text) == 0, "%s: %s",
			      scalars[i].text, err.message);
		ck_assert_msg(root->type == scalars[i].type, "%s is %s",
			      scalars[i].text, yaml_type_name(root->type));
		ck_assert_double_eq(root->real, scalars[i].number);
	}
}
END_TEST

static const struct {
	const char *text, *value;
} quoted[] = {
	{ "'it''s'", "it's" },
	{ "'''''a'", "''a" },
	{ "'''''''922 3'", "'''922 3" },
	{ "''''", "'" },
	{ "''", "" },
	{ "'a \n\n  b\n c'", "a\nb c" },
	{ "'\n a'", " a" },
	{ "'a\r\n b'", "a b" },
	{ "'a\\nb'", "a\\nb" },
	{ "[ '''a''', '''''' ]", NULL },
	{ "\"a\\tb\\u00e9\"", "a\tb\xc3\xa9" },
	{ "\"a \n\n  b\\\n  c\"", "a\nbc" },
	{ "\"a\\\\\\\n  b\"", "a\\b" },
	{ "\"a\\ \\\n  b\"", "a b" },
	{ "\"a\\\n\n  b\"", "a\nb" },
	{ "\"\\ud83d\\ude00\\U0001f600\"", "\xf0\x9f\x98\x80\xf0\x9f\x98\x80" },
	{ "\"\\a\\b\\e\\/\\_\\x41\"", "\a\b\033/\xc2\xa0" "A" },
	{ "|+\n a\n\n", "a\n\n" },
	{ ">\n a\n  b\n c\n d\n", "a\n b\nc d\n" },
	{ ">-\n\n a\n\n\n b", "\na\n\nb" },
	{ "|", "" },
	{ "|2\n   a\n", " a\n" },
	{ "- |\n- x\n", NULL },
	{ "|\n\n\n  a\n   b\n", "\n\na\n b\n" },
	{ ">\n a\n b\n\n c\n", "a b\nc\n" },
	{ "|-\n a\n  b\n", "a\n b" },
	{ "a\n b\n\n c", "a b\nc" },
};

START_TEST(quoted_and_folded_texts_are_what_they_stand_for)
{
	for (size_t i = 0; i < ARRAY_SIZE(quoted); i++) {
		ck_assert_msg(read_text(quoted[i].text) == 0, "%s: %s",
			      quoted[i].text, err.message);
		if (root->type == YAML_SEQUENCE && !root->items[0]->text[0]) {
			ck_assert_str_eq(root->items[1]->text, "x");
		} else if (quoted[i].value) {
			ck_assert_str_eq(root->text, quoted[i].value);
			ck_assert_int_eq(root->type, YAML_STRING);
		} else {
			ck_assert_str_eq(root->items[0]->text, "'a'");
			ck_assert_str_eq(root->items[1]->text, "''");
		}
	}
}
END_TEST

START_TEST(nodes_know_their_places)
{
	ck_assert_int_eq(read_text("a: \"x y\"\nb: [é, z]\nc: |\n  one\n  two\n"
				   "d:\n  e:\n"), 0);
	const struct yaml_node *a = yaml_get(root, "a");
	const struct yaml_node *z = yaml_get(root, "b")->items[1];
	const struct yaml_node *e = yaml_get(yaml_get(root, "d"), "e");

	ck_assert_int_eq(a->line, 1);
	ck_assert_int_eq(a->column, 4);
	ck_assert_uint_eq(a->width, 5);
	ck_assert_int_eq(z->line, 2);
	ck_assert_int_eq(z->column, 8);
	ck_assert_str_eq(yaml_get(root, "c")->text, "one\ntwo\n");
	ck_assert_int_eq(e->type, YAML_NULL);
	ck_assert_int_eq(e->line, 7);
	ck_assert_ptr_null(yaml_get(root, "f"));
	ck_assert_ptr_null(yaml_get(a, "f"));
	ck_assert_ptr_null(yaml_get(NULL, "f"));
}
END_TEST

START_TEST(a_complaint_shows_the_line_and_a_caret)
{
	ck_assert_int_eq(read_text("a: 1\nb: { é: \"x\", witin: 60s }\n"), 0);
	yaml_complain(yaml_get(root, "b")->pairs[1].key, &err,
		      "no key `%s` here", "witin");
	ck_assert_str_eq(err.message,
			 "t.yaml:2:14: no key `witin` here\n"
			 "   2 | b: { é: \"x\", witin: 60s }\n"
			 "     |              ^^^^^");
	ck_assert_int_eq(err.kind, ERROR_INVALID);
}
END_TEST

START_TEST(a_complaint_can_point_into_a_text)
{
	ck_assert_int_eq(read_text("x: '.status === 200'\ny: >\n  a\n  b\n"
				   "z: 'it''s here'\n"), 0);
	yaml_complain_inside(yaml_get(root, "x"), 10, 1, &err, "what?");
	ck_assert_str_eq(err.message, "t.yaml:1:15: what?\n"
				      "   1 | x: '.status === 200'\n"
				      "     |               ^");
	yaml_complain_inside(yaml_get(root, "z"), 5, 1, &err, "what?");
	ck_assert_str_eq(err.message, "t.yaml:5:4: what?\n"
				      "   5 | z: 'it''s here'\n"
				      "     |    ^^^^");
}
END_TEST

START_TEST(a_long_line_is_shown_around_the_caret)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);

	strbuf_addstr(&text, "a: [");
	for (int i = 0; i < 2000; i++)
		strbuf_addstr(&text, "é, ");
	strbuf_addstr(&text, "here, ");
	for (int i = 0; i < 2000; i++)
		strbuf_addstr(&text, "é, ");
	strbuf_addstr(&text, "]");
	ck_assert_int_eq(read_text(text.buf), 0);
	yaml_complain(yaml_get(root, "a")->items[2000], &err, "look");
	ck_assert_uint_lt(strlen(err.message), 400);
	ck_assert_ptr_nonnull(strstr(err.message, "here"));
	const char *shown = strchr(err.message, '\n') + 1;
	const char *caret = strchr(strchr(shown, '\n') + 1, '^');
	/* One column a character: the caret is below "here". */
	size_t column = (size_t)(caret - strchr(shown, '\n') - 1), n = 0;
	while (column) {
		n++;
		while (((unsigned char)shown[n] & 0xc0) == 0x80)
			n++;
		column--;
	}
	ck_assert_int_eq(strncmp(shown + n, "here", 4), 0);
	strbuf_release(&text);
}
END_TEST

START_TEST(a_key_given_twice_is_refused_with_both_places)
{
	ck_assert_int_eq(read_text("a: 1\nb:\n  c: 1\n  d: 2\n  \"c\": 3\n"),
			 -1);
	ck_assert_str_eq(err.message,
			 "t.yaml:5:3: `c` is given twice; first in line 3\n"
			 "   5 |   \"c\": 3\n"
			 "     |   ^^^");
}
END_TEST

static const struct {
	const char *text, *complaint;
} refused[] = {
	{ "a: [1, 2\nb: 3\n", "t.yaml:2:5: flow sequence without" },
	{ "a: 1\n---\nb: 2\n", "t.yaml:2:1: a second document" },
	{ "? [a, b]\n: 1\n", "t.yaml:1:3: a key must be text, not a list" },
	{ "a: !!binary aGk=\n", "t.yaml:1:13: tags are not read here" },
	{ "a: !thing {}\n", "t.yaml:1:11: tags are not read here" },
	{ "a: \"x\\0y\"\n", "t.yaml:1:5: a text can't hold a NUL" },
	{ "a: \"\\ud800\"\n", "t.yaml:1:5: double-quoted scalar has invalid UTF8 escape" },
	{ "a:\n  - |\n  text\n  - x\n",
	  "t.yaml:3:1: the text of a block is indented more than" },
	{ "a: *b\n", "t.yaml:1:5: no anchor `&b` before this" },
	{ "a: &b [*b]\n", "t.yaml:1:9: `*b` holds itself" },
	{ "ok: 1\nb: \xff\n", "t.yaml:2: this line is not UTF-8" },
	{ "ok: 1\nb: \x1b[31m\n", "t.yaml:2: this line holds a control" },
	{ "a: 'b\n", "t.yaml:1:" },
	{ "\tx: 1\n", "t.yaml:1:" },
};

START_TEST(what_is_not_read_is_refused_with_its_place)
{
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		ck_assert_msg(read_text(refused[i].text) == -1, "%s",
			      refused[i].text);
		ck_assert_msg(!strncmp(err.message, refused[i].complaint,
				       strlen(refused[i].complaint)),
			      "%s\ngave: %s", refused[i].text, err.message);
		ck_assert_int_eq(err.kind, ERROR_INVALID);
	}
}
END_TEST

START_TEST(limits_hold_and_are_named)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);

	for (int i = 0; i < 2001; i++)
		strbuf_addf(&text, "k%d: 1\n", i);
	ck_assert_int_eq(read_text(text.buf), -1);
	ck_assert_int_eq(err.kind, ERROR_LIMIT);
	ck_assert_ptr_nonnull(strstr(err.message, "2000 keys in a mapping"));
	strbuf_reset(&text);
	strbuf_addchars(&text, '[', 1000);
	ck_assert_int_eq(read_text(text.buf), -1);
	ck_assert_int_eq(err.kind, ERROR_LIMIT);
	ck_assert_ptr_nonnull(strstr(err.message, "40 levels"));
	strbuf_reset(&text);
	strbuf_addchars(&text, 'x', 70000);
	ck_assert_int_eq(read_text(text.buf), -1);
	ck_assert_int_eq(err.kind, ERROR_LIMIT);
	strbuf_reset(&text);
	for (int i = 0; i < 200000; i++)
		strbuf_addstr(&text, "- 1\n");
	ck_assert_int_eq(read_text(text.buf), -1);
	ck_assert_int_eq(err.kind, ERROR_LIMIT);
	ck_assert_ptr_nonnull(strstr(err.message, "100000 nodes"));
	strbuf_reset(&text);
	strbuf_addchars(&text, '\n', 2 * 1024 * 1024);
	ck_assert_int_eq(read_text(text.buf), -1);
	ck_assert_int_eq(err.kind, ERROR_LIMIT);
	strbuf_release(&text);
}
END_TEST

START_TEST(aliases_share_but_do_not_unfold_without_end)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);

	ck_assert_int_eq(read_text("a: &x [1, 2]\nb: *x\n"), 0);
	ck_assert_ptr_eq(yaml_get(root, "a"), yaml_get(root, "b"));
	strbuf_addstr(&text, "a0: &a0 [1,1,1,1,1,1,1,1,1]\n");
	for (int i = 1; i < 9; i++)
		strbuf_addf(&text, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,"
			    "*a%d,*a%d,*a%d]\n", i, i, i - 1, i - 1, i - 1,
			    i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	ck_assert_int_eq(read_text(text.buf), -1);
	ck_assert_int_eq(err.kind, ERROR_LIMIT);
	strbuf_reset(&text);
	strbuf_addstr(&text, "a0: &a0 [1]\n");
	for (int i = 1; i < 100; i++)
		strbuf_addf(&text, "a%d: &a%d [*a%d]\n", i, i, i - 1);
	ck_assert_int_eq(read_text(text.buf), -1);
	ck_assert_int_eq(err.kind, ERROR_LIMIT);
	strbuf_release(&text);
}
END_TEST

START_TEST(an_empty_file_is_nothing)
{
	ck_assert_int_eq(read_text(""), 0);
	ck_assert_int_eq(root->type, YAML_NULL);
	ck_assert_int_eq(read_text("# only a comment\n"), 0);
	ck_assert_int_eq(root->type, YAML_NULL);
	yaml_complain(root, &err, "empty");
	ck_assert_ptr_nonnull(strstr(err.message, "t.yaml:1:1: empty"));
}
END_TEST

START_TEST(json_keeps_the_values)
{
	ck_assert_int_eq(read_text("{a: [1, 1.5, .nan, x, true, ~], "
				   "d: 2024-01-31}"), 0);
	json_t *json = yaml_to_json(root);
	char *text = json_dumps(json, JSON_COMPACT);

	ck_assert_str_eq(text, "{\"a\":[1,1.5,\".nan\",\"x\",true,null],"
			       "\"d\":\"2024-01-31\"}");
	free(text);
	json_decref(json);
}
END_TEST

/* Every prefix, and every byte changed in three ways, of a document that has
 * everything: read or refused with a place, but never a crash; what is read
 * can be walked. */
START_TEST(cut_and_broken_documents_are_read_or_refused)
{
	static const char whole[] =
		"bis: 1\ntitle: \"a: \\u00e9\"\nvars: { as_of: 2024-01-31 }\n"
		"list: &x\n  - 'it''s'\n  - [1, {a: b}]\n  - |\n    block\n"
		"    two\n  - >-\n    folded\n    text\n? key\n: *x\n"
		"e: {a: !!str 1, \"b\": ~}\n";
	char text[sizeof(whole)];
	size_t refusals = 0;

	for (size_t len = 0; len < sizeof(whole); len++) {
		memcpy(text, whole, len);
		text[len] = '\0';
		if (read_text(text) == 0)
			json_decref(yaml_to_json(root));
		else
			ck_assert_int_eq(strncmp(err.message, "t.yaml:", 7), 0);
	}
	for (size_t i = 0; i + 1 < sizeof(whole); i++) {
		static const char changes[] = { '\n', '[', '&', '"', '\t' };

		for (size_t c = 0; c < sizeof(changes); c++) {
			memcpy(text, whole, sizeof(whole));
			text[i] = changes[c];
			if (read_text(text) == 0) {
				json_decref(yaml_to_json(root));
				continue;
			}
			refusals++;
			ck_assert_int_eq(strncmp(err.message, "t.yaml:", 7), 0);
		}
	}
	ck_assert_uint_gt(refusals, 100);
}
END_TEST

TESTS_MAIN("format/yaml", plain_scalars_follow_the_core_schema,
	   quoted_and_folded_texts_are_what_they_stand_for,
	   nodes_know_their_places, a_complaint_shows_the_line_and_a_caret,
	   a_complaint_can_point_into_a_text,
	   a_long_line_is_shown_around_the_caret,
	   a_key_given_twice_is_refused_with_both_places,
	   what_is_not_read_is_refused_with_its_place,
	   limits_hold_and_are_named,
	   aliases_share_but_do_not_unfold_without_end,
	   an_empty_file_is_nothing, json_keeps_the_values,
	   cut_and_broken_documents_are_read_or_refused)
