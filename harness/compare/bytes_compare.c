/* Any file: the first byte that differs. */
#include "compare/comparator.h"

#include <stdio.h>
#include <string.h>

static bool takes(const char *name, const struct mapped *bytes)
{
	(void)name;
	(void)bytes;
	return true;
}

/* The first offset where they part; the shorter length where one begins the
 * other. */
static size_t first_difference(const struct mapped *a, const struct mapped *b)
{
	enum { BLOCK = 1 << 16 };
	size_t n = a->len < b->len ? a->len : b->len, i = 0;

	while (i + BLOCK <= n && memcmp(a->data + i, b->data + i, BLOCK) == 0)
		i += BLOCK;
	while (i < n && a->data[i] == b->data[i])
		i++;
	return i;
}

static void print_byte(const struct mapped *m, size_t at, char *buf, size_t n)
{
	if (at < m->len)
		snprintf(buf, n, "0x%02x", m->data[at]);
	else
		snprintf(buf, n, "the end");
}

static int compare(const struct compare_job *job, struct comparison *c,
		   struct error *err)
{
	const struct mapped *a = &job->left.bytes, *b = &job->right.bytes;
	size_t at = first_difference(a, b);
	char field[40], left[16], right[16];

	(void)err;
	if (at == a->len && at == b->len)
		return 0;
	c->format_known = false;
	snprintf(field, sizeof(field), "byte %zu", at);
	print_byte(a, at, left, sizeof(left));
	print_byte(b, at, right, sizeof(right));
	comparator_differs(job, c, RUNG_NONE, field, left, right, NULL);
	return 0;
}

const struct comparator comparator_bytes = { "bytes", takes, compare };
