#include "submission/folder_copy.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int copy_bytes(struct tree_writer *w, int in, int out, const char *path,
		      struct error *err)
{
	char buf[64 * 1024];
	ssize_t n;

	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (tree_writer_add(w, out, path, buf, (size_t)n, err) < 0)
			return -1;
	if (n < 0)
		return error_errno(err, errno, "reading %s", path);
	return 0;
}

static int copy_file(struct tree_writer *w, int from, const char *name,
		     const char *path, struct error *err)
{
	_cleanup_(close_fd) int in = openat(from, name, O_RDONLY | O_NOFOLLOW |
					    O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	int out;

	if (in < 0 || fstat(in, &st) < 0 || !S_ISREG(st.st_mode)) {
		tree_writer_leave_out(w, path, LEFT_OUT_UNREADABLE);
		return 0;
	}
	/* Said before gigabytes are read. */
	if ((uint64_t)st.st_size > w->limits.file)
		return error_set(err, ERROR_LIMIT,
				 "%s: larger than %llu MiB", path,
				 (unsigned long long)(w->limits.file >> 20));
	if (tree_writer_file(w, path, st.st_mode & 0100, &out, err) < 0)
		return -1;
	if (out < 0)
		return 0;
	int rc = copy_bytes(w, in, out, path, err);
	int closed = tree_writer_close(w, out, path,
				       st.st_mtim.tv_sec * CLOCK_SEC,
				       rc < 0 ? NULL : err);
	return rc < 0 ? rc : closed;
}

static int copy_link(struct tree_writer *w, int from, const char *name,
		     const char *path, struct error *err)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);

	if (n < 0) {
		tree_writer_leave_out(w, path, LEFT_OUT_UNREADABLE);
		return 0;
	}
	target[n] = '\0';
	return tree_writer_link(w, path, target, err);
}

static int copy_folder(struct tree_writer *w, int from, const char *path,
		       struct error *err);

static int copy_entry(struct tree_writer *w, int from, const char *folder,
		      const char *name, struct error *err)
{
	const char *path = *folder
		? arena_printf(&w->arena, "%s/%s", folder, name) : name;
	enum left_out problem = tree_path_problem(name, false);
	struct stat st;

	if (problem == LEFT_OUT_GIT && !*folder)
		return 0; /* the repository: not of the tree */
	if (problem || fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		tree_writer_leave_out(w, path, problem ? problem
						       : LEFT_OUT_UNREADABLE);
		return 0;
	}
	if (S_ISREG(st.st_mode))
		return copy_file(w, from, name, path, err);
	if (S_ISLNK(st.st_mode))
		return copy_link(w, from, name, path, err);
	if (S_ISDIR(st.st_mode)) {
		_cleanup_(close_fd) int below = openat(
			from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
			O_CLOEXEC);
		if (below >= 0)
			return copy_folder(w, below, path, err);
		tree_writer_leave_out(w, path, LEFT_OUT_UNREADABLE);
		return 0;
	}
	tree_writer_leave_out(w, path, LEFT_OUT_SPECIAL);
	return 0;
}

static int copy_folder(struct tree_writer *w, int from, const char *path,
		       struct error *err)
{
	int again = fcntl(from, F_DUPFD_CLOEXEC, 0);
	DIR *dir = again < 0 ? NULL : fdopendir(again);
	struct dirent *d;
	int rc = tree_writer_folder(w, path, err);

	if (!dir) {
		close_fd(&again);
		return error_errno(err, errno, "reading %s", path);
	}
	while (!rc && (d = readdir(dir))) {
		if (interrupt_signal())
			rc = error_set(err, ERROR_CANCELLED, "interrupted");
		else if (strcmp(d->d_name, ".") && strcmp(d->d_name, ".."))
			rc = copy_entry(w, from, path, d->d_name, err);
	}
	closedir(dir);
	return rc;
}

int folder_copy(const char *from, struct tree_writer *into, struct error *err)
{
	_cleanup_(close_fd) int fd =
		open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, errno, "reading %s", from);
	if (copy_folder(into, fd, "", err) < 0)
		return error_context(err, "copying %s", from);
	return tree_writer_finish(into, err);
}
