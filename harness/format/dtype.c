#include "format/ndarray.h"

#include <string.h>

enum { MAX_ITEMSIZE = 1 << 30 };

/* The sizes that a kind may have: a bit for each of 1, 2, 4, 8, 16, 32. */
static unsigned int sizes_of_kind(char kind)
{
	switch (kind) {
	case 'b': return 1;
	case 'i': case 'u': return 1 | 2 | 4 | 8;
	case 'f': return 2 | 4 | 8 | 16;
	case 'c': return 8 | 16 | 32;
	case 'M': case 'm': case 'O': return 8;
	default: return 0; /* S U V: any */
	}
}

static bool size_fits(char kind, size_t size)
{
	unsigned int sizes = sizes_of_kind(kind);

	return !sizes || (size && size <= 32 && (sizes & size) == size &&
			  (size & (size - 1)) == 0);
}

static bool kind_is_known(char kind)
{
	return kind && strchr("biufcSUVMmO", kind) != NULL;
}

/* Reads the decimal number at *text; -1 where there is none or it is huge. */
static int64_t read_size(const char **text, const char *end)
{
	int64_t n = 0;
	const char *p = *text;

	if (p == end)
		return -1;
	for (; p < end && *p >= '0' && *p <= '9'; p++) {
		n = n * 10 + (*p - '0');
		if (n > MAX_ITEMSIZE)
			return -1;
	}
	if (p == *text)
		return -1;
	*text = p;
	return n;
}

/* The "[ns]" of a datetime; "" where there is none. */
static const char *read_unit(struct arena *arena, const char *p,
			     const char *end)
{
	if (p == end)
		return "";
	if (end - p < 3 || end - p > 16 || *p != '[' || end[-1] != ']')
		return NULL;
	return arena_strndup(arena, p + 1, (size_t)(end - p - 2));
}

static int bad_type(const char *text, size_t len, struct error *err)
{
	return error_set(err, ERROR_INVALID, "no NumPy type: '%.*s'",
			 (int)(len > 40 ? 40 : len), text);
}

int dtype_parse(struct arena *arena, const char *text, size_t len,
		const struct dtype **ret, struct error *err)
{
	const char *p = text, *end = text + len;
	struct dtype type = { .unit = "" };

	if (p < end && strchr("<>|=", *p) && *p)
		type.big_endian = *p++ == '>';
	if (p == end || memchr(text, '\0', len))
		return bad_type(text, len, err);
	type.kind = *p++;
	if (type.kind == '?') {
		type.kind = 'b';
		type.itemsize = 1;
	} else if (type.kind == 'O' && p == end) {
		type.itemsize = 8;
	} else {
		int64_t size = read_size(&p, end);
		if (!kind_is_known(type.kind) || size < 0)
			return bad_type(text, len, err);
		type.itemsize = (size_t)size * (type.kind == 'U' ? 4 : 1);
	}
	if (type.itemsize > MAX_ITEMSIZE)
		return bad_type(text, len, err);
	if (type.kind == 'M' || type.kind == 'm') {
		type.unit = read_unit(arena, p, end);
		if (!type.unit)
			return bad_type(text, len, err);
	} else if (p != end) {
		return bad_type(text, len, err);
	}
	if (type.kind == 'O')
		type.itemsize = 8; /* a pointer, on any machine we know */
	if (!size_fits(type.kind, type.itemsize))
		return bad_type(text, len, err);
	type.has_object = type.kind == 'O';
	struct dtype *made = arena_new(arena, struct dtype);
	*made = type;
	*ret = made;
	return 0;
}

static int check_field(const struct dtype_field *f, size_t itemsize,
		       struct error *err)
{
	if (!f->name || !f->type)
		return error_set(err, ERROR_INVALID,
				 "a field without name or type");
	if (f->offset > itemsize || f->type->itemsize > itemsize - f->offset)
		return error_set(err, ERROR_INVALID,
				 "field '%.60s' lies past its element",
				 f->name);
	if (f->type->depth >= DTYPE_MAX_DEPTH)
		return error_set(err, ERROR_LIMIT,
				 "a NumPy type nested deeper than %d",
				 DTYPE_MAX_DEPTH);
	return 0;
}

int dtype_structured(struct arena *arena, const struct dtype_field *fields,
		     size_t n_fields, size_t itemsize,
		     const struct dtype **ret, struct error *err)
{
	struct dtype type = { .kind = 'V', .unit = "", .itemsize = itemsize };

	if (n_fields > DTYPE_MAX_FIELDS)
		return error_set(err, ERROR_LIMIT,
				 "a NumPy type with more than %d fields",
				 DTYPE_MAX_FIELDS);
	if (itemsize > MAX_ITEMSIZE)
		return error_set(err, ERROR_LIMIT,
				 "a NumPy type of %zu bytes", itemsize);
	struct dtype_field *copy =
		arena_array(arena, n_fields, sizeof(*copy));
	for (size_t i = 0; i < n_fields; i++) {
		if (check_field(&fields[i], itemsize, err) < 0)
			return -1;
		copy[i] = fields[i];
		type.has_object |= fields[i].type->has_object;
		if (fields[i].type->depth >= type.depth)
			type.depth = fields[i].type->depth + 1;
	}
	type.n_fields = n_fields;
	type.fields = copy;
	struct dtype *made = arena_new(arena, struct dtype);
	*made = type;
	*ret = made;
	return 0;
}

int dtype_subarray(struct arena *arena, const struct dtype *base,
		   const int64_t *shape, size_t n_dims,
		   const struct dtype **ret, struct error *err)
{
	struct dtype type = { .kind = 'V', .unit = "", .base = base };
	size_t count;

	if (base->depth >= DTYPE_MAX_DEPTH)
		return error_set(err, ERROR_LIMIT,
				 "a NumPy type nested deeper than %d",
				 DTYPE_MAX_DEPTH);
	if (ndarray_count(shape, n_dims, &count, err) < 0)
		return -1;
	if (base->itemsize && count > MAX_ITEMSIZE / base->itemsize)
		return error_set(err, ERROR_LIMIT,
				 "a NumPy type of %zu elements", count);
	type.itemsize = count * base->itemsize;
	type.n_dims = n_dims;
	type.has_object = base->has_object;
	type.depth = base->depth + 1;
	int64_t *copy = arena_array(arena, n_dims, sizeof(*copy));
	for (size_t i = 0; i < n_dims; i++)
		copy[i] = shape[i];
	type.shape = copy;
	struct dtype *made = arena_new(arena, struct dtype);
	*made = type;
	*ret = made;
	return 0;
}

static bool fields_equal(const struct dtype *a, const struct dtype *b)
{
	if (a->n_fields != b->n_fields)
		return false;
	for (size_t i = 0; i < a->n_fields; i++)
		if (strcmp(a->fields[i].name, b->fields[i].name) != 0 ||
		    !dtype_equal(a->fields[i].type, b->fields[i].type))
			return false;
	return true;
}

bool dtype_equal(const struct dtype *a, const struct dtype *b)
{
	if (a == b)
		return true;
	if (a->kind != b->kind || strcmp(a->unit, b->unit) != 0 ||
	    !a->base != !b->base)
		return false;
	if (a->base) {
		if (a->n_dims != b->n_dims || !dtype_equal(a->base, b->base))
			return false;
		for (size_t i = 0; i < a->n_dims; i++)
			if (a->shape[i] != b->shape[i])
				return false;
		return true;
	}
	if (a->n_fields || b->n_fields)
		return fields_equal(a, b);
	return a->itemsize == b->itemsize;
}

static void describe_plain(const struct dtype *type, struct strbuf *into)
{
	size_t bits = type->itemsize * 8;

	switch (type->kind) {
	case 'b': strbuf_addstr(into, "bool"); return;
	case 'i': strbuf_addf(into, "int%zu", bits); return;
	case 'u': strbuf_addf(into, "uint%zu", bits); return;
	case 'f': strbuf_addf(into, "float%zu", bits); return;
	case 'c': strbuf_addf(into, "complex%zu", bits); return;
	case 'S': strbuf_addf(into, "bytes%zu", type->itemsize); return;
	case 'U': strbuf_addf(into, "str%zu", type->itemsize / 4); return;
	case 'O': strbuf_addstr(into, "object"); return;
	case 'M': case 'm':
		strbuf_addstr(into, type->kind == 'M' ? "datetime64"
						      : "timedelta64");
		if (*type->unit)
			strbuf_addf(into, "[%s]", type->unit);
		return;
	default: strbuf_addf(into, "void%zu", type->itemsize);
	}
}

void dtype_describe(const struct dtype *type, struct strbuf *into)
{
	if (type->base) {
		strbuf_addch(into, '(');
		dtype_describe(type->base, into);
		for (size_t i = 0; i < type->n_dims; i++)
			strbuf_addf(into, ", %lld", (long long)type->shape[i]);
		strbuf_addch(into, ')');
		return;
	}
	if (!type->n_fields) {
		describe_plain(type, into);
		return;
	}
	strbuf_addch(into, '[');
	for (size_t i = 0; i < type->n_fields; i++) {
		strbuf_addf(into, "%s('%s', ", i ? ", " : "",
			    type->fields[i].name);
		dtype_describe(type->fields[i].type, into);
		strbuf_addch(into, ')');
	}
	strbuf_addch(into, ']');
}

const struct dtype_field *dtype_field(const struct dtype *type,
				      const char *name)
{
	for (size_t i = 0; i < type->n_fields; i++)
		if (strcmp(type->fields[i].name, name) == 0)
			return &type->fields[i];
	return NULL;
}
