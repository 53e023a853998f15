/*
 * Python's pickles, protocols 0 to 5, decoded without executing anything.
 *
 * A pickle is a program: it names things to import and calls them. This
 * decoder runs none of it. A global is a name; a call is a node that says
 * which name was to be called with which arguments; an object is its class,
 * its arguments and its state. NumPy's arrays, scalars and element types are
 * recognised by those names (`numpy.core` and `numpy._core` alike) and become
 * views of the bytes; so are joblib's raw arrays, sets, bytes of the old
 * protocols. Everything else stays an object node with its class's name.
 *
 * The result is a graph: a value may be referred to from many places, and
 * lists, dictionaries and objects may hold themselves. pickle_decode() has
 * checked that a walk which visits each value once goes no deeper than
 * PICKLE_MAX_DEPTH; a walk that may see a value again needs a cap of its own
 * (small inputs unfold to 2^n leaves).
 *
 * Values belong to their struct pickle; texts and arrays are views of the
 * bytes that were decoded, which must outlive it. Texts may hold NULs, and
 * lone surrogates.
 *
 * Sources: CPython 3.11 Lib/pickletools.py (opcodes), Lib/pickle.py; PEP 307,
 * 3154, 574; NumPy's _reconstruct, _frombuffer, scalar and dtype.__setstate__;
 * joblib 1.x numpy_pickle.py (NumpyArrayWrapper).
 */
#ifndef FORMAT_PICKLE_H
#define FORMAT_PICKLE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "format/mapped.h"
#include "format/ndarray.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PICKLE_MAX_DEPTH = 1000 };

enum pickle_type {
	PICKLE_NONE,
	PICKLE_BOOL,
	PICKLE_INT,       /* fits int64_t */
	PICKLE_LONG,      /* does not: two's complement, little-endian */
	PICKLE_FLOAT,
	PICKLE_STR,       /* UTF-8 */
	PICKLE_BYTES,
	PICKLE_BYTEARRAY,
	PICKLE_LIST,
	PICKLE_TUPLE,
	PICKLE_SET,
	PICKLE_FROZENSET,
	PICKLE_DICT,
	PICKLE_GLOBAL,    /* a class or function, by name */
	PICKLE_OBJECT,    /* what a call or a class with arguments would give */
	PICKLE_DTYPE,     /* numpy.dtype */
	PICKLE_ARRAY,     /* numpy.ndarray */
	PICKLE_SCALAR,    /* a NumPy scalar: an array of no dimensions */
};

struct pickle_value;

/* A name that a Python would import, once for each distinct name. */
struct pickle_global {
	const char *module; /* as written */
	const char *name;
	/* "module.name" by today's names: `numpy._core` is `numpy.core`, and
	 * Python 2's `__builtin__` is `builtins`. */
	const char *full;
	size_t offset;      /* in the file, where first named */
	unsigned int uses;
	unsigned int calls; /* how often it was to be called */
};

struct pickle_list { /* of LIST, TUPLE, SET, FROZENSET; DICT: key, value, ... */
	struct pickle_value **at;
	size_t len, alloc;
};

struct pickle_text {
	const char *at; /* not terminated */
	size_t len;
};

struct pickle_array {
	struct ndarray nd;
	/* nd.count of them where has_object, always in C order. */
	struct pickle_value **objects;
};

/* How an object is made. */
struct pickle_object {
	struct pickle_value *cls;    /* mostly a GLOBAL: what is called */
	struct pickle_value *args;   /* a TUPLE, or NULL */
	struct pickle_value *kwargs; /* a DICT, or NULL */
	struct pickle_value *state;  /* of BUILD, or NULL: mostly a DICT */
	struct pickle_value *setter; /* a function that takes (object, state)
				      * in BUILD's stead, or NULL */
	struct pickle_list items;    /* appended to it (list subclasses) */
	struct pickle_list pairs;    /* set in it (dict subclasses) */
	bool is_new;                 /* cls.__new__(...), else a call */
};

struct pickle_value {
	enum pickle_type type;
	uint32_t id;     /* < pickle.n_values, unique: for marks beside it */
	uint64_t offset; /* in the file: where it is made */
	union {
		bool boolean;
		int64_t integer;
		double real;
		struct pickle_text text; /* STR BYTES BYTEARRAY LONG */
		struct pickle_list list;
		struct pickle_global *global;
		struct pickle_object *object;
		const struct dtype *dtype;
		struct pickle_array *array; /* ARRAY SCALAR */
	};
};

struct pickle {
	struct arena arena;
	struct mapped file; /* of pickle_open() */
	unsigned char *inflated; /* of pickle_open(), a compressed joblib */
	size_t inflated_len;
	const struct pickle_value *root;
	struct pickle_global **globals; /* in order of appearance */
	size_t n_globals;
	struct pickle_value **discarded; /* calls whose result is dropped */
	size_t n_discarded;
	uint32_t n_values;
	size_t n_opcodes;
	size_t n_arrays;
	size_t end;    /* bytes up to and with STOP */
	int protocol;  /* the PROTO opcode; 0 where there is none */
	bool joblib;   /* held joblib's raw arrays */
	const char *compression; /* "zlib", "gzip", or NULL */
};

struct pickle_limits {
	size_t max_bytes;    /* of the file, and inflated */
	size_t max_values;
	size_t max_memory;   /* the arena: what is not a view */
};

/* 4 GiB of file, 16 million values, 1 GiB of our own memory. */
extern const struct pickle_limits pickle_default_limits;

/* Errors name the offset ("pickle, byte 17 (BINUNICODE): ..."). `limit`: a cap
 * was hit, or it nests too deep. `invalid`: no pickle, cut short, persistent
 * ids, out-of-band buffers, extension codes, duplicate keys. On failure there
 * is nothing to release. limits NULL: the default. */
int pickle_decode(struct pickle *ret, const void *data, size_t len,
		  const struct pickle_limits *limits, struct error *err);
/* The same for a file, also one that joblib compressed with zlib or gzip. */
int pickle_open(struct pickle *ret, const char *path,
		const struct pickle_limits *limits, struct error *err);
void pickle_release(struct pickle *p);

/* Looking at values. All take NULL and then give NULL or false. */

const char *pickle_type_name(enum pickle_type type); /* "list", "object" */
bool pickle_is_str(const struct pickle_value *v, const char *text);
/* Copies a STR; NULL where it isn't one. */
char *pickle_str(struct arena *arena, const struct pickle_value *v);
/* INT, BOOL, FLOAT without fraction, or a NumPy scalar of such. */
bool pickle_int(const struct pickle_value *v, int64_t *ret);
/* Any number. */
bool pickle_double(const struct pickle_value *v, double *ret);
/* True or False, also NumPy's. */
bool pickle_bool(const struct pickle_value *v, bool *ret);

/* "sklearn.pipeline.Pipeline", for an object the class, for a global its own
 * full name, for NumPy's "numpy.ndarray"..., "dict", "list", "str"... */
const char *pickle_class(const struct pickle_value *v);
/* Whether v is an OBJECT of this class. */
bool pickle_is_a(const struct pickle_value *v, const char *class_name);

/* LIST, TUPLE, SET, FROZENSET: how many, and the i-th. An ARRAY of objects
 * counts too. */
size_t pickle_len(const struct pickle_value *v);
const struct pickle_value *pickle_at(const struct pickle_value *v, size_t i);
/* The value of a text key of a DICT or of an OBJECT's dict items; looked for
 * among the first 65 536. */
const struct pickle_value *pickle_item(const struct pickle_value *v,
				       const char *key);
/* The attribute of an OBJECT: looks in its state (a dict, or a dict and the
 * dict of slots). */
const struct pickle_value *pickle_attribute(const struct pickle_value *v,
					    const char *name);
/* The state that attributes are in: a DICT, or NULL. */
const struct pickle_value *pickle_state_dict(const struct pickle_value *v);
/* The bytes of an ARRAY of numbers or records; NULL else. */
const struct ndarray *pickle_ndarray(const struct pickle_value *v);

/* For walks: the parts of a value, in order. A part of an OBJECT that isn't
 * there is NULL (class, arguments, keyword arguments, state, setter, items,
 * pairs); past the end it is NULL too. */
size_t pickle_n_children(const struct pickle_value *v);
const struct pickle_value *pickle_child(const struct pickle_value *v, size_t i);

/*
 * Follows a path: "steps.1.1.estimators_[0].tree_". A part is an attribute, a
 * text key, or an index into a list, tuple or array of objects; the steps of
 * a Pipeline, the transformers of a ColumnTransformer and the like (a list of
 * (name, estimator, ...) tuples) also go by name: "steps.clf". "" is v itself.
 */
const struct pickle_value *pickle_get(const struct pickle_value *v,
				      const char *path);

/* One line that says what v is, no longer than max bytes or so: `3.5`,
 * `'abc'`, `RandomForestClassifier(...)`, `float64 array of shape (7043,)`. */
void pickle_print(const struct pickle_value *v, size_t max,
		  struct strbuf *into);

#endif
