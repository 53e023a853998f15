#include "stack/action_output.h"

#include "base/pattern.h"
#include "base/strbuf.h"

#include <string.h>

void action_add_shell_word(struct strbuf *sb, const char *word)
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
			action_add_shell_word(&sb, *word);
	}
	return arena_strdup(arena, sb.buf);
}

/* The last match: a training says its run at the end. */
static int last_match(const struct action_value *value, const char *out,
		      json_t *into, struct error *err)
{
	size_t len = strlen(out), from = 0;
	struct pattern_match match;
	int rc;

	while ((rc = pattern_find(value->pattern, out, len, from, &match,
				  err)) == 1) {
		size_t group = match.to[1] ? 1 : 0;
		json_object_set_new(into, value->name,
				    json_stringn(out + match.from[group],
						 match.to[group] -
						 match.from[group]));
		from = match.to[0] > match.from[0] ? match.to[0]
						   : match.to[0] + 1;
		if (from > len)
			break;
	}
	return rc < 0 ? error_context(err, "the value `%s`", value->name) : 0;
}

int action_read_values(const struct action *action, const char *out,
		       json_t *into, struct error *err)
{
	for (size_t i = 0; i < action->values.len; i++)
		if (last_match(&action->values.at[i], out, into, err) < 0)
			return -1;
	return 0;
}
