/*
 * A function that reads what comes from outside with a library that was not
 * written for hostile input, in a child of its own: it can't outgrow its
 * limits, it can't outlive its deadline, and where it crashes only it is gone.
 *
 * The child has no environment, no other descriptors than those it is given,
 * and, where bis is root, another user's rights. Its answer is a text; its
 * error is passed on as it was set.
 */
#ifndef BASE_CONFINED_H
#define BASE_CONFINED_H

#include "base/error.h"
#include "base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct confined_spec {
	const char *name;    /* "unpacking x.zip": for messages, and `ps` */
	int64_t timeout;     /* microseconds */
	size_t memory;       /* bytes beyond what we have */
	uint64_t file_size;  /* of any file it writes; 0: it writes none */
	bool drop;           /* become uid and gid */
	uid_t uid;
	gid_t gid;
	const int *fds;      /* descriptors that it keeps */
	size_t fd_count;
};

/* Appends the answer; more than its cap is ERROR_LIMIT. A child that a signal
 * ended is ERROR_LIMIT where a limit did it, else ERROR_INVALID: what it read
 * broke its reader. */
typedef int confined_function(void *self, struct strbuf *answer,
			      struct error *err);
int confined_run(const struct confined_spec *spec, confined_function *function,
		 void *self, struct strbuf *answer, struct error *err);

/* Limits that any child of ours may set. Address space beyond what is in use
 * now; nothing under AddressSanitizer, which needs terabytes of it. */
void confined_limit(int what, uint64_t soft, uint64_t hard);
void confined_limit_memory(size_t more);

#endif
