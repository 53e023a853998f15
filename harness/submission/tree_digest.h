/* One digest over a folder: the names and the bytes of all its files. */
#ifndef SUBMISSION_TREE_DIGEST_H
#define SUBMISSION_TREE_DIGEST_H

#include "base/arena.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/vec.h"

#include <jansson.h>
#include <stdbool.h>

/* A file or a link of a folder, by its path below it. */
struct tree_file {
	const char *path;
	bool link;
	struct file_digest digest; /* of a link: of its target's name */
};
struct tree_files {
	VEC(struct tree_file) at; /* sorted by path, bytewise */
};

/* Looks at every file; vec_release(&ret->at) is the caller's. */
int tree_files_read(const char *folder, struct arena *arena,
		    struct tree_files *ret, struct error *err);

/* The SHA-256 of "path NUL sha256 LF" of each, in order. */
void tree_files_digest(const struct tree_files *files,
		       char ret_hex[SHA256_HEX]);

/* What differs, as "changed", "only_left", "only_right" with paths, at most
 * `most` each; a new reference. */
json_t *tree_files_compare(const struct tree_files *left,
			   const struct tree_files *right, size_t most);

#endif
