#include "submission/tree_digest.h"

#include "base/interrupt.h"
#include "base/path.h"
#include "submission/tree_writer.h"

#include <errno.h>
#include <fts.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct tree_file *)a)->path,
		      ((const struct tree_file *)b)->path);
}

static int add_file(const FTSENT *entry, const char *path,
		    struct tree_files *files, struct arena *arena,
		    struct error *err)
{
	struct tree_file *file = vec_push(&files->at);
	char target[PATH_MAX];

	file->path = arena_strdup(arena, path);
	file->link = entry->fts_info == FTS_SL || entry->fts_info == FTS_SLNONE;
	if (!file->link)
		return hash_file(entry->fts_accpath, &file->digest, err);
	ssize_t n = readlink(entry->fts_accpath, target, sizeof(target));
	hash_sha256(target, n > 0 ? (size_t)n : 0, file->digest.sha256);
	return 0;
}

int tree_files_read(const char *folder, struct arena *arena,
		    struct tree_files *ret, struct error *err)
{
	char *const roots[] = { arena_strdup(arena, folder), NULL };
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	size_t skip = strlen(folder) + 1;
	FTSENT *entry;
	int rc = 0;

	if (!fts)
		return error_errno(err, errno, "reading %s", folder);
	while (!rc && (entry = fts_read(fts))) {
		if (interrupt_signal())
			rc = error_set(err, ERROR_CANCELLED, "interrupted");
		else if (entry->fts_info == FTS_ERR ||
			 entry->fts_info == FTS_DNR ||
			 entry->fts_info == FTS_NS)
			rc = error_errno(err, entry->fts_errno, "reading %s",
					 entry->fts_path);
		else if (entry->fts_info == FTS_F ||
			 entry->fts_info == FTS_SL ||
			 entry->fts_info == FTS_SLNONE)
			rc = add_file(entry, entry->fts_path + skip, ret,
				      arena, err);
	}
	fts_close(fts);
	if (ret->at.len)
		qsort(ret->at.at, ret->at.len, sizeof(*ret->at.at), by_path);
	return rc;
}

void tree_files_digest(const struct tree_files *files,
		       char ret_hex[SHA256_HEX])
{
	struct sha256 h;

	sha256_init(&h);
	for (size_t i = 0; i < files->at.len; i++) {
		const struct tree_file *f = &files->at.at[i];
		sha256_add(&h, f->path, strlen(f->path) + 1);
		sha256_add(&h, f->digest.sha256, strlen(f->digest.sha256));
		sha256_add(&h, "\n", 1);
	}
	sha256_finish(&h, ret_hex);
}

static void list(json_t *into, const char *name, const char *path, size_t most)
{
	json_t *array = json_object_get(into, name);

	if (json_array_size(array) < most)
		json_array_append_new(array, tree_path_json(path));
}

json_t *tree_files_compare(const struct tree_files *left,
			   const struct tree_files *right, size_t most)
{
	json_t *into = json_pack("{s:[],s:[],s:[]}", "changed", "only_left",
				 "only_right");
	size_t i = 0, j = 0;

	while (i < left->at.len || j < right->at.len) {
		const struct tree_file *a =
			i < left->at.len ? &left->at.at[i] : NULL;
		const struct tree_file *b =
			j < right->at.len ? &right->at.at[j] : NULL;
		int order = !a ? 1 : !b ? -1 : strcmp(a->path, b->path);
		if (order < 0)
			list(into, "only_left", a->path, most);
		else if (order > 0)
			list(into, "only_right", b->path, most);
		else if (strcmp(a->digest.sha256, b->digest.sha256))
			list(into, "changed", a->path, most);
		i += order <= 0;
		j += order >= 0;
	}
	return into;
}
