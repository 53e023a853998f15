/*
 * As whom services run. PostgreSQL refuses root, and nothing that a stack
 * runs needs to be root: where bis is, services are "postgres" or, where there
 * is no such user, "nobody". Elsewhere they are who bis is.
 */
#ifndef STACK_ACCOUNT_H
#define STACK_ACCOUNT_H

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

struct account {
	bool drop; /* become uid and gid, rather than stay who we are */
	uid_t uid;
	gid_t gid;
	char name[64];
};

int account_choose(struct account *ret, struct error *err);

/* Gives a path to the account; nothing where it is ours anyway. */
int account_own(const struct account *account, const char *path,
		struct error *err);

#endif
