/* Two arrays, element by element. */
#ifndef COMPARE_NDARRAY_COMPARE_H
#define COMPARE_NDARRAY_COMPARE_H

#include "compare/comparator.h"
#include "format/ndarray.h"

/* Whether type, shape and every element agree; byte order, padding and
 * Fortran order don't count. Both have data. */
bool ndarray_equal(const struct ndarray *a, const struct ndarray *b);

/* What differs, below `path` in the job: the first element that does, with
 * the ulps of floats, then the shape or type where they do. Gives how many
 * differences it added. */
size_t ndarray_differences(const struct compare_job *job,
			   struct comparison *c, const char *path,
			   const struct ndarray *a, const struct ndarray *b);

/* How many of the elements that both have differ; at most `max`. */
size_t ndarray_count_different(const struct ndarray *a,
			       const struct ndarray *b, size_t max);

/* Whether the rows (elements along the first axis) of two arrays that differ
 * are the same in another order. Not looked for past 64 MiB. */
bool ndarray_is_permuted(const struct ndarray *a, const struct ndarray *b);

/* Two single elements: fields of records apart. NULL where they are equal,
 * else the field's path in the element ("" for the element itself), appended
 * to `path`; the two types are equal. */
bool dtype_first_difference(const struct dtype *ta, const unsigned char *a,
			    const struct dtype *tb, const unsigned char *b,
			    struct strbuf *path, const struct dtype **ret_ta,
			    const unsigned char **ret_a,
			    const struct dtype **ret_tb,
			    const unsigned char **ret_b);

#endif
