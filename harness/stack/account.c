#include "stack/account.h"

#include "base/io.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

static const char *const unprivileged[] = { "postgres", "nobody" };

static bool look_up(const char *name, struct account *ret)
{
	struct passwd entry, *found = NULL;
	char buf[4096];

	if (getpwnam_r(name, &entry, buf, sizeof(buf), &found) || !found ||
	    !found->pw_uid)
		return false;
	ret->uid = found->pw_uid;
	ret->gid = found->pw_gid;
	snprintf(ret->name, sizeof(ret->name), "%s", name);
	return true;
}

int account_choose(struct account *ret, struct error *err)
{
	struct passwd entry, *found = NULL;
	char buf[4096];

	*ret = (struct account){ .uid = geteuid(), .gid = getegid() };
	if (ret->uid) {
		getpwuid_r(ret->uid, &entry, buf, sizeof(buf), &found);
		snprintf(ret->name, sizeof(ret->name), "%s",
			 found ? found->pw_name : "");
		return 0;
	}
	ret->drop = true;
	for (size_t i = 0; i < 2; i++)
		if (look_up(unprivileged[i], ret))
			return 0;
	return error_set(err, ERROR_UNAVAILABLE,
			 "no unprivileged user: services don't run as root, "
			 "and there is neither `postgres` nor `nobody`");
}

int account_own(const struct account *account, const char *path,
		struct error *err)
{
	if (!account->drop)
		return 0;
	return io_chown_tree(path, account->uid, account->gid, err);
}
