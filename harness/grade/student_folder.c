#include "grade/student_folder.h"

#include "base/io.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct student_folder student_folder_of(struct arena *arena, const char *out,
					const char *slug)
{
	struct student_folder f = {
		.work = arena_printf(arena, "%s/work/%s", out, slug),
		.log = arena_printf(arena, "%s/work/%s.log", out, slug),
		.reports = arena_printf(arena, "%s/students/%s", out, slug),
	};

	f.run = arena_printf(arena, "%s/run", f.reports);
	f.result = arena_printf(arena, "%s/result.json", f.run);
	return f;
}

int student_folder_begin(const struct student_folder *folder,
			 struct error *err)
{
	if (io_remove_tree(folder->work, err) < 0)
		return -1;
	return io_make_folders(folder->work, 0755, err);
}

static bool digest_of(const char *folder, char ret_sha256[SHA256_HEX])
{
	struct arena arena = ARENA_INIT;
	const char *path = path_join(&arena, folder, "result.json");
	struct file_digest digest;
	bool found = hash_file(path, &digest, NULL) == 0;

	if (found)
		memcpy(ret_sha256, digest.sha256, SHA256_HEX);
	arena_release(&arena);
	return found;
}

bool student_folder_finished(const struct student_folder *folder,
			     char ret_sha256[SHA256_HEX])
{
	return digest_of(folder->work, ret_sha256);
}

/* A rename is on the disk when its folder is. */
static int sync_folder(const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 || fsync(fd) < 0
		? error_errno(err, errno, "syncing %s", path) : 0;

	close_fd(&fd);
	return rc;
}

static int move(const char *from, const char *to, struct error *err)
{
	if (rename(from, to) < 0)
		return error_errno(err, errno, "moving %s to %s", from, to);
	return 0;
}

/* What was graded before stays, as run-1, run-2, ... */
static int put_aside(const struct student_folder *folder, struct error *err)
{
	struct arena arena = ARENA_INIT;
	int rc = 0;

	if (io_exists(folder->run)) {
		const char *aside;
		int n = 1;

		do {
			aside = arena_printf(&arena, "%s-%d", folder->run, n++);
		} while (io_exists(aside));
		rc = move(folder->run, aside, err);
	}
	arena_release(&arena);
	return rc;
}

static bool is_that(const char *folder, const char *sha256)
{
	char found[SHA256_HEX];

	return digest_of(folder, found) && !strcmp(found, sha256);
}

int student_folder_settle(const struct student_folder *folder,
			  const char *sha256, struct error *err)
{
	struct arena arena = ARENA_INIT;
	const char *log = arena_printf(&arena, "%s.log", folder->run);
	int rc = 1;

	if (is_that(folder->work, sha256)) {
		if (io_make_folders(folder->reports, 0755, err) < 0 ||
		    put_aside(folder, err) < 0 ||
		    move(folder->work, folder->run, err) < 0 ||
		    sync_folder(folder->reports, err) < 0)
			rc = -1;
		else if (rename(folder->log, log) < 0)
			errno = 0; /* it has none, or it was moved before */
	} else if (!is_that(folder->run, sha256)) {
		rc = 0;
	}
	arena_release(&arena);
	return rc;
}

/* nftw() hands nothing through to its function. */
static _Thread_local int64_t counted;

static int count(const char *path UNUSED, const struct stat *st, int type,
		 struct FTW *ftw UNUSED)
{
	if (type == FTW_F)
		counted += (int64_t)st->st_blocks * 512;
	return 0;
}

int64_t folder_size(const char *path)
{
	counted = 0;
	nftw(path, count, 16, FTW_PHYS);
	return counted;
}
