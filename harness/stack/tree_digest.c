#include "stack/tree_digest.h"

#include "base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ENTRIES_MOST = 100000, DEPTH_MOST = 60 };
#define CONTENT_MOST ((off_t)32 * 1024 * 1024)

static void add_text(struct sha256 *hash, const char *text)
{
	sha256_add(hash, text, strlen(text) + 1);
}

static void add_content(struct sha256 *hash, const char *path, off_t size)
{
	_cleanup_(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC |
					  O_NOFOLLOW | O_NONBLOCK);
	char buf[65536];
	ssize_t n;

	sha256_add(hash, &size, sizeof(size));
	while (size <= CONTENT_MOST && fd >= 0 &&
	       (n = read(fd, buf, sizeof(buf))) > 0)
		sha256_add(hash, buf, (size_t)n);
}

static int add(struct sha256 *hash, const char *folder, int depth,
	       size_t *count, struct error *err);

static int add_entry(struct sha256 *hash, const char *path, int depth,
		     size_t *count, struct error *err)
{
	char target[PATH_MAX];
	struct stat st;

	if (lstat(path, &st) < 0)
		return 0; /* it went away: something runs there */
	sha256_add(hash, &st.st_mode, sizeof(st.st_mode));
	if (S_ISREG(st.st_mode))
		add_content(hash, path, st.st_size);
	if (S_ISLNK(st.st_mode)) {
		ssize_t n = readlink(path, target, sizeof(target) - 1);
		sha256_add(hash, target, n > 0 ? (size_t)n : 0);
	}
	return S_ISDIR(st.st_mode) ? add(hash, path, depth - 1, count, err)
				   : 0;
}

static int add(struct sha256 *hash, const char *folder, int depth,
	       size_t *count, struct error *err)
{
	struct dirent **entries;
	char path[PATH_MAX];
	int n = scandir(folder, &entries, NULL, alphasort), rc = 0;

	if (n < 0)
		return error_errno(err, errno, "%s", folder);
	for (int i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;
		if (rc == 0 && strcmp(name, ".") && strcmp(name, "..")) {
			add_text(hash, name);
			if (depth <= 0 || ++*count > ENTRIES_MOST ||
			    snprintf(path, sizeof(path), "%s/%s", folder,
				     name) >= (int)sizeof(path))
				rc = error_set(err, ERROR_LIMIT, "%s holds "
					       "too many files", folder);
			else
				rc = add_entry(hash, path, depth, count, err);
		}
		free(entries[i]);
	}
	free(entries);
	return rc;
}

int tree_digest_add(struct sha256 *hash, const char *folder,
		    struct error *err)
{
	size_t count = 0;

	return add(hash, folder, DEPTH_MOST, &count, err);
}
