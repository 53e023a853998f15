#include "submission/objects_copy.h"

#include "base/arena.h"
#include "base/compiler.h"
#include "base/io.h"
#include "base/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A repository with a few years of committed models fits. */
enum { MOST_FILES = 500 * 1000, DEEPEST_REF = 12 };
static const uint64_t most_bytes = (uint64_t)8 << 30;

struct copying {
	struct arena arena;
	const char *from, *to;
	size_t files;
	uint64_t bytes;
	struct error *err;
};

static bool is_hex(const char *s, size_t len)
{
	return strspn(s, "0123456789abcdef") == len && !s[len];
}

static bool is_pack(const char *name)
{
	size_t len = strlen(name);

	return !strncmp(name, "pack-", 5) && len > 9 &&
	       (!strcmp(name + len - 5, ".pack") ||
		!strcmp(name + len - 4, ".idx")) &&
	       strspn(name + 5, "0123456789abcdef") >= 40;
}

/* A part of a reference's name as git-check-ref-format(1) has it, and no
 * leading dot: nothing that means something to a file system. */
static bool is_ref_part(const char *name)
{
	size_t len = strlen(name);

	if (!len || len > 200 || *name == '.' || strstr(name, ".."))
		return false;
	for (const char *p = name; *p; p++)
		if ((unsigned char)*p <= ' ' || strchr("~^:?*[\\\x7f", *p))
			return false;
	return len < 5 || strcmp(name + len - 5, ".lock") != 0;
}

static bool any_hex(const char *name)
{
	return is_hex(name, 38);
}

/* A regular file, without following links; what is none is passed over. */
static int copy_one(struct copying *c, const char *path)
{
	const char *from = path_join(&c->arena, c->from, path);
	const char *to = path_join(&c->arena, c->to, path);
	struct stat st;

	if (lstat(from, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	c->bytes += (uint64_t)st.st_size;
	if (++c->files > MOST_FILES || c->bytes > most_bytes)
		return error_set(c->err, ERROR_LIMIT,
				 "%s: more than %d objects or %llu GiB",
				 c->from, MOST_FILES,
				 (unsigned long long)(most_bytes >> 30));
	return io_copy_file(from, to, 0444, c->err);
}

static int make(struct copying *c, const char *path)
{
	return io_make_folders(path_join(&c->arena, c->to, path), 0755,
			       c->err);
}

/* Opens a folder of the submission's, not through a link at its end. */
static DIR *open_folder(struct copying *c, const char *path)
{
	int fd = open(path_join(&c->arena, c->from, path),
		      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? NULL : fdopendir(fd);
}

/* The files of one folder whose names are as they must be. */
static int copy_files(struct copying *c, const char *folder,
		      bool (*takes)(const char *name))
{
	DIR *dir = open_folder(c, folder);
	struct dirent *d;
	int rc = dir ? make(c, folder) : 0;

	while (dir && !rc && (d = readdir(dir)))
		if (takes(d->d_name))
			rc = copy_one(c, arena_printf(&c->arena, "%s/%s",
						      folder, d->d_name));
	if (dir)
		closedir(dir);
	return rc;
}

static int copy_loose(struct copying *c)
{
	char folder[16];

	for (unsigned int i = 0; i < 256; i++) {
		snprintf(folder, sizeof(folder), "objects/%02x", i & 0xff);
		if (copy_files(c, folder, any_hex) < 0)
			return -1;
	}
	return 0;
}

static int copy_refs(struct copying *c, const char *folder, int depth)
{
	DIR *dir = depth > DEEPEST_REF ? NULL : open_folder(c, folder);
	struct dirent *d;
	int rc = dir ? make(c, folder) : 0;

	while (dir && !rc && (d = readdir(dir))) {
		const char *path = arena_printf(&c->arena, "%s/%s", folder,
						d->d_name);
		/* refs/replace would make one commit pass for another. */
		if (!is_ref_part(d->d_name) ||
		    !strcmp(path, "refs/replace"))
			continue;
		rc = copy_one(c, path);
		if (!rc)
			rc = copy_refs(c, path, depth + 1);
	}
	if (dir)
		closedir(dir);
	return rc;
}

/* Ours, and all there is of configuration. */
static int write_config(struct copying *c)
{
	static const char config[] =
		"[core]\n\trepositoryformatversion = 0\n\tbare = true\n";

	return io_write_file(path_join(&c->arena, c->to, "config"), config,
			     strlen(config), 0444, c->err);
}

bool objects_are_in(const char *git_folder)
{
	struct arena arena = ARENA_INIT;
	bool are = io_exists(path_join(&arena, git_folder, "HEAD")) &&
		io_exists(path_join(&arena, git_folder, "objects")) &&
		io_exists(path_join(&arena, git_folder, "refs"));

	arena_release(&arena);
	return are;
}

/* The folders that are walked from are folders, not links to others'. */
static int check_folders(struct copying *c)
{
	static const char *const folders[] = { "objects", "objects/pack",
					       "refs" };
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		const char *path = path_join(&c->arena, c->from, folders[i]);
		if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
			return error_set(c->err, ERROR_INVALID, "%s is a "
					 "link: it is not followed", path);
	}
	return 0;
}

int objects_copy(const char *git_folder, const char *to, bool *ret_shallow,
		 struct error *err)
{
	struct copying c = { .from = git_folder, .to = to, .err = err };
	int rc = check_folders(&c);

	if (!rc)
		rc = make(&c, "objects/pack");
	if (!rc)
		rc = make(&c, "refs");
	if (!rc)
		rc = copy_loose(&c);
	if (!rc)
		rc = copy_files(&c, "objects/pack", is_pack);
	if (!rc)
		rc = copy_refs(&c, "refs", 0);
	if (!rc)
		rc = copy_one(&c, "packed-refs");
	if (!rc)
		rc = copy_one(&c, "HEAD");
	if (!rc)
		rc = write_config(&c);
	*ret_shallow = io_exists(path_join(&c.arena, git_folder, "shallow"));
	arena_release(&c.arena);
	return rc;
}
