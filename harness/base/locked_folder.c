#include "base/locked_folder.h"

#include "base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define RANDOM_PART "XXXXXX"

void locked_folder_places(const char *ret_places[3])
{
	const char *tmpdir = getenv("TMPDIR");
	size_t n = 0;

	if (tmpdir && tmpdir[0] == '/' && strcmp(tmpdir, "/tmp"))
		ret_places[n++] = tmpdir;
	ret_places[n++] = "/tmp";
	ret_places[n] = NULL;
}

bool locked_folder_may_enter(const char *path, uid_t uid)
{
	char prefix[PATH_MAX];
	size_t len = strlen(path);

	if (uid == geteuid() || len >= sizeof(prefix))
		return true;
	for (size_t i = 1; i <= len; i++) {
		struct stat st;
		if (i < len && path[i] != '/')
			continue;
		memcpy(prefix, path, i);
		prefix[i] = '\0';
		if (stat(prefix, &st) < 0)
			return false;
		if (!(st.st_mode & (st.st_uid == uid ? S_IXUSR : S_IXOTH)))
			return false;
	}
	return true;
}

/* Locks the folder, unless somebody who clears up was faster. */
static int lock_folder(const char *path)
{
	struct stat by_name, by_fd;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 || fstat(fd, &by_fd) < 0 ||
	    stat(path, &by_name) < 0 || by_name.st_ino != by_fd.st_ino)
		close_fd(&fd);
	return fd;
}

int locked_folder_make(const char *place, const char *prefix, mode_t mode,
		       char *ret_path, size_t size, struct error *err)
{
	for (int tries = 0; tries < 10; tries++) {
		int n = snprintf(ret_path, size, "%s/%s" RANDOM_PART, place,
				 prefix);
		if (n < 0 || n >= (int)size)
			return error_set(err, ERROR_LIMIT,
					 "the path of %s is too long", place);
		if (!mkdtemp(ret_path)) {
			int errnum = errno;
			ret_path[0] = '\0';
			return error_errno(err, errnum,
					   "making a folder in %s", place);
		}
		int fd = lock_folder(ret_path);
		if (fd < 0)
			continue; /* taken for a leftover in that instant */
		if (fchmod(fd, mode) == 0)
			return fd;
		error_errno(err, errno, "%s", ret_path);
		rmdir(ret_path);
		close(fd);
		return -1;
	}
	return error_set(err, ERROR_UNAVAILABLE,
			 "could not lock a folder in %s", place);
}

/* Opens and locks a folder of ours, by its name in an open place. -1: it is no
 * such folder, or somebody holds it (*alive counts those). */
static int take(int place, const char *name, const char *prefix, size_t *alive)
{
	size_t len = strlen(prefix);
	struct stat st;

	if (strncmp(name, prefix, len) ||
	    strlen(name) != len + strlen(RANDOM_PART))
		return -1;
	int fd = openat(place, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
			O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid()) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return fd;
		++*alive;
	}
	close(fd);
	return -1;
}

size_t locked_folder_each_left(const char *prefix,
			       void (*clear)(const char *path, void *arg),
			       void *arg)
{
	const char *places[3];
	size_t alive = 0;

	locked_folder_places(places);
	for (size_t i = 0; places[i]; i++) {
		DIR *dir = opendir(places[i]);
		struct dirent *entry;
		while (dir && (entry = readdir(dir))) {
			char path[PATH_MAX];
			int fd = take(dirfd(dir), entry->d_name, prefix,
				      &alive);
			int n = snprintf(path, sizeof(path), "%s/%s",
					 places[i], entry->d_name);

			if (fd >= 0 && n < (int)sizeof(path))
				clear(path, arg);
			close_fd(&fd);
		}
		if (dir)
			closedir(dir);
	}
	return alive;
}
