/*
 * Hostile strings, read back with cmark-gfm: they must come out as the text
 * that they are.
 */
#include "tests/test.h"

#include "base/compiler.h"
#include "format/utf8.h"
#include "report/markup.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>

static const char *const hostile[] = {
	"plain",
	"*emphasis* and **strong**", "_under_ __score__ user_id _x", "a*b*c",
	"`code`", "``", "`", "a ` b `` c ```", "```\nfence\n```", "~~gone~~",
	"[link](http://example.org)", "![image](http://example.org/x.png)",
	"[reference]", "[x]: http://example.org", "<b>html</b>",
	"<script>alert(1)</script>", "<!-- comment", "-->", "<?php", "]]>",
	"<http://example.org>", "<a@example.org>", "http://example.org/a_b_",
	"https://example.org.", "www.example.org", "WWW.example.org|x",
	"a@example.org", "mailto:a@example.org", "xmpp:a@example.org", "@name",
	"#12", "GH-12", "# heading", "## h", "#hash", "- item", "+ item",
	"* item", "-", "1. one", "12) twelve", "1.", "2024.", "> quote", "=",
	"===", "---", "***", "___", "    indented", "\tindented",
	"| a | b |", "a|b", "\\|", "\\\\|", "\\", "\\\\", "ends in \\",
	"a\\`b", ":-", "|---|---|", "a\n|---|---|\n| x | y |",
	"line\nfeed", "two\n\nparagraphs", "hard  \nbreak", "hard\\\nbreak",
	"bare\rreturn", "crlf\r\nline", "&amp; &lt; &#42; &copy;", "&", "$x$ $$",
	"- [ ] task", "[ ] task", "\x1b[31mred\x1b[0m", "\u202egnp.exe",
	"a\u2028b\u2029c", "\u200b", "\xff\xfe", "\xc0\xaf", "\xed\xa0\x80",
	"<details><summary>x</summary>", "</details>", "</code>", "``|``",
	"`|`", "|`", "\\`|", "`` ` ``", " leading", "trailing ", "  ", "",
	"http://a|b", "a@b|c@d", "|@|", ":smile:", "{% raw %}", "~", "~~~",
	"Zoë 李小龙 مرحبا", "e\u0301", "x\v\f\by", "<x", "a<b>c", "a < b > c",
	"\"quotes\" 'single'", "100%", "!important", "![", "![]", "[^1]",
};

static struct strbuf source = STRBUF_INIT(STRBUF_TEXT);
static struct strbuf found = STRBUF_INIT(STRBUF_TEXT);

static cmark_node *parse(void)
{
	static const char *const extensions[] = {
		"table", "autolink", "strikethrough", "tagfilter", "tasklist",
	};
	cmark_parser *parser;
	cmark_node *document;

	cmark_gfm_core_extensions_ensure_registered();
	parser = cmark_parser_new(CMARK_OPT_UNSAFE | CMARK_OPT_FOOTNOTES);
	for (size_t i = 0; i < ARRAY_SIZE(extensions); i++)
		cmark_parser_attach_syntax_extension(
			parser, cmark_find_syntax_extension(extensions[i]));
	cmark_parser_feed(parser, source.buf, source.len);
	document = cmark_parser_finish(parser);
	cmark_parser_free(parser);
	return document;
}

/* The literal text below node, which may only be text and code (and <code>
 * where `allow_html`). */
static const char *text_below(cmark_node *node, const char *input,
			      bool allow_html)
{
	cmark_iter *iter = cmark_iter_new(node);
	cmark_event_type type;

	strbuf_reset(&found);
	while ((type = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
		cmark_node *at = cmark_iter_get_node(iter);
		cmark_node_type kind = cmark_node_get_type(at);

		if (at == node || type == CMARK_EVENT_EXIT)
			continue;
		if (kind == CMARK_NODE_HTML_INLINE && allow_html)
			continue;
		ck_assert_msg(kind == CMARK_NODE_TEXT || kind == CMARK_NODE_CODE,
			      "\"%s\" became %s in: %s", input,
			      cmark_node_get_type_string(at), source.buf);
		strbuf_addstr(&found, cmark_node_get_literal(at));
	}
	cmark_iter_free(iter);
	return found.buf;
}

/* As markup_text() shows it: visible, blanks as single spaces. */
static char *shown_as_text(const char *s)
{
	struct strbuf visible = STRBUF_INIT(STRBUF_TEXT);
	struct strbuf words = STRBUF_INIT(STRBUF_TEXT);

	utf8_add_visible(&visible, s, strlen(s), "\n\t\r");
	for (const char *p = visible.buf; *p;) {
		size_t len = strcspn(p, " \t\n\r");

		if (len && words.len)
			strbuf_addch(&words, ' ');
		strbuf_add(&words, p, len);
		p += len + (p[len] != '\0');
	}
	strbuf_release(&visible);
	return strbuf_detach(&words, NULL);
}

static char *shown_as_code(const char *s)
{
	struct strbuf visible = STRBUF_INIT(STRBUF_TEXT);

	utf8_add_visible(&visible, s, strlen(s), NULL);
	if (!visible.len)
		strbuf_addch(&visible, ' ');
	return strbuf_detach(&visible, NULL);
}

/* The only block must be of this type. */
static cmark_node *only_block(cmark_node *document, const char *type,
			      const char *input)
{
	cmark_node *block = cmark_node_first_child(document);

	ck_assert_msg(block && !cmark_node_next(block) &&
			      !strcmp(cmark_node_get_type_string(block), type),
		      "\"%s\" is no lone %s but %s: %s", input, type,
		      block ? cmark_node_get_type_string(block) : "nothing",
		      source.buf);
	return block;
}

START_TEST(text_at_the_start_of_a_paragraph_stays_text)
{
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		char *expected = shown_as_text(hostile[i]);
		cmark_node *document;

		strbuf_reset(&source);
		markup_text(&source, hostile[i]);
		strbuf_addch(&source, '\n');
		document = parse();
		if (*expected) {
			cmark_node *p = only_block(document, "paragraph",
						   hostile[i]);
			ck_assert_str_eq(text_below(p, hostile[i], false),
					 expected);
		}
		cmark_node_free(document);
		free(expected);
	}
}
END_TEST

START_TEST(text_inside_a_paragraph_and_a_heading_stays_text)
{
	static const char *const places[][2] = {
		{ "Seen: ", "paragraph" }, { "### x: ", "heading" }
	};

	for (size_t i = 0; i < ARRAY_SIZE(hostile) * 2; i++) {
		const char *s = hostile[i / 2], *prefix = places[i % 2][0];
		char *expected = shown_as_text(s);
		cmark_node *document, *block;

		strbuf_reset(&source);
		strbuf_addstr(&source, prefix);
		markup_text(&source, s);
		strbuf_addstr(&source, " after\n");
		document = parse();
		block = only_block(document, places[i % 2][1], s);
		text_below(block, s, false);
		prefix += strspn(prefix, "# ");
		ck_assert_ptr_eq(strstr(found.buf, prefix), found.buf);
		ck_assert_msg(!strncmp(found.buf + strlen(prefix), expected,
				       strlen(expected)),
			      "%s", found.buf);
		cmark_node_free(document);
		free(expected);
	}
}
END_TEST

START_TEST(code_shows_every_character)
{
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		char *expected = shown_as_code(hostile[i]);
		cmark_node *document, *p, *code;

		strbuf_reset(&source);
		strbuf_addstr(&source, "x ");
		markup_code(&source, hostile[i]);
		strbuf_addstr(&source, " y\n");
		document = parse();
		p = only_block(document, "paragraph", hostile[i]);
		code = cmark_node_next(cmark_node_first_child(p));
		ck_assert_msg(cmark_node_get_type(code) == CMARK_NODE_CODE,
			      "%s", source.buf);
		ck_assert_str_eq(cmark_node_get_literal(code), expected);
		cmark_node_free(document);
		free(expected);
	}
}
END_TEST

static void check_row(cmark_node *document, const char *input,
		      const char *text, const char *code)
{
	cmark_node *table = only_block(document, "table", input);
	cmark_node *row = cmark_node_next(cmark_node_first_child(table));
	cmark_node *cell;
	const char *const expected[] = { text, code, "end" };

	ck_assert_ptr_nonnull(row);
	ck_assert_ptr_null(cmark_node_next(row));
	cell = cmark_node_first_child(row);
	for (size_t i = 0; i < 3; i++, cell = cmark_node_next(cell)) {
		ck_assert_ptr_nonnull(cell);
		ck_assert_str_eq(text_below(cell, input, i == 1), expected[i]);
	}
	ck_assert_ptr_null(cell);
}

START_TEST(cells_hold_text_and_code_and_never_split)
{
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		char *text = shown_as_text(hostile[i]);
		char *code = shown_as_code(hostile[i]);
		cmark_node *document;

		strbuf_reset(&source);
		strbuf_addstr(&source, "| a | b | c |\n|---|---|---|\n| ");
		markup_text(&source, hostile[i]);
		strbuf_addstr(&source, " | ");
		markup_cell_code(&source, hostile[i]);
		strbuf_addstr(&source, " | end |\n");
		document = parse();
		check_row(document, hostile[i], text, code);
		cmark_node_free(document);
		free(text);
		free(code);
	}
}
END_TEST

START_TEST(a_fence_holds_whatever_is_put_into_it)
{
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		cmark_node *document, *block;
		const char *literal;

		strbuf_reset(&source);
		markup_fence(&source, "text", hostile[i],
		     MARKUP_FENCE_LINES);
		strbuf_addstr(&source, "\nafter\n");
		document = parse();
		block = cmark_node_first_child(document);
		ck_assert_int_eq(cmark_node_get_type(block),
				 CMARK_NODE_CODE_BLOCK);
		ck_assert_str_eq(cmark_node_get_fence_info(block), "text");
		literal = cmark_node_get_literal(block);
		if (!strpbrk(hostile[i], "\r\n\xff\xc0\xed\x1b\v")
		    && !strstr(hostile[i], "\u202e")
		    && !strstr(hostile[i], "\u2028")
		    && !strstr(hostile[i], "\u200b") && *hostile[i]) {
			ck_assert_int_eq(strncmp(literal, hostile[i],
						 strlen(hostile[i])), 0);
		}
		block = cmark_node_next(block);
		ck_assert_ptr_nonnull(block);
		ck_assert_ptr_null(cmark_node_next(block));
		ck_assert_str_eq(text_below(block, hostile[i], false), "after");
		cmark_node_free(document);
	}
}
END_TEST

START_TEST(a_fence_keeps_lines_and_shows_bare_returns)
{
	strbuf_reset(&source);
	markup_fence(&source, "sql", "a\r\n\tb\rc\n\n\n",
		     MARKUP_FENCE_LINES);
	ck_assert_str_eq(source.buf, "```sql\na\n\tb␍c\n```\n");
	strbuf_reset(&source);
	markup_fence(&source, "text", "````",
		     MARKUP_FENCE_LINES);
	ck_assert_str_eq(source.buf, "`````text\n````\n`````\n");
}
END_TEST

START_TEST(a_long_fence_is_cut_and_says_so)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);

	for (int i = 0; i < MARKUP_FENCE_LINES + 25; i++)
		strbuf_addf(&text, "%d\n", i);
	strbuf_reset(&source);
	markup_fence(&source, "text", text.buf,
		     MARKUP_FENCE_LINES);
	ck_assert_ptr_nonnull(strstr(source.buf, "\n399\n… + 25\n```\n"));
	strbuf_release(&text);
}
END_TEST

START_TEST(ordinary_words_are_not_littered_with_backslashes)
{
	strbuf_reset(&source);
	markup_text(&source, "The user_id of 2024-01-31 is (7590-VHVEG), "
			     "AUC=0.82; ready. 50% + 3 - 1 = ok!");
	ck_assert_str_eq(source.buf, "The user_id of 2024-01-31 is (7590-VHVEG)"
				     ", AUC=0.82; ready. 50% + 3 - 1 = ok!");
}
END_TEST

TESTS_MAIN("report/markup", text_at_the_start_of_a_paragraph_stays_text,
	   text_inside_a_paragraph_and_a_heading_stays_text,
	   code_shows_every_character,
	   cells_hold_text_and_code_and_never_split,
	   a_fence_holds_whatever_is_put_into_it,
	   a_fence_keeps_lines_and_shows_bare_returns,
	   a_long_fence_is_cut_and_says_so,
	   ordinary_words_are_not_littered_with_backslashes)
