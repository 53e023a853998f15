/*
 * SQLite databases, such as MLflow's: a table is a set of rows, whatever their
 * order. Volatile columns are set aside before the rows are sorted, and said
 * to differ as a whole. In a table of keys and values (tags, metrics, params)
 * a value's field is "table[key]", so that one key's can be volatile.
 */
#include "compare/json_walk.h"

#include "format/sqlite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool takes(const char *name, const struct mapped *bytes)
{
	(void)name;
	return sqlite_is(bytes->data, bytes->len);
}

/* One database, split: what counts, and the volatile columns. */
struct split {
	const struct compare_job *job;
	json_t *rows;     /* {table: [row, ...] sorted} */
	json_t *set_aside; /* {field: [value, ...] sorted} */
};

static const char *field_of(const char *table, const char *column,
			    const json_t *row, struct strbuf *into)
{
	const char *key = json_string_value(json_object_get(row, "key"));

	strbuf_reset(into);
	if (key && strcmp(column, "value") == 0)
		strbuf_addf(into, "%s[%.200s]", table, key);
	else
		strbuf_addf(into, "%s.%s", table, column);
	return into->buf;
}

static void set_aside(struct split *s, const char *field, json_t *value)
{
	json_t *list = json_object_get(s->set_aside, field);

	if (!list) {
		list = json_array();
		json_object_set_new(s->set_aside, field, list);
	}
	json_array_append(list, value);
}

static json_t *split_row(struct split *s, const char *table,
			 const json_t *row)
{
	json_t *kept = json_object(), *value;
	struct strbuf field = STRBUF_INIT(4096);
	const char *column;

	json_object_foreach((json_t *)(uintptr_t)row, column, value) {
		field_of(table, column, row, &field);
		if (declared_volatile(s->job->declared, s->job->name,
				      field.buf))
			set_aside(s, field.buf, value);
		else
			json_object_set(kept, column, value);
	}
	strbuf_release(&field);
	return kept;
}

struct keyed {
	char *text;
	json_t *value;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct keyed *)a)->text,
		      ((const struct keyed *)b)->text);
}

/* The same elements, in the order of their text. */
static json_t *sorted(json_t *list)
{
	size_t n = json_array_size(list);
	struct keyed *all = xreallocarray(NULL, n + 1, sizeof(*all));
	json_t *out = json_array();

	for (size_t i = 0; i < n; i++) {
		all[i].value = json_array_get(list, i);
		all[i].text = json_dumps(all[i].value, JSON_ENCODE_ANY |
					 JSON_SORT_KEYS | JSON_COMPACT);
		if (!all[i].text)
			all[i].text = xstrdup("");
	}
	qsort(all, n, sizeof(*all), by_text);
	for (size_t i = 0; i < n; i++) {
		json_array_append(out, all[i].value);
		free(all[i].text);
	}
	free(all);
	return out;
}

static int load(struct split *s, const struct compare_job *job,
		const char *path, struct error *err)
{
	json_t *tables, *rows, *row;
	const char *table;
	size_t i;

	*s = (struct split){ .job = job };
	if (sqlite_read(path, NULL, &tables, err) < 0)
		return -1;
	s->rows = json_object();
	s->set_aside = json_object();
	json_object_foreach(tables, table, rows) {
		json_t *kept = json_array();
		json_array_foreach(rows, i, row)
			json_array_append_new(kept, split_row(s, table, row));
		json_object_set_new(s->rows, table, sorted(kept));
		json_decref(kept);
	}
	json_decref(tables);
	return 0;
}

static void split_release(struct split *s)
{
	json_decref(s->rows);
	json_decref(s->set_aside);
}

static void say_aside(const struct compare_job *job, struct comparison *c,
		      const char *field, json_t *left, json_t *right)
{
	json_t *a = left ? sorted(left) : NULL;
	json_t *b = right ? sorted(right) : NULL;
	char l[40], r[40];

	if (!a || !b || !json_equal(a, b)) {
		snprintf(l, sizeof(l), "%zu values", json_array_size(a));
		snprintf(r, sizeof(r), "%zu other values", json_array_size(b));
		comparator_differs(job, c, RUNG_NONE, field, l, r, NULL);
	}
	json_decref(a);
	json_decref(b);
}

static void compare_aside(const struct compare_job *job, struct comparison *c,
			  const struct split *a, const struct split *b)
{
	const char *field;
	json_t *list;

	json_object_foreach(a->set_aside, field, list)
		say_aside(job, c, field, list,
			  json_object_get(b->set_aside, field));
	json_object_foreach(b->set_aside, field, list)
		if (!json_object_get(a->set_aside, field))
			say_aside(job, c, field, NULL, list);
}

static int compare(const struct compare_job *job, struct comparison *c,
		   struct error *err)
{
	struct split a = { NULL }, b = { NULL };
	int result = load(&a, job, job->left.path, err);

	if (!result)
		result = load(&b, job, job->right.path, err);
	if (!result) {
		comparison_lower(c, RUNG_CANONICAL);
		json_walk(job, a.rows, b.rows, c);
		compare_aside(job, c, &a, &b);
	}
	split_release(&a);
	split_release(&b);
	return result;
}

const struct comparator comparator_sqlite = { "sqlite", takes, compare };
