#define PCRE2_CODE_UNIT_WIDTH 8
#include "claims/find.h"

#include "base/compiler.h"

#include <pcre2.h>
#include <string.h>

enum {
	MOST_CLAIMS = 5000,
	MATCH_STEPS = 500 * 1000,
	MATCH_DEPTH = 2000,
	MATCH_HEAP = 16 << 10, /* KiB */
};

struct search {
	const struct claim_kinds *kinds;
	struct arena *arena;
	pcre2_match_context *limits;
	struct found_claims found;
};

static size_t line_at(const struct piece *piece, size_t at)
{
	size_t line = piece->line;

	for (size_t i = 0; i < at && i < piece->len; i++)
		line += piece->text[i] == '\n';
	return line;
}

static bool is_known(const struct found_claims *found, const struct claim *c)
{
	for (size_t i = found->claims.len; i-- > 0;) {
		const struct claim *other = &found->claims.at[i];

		if (other->line == c->line && other->kind == c->kind &&
		    !strcmp(other->value, c->value))
			return true;
	}
	return false;
}

static void give_up(struct search *s, const char *what,
		    const struct piece *piece)
{
	if (s->found.notes.len < 100)
		*vec_push(&s->found.notes) = arena_printf(
			s->arena,
			"The pattern of `%s` gave up on the block at line "
			"%zu: it would take too long.",
			what, piece->line);
}

/* The next match from *at on: 1, 0, or -1 where a limit was hit. */
static int next_match(struct search *s, const struct claim_pattern *pattern,
		      const struct piece *piece, size_t *at,
		      pcre2_match_data *match)
{
	int rc = *at <= piece->len
			 ? pcre2_match(pattern->code, (PCRE2_SPTR)piece->text,
				       piece->len, *at, PCRE2_NO_UTF_CHECK,
				       match, s->limits)
			 : PCRE2_ERROR_NOMATCH;
	const PCRE2_SIZE *span = pcre2_get_ovector_pointer(match);

	if (rc == PCRE2_ERROR_NOMATCH)
		return 0;
	if (rc < 0)
		return -1;
	/* Past an empty match by a character, not by a byte. */
	*at = span[1] > span[0] ? span[1] : span[1] + 1;
	while (*at < piece->len &&
	       ((unsigned char)piece->text[*at] & 0xc0) == 0x80)
		(*at)++;
	return 1;
}

static int take_match(struct search *s, const struct claim_kind *kind,
		      const struct claim_pattern *pattern,
		      const struct piece *piece, pcre2_match_data *match,
		      size_t *ret_end, struct error *err)
{
	const PCRE2_SIZE *span = pcre2_get_ovector_pointer(match);
	int group = pcre2_substring_number_from_name(pattern->code,
						     (PCRE2_SPTR) "value");
	struct claim claim = {.kind = kind, .piece = piece};

	claim.at = span[2 * group];
	claim.end = span[2 * group + 1];
	if (claim.at == PCRE2_UNSET || claim.end <= claim.at)
		return 0;
	*ret_end = claim.end;
	claim.line = line_at(piece, claim.at);
	claim.value = arena_strndup(s->arena, piece->text + claim.at,
				    claim.end - claim.at);
	if (is_known(&s->found, &claim))
		return 0;
	if (s->found.claims.len >= MOST_CLAIMS)
		return error_set(err, ERROR_LIMIT,
				 "the report makes more than %d claims",
				 MOST_CLAIMS);
	*vec_push(&s->found.claims) = claim;
	return 0;
}

static int search_kind(struct search *s, const struct claim_kind *kind,
		       const struct piece *piece, struct error *err)
{
	if (kind->only_code && piece->kind != PIECE_CODE)
		return 0;
	for (size_t p = 0; p < kind->n_patterns; p++) {
		const struct claim_pattern *pattern = &kind->patterns[p];
		pcre2_match_data *match =
			pcre2_match_data_create_from_pattern(pattern->code,
							     NULL);
		size_t at = 0, end = 0;
		int more, result = 0;

		while (!result &&
		       (more = next_match(s, pattern, piece, &at, match)) > 0)
			result = take_match(s, kind, pattern, piece, match,
					    &end, err);
		pcre2_match_data_free(match);
		if (result < 0)
			return -1;
		if (more < 0)
			give_up(s, kind->id, piece);
	}
	return 0;
}

static void search_questions(struct search *s, const struct piece *piece)
{
	for (size_t q = 0; q < s->kinds->n_questions; q++) {
		const struct claim_question *question =
			&s->kinds->questions[q];
		pcre2_match_data *match =
			pcre2_match_data_create_from_pattern(
				question->pattern.code, NULL);
		size_t at = 0;
		int more = next_match(s, &question->pattern, piece, &at, match);

		pcre2_match_data_free(match);
		if (more < 0)
			give_up(s, question->id, piece);
		if (more > 0)
			*vec_push(&s->found.answers) = (struct claim_answer){
				question, piece, piece->line};
	}
}

/* In the order of the report. */
static void sort_claims(struct found_claims *found)
{
	for (size_t i = 1; i < found->claims.len; i++) {
		struct claim c = found->claims.at[i];
		size_t at = i;

		while (at && found->claims.at[at - 1].line > c.line) {
			found->claims.at[at] = found->claims.at[at - 1];
			at--;
		}
		found->claims.at[at] = c;
	}
}

/* The one run id among the claims of this line; of this block for line 0; of
 * the report for no block. NULL where there is none or several. */
static const char *only_run(const struct found_claims *found,
			    const struct piece *piece, size_t line)
{
	const char *run = NULL;

	for (size_t i = 0; i < found->claims.len; i++) {
		const struct claim *c = &found->claims.at[i];

		if (c->kind->type != CLAIM_ID ||
		    (line ? c->line != line : piece && c->piece != piece))
			continue;
		if (run && strcmp(run, c->value) != 0)
			return NULL;
		run = c->value;
	}
	return run;
}

static void find_runs(struct found_claims *found)
{
	const char *whole = only_run(found, NULL, 0);

	for (size_t i = 0; i < found->claims.len; i++) {
		struct claim *c = &found->claims.at[i];

		c->run = only_run(found, c->piece, c->line);
		if (!c->run)
			c->run = only_run(found, c->piece, 0);
		c->implied = !c->run && whole;
		if (c->implied)
			c->run = whole;
	}
}

int claims_find(const struct claim_kinds *kinds, const struct pieces *pieces,
		struct arena *arena, struct found_claims *ret,
		struct error *err)
{
	struct search s = {.kinds = kinds, .arena = arena};
	int result = 0;

	s.limits = pcre2_match_context_create(NULL);
	pcre2_set_match_limit(s.limits, MATCH_STEPS);
	pcre2_set_depth_limit(s.limits, MATCH_DEPTH);
	pcre2_set_heap_limit(s.limits, MATCH_HEAP);
	for (size_t i = 0; i < pieces->len && !result; i++) {
		for (size_t k = 0; k < kinds->len && !result; k++)
			result = search_kind(&s, &kinds->at[k],
					     &pieces->at[i], err);
		if (pieces->at[i].kind == PIECE_TEXT)
			search_questions(&s, &pieces->at[i]);
	}
	pcre2_match_context_free(s.limits);
	if (result < 0) {
		found_claims_release(&s.found);
		return -1;
	}
	sort_claims(&s.found);
	find_runs(&s.found);
	*ret = s.found;
	return 0;
}

void found_claims_release(struct found_claims *found)
{
	vec_release(&found->claims);
	vec_release(&found->answers);
	vec_release(&found->notes);
}
