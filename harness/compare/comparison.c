#include "compare/comparison.h"

#include <string.h>

static const char *const rung_names[] = {
	"none", "metrics", "predictions", "canonical", "bytes",
};

static const char *const kind_names[] = {
	[DIFFERENCE_VALUE] = "value",
	[DIFFERENCE_VOLATILE] = "volatile",
	[DIFFERENCE_NON_SEMANTIC] = "non-semantic",
};

const char *rung_name(enum rung rung)
{
	return rung_names[rung];
}

bool rung_parse(const char *name, enum rung *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(rung_names); i++) {
		if (strcmp(name, rung_names[i]) == 0) {
			*ret = (enum rung)i;
			return true;
		}
	}
	return false;
}

void comparison_release(struct comparison *c)
{
	arena_release(&c->arena);
	vec_release(&c->differences);
	vec_release(&c->files);
	vec_release(&c->summary);
	*c = (struct comparison)COMPARISON_INIT;
}

const struct difference *comparison_first(const struct comparison *c)
{
	for (size_t i = 0; i < c->differences.len; i++)
		if (c->differences.at[i].kind == DIFFERENCE_VALUE)
			return &c->differences.at[i];
	return NULL;
}

bool comparison_has_metrics(const struct comparison *c)
{
	for (size_t i = 0; i < c->files.len; i++)
		if (strcmp(c->files.at[i].format, "metric") == 0)
			return true;
	return false;
}

void comparison_lower(struct comparison *c, enum rung to)
{
	if (c->rung > to)
		c->rung = to;
}

void comparison_add(struct comparison *c, enum difference_kind kind,
		    enum rung below, const char *path, const char *left,
		    const char *right, const uint64_t *ulps)
{
	c->counts[kind]++;
	if (kind == DIFFERENCE_VALUE)
		comparison_lower(c, below);
	/* Room is kept for the first that counts, behind any others. */
	bool full = c->differences.len >= COMPARISON_KEPT ||
		    c->arena.total > COMPARISON_MEMORY;
	if (full && (kind != DIFFERENCE_VALUE || c->counts[kind] > 1))
		return;
	*vec_push(&c->differences) = (struct difference){
		.kind = kind,
		.path = arena_strdup(&c->arena, path),
		.left = arena_strdup(&c->arena, left),
		.right = arena_strdup(&c->arena, right),
		.has_ulps = ulps != NULL,
		.ulps = ulps ? *ulps : 0,
	};
}

void comparison_say(struct comparison *c, const char *fmt, ...)
{
	va_list ap;

	if (c->summary.len >= COMPARISON_LINES)
		return;
	va_start(ap, fmt);
	*vec_push(&c->summary) = arena_vprintf(&c->arena, fmt, ap);
	va_end(ap);
}

static void print_ulps(uint64_t ulps, struct strbuf *into)
{
	int power = 0;

	if (ulps == UINT64_MAX) {
		strbuf_addstr(into, " (not a number on one side)");
		return;
	}
	while (power < 63 && UINT64_C(1) << (power + 1) <= ulps)
		power++;
	if (ulps < 100000)
		strbuf_addf(into, " (%llu ulp%s)", (unsigned long long)ulps,
			    ulps == 1 ? "" : "s");
	else
		strbuf_addf(into, " (%s2^%d ulps)",
			    ulps == UINT64_C(1) << power ? "" : "about ",
			    power);
}

void difference_print(const struct difference *d, struct strbuf *into)
{
	if (*d->path)
		strbuf_addf(into, "%s: ", d->path);
	strbuf_addf(into, "%s != %s", d->left, d->right);
	if (d->has_ulps)
		print_ulps(d->ulps, into);
}

static json_t *difference_json(const struct difference *d)
{
	json_t *out = json_object();

	json_object_set_new(out, "kind", json_string(kind_names[d->kind]));
	json_object_set_new(out, "path", json_string(d->path));
	json_object_set_new(out, "left", json_string(d->left));
	json_object_set_new(out, "right", json_string(d->right));
	if (d->has_ulps)
		json_object_set_new(out, "ulps",
			d->ulps <= INT64_MAX
				? json_integer((json_int_t)d->ulps)
				: json_string("nan"));
	return out;
}

static json_t *file_json(const struct compared_file *f)
{
	json_t *out = json_object();

	json_object_set_new(out, "path", json_string(f->path));
	json_object_set_new(out, "format", json_string(f->format));
	json_object_set_new(out, "rung", json_string(rung_name(f->rung)));
	json_object_set_new(out, "only",
			    f->only ? json_string(f->only) : json_null());
	return out;
}

static json_t *count_json(size_t n)
{
	return json_integer((json_int_t)n);
}

json_t *comparison_to_json(const struct comparison *c)
{
	const struct difference *first = comparison_first(c);
	json_t *out = json_object(), *list = json_array();

	json_object_set_new(out, "rung", json_string(rung_name(c->rung)));
	json_object_set_new(out, "predictions_apply",
			    json_boolean(c->predictions_apply));
	json_object_set_new(out, "format_known", json_boolean(c->format_known));
	json_object_set_new(out, "differs",
			    count_json(c->counts[DIFFERENCE_VALUE]));
	json_object_set_new(out, "volatile",
			    count_json(c->counts[DIFFERENCE_VOLATILE]));
	json_object_set_new(out, "non_semantic",
			    count_json(c->counts[DIFFERENCE_NON_SEMANTIC]));
	json_object_set_new(out, "first",
			    first ? difference_json(first) : json_null());
	for (size_t i = 0; i < c->differences.len; i++)
		json_array_append_new(list,
			difference_json(&c->differences.at[i]));
	json_object_set_new(out, "differences", list);
	list = json_array();
	for (size_t i = 0; i < c->files.len; i++)
		json_array_append_new(list, file_json(&c->files.at[i]));
	json_object_set_new(out, "files", list);
	list = json_array();
	for (size_t i = 0; i < c->summary.len; i++)
		json_array_append_new(list, json_string(c->summary.at[i]));
	json_object_set_new(out, "summary", list);
	return out;
}
