/*
 * SQLite databases that come from outside, such as MLflow's: each table's
 * rows as JSON, read without trusting the file.
 *
 * The file is opened read-only and as it lies (no journal is replayed, nothing
 * is created beside it); what its schema defines is not run: no views,
 * triggers or virtual tables, no functions in defaults. Rows, cells and the
 * work of SQLite itself are capped.
 *
 * Source: sqlite.org/security.html (untrusted database files).
 */
#ifndef FORMAT_SQLITE_H
#define FORMAT_SQLITE_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct sqlite_limits {
	size_t tables, rows, cell; /* cell in bytes; rows in all */
};

/* 500 tables, 200 000 rows, 1 MiB a cell. */
extern const struct sqlite_limits sqlite_default_limits;

/* Whether the bytes begin as a database does. */
bool sqlite_is(const unsigned char *data, size_t len);

/*
 * {"metrics": [{"key": "auc", "value": 0.8, ...}, ...], ...}: tables by name,
 * rows in the order in which they are stored. A BLOB is a text of its
 * hexadecimal digits behind "x'"; text that isn't UTF-8 and numbers that JSON
 * hasn't are shown as text. limits NULL: the default. A new reference.
 */
int sqlite_read(const char *path, const struct sqlite_limits *limits,
		json_t **ret, struct error *err);

#endif
