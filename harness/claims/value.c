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

/* One word more of a command in plain text; false at its end. */
static bool next_word(const char **text, const char **ret, size_t *ret_len)
{
	*text += strspn(*text, " ");
	*ret = *text;
	*ret_len = strcspn(*text, " ");
	*text += *ret_len;
	return *ret_len > 0;
}

static bool is_word(const char *word, size_t len, const char *wanted)
{
	return strlen(wanted) == len && !strncmp(word, wanted, len);
}

/* What was typed was run, where the run's command has all of its words, in
 * their order, and beside them no others than what gives it no terminal (-T)
 * or another variable (-e NAME=VALUE). A person's -it is of the terminal. */
static bool commands_agree(const char *typed, const char *run)
{
	const char *a, *b;
	size_t n, m;
	bool more = next_word(&typed, &a, &n);

	while (next_word(&run, &b, &m)) {
		while (more && (is_word(a, n, "-it") || is_word(a, n, "-T") ||
				is_word(a, n, "-i") || is_word(a, n, "-t")))
			more = next_word(&typed, &a, &n);
		if (is_word(b, m, "-T"))
			continue;
		const char *rest = run, *variable;
		size_t len;
		if (is_word(b, m, "-e") && next_word(&rest, &variable, &len)) {
			/* Typed as well? Then word by word. */
			const char *behind = typed, *name;
			size_t k;
			if (!more || !is_word(a, n, "-e") ||
			    !next_word(&behind, &name, &k) || k != len ||
			    strncmp(name, variable, len)) {
				run = rest;
				continue;
			}
		}
		if (!more || n != m || strncmp(a, b, n))
			return false;
		more = next_word(&typed, &a, &n);
	}
	return !more;
}

bool claim_agrees(const struct claim_kind *kind, const char *claim,
		  const char *truth, struct arena *arena)
{
	const char *a, *b;

	if (kind->type == CLAIM_NUMBER)
		return numbers_agree(claim, truth, true);
	a = claim_normal(kind, claim, arena);
	b = claim_normal(kind, truth, arena);
	if (kind->type == CLAIM_COMMAND)
		return commands_agree(a, b);
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
