/*
 * The canonical digest of a decoded pickle: equal where the decoded values
 * are equal, whatever protocol wrote them, in whatever order the memo was
 * filled, padded or not, and whichever values are shared.
 *
 * Each value's digest is the SHA-256 of one letter and its content, in which
 * parts stand as their own 32-byte digests (doc/diff.md has the whole list):
 * dictionaries and sets are sorted by those, arrays are their type, shape and
 * elements in C order and little-endian without padding, an object is its
 * class, arguments and state, from which the declared parameters that change
 * nothing are left out. A value met inside itself is how many levels up it
 * is.
 */
#ifndef COMPARE_CANONICAL_H
#define COMPARE_CANONICAL_H

#include "base/hash.h"
#include "compare/declared.h"
#include "format/pickle.h"

enum { CANONICAL_SIZE = SHA256_BYTES };

struct canonical {
	const struct declared *declared;
	unsigned char (*digests)[CANONICAL_SIZE]; /* by value id */
	unsigned char *known;                     /* by value id */
	uint32_t *level; /* by value id: 1 + depth while it is being digested */
	uint32_t n_values;
	size_t work; /* values digested, to cap what cycles make us repeat */
};

void canonical_init(struct canonical *c, const struct pickle *p,
		    const struct declared *declared);
void canonical_release(struct canonical *c);

/* Of one value. `limit`: nested too deep, or cycles without end. */
int canonical_digest(struct canonical *c, const struct pickle_value *v,
		     unsigned char ret[CANONICAL_SIZE], struct error *err);

/* Of the whole, in hexadecimal. */
int canonical_digest_pickle(const struct pickle *p,
			    const struct declared *declared,
			    char ret_hex[SHA256_HEX], struct error *err);

/* Appends an array's elements in C order, little-endian, without padding. */
void canonical_elements(struct sha256 *h, const struct ndarray *nd);

#endif
