#include "submission/data.h"

#include "base/compiler.h"
#include "base/io.h"
#include "base/path.h"
#include "submission/folder_copy.h"
#include "submission/tree_digest.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LISTED = 5 };

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* The first folder, in order of names, whose path the pattern matches. */
static const char *find_folder(struct submission *s, const char *pattern)
{
	char *const roots[] = { arena_strdup(s->arena, s->root), NULL };
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	size_t skip = strlen(s->root) + 1;
	const char *found = NULL;
	FTSENT *e;

	while (fts && !found && (e = fts_read(fts)))
		if (e->fts_info == FTS_D && e->fts_level > 0 &&
		    fnmatch(pattern, e->fts_path + skip, 0) == 0)
			found = arena_strdup(s->arena, e->fts_path + skip);
	if (fts)
		fts_close(fts);
	return found;
}

static const char *choose_place(struct submission *s, const json_t *places)
{
	const char *plain = NULL;
	json_t *item;
	size_t i;

	json_array_foreach(places, i, item) {
		const char *pattern = json_string_value(item);
		const char *found = find_folder(s, pattern);
		if (found)
			return found;
		if (!plain && !strpbrk(pattern, "*?["))
			plain = pattern;
	}
	return plain;
}

static bool is_empty(const char *folder)
{
	DIR *dir = opendir(folder);
	bool empty = true;
	struct dirent *d;

	while (dir && (d = readdir(dir)))
		empty &= d->d_name[0] == '.';
	if (dir)
		closedir(dir);
	return empty;
}

/* "changed: a, b, ..." */
static void list(struct strbuf *sb, const json_t *difference, const char *key,
		 const char *words)
{
	const json_t *paths = json_object_get(difference, key);
	json_t *path;
	size_t i;

	json_array_foreach(paths, i, path)
		strbuf_addf(sb, "%s%s", i ? ", " : words,
			    i < LISTED ? json_string_value(path) : "...");
}

static void note_differences(struct submission *s, const char *place,
			     const json_t *difference)
{
	struct strbuf en = STRBUF_INIT(STRBUF_LINE);
	struct strbuf fr = STRBUF_INIT(STRBUF_LINE);

	strbuf_addf(&en, "the instructor's data took the place of %s", place);
	strbuf_addf(&fr, "les données de l'enseignant ont remplacé %s", place);
	list(&en, difference, "changed", "; not the same: ");
	list(&fr, difference, "changed", " ; différents : ");
	list(&en, difference, "only_left", "; only in the submission: ");
	list(&fr, difference, "only_left", " ; seulement dans le rendu : ");
	list(&en, difference, "only_right", "; only in the instructor's: ");
	list(&fr, difference, "only_right", " ; seulement chez l'enseignant : ");
	submission_note(s, arena_strdup(s->arena, en.buf),
			arena_strdup(s->arena, fr.buf));
	strbuf_release(&en);
	strbuf_release(&fr);
}

/* Digests of both; the submission's own may be none. */
static int compare(struct submission *s, const char *own, const char *data,
		   const char *place, struct error *err)
{
	struct tree_files left = { VEC_INIT }, right = { VEC_INIT };
	char digest[SHA256_HEX];
	int rc = io_exists(own) ? tree_files_read(own, s->arena, &left, err)
				: 0;

	if (!rc)
		rc = tree_files_read(data, s->arena, &right, err);
	if (!rc) {
		json_t *difference = tree_files_compare(&left, &right,
							LISTED + 1);
		tree_files_digest(&right, digest);
		s->data_digest = arena_strdup(s->arena, digest);
		note_differences(s, place, difference);
		json_decref(difference);
	}
	vec_release(&left.at);
	vec_release(&right.at);
	return rc;
}

static int copy_data(struct submission *s, const char *data, const char *to,
		     struct error *err)
{
	struct tree_writer w;

	if (io_make_folders(to, 0755, err) < 0 ||
	    tree_writer_open(&w, to, NULL, err) < 0)
		return -1;
	int rc = folder_copy(data, &w, err);
	tree_writer_release(&w);
	if (!rc && s->owner.drop)
		rc = io_chown_tree(to, s->owner.uid, s->owner.gid, err);
	return rc;
}

static int replace(struct submission *s, const char *place, const char *data,
		   struct error *err)
{
	const char *own = path_join(s->arena, s->root, place);
	const char *aside = path_join(s->arena, s->scratch.path, "own-data");

	if (compare(s, own, data, place, err) < 0)
		return -1;
	if (io_exists(own) && rename(own, aside) < 0)
		return error_errno(err, errno, "moving %s aside", place);
	return copy_data(s, data, own, err);
}

static int take_digest(struct submission *s, const char *folder,
		       struct error *err)
{
	struct tree_files files = { VEC_INIT };
	char digest[SHA256_HEX];
	int rc = tree_files_read(folder, s->arena, &files, err);

	tree_files_digest(&files, digest);
	s->data_digest = arena_strdup(s->arena, digest);
	vec_release(&files.at);
	return rc;
}

int data_place(struct submission *submission, const json_t *places,
	       const char *data, struct error *err)
{
	struct submission *s = submission;
	const char *place = choose_place(s, places);

	if (!place)
		return 0; /* this stack does not say where */
	if (data && !io_exists(data))
		return error_errno(err, ENOENT, "--data %s", data);
	if (data)
		return replace(s, place, data, err);
	const char *own = path_join(s->arena, s->root, place);
	if (!is_empty(own))
		return take_digest(s, own, err);
	s->no_data = arena_printf(s->arena, "the submission comes with no data "
				  "in %s (git-ignored?): give them with --data "
				  "DIR", place);
	return 0;
}
