/*
 * Errors travel in a buffer that the caller owns.
 *
 * A function that can fail returns 0 or -1 and takes `struct error *err` last.
 * It leaves err untouched on success, and fills it once on failure; callers on
 * the way up push context in front ("reading x.yaml: ..."). err may be NULL
 * where the caller does not care why.
 *
 * A check of a submission that failed is not an error: it is an outcome.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdarg.h>

enum error_kind {
	ERROR_NONE = 0,
	ERROR_INVALID,     /* what we were given is wrong; trying again won't help */
	ERROR_UNAVAILABLE, /* a file, program, service or device isn't there */
	ERROR_TIMEOUT,     /* it did not answer in time */
	ERROR_LIMIT,       /* a cap on size, depth, count or memory was hit */
	ERROR_CANCELLED,   /* a signal asked us to stop */
	ERROR_INTERNAL,    /* our own fault */
};

struct error {
	enum error_kind kind;
	char message[2048]; /* UTF-8, never cut inside a character */
};

#define ERROR_INIT { ERROR_NONE, "" }

/* Fills err and returns -1, so that `return error_set(...)` reads well. */
int error_set(struct error *err, enum error_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Like error_set(), with ": " and strerror(errnum) at the end. The kind
 * follows from errnum: ENOSPC, EMFILE... are `limit`, ENOENT, EACCES...
 * `unavailable`, ETIMEDOUT `timeout`. */
int error_errno(struct error *err, int errnum, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Pushes "context: " in front of the message and returns -1. */
int error_context(struct error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* "invalid", "unavailable", ...: for JSON and for tests. */
const char *error_kind_name(enum error_kind kind);

#endif
