/* Text: by lines. */
#include "compare/comparator.h"

#include "format/python_text.h"
#include "format/utf8.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN = 120, PROBE = 64 * 1024 };

static bool takes(const char *name, const struct mapped *bytes)
{
	size_t n = bytes->len < PROBE ? bytes->len : PROBE;
	const char *s = (const char *)bytes->data;

	(void)name;
	if (memchr(s, '\0', n))
		return false;
	while (n && n < bytes->len && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--; /* a character that the probe cuts */
	return python_text_is_valid(s, n);
}

struct line {
	const char *at;
	size_t len;
};

/* The line at *pos, and moves past it; false at the end. */
static bool next_line(const struct mapped *m, size_t *pos, struct line *ret)
{
	const char *s = (const char *)m->data + *pos;
	size_t left = m->len - *pos;
	const char *end;

	if (!left)
		return false;
	end = memchr(s, '\n', left);
	ret->at = s;
	ret->len = end ? (size_t)(end - s) : left;
	*pos += ret->len + (end != NULL);
	return true;
}

static void show(const struct line *line, struct strbuf *into)
{
	size_t n = line->len < SHOWN ? line->len : SHOWN;

	if (!line->at) {
		strbuf_addstr(into, "absent");
		return;
	}
	python_text_quote(into, line->at, line->len, n);
}

static int compare(const struct compare_job *job, struct comparison *c,
		   struct error *err)
{
	const struct mapped *a = &job->left.bytes, *b = &job->right.bytes;
	size_t i = 0, k = 0, number = 0, differ = 0;

	(void)err;
	comparison_lower(c, RUNG_CANONICAL);
	for (;;) {
		struct line left = { NULL, 0 }, right = { NULL, 0 };
		bool has_left = next_line(a, &i, &left);
		bool has_right = next_line(b, &k, &right);
		number++;
		if (!has_left && !has_right)
			break;
		if (has_left == has_right && left.len == right.len &&
		    memcmp(left.at, right.at, left.len) == 0)
			continue;
		if (++differ > 20) /* the rest is counted by nobody */
			break;
		struct strbuf l = STRBUF_INIT(2048), r = STRBUF_INIT(2048);
		char field[40];
		snprintf(field, sizeof(field), "line %zu", number);
		show(&left, &l);
		show(&right, &r);
		comparator_differs(job, c, RUNG_NONE, field, l.buf, r.buf,
				   NULL);
		strbuf_release(&l);
		strbuf_release(&r);
	}
	return 0;
}

const struct comparator comparator_text = { "text", takes, compare };
