#include "compare/ladder.h"

#include "base/path.h"
#include "compare/canonical.h"
#include "compare/comparator.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_FILES = 10000, MAX_FOLDERS = 32 };

static const struct compare_options default_options = { NULL, false };

static const struct declared *declared_of(const struct compare_options *o)
{
	return o->declared ? o->declared : &declared_mlflow;
}

/* Where a comparator failed half-way: as before it began. */
static void roll_back(struct comparison *c, const struct comparison *before)
{
	c->differences.len = before->differences.len;
	c->summary.len = before->summary.len;
	memcpy(c->counts, before->counts, sizeof(c->counts));
	c->rung = before->rung;
}

static bool same_bytes(const struct compare_job *job)
{
	return job->left.bytes.len == job->right.bytes.len &&
	       memcmp(job->left.bytes.data, job->right.bytes.data,
		      job->left.bytes.len) == 0;
}

/* By the file's format; by its bytes where it turns out to be none. */
static void run_comparator(const struct compare_job *job, struct comparison *c,
			   const char **ret_format)
{
	const struct comparator *by =
		comparator_for(job->name, &job->left.bytes);
	const struct comparison before = *c;
	struct error why = ERROR_INIT;

	*ret_format = by->name;
	if (by->compare(job, c, &why) == 0)
		return;
	roll_back(c, &before);
	comparison_say(c, "%s is compared by its bytes: %s",
		       *job->name ? job->name : "The file", why.message);
	*ret_format = comparator_bytes.name;
	comparator_bytes.compare(job, c, NULL);
}

static void compare_opened(struct compare_job *job, struct comparison *c)
{
	const char *format = "any";
	enum rung outer = c->rung;
	const char *why = declared_volatile(job->declared, job->name, "");

	c->rung = RUNG_BYTES;
	if (!same_bytes(job)) {
		if (why)
			comparison_add(c, DIFFERENCE_VOLATILE, RUNG_BYTES,
				       job->name, "other content", why, NULL);
		else
			run_comparator(job, c, &format);
	} else {
		format = comparator_for(job->name, &job->left.bytes)->name;
	}
	*vec_push(&c->files) = (struct compared_file){
		.path = arena_strdup(&c->arena, job->name),
		.format = format,
		.rung = c->rung,
	};
	comparison_lower(c, outer);
}

static int compare_one(const char *left, const char *right, const char *name,
		       const char *prefix, const struct compare_options *o,
		       struct comparison *c, struct error *err)
{
	struct compare_job job = {
		.left = { left, MAPPED_INIT },
		.right = { right, MAPPED_INIT },
		.name = name,
		.prefix = prefix,
		.declared = declared_of(o),
		.no_predictions = o->no_predictions,
	};
	int result = -1;

	if (mapped_open(&job.left.bytes, left, MAPPED_MAX, err) == 0 &&
	    mapped_open(&job.right.bytes, right, MAPPED_MAX, err) == 0) {
		compare_opened(&job, c);
		result = 0;
	}
	mapped_close(&job.left.bytes);
	mapped_close(&job.right.bytes);
	return result;
}

/* --- folders ----------------------------------------------------------- */

/* Relative paths of the regular files below a folder, sorted. */
struct listing {
	struct arena arena;
	VEC(const char *) paths;
};

static int list_folder(struct listing *l, const char *root, const char *below,
		       int depth, struct error *err);

static int list_entry(struct listing *l, const char *root, const char *path,
		      int depth, struct error *err)
{
	const char *full = path_join(&l->arena, root, path);
	struct stat st;

	if (lstat(full, &st) < 0)
		return error_errno(err, errno, "reading %s", full);
	if (S_ISDIR(st.st_mode))
		return list_folder(l, root, path, depth + 1, err);
	if (!S_ISREG(st.st_mode))
		return 0; /* links lead elsewhere, devices hold no artifact */
	if (l->paths.len >= MAX_FILES)
		return error_set(err, ERROR_LIMIT,
				 "%s: more than %d files", root, MAX_FILES);
	*vec_push(&l->paths) = path;
	return 0;
}

static int list_folder(struct listing *l, const char *root, const char *below,
		       int depth, struct error *err)
{
	const char *full = path_join(&l->arena, root, below);
	struct dirent *d;
	int result = 0;

	if (depth > MAX_FOLDERS)
		return error_set(err, ERROR_LIMIT,
				 "%s: folders nested deeper than %d", root,
				 MAX_FOLDERS);
	DIR *dir = opendir(full);
	if (!dir)
		return error_errno(err, errno, "reading %s", full);
	while (!result && (d = readdir(dir)))
		if (strcmp(d->d_name, ".") && strcmp(d->d_name, ".."))
			result = list_entry(l, root,
					    path_join(&l->arena, below,
						      d->d_name),
					    depth, err);
	closedir(dir);
	return result;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int list_sorted(struct listing *l, const char *root, struct error *err)
{
	if (list_folder(l, root, "", 0, err) < 0)
		return -1;
	if (l->paths.len)
		qsort(l->paths.at, l->paths.len, sizeof(*l->paths.at), by_path);
	return 0;
}

static void listing_release(struct listing *l)
{
	vec_release(&l->paths);
	arena_release(&l->arena);
}

/* By its name and first bytes; "any" where it can't be opened. */
static const char *format_of(const char *root, const char *path,
			     struct arena *arena)
{
	struct mapped bytes = MAPPED_INIT;

	if (mapped_open(&bytes, path_join(arena, root, path), MAPPED_MAX,
			NULL) < 0)
		return "any";
	const char *name = comparator_for(path, &bytes)->name;
	mapped_close(&bytes);
	return name;
}

/* A file that only one side has. */
static void add_lone(const char *root, const char *path, const char *side,
		     const struct declared *declared, struct comparison *c)
{
	bool is_left = strcmp(side, "left") == 0;
	bool is_volatile = declared_volatile(declared, path, "");
	enum rung rung = is_volatile ? RUNG_BYTES : RUNG_NONE;

	comparison_add(c, is_volatile ? DIFFERENCE_VOLATILE : DIFFERENCE_VALUE,
		       RUNG_NONE, path, is_left ? "a file" : "absent",
		       is_left ? "absent" : "a file", NULL);
	*vec_push(&c->files) = (struct compared_file){
		.path = arena_strdup(&c->arena, path),
		.format = format_of(root, path, &c->arena),
		.rung = rung,
		.only = side,
	};
}

static int compare_named(const char *left, const char *right, const char *path,
			 const struct compare_options *o, struct comparison *c,
			 struct error *err)
{
	struct arena *arena = &c->arena;

	return compare_one(path_join(arena, left, path),
			   path_join(arena, right, path), path,
			   arena_printf(arena, "%s:", path), o, c, err);
}

/* Folders that agree on nothing higher may still hold the same metrics. */
static void look_for_metrics(struct comparison *c)
{
	bool equal = comparison_has_metrics(c);

	for (size_t i = 0; i < c->files.len; i++) {
		const struct compared_file *f = &c->files.at[i];
		if (strcmp(f->format, comparator_metric_file.name) == 0 &&
		    f->rung < RUNG_CANONICAL)
			equal = false;
	}
	if (equal && c->rung < RUNG_METRICS)
		c->rung = RUNG_METRICS;
}

static int compare_folders(const char *left, const char *right,
			   const struct compare_options *o,
			   struct comparison *c, struct error *err)
{
	struct listing a = { ARENA_INIT, VEC_INIT };
	struct listing b = { ARENA_INIT, VEC_INIT };
	size_t i = 0, k = 0;
	int result = list_sorted(&a, left, err);

	if (!result)
		result = list_sorted(&b, right, err);
	while (!result && (i < a.paths.len || k < b.paths.len)) {
		int order = i == a.paths.len ? 1 : k == b.paths.len ? -1
			: strcmp(a.paths.at[i], b.paths.at[k]);
		if (order < 0)
			add_lone(left, a.paths.at[i++], "left",
				 declared_of(o), c);
		else if (order > 0)
			add_lone(right, b.paths.at[k++], "right",
				 declared_of(o), c);
		else
			result = compare_named(left, right, a.paths.at[i++], o,
					       c, err);
		k += order == 0;
	}
	listing_release(&a);
	listing_release(&b);
	look_for_metrics(c);
	return result;
}

int compare_paths(const char *left, const char *right,
		  const struct compare_options *options, struct comparison *c,
		  struct error *err)
{
	const struct compare_options *o = options ? options : &default_options;
	struct stat a, b;

	if (stat(left, &a) < 0)
		return error_errno(err, errno, "reading %s", left);
	if (stat(right, &b) < 0)
		return error_errno(err, errno, "reading %s", right);
	if (S_ISDIR(a.st_mode) != S_ISDIR(b.st_mode))
		return error_set(err, ERROR_INVALID,
				 "%s and %s: one is a folder, the other a file",
				 left, right);
	if (S_ISDIR(a.st_mode))
		return compare_folders(left, right, o, c, err);
	return compare_one(left, right, path_basename(left), "", o, c, err);
}

int compare_canonical_digest(const char *path, char ret_hex[SHA256_HEX],
			     struct error *err)
{
	struct pickle p;

	if (pickle_open(&p, path, NULL, err) < 0)
		return -1;
	int result = canonical_digest_pickle(&p, &declared_mlflow, ret_hex,
					     err);
	pickle_release(&p);
	return result < 0 ? error_context(err, "reading %s", path) : 0;
}
