#include "compare/ndarray_compare.h"

#include "base/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool shapes_equal(const struct ndarray *a, const struct ndarray *b)
{
	if (a->n_dims != b->n_dims)
		return false;
	for (size_t d = 0; d < a->n_dims; d++)
		if (a->shape[d] != b->shape[d])
			return false;
	return true;
}

static bool same_layout(const struct ndarray *a, const struct ndarray *b)
{
	return a->type->itemsize == b->type->itemsize &&
	       a->type->big_endian == b->type->big_endian &&
	       (a->fortran == b->fortran || a->n_dims < 2);
}

/* A number or character as its bytes, the lowest first. */
static bool bytes_equal(const struct dtype *ta, const unsigned char *a,
			const struct dtype *tb, const unsigned char *b)
{
	size_t size = ta->itemsize;
	size_t unit = ta->kind == 'U' ? 4 : ta->kind == 'c' ? size / 2
		: ta->kind == 'S' || ta->kind == 'V' ? 1 : size;

	if (ta->big_endian == tb->big_endian || unit <= 1)
		return memcmp(a, b, size) == 0;
	for (size_t i = 0; i < size; i += unit)
		for (size_t k = 0; k < unit; k++)
			if (a[i + k] != b[i + unit - 1 - k])
				return false;
	return true;
}

bool dtype_first_difference(const struct dtype *ta, const unsigned char *a,
			    const struct dtype *tb, const unsigned char *b,
			    struct strbuf *path, const struct dtype **ret_ta,
			    const unsigned char **ret_a,
			    const struct dtype **ret_tb,
			    const unsigned char **ret_b)
{
	size_t size = ta->base ? ta->base->itemsize : 0, len = path->len;

	for (size_t i = 0; size && i < ta->itemsize / size; i++) {
		strbuf_addf(path, "[%zu]", i);
		if (dtype_first_difference(ta->base, a + i * size, tb->base,
					   b + i * size, path, ret_ta, ret_a,
					   ret_tb, ret_b))
			return true;
		strbuf_setlen(path, len);
	}
	for (size_t i = 0; i < ta->n_fields; i++) {
		const struct dtype_field *f = &ta->fields[i];
		const struct dtype_field *g = &tb->fields[i];
		strbuf_addf(path, ".%s", f->name);
		if (dtype_first_difference(f->type, a + f->offset, g->type,
					   b + g->offset, path, ret_ta, ret_a,
					   ret_tb, ret_b))
			return true;
		strbuf_setlen(path, len);
	}
	if (ta->base || ta->n_fields || bytes_equal(ta, a, tb, b))
		return false;
	*ret_ta = ta;
	*ret_a = a;
	*ret_tb = tb;
	*ret_b = b;
	return true;
}

static bool elements_equal(const struct dtype *ta, const unsigned char *a,
			   const struct dtype *tb, const unsigned char *b)
{
	if (ta->itemsize == tb->itemsize &&
	    ta->big_endian == tb->big_endian &&
	    memcmp(a, b, ta->itemsize) == 0)
		return true;
	if (ta->base) {
		size_t size = ta->base->itemsize;
		for (size_t i = 0; size && i < ta->itemsize / size; i++)
			if (!elements_equal(ta->base, a + i * size, tb->base,
					    b + i * size))
				return false;
		return true;
	}
	for (size_t i = 0; i < ta->n_fields; i++)
		if (!elements_equal(ta->fields[i].type,
				    a + ta->fields[i].offset,
				    tb->fields[i].type,
				    b + tb->fields[i].offset))
			return false;
	return ta->n_fields || bytes_equal(ta, a, tb, b);
}

/* From element `from` on, the first that differs; n where none does. */
static size_t first_different(const struct ndarray *a, const struct ndarray *b,
			      size_t from, size_t n)
{
	enum { BLOCK = 256 };
	size_t size = a->type->itemsize;
	bool blocks = same_layout(a, b) && (!a->fortran || a->n_dims < 2);

	for (size_t i = from; i < n;) {
		size_t left = n - i < BLOCK ? n - i : BLOCK;
		if (blocks && memcmp(a->data + i * size, b->data + i * size,
				     left * size) == 0) {
			i += left;
			continue;
		}
		for (size_t k = 0; k < left; k++, i++)
			if (!elements_equal(a->type,
					    a->data + ndarray_offset(a, i),
					    b->type,
					    b->data + ndarray_offset(b, i)))
				return i;
	}
	return n;
}

bool ndarray_equal(const struct ndarray *a, const struct ndarray *b)
{
	if (!shapes_equal(a, b) || !dtype_equal(a->type, b->type))
		return false;
	if (same_layout(a, b) && memcmp(a->data, b->data, a->data_len) == 0)
		return true;
	return first_different(a, b, 0, a->count) == a->count;
}

size_t ndarray_count_different(const struct ndarray *a,
			       const struct ndarray *b, size_t max)
{
	size_t n = a->count < b->count ? a->count : b->count, found = 0;

	if (!dtype_equal(a->type, b->type) || !a->data || !b->data)
		return 0;
	for (size_t i = 0; found < max; i++, found++) {
		i = first_different(a, b, i, n);
		if (i == n)
			break;
	}
	return found;
}

static void add_index(const struct ndarray *a, size_t i, struct strbuf *path)
{
	size_t index[NDARRAY_MAX_DIMS];

	for (size_t d = a->n_dims; d-- > 0;) {
		index[d] = i % (size_t)a->shape[d];
		i /= (size_t)a->shape[d];
	}
	if (!a->n_dims)
		return;
	for (size_t d = 0; d < a->n_dims; d++)
		strbuf_addf(path, "%s%zu", d ? ", " : "[", index[d]);
	strbuf_addch(path, ']');
}

/* In the units of the type: singles lie further apart than doubles. */
static uint64_t ulps_between(const struct dtype *ta, const unsigned char *a,
			     const struct dtype *tb, const unsigned char *b)
{
	double x = dtype_double(ta, a), y = dtype_double(tb, b);
	float fx = (float)x, fy = (float)y;
	int32_t ix, iy;

	if (ta->itemsize != 4 || isnan(x) || isnan(y))
		return number_ulps(x, y);
	memcpy(&ix, &fx, sizeof(ix));
	memcpy(&iy, &fy, sizeof(iy));
	int64_t p = ix < 0 ? (int64_t)INT32_MIN - ix : ix;
	int64_t q = iy < 0 ? (int64_t)INT32_MIN - iy : iy;
	return (uint64_t)(p > q ? p - q : q - p);
}

static void differ_element(const struct compare_job *job, struct comparison *c,
			   const char *path, const struct ndarray *a,
			   const struct ndarray *b, size_t i)
{
	struct strbuf field = STRBUF_INIT(STRBUF_LINE);
	struct strbuf l = STRBUF_INIT(1024), r = STRBUF_INIT(1024);
	const struct dtype *ta, *tb;
	const unsigned char *x, *y;
	uint64_t ulps = 0;

	strbuf_addstr(&field, path);
	add_index(a, i, &field);
	if (!dtype_first_difference(a->type, a->data + ndarray_offset(a, i),
				    b->type, b->data + ndarray_offset(b, i),
				    &field, &ta, &x, &tb, &y))
		goto done;
	dtype_print(ta, x, 200, &l);
	dtype_print(tb, y, 200, &r);
	bool is_float = ta->kind == 'f' && ta->itemsize <= 8;
	if (is_float)
		ulps = ulps_between(ta, x, tb, y);
	comparator_differs(job, c, RUNG_NONE, field.buf, l.buf, r.buf,
			   is_float ? &ulps : NULL);
done:
	strbuf_release(&field);
	strbuf_release(&l);
	strbuf_release(&r);
}

static void differ_shape(const struct compare_job *job, struct comparison *c,
			 const char *path, const struct ndarray *a,
			 const struct ndarray *b)
{
	struct strbuf field = STRBUF_INIT(STRBUF_LINE);
	struct strbuf l = STRBUF_INIT(1024), r = STRBUF_INIT(1024);
	bool types = !dtype_equal(a->type, b->type);

	strbuf_addf(&field, "%s.%s", path, types ? "dtype" : "shape");
	if (types) {
		dtype_describe(a->type, &l);
		dtype_describe(b->type, &r);
	} else {
		ndarray_describe_shape(a, &l);
		ndarray_describe_shape(b, &r);
	}
	comparator_differs(job, c, RUNG_NONE, field.buf, l.buf, r.buf, NULL);
	strbuf_release(&field);
	strbuf_release(&l);
	strbuf_release(&r);
}

/* Whether the i-th element of one is beside the i-th of the other: shapes
 * that differ in their first length only. */
static bool comparable(const struct ndarray *a, const struct ndarray *b)
{
	if (a->n_dims != b->n_dims || !dtype_equal(a->type, b->type))
		return false;
	for (size_t d = 1; d < a->n_dims; d++)
		if (a->shape[d] != b->shape[d])
			return false;
	return true;
}

size_t ndarray_differences(const struct compare_job *job,
			   struct comparison *c, const char *path,
			   const struct ndarray *a, const struct ndarray *b)
{
	size_t n = a->count < b->count ? a->count : b->count, added = 0;

	if (comparable(a, b)) {
		size_t i = first_different(a, b, 0, n);
		if (i < n) {
			differ_element(job, c, path, a, b, i);
			added++;
		}
	}
	if (!shapes_equal(a, b) || !dtype_equal(a->type, b->type)) {
		differ_shape(job, c, path, a, b);
		added++;
	}
	return added;
}

static uint64_t hash_bytes(const unsigned char *at, size_t n, uint64_t h)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ at[i]) * UINT64_C(1099511628211);
	return h;
}

/* The sum of the rows' hashes: equal for the same rows in any order. */
static uint64_t sum_rows(const struct ndarray *a)
{
	size_t rows = (size_t)a->shape[0], width = a->count / rows;
	uint64_t sum = 0;

	for (size_t i = 0; i < rows; i++) {
		uint64_t h = UINT64_C(14695981039346656037);
		for (size_t k = 0; k < width; k++)
			h = hash_bytes(a->data +
				       ndarray_offset(a, i * width + k),
				       a->type->itemsize, h);
		h ^= h >> 29;
		h *= UINT64_C(0xbf58476d1ce4e5b9);
		sum += h ^ h >> 32;
	}
	return sum;
}

bool ndarray_is_permuted(const struct ndarray *a, const struct ndarray *b)
{
	const size_t most = (size_t)64 << 20;

	if (!a->data || !b->data || !shapes_equal(a, b) || !a->n_dims ||
	    a->shape[0] < 2 || !a->count || a->data_len > most ||
	    !dtype_equal(a->type, b->type) ||
	    a->type->itemsize != b->type->itemsize ||
	    a->type->big_endian != b->type->big_endian)
		return false;
	return sum_rows(a) == sum_rows(b);
}
