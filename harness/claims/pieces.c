#include "claims/pieces.h"

#include "base/clock.h"
#include "base/compiler.h"
#include "base/confined.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PIECES = 200000, ANSWER_CAP = 64 << 20, MOST_COLUMNS = 512 };

/* While the child walks the document. */
struct walk {
	const struct strbuf *report;
	json_t *pieces, *pictures;
	struct strbuf text;
	/* Of the table at hand: the headers, by column. */
	char *headers[MOST_COLUMNS];
	size_t n_headers, column;
	struct strbuf cell;
};

static void add_piece(struct walk *w, enum piece_kind kind, int line, int last,
		      const char *text, size_t len)
{
	json_t *piece;

	if (!len || json_array_size(w->pieces) >= MOST_PIECES)
		return;
	piece = json_pack("{s:i, s:i, s:i, s:s%}", "kind", (int)kind, "line",
			  line, "last", last, "text", text, len);
	if (piece)
		json_array_append_new(w->pieces, piece);
}

/* HTML without its tags and comments: what stands between. */
static void add_untagged(struct strbuf *into, const char *html)
{
	bool tag = false;

	for (; *html; html++) {
		if (*html == '<')
			tag = true;
		if (!tag || *html == '\n')
			strbuf_addch(into, *html);
		else if (*html == '>')
			strbuf_addch(into, ' ');
		if (*html == '>')
			tag = false;
	}
}

static void add_picture(struct walk *w, cmark_node *node)
{
	const char *url = cmark_node_get_url(node);

	json_array_append_new(w->pictures,
			      json_pack("{s:i, s:s}", "line",
					cmark_node_get_start_line(node),
					"path", url ? url : ""));
}

/* The words of a paragraph, a heading or a cell. */
static void collect_inlines(struct walk *w, cmark_node *block,
			    struct strbuf *into)
{
	cmark_iter *iter = cmark_iter_new(block);
	cmark_event_type event;
	int pictures = 0;

	while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
		cmark_node *node = cmark_iter_get_node(iter);
		cmark_node_type type = cmark_node_get_type(node);

		if (type == CMARK_NODE_IMAGE) {
			pictures += event == CMARK_EVENT_ENTER ? 1 : -1;
			if (event == CMARK_EVENT_ENTER)
				add_picture(w, node);
			continue;
		}
		if (event != CMARK_EVENT_ENTER || pictures)
			continue;
		if (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE)
			strbuf_addstr(into, cmark_node_get_literal(node));
		else if (type == CMARK_NODE_SOFTBREAK ||
			 type == CMARK_NODE_LINEBREAK)
			strbuf_addch(into, '\n');
	}
	cmark_iter_free(iter);
}

static void walk_block(struct walk *w, cmark_node *node)
{
	cmark_node_type type = cmark_node_get_type(node);
	int line = cmark_node_get_start_line(node);
	int last = cmark_node_get_end_line(node);

	strbuf_reset(&w->text);
	if (type == CMARK_NODE_CODE_BLOCK) {
		int length, offset;
		char character;
		int fenced = cmark_node_get_fenced(node, &length, &offset,
						   &character);

		strbuf_addstr(&w->text, cmark_node_get_literal(node));
		add_piece(w, PIECE_CODE, line + (fenced ? 1 : 0), last,
			  w->text.buf, w->text.len);
	} else if (type == CMARK_NODE_HTML_BLOCK) {
		add_untagged(&w->text, cmark_node_get_literal(node));
		add_piece(w, PIECE_TEXT, line, last, w->text.buf, w->text.len);
	} else {
		collect_inlines(w, node, &w->text);
		add_piece(w,
			  type == CMARK_NODE_HEADING ? PIECE_HEADING
						     : PIECE_TEXT,
			  line, last, w->text.buf, w->text.len);
	}
}

static void forget_headers(struct walk *w)
{
	while (w->n_headers)
		free(w->headers[--w->n_headers]);
}

/* A row by itself, and its cells with what stands above them. */
static void walk_row(struct walk *w, cmark_node *row, bool header)
{
	int line = cmark_node_get_start_line(row);
	struct strbuf whole = STRBUF_INIT(STRBUF_LINE);
	size_t column = 0;

	if (header)
		forget_headers(w);
	for (cmark_node *cell = cmark_node_first_child(row);
	     cell && column < MOST_COLUMNS; cell = cmark_node_next(cell)) {
		strbuf_reset(&w->cell);
		collect_inlines(w, cell, &w->cell);
		strbuf_addf(&whole, "%s%s", column ? " | " : "", w->cell.buf);
		if (header) {
			w->headers[w->n_headers++] =
				strbuf_detach(&w->cell, NULL);
		} else if (column < w->n_headers) {
			strbuf_reset(&w->text);
			strbuf_addf(&w->text, "%s: %s", w->headers[column],
				    w->cell.buf);
			add_piece(w, PIECE_TABLE, line, line, w->text.buf,
				  w->text.len);
		}
		column++;
	}
	add_piece(w, PIECE_TABLE, line, line, whole.buf, whole.len);
	strbuf_release(&whole);
}

static bool is_row(cmark_node *node, bool *ret_header)
{
	const char *type = cmark_node_get_type_string(node);

	*ret_header = !strcmp(type, "table_header");
	return *ret_header || !strcmp(type, "table_row");
}

static void walk_document(struct walk *w, cmark_node *document)
{
	cmark_iter *iter = cmark_iter_new(document);
	cmark_event_type event;
	bool header;

	while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
		cmark_node *node = cmark_iter_get_node(iter);
		cmark_node_type type = cmark_node_get_type(node);
		bool leaf = type == CMARK_NODE_CODE_BLOCK ||
			    type == CMARK_NODE_HTML_BLOCK;

		if (event != CMARK_EVENT_ENTER)
			continue;
		if (is_row(node, &header)) {
			walk_row(w, node, header);
		} else if (leaf || type == CMARK_NODE_PARAGRAPH ||
			   type == CMARK_NODE_HEADING) {
			walk_block(w, node);
		} else {
			continue;
		}
		if (!leaf)
			cmark_iter_reset(iter, node, CMARK_EVENT_EXIT);
	}
	cmark_iter_free(iter);
}

static cmark_node *parse(const struct strbuf *report)
{
	cmark_parser *parser = cmark_parser_new(CMARK_OPT_DEFAULT);
	cmark_node *document;

	cmark_gfm_core_extensions_ensure_registered();
	cmark_parser_attach_syntax_extension(
		parser, cmark_find_syntax_extension("table"));
	cmark_parser_feed(parser, report->buf, report->len);
	document = cmark_parser_finish(parser);
	cmark_parser_free(parser);
	return document;
}

/* In the child. */
static int read_pieces(void *self, struct strbuf *answer, struct error *err)
{
	struct walk w = {.report = self,
			 .text = STRBUF_INIT(ANSWER_CAP),
			 .cell = STRBUF_INIT(STRBUF_LINE)};
	cmark_node *document = parse(w.report);
	json_t *all;
	char *text;

	w.pieces = json_array();
	w.pictures = json_array();
	walk_document(&w, document);
	cmark_node_free(document);
	forget_headers(&w);
	all = json_pack("{s:o, s:o}", "pieces", w.pieces, "pictures",
			w.pictures);
	text = all ? json_dumps(all, JSON_COMPACT) : NULL;
	json_decref(all);
	strbuf_release(&w.text);
	strbuf_release(&w.cell);
	if (!text)
		return error_set(err, ERROR_INTERNAL,
				 "the report's pieces can't be written down");
	strbuf_addstr(answer, text);
	free(text);
	return 0;
}

static size_t number(const json_t *object, const char *key)
{
	return (size_t)json_integer_value(json_object_get(object, key));
}

static void take_pieces(const json_t *all, struct arena *arena,
			struct pieces *ret)
{
	const json_t *pieces = json_object_get(all, "pieces");
	const json_t *pictures = json_object_get(all, "pictures");
	const json_t *one;
	size_t i;

	ret->len = json_array_size(pieces);
	ret->at = arena_array(arena, ret->len + 1, sizeof(*ret->at));
	json_array_foreach(pieces, i, one) {
		const json_t *text = json_object_get(one, "text");

		ret->at[i] = (struct piece){
			.kind = (enum piece_kind)number(one, "kind"),
			.line = number(one, "line"),
			.last = number(one, "last"),
			.len = json_string_length(text),
		};
		ret->at[i].text = arena_strndup(
			arena, json_string_value(text), ret->at[i].len);
	}
	ret->n_pictures = json_array_size(pictures);
	ret->pictures =
		arena_array(arena, ret->n_pictures + 1, sizeof(*ret->pictures));
	json_array_foreach(pictures, i, one) {
		ret->pictures[i].line = number(one, "line");
		ret->pictures[i].path = arena_strdup(
			arena, json_string_value(json_object_get(one, "path")));
	}
}

static int take_answer(const struct strbuf *answer, struct arena *arena,
		       struct pieces *ret, struct error *err)
{
	json_t *all = json_loadb(answer->buf, answer->len, JSON_ALLOW_NUL,
				 NULL);

	if (!all)
		return error_set(err, ERROR_INTERNAL,
				 "the report's pieces can't be read");
	take_pieces(all, arena, ret);
	json_decref(all);
	return 0;
}

int pieces_parse(const struct strbuf *report, struct arena *arena,
		 struct pieces *ret, struct error *err)
{
	struct strbuf answer = STRBUF_INIT(ANSWER_CAP);
	int result = read_pieces((void *)report, &answer, err);

	if (!result)
		result = take_answer(&answer, arena, ret, err);
	strbuf_release(&answer);
	return result;
}

int pieces_read(const struct strbuf *report, struct arena *arena,
		struct pieces *ret, struct error *err)
{
	static const struct confined_spec spec = {
		.name = "reading a report",
		.timeout = 20 * CLOCK_SEC,
		.memory = (size_t)1 << 30,
	};
	struct strbuf answer = STRBUF_INIT(ANSWER_CAP);
	int result = confined_run(&spec, read_pieces, (void *)report, &answer,
				  err);

	if (!result)
		result = take_answer(&answer, arena, ret, err);
	strbuf_release(&answer);
	return result;
}
