#include "submission/scratch.h"

#include "base/compiler.h"
#include "base/io.h"
#include "base/locked_folder.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PREFIX "bis-submission-"

static const char *choose_place(uid_t entered_by)
{
	const char *places[3];

	locked_folder_places(places);
	for (size_t i = 0; places[i]; i++)
		if (locked_folder_may_enter(places[i], entered_by))
			return places[i];
	return "/tmp";
}

/* Submissions are for nobody else on the machine: the folder is entered by us
 * and by the services' group alone. */
int scratch_make(struct scratch *scratch, const struct scratch_owner *owner,
		 struct error *err)
{
	uid_t user = owner->drop ? owner->uid : geteuid();

	scratch->lock = locked_folder_make(choose_place(user), PREFIX,
					   owner->drop ? 0710 : 0700,
					   scratch->path,
					   sizeof(scratch->path), err);
	if (scratch->lock < 0)
		return -1;
	if (owner->drop && fchown(scratch->lock, (uid_t)-1, owner->gid) < 0) {
		error_errno(err, errno, "%s", scratch->path);
		scratch_end(scratch, NULL);
		return -1;
	}
	return 0;
}

int scratch_end(struct scratch *scratch, struct error *err)
{
	int rc = 0;

	if (scratch->lock >= 0 && !scratch->kept)
		rc = io_remove_tree(scratch->path, err);
	close_fd(&scratch->lock);
	return rc;
}

int scratch_keep(struct scratch *scratch, const char *stack_folder,
		 struct error *err)
{
	char path[SCRATCH_PATH + 8];

	snprintf(path, sizeof(path), "%s/kept", scratch->path);
	if (io_write_file(path, stack_folder, strlen(stack_folder), 0600,
			  err) < 0)
		return -1;
	scratch->kept = true;
	return 0;
}

static bool is_used(const char *folder)
{
	_cleanup_(strbuf_release) struct strbuf stack = STRBUF_INIT(PATH_MAX);
	char path[SCRATCH_PATH + 8];

	snprintf(path, sizeof(path), "%.*s/kept", SCRATCH_PATH, folder);
	return io_read_file(path, &stack, NULL) == 0 && io_exists(stack.buf);
}

static void clean_one(int place, const char *place_name, const char *name,
		      struct scratch_cleaned *ret)
{
	bool alive = false;
	_cleanup_(close_fd) int fd =
		locked_folder_take(place, name, PREFIX, &alive);
	char path[SCRATCH_PATH];

	ret->alive += alive;
	if (fd < 0 || snprintf(path, sizeof(path), "%s/%s", place_name,
			       name) >= (int)sizeof(path))
		return;
	if (is_used(path))
		ret->alive++;
	else if (io_remove_tree(path, NULL) == 0)
		ret->removed++;
	else
		ret->stubborn++;
}

void scratch_clean(struct scratch_cleaned *ret)
{
	const char *places[3];

	*ret = (struct scratch_cleaned){ 0 };
	locked_folder_places(places);
	for (size_t i = 0; places[i]; i++) {
		DIR *dir = opendir(places[i]);
		struct dirent *entry;
		while (dir && (entry = readdir(dir)))
			clean_one(dirfd(dir), places[i], entry->d_name, ret);
		if (dir)
			closedir(dir);
	}
}
