#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Cuts at the last whole UTF-8 character: a message ends up in JSON. */
static void trim_partial_utf8(char *s)
{
	size_t len = strlen(s);
	size_t i = len;

	while (i > 0 && len - i < 4 && ((unsigned char)s[i - 1] & 0xc0) == 0x80)
		i--;
	if (i == 0)
		return;
	unsigned char lead = (unsigned char)s[i - 1];
	size_t want = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3
		: lead >= 0xc0 ? 2 : 1;
	if (len - (i - 1) < want)
		s[i - 1] = '\0';
}

int error_set(struct error *err, enum error_kind kind, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return -1;
	err->kind = kind;
	va_start(ap, fmt);
	vsnprintf(err->message, sizeof(err->message), fmt, ap);
	va_end(ap);
	trim_partial_utf8(err->message);
	return -1;
}

static enum error_kind kind_of_errno(int errnum)
{
	switch (errnum) {
	case ENOENT: case EACCES: case EPERM: case ENOTDIR: case ENODEV:
	case ECONNREFUSED: case ECONNRESET: case EROFS: case EADDRINUSE:
	case ENOEXEC: case EISDIR: case ELOOP: case EPIPE:
		return ERROR_UNAVAILABLE;
	case ENOSPC: case EDQUOT: case EMFILE: case ENFILE: case ENOMEM:
	case EFBIG: case ENAMETOOLONG:
		return ERROR_LIMIT;
	case ETIMEDOUT:
		return ERROR_TIMEOUT;
	default:
		return ERROR_INTERNAL;
	}
}

int error_errno(struct error *err, int errnum, const char *fmt, ...)
{
	char what[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return error_set(err, kind_of_errno(errnum), "%s: %s", what,
			 strerror(errnum));
}

int error_context(struct error *err, const char *fmt, ...)
{
	char what[1024];
	char old[sizeof(err->message)];
	va_list ap;

	if (!err)
		return -1;
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	memcpy(old, err->message, sizeof(old));
	/* Of a long message the end is often what counts: it gets all that
	 * the context leaves. */
	size_t room = sizeof(old) - strlen(what) - sizeof(": ");
	snprintf(err->message, sizeof(err->message), "%s: %.*s", what,
		 (int)room, old);
	trim_partial_utf8(err->message);
	return -1;
}

const char *error_kind_name(enum error_kind kind)
{
	switch (kind) {
	case ERROR_NONE: return "none";
	case ERROR_INVALID: return "invalid";
	case ERROR_UNAVAILABLE: return "unavailable";
	case ERROR_TIMEOUT: return "timeout";
	case ERROR_LIMIT: return "limit";
	case ERROR_CANCELLED: return "cancelled";
	case ERROR_INTERNAL: return "internal";
	}
	return "internal";
}
