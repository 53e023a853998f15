#include "stack/memory_folder.h"

#include "base/io.h"
#include "base/path.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

/* <linux/magic.h> */
#define TMPFS 0x01021994
/* A cluster takes about 100 MiB with a few saved states; who has this much
 * has memory to spare. */
#define WANTED_BYTES (2048ULL << 20)

static bool has_room(void)
{
	struct statfs fs;

	return statfs(MEMORY_PLACE, &fs) == 0 && fs.f_type == TMPFS &&
		(unsigned long long)fs.f_bavail *
			(unsigned long long)fs.f_bsize >= WANTED_BYTES;
}

static int make_plain(const struct account *account, const char *path,
		      struct error *err)
{
	if (mkdir(path, 0700) < 0)
		return error_errno(err, errno, "%s", path);
	return account_own(account, path, err);
}

static int make_linked(const struct account *account, const char *there,
		       const char *path, struct error *err)
{
	char inner[PRIVATE_FOLDER_PATH + NAME_MAX];

	snprintf(inner, sizeof(inner), "%s/%s", there, path_basename(path));
	if (make_plain(account, inner, err) < 0)
		return -1;
	if (symlink(inner, path) < 0)
		return error_errno(err, errno, "%s", path);
	return 0;
}

/* The outer folder stays ours, so that its name can't be taken over; the
 * inner ones are the account's. */
int memory_folder_make(struct supervisor *supervisor,
		       const struct account *account,
		       const char *const *paths, struct error *err)
{
	char there[PRIVATE_FOLDER_PATH], line[PRIVATE_FOLDER_PATH + 16];
	bool in_memory = has_room();
	int rc = 0;

	snprintf(there, sizeof(there), MEMORY_PLACE "/%s",
		 path_basename(supervisor->folder));
	snprintf(line, sizeof(line), "memory %s", there);
	/* Written down first: whoever is killed now leaves nothing unknown. */
	if (in_memory && supervisor_record(supervisor, line, err) < 0)
		return -1;
	in_memory = in_memory &&
		mkdir(there, account->drop ? 0711 : 0700) == 0;
	for (; *paths && rc == 0; paths++)
		rc = in_memory ? make_linked(account, there, *paths, err)
			       : make_plain(account, *paths, err);
	return rc;
}

int memory_folder_remove(const char *folder,
			 const struct folder_state *state, struct error *err)
{
	struct stat st;

	if (!state->memory[0] || lstat(state->memory, &st) < 0)
		return 0;
	/* Ours, and this run's: not what another user put there. */
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
	    strcmp(path_basename(state->memory), path_basename(folder)))
		return 0;
	return io_remove_tree(state->memory, err);
}
