#include "stack/memory_folder.h"

#include "base/io.h"
#include "base/path.h"

#include <errno.h>
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

/* The outer folder stays ours, so that its name can't be taken over; the
 * inner one is the account's. False: not here. */
static bool make_there(const struct account *account, const char *there,
		       const char *inner, const char *link)
{
	if (mkdir(there, account->drop ? 0711 : 0700) < 0)
		return false;
	if (make_plain(account, inner, NULL) == 0 &&
	    symlink(inner, link) == 0)
		return true;
	io_remove_tree(there, NULL);
	return false;
}

int memory_folder_make(struct supervisor *supervisor,
		       const struct account *account, const char *path,
		       struct error *err)
{
	char there[PRIVATE_FOLDER_PATH], inner[PRIVATE_FOLDER_PATH + 8];
	char line[PRIVATE_FOLDER_PATH + 16];

	if (!has_room())
		return make_plain(account, path, err);
	snprintf(there, sizeof(there), MEMORY_PLACE "/%s",
		 path_basename(supervisor->folder));
	snprintf(inner, sizeof(inner), "%s/pg", there);
	snprintf(line, sizeof(line), "memory %s", there);
	/* Written down first: whoever is killed now leaves nothing unknown. */
	if (supervisor_record(supervisor, line, err) < 0)
		return -1;
	if (make_there(account, there, inner, path))
		return 0;
	return make_plain(account, path, err);
}

int memory_folder_remove(const char *folder, const struct folder_state *state)
{
	struct stat st;

	if (!state->memory[0] || lstat(state->memory, &st) < 0)
		return 0;
	/* Ours, and this run's: not what another user put there. */
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
	    strcmp(path_basename(state->memory), path_basename(folder)))
		return 0;
	return io_remove_tree(state->memory, NULL);
}
