#include "format/npy.h"

#include <string.h>

enum { MAX_HEADER = 1 << 20, MAX_NESTING = DTYPE_MAX_DEPTH };

struct parser {
	struct arena *arena;
	const char *start, *at, *end;
	struct error *err;
};

static int fail(struct parser *p, const char *what)
{
	return error_set(p->err, ERROR_INVALID, ".npy header, character %zu: "
			 "%s", (size_t)(p->at - p->start), what);
}

static void skip_blanks(struct parser *p)
{
	while (p->at < p->end && (*p->at == ' ' || *p->at == '\n' ||
				  *p->at == '\t'))
		p->at++;
}

/* Eats the character, where it comes next. */
static bool take(struct parser *p, char c)
{
	skip_blanks(p);
	if (p->at == p->end || *p->at != c)
		return false;
	p->at++;
	return true;
}

static bool take_word(struct parser *p, const char *word)
{
	size_t n = strlen(word);

	skip_blanks(p);
	if ((size_t)(p->end - p->at) < n || memcmp(p->at, word, n) != 0)
		return false;
	p->at += n;
	return true;
}

/* 'text' or "text"; escapes are refused: NumPy writes none. */
static int read_text(struct parser *p, const char **ret)
{
	skip_blanks(p);
	if (p->at == p->end || (*p->at != '\'' && *p->at != '"'))
		return fail(p, "no text here");
	char quote = *p->at++;
	const char *close = memchr(p->at, quote, (size_t)(p->end - p->at));
	if (!close)
		return fail(p, "a text without its end");
	if (memchr(p->at, '\\', (size_t)(close - p->at)) ||
	    memchr(p->at, '\0', (size_t)(close - p->at)))
		return fail(p, "a text with escapes");
	*ret = arena_strndup(p->arena, p->at, (size_t)(close - p->at));
	p->at = close + 1;
	return 0;
}

static int read_length(struct parser *p, int64_t *ret)
{
	int64_t n = 0;

	skip_blanks(p);
	if (p->at == p->end || *p->at < '0' || *p->at > '9')
		return fail(p, "no length here");
	for (; p->at < p->end && *p->at >= '0' && *p->at <= '9'; p->at++) {
		if (n > INT64_MAX / 100)
			return fail(p, "a length too large");
		n = n * 10 + (*p->at - '0');
	}
	take(p, 'L'); /* written by Python 2 */
	*ret = n;
	return 0;
}

/* (3, 4), (3,), (), or one number. */
static int read_shape(struct parser *p, const int64_t **ret, size_t *ret_n)
{
	int64_t *shape = arena_array(p->arena, NDARRAY_MAX_DIMS,
				     sizeof(*shape));
	size_t n = 0;
	bool tuple = take(p, '(');

	while (!(tuple && take(p, ')'))) {
		if (n == NDARRAY_MAX_DIMS)
			return fail(p, "too many dimensions");
		if (read_length(p, &shape[n++]) < 0)
			return -1;
		if (!tuple)
			break;
		if (!take(p, ',')) {
			if (!take(p, ')'))
				return fail(p, "a shape without its end");
			break;
		}
	}
	*ret = shape;
	*ret_n = n;
	return 0;
}

static int read_type(struct parser *p, int depth, const struct dtype **ret);

/* ('name', type[, shape]) */
static int read_field(struct parser *p, int depth, size_t offset,
		      struct dtype_field *ret)
{
	if (!take(p, '('))
		return fail(p, "no field here");
	if (read_text(p, &ret->name) < 0)
		return -1;
	if (!take(p, ','))
		return fail(p, "a field without its type");
	if (read_type(p, depth + 1, &ret->type) < 0)
		return -1;
	if (take(p, ',') && !take(p, ')')) {
		const int64_t *shape;
		size_t n;
		if (read_shape(p, &shape, &n) < 0 ||
		    dtype_subarray(p->arena, ret->type, shape, n, &ret->type,
				   p->err) < 0)
			return -1;
		if (!take(p, ')'))
			return fail(p, "a field without its end");
	} else if (p->at[-1] != ')' && !take(p, ')')) {
		return fail(p, "a field without its end");
	}
	ret->offset = offset;
	return 0;
}

static int read_fields(struct parser *p, int depth, const struct dtype **ret)
{
	enum { MAX_FIELDS = 256 };
	struct dtype_field *fields = arena_array(p->arena, MAX_FIELDS,
						 sizeof(*fields));
	size_t n = 0, offset = 0;

	while (!take(p, ']')) {
		if (n == MAX_FIELDS)
			return fail(p, "too many fields");
		if (read_field(p, depth, offset, &fields[n]) < 0)
			return -1;
		offset += fields[n].type->itemsize;
		/* A field without a name is padding. */
		n += *fields[n].name != '\0';
		if (!take(p, ',') && !(p->at < p->end && *p->at == ']'))
			return fail(p, "a list without its end");
	}
	return dtype_structured(p->arena, fields, n, offset, ret, p->err);
}

static int read_type(struct parser *p, int depth, const struct dtype **ret)
{
	const char *text;

	if (depth > MAX_NESTING)
		return fail(p, "a type nested too deep");
	if (take(p, '['))
		return read_fields(p, depth, ret);
	if (read_text(p, &text) < 0)
		return -1;
	return dtype_parse(p->arena, text, strlen(text), ret, p->err);
}

static int read_header(struct parser *p, struct ndarray *ret)
{
	unsigned int seen = 0;

	if (!take(p, '{'))
		return fail(p, "no dictionary here");
	while (!take(p, '}')) {
		const char *key;
		if (read_text(p, &key) < 0)
			return -1;
		if (!take(p, ':'))
			return fail(p, "a key without its value");
		unsigned int bit = strcmp(key, "descr") == 0 ? 1
			: strcmp(key, "fortran_order") == 0 ? 2
			: strcmp(key, "shape") == 0 ? 4 : 0;
		if (!bit || (seen & bit))
			return fail(p, "a key that it can't have");
		seen |= bit;
		if (bit == 1 && read_type(p, 0, &ret->type) < 0)
			return -1;
		if (bit == 2) {
			ret->fortran = take_word(p, "True");
			if (!ret->fortran && !take_word(p, "False"))
				return fail(p, "neither True nor False");
		}
		if (bit == 4 && read_shape(p, &ret->shape, &ret->n_dims) < 0)
			return -1;
		if (!take(p, ',') && !(p->at < p->end && *p->at == '}'))
			return fail(p, "a dictionary without its end");
	}
	skip_blanks(p);
	return seen != 7 ? fail(p, "a key is missing")
		: p->at != p->end ? fail(p, "more than a dictionary") : 0;
}

bool npy_is(const unsigned char *data, size_t len)
{
	return len >= 6 && memcmp(data, "\x93NUMPY", 6) == 0;
}

int npy_decode(struct arena *arena, const unsigned char *data, size_t len,
	       struct ndarray *ret, struct error *err)
{
	struct ndarray nd = { .type = NULL };
	size_t width = len > 6 && data[6] == 1 ? 2 : 4, header = 0;

	if (!npy_is(data, len) || len < 8 + width || data[6] < 1 ||
	    data[6] > 3)
		return error_set(err, ERROR_INVALID, "no .npy file");
	for (size_t i = 0; i < width; i++)
		header |= (size_t)data[8 + i] << (8 * i);
	if (header > MAX_HEADER || header > len - 8 - width)
		return error_set(err, ERROR_INVALID,
				 ".npy, byte 8: a header of %zu bytes", header);
	const char *text = (const char *)data + 8 + width;
	struct parser p = { arena, text, text, text + header, err };
	if (read_header(&p, &nd) < 0 ||
	    ndarray_count(nd.shape, nd.n_dims, &nd.count, err) < 0)
		return -1;
	if (nd.type->has_object)
		return error_set(err, ERROR_INVALID,
				 "an array of objects: its data are a pickle");
	nd.data = data + 8 + width + header;
	nd.data_len = len - 8 - width - header;
	if (nd.type->itemsize && nd.count > SIZE_MAX / nd.type->itemsize)
		return error_set(err, ERROR_LIMIT, "an array too large");
	if (nd.count * nd.type->itemsize != nd.data_len)
		return error_set(err, ERROR_INVALID,
				 "%zu elements of %zu bytes in %zu bytes",
				 nd.count, nd.type->itemsize, nd.data_len);
	*ret = nd;
	return 0;
}
