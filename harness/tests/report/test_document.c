/*
 * A whole report.md as GitHub reads it: whatever a submission put into a
 * result, the report has the same headings and tables, and no link, image or
 * HTML but our own.
 */
#include "tests/report/sample.h"
#include "tests/test.h"

#include "base/compiler.h"
#include "report/report.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>

static struct arena arena = ARENA_INIT;

static const char *const hostile[] = {
	"```", "````\n# heading\n````", "</details>", "<details>", "<!--",
	"| a | b |", "a\n\n# heading\n\nb", "\n---\n", "***", "[a](b)",
	"![a](b)", "http://example.org <b>", "@name #12", "`", "``x`y`",
	"\\", "\xff\r\n- item\r", "\u202e", "<script>", "1. one\n2. two",
	"    code", "`a|b` | `c\\|d`", "**", "~~~\n", "&lt;", "$x$",
};

static cmark_node *parse(const struct strbuf *text)
{
	static const char *const extensions[] = {
		"table", "autolink", "strikethrough", "tasklist",
	};
	cmark_parser *parser;
	cmark_node *document;

	cmark_gfm_core_extensions_ensure_registered();
	parser = cmark_parser_new(CMARK_OPT_UNSAFE | CMARK_OPT_FOOTNOTES);
	for (size_t i = 0; i < ARRAY_SIZE(extensions); i++)
		cmark_parser_attach_syntax_extension(
			parser, cmark_find_syntax_extension(extensions[i]));
	cmark_parser_feed(parser, text->buf, text->len);
	document = cmark_parser_finish(parser);
	cmark_parser_free(parser);
	return document;
}

/* The HTML that we write. */
static bool is_ours(const char *html)
{
	static const char *const ours[] = {
		"<details><summary>", "</details>", "<!-- volatile -->",
		"<!-- /volatile -->", "<br>", "<code>", "</code>",
	};

	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		if (!strncmp(html, ours[i], strlen(ours[i])))
			return true;
	return false;
}

/* Blocks, from outside in: "heading 3", "table", "row", ... A list that is
 * cut in two, a row too many or a fence that ends early changes it. */
static void outline(cmark_node *document, const char *input,
		    struct strbuf *into)
{
	cmark_iter *iter = cmark_iter_new(document);
	cmark_event_type event;

	while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
		cmark_node *node = cmark_iter_get_node(iter);
		cmark_node_type type = cmark_node_get_type(node);
		const char *name = cmark_node_get_type_string(node);

		if (event != CMARK_EVENT_ENTER)
			continue;
		ck_assert_msg(type != CMARK_NODE_LINK &&
				      type != CMARK_NODE_IMAGE &&
				      type != CMARK_NODE_EMPH &&
				      strcmp(name, "strikethrough") != 0,
			      "\"%s\" made a %s", input, name);
		if (type == CMARK_NODE_HTML_BLOCK ||
		    type == CMARK_NODE_HTML_INLINE)
			ck_assert_msg(is_ours(cmark_node_get_literal(node)),
				      "\"%s\" made %s", input,
				      cmark_node_get_literal(node));
		if (type == CMARK_NODE_HEADING)
			strbuf_addf(into, "%s %d\n", name,
				    cmark_node_get_heading_level(node));
		else if ((type & CMARK_NODE_TYPE_MASK) ==
			 CMARK_NODE_TYPE_BLOCK)
			strbuf_addf(into, "%s\n", name);
	}
	cmark_iter_free(iter);
}

static void poison_check(struct check_result *c, const char *text)
{
	c->title.en = c->why.en = c->hint.en = text;
	c->expected = c->note = c->log_tail = text;
	/* Seen in a line, and more in a fence. */
	c->actual = arena_printf(&arena, "%s\n%s", text, text);
	c->where = c->again = text;
	c->by_hand = arena_printf(&arena, "%s\n%s", text, text);
	c->blocked_by = c->blocked_by ? text : NULL;
	for (size_t i = 0; i < c->broken.len; i++) {
		struct broken_expectation *b = &c->broken.at[i];

		b->expression = b->where = b->source_line = b->actual = text;
	}
	if (c->value) {
		json_decref(c->value);
		c->value = json_pack("{s:s}", "x", "```</details>");
	}
}

static void poison_run(struct train_record *run, const char *text)
{
	run->run_id = run->as_of = run->model_name = text;
	run->model_version = text;
	for (size_t i = 0; i < run->artifacts.len; i++)
		run->artifacts.at[i].path =
			arena_printf(&arena, "%s%zu", text, i);
	json_object_set_new(run->metrics, "auc", json_string("`|`"));
}

/* Every text of the result says this. Ids of checks and exercises stay: they
 * are the scenario's, and tie things together. */
static struct result *poison(const char *text)
{
	struct result *result = sample_failing(&arena);

	result->title.en = result->submission = result->scenario = text;
	for (size_t i = 0; i < result->exercises.len; i++) {
		struct exercise_result *e = result->exercises.at[i];

		e->title.en = text;
		for (size_t j = 0; j < e->checks.len; j++)
			poison_check(e->checks.at[j], text);
	}
	for (size_t i = 0; i < result->runs.len; i++)
		poison_run(result->runs.at[i], text);
	result->diagnosis.at[0]->words.en = text;
	result->diagnosis.at[0]->fix.en = text;
	/* Evidence of several lines is a fence, of one an item of a list. */
	result->diagnosis.at[0]->evidence.at[0].text =
		strchr(text, '\n') ? "one line" : text;
	result->diagnosis.at[0]->evidence.at[1].text =
		arena_printf(&arena, "%s\n%s", text, text);
	for (size_t i = 0; i < result->matrix.len; i++)
		result->matrix.at[i].proof = text;
	result->remedies.at[0].words.en = text;
	result->screens.at[0].title.en = result->screens.at[0].taken = text;
	result->screens.at[0].text = text;
	result->environment.at[0].value = text;
	result->commands.at[0] = arena_printf(&arena, "%s\n-", text);
	return result;
}

static void outline_of(const char *text, struct strbuf *into,
		       struct strbuf *markdown)
{
	static const struct report_options options = { .folder = "x" };
	struct result *result = poison(text);
	cmark_node *document;

	strbuf_reset(markdown);
	strbuf_reset(into);
	report_markdown(result, &options, markdown);
	document = parse(markdown);
	outline(document, text, into);
	cmark_node_free(document);
	result_release(result);
}

START_TEST(hostile_texts_change_nothing_in_the_outline)
{
	struct strbuf expected = STRBUF_INIT(STRBUF_TEXT);
	struct strbuf seen = STRBUF_INIT(STRBUF_TEXT);
	struct strbuf markdown = STRBUF_INIT(STRBUF_TEXT);

	outline_of("harmless", &expected, &markdown);
	ck_assert_ptr_nonnull(strstr(expected.buf, "table_row"));
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		outline_of(hostile[i], &seen, &markdown);
		if (!strcmp(seen.buf, expected.buf))
			continue;
		fprintf(stderr, "%s", markdown.buf);
		ck_abort_msg("\"%s\" changes the outline", hostile[i]);
	}
	strbuf_release(&markdown);
	strbuf_release(&seen);
	strbuf_release(&expected);
}
END_TEST

START_TEST(every_row_has_the_cells_of_its_header)
{
	static const struct report_options options = { .folder = "x" };
	struct strbuf markdown = STRBUF_INIT(STRBUF_TEXT);
	struct result *result = sample_failing(&arena);
	size_t cells = 0, columns = 0;

	report_markdown(result, &options, &markdown);
	/* cmark fills up short rows and drops cells, so the pipes count. */
	for (const char *s = markdown.buf; *s; s += strcspn(s, "\n") + 1) {
		if (*s != '|') {
			columns = 0;
			continue;
		}
		cells = 0;
		for (const char *p = s; *p && *p != '\n'; p++)
			cells += *p == '|';
		if (!columns)
			columns = cells;
		ck_assert_msg(cells == columns, "%.*s",
			      (int)strcspn(s, "\n"), s);
	}
	strbuf_release(&markdown);
	result_release(result);
}
END_TEST

TESTS_MAIN("report/document", hostile_texts_change_nothing_in_the_outline,
	   every_row_has_the_cells_of_its_header)
