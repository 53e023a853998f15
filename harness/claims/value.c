#include "claims/value.h"

#include "base/number.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

enum { NUMBER_LONGEST = 30 };

bool claim_number(const char *text, double *ret, double *ret_unit)
{
	char plain[NUMBER_LONGEST + 1];
	size_t len = 0;
	int decimals = -1;
	bool percent = false;

	for (; *text; text++) {
		if (isspace((unsigned char)*text) ||
		    (unsigned char)*text == 0xc2 ||
		    (unsigned char)*text == 0xa0)
			continue;
		if (*text == '%') {
			percent = true;
			continue;
		}
		if (len == NUMBER_LONGEST)
			return false;
		plain[len++] = *text == ',' ? '.' : *text;
		if (plain[len - 1] == '.')
			decimals = 0;
		else if (decimals >= 0)
			decimals++;
	}
	plain[len] = '\0';
	if (!number_parse_double(plain, ret))
		return false;
	*ret_unit = pow(10, decimals > 0 ? -decimals : 0);
	if (percent) {
		*ret /= 100;
		*ret_unit /= 100;
	}
	return true;
}

/* By the kind's words: what they stand for, or NULL. */
static const char *by_words(const struct claim_kind *kind, const char *text)
{
	const char *value;
	json_t *words;
	size_t i;
	json_t *word;

	json_object_foreach((json_t *)kind->words, value, words)
		json_array_foreach(words, i, word)
			if (!strcasecmp(json_string_value(word), text))
				return value;
	return NULL;
}

static const char *plain_count(const char *text, struct arena *arena)
{
	char *plain = arena_strdup(arena, text);
	size_t len = 0;

	for (; *text; text++)
		if (isdigit((unsigned char)*text))
			plain[len++] = *text;
	plain[len] = '\0';
	return plain;
}

static const char *plain_date(const char *text, struct arena *arena)
{
	if (strlen(text) == 10 && text[2] == '/')
		return arena_printf(arena, "%.4s-%.2s-%.2s", text + 6, text + 3,
				    text);
	return text;
}

/* White space of one kind, once. */
static const char *plain_text(const char *text, struct arena *arena)
{
	char *plain = arena_strdup(arena, text);
	size_t len = 0;

	for (; *text; text++) {
		bool space = isspace((unsigned char)*text);

		if (!space || (len && plain[len - 1] != ' '))
			plain[len++] = space ? ' ' : *text;
	}
	while (len && (plain[len - 1] == ' ' || plain[len - 1] == '.'))
		len--;
	plain[len] = '\0';
	return plain;
}

const char *claim_normal(const struct claim_kind *kind, const char *text,
			 struct arena *arena)
{
	const char *word = by_words(kind, text);

	if (word)
		return word;
	switch (kind->type) {
	case CLAIM_COUNT:
		return plain_count(text, arena);
	case CLAIM_DATE:
		return plain_date(text, arena);
	default:
		return plain_text(text, arena);
	}
}

/* exact: the second is no rounding. */
static bool numbers_agree(const char *claim, const char *other, bool exact)
{
	double a, b, unit, coarse;

	if (!claim_number(claim, &a, &unit) ||
	    !claim_number(other, &b, &coarse))
		return !strcasecmp(claim, other);
	if (!exact && coarse > unit)
		unit = coarse;
	return fabs(a - b) <= unit / 2 * (1 + 1e-9);
}

bool claim_agrees(const struct claim_kind *kind, const char *claim,
		  const char *truth, struct arena *arena)
{
	const char *a, *b;

	if (kind->type == CLAIM_NUMBER)
		return numbers_agree(claim, truth, true);
	a = claim_normal(kind, claim, arena);
	b = claim_normal(kind, truth, arena);
	if (kind->type == CLAIM_ID)
		return *a && !strncasecmp(a, b, strlen(a));
	return !strcasecmp(a, b);
}

bool claims_agree(const struct claim_kind *kind, const char *a, const char *b,
		  struct arena *arena)
{
	if (kind->type == CLAIM_NUMBER)
		return numbers_agree(a, b, false);
	return claim_agrees(kind, a, b, arena) ||
	       claim_agrees(kind, b, a, arena);
}
