/*
 * Writes the entries of an archive, a folder or a commit below one folder, and
 * nothing outside of it, whatever their names say. What can't be taken is left
 * out and listed with its reason; what goes past a limit is an error.
 *
 * Folders are entered without following links, and links are made last, so no
 * entry is ever written through one. A link that does not end inside the tree
 * is left out.
 */
#ifndef SUBMISSION_TREE_WRITER_H
#define SUBMISSION_TREE_WRITER_H

#include "base/arena.h"
#include "base/error.h"
#include "base/vec.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct tree_limits {
	size_t entries;
	uint64_t bytes; /* in all */
	uint64_t file;  /* of one file */
	unsigned int depth;
};

/* 100 000 entries, 4 GiB in all, 1 GiB a file, 32 folders deep. */
extern const struct tree_limits tree_default_limits;

/* Why something was left out: left_out_words() says it to people. */
enum left_out {
	LEFT_OUT_NONE,
	LEFT_OUT_NAME,      /* "..", an absolute path, control characters, ... */
	LEFT_OUT_GIT,       /* below a folder .git */
	LEFT_OUT_OUTSIDE,   /* a link that leads out of the submission */
	LEFT_OUT_DANGLING,  /* a link to nothing */
	LEFT_OUT_SPECIAL,   /* a device, a pipe, a socket */
	LEFT_OUT_TWICE,     /* the name was taken */
	LEFT_OUT_UNREADABLE,
	LEFT_OUT_MISSING,   /* the repository lacks its content */
	LEFT_OUT_SUBMODULE,
	LEFT_OUT_LARGE,     /* Git LFS keeps it elsewhere */
};
enum { LEFT_OUT_COUNT = LEFT_OUT_LARGE + 1 };
/* "outside": in JSON. */
const char *left_out_name(enum left_out reason);
enum { LEFT_OUT_LISTED = 200 };

struct tree_link {
	const char *path, *target;
};

struct tree_writer {
	int root; /* the folder */
	struct tree_limits limits;
	bool keep_git; /* `.git` at the top, or in a folder at the top, is
			* written, too: for its history */
	size_t entries;
	uint64_t bytes;
	int64_t newest;    /* the newest file's time, microseconds UTC */
	json_t *left_out;  /* [{"path", "reason"}], the first of them */
	size_t left_out_count;
	VEC(struct tree_link) links;
	struct arena arena;
};

/* The folder must be there and empty. limits NULL: the default ones. */
int tree_writer_open(struct tree_writer *w, const char *folder,
		     const struct tree_limits *limits, struct error *err);
void tree_writer_release(struct tree_writer *w);

/* Each gives -1 for an error; what was left out is none. Paths are relative,
 * with slashes; "./" before and "/" behind don't count. */
int tree_writer_folder(struct tree_writer *w, const char *path,
		       struct error *err);
/* *ret_fd is -1 where it was left out; else tree_writer_close() it. */
int tree_writer_file(struct tree_writer *w, const char *path, bool executable,
		     int *ret_fd, struct error *err);
int tree_writer_add(struct tree_writer *w, int fd, const char *path,
		    const void *data, size_t len, struct error *err);
/* time: microseconds UTC, 0 where it isn't known. */
int tree_writer_close(struct tree_writer *w, int fd, const char *path,
		      int64_t time, struct error *err);
int tree_writer_link(struct tree_writer *w, const char *path,
		     const char *target, struct error *err);
void tree_writer_leave_out(struct tree_writer *w, const char *path,
			   enum left_out reason);
/* Makes the links. */
int tree_writer_finish(struct tree_writer *w, struct error *err);

/* Whether a path may be written, and if not, why. */
enum left_out tree_path_problem(const char *path, bool keep_git);

/* A path from outside as JSON: what is not UTF-8, or turns the direction of
 * writing, is replaced by something that can be seen. */
json_t *tree_path_json(const char *path);

#endif
