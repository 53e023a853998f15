#include "submission/archive.h"

#include "base/clock.h"
#include "base/compiler.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

enum { BLOCK = 64 * 1024 };

bool archive_is(const unsigned char *data, size_t len)
{
	static const struct {
		size_t at, len;
		const char *bytes;
	} magics[] = {
		{ 0, 4, "PK\3\4" },	  { 0, 4, "PK\5\6" }, /* empty */
		{ 0, 2, "\x1f\x8b" },	  { 0, 3, "BZh" },
		{ 0, 6, "\xfd""7zXZ\0" }, { 0, 4, "\x28\xb5\x2f\xfd" },
		{ 257, 5, "ustar" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(magics); i++)
		if (len >= magics[i].at + magics[i].len &&
		    !memcmp(data + magics[i].at, magics[i].bytes,
			    magics[i].len))
			return true;
	return false;
}

static int complain(struct archive *a, const char *name, struct error *err)
{
	const char *why = archive_error_string(a);

	return error_set(err, ERROR_INVALID, "%s can't be unpacked: %s", name,
			 why ? why : "it is damaged");
}

/* ARCHIVE_WARN: the library was built without it, and would start a program. */
static int choose_formats(struct archive *a, const char *name,
			  struct error *err)
{
	if (archive_read_support_filter_gzip(a) != ARCHIVE_OK ||
	    archive_read_support_filter_bzip2(a) != ARCHIVE_OK ||
	    archive_read_support_filter_xz(a) != ARCHIVE_OK ||
	    archive_read_support_filter_zstd(a) != ARCHIVE_OK ||
	    archive_read_support_format_tar(a) != ARCHIVE_OK ||
	    archive_read_support_format_zip(a) != ARCHIVE_OK)
		return complain(a, name, err);
	return 0;
}

static int copy_data(struct archive *a, struct tree_writer *w, int out,
		     const char *path, const char *name, struct error *err)
{
	char block[BLOCK];
	la_ssize_t n;

	while ((n = archive_read_data(a, block, sizeof(block))) > 0)
		if (tree_writer_add(w, out, path, block, (size_t)n, err) < 0)
			return error_context(err, "%s", name);
	return n < 0 ? complain(a, name, err) : 0;
}

static int take_file(struct archive *a, struct archive_entry *entry,
		     struct tree_writer *w, const char *path,
		     const char *name, struct error *err)
{
	int64_t time = archive_entry_mtime_is_set(entry)
		? archive_entry_mtime(entry) * CLOCK_SEC : 0;
	int out;

	if (archive_entry_is_encrypted(entry) > 0)
		return error_set(err, ERROR_INVALID, "%s wants a password: "
				 "hand it in without", name);
	/* A tar's size is known before its bytes are. */
	if (archive_entry_size_is_set(entry) &&
	    archive_entry_size(entry) > (la_int64_t)w->limits.file)
		return error_set(err, ERROR_LIMIT, "%s: %s: larger than %llu "
				 "MiB", name, path, (unsigned long long)
				 (w->limits.file >> 20));
	if (tree_writer_file(w, path, archive_entry_perm(entry) & 0100, &out,
			     err) < 0)
		return error_context(err, "%s", name);
	if (out < 0)
		return 0;
	int rc = copy_data(a, w, out, path, name, err);
	int closed = tree_writer_close(w, out, path, time,
				       rc < 0 ? NULL : err);
	return rc < 0 ? rc : closed;
}

static int take_entry(struct archive *a, struct archive_entry *entry,
		      struct tree_writer *w, const char *name,
		      struct error *err)
{
	const char *path = archive_entry_pathname(entry);
	int rc = 0;

	if (!path) {
		tree_writer_leave_out(w, "?", LEFT_OUT_NAME);
		return 0;
	}
	/* What Finder adds is nobody's work. */
	if (!strncmp(path, "__MACOSX/", 9))
		return 0;
	if (archive_entry_hardlink(entry))
		tree_writer_leave_out(w, path, LEFT_OUT_SPECIAL);
	else if (archive_entry_filetype(entry) == AE_IFREG)
		return take_file(a, entry, w, path, name, err);
	else if (archive_entry_filetype(entry) == AE_IFDIR)
		rc = tree_writer_folder(w, path, err);
	else if (archive_entry_filetype(entry) == AE_IFLNK &&
		 archive_entry_symlink(entry))
		rc = tree_writer_link(w, path, archive_entry_symlink(entry),
				      err);
	else
		tree_writer_leave_out(w, path, LEFT_OUT_SPECIAL);
	return rc < 0 ? error_context(err, "%s", name) : 0;
}

static int unpack(struct archive *a, int fd, const char *name,
		  struct tree_writer *w, struct error *err)
{
	struct archive_entry *entry;
	int rc = ARCHIVE_OK;

	if (choose_formats(a, name, err) < 0)
		return -1;
	if (archive_read_open_fd(a, fd, BLOCK) != ARCHIVE_OK)
		return complain(a, name, err);
	while ((rc = archive_read_next_header(a, &entry)) == ARCHIVE_OK ||
	       rc == ARCHIVE_WARN)
		if (take_entry(a, entry, w, name, err) < 0)
			return -1;
	if (rc != ARCHIVE_EOF)
		return complain(a, name, err);
	return tree_writer_finish(w, err);
}

int archive_unpack(int fd, const char *name, struct tree_writer *into,
		   struct error *err)
{
	struct archive *a = archive_read_new();
	int rc = a ? unpack(a, fd, name, into, err)
		   : error_set(err, ERROR_LIMIT, "%s: out of memory", name);

	archive_read_free(a);
	return rc;
}
