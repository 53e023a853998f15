#include "submission/evidence.h"

#include "base/compiler.h"
#include "base/io.h"
#include "base/path.h"
#include "format/sqlite.h"
#include "submission/tree_digest.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_FILES = 5000, MOST_DATABASES = 20 };

struct collecting {
	struct submission *s;
	const json_t *generated, *where;
	const char *aside; /* the folder recorded/ */
	json_t *moved, *files, *databases;
	VEC(const char *) found; /* paths to be moved, in order */
	struct error *err;
};

static bool matches(const json_t *patterns, const char *path)
{
	json_t *item;
	size_t i;

	json_array_foreach(patterns, i, item) {
		const char *pattern = json_string_value(item);
		const char *text =
			strchr(pattern, '/') ? path : path_basename(path);
		if (fnmatch(pattern, text, 0) == 0)
			return true;
	}
	return false;
}

/* A folder that holds a file of such a name: a database's volume. */
static bool holds(const struct collecting *c, const char *folder)
{
	json_t *item;
	size_t i;

	json_array_foreach(c->where, i, item)
		if (io_exists(path_join(c->s->arena, folder,
					json_string_value(item))))
			return true;
	return false;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* What is to be moved; nothing below a folder that is moved as a whole. */
static int find_generated(struct collecting *c)
{
	char *const roots[] = { arena_strdup(c->s->arena, c->s->root), NULL };
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	size_t skip = strlen(c->s->root) + 1;
	FTSENT *e;

	if (!fts)
		return error_errno(c->err, errno, "reading %s", c->s->root);
	while ((e = fts_read(fts))) {
		bool folder = e->fts_info == FTS_D;
		if (e->fts_level == 0 || (!folder && e->fts_info != FTS_F))
			continue;
		const char *path = e->fts_path + skip;
		if (!matches(c->generated, path) &&
		    !(folder && holds(c, e->fts_path)))
			continue;
		*vec_push(&c->found) = arena_strdup(c->s->arena, path);
		if (folder)
			fts_set(fts, e, FTS_SKIP);
	}
	fts_close(fts);
	return 0;
}

/* The id that the commit gives a file, or NULL. */
static const char *committed_as(const struct submission *s, const char *path)
{
	json_t *file;
	size_t i;

	json_array_foreach(s->files, i, file)
		if (!strcmp(json_string_value(json_object_get(file, "path")),
			    path))
			return json_string_value(
				json_object_get(file, "git_blob"));
	return NULL;
}

/* digest NULL: its content is not there. */
static void record_file(struct collecting *c, const char *path,
			const char *git_blob, const struct file_digest *digest)
{
	if (json_array_size(c->files) >= MOST_FILES)
		return;
	json_array_append_new(c->files, json_pack(
		"{s:o,s:s?,s:s?,s:o}", "path", tree_path_json(path),
		"git_blob", digest ? digest->git_blob : git_blob, "sha256",
		digest ? digest->sha256 : NULL, "size",
		digest ? json_integer(digest->size) : json_null()));
}

static bool is_database(const char *path)
{
	_cleanup_(close_fd) int fd =
		open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	unsigned char head[16];

	return fd >= 0 && read(fd, head, sizeof(head)) ==
				  (ssize_t)sizeof(head) &&
	       sqlite_is(head, sizeof(head));
}

static void read_database(struct collecting *c, const char *file,
			  const char *path)
{
	struct error why = ERROR_INIT;
	json_t *value = NULL;

	if (json_array_size(c->databases) >= MOST_DATABASES)
		return;
	if (evidence_read_database(file, &c->s->owner, &value, &why) < 0)
		value = json_pack("{s:[],s:[],s:s}", "runs", "versions",
				  "error", why.message);
	/* A feature store's database has neither. */
	if (!json_object_get(value, "error") &&
	    !json_array_size(json_object_get(value, "runs")) &&
	    !json_array_size(json_object_get(value, "versions"))) {
		json_decref(value);
		return;
	}
	json_object_set_new(value, "path", tree_path_json(path));
	json_array_append_new(c->databases, value);
}

/* Digests of what lies in a folder that was moved, and the databases in it. */
static int record_folder(struct collecting *c, const char *folder,
			 const char *path)
{
	struct tree_files files = { VEC_INIT };
	int rc = tree_files_read(folder, c->s->arena, &files, c->err);

	for (size_t i = 0; !rc && i < files.at.len; i++) {
		const struct tree_file *f = &files.at.at[i];
		const char *whole =
			path_join(c->s->arena, folder, f->path);
		if (f->link)
			continue;
		record_file(c, path_join(c->s->arena, path, f->path), NULL,
			    &f->digest);
		if (is_database(whole))
			read_database(c, whole, path_join(c->s->arena, path,
							  f->path));
	}
	vec_release(&files.at);
	return rc;
}

static int record(struct collecting *c, const char *file, const char *path,
		  bool folder)
{
	struct file_digest digest;

	if (folder)
		return record_folder(c, file, path);
	if (hash_file(file, &digest, c->err) < 0)
		return -1;
	record_file(c, path, NULL, &digest);
	if (is_database(file))
		read_database(c, file, path);
	return 0;
}

/* What a stack finds in its place: an empty folder, or an empty file where a
 * database was, since an engine makes a folder of a file that is mounted and
 * not there. An empty file is an empty SQLite database. */
static int leave_empty(struct collecting *c, const char *path, bool folder,
		       bool database)
{
	int fd = -1;

	if (folder && mkdir(path, 0755) < 0)
		return error_errno(c->err, errno, "%s", path);
	if (!folder && !database)
		return 0;
	if (!folder)
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
			  O_CLOEXEC, 0644);
	if (!folder && fd < 0)
		return error_errno(c->err, errno, "%s", path);
	close_fd(&fd);
	if (c->s->owner.drop &&
	    lchown(path, c->s->owner.uid, c->s->owner.gid) < 0)
		return error_errno(c->err, errno, "%s", path);
	return 0;
}

static int move_aside(struct collecting *c, const char *path)
{
	struct arena *arena = c->s->arena;
	const char *from = path_join(arena, c->s->root, path);
	const char *to = path_join(arena, c->aside, path);
	struct stat st;

	if (lstat(from, &st) < 0)
		return error_errno(c->err, errno, "%s", from);
	bool folder = S_ISDIR(st.st_mode);
	bool database = !folder && is_database(from);
	if (io_make_folders(path_dirname(arena, to), 0755, c->err) < 0)
		return -1;
	if (rename(from, to) < 0)
		return error_errno(c->err, errno, "moving %s aside", path);
	json_array_append_new(c->moved, tree_path_json(path));
	if (leave_empty(c, from, folder, database) < 0)
		return -1;
	return record(c, to, path, folder);
}

/* Models that were committed and not moved: in the tree, or only by their
 * ids. */
static void record_models(struct collecting *c)
{
	static const char *const models[] = { "*.pkl", "*.joblib", "*.pickle",
					      "*.skops", "*.onnx" };
	json_t *file;
	size_t i;

	json_array_foreach(c->s->files, i, file) {
		const char *path =
			json_string_value(json_object_get(file, "path"));
		const char *here = path_join(c->s->arena, c->s->root, path);
		const char *there = path_join(c->s->arena, c->aside, path);
		struct file_digest digest;
		bool model = false;
		for (size_t j = 0; j < ARRAY_SIZE(models); j++)
			model |= fnmatch(models[j], path, 0) == 0;
		if (!model || io_exists(there))
			continue;
		record_file(c, path, committed_as(c->s, path),
			    hash_file(here, &digest, NULL) == 0 ? &digest
								: NULL);
	}
}

int evidence_collect(struct submission *submission, const json_t *layout,
		     struct error *err)
{
	struct arena *arena = submission->arena;
	struct collecting c = {
		.s = submission, .err = err,
		.generated = json_object_get(layout, "generated"),
		.where = json_object_get(layout, "generated_where"),
		.aside = path_join(arena, submission->scratch.path,
				   "recorded"),
		.moved = json_array(), .files = json_array(),
		.databases = json_array(),
	};
	int rc = io_make_folders(c.aside, 0755, err);

	if (!rc)
		rc = find_generated(&c);
	for (size_t i = 0; !rc && i < c.found.len; i++)
		rc = move_aside(&c, c.found.at[i]);
	if (!rc)
		record_models(&c);
	submission->recorded = json_pack("{s:o,s:o,s:o}", "moved", c.moved,
					 "files", c.files, "databases",
					 c.databases);
	vec_release(&c.found);
	return rc;
}
