/*
 * YAML 1.2 as an immutable tree, each node with its place in the file.
 *
 * libfyaml reads, as events; the tree is ours, because a complaint needs line
 * and column of everything, and because libfyaml 0.7.12's own documents take
 * time quadratic in the keys of a mapping. One document a file. Refused: a key
 * given twice (both places are named), a key that is no text, tags (but
 * `!!str`), a NUL, bytes that are not UTF-8, and what goes past a limit.
 * Aliases share the node of their anchor; what they stand for counts against
 * the limit of nodes each time, so a document that would unfold without end
 * is refused.
 *
 * Plain scalars follow the core schema (YAML 1.2.2, 10.3): `yes` and `on` are
 * text, and a date is text.
 */
#ifndef FORMAT_YAML_H
#define FORMAT_YAML_H

#include "base/arena.h"
#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct yaml_limits {
	size_t bytes;  /* of the file */
	size_t line;   /* bytes in one line */
	size_t keys;   /* in one mapping */
	size_t nodes;  /* in all, aliases unfolded */
	unsigned int depth;
};

/* For files that people write: 1 MiB, lines of 64 KiB, 2 000 keys a mapping,
 * 100 000 nodes, 40 levels. */
extern const struct yaml_limits yaml_default_limits;

/* A file that was read: what complaints show. Lives in the arena. */
struct yaml_source {
	const char *name; /* as complaints call it */
	const char *text;
	size_t len;
	const size_t *lines; /* where each line begins */
	size_t line_count;
};

enum yaml_type {
	YAML_NULL,
	YAML_BOOLEAN,
	YAML_INTEGER,
	YAML_REAL,
	YAML_STRING,
	YAML_SEQUENCE,
	YAML_MAPPING,
};

struct yaml_pair;
struct yaml_node {
	enum yaml_type type;
	const struct yaml_source *source;
	int line, column;  /* from 1, of its first character */
	size_t offset;     /* of it, in source->text */
	size_t width;      /* characters to underline in its first line */

	const char *text;  /* a scalar's, as written; "" for others */
	bool quoted;       /* in quotes, or a block */
	bool boolean;      /* YAML_BOOLEAN */
	int64_t integer;   /* YAML_INTEGER */
	double real;       /* YAML_REAL, and YAML_INTEGER too */

	size_t count;      /* of items or pairs */
	const struct yaml_node *const *items; /* YAML_SEQUENCE */
	const struct yaml_pair *pairs;        /* YAML_MAPPING, in order */
};

struct yaml_pair {
	const struct yaml_node *key; /* YAML_STRING or another scalar */
	const struct yaml_node *value;
};

/* Reads a file; `name` is what complaints call it (NULL: the path). An empty
 * document is a YAML_NULL. limits NULL: the default ones. ERROR_UNAVAILABLE
 * where it can't be read, ERROR_LIMIT where it is too much, else
 * ERROR_INVALID, with the place. */
int yaml_read_file(const char *path, const char *name,
		   const struct yaml_limits *limits, struct arena *arena,
		   const struct yaml_node **ret, struct error *err);

/* The same from memory; the text is copied. */
int yaml_read(const char *name, const char *text, size_t len,
	      const struct yaml_limits *limits, struct arena *arena,
	      const struct yaml_node **ret, struct error *err);

/* The value of a key, or NULL; NULL also where node is no mapping (or NULL). */
const struct yaml_node *yaml_get(const struct yaml_node *node,
				 const char *key);

bool yaml_is_scalar(const struct yaml_node *node);

/* "text", "a mapping", "a list", "true or false", ...: for complaints. */
const char *yaml_type_name(enum yaml_type type);

/* What the core schema makes of a plain scalar: sets type, boolean, integer
 * and real, from text. An integer past 64 bits is a YAML_REAL. */
void yaml_resolve(struct yaml_node *scalar);

/* The same values as a new JSON tree. A number that JSON has not (.inf, .nan)
 * becomes its text. */
json_t *yaml_to_json(const struct yaml_node *node);

/* Fills err (ERROR_INVALID) with
 *
 *	tp4.yaml:14:29: no key `witin` here; did you mean `within`?
 *	  14 |       http: { get: /health, witin: 60s }
 *	     |                             ^^^^^
 *
 * and returns -1. */
int yaml_complain(const struct yaml_node *node, struct error *err,
		  const char *fmt, ...) PRINTF_LIKE(3, 4);

/* The same with the caret `offset` bytes into a scalar's text, where the text
 * stands in the file as it is (no escapes before that place, one line); else
 * at its beginning. `width` in characters, at least 1. */
int yaml_complain_inside(const struct yaml_node *node, size_t offset,
			 size_t width, struct error *err, const char *fmt, ...)
	PRINTF_LIKE(5, 6);

/* The place that yaml_complain_inside() would point at. */
void yaml_place_inside(const struct yaml_node *node, size_t offset,
		       int *ret_line, int *ret_column);

/* A copy of the line (from 1) without its end, in the arena. */
const char *yaml_source_line(const struct yaml_source *source, int line,
			     struct arena *arena);

#endif
