/* Any bytes as a written report: decoded, cut into pieces, searched by the
 * lab's patterns, and written again with its marks; or refused. */
#include "fuzz/targets.h"

#include "claims/claims_report.h"
#include "format/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct arena forever;
static struct claim_kinds kinds;

static void read_kinds(void)
{
	struct error err = ERROR_INIT;

	if (kinds.path)
		return;
	if (claim_kinds_read(BIS_DATADIR "/scenarios/streamflow/claims.yaml",
			     &forever, &kinds, &err) < 0) {
		fprintf(stderr, "%s\n", err.message);
		abort();
	}
}

/* Nothing that acts gets into what is written. */
static void check_visible(const struct strbuf *text)
{
	for (size_t i = 0; i < text->len; i++) {
		unsigned char c = (unsigned char)text->buf[i];

		if ((c < ' ' && c != '\n' && c != '\t') || c == 0x7f)
			abort();
	}
}

static void write_all(const struct claims_report *report)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	json_t *json = claims_json(report);

	if (!json)
		abort();
	json_decref(json);
	claims_text(report, &text);
	check_visible(&text);
	strbuf_reset(&text);
	claims_marked(report, &text);
	check_visible(&text);
	strbuf_release(&text);
}

static void read_report(const struct report_text *text, struct arena *arena)
{
	const struct truth truth = {0};
	struct pieces pieces;
	struct found_claims found;
	struct judgement judgement;
	struct error err = ERROR_INIT;
	bool *missing;

	if (pieces_parse(&text->text, arena, &pieces, &err) < 0 ||
	    claims_find(&kinds, &pieces, arena, &found, &err) < 0) {
		if (!*err.message)
			abort();
		return;
	}
	for (size_t i = 0; i < found.claims.len; i++)
		if (found.claims.at[i].end > found.claims.at[i].piece->len)
			abort();
	claims_judge(&found, &truth, arena, &judgement);
	missing = arena_array(arena, pieces.n_pictures + 1, sizeof(*missing));
	for (int french = 0; french < 2; french++)
		write_all(&(struct claims_report){
			.path = "r.md",
			.language = french ? LANGUAGE_FRENCH : LANGUAGE_ENGLISH,
			.text = text,
			.pieces = &pieces,
			.found = &found,
			.judgement = &judgement,
			.truth = &truth,
			.picture_is_missing = missing,
		});
	found_claims_release(&found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = ARENA_INIT;
	struct report_text text;
	struct error err = ERROR_INIT;

	read_kinds();
	if (report_text_make(&text, (const char *)data, size, &arena, &err) ==
	    0) {
		read_report(&text, &arena);
		report_text_release(&text);
	} else if (err.kind == ERROR_NONE || !*err.message) {
		abort();
	}
	arena_release(&arena);
	return 0;
}
