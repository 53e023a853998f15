#include "submission/history.h"

#include "base/clock.h"
#include "base/compiler.h"
#include "format/utf8.h"

#include <git2.h>
#include <stdio.h>
#include <string.h>

enum { MOST_COMMITS = 200 * 1000, SUBJECT = 200, LFS_POINTER = 1024 };
/* libgit2 maps packs in windows: what a child's memory has room for. */
static const size_t window = (size_t)32 << 20, windows = (size_t)512 << 20;

struct history {
	git_repository *repository;
	git_odb *odb;
	struct tree_writer *into;
	json_t *files;
	int64_t time; /* of the commit, microseconds */
	struct error *err;
};

static int complain(struct error *err, const char *what)
{
	const git_error *why = git_error_last();

	return error_set(err, ERROR_INVALID, "the repository's history can't "
			 "be read: %s: %s", what,
			 why && why->message ? why->message : "damaged");
}

/* No configuration from the machine, and no question whose folder it is. */
static void configure(void)
{
	git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
	for (int level = GIT_CONFIG_LEVEL_PROGRAMDATA;
	     level <= GIT_CONFIG_LEVEL_GLOBAL; level++)
		git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
	git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, window);
	git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, windows);
}

/* ---------------------------------------------------------- which commit */

bool history_is_robot(const char *name, const char *email)
{
	static const char *const robots[] = {
		"github-classroom", "github classroom", "dependabot",
		"renovate", "github-actions", "gitlab-bot",
	};

	if ((name && strcasestr(name, "[bot]")) ||
	    (email && strcasestr(email, "[bot]@")))
		return true;
	for (size_t i = 0; name && i < ARRAY_SIZE(robots); i++)
		if (!strcasecmp(name, robots[i]))
			return true;
	return false;
}

static bool is_by_person(const git_commit *commit)
{
	const git_signature *author = git_commit_author(commit);

	return author && !history_is_robot(author->name, author->email);
}

static bool is_before(const git_commit *commit, int64_t before)
{
	return !before || git_commit_time(commit) < before / CLOCK_SEC;
}

/* The newest commit from `from` on that is before that time, and by a person
 * where asked. GIT_ENOTFOUND where there is none. A history that was cut off
 * ends where it is cut. */
static int walk(struct history *h, const git_oid *from, int64_t before,
		bool person, git_commit **ret)
{
	git_revwalk *revwalk = NULL;
	git_oid id;
	int rc = git_revwalk_new(&revwalk, h->repository);

	*ret = NULL;
	if (!rc)
		rc = git_revwalk_sorting(revwalk, GIT_SORT_TIME);
	if (!rc)
		rc = git_revwalk_push(revwalk, from);
	for (int i = 0; !rc && !*ret && i < MOST_COMMITS; i++) {
		git_commit *commit = NULL;
		rc = git_revwalk_next(&id, revwalk);
		if (!rc)
			rc = git_commit_lookup(&commit, h->repository, &id);
		if (!rc && is_before(commit, before) &&
		    (!person || is_by_person(commit)))
			*ret = commit;
		else
			git_commit_free(commit);
	}
	git_revwalk_free(revwalk);
	return *ret ? 0 : rc == GIT_ITEROVER ? GIT_ENOTFOUND : rc;
}

static int resolve(struct history *h, const char *revision, git_oid *ret)
{
	git_object *object = NULL, *commit = NULL;
	char remote[512];
	int rc = git_revparse_single(&object, h->repository,
				     revision ? revision : "HEAD");

	/* A branch that was not checked out after cloning. */
	if (rc && revision && snprintf(remote, sizeof(remote),
				       "refs/remotes/origin/%s", revision) <
				      (int)sizeof(remote))
		rc = git_revparse_single(&object, h->repository, remote);
	if (!rc)
		rc = git_object_peel(&commit, object, GIT_OBJECT_COMMIT);
	if (!rc)
		git_oid_cpy(ret, git_object_id(commit));
	git_object_free(commit);
	git_object_free(object);
	if (!rc)
		return 0;
	if (!revision)
		return error_set(h->err, ERROR_INVALID, "the repository has "
				 "no commit: nothing was committed yet, or its "
				 "objects are kept in another repository");
	return error_set(h->err, ERROR_INVALID,
			 "the repository has no revision `%s`", revision);
}

static int choose(struct history *h, const struct history_request *request,
		  git_commit **ret)
{
	char date[CLOCK_TEXT];
	git_oid id;

	if (resolve(h, request->revision, &id) < 0)
		return -1;
	int rc = request->before
		? walk(h, &id, request->before, false, ret)
		: git_commit_lookup(ret, h->repository, &id);
	if (rc == GIT_ENOTFOUND && request->before)
		return error_set(h->err, ERROR_INVALID,
				 "the repository has no commit before %s UTC",
				 clock_format(request->before, date));
	return rc ? complain(h->err, "its commits") : 0;
}

/* ------------------------------------------------------------- its files */

static bool is_lfs_pointer(const git_blob *blob)
{
	static const char magic[] = "version https://git-lfs.github.com/";
	git_object_size_t size = git_blob_rawsize(blob);

	return size >= strlen(magic) && size <= LFS_POINTER &&
	       !memcmp(git_blob_rawcontent(blob), magic, strlen(magic));
}

static int write_blob(struct history *h, const git_blob *blob,
		      const char *path, bool executable)
{
	int fd;

	if (is_lfs_pointer(blob))
		tree_writer_leave_out(h->into, path, LEFT_OUT_LARGE);
	if (tree_writer_file(h->into, path, executable, &fd, h->err) < 0)
		return -1;
	if (fd < 0)
		return 0;
	int rc = tree_writer_add(h->into, fd, path, git_blob_rawcontent(blob),
				 (size_t)git_blob_rawsize(blob), h->err);
	int closed = tree_writer_close(h->into, fd, path, h->time,
				       rc < 0 ? NULL : h->err);
	return rc < 0 ? rc : closed;
}

static int write_link(struct history *h, const git_blob *blob,
		      const char *path)
{
	const char *target = arena_strndup(
		&h->into->arena, git_blob_rawcontent(blob),
		(size_t)git_blob_rawsize(blob));

	return tree_writer_link(h->into, path, target, h->err);
}

/* Its size comes first: a blob is read into memory as a whole. */
static int take_blob(struct history *h, const git_tree_entry *entry,
		     const char *path)
{
	const git_oid *id = git_tree_entry_id(entry);
	git_filemode_t mode = git_tree_entry_filemode(entry);
	char hex[GIT_OID_HEXSZ + 1];
	git_blob *blob = NULL;
	git_object_t type;
	size_t size;

	json_array_append_new(h->files, json_pack(
		"{s:o*,s:s}", "path", json_string(path), "git_blob",
		git_oid_tostr(hex, sizeof(hex), id)));
	int rc = git_odb_read_header(&size, &type, h->odb, id);
	if (rc == GIT_ENOTFOUND) {
		tree_writer_leave_out(h->into, path, LEFT_OUT_MISSING);
		return 0;
	}
	if (!rc && size > h->into->limits.file)
		return error_set(h->err, ERROR_LIMIT, "%s: larger than %llu "
				 "MiB", path, (unsigned long long)
				 (h->into->limits.file >> 20));
	if (!rc)
		rc = git_blob_lookup(&blob, h->repository, id);
	if (rc)
		return complain(h->err, path);
	rc = mode == GIT_FILEMODE_LINK
		? write_link(h, blob, path)
		: write_blob(h, blob, path,
			     mode == GIT_FILEMODE_BLOB_EXECUTABLE);
	git_blob_free(blob);
	return rc;
}

static int take_tree(struct history *h, const git_tree *tree,
		     const char *folder);

static int take_entry(struct history *h, const git_tree_entry *entry,
		      const char *folder)
{
	const char *name = git_tree_entry_name(entry);
	const char *path = *folder ? arena_printf(&h->into->arena, "%s/%s",
						  folder, name) : name;
	git_tree *below = NULL;

	if (tree_path_problem(name, false) || strchr(name, '/')) {
		enum left_out problem = tree_path_problem(name, false);
		tree_writer_leave_out(h->into, path,
				      problem ? problem : LEFT_OUT_NAME);
		return 0;
	}
	if (git_tree_entry_type(entry) == GIT_OBJECT_BLOB)
		return take_blob(h, entry, path);
	if (git_tree_entry_type(entry) != GIT_OBJECT_TREE) {
		tree_writer_leave_out(h->into, path, LEFT_OUT_SUBMODULE);
		return 0;
	}
	if (tree_writer_folder(h->into, path, h->err) < 0)
		return -1;
	if (git_tree_lookup(&below, h->repository, git_tree_entry_id(entry)))
		return complain(h->err, path);
	int rc = take_tree(h, below, path);
	git_tree_free(below);
	return rc;
}

static int take_tree(struct history *h, const git_tree *tree,
		     const char *folder)
{
	for (size_t i = 0; i < git_tree_entrycount(tree); i++)
		if (take_entry(h, git_tree_entry_byindex(tree, i), folder) < 0)
			return -1;
	return 0;
}

static int take_files(struct history *h, const git_commit *commit)
{
	git_tree *tree = NULL;

	if (git_commit_tree(&tree, commit))
		return complain(h->err, "its files");
	int rc = take_tree(h, tree, "");
	git_tree_free(tree);
	return rc < 0 ? rc : tree_writer_finish(h->into, h->err);
}

/* ------------------------------------------------------------- as a value */

static json_t *subject_json(const git_commit *commit)
{
	const char *subject = git_commit_summary((git_commit *)commit);
	struct strbuf sb = STRBUF_INIT(4 * SUBJECT);

	if (subject)
		utf8_add_visible(&sb, subject, strnlen(subject, SUBJECT), "");
	json_t *text = json_string(sb.buf);
	strbuf_release(&sb);
	return text ? text : json_string("");
}

static json_t *commit_json(const git_commit *commit)
{
	char hex[GIT_OID_HEXSZ + 1];

	git_oid_tostr(hex, sizeof(hex), git_commit_id(commit));
	return json_pack("{s:s,s:I}", "commit", hex, "time",
			 (json_int_t)git_commit_time(commit));
}

/* Whoever committed it, a person made the newest commit that no robot did. */
static json_t *person_json(struct history *h, const git_commit *commit)
{
	git_commit *person = NULL;
	json_t *value = NULL;

	if (walk(h, git_commit_id(commit), 0, true, &person) == 0)
		value = commit_json(person);
	git_commit_free(person);
	return value ? value : json_null();
}

static int read_commit(struct history *h, const git_commit *commit,
		       json_t **ret)
{
	h->time = git_commit_time(commit) * CLOCK_SEC;
	if (h->into && take_files(h, commit) < 0)
		return -1;
	*ret = commit_json(commit);
	json_object_set_new(*ret, "subject", subject_json(commit));
	json_object_set_new(*ret, "person", person_json(h, commit));
	json_object_set(*ret, "files", h->files);
	return 0;
}

int history_read(const struct history_request *request,
		 struct tree_writer *into, json_t **ret, struct error *err)
{
	struct history h = { .into = into, .err = err };
	git_commit *commit = NULL;
	int rc = -1;

	git_libgit2_init();
	configure();
	h.files = json_array();
	if (git_repository_open_bare(&h.repository, request->repository) ||
	    git_repository_odb(&h.odb, h.repository))
		complain(err, "opening it");
	else if (choose(&h, request, &commit) == 0)
		rc = read_commit(&h, commit, ret);
	git_commit_free(commit);
	git_odb_free(h.odb);
	git_repository_free(h.repository);
	json_decref(h.files);
	git_libgit2_shutdown();
	return rc;
}
