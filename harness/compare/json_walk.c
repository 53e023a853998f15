#include "compare/json_walk.h"

#include "base/number.h"
#include "format/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Past this a list in another order is not looked for. */
enum { MAX_SORTED = 100000, MAX_SORTED_DEPTH = 8, MAX_DEPTH = 200 };

struct walk {
	const struct compare_job *job;
	struct comparison *c;
	struct strbuf path;
};

static void print(const json_t *v, struct strbuf *into)
{
	if (!v) {
		strbuf_addstr(into, "absent");
		return;
	}
	char *text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT |
				JSON_REAL_PRECISION(17));
	if (json_is_real(v)) {
		char buf[NUMBER_TEXT];
		strbuf_addstr(into, number_format_double(json_real_value(v),
							 buf));
	} else if (text) {
		size_t len = strlen(text);
		utf8_add_visible(into, text, len < 200 ? len : 200, NULL);
		strbuf_addstr(into, len < 200 ? "" : "...");
	}
	free(text);
}

static void differ(struct walk *w, const json_t *left, const json_t *right)
{
	struct strbuf l = STRBUF_INIT(2048), r = STRBUF_INIT(2048);
	bool numbers = json_is_number(left) && json_is_number(right);
	uint64_t ulps = numbers ? number_ulps(json_number_value(left),
					      json_number_value(right)) : 0;

	print(left, &l);
	print(right, &r);
	comparator_differs(w->job, w->c, RUNG_NONE, w->path.buf, l.buf, r.buf,
			   numbers ? &ulps : NULL);
	strbuf_release(&l);
	strbuf_release(&r);
}

static void walk(struct walk *w, const json_t *left, const json_t *right,
		 int depth);

static void walk_key(struct walk *w, const char *key, const json_t *left,
		     const json_t *right, int depth)
{
	size_t len = w->path.len;

	strbuf_addstr(&w->path, len ? "." : "");
	utf8_add_visible(&w->path, key, strlen(key), NULL);
	walk(w, left, right, depth + 1);
	strbuf_setlen(&w->path, len);
}

static void walk_objects(struct walk *w, const json_t *left,
			 const json_t *right, int depth)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)left, key, value)
		walk_key(w, key, value, json_object_get(right, key), depth);
	json_object_foreach((json_t *)(uintptr_t)right, key, value)
		if (!json_object_get(left, key))
			walk_key(w, key, NULL, value, depth);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Each element as text, sorted; NULL where that is too much. */
static char **sorted_texts(const json_t *list)
{
	size_t n = json_array_size(list);
	char **texts = xreallocarray(NULL, n + 1, sizeof(*texts));

	for (size_t i = 0; i < n; i++) {
		texts[i] = json_dumps(json_array_get(list, i),
				      JSON_ENCODE_ANY | JSON_COMPACT |
				      JSON_SORT_KEYS);
		if (!texts[i])
			texts[i] = xstrdup("");
	}
	qsort(texts, n, sizeof(*texts), by_text);
	return texts;
}

static void free_texts(char **texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(texts[i]);
	free(texts);
}

static bool is_permuted(const json_t *left, const json_t *right)
{
	size_t n = json_array_size(left);
	bool same = n == json_array_size(right) && n > 1 && n <= MAX_SORTED;

	if (!same || json_equal(left, right))
		return false;
	char **a = sorted_texts(left), **b = sorted_texts(right);
	for (size_t i = 0; i < n && same; i++)
		same = strcmp(a[i], b[i]) == 0;
	free_texts(a, n);
	free_texts(b, n);
	return same;
}

static void walk_lists(struct walk *w, const json_t *left, const json_t *right,
		       int depth)
{
	size_t n = json_array_size(left), m = json_array_size(right);
	size_t len = w->path.len;
	char text[40];

	if (depth <= MAX_SORTED_DEPTH && is_permuted(left, right)) {
		snprintf(text, sizeof(text), "%zu elements", n);
		comparator_differs(w->job, w->c, RUNG_NONE, w->path.buf, text,
				   "the same in another order", NULL);
		return;
	}
	for (size_t i = 0; i < n || i < m; i++) {
		strbuf_addf(&w->path, "[%zu]", i);
		walk(w, json_array_get(left, i), json_array_get(right, i),
		     depth + 1);
		strbuf_setlen(&w->path, len);
	}
}

static void walk(struct walk *w, const json_t *left, const json_t *right,
		 int depth)
{
	if (json_is_number(left) && json_is_number(right)) {
		if (json_is_integer(left) && json_is_integer(right)
		    ? json_integer_value(left) != json_integer_value(right)
		    : json_number_value(left) != json_number_value(right))
			differ(w, left, right);
	} else if (depth > MAX_DEPTH || !left || !right ||
		   json_typeof(left) != json_typeof(right)) {
		if (!left || !right || !json_equal(left, right))
			differ(w, left, right);
	} else if (json_is_object(left)) {
		walk_objects(w, left, right, depth);
	} else if (json_is_array(left)) {
		walk_lists(w, left, right, depth);
	} else if (!json_equal(left, right)) {
		differ(w, left, right);
	}
}

void json_walk(const struct compare_job *job, const json_t *left,
	       const json_t *right, struct comparison *c)
{
	struct walk w = { job, c, STRBUF_INIT(STRBUF_LINE) };

	walk(&w, left, right, 0);
	strbuf_release(&w.path);
}
