#define PCRE2_CODE_UNIT_WIDTH 8
#include "base/pattern.h"

#include "base/compiler.h"

#include <pcre2.h>
#include <string.h>

enum { MATCH_LIMIT = 1000 * 1000 };

static void free_code(pcre2_code **code)
{
	pcre2_code_free(*code);
}

static void free_match(pcre2_match_data **match)
{
	pcre2_match_data_free(*match);
}

static void free_limits(pcre2_match_context **limits)
{
	pcre2_match_context_free(*limits);
}

static pcre2_code *compile(const char *pattern, struct error *err)
{
	int code;
	PCRE2_SIZE offset;
	PCRE2_UCHAR why[120];
	pcre2_code *compiled = pcre2_compile(
		(PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_MULTILINE,
		&code, &offset, NULL);

	if (!compiled) {
		pcre2_get_error_message(code, why, sizeof(why));
		error_set(err, ERROR_INVALID, "the pattern `%s` is none: %s at "
			  "%zu", pattern, (char *)why, (size_t)offset);
	}
	return compiled;
}

int pattern_check(const char *pattern, struct error *err)
{
	_cleanup_(free_code) pcre2_code *code = compile(pattern, err);

	return code ? 0 : -1;
}

int pattern_find(const char *pattern, const char *text, size_t len,
		 size_t from, struct pattern_match *ret, struct error *err)
{
	_cleanup_(free_code) pcre2_code *code = compile(pattern, err);
	_cleanup_(free_match) pcre2_match_data *match = code
		? pcre2_match_data_create(PATTERN_GROUPS, NULL) : NULL;
	_cleanup_(free_limits) pcre2_match_context *limits =
		pcre2_match_context_create(NULL);

	if (!code)
		return -1;
	pcre2_set_match_limit(limits, MATCH_LIMIT);
	int rc = pcre2_match(code, (PCRE2_SPTR)text, len, from, 0, match,
			     limits);
	if (rc == PCRE2_ERROR_NOMATCH)
		return 0;
	if (rc < 0)
		return error_set(err, ERROR_LIMIT, "the pattern `%s` takes too "
				 "long", pattern);
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(match);
	/* rc is 0 where there are more groups than we keep. */
	int groups = rc ? rc : PATTERN_GROUPS;
	if (ret)
		*ret = (struct pattern_match){ { 0 }, { 0 } };
	for (int i = 0; ret && i < groups; i++)
		if (at[2 * i] != PCRE2_UNSET) {
			ret->from[i] = at[2 * i];
			ret->to[i] = at[2 * i + 1];
		}
	return 1;
}
