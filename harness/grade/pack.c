#include "grade/pack.h"

#include "base/arena.h"
#include "base/io.h"
#include "base/path.h"
#include "base/vec.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct packing {
	struct arena arena;
	struct archive *archive;
	const char *folder, *name;
};

static int complain(struct packing *p, const char *path, struct error *err)
{
	return error_set(err, ERROR_UNAVAILABLE, "packing %s: %s", path,
			 archive_error_string(p->archive));
}

static int add_contents(struct packing *p, const char *path, int fd,
			struct error *err)
{
	char buf[64 * 1024];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		if (archive_write_data(p->archive, buf, (size_t)n) < n)
			return complain(p, path, err);
	return n < 0 ? error_errno(err, errno, "reading %s", path) : 0;
}

static int add_file(struct packing *p, const char *path, const char *relative,
		    const struct stat *st, struct error *err)
{
	struct archive_entry *entry = archive_entry_new();
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), rc = 0;

	archive_entry_set_pathname(entry, arena_printf(&p->arena, "%s/%s",
						       p->name, relative));
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, st->st_size);
	if (fd < 0)
		rc = error_errno(err, errno, "opening %s", path);
	else if (archive_write_header(p->archive, entry) != ARCHIVE_OK)
		rc = complain(p, path, err);
	else
		rc = add_contents(p, path, fd, err);
	close_fd(&fd);
	archive_entry_free(entry);
	return rc;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int add(struct packing *p, const char *relative, struct error *err)
{
	const char *path = path_join(&p->arena, p->folder, relative);
	VEC(const char *) names = VEC_INIT;
	struct dirent *entry;
	struct stat st;
	DIR *dir;
	int rc = 0;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0
			: error_errno(err, errno, "packing %s", path);
	if (S_ISREG(st.st_mode))
		return add_file(p, path, relative, &st, err);
	dir = S_ISDIR(st.st_mode) ? opendir(path) : NULL;
	while (dir && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			*vec_push(&names) = path_join(&p->arena, relative,
						      entry->d_name);
	if (dir)
		closedir(dir);
	if (names.len)
		qsort(names.at, names.len, sizeof(*names.at), by_name);
	for (size_t i = 0; !rc && i < names.len; i++)
		rc = add(p, names.at[i], err);
	vec_release(&names);
	return rc;
}

int pack_folder(const char *path, const char *folder,
		const char *const *members, size_t count, const char *name,
		struct error *err)
{
	struct packing p = { ARENA_INIT, archive_write_new(), folder, name };
	int rc = 0;

	archive_write_set_format_pax_restricted(p.archive);
	archive_write_add_filter_gzip(p.archive);
	archive_write_set_filter_option(p.archive, "gzip", "timestamp", NULL);
	if (archive_write_open_filename(p.archive, path) != ARCHIVE_OK)
		rc = complain(&p, path, err);
	for (size_t i = 0; !rc && i < count; i++)
		rc = add(&p, members[i], err);
	if (archive_write_close(p.archive) != ARCHIVE_OK && !rc)
		rc = complain(&p, path, err);
	archive_write_free(p.archive);
	arena_release(&p.arena);
	if (rc)
		unlink(path);
	return rc;
}
