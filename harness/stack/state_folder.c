#include "stack/state_folder.h"

#include "base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEEPEST = 64 };

/* What tells that a file is the one that was kept. */
struct identity {
	ino_t inode;
	off_t size;
	struct timespec changed; /* ctime: the kernel's alone */
};

static struct identity identity_of(const struct stat *st)
{
	return (struct identity){ st->st_ino, st->st_size, st->st_ctim };
}

static bool is_same(const struct identity *a, const struct stat *st)
{
	return a && a->inode == st->st_ino && a->size == st->st_size &&
	       a->changed.tv_sec == st->st_ctim.tv_sec &&
	       a->changed.tv_nsec == st->st_ctim.tv_nsec;
}

static void note(struct state_folder *folder, const char *path,
		 const struct stat *st)
{
	struct identity *identity =
		arena_new(&folder->arena, struct identity);

	*identity = identity_of(st);
	map_put(&folder->files, path, identity);
}

/* Calls for every entry of a folder; stops at the first -1. */
typedef int entry_fn(struct state_folder *folder, const char *below,
		     int depth, const struct account *account,
		     struct error *err);

static int each_entry(struct state_folder *folder, const char *root,
		      const char *below, int depth,
		      const struct account *account, entry_fn *fn,
		      struct error *err)
{
	char path[PATH_MAX];
	struct dirent *d;
	int rc = 0;

	if (depth > DEEPEST)
		return error_set(err, ERROR_LIMIT, "%s is nested more than %d "
				 "deep", root, DEEPEST);
	snprintf(path, sizeof(path), "%s%s", root, below);
	DIR *dir = opendir(path);
	if (!dir)
		return error_errno(err, errno, "%s", path);
	while (rc == 0 && (d = readdir(dir))) {
		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", below, d->d_name) >=
		    (int)sizeof(path))
			rc = error_set(err, ERROR_LIMIT, "a path below %s is "
				       "too long", root);
		else
			rc = fn(folder, path, depth + 1, account, err);
	}
	closedir(dir);
	return rc;
}

static int note_entry(struct state_folder *folder, const char *below,
		      int depth, const struct account *account,
		      struct error *err)
{
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s%s", folder->here, below);
	if (lstat(path, &st) < 0)
		return error_errno(err, errno, "%s", path);
	if (S_ISDIR(st.st_mode))
		return each_entry(folder, folder->here, below, depth, account,
				  note_entry, err);
	if (S_ISREG(st.st_mode))
		note(folder, below, &st);
	return 0;
}

int state_folder_keep(struct state_folder *folder, const char *here,
		      const char *there, const struct account *account,
		      struct error *err)
{
	state_folder_release(folder);
	folder->here = here;
	folder->there = there;
	if (io_remove_tree(there, err) < 0 ||
	    io_copy_tree(here, there, err) < 0 ||
	    account_own(account, there, err) < 0)
		return -1;
	return each_entry(folder, here, "", 0, account, note_entry, err);
}

/* What was not there when it was kept goes. */
static int drop_new(struct state_folder *folder, const char *below, int depth,
		    const struct account *account, struct error *err)
{
	char here[PATH_MAX], there[PATH_MAX];
	struct stat st, kept;

	snprintf(here, sizeof(here), "%s%s", folder->here, below);
	snprintf(there, sizeof(there), "%s%s", folder->there, below);
	if (lstat(here, &st) < 0)
		return error_errno(err, errno, "%s", here);
	if (lstat(there, &kept) < 0 ||
	    (st.st_mode & S_IFMT) != (kept.st_mode & S_IFMT))
		return io_remove_tree(here, err);
	if (S_ISDIR(st.st_mode))
		return each_entry(folder, folder->here, below, depth, account,
				  drop_new, err);
	if (S_ISREG(st.st_mode) && is_same(map_get(&folder->files, below),
					   &st))
		return 0;
	return io_remove_tree(here, err);
}

static int bring_folder(const char *here, const struct stat *kept,
			const struct account *account, struct error *err)
{
	struct stat st;

	if (mkdir(here, 0700) == 0) {
		if (chmod(here, kept->st_mode & 07777) < 0)
			return error_errno(err, errno, "%s", here);
		return account_own(account, here, err);
	}
	if (errno != EEXIST || lstat(here, &st) < 0)
		return error_errno(err, errno, "%s", here);
	if ((st.st_mode & 07777) != (kept->st_mode & 07777) &&
	    chmod(here, kept->st_mode & 07777) < 0)
		return error_errno(err, errno, "%s", here);
	return 0;
}

/* What is kept and not there comes back. */
static int bring_back(struct state_folder *folder, const char *below,
		      int depth, const struct account *account,
		      struct error *err)
{
	char here[PATH_MAX], there[PATH_MAX], target[PATH_MAX];
	struct stat st, kept;

	snprintf(here, sizeof(here), "%s%s", folder->here, below);
	snprintf(there, sizeof(there), "%s%s", folder->there, below);
	if (lstat(there, &kept) < 0)
		return error_errno(err, errno, "%s", there);
	if (S_ISDIR(kept.st_mode)) {
		if (bring_folder(here, &kept, account, err) < 0)
			return -1;
		return each_entry(folder, folder->there, below, depth,
				  account, bring_back, err);
	}
	if (lstat(here, &st) == 0)
		return 0;
	if (S_ISLNK(kept.st_mode)) {
		ssize_t n = readlink(there, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		if (n < 0 || symlink(target, here) < 0)
			return error_errno(err, errno, "%s", here);
		return account_own(account, here, err);
	}
	if (io_copy_file(there, here, kept.st_mode & 07777, err) < 0 ||
	    account_own(account, here, err) < 0)
		return -1;
	if (lstat(here, &st) < 0)
		return error_errno(err, errno, "%s", here);
	note(folder, below, &st);
	return 0;
}

int state_folder_put_back(struct state_folder *folder,
			  const struct account *account, struct error *err)
{
	if (each_entry(folder, folder->here, "", 0, account, drop_new, err) <
	    0)
		return -1;
	return each_entry(folder, folder->there, "", 0, account, bring_back,
			  err);
}

void state_folder_release(struct state_folder *folder)
{
	map_release(&folder->files);
	arena_release(&folder->arena);
	memset(folder, 0, sizeof(*folder));
}
