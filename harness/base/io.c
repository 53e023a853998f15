#include "base/io.h"

#include "base/alloc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void close_fd(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

int io_write_all(int fd, const void *data, size_t len, struct error *err)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, errno, "writing");
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int io_read_file(const char *path, struct strbuf *into, struct error *err)
{
	_cleanup_(close_fd) int fd =
		open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return error_errno(err, errno, "reading %s", path);
	if (fstat(fd, &st) < 0)
		return error_errno(err, errno, "reading %s", path);
	if (S_ISDIR(st.st_mode))
		return error_errno(err, EISDIR, "reading %s", path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_INVALID,
				 "reading %s: not a regular file", path);
	for (;;) {
		size_t room;
		char *to = strbuf_room(into, 64 * 1024, &room);
		if (!room) {
			char more;
			if (read(fd, &more, 1) <= 0)
				return 0;
			return error_set(err, ERROR_LIMIT,
					 "reading %s: larger than %zu bytes",
					 path, into->cap);
		}
		ssize_t n = read(fd, to, room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, errno, "reading %s", path);
		if (n == 0)
			return 0;
		strbuf_grew(into, (size_t)n);
	}
}

/* A device or a pipe must not be replaced by a file; nor must /dev/stdout,
 * which is a link to one. Other links are replaced: whose they are, and where
 * they lead, isn't known. */
static bool is_special(const char *path)
{
	bool follow = !strncmp(path, "/dev/", 5) || !strncmp(path, "/proc/", 6);
	struct stat st;

	return (follow ? stat(path, &st) : lstat(path, &st)) == 0 &&
	       !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode) &&
	       !S_ISLNK(st.st_mode);
}

/* A pipe that nobody reads is an error, not a wait. */
static int write_through(const char *path, const void *data, size_t len,
			 struct error *err)
{
	_cleanup_(close_fd) int fd =
		open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 || fcntl(fd, F_SETFL, 0) < 0)
		return error_errno(err, errno, "writing %s", path);
	return io_write_all(fd, data, len, err) < 0
		? error_context(err, "%s", path) : 0;
}

int io_write_file(const char *path, const void *data, size_t len, mode_t mode,
		  struct error *err)
{
	if (is_special(path))
		return write_through(path, data, len, err);
	struct strbuf tmp = STRBUF_INIT(STRBUF_LINE);

	strbuf_addf(&tmp, "%s.tmp-XXXXXX", path);
	int fd = mkostemp(tmp.buf, O_CLOEXEC);
	if (fd < 0) {
		error_errno(err, errno, "writing %s", path);
		strbuf_release(&tmp);
		return -1;
	}
	int result = io_write_all(fd, data, len, err);
	if (result < 0)
		error_context(err, "%s", path);
	if (!result && fchmod(fd, mode) < 0)
		result = error_errno(err, errno, "writing %s", path);
	if (!result && fdatasync(fd) < 0 && errno != EINVAL)
		result = error_errno(err, errno, "writing %s", path);
	if (close(fd) < 0 && !result)
		result = error_errno(err, errno, "writing %s", path);
	if (!result && rename(tmp.buf, path) < 0)
		result = error_errno(err, errno, "writing %s", path);
	if (result)
		unlink(tmp.buf);
	strbuf_release(&tmp);
	return result;
}

static int copy_bytes(int in, int out)
{
	char buf[64 * 1024];
	ssize_t n;

	while ((n = copy_file_range(in, NULL, out, NULL, 1 << 30, 0)) > 0)
		;
	if (n == 0)
		return 0;
	if (errno != EXDEV && errno != EINVAL && errno != ENOSYS &&
	    errno != EOPNOTSUPP)
		return -1;
	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (io_write_all(out, buf, (size_t)n, NULL) < 0)
			return -1;
	return n < 0 ? -1 : 0;
}

int io_copy_file(const char *from, const char *to, mode_t mode,
		 struct error *err)
{
	_cleanup_(close_fd) int in = open(from, O_RDONLY | O_CLOEXEC);
	if (in < 0)
		return error_errno(err, errno, "copying %s", from);
	_cleanup_(close_fd) int out =
		open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (out < 0)
		return error_errno(err, errno, "copying to %s", to);
	if (copy_bytes(in, out) < 0)
		return error_errno(err, errno, "copying %s to %s", from, to);
	if (fchmod(out, mode) < 0)
		return error_errno(err, errno, "copying to %s", to);
	return 0;
}

enum { DEEPEST = 64 };

static int copy_link_at(int from, int to, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);

	if (n < 0)
		return -1;
	target[n] = '\0';
	return symlinkat(target, to, name);
}

static int copy_file_at(int from, int to, const char *name, mode_t mode)
{
	_cleanup_(close_fd) int in =
		openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_(close_fd) int out =
		in < 0 ? -1 : openat(to, name, O_WRONLY | O_CREAT | O_EXCL |
				     O_NOFOLLOW | O_CLOEXEC, 0600);

	if (out < 0 || copy_bytes(in, out) < 0)
		return -1;
	return fchmod(out, mode & 07777);
}

static int copy_folder(int in, int out, int depth);

static int copy_entry_at(int from, int to, const char *name, int depth)
{
	struct stat st;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	if (S_ISLNK(st.st_mode))
		return copy_link_at(from, to, name);
	if (S_ISREG(st.st_mode))
		return copy_file_at(from, to, name, st.st_mode);
	if (!S_ISDIR(st.st_mode))
		return 0;
	if (depth >= DEEPEST || mkdirat(to, name, 0700) < 0)
		return -1;
	_cleanup_(close_fd) int in = openat(from, name, O_RDONLY |
		O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_(close_fd) int out = openat(to, name, O_RDONLY |
		O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (in < 0 || out < 0 || copy_folder(in, out, depth + 1) < 0)
		return -1;
	return fchmod(out, st.st_mode & 07777);
}

static int copy_folder(int in, int out, int depth)
{
	int again = fcntl(in, F_DUPFD_CLOEXEC, 0);
	DIR *dir = again < 0 ? NULL : fdopendir(again);
	struct dirent *d;
	int result = 0;

	if (!dir) {
		close_fd(&again);
		return -1;
	}
	while (!result && (d = readdir(dir)))
		if (strcmp(d->d_name, ".") && strcmp(d->d_name, ".."))
			result = copy_entry_at(in, out, d->d_name, depth);
	int errnum = errno;
	closedir(dir);
	errno = errnum;
	return result;
}

int io_copy_tree(const char *from, const char *to, struct error *err)
{
	struct stat st;
	_cleanup_(close_fd) int in =
		open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (in < 0 || fstat(in, &st) < 0)
		return error_errno(err, errno, "copying %s", from);
	if (mkdir(to, 0700) < 0)
		return error_errno(err, errno, "copying to %s", to);
	_cleanup_(close_fd) int out =
		open(to, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (out < 0 || copy_folder(in, out, 0) < 0 ||
	    fchmod(out, st.st_mode & 07777) < 0)
		return error_errno(err, errno, "copying %s to %s", from, to);
	return 0;
}

int io_make_folders(const char *path, mode_t mode, struct error *err)
{
	_cleanup_(free_pointer) char *copy = xstrdup(path);

	for (char *p = copy + 1; *copy; p++) {
		if (*p != '/' && *p != '\0')
			continue;
		char saved = *p;
		*p = '\0';
		if (mkdir(copy, mode) < 0 && errno != EEXIST)
			return error_errno(err, errno, "making folder %s",
					   copy);
		*p = saved;
		if (!saved)
			break;
	}
	struct stat st;
	if (stat(path, &st) < 0)
		return error_errno(err, errno, "making folder %s", path);
	if (!S_ISDIR(st.st_mode))
		return error_errno(err, ENOTDIR, "making folder %s", path);
	return 0;
}

/* A folder of ours that forbids us to read it, or to take something out of
 * it, is opened up. */
static int remove_closed(const char *path, int type, int base)
{
	char parent[PATH_MAX];

	if (type == FTW_DNR)
		return chmod(path, 0700) < 0 ? -1 : io_remove_tree(path, NULL);
	if (errno != EACCES || base < 1 || base >= (int)sizeof(parent))
		return -1;
	memcpy(parent, path, (size_t)base);
	parent[base - 1] = '\0';
	struct stat st;
	if (stat(parent, &st) < 0 || (st.st_mode & 0700) == 0700 ||
	    chmod(parent, 0700) < 0)
		return -1;
	return io_remove_tree(path, NULL);
}

static int remove_entry(const char *path, const struct stat *st, int type,
			struct FTW *ftw)
{
	(void)st;
	int n = type == FTW_DP || type == FTW_DNR ? rmdir(path) : unlink(path);
	if (n == 0 || errno == ENOENT)
		return 0;
	return remove_closed(path, type, ftw->base);
}

int io_remove_tree(const char *path, struct error *err)
{
	if (nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) < 0 &&
	    errno != ENOENT)
		return error_errno(err, errno, "removing %s", path);
	return 0;
}

static int chown_tree_at(int parent, const char *name, uid_t uid, gid_t gid,
			 int depth)
{
	if (fchownat(parent, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	int fd = openat(parent, name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOTDIR || errno == ELOOP ? 0 : -1;
	DIR *dir = fdopendir(fd);
	if (!dir || depth > DEEPEST) {
		close(fd);
		return -1;
	}
	int result = 0;
	struct dirent *d;
	while (!result && (d = readdir(dir))) {
		if (strcmp(d->d_name, ".") && strcmp(d->d_name, ".."))
			result = chown_tree_at(dirfd(dir), d->d_name, uid, gid,
					       depth + 1);
	}
	closedir(dir);
	return result;
}

int io_chown_tree(const char *path, uid_t uid, gid_t gid, struct error *err)
{
	if (chown_tree_at(AT_FDCWD, path, uid, gid, 0) < 0)
		return error_errno(err, errno, "changing the owner of %s",
				   path);
	return 0;
}

bool io_exists(const char *path)
{
	return access(path, F_OK) == 0;
}
