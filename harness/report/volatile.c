#include "report/volatile.h"

#include "base/compiler.h"

#include <assert.h>
#include <jansson.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

const char *const volatile_members[] = {
	"content-length",         "creation_time",
	"creation_timestamp",     "duration",
	"end_time",               "environment",        "fit_time",
	"folder",                 "last_update_time",
	"last_updated_timestamp", "model_size_bytes",   "model_uuid",
	"run_id",                 "run_uuid",           "start_time",
	"started",                "timestamp",          "timings",
	"train_time",             "train_time_sec",     "training_time",
	"utc_time_created",       NULL,
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
	{ "/(tmp|var/tmp|run|dev/shm)/[^\\]\\[\\s\"'`,;:)|<>│]*",
	  "‹path›" },
	{ "\\b(pid|PID|process) [0-9]+\\b", "‹pid›" },
	/* What a machine gives a training, and was changed for it. */
	{ "\\b(threads|hash_seed|zone|locale): \\S+, was [^\\s\",;|]+",
	  "‹read back›" },

	/* MLflow's, in JSON or in a page's: milliseconds since 1970. */
	{ "\\b(creation_time(stamp)?|last_update(d_timestamp|_time)|start_time|"
	  "end_time|timestamp)(\"|&quot;|&#34;)\\s*:\\s*\\K[0-9]{10,16}",
	  "‹time›" },
	/* Prometheus: how many answers took how long. */
	{ "_(bucket\\{[^}]*\\}|sum(\\{[^}]*\\})?) \\K[-+.0-9e]+", "‹duration›" },
};

bool volatile_artifact(const char *path)
{
	const char *base = strrchr(path, '/');

	return !strcmp(base ? base + 1 : path, "MLmodel");
}

bool volatile_member(const char *name)
{
	for (size_t i = 0; volatile_members[i]; i++)
		if (!strcmp(volatile_members[i], name))
			return true;
	return false;
}

/* The forms, compiled: not by libc's regcomp(), which libonig (behind libjq)
 * covers with one of another layout. */
struct masks {
	pcre2_code *codes[ARRAY_SIZE(forms)];
};

static void masks_init(struct masks *masks)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		int error;
		PCRE2_SIZE offset;

		masks->codes[i] = pcre2_compile(
			(PCRE2_SPTR)forms[i].regex, PCRE2_ZERO_TERMINATED,
			PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, &error, &offset,
			NULL);
		assert(masks->codes[i]); /* a constant of ours */
	}
}

static void masks_release(struct masks *masks)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		pcre2_code_free(masks->codes[i]);
}

static void replace_all(struct strbuf *text, pcre2_code *code,
			const char *mask)
{
	pcre2_match_data *match =
		pcre2_match_data_create_from_pattern(code, NULL);
	struct strbuf out = STRBUF_INIT(STRBUF_TEXT);
	PCRE2_SIZE at = 0, *span = pcre2_get_ovector_pointer(match);

	while (pcre2_match(code, (PCRE2_SPTR)text->buf, text->len, at, 0,
			   match, NULL) > 0 && span[1] > at) {
		strbuf_add(&out, text->buf + at, span[0] - at);
		strbuf_addstr(&out, mask);
		at = span[1];
	}
	if (at) {
		strbuf_add(&out, text->buf + at, text->len - at);
		strbuf_reset(text);
		strbuf_add(text, out.buf, out.len);
	}
	strbuf_release(&out);
	pcre2_match_data_free(match);
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

enum { FRAME_COLUMNS = 32 };

/* A drawn table, line by line: which of its columns are volatile. */
struct frame {
	bool is_header;
	bool masked[FRAME_COLUMNS];
};

/* The next cell of a row, without the spaces around it; false at its end. */
static bool next_cell(const char **at, const char **ret_cell, size_t *ret_len)
{
	static const char bar[] = "│";
	const char *cell = *at, *end = strstr(cell, bar);

	if (!end)
		return false;
	*at = end + strlen(bar);
	while (cell < end && *cell == ' ')
		cell++;
	while (end > cell && end[-1] == ' ')
		end--;
	*ret_cell = cell;
	*ret_len = (size_t)(end - cell);
	return true;
}

static bool names_volatile(const char *cell, size_t len)
{
	char name[64];

	if (len >= sizeof(name))
		return false;
	memcpy(name, cell, len);
	name[len] = '\0';
	return volatile_member(name) || volatile_artifact(name);
}

static void mask_row(struct strbuf *line, struct frame *frame)
{
	struct strbuf out = STRBUF_INIT(STRBUF_TEXT);
	const char *at = line->buf + strlen("│"), *cell;
	bool after_name = false;
	size_t len;

	strbuf_addstr(&out, "│");
	for (size_t i = 0; next_cell(&at, &cell, &len); i++) {
		bool names = names_volatile(cell, len);
		bool column = i < FRAME_COLUMNS && frame->masked[i];

		strbuf_addch(&out, ' ');
		if (!frame->is_header && (after_name || column))
			strbuf_addstr(&out, "‹volatile›");
		else
			strbuf_add(&out, cell, len);
		strbuf_addstr(&out, " │");
		if (frame->is_header && i < FRAME_COLUMNS)
			frame->masked[i] = names;
		after_name = names;
	}
	strbuf_reset(line);
	strbuf_add(line, out.buf, out.len);
	strbuf_release(&out);
	frame->is_header = false;
}

static void mask_line(struct strbuf *line, const struct masks *masks,
		      struct frame *frame)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		replace_all(line, masks->codes[i], forms[i].mask);
	if (!is_frame(line->buf))
		return;
	if (!strncmp(line->buf, "┌", strlen("┌")))
		*frame = (struct frame){ .is_header = true };
	if (!strncmp(line->buf, "│", strlen("│")))
		mask_row(line, frame);
	squeeze_frame(line);
}

static void mask_lines(const char *text, const struct masks *masks,
		       struct strbuf *into)
{
	struct strbuf line = STRBUF_INIT(STRBUF_TEXT);
	struct frame frame = { 0 };
	bool hidden = false;

	while (*text) {
		size_t len = strcspn(text, "\n");

		strbuf_reset(&line);
		strbuf_add(&line, text, len);
		if (!strcmp(line.buf, VOLATILE_END))
			hidden = false;
		mask_line(&line, masks, &frame);
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

void volatile_mask_text(const char *text, struct strbuf *into)
{
	struct masks masks;

	masks_init(&masks);
	mask_lines(text, &masks, into);
	masks_release(&masks);
}

static json_t *mask_value(const json_t *value, const struct masks *masks);

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (!strcmp(*names, name))
			return true;
	return false;
}

/* The digests of an artifact that is volatile by its nature, the sides of a
 * difference that a comparison set aside, a metric that the scenario calls
 * volatile (`names:`). */
static bool is_set_aside(const json_t *object, const char *name)
{
	static const char *const digests[] = { "canonical", "git_blob",
					       "sha256", "size", NULL };
	static const char *const sides[] = { "left", "right", "ulps", NULL };
	const char *kind = json_string_value(json_object_get(object, "kind"));

	if (volatile_artifact(name) ||
	    (!strcmp(name, "volatile") &&
	     json_is_real(json_object_get(object, name))))
		return true;
	if (json_is_true(json_object_get(object, "volatile")))
		return is_one_of(name, digests);
	return kind && !strcmp(kind, "volatile") && is_one_of(name, sides);
}

/* What a program of the stack prints, and an answer that is no JSON: as free as
 * the program is. What a check reads of them stands beside them. */
static bool is_raw_output(const json_t *object, const char *name)
{
	static const char *const printed[] = { "err", "out", NULL };

	if (!json_is_string(json_object_get(object, name)))
		return false;
	if (json_object_get(object, "exit_code"))
		return is_one_of(name, printed);
	return json_object_get(object, "headers") && !strcmp(name, "body");
}

static json_t *mask_object(const json_t *object, const struct masks *masks)
{
	json_t *masked = json_object(), *member;
	const char *name;

	json_object_foreach((json_t *)object, name, member) {
		bool hide = volatile_member(name) ||
			    is_set_aside(object, name) ||
			    is_raw_output(object, name);

		json_object_set_new(masked, name,
				    hide && !json_is_null(member)
					    ? json_string("‹volatile›")
					    : mask_value(member, masks));
	}
	return masked;
}

static json_t *mask_value(const json_t *value, const struct masks *masks)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	json_t *masked, *element;
	size_t i;

	if (json_is_object(value))
		return mask_object(value, masks);
	if (json_is_array(value)) {
		masked = json_array();
		json_array_foreach(value, i, element)
			json_array_append_new(masked,
					      mask_value(element, masks));
		return masked;
	}
	if (!json_is_string(value))
		return json_deep_copy(value);
	mask_lines(json_string_value(value), masks, &text);
	masked = json_string(text.buf);
	strbuf_release(&text);
	return masked ? masked : json_null();
}

int volatile_mask_json(const char *text, size_t len, struct strbuf *into,
		       struct error *err)
{
	struct masks masks;
	json_error_t error;
	json_t *value, *masked;
	char *dump;

	value = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL,
			   &error);
	if (!value)
		return error_set(err, ERROR_INVALID, "line %d: %s", error.line,
				 error.text);
	masks_init(&masks);
	masked = mask_value(value, &masks);
	/* The order of members says nothing, and may be that of a set. */
	dump = json_dumps(masked, JSON_INDENT(1) | JSON_SORT_KEYS);
	strbuf_addstr(into, dump ? dump : "");
	strbuf_addch(into, '\n');
	free(dump);
	json_decref(masked);
	json_decref(value);
	masks_release(&masks);
	return 0;
}
