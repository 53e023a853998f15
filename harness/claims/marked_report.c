/* The report with each claim marked and footnoted. */
#include "claims/claims_report.h"

#include "format/utf8.h"

#include <string.h>

enum { EXCERPT = 600 };

/* In a code span, which no text can end: backticks become apostrophes. */
static void add_code(struct strbuf *into, const char *text, size_t len)
{
	struct strbuf plain = STRBUF_INIT(STRBUF_LINE);

	utf8_add_visible(&plain, text, len, "\n\t");
	strbuf_addch(into, '`');
	for (size_t i = 0; i < plain.len; i++) {
		char c = plain.buf[i];

		strbuf_addch(into, c == '`' ? '\''
				   : c == '\n' || c == '\t' || c == '|' ? ' '
									: c);
	}
	strbuf_addch(into, '`');
	strbuf_release(&plain);
}

/* Our own sentences hold values of the report and of the submission: what
 * Markdown would read as markup is escaped. */
static void add_escaped(struct strbuf *into, const char *text)
{
	struct strbuf plain = STRBUF_INIT(STRBUF_LINE);

	utf8_add_visible(&plain, text, strlen(text), NULL);
	for (size_t i = 0; i < plain.len; i++) {
		if (strchr("\\`*_{}[]<>#|~&!", plain.buf[i]))
			strbuf_addch(into, '\\');
		strbuf_addch(into, plain.buf[i]);
	}
	strbuf_release(&plain);
}

static void add_why(const struct claims_report *r,
		    const struct judged_claim *j, struct strbuf *into)
{
	struct strbuf why = STRBUF_INIT(STRBUF_TEXT);

	if (j->why)
		language_sentence(r->language, j->why, &why);
	add_escaped(into, why.buf);
	strbuf_release(&why);
}

static void add_mark(struct strbuf *into, const struct judged_claim *j,
		     size_t number)
{
	strbuf_addf(into, " %s[^bis-%zu]", claim_mark(j->verdict), number);
}

/* Where in a line a mark can stand behind its at-th byte: not within a code
 * span, an address or a word. */
static size_t place_behind(const char *line, size_t len, size_t at)
{
	size_t ticks = 0;

	for (size_t i = 0; i < at; i++)
		ticks += line[i] == '`';
	if (ticks % 2) {
		while (at < len && line[at] != '`')
			at++;
		while (at < len && line[at] == '`')
			at++;
	}
	while (at < len && !strchr(" \t,;.)|*]", line[at]))
		at++;
	while (at < len && line[at] == '*')
		at++;
	return at;
}

/* A claim of this line, where its value stands in it as it was read. */
struct place {
	size_t behind; /* byte of the line */
	size_t claim;
};

static size_t find_places(const struct judgement *judgement, size_t number,
			  const char *line, size_t len, struct place *ret,
			  size_t most)
{
	size_t n = 0;

	for (size_t i = 0; i < judgement->len && n < most; i++) {
		const struct claim *c = judgement->at[i].claim;
		struct place p = {.behind = len, .claim = i};
		const char *found;
		size_t at;

		if (c->line != number || c->piece->kind == PIECE_CODE)
			continue;
		found = memmem(line, len, c->value, strlen(c->value));
		if (found)
			p.behind = place_behind(
				line, len,
				(size_t)(found - line) + strlen(c->value));
		for (at = n++; at && ret[at - 1].behind > p.behind; at--)
			ret[at] = ret[at - 1];
		ret[at] = p;
	}
	return n;
}

static void add_line(const struct claims_report *r, size_t number,
		     const char *line, size_t len, struct strbuf *into)
{
	enum { MOST = 100 };
	struct place places[MOST];
	size_t at = 0;
	size_t n = find_places(r->judgement, number, line, len, places, MOST);

	for (size_t i = 0; i < n; i++) {
		utf8_add_visible(into, line + at, places[i].behind - at, "\t");
		at = places[i].behind;
		add_mark(into, &r->judgement->at[places[i].claim],
			 places[i].claim + 1);
	}
	utf8_add_visible(into, line + at, len - at, "\t");
	strbuf_addch(into, '\n');
}

/* Behind a block of code, what it claims: nothing can be marked within. */
static void add_code_marks(const struct claims_report *r, size_t number,
			   struct strbuf *into)
{
	bool any = false;

	for (size_t i = 0; i < r->judgement->len; i++) {
		const struct judged_claim *j = &r->judgement->at[i];

		if (j->claim->piece->kind != PIECE_CODE ||
		    j->claim->piece->last != number)
			continue;
		strbuf_addstr(into, any ? ", " : "\n> ");
		add_code(into, j->claim->value, strlen(j->claim->value));
		add_mark(into, j, i + 1);
		any = true;
	}
	if (any)
		strbuf_addstr(into, "\n\n");
}

static void add_body(const struct claims_report *r, struct strbuf *into)
{
	const char *text = r->text->text.buf;
	size_t len = r->text->text.len, number = 1;

	for (size_t at = 0; at < len; number++) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t n = end ? (size_t)(end - text) - at : len - at;

		add_line(r, number, text + at, n, into);
		add_code_marks(r, number, into);
		at += n + 1;
	}
}

static void add_footnotes(const struct claims_report *r, struct strbuf *into)
{
	for (size_t i = 0; i < r->judgement->len; i++) {
		const struct judged_claim *j = &r->judgement->at[i];

		strbuf_addf(into, "[^bis-%zu]: %s **%s**, %s ", i + 1,
			    claim_mark(j->verdict),
			    claim_verdict_words(r, j->verdict),
			    claim_title(r, &j->claim->kind->title));
		add_code(into, j->claim->value, strlen(j->claim->value));
		strbuf_addstr(into, ". ");
		add_why(r, j, into);
		strbuf_addch(into, '\n');
	}
}

static void add_table(const struct claims_report *r, struct strbuf *into)
{
	strbuf_addstr(into, language_say(r->language,
					 "| line | claim | value | | why |"));
	strbuf_addstr(into, "\n|---:|---|---|---|---|\n");
	for (size_t i = 0; i < r->judgement->len; i++) {
		const struct judged_claim *j = &r->judgement->at[i];

		strbuf_addf(into, "| %zu | %s | ", j->claim->line,
			    claim_title(r, &j->claim->kind->title));
		add_code(into, j->claim->value, strlen(j->claim->value));
		strbuf_addf(into, " | %s %s | ", claim_mark(j->verdict),
			    claim_verdict_words(r, j->verdict));
		add_why(r, j, into);
		strbuf_addstr(into, " |\n");
	}
	strbuf_addch(into, '\n');
}

/* The evidence of the kinds that a question names. */
static void add_beside(const struct claims_report *r,
		       const struct claim_question *question,
		       struct strbuf *into)
{
	json_t *id;
	size_t k;

	json_array_foreach(question->beside, k, id)
		for (size_t i = 0; i < r->judgement->len; i++) {
			const struct judged_claim *j = &r->judgement->at[i];

			if (strcmp(j->claim->kind->id,
				   json_string_value(id)) != 0)
				continue;
			strbuf_addf(into, "  - %s ",
				    claim_title(r, &j->claim->kind->title));
			add_code(into, j->claim->value,
				 strlen(j->claim->value));
			strbuf_addf(into,
				    language_say(r->language,
						 " (line %zu): %s\n"),
				    j->claim->line,
				    claim_verdict_words(r, j->verdict));
		}
}

static void add_to_read(const struct claims_report *r, struct strbuf *into)
{
	const struct claim_question *before = NULL;

	if (!r->found->answers.len)
		return;
	strbuf_addstr(into, language_say(
			      r->language, "\n### To read\n\nA person judges "
			      "these; the evidence stands beside them.\n\n"));
	for (size_t q = 0; q < r->found->answers.len; q++) {
		const struct claim_answer *a = &r->found->answers.at[q];
		size_t len = a->piece->len < EXCERPT ? a->piece->len : EXCERPT;

		strbuf_addf(into,
			    language_say(r->language, "- **%s** Line %zu: "),
			    claim_title(r, &a->question->title), a->line);
		while (len && len < a->piece->len &&
		       ((unsigned char)a->piece->text[len] & 0xc0) == 0x80)
			len--;
		add_code(into, a->piece->text, len);
		strbuf_addch(into, '\n');
		if (a->question != before)
			add_beside(r, a->question, into);
		before = a->question;
	}
}

static void add_pictures(const struct claims_report *r, struct strbuf *into)
{
	bool any = false;

	for (size_t i = 0; i < r->pieces->n_pictures; i++) {
		const struct picture *p = &r->pieces->pictures[i];

		if (!r->picture_is_missing[i])
			continue;
		if (!any)
			strbuf_addstr(into, language_say(
					      r->language, "\nPictures that are "
					      "not there:\n\n"));
		any = true;
		strbuf_addf(into, language_say(r->language, "- line %zu: "),
			    p->line);
		add_code(into, p->path, strlen(p->path));
		strbuf_addch(into, '\n');
	}
}

void claims_marked(const struct claims_report *r, struct strbuf *into)
{
	/* First, since the report may end within a block that swallows what
	 * comes behind it; and of two footnotes of one name the first counts. */
	strbuf_addstr(into, language_say(r->language,
					 "## What this report claims\n\n"));
	for (size_t i = 0; i < r->text->notes.len; i++)
		strbuf_addf(into, "%s\n", r->text->notes.at[i]);
	strbuf_addf(into,
		    language_say(r->language,
				 "\n%zu claims: %s %zu confirmed, %s %zu "
				 "contradicted, %s %zu hold in another history "
				 "of the data, %s %zu could not be "
				 "checked.\n\n"),
		    r->judgement->len, claim_mark(CLAIM_CONFIRMED),
		    r->judgement->counts[CLAIM_CONFIRMED],
		    claim_mark(CLAIM_CONTRADICTED),
		    r->judgement->counts[CLAIM_CONTRADICTED],
		    claim_mark(CLAIM_OTHER_WORLD),
		    r->judgement->counts[CLAIM_OTHER_WORLD],
		    claim_mark(CLAIM_UNCHECKED),
		    r->judgement->counts[CLAIM_UNCHECKED]);
	add_table(r, into);
	add_pictures(r, into);
	add_to_read(r, into);
	strbuf_addch(into, '\n');
	add_footnotes(r, into);
	strbuf_addstr(into, "\n---\n\n");
	add_body(r, into);
}
