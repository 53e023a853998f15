#define PCRE2_CODE_UNIT_WIDTH 8
#include "stack/action_output.h"

#include "base/strbuf.h"

#include <pcre2.h>
#include <string.h>

/* Backtracking steps for one pattern: what is printed may be hostile. */
enum { MATCH_LIMIT = 1000 * 1000 };

static void add_shell_word(struct strbuf *sb, const char *word)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789_-./:=,+@%";

	if (*word && !word[strspn(word, plain)]) {
		strbuf_addstr(sb, word);
		return;
	}
	strbuf_addch(sb, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			strbuf_addstr(sb, "'\\''");
		else
			strbuf_addch(sb, *word);
	}
	strbuf_addch(sb, '\'');
}

/* The longest exported value that the text begins with, or NULL. */
static const struct fact *export_at(const char *text,
				    const struct fact *exports, size_t count)
{
	const struct fact *best = NULL;

	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(exports[i].value);
		if (len && !strncmp(text, exports[i].value, len) &&
		    (!best || len > strlen(best->value)))
			best = &exports[i];
	}
	return best;
}

/* "$BIS_DATA/month_000": false where no exported value is in the word. */
static bool add_exported_word(struct strbuf *sb, const char *word,
			      const struct fact *exports, size_t count)
{
	const struct fact *found = NULL;

	for (const char *p = word; *p && !found; p++)
		found = export_at(p, exports, count);
	if (!found)
		return false;
	strbuf_addch(sb, '"');
	while (*word) {
		found = export_at(word, exports, count);
		if (found) {
			strbuf_addf(sb, "$%s", found->name);
			word += strlen(found->value);
			continue;
		}
		if (strchr("\"\\$`", *word))
			strbuf_addch(sb, '\\');
		strbuf_addch(sb, *word++);
	}
	strbuf_addch(sb, '"');
	return true;
}

const char *action_command_line(struct arena *arena, const char *const *argv,
				const struct fact *exports,
				size_t export_count)
{
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT(STRBUF_TEXT);

	for (const char *const *word = argv; *word; word++) {
		if (word != argv)
			strbuf_addch(&sb, ' ');
		if (!add_exported_word(&sb, *word, exports, export_count))
			add_shell_word(&sb, *word);
	}
	return arena_strdup(arena, sb.buf);
}

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

/* The last match: a training says its run at the end. */
static int last_match(pcre2_code *code, const char *out,
		      const struct action_value *value, json_t *into,
		      struct error *err)
{
	_cleanup_(free_match) pcre2_match_data *match =
		pcre2_match_data_create_from_pattern(code, NULL);
	_cleanup_(free_limits) pcre2_match_context *limits =
		pcre2_match_context_create(NULL);
	size_t len = strlen(out), from = 0;

	pcre2_set_match_limit(limits, MATCH_LIMIT);
	while (from <= len) {
		int rc = pcre2_match(code, (PCRE2_SPTR)out, len, from, 0,
				     match, limits);
		const PCRE2_SIZE *at = pcre2_get_ovector_pointer(match);
		if (rc == PCRE2_ERROR_NOMATCH)
			break;
		if (rc < 0)
			return error_set(err, ERROR_LIMIT, "the pattern of "
					 "`%s` takes too long", value->name);
		size_t group = rc > 1 && at[2] != PCRE2_UNSET ? 2 : 0;
		json_object_set_new(into, value->name,
				    json_stringn(out + at[group],
						 at[group + 1] - at[group]));
		from = at[1] > at[0] ? at[1] : at[1] + 1;
	}
	return 0;
}

int action_read_values(const struct action *action, const char *out,
		       json_t *into, struct error *err)
{
	for (size_t i = 0; i < action->values.len; i++) {
		const struct action_value *value = &action->values.at[i];
		int number;
		PCRE2_SIZE offset;
		_cleanup_(free_code) pcre2_code *code = pcre2_compile(
			(PCRE2_SPTR)value->pattern, PCRE2_ZERO_TERMINATED,
			PCRE2_MULTILINE, &number, &offset, NULL);
		if (!code) {
			PCRE2_UCHAR text[128];
			pcre2_get_error_message(number, text, sizeof(text));
			return error_set(err, ERROR_INVALID, "the pattern of "
					 "`%s`, `%s`: %s", value->name,
					 value->pattern, (const char *)text);
		}
		if (last_match(code, out, value, into, err) < 0)
			return -1;
	}
	return 0;
}
