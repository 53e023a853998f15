#include "format/ndarray.h"

#include "base/number.h"
#include "format/python_text.h"
#include "format/utf8.h"

#include <math.h>
#include <string.h>

int ndarray_count(const int64_t *shape, size_t n_dims, size_t *ret,
		  struct error *err)
{
	const uint64_t most = (uint64_t)1 << 48;
	uint64_t count = 1;
	bool empty = false;

	if (n_dims > NDARRAY_MAX_DIMS)
		return error_set(err, ERROR_LIMIT,
				 "an array of more than %d dimensions",
				 NDARRAY_MAX_DIMS);
	for (size_t i = 0; i < n_dims; i++) {
		if (shape[i] < 0)
			return error_set(err, ERROR_INVALID,
					 "an array of a negative length");
		if (shape[i] == 0)
			empty = true;
		else if ((uint64_t)shape[i] > most / count)
			return error_set(err, ERROR_LIMIT,
					 "an array of more than 2^48 elements");
		else
			count *= (uint64_t)shape[i];
	}
	*ret = empty ? 0 : (size_t)count;
	return 0;
}

void ndarray_describe_shape(const struct ndarray *a, struct strbuf *into)
{
	strbuf_addch(into, '(');
	for (size_t i = 0; i < a->n_dims; i++)
		strbuf_addf(into, "%s%lld", i ? ", " : "",
			    (long long)a->shape[i]);
	strbuf_addstr(into, a->n_dims == 1 ? ",)" : ")");
}

/* Where the element with C-order index i is stored, counted in elements. */
static size_t stored_index(const struct ndarray *a, size_t i)
{
	size_t index[NDARRAY_MAX_DIMS];
	size_t at = 0;

	if (!a->fortran || a->n_dims < 2)
		return i;
	for (size_t d = a->n_dims; d-- > 0;) {
		index[d] = i % (size_t)a->shape[d];
		i /= (size_t)a->shape[d];
	}
	for (size_t d = a->n_dims; d-- > 0;)
		at = at * (size_t)a->shape[d] + index[d];
	return at;
}

size_t ndarray_offset(const struct ndarray *a, size_t i)
{
	return stored_index(a, i) * a->type->itemsize;
}

bool ndarray_column(const struct ndarray *a, const char *field,
		    struct ndarray_column *ret)
{
	struct ndarray_column c = { a->type, a->data, a->type->itemsize,
				    a->count };

	if (!a->data)
		return false;
	if (field) {
		const struct dtype_field *f = dtype_field(a->type, field);
		if (!f)
			return false;
		c.type = f->type;
		c.base += f->offset;
	}
	*ret = c;
	return true;
}

/* The bytes of a number, least significant first. */
static uint64_t load(const unsigned char *at, size_t size, bool big_endian)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < size; i++)
		bits |= (uint64_t)at[big_endian ? size - 1 - i : i] << (8 * i);
	return bits;
}

/* IEEE 754 binary16. */
static double half(uint64_t bits)
{
	int exponent = (int)(bits >> 10 & 31);
	double mantissa = (double)(bits & 1023);
	double value = exponent == 31 ? (mantissa > 0 ? NAN : INFINITY)
		: exponent ? ldexp(1024 + mantissa, exponent - 25)
		: ldexp(mantissa, -24);

	return bits >> 15 ? -value : value;
}

double dtype_double(const struct dtype *t, const unsigned char *at)
{
	if (t->kind == 'f' && t->itemsize <= 8) {
		uint64_t bits = load(at, t->itemsize, t->big_endian);
		double d;
		float f;
		uint32_t low = (uint32_t)bits;
		if (t->itemsize == 2)
			return half(bits);
		if (t->itemsize == 4) {
			memcpy(&f, &low, sizeof(f));
			return (double)f;
		}
		memcpy(&d, &bits, sizeof(d));
		return d;
	}
	if (t->kind == 'u' && t->itemsize <= 8)
		return (double)load(at, t->itemsize, t->big_endian);
	if (t->kind && strchr("biMm", t->kind))
		return (double)dtype_int(t, at);
	return NAN;
}

int64_t dtype_int(const struct dtype *t, const unsigned char *at)
{
	if (!t->kind || !strchr("biufMm", t->kind) || t->itemsize > 8)
		return 0;
	if (t->kind == 'f') {
		double d = dtype_double(t, at);
		return d >= -9.2e18 && d <= 9.2e18 ? (int64_t)d : 0;
	}
	uint64_t bits = load(at, t->itemsize, t->big_endian);
	if (t->kind != 'u' && t->kind != 'b' && t->itemsize < 8) {
		uint64_t sign = (uint64_t)1 << (8 * t->itemsize - 1);
		bits = (bits ^ sign) - sign;
	}
	return (int64_t)bits;
}

double ndarray_double(const struct ndarray_column *c, size_t i)
{
	return dtype_double(c->type, c->base + i * c->stride);
}

int64_t ndarray_int(const struct ndarray_column *c, size_t i)
{
	return dtype_int(c->type, c->base + i * c->stride);
}

static uint32_t utf32(const unsigned char *at, bool big_endian)
{
	uint32_t c = (uint32_t)load(at, 4, big_endian);

	return c > 0x10ffff ? UTF8_REPLACEMENT : c;
}

/* NumPy's fixed-width text: UTF-32, padded with NULs at the end. */
static void print_text(const struct dtype *t, const unsigned char *at,
		       size_t max, struct strbuf *into)
{
	struct strbuf text = STRBUF_INIT(max + 8);
	size_t width = t->kind == 'U' ? 4 : 1, n = t->itemsize / width;

	while (n && load(at + (n - 1) * width, width, false) == 0)
		n--;
	for (size_t i = 0; i < n && !text.truncated; i++)
		if (width == 1)
			strbuf_addch(&text, (char)at[i]);
		else
			utf8_add(&text, utf32(at + i * 4,
						  t->big_endian));
	strbuf_addstr(into, width == 1 ? "b" : "");
	python_text_quote(into, text.buf, text.len, max);
	strbuf_release(&text);
}

static void print_subarray(const struct dtype *t, const unsigned char *at,
			   size_t max, struct strbuf *into)
{
	size_t size = t->base->itemsize, n = size ? t->itemsize / size : 0;

	strbuf_addch(into, '[');
	for (size_t i = 0; i < n && into->len < max; i++) {
		strbuf_addstr(into, i ? ", " : "");
		dtype_print(t->base, at + i * size, max, into);
	}
	strbuf_addch(into, ']');
}

static void print_record(const struct dtype *t, const unsigned char *at,
			 size_t max, struct strbuf *into)
{
	size_t start = into->len;

	strbuf_addch(into, '(');
	for (size_t i = 0; i < t->n_fields; i++) {
		strbuf_addstr(into, i ? ", " : "");
		if (into->len - start > max) {
			strbuf_addstr(into, "...");
			break;
		}
		dtype_print(t->fields[i].type, at + t->fields[i].offset, max,
			    into);
	}
	strbuf_addch(into, ')');
}

void dtype_print(const struct dtype *t, const unsigned char *at, size_t max,
		 struct strbuf *into)
{
	char buf[NUMBER_TEXT];

	if (t->base) {
		print_subarray(t, at, max, into);
	} else if (t->n_fields) {
		print_record(t, at, max, into);
	} else if (t->kind == 'b') {
		strbuf_addstr(into, at[0] ? "True" : "False");
	} else if (t->kind == 'f' && t->itemsize == 4) {
		strbuf_addstr(into, number_format_float(
			(float)dtype_double(t, at), buf));
	} else if (t->kind == 'f' && t->itemsize <= 8) {
		strbuf_addstr(into,
			      number_format_double(dtype_double(t, at), buf));
	} else if (t->kind == 'u') {
		strbuf_addf(into, "%llu", (unsigned long long)
			    load(at, t->itemsize, t->big_endian));
	} else if (strchr("iMm", t->kind)) {
		strbuf_addf(into, "%lld", (long long)dtype_int(t, at));
	} else if (t->kind == 'S' || t->kind == 'U') {
		print_text(t, at, max, into);
	} else {
		strbuf_addf(into, "%zu bytes", t->itemsize);
	}
}
