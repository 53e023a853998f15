#include "report/volatile.h"

#include "base/compiler.h"

#include <jansson.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

const char *const volatile_members[] = {
	"creation_time",    "creation_timestamp",     "duration",
	"end_time",         "environment",            "folder",
	"last_update_time", "last_updated_timestamp", "model_size_bytes",
	"model_uuid",       "run_id",                 "run_uuid",
	"start_time",       "started",                "timestamp",
	"timings",          "train_time",             "utc_time_created",
	NULL,
};

/* The forms of what is volatile, replaced in this order. */
static const struct {
	const char *regex, *mask;
} forms[] = {
	{ "[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}"
	  "([.,][0-9]+)?)?( ?(UTC|Z|[+-][0-9]{2}:?[0-9]{2}))?",
	  "‹time›" },
	{ "(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} [A-Z][a-z]{2} [0-9]{4} "
	  "[0-9]{2}:[0-9]{2}:[0-9]{2} GMT",
	  "‹time›" },
	{ "\\b[0-9]+ min [0-9]{2} s\\b", "‹duration›" },
	{ "\\b[0-9]+(\\.[0-9]+)? ?(µs|us|ms|s)\\b", "‹duration›" },
	{ "\\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\b",
	  "‹id›" },
	{ "\\b[0-9a-f]{32}\\b", "‹id›" },
	{ "\\b(localhost|127\\.0\\.0\\.1|\\[::1\\]):[0-9]+\\b",
	  "‹port›" },
	{ "/(tmp|var/tmp|run|dev/shm)/[^][[:space:]\"'`,;:)|<>│]*",
	  "‹path›" },
	{ "\\b(pid|PID|process) [0-9]+\\b", "‹pid›" },
};

bool volatile_artifact(const char *path)
{
	const char *base = strrchr(path, '/');

	return !strcmp(base ? base + 1 : path, "MLmodel");
}

static bool is_volatile_member(const char *name)
{
	for (size_t i = 0; volatile_members[i]; i++)
		if (!strcmp(volatile_members[i], name))
			return true;
	return false;
}

static void replace_all(struct strbuf *text, const regex_t *regex,
			const char *mask)
{
	struct strbuf out = STRBUF_INIT(STRBUF_TEXT);
	const char *p = text->buf;
	regmatch_t match;
	int flags = 0;

	while (!regexec(regex, p, 1, &match, flags) && match.rm_eo > 0) {
		strbuf_add(&out, p, (size_t)match.rm_so);
		strbuf_addstr(&out, mask);
		p += match.rm_eo;
		flags = REG_NOTBOL;
	}
	strbuf_addstr(&out, p);
	strbuf_reset(text);
	strbuf_add(text, out.buf, out.len);
	strbuf_release(&out);
}

/* Runs of spaces and of rules become one: what remains of a drawn table is
 * its cells. */
static void squeeze_frame(struct strbuf *line)
{
	static const char rule[] = "─";
	size_t unit = sizeof(rule) - 1, len = 0;

	for (size_t i = 0; i < line->len;) {
		const char *p = line->buf + i;
		bool is_rule = !strncmp(p, rule, unit);
		size_t size = is_rule ? unit : 1;

		if (len >= size && (is_rule || *p == ' ') &&
		    !memcmp(line->buf + len - size, p, size)) {
			i += size;
			continue;
		}
		memmove(line->buf + len, p, size);
		len += size;
		i += size;
	}
	strbuf_setlen(line, len);
}

static bool is_frame(const char *line)
{
	static const char *const starts[] = { "┌", "├", "└", "│" };

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
		if (!strncmp(line, starts[i], strlen(starts[i])))
			return true;
	return false;
}

static void mask_line(struct strbuf *line, const regex_t *regexes)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		replace_all(line, &regexes[i], forms[i].mask);
	if (is_frame(line->buf))
		squeeze_frame(line);
}

static void mask_lines(const char *text, const regex_t *regexes,
		       struct strbuf *into)
{
	struct strbuf line = STRBUF_INIT(STRBUF_TEXT);
	bool hidden = false;

	while (*text) {
		size_t len = strcspn(text, "\n");

		strbuf_reset(&line);
		strbuf_add(&line, text, len);
		if (!strcmp(line.buf, VOLATILE_END))
			hidden = false;
		mask_line(&line, regexes);
		if (!hidden) {
			strbuf_add(into, line.buf, line.len);
			strbuf_add(into, text + len, text[len] == '\n');
		}
		if (!strcmp(line.buf, VOLATILE_BEGIN))
			hidden = true;
		text += len + (text[len] == '\n');
	}
	strbuf_release(&line);
}

static void compile(regex_t *regexes)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (regcomp(&regexes[i], forms[i].regex, REG_EXTENDED))
			abort(); /* a constant of ours: a test compiles it */
}

static void release(regex_t *regexes)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		regfree(&regexes[i]);
}

void volatile_mask_text(const char *text, struct strbuf *into)
{
	regex_t regexes[ARRAY_SIZE(forms)];

	compile(regexes);
	mask_lines(text, regexes, into);
	release(regexes);
}

static json_t *mask_value(const json_t *value, const regex_t *regexes);

static json_t *mask_object(const json_t *object, const regex_t *regexes)
{
	json_t *masked = json_object(), *member;
	const json_t *is_volatile = json_object_get(object, "volatile");
	const char *name;

	json_object_foreach((json_t *)object, name, member) {
		bool digest = json_is_true(is_volatile) &&
			      (!strcmp(name, "sha256") ||
			       !strcmp(name, "git_blob") ||
			       !strcmp(name, "canonical") ||
			       !strcmp(name, "size"));

		if (!json_is_null(member) &&
		    (digest || is_volatile_member(name)))
			json_object_set_new(masked, name,
					    json_string("‹volatile›"));
		else
			json_object_set_new(masked, name,
					    mask_value(member, regexes));
	}
	return masked;
}

static json_t *mask_value(const json_t *value, const regex_t *regexes)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	json_t *masked, *element;
	size_t i;

	if (json_is_object(value))
		return mask_object(value, regexes);
	if (json_is_array(value)) {
		masked = json_array();
		json_array_foreach(value, i, element)
			json_array_append_new(masked,
					      mask_value(element, regexes));
		return masked;
	}
	if (!json_is_string(value))
		return json_deep_copy(value);
	mask_lines(json_string_value(value), regexes, &text);
	masked = json_string(text.buf);
	strbuf_release(&text);
	return masked ? masked : json_null();
}

int volatile_mask_json(const char *text, size_t len, struct strbuf *into,
		       struct error *err)
{
	regex_t regexes[ARRAY_SIZE(forms)];
	json_error_t error;
	json_t *value, *masked;
	char *dump;

	value = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL,
			   &error);
	if (!value)
		return error_set(err, ERROR_INVALID, "line %d: %s", error.line,
				 error.text);
	compile(regexes);
	masked = mask_value(value, regexes);
	dump = json_dumps(masked, JSON_INDENT(1));
	strbuf_addstr(into, dump ? dump : "");
	strbuf_addch(into, '\n');
	free(dump);
	json_decref(masked);
	json_decref(value);
	release(regexes);
	return 0;
}
