/* A metric in MLflow's file store: lines of "timestamp value step". */
#include "compare/comparator.h"

#include "base/number.h"

#include <stdio.h>
#include <string.h>

enum { MAX_LINES = 100000 };

struct sample {
	char time[32], value[64], step[32];
};

static bool takes(const char *name, const struct mapped *bytes)
{
	const char *folder = strstr(name, "metrics/");

	return folder && (folder == name || folder[-1] == '/') &&
	       bytes->len && bytes->data[0] >= '0' && bytes->data[0] <= '9';
}

/* Copies the word at *pos, and moves past it and a blank. */
static bool next_word(const struct mapped *m, size_t *pos, char *to, size_t n)
{
	size_t i = 0;

	while (*pos < m->len && m->data[*pos] > ' ') {
		if (i + 1 >= n)
			return false;
		to[i++] = (char)m->data[(*pos)++];
	}
	to[i] = '\0';
	if (*pos < m->len && m->data[*pos] == ' ')
		(*pos)++;
	return i > 0;
}

/* 1, 0 at the end, -1 where the line is no sample. */
static int next_sample(const struct mapped *m, size_t *pos, struct sample *ret)
{
	double value;

	memset(ret, 0, sizeof(*ret));
	if (*pos == m->len)
		return 0;
	if (!next_word(m, pos, ret->time, sizeof(ret->time)) ||
	    !next_word(m, pos, ret->value, sizeof(ret->value)) ||
	    !number_parse_double(ret->value, &value))
		return -1;
	next_word(m, pos, ret->step, sizeof(ret->step));
	if (*pos < m->len && m->data[(*pos)++] != '\n')
		return -1;
	return 1;
}

static void compare_word(const struct compare_job *job, struct comparison *c,
			 const char *what, size_t i, const char *left,
			 const char *right)
{
	double a, b;
	uint64_t ulps = 0;
	char field[48];

	if (strcmp(left, right) == 0)
		return;
	bool numbers = number_parse_double(left, &a) &&
		       number_parse_double(right, &b);
	if (numbers && a == b)
		return;
	if (numbers)
		ulps = number_ulps(a, b);
	snprintf(field, sizeof(field), "%s[%zu]", what, i);
	comparator_differs(job, c, RUNG_NONE, field,
			   *left ? left : "absent", *right ? right : "absent",
			   numbers && *what == 'v' ? &ulps : NULL);
}

static int check(const struct compare_side *side, struct error *err)
{
	struct sample sample;
	size_t pos = 0, n = 0;
	int more;

	while ((more = next_sample(&side->bytes, &pos, &sample)) > 0)
		if (++n > MAX_LINES)
			return error_set(err, ERROR_LIMIT,
					 "%s: more than %d lines", side->path,
					 MAX_LINES);
	if (more < 0)
		return error_set(err, ERROR_INVALID,
				 "%s: line %zu is no sample of a metric",
				 side->path, n + 1);
	return 0;
}

static int compare(const struct compare_job *job, struct comparison *c,
		   struct error *err)
{
	struct sample left, right;
	size_t a = 0, b = 0, before = c->counts[DIFFERENCE_VOLATILE];
	int more_left, more_right;

	if (check(&job->left, err) < 0 || check(&job->right, err) < 0)
		return -1;
	for (size_t i = 0;; i++) {
		more_left = next_sample(&job->left.bytes, &a, &left);
		more_right = next_sample(&job->right.bytes, &b, &right);
		if (!more_left && !more_right)
			break;
		compare_word(job, c, "timestamp", i, left.time, right.time);
		compare_word(job, c, "value", i, left.value, right.value);
		compare_word(job, c, "step", i, left.step, right.step);
	}
	if (c->counts[DIFFERENCE_VOLATILE] == before)
		comparison_lower(c, RUNG_CANONICAL);
	return 0;
}

const struct comparator comparator_metric_file = { "metric", takes, compare };
