#include "claims/claims_report.h"

#include "base/compiler.h"
#include "format/text_table.h"
#include "format/utf8.h"

#include <string.h>

enum { EXCERPT = 300, LONGEST_VALUE = 60, LONGEST_WHY = 200 };

const char *claim_mark(enum claim_verdict verdict)
{
	static const char *const marks[CLAIM_VERDICTS] = {"✔", "✘", "↷", "?"};

	return marks[verdict];
}

static json_t *text_or_null(const char *text)
{
	return text ? json_string(text) : json_null();
}

static json_t *claim_json(const struct judged_claim *j)
{
	return json_pack(
		"{s:s, s:{s:s, s:s}, s:I, s:s, s:s, s:o, s:o, s:o}", "id",
		j->claim->kind->id, "title", "en", j->claim->kind->title.en,
		"fr", j->claim->kind->title.fr, "line",
		(json_int_t)j->claim->line, "value", j->claim->value, "verdict",
		claim_verdict_name(j->verdict), "source",
		text_or_null(j->source), "right", text_or_null(j->right), "why",
		text_or_null(j->why));
}

static json_t *counts_json(const struct judgement *judgement)
{
	json_t *counts = json_object();

	for (int v = 0; v < CLAIM_VERDICTS; v++)
		json_object_set_new(
			counts, claim_verdict_name((enum claim_verdict)v),
			json_integer((json_int_t)judgement->counts[v]));
	return counts;
}

static json_t *answers_json(const struct claims_report *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->found->answers.len; i++) {
		const struct claim_answer *a = &r->found->answers.at[i];

		json_array_append_new(
			list,
			json_pack("{s:s, s:{s:s, s:s}, s:I, s:s%}", "question",
				  a->question->id, "title", "en",
				  a->question->title.en, "fr",
				  a->question->title.fr, "line",
				  (json_int_t)a->line, "text", a->piece->text,
				  a->piece->len));
	}
	return list;
}

static json_t *pictures_json(const struct claims_report *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->pieces->n_pictures; i++)
		json_array_append_new(
			list,
			json_pack("{s:I, s:s, s:b}", "line",
				  (json_int_t)r->pieces->pictures[i].line,
				  "path", r->pieces->pictures[i].path,
				  "missing", r->picture_is_missing[i]));
	return list;
}

static void add_notes(json_t *list, const char *const *notes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_string(notes[i]));
}

json_t *claims_json(const struct claims_report *r)
{
	json_t *claims = json_array(), *notes = json_array();

	add_notes(notes, r->text->notes.at, r->text->notes.len);
	add_notes(notes, r->found->notes.at, r->found->notes.len);
	add_notes(notes, r->truth->notes.at, r->truth->notes.len);
	for (size_t i = 0; i < r->judgement->len; i++)
		json_array_append_new(claims,
				      claim_json(&r->judgement->at[i]));
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "report", r->path,
			 "notes", notes, "counts", counts_json(r->judgement),
			 "claims", claims, "to_read", answers_json(r),
			 "pictures", pictures_json(r));
}

/* At most so many characters, in one line, nothing that acts. */
static void add_short(struct strbuf *into, const char *text, size_t most)
{
	size_t len = strlen(text);
	size_t cut = len < most ? len : most;

	while (cut < len && cut && ((unsigned char)text[cut] & 0xc0) == 0x80)
		cut--;
	for (size_t i = 0; i < cut;) {
		size_t n = strcspn(text + i, "\n\t");

		n = n < cut - i ? n : cut - i;
		utf8_add_visible(into, text + i, n, NULL);
		i += n;
		if (i < cut) {
			strbuf_addch(into, ' ');
			i++;
		}
	}
	if (cut < len)
		strbuf_addstr(into, "…");
}

const char *claim_title(const struct claims_report *r,
			const struct bilingual *title)
{
	return r->language == LANGUAGE_FRENCH && title->fr ? title->fr
							   : title->en;
}

const char *claim_verdict_words(const struct claims_report *r,
				enum claim_verdict verdict)
{
	return language_say(r->language, claim_verdict_name(verdict));
}

static void add_row(const struct claims_report *r, struct text_table *table,
		    const struct judged_claim *j)
{
	struct strbuf value = STRBUF_INIT(STRBUF_LINE);
	struct strbuf why = STRBUF_INIT(STRBUF_TEXT);
	char line[24];

	snprintf(line, sizeof(line), "%zu", j->claim->line);
	add_short(&value, j->claim->value, LONGEST_VALUE);
	if (j->why)
		language_sentence(r->language, j->why, &why);
	text_table_row(table,
		       (const char *const[]){
			       line, claim_title(r, &j->claim->kind->title),
			       value.buf, claim_mark(j->verdict),
			       claim_verdict_words(r, j->verdict), why.buf});
	strbuf_release(&why);
	strbuf_release(&value);
}

static void add_lines(struct strbuf *into, const char *const *notes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		add_short(into, notes[i], EXCERPT);
		strbuf_addch(into, '\n');
	}
}

/* How many of each verdict. */
static void add_counts(const struct claims_report *r, struct strbuf *into)
{
	const struct judgement *judgement = r->judgement;

	strbuf_addf(into, language_say_count(r->language, "%zu claim:",
					     "%zu claims:", judgement->len),
		    judgement->len);
	for (int v = 0; v < CLAIM_VERDICTS; v++)
		strbuf_addf(into, "%s %zu %s", v ? "," : "",
			    judgement->counts[v],
			    claim_verdict_words(r, (enum claim_verdict)v));
	strbuf_addch(into, '\n');
}

void claims_text(const struct claims_report *r, struct strbuf *into)
{
	const struct text_column columns[] = {
		{language_say(r->language, "line"), TEXT_RIGHT, 0},
		{language_say(r->language, "claim"), TEXT_LEFT, 28},
		{language_say(r->language, "value"), TEXT_LEFT, 34},
		{"", TEXT_LEFT, 0},
		{language_say(r->language, "verdict"), TEXT_LEFT, 0},
		{language_say(r->language, "why"), TEXT_LEFT, LONGEST_WHY},
	};
	struct text_table table;

	add_lines(into, r->text->notes.at, r->text->notes.len);
	add_lines(into, r->found->notes.at, r->found->notes.len);
	add_lines(into, r->truth->notes.at, r->truth->notes.len);
	text_table_init(&table, columns, ARRAY_SIZE(columns));
	for (size_t i = 0; i < r->judgement->len; i++)
		add_row(r, &table, &r->judgement->at[i]);
	if (r->judgement->len)
		text_table_render(&table, into);
	text_table_release(&table);
	add_counts(r, into);
	for (size_t i = 0; i < r->pieces->n_pictures; i++) {
		if (!r->picture_is_missing[i])
			continue;
		strbuf_addf(into,
			    language_say(r->language, "Line %zu: no picture "),
			    r->pieces->pictures[i].line);
		add_short(into, r->pieces->pictures[i].path, EXCERPT);
		strbuf_addch(into, '\n');
	}
	for (size_t i = 0; i < r->found->answers.len; i++)
		strbuf_addf(into,
			    language_say(r->language, "To read, line %zu: %s\n"),
			    r->found->answers.at[i].line,
			    claim_title(r, &r->found->answers.at[i]
						    .question->title));
}
