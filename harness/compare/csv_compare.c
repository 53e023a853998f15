/* CSV: cells by column and row; the same rows in another order. */
#include "compare/comparator.h"

#include "base/number.h"
#include "format/csv.h"
#include "format/python_text.h"

#include <stdio.h>
#include <string.h>

static bool takes(const char *name, const struct mapped *bytes)
{
	(void)bytes;
	return comparator_has_suffix(name, ".csv");
}

/* What two tables have in common, found in one pass over both. */
struct tables {
	const struct compare_job *job;
	struct comparison *c;
	struct csv left, right;
	struct strbuf header; /* the left one, names parted by NULs */
	size_t rows, left_only, right_only, differing;
	uint64_t left_sum, right_sum; /* of hashes of rows, in any order */
};

/* FNV-1a with a finish: sums of it tell multisets of rows apart. */
static uint64_t hash_row(const struct csv *csv)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < csv->cells.len; i++) {
		const struct csv_cell *cell = &csv->cells.at[i];
		for (size_t k = 0; k <= cell->len; k++) /* the NUL too */
			h = (h ^ (unsigned char)cell->text[k]) *
			    UINT64_C(1099511628211);
	}
	h ^= h >> 29;
	h *= UINT64_C(0xbf58476d1ce4e5b9);
	return h ^ h >> 32;
}

static void differ_cell(struct tables *t, const char *field,
			const struct csv_cell *a, const struct csv_cell *b)
{
	struct strbuf l = STRBUF_INIT(2048), r = STRBUF_INIT(2048);
	double x, y;
	bool numbers = a && b && number_parse_double(a->text, &x) &&
		       number_parse_double(b->text, &y);
	uint64_t ulps = numbers ? number_ulps(x, y) : 0;

	if (a)
		python_text_quote(&l, a->text, a->len, 120);
	if (b)
		python_text_quote(&r, b->text, b->len, 120);
	comparator_differs(t->job, t->c, RUNG_NONE, field,
			   a ? l.buf : "absent", b ? r.buf : "absent",
			   numbers ? &ulps : NULL);
	strbuf_release(&l);
	strbuf_release(&r);
}

static const char *column_name(const struct tables *t, size_t i)
{
	const char *s = t->header.buf, *end = s + t->header.len;

	while (i-- && s < end)
		s += strlen(s) + 1;
	return s < end ? s : "";
}

/* Equal as numbers, or as text. */
static bool cells_equal(const struct csv_cell *a, const struct csv_cell *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

static void compare_rows(struct tables *t)
{
	size_t n = t->left.cells.len, m = t->right.cells.len;
	bool differs = false;

	for (size_t i = 0; i < n || i < m; i++) {
		const struct csv_cell *a = i < n ? &t->left.cells.at[i] : NULL;
		const struct csv_cell *b = i < m ? &t->right.cells.at[i] : NULL;
		if (a && b && cells_equal(a, b))
			continue;
		differs = true;
		if (t->differing >= 20)
			break;
		struct strbuf field = STRBUF_INIT(1024);
		if (t->rows == 0)
			strbuf_addf(&field, "header[%zu]", i);
		else
			strbuf_addf(&field, "row[%zu].%s", t->rows - 1,
				    column_name(t, i));
		differ_cell(t, field.buf, a, b);
		strbuf_release(&field);
	}
	t->differing += differs;
}

static void keep_header(struct tables *t)
{
	for (size_t i = 0; i < t->left.cells.len; i++)
		strbuf_add(&t->header, t->left.cells.at[i].text,
			   t->left.cells.at[i].len + 1);
}

static int read_both(struct tables *t, struct error *err)
{
	for (;; t->rows++) {
		int a = csv_next(&t->left, err);
		int b = a < 0 ? -1 : csv_next(&t->right, err);
		if (a < 0 || b < 0)
			return -1;
		if (!a && !b)
			return 0;
		if (a)
			t->left_sum += hash_row(&t->left);
		if (b)
			t->right_sum += hash_row(&t->right);
		t->left_only += a && !b;
		t->right_only += b && !a;
		if (t->rows == 0 && a)
			keep_header(t);
		if (a && b)
			compare_rows(t);
	}
}

/* Forgets the cells where only the rows' order differs. */
static void conclude(struct tables *t, const struct comparison *before)
{
	struct comparison *c = t->c;
	char left[64], right[64];
	size_t rows = t->rows ? t->rows - 1 : 0;

	if (!t->left_only && !t->right_only && t->differing > 1 &&
	    t->left_sum == t->right_sum) {
		c->differences.len = before->differences.len;
		memcpy(c->counts, before->counts, sizeof(c->counts));
		c->rung = before->rung;
		snprintf(left, sizeof(left), "%zu rows", rows);
		comparator_differs(t->job, c, RUNG_NONE, "rows", left,
				   "the same in another order", NULL);
		comparison_say(c, "%s the same %zu rows in another order",
			       t->job->name, rows);
		return;
	}
	if (t->left_only || t->right_only) {
		snprintf(left, sizeof(left), "%zu", rows - t->right_only);
		snprintf(right, sizeof(right), "%zu", rows - t->left_only);
		comparator_differs(t->job, c, RUNG_NONE, "row count", left,
				   right, NULL);
	}
	if (t->differing)
		comparison_say(c, "%s %zu of %zu rows differ", t->job->name,
			       t->differing, t->rows);
}

static int compare(const struct compare_job *job, struct comparison *c,
		   struct error *err)
{
	struct tables t = { .job = job, .c = c,
			    .header = STRBUF_INIT(STRBUF_TEXT) };
	const struct comparison before = *c;
	int result = -1;

	if (csv_open_text(&t.left, job->left.path,
			  (const char *)job->left.bytes.data,
			  job->left.bytes.len, NULL, err) == 0 &&
	    csv_open_text(&t.right, job->right.path,
			  (const char *)job->right.bytes.data,
			  job->right.bytes.len, NULL, err) == 0) {
		comparison_lower(c, RUNG_CANONICAL);
		result = read_both(&t, err);
	}
	if (!result)
		conclude(&t, &before);
	csv_close(&t.left);
	csv_close(&t.right);
	strbuf_release(&t.header);
	return result;
}

const struct comparator comparator_csv = { "csv", takes, compare };
