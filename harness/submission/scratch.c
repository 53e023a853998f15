#include "submission/scratch.h"

#include "base/compiler.h"
#include "base/io.h"
#include "base/locked_folder.h"

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
	char path[PATH_MAX + 8];

	snprintf(path, sizeof(path), "%s/kept", folder);
	return io_read_file(path, &stack, NULL) == 0 && io_exists(stack.buf);
}

static void clean_one(const char *path, void *arg)
{
	struct scratch_cleaned *cleaned = arg;
	struct error why = ERROR_INIT;

	if (is_used(path))
		cleaned->alive++;
	else if (io_remove_tree(path, &why) == 0)
		cleaned->removed++;
	else if (cleaned->stubborn++ == 0)
		cleaned->why = why;
}

void scratch_clean(struct scratch_cleaned *ret)
{
	*ret = (struct scratch_cleaned){ 0 };
	size_t held = locked_folder_each_left(PREFIX, clean_one, ret);
	ret->alive += held;
}
