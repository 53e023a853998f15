#include "submission/source.h"

#include "base/clock.h"
#include "base/compiler.h"
#include "base/confined.h"
#include "base/hash.h"
#include "base/io.h"
#include "base/path.h"
#include "submission/archive.h"
#include "submission/folder_copy.h"
#include "submission/history.h"
#include "submission/objects_copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* For a child that unpacks, or reads a history. */
#define PATIENCE (10 * 60 * CLOCK_SEC)
enum { MEMORY_GIB = 3 };
static const size_t longest_answer = (size_t)64 << 20;

struct taking {
	struct submission *s;
	const struct submission_options *options;
	const char *path, *revision; /* of options->source */
	struct error *err;
};

/* ---------------------------------------------------------- the child's part */

struct reading {
	const char *tree;
	const struct tree_limits *limits;
	struct history_request request; /* repository NULL: an archive */
	int fd;                         /* the archive */
	const char *name;
};

static int read_source(struct reading *r, struct tree_writer *w, json_t **ret,
		       struct error *err)
{
	if (r->request.repository)
		return history_read(&r->request, w, ret, err);
	w->keep_git = true;
	*ret = json_object();
	return archive_unpack(r->fd, r->name, w, err);
}

/* What the writer saw, beside what was read. */
static void add_writer(const struct tree_writer *w, json_t *into)
{
	json_object_set(into, "left_out", w->left_out);
	json_object_set_new(into, "left_out_count",
			    json_integer((json_int_t)w->left_out_count));
	json_object_set_new(into, "newest", json_integer(w->newest));
	json_object_set_new(into, "entries",
			    json_integer((json_int_t)w->entries));
}

static int read_in_child(void *self, struct strbuf *answer, struct error *err)
{
	struct reading *r = self;
	struct tree_writer w;
	json_t *value = NULL;
	int rc = tree_writer_open(&w, r->tree, r->limits, err);

	if (!rc)
		rc = read_source(r, &w, &value, err);
	if (!rc) {
		add_writer(&w, value);
		char *text = json_dumps(value, JSON_COMPACT);
		strbuf_addstr(answer, text ? text : "{}");
		free(text);
	}
	json_decref(value);
	tree_writer_release(&w);
	return rc;
}

/* Has a child do it, with the services' rights. */
static int read_confined(struct taking *t, struct reading *r, json_t **ret)
{
	_cleanup_(strbuf_release) struct strbuf answer =
		STRBUF_INIT(longest_answer);
	const struct scratch_owner *owner = &t->s->owner;
	const struct confined_spec spec = {
		.name = t->path, .timeout = PATIENCE,
		.memory = (size_t)MEMORY_GIB << 30,
		.file_size = (r->limits ? r->limits : &tree_default_limits)
			->file,
		.drop = owner->drop, .uid = owner->uid, .gid = owner->gid,
		.fds = &r->fd, .fd_count = r->fd >= 0,
	};

	if (confined_run(&spec, read_in_child, r, &answer, t->err) < 0)
		return -1;
	*ret = json_loadb(answer.buf, answer.len, 0, NULL);
	return *ret ? 0 : error_set(t->err, ERROR_INTERNAL,
				    "%s: its reader's answer is damaged",
				    t->path);
}

/* --------------------------------------------------------------- our part */

static const char *below(struct taking *t, const char *name)
{
	return path_join(t->s->arena, t->s->scratch.path, name);
}

/* A folder that the child, and later the services, may write into. */
static int make_folder(struct taking *t, const char *name, const char **ret)
{
	*ret = below(t, name);
	if (mkdir(*ret, 0755) < 0)
		return error_errno(t->err, errno, "%s", *ret);
	if (t->s->owner.drop &&
	    chown(*ret, t->s->owner.uid, t->s->owner.gid) < 0)
		return error_errno(t->err, errno, "%s", *ret);
	return 0;
}

static void say_left_out(struct taking *t, json_t *left_out, size_t count)
{
	json_decref(t->s->left_out);
	t->s->left_out = json_incref(left_out);
	if (count > json_array_size(left_out))
		submission_note(
			t->s,
			arena_printf(t->s->arena, "%zu entries were left out; "
				     "%zu of them are listed", count,
				     json_array_size(left_out)),
			arena_printf(t->s->arena, "%zu entrées ont été laissées "
				     "de côté ; %zu sont listées", count,
				     json_array_size(left_out)));
}

static void date_by_file(struct taking *t, int64_t newest)
{
	t->s->date = newest;
	t->s->dated_by = (struct bilingual){ "its newest file",
					     "son fichier le plus récent" };
}

static void date_by_commit(struct taking *t, const json_t *history)
{
	const json_t *person = json_object_get(history, "person");
	const json_t *commit = json_is_object(person) ? person : history;

	t->s->date = json_integer_value(json_object_get(commit, "time")) *
		CLOCK_SEC;
	t->s->dated_by = json_is_object(person)
		? (struct bilingual){ "its last commit by a person",
				      "son dernier commit fait par une "
				      "personne" }
		: (struct bilingual){ "its commit", "son commit" };
}

static void say_why_commit(struct taking *t)
{
	struct arena *arena = t->s->arena;
	char date[CLOCK_TEXT];

	if (t->options->before) {
		clock_format(t->options->before, date);
		t->s->chosen_by.en = arena_printf(
			arena, "the last commit before %s UTC", date);
		t->s->chosen_by.fr = arena_printf(
			arena, "le dernier commit avant le %s UTC", date);
	} else if (t->revision) {
		t->s->chosen_by.en = arena_printf(
			arena, "the revision `%s`, as asked", t->revision);
		t->s->chosen_by.fr = arena_printf(
			arena, "la révision `%s`, comme demandé", t->revision);
	} else {
		t->s->chosen_by = (struct bilingual){
			"HEAD, since neither a revision nor a deadline was "
			"given",
			"HEAD, faute de révision ou de date limite",
		};
	}
}

/* Copies the repository's data and reads a commit out of it, into `tree`. */
static int read_commit(struct taking *t, const char *git_folder,
		       const char *tree, json_t **ret)
{
	const char *bare = below(t, "history.git");
	struct reading r = {
		.tree = tree, .limits = t->options->limits, .fd = -1,
		.request = { bare, t->revision, t->options->before },
	};
	bool shallow;

	if (objects_copy(git_folder, bare, &shallow, t->err) < 0)
		return error_context(t->err, "copying its history");
	if (read_confined(t, &r, ret) < 0)
		return -1;
	if (shallow)
		submission_note(t->s, "its history was cut off when it was "
				"cloned", "son historique a été tronqué au "
				"clonage");
	return 0;
}

/* The tree of a repository's commit. */
static int take_commit(struct taking *t, const char *git_folder)
{
	const char *tree;
	json_t *history;

	if (make_folder(t, "tree", &tree) < 0 ||
	    read_commit(t, git_folder, tree, &history) < 0)
		return -1;
	t->s->root = tree;
	t->s->commit = arena_strdup(t->s->arena, json_string_value(
		json_object_get(history, "commit")));
	t->s->files = json_incref(json_object_get(history, "files"));
	say_left_out(t, json_object_get(history, "left_out"),
		     (size_t)json_integer_value(json_object_get(
			     history, "left_out_count")));
	say_why_commit(t);
	date_by_commit(t, history);
	json_decref(history);
	return 0;
}

/* What a student still has to commit: somebody who clones it doesn't get it. */
static void note_uncommitted(struct taking *t, const char *folder)
{
	struct arena *arena = t->s->arena;
	const char *example = NULL;
	size_t count = 0, i;
	json_t *file;

	json_array_foreach(t->s->files, i, file) {
		const char *path =
			json_string_value(json_object_get(file, "path"));
		const char *id =
			json_string_value(json_object_get(file, "git_blob"));
		const char *there = path_join(arena, folder, path);
		struct file_digest digest;
		struct stat st;
		if (lstat(there, &st) == 0 && !S_ISREG(st.st_mode))
			continue;
		if (hash_file(there, &digest, NULL) == 0 &&
		    !strcmp(digest.git_blob, id))
			continue;
		example = example ? example : path;
		count++;
	}
	if (count)
		submission_note(
			t->s, arena_printf(arena, "%zu of its files are not as "
					   "they were committed (%s%s): the "
					   "commit was graded", count, example,
					   count > 1 ? ", ..." : ""),
			arena_printf(arena, "%zu de ses fichiers ne sont pas "
				     "tels qu'au commit (%s%s) : c'est le commit "
				     "qui a été noté", count, example,
				     count > 1 ? ", ..." : ""));
}

static bool asks_for_commit(const struct taking *t)
{
	return t->revision || t->options->before;
}

static int take_folder(struct taking *t, const char *folder)
{
	struct tree_writer w;
	const char *tree;

	if (asks_for_commit(t))
		return error_set(t->err, ERROR_INVALID, "%s is no git "
				 "repository (or its .git leads elsewhere): it "
				 "has neither revisions nor dates", t->path);
	if (make_folder(t, "tree", &tree) < 0 ||
	    tree_writer_open(&w, tree, t->options->limits, t->err) < 0)
		return -1;
	int rc = folder_copy(folder, &w, t->err);
	t->s->root = tree;
	say_left_out(t, w.left_out, w.left_out_count);
	date_by_file(t, w.newest);
	tree_writer_release(&w);
	if (!rc && t->s->owner.drop)
		rc = io_chown_tree(tree, t->s->owner.uid, t->s->owner.gid,
				   t->err);
	t->s->chosen_by = (struct bilingual){
		"the folder as it is", "le dossier tel quel",
	};
	return rc;
}

/* A repository without a commit that can be read is a folder, too. */
static int take_repository(struct taking *t, const char *folder,
			   const char *git_folder)
{
	struct error why = ERROR_INIT, *err = t->err;

	t->err = &why;
	int rc = take_commit(t, git_folder);
	t->err = err;
	if (rc == 0 && folder && !asks_for_commit(t))
		note_uncommitted(t, folder);
	if (rc == 0)
		return 0;
	if (asks_for_commit(t) || why.kind != ERROR_INVALID || !folder)
		return error_set(err, why.kind, "%s: %s", t->path,
				 why.message);
	io_remove_tree(below(t, "tree"), NULL);
	submission_note(t->s, arena_printf(t->s->arena, "%s: its files were "
					   "graded as they lie", why.message),
			arena_printf(t->s->arena, "%s : ses fichiers ont été "
				     "notés tels quels", why.message));
	return take_folder(t, folder);
}

static int take_path(struct taking *t)
{
	const char *git = path_join(t->s->arena, t->path, ".git");
	struct stat st;

	if (lstat(git, &st) == 0 && S_ISDIR(st.st_mode))
		return take_repository(t, t->path, git);
	if (lstat(git, &st) == 0)
		submission_note(t->s, "its .git leads elsewhere (a worktree, "
				"or a submodule) and was not followed",
				"son .git mène ailleurs (un worktree ou un "
				"sous-module) et n'a pas été suivi");
	else if (objects_are_in(t->path))
		return take_repository(t, NULL, t->path);
	return take_folder(t, t->path);
}

/* Where an archive holds one folder and nothing else, that one. */
static const char *only_folder(struct taking *t, const char *given)
{
	DIR *dir = opendir(given);
	const char *only = NULL;
	struct dirent *d;
	struct stat st;
	size_t count = 0;

	while (dir && (d = readdir(dir))) {
		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, "..") ||
		    !strcmp(d->d_name, ".DS_Store"))
			continue;
		if (++count == 1)
			only = path_join(t->s->arena, given, d->d_name);
	}
	if (dir)
		closedir(dir);
	return count == 1 && lstat(only, &st) == 0 && S_ISDIR(st.st_mode) &&
		strcmp(path_basename(only), ".git") ? only : given;
}

/* An archive that holds a repository: its history dates it. What was handed
 * in are the archive's files, whatever was committed. */
static void use_history(struct taking *t, const char *git_folder)
{
	struct error why = ERROR_INIT, *err = t->err;
	json_t *history;
	const char *unused;

	t->err = &why;
	if (make_folder(t, "committed", &unused) == 0 &&
	    read_commit(t, git_folder, unused, &history) == 0) {
		t->s->commit = arena_strdup(
			t->s->arena, json_string_value(json_object_get(
					     history, "commit")));
		t->s->files = json_incref(json_object_get(history, "files"));
		date_by_commit(t, history);
		json_decref(history);
		submission_note(t->s, "the commit is that of the repository in "
				"the archive; its files are the archive's",
				"le commit est celui du dépôt dans l'archive ; "
				"les fichiers sont ceux de l'archive");
	} else {
		submission_note(t->s, arena_strdup(t->s->arena, why.message),
				NULL);
	}
	io_remove_tree(below(t, "committed"), NULL);
	t->err = err;
}

static int settle_archive(struct taking *t, const char *given)
{
	const char *top = only_folder(t, given), *tree = below(t, "tree");
	const char *git = path_join(t->s->arena, top, ".git");
	const char *aside = below(t, "given.git");
	bool has_git = objects_are_in(git);

	if (asks_for_commit(t) && !has_git)
		return error_set(t->err, ERROR_INVALID, "%s holds no git "
				 "repository: it has neither revisions nor "
				 "dates", t->path);
	if (has_git && rename(git, aside) < 0)
		return error_errno(t->err, errno, "%s", git);
	if (has_git && asks_for_commit(t))
		return take_repository(t, NULL, aside);
	if (rename(top, tree) < 0)
		return error_errno(t->err, errno, "%s", top);
	io_remove_tree(path_join(t->s->arena, tree, ".git"), NULL);
	t->s->root = tree;
	t->s->chosen_by = (struct bilingual){
		"the archive as it was handed in", "l'archive telle que rendue",
	};
	if (has_git)
		use_history(t, aside);
	t->s->archived = !t->s->commit;
	return 0;
}

static int take_archive(struct taking *t, int fd)
{
	struct reading r = { .limits = t->options->limits, .fd = fd,
			     .name = path_basename(t->path) };
	json_t *answer;

	if (make_folder(t, "given", &r.tree) < 0 ||
	    read_confined(t, &r, &answer) < 0)
		return -1;
	say_left_out(t, json_object_get(answer, "left_out"),
		     (size_t)json_integer_value(json_object_get(
			     answer, "left_out_count")));
	date_by_file(t, json_integer_value(json_object_get(answer, "newest")));
	json_decref(answer);
	int rc = settle_archive(t, r.tree);
	io_remove_tree(r.tree, NULL);
	io_remove_tree(below(t, "given.git"), NULL);
	return rc;
}

/* "DIR@REVISION", where there is no such path as a whole. */
static void split_revision(struct taking *t)
{
	const char *at = strrchr(t->options->source, '@');

	t->path = t->options->source;
	if (!at || at == t->path || !at[1] || io_exists(t->path))
		return;
	const char *path = arena_strndup(t->s->arena, t->path,
					 (size_t)(at - t->path));
	if (!io_exists(path))
		return;
	t->path = path;
	t->revision = at + 1;
}

static int take_file(struct taking *t)
{
	_cleanup_(close_fd) int fd =
		open(t->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	unsigned char head[512];
	ssize_t n = fd < 0 ? -1 : pread(fd, head, sizeof(head), 0);

	if (n < 0)
		return error_errno(t->err, errno, "reading %s", t->path);
	if (!archive_is(head, (size_t)n))
		return error_set(t->err, ERROR_INVALID, "%s is no submission: "
				 "neither a folder nor a .zip, .tar, .tar.gz, "
				 ".tar.bz2, .tar.xz or .tar.zst", t->path);
	return take_archive(t, fd);
}

int source_take(struct submission *submission,
		const struct submission_options *options, struct error *err)
{
	struct taking t = { .s = submission, .options = options, .err = err };
	struct stat st;

	split_revision(&t);
	if (stat(t.path, &st) < 0)
		return error_errno(err, errno, "the submission %s", t.path);
	if (S_ISDIR(st.st_mode))
		return take_path(&t);
	if (S_ISREG(st.st_mode))
		return take_file(&t);
	return error_set(err, ERROR_INVALID, "%s is no submission: neither a "
			 "folder nor an archive", t.path);
}
