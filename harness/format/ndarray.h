/*
 * NumPy's arrays as they lie in a file: an element type, a shape, and a view
 * of the bytes. Used for pickles, joblib files and .npy alike.
 *
 * A view is borrowed and may be unaligned, so elements are read through
 * ndarray_double() and ndarray_int(), which also turn the byte order. Names
 * and meanings follow numpy.dtype (NumPy 1.26 and 2.x; NEP 1 for the kinds).
 *
 * Invariant: data_len == count * type->itemsize, except for arrays of objects
 * (type->has_object), whose data is NULL and whose elements are their
 * container's business.
 */
#ifndef FORMAT_NDARRAY_H
#define FORMAT_NDARRAY_H

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NDARRAY_MAX_DIMS = 32, DTYPE_MAX_DEPTH = 8, DTYPE_MAX_FIELDS = 4096 };

struct dtype_field {
	const char *name;
	size_t offset; /* bytes from the start of the element */
	const struct dtype *type;
};

struct dtype {
	char kind;       /* b i u f c S U V M m O, as numpy.dtype.kind */
	bool big_endian;
	bool has_object; /* this or a field of it is 'O' */
	size_t itemsize; /* bytes */
	const char *unit; /* of M and m: "ns", "D", "25us"; else "" */
	size_t n_fields;  /* of a structured V */
	const struct dtype_field *fields;
	const struct dtype *base; /* of a sub-array V, else NULL */
	size_t n_dims;            /* of a sub-array */
	const int64_t *shape;
	int depth; /* of nesting: 0 for a plain type */
};

struct ndarray {
	const struct dtype *type;
	size_t n_dims;
	const int64_t *shape;
	size_t count;  /* elements: the product of the shape */
	bool fortran;  /* the first index varies fastest */
	const unsigned char *data;
	size_t data_len;
};

/* "<f8", "f8", ">i4", "|b1", "?", "U5", "S3", "V64", "O8", "O", "M8[ns]". */
int dtype_parse(struct arena *arena, const char *text, size_t len,
		const struct dtype **ret, struct error *err);

/* Checks the fields (inside itemsize, depth, names) and builds the type. The
 * fields are copied, their names are not. */
int dtype_structured(struct arena *arena, const struct dtype_field *fields,
		     size_t n_fields, size_t itemsize,
		     const struct dtype **ret, struct error *err);

/* n elements of `base` in a row. */
int dtype_subarray(struct arena *arena, const struct dtype *base,
		   const int64_t *shape, size_t n_dims,
		   const struct dtype **ret, struct error *err);

/* Whether values of the two are laid out and read the same: byte order and
 * padding don't count, names and order of fields do. */
bool dtype_equal(const struct dtype *a, const struct dtype *b);

/* As NumPy prints it in little-endian: "float64", "int8", "str5", "object",
 * "[('left_child', int64), ...]". */
void dtype_describe(const struct dtype *type, struct strbuf *into);

const struct dtype_field *dtype_field(const struct dtype *type,
				      const char *name);

/* The product of a shape; a negative length or one past 2^48 elements is
 * refused. */
int ndarray_count(const int64_t *shape, size_t n_dims, size_t *ret,
		  struct error *err);

/* "(3, 4)", as Python prints it. */
void ndarray_describe_shape(const struct ndarray *a, struct strbuf *into);

/* The offset in the data of the element with this index in C order, which is
 * not i * itemsize where the array is `fortran`. */
size_t ndarray_offset(const struct ndarray *a, size_t i);

/*
 * One column of an array: every element, or one field of every element, or
 * one number of a sub-array in it. In the order of the file: for a `fortran`
 * array of more than one dimension take ndarray_offset().
 */
struct ndarray_column {
	const struct dtype *type;
	const unsigned char *base; /* of the first element */
	size_t stride;             /* bytes */
	size_t count;
};

/* field NULL: the elements themselves. False where there is no such field, or
 * no data (objects). */
bool ndarray_column(const struct ndarray *a, const char *field,
		    struct ndarray_column *ret);

/* The element as a number. Kinds b, i, u, f (2, 4, 8 bytes), M, m; anything
 * else gives NaN, or 0. ndarray_int() of a float truncates. */
double ndarray_double(const struct ndarray_column *c, size_t i);
int64_t ndarray_int(const struct ndarray_column *c, size_t i);
double dtype_double(const struct dtype *type, const unsigned char *at);
int64_t dtype_int(const struct dtype *type, const unsigned char *at);

/* One element as a person reads it: 3.5, 17, True, 'abc', (1, 2.5), with at
 * most `max` bytes. */
void dtype_print(const struct dtype *type, const unsigned char *at,
		 size_t max, struct strbuf *into);

#endif
