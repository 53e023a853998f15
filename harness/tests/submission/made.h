/*
 * Submissions made for the tests: repositories by libgit2, archives by
 * libarchive, so that neither git nor tar needs to be installed.
 */
#ifndef TESTS_SUBMISSION_MADE_H
#define TESTS_SUBMISSION_MADE_H

#include "tests/test.h"

#include "base/arena.h"
#include "base/io.h"
#include "base/path.h"
#include "submission/submission.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <git2.h>
#include <sys/stat.h>
#include <unistd.h>

struct made {
	struct arena arena;
	char folder[64]; /* of the test; TMPDIR is below it */
	const char *source;
	struct submission s;
	bool opened;
};

static inline const char *made_path(struct made *m, const char *name)
{
	return path_join(&m->arena, m->folder, name);
}

static inline void made_init(struct made *m)
{
	memset(m, 0, sizeof(*m));
	snprintf(m->folder, sizeof(m->folder), "/tmp/submade-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(m->folder));
	ck_assert_int_eq(chmod(m->folder, 0755), 0);
	ck_assert_int_eq(mkdir(made_path(m, "tmp"), 0755), 0);
	ck_assert_int_eq(setenv("TMPDIR", made_path(m, "tmp"), 1), 0);
	m->source = made_path(m, "hand-in");
}

static inline void made_close(struct made *m)
{
	if (m->opened)
		ck_assert_int_eq(submission_release(&m->s, NULL), 0);
	m->opened = false;
}

/* Nothing is left where scratch copies are made. */
static inline void made_release(struct made *m)
{
	made_close(m);
	ck_assert_msg(rmdir(made_path(m, "tmp")) == 0,
		      "a scratch copy was left behind");
	ck_assert_int_eq(io_remove_tree(m->folder, NULL), 0);
	arena_release(&m->arena);
}

static inline void made_write(struct made *m, const char *name,
			      const char *text)
{
	const char *path = path_join(&m->arena, m->source, name);

	ck_assert_int_eq(io_make_folders(path_dirname(&m->arena, path), 0755,
					 NULL), 0);
	ck_assert_int_eq(io_write_file(path, text, strlen(text), 0644, NULL),
			 0);
}

/* Opens `source` (NULL: the folder that was made). */
static inline int made_open(struct made *m, const char *source, int64_t before,
			    const struct tree_limits *limits,
			    struct error *err)
{
	const struct submission_options options = {
		.source = source ? source : m->source, .before = before,
		.owner = { .drop = geteuid() == 0, .uid = 65534,
			   .gid = 65534 },
		.limits = limits, .arena = &m->arena,
	};

	made_close(m);
	m->opened = true;
	return submission_open(&options, &m->s, err);
}

#define made_must_open(m, source) do { \
	struct error err_ = ERROR_INIT; \
	ck_assert_msg(made_open(m, source, 0, NULL, &err_) == 0, "%s", \
		      err_.message); \
} while (0)

static inline void made_expect(struct made *m, const char *name,
			       const char *text)
{
	struct strbuf sb = STRBUF_INIT(10000);
	struct error err = ERROR_INIT;

	ck_assert_msg(io_read_file(path_join(&m->arena, m->s.root, name), &sb,
				   &err) == 0, "%s", err.message);
	ck_assert_str_eq(sb.buf, text);
	strbuf_release(&sb);
}

static inline bool made_has(struct made *m, const char *name)
{
	struct stat st;

	return lstat(path_join(&m->arena, m->s.root, name), &st) == 0;
}

static inline const char *made_left_out(struct made *m, const char *path)
{
	json_t *row;
	size_t i;

	json_array_foreach(m->s.left_out, i, row)
		if (!strcmp(json_string_value(json_object_get(row, "path")),
			    path))
			return json_string_value(json_object_get(row,
								 "reason"));
	return "";
}

static inline bool made_notes(struct made *m, const char *words)
{
	for (size_t i = 0; i < m->s.notes.len; i++)
		if (strstr(m->s.notes.at[i].en, words))
			return true;
	return false;
}

/* ------------------------------------------------------------ repositories */

#define GIT(call) do { \
	int rc_ = (call); \
	ck_assert_msg(rc_ == 0, "%s: %s", #call, \
		      git_error_last() ? git_error_last()->message : "?"); \
} while (0)

/* Commits all files of the folder that was made. Gives the commit's id. */
static inline const char *made_commit(struct made *m, const char *author,
				      const char *email, int64_t seconds)
{
	git_repository *repository = NULL;
	git_signature *who = NULL;
	git_index *index = NULL;
	git_tree *tree = NULL;
	git_commit *parent = NULL;
	git_oid id, head;
	char *hex = arena_alloc(&m->arena, GIT_OID_HEXSZ + 1);

	git_libgit2_init();
	git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
	GIT(git_repository_init(&repository, m->source, 0));
	GIT(git_repository_index(&index, repository));
	GIT(git_index_add_all(index, NULL, 0, NULL, NULL));
	GIT(git_index_write(index));
	GIT(git_index_write_tree(&id, index));
	GIT(git_tree_lookup(&tree, repository, &id));
	GIT(git_signature_new(&who, author, email, seconds, 0));
	if (git_reference_name_to_id(&head, repository, "HEAD") == 0)
		GIT(git_commit_lookup(&parent, repository, &head));
	const git_commit *parents[] = { parent };
	GIT(git_commit_create(&id, repository, "HEAD", who, who, NULL, "work",
			      tree, parent ? 1 : 0, parents));
	git_oid_tostr(hex, GIT_OID_HEXSZ + 1, &id);
	git_commit_free(parent);
	git_signature_free(who);
	git_tree_free(tree);
	git_index_free(index);
	git_repository_free(repository);
	git_libgit2_shutdown();
	return hex;
}

/* ---------------------------------------------------------------- archives */

struct made_entry {
	const char *path;
	const char *text;  /* of a file; the target of a link */
	unsigned int type; /* AE_IFREG where 0 */
	size_t zeros;      /* so many zero bytes in place of the text */
};

static inline void made_add(struct archive *a, const struct made_entry *e)
{
	struct archive_entry *entry = archive_entry_new();
	static const char zeros[1 << 16];
	size_t size = e->zeros ? e->zeros : e->text ? strlen(e->text) : 0;
	unsigned int type = e->type ? e->type : AE_IFREG;

	archive_entry_set_pathname(entry, e->path);
	archive_entry_set_filetype(entry, type);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_mtime(entry, 1700000000, 0);
	if (type == AE_IFLNK)
		archive_entry_set_symlink(entry, e->text);
	else if (type == AE_IFREG)
		archive_entry_set_size(entry, (la_int64_t)size);
	ck_assert_int_eq(archive_write_header(a, entry), ARCHIVE_OK);
	if (type == AE_IFREG && !e->zeros)
		archive_write_data(a, e->text, size);
	for (size_t left = e->zeros; left;) {
		size_t n = left < sizeof(zeros) ? left : sizeof(zeros);
		archive_write_data(a, zeros, n);
		left -= n;
	}
	archive_entry_free(entry);
}

/* "x.zip" or "x.tar.gz", ... with these entries (until a path of NULL). */
static inline const char *made_archive(struct made *m, const char *name,
				       const struct made_entry *entries)
{
	const char *path = made_path(m, name);
	struct archive *a = archive_write_new();

	ck_assert_int_eq(archive_write_set_format_filter_by_ext(a, name),
			 ARCHIVE_OK);
	ck_assert_int_eq(archive_write_open_filename(a, path), ARCHIVE_OK);
	for (const struct made_entry *e = entries; e->path; e++)
		made_add(a, e);
	ck_assert_int_eq(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
	return path;
}

#endif
