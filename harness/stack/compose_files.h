/*
 * The Compose files of a submission, before any engine sees them: which there
 * are, and that no key which names a file (include, extends, env_file,
 * label_file, configs, secrets, build) leads out of the scratch copy. Only
 * what is written plainly can be seen here; what an engine makes of `${...}`
 * is kept in by where it runs (stack/engine.h).
 */
#ifndef STACK_COMPOSE_FILES_H
#define STACK_COMPOSE_FILES_H

#include "base/vec.h"
#include "format/yaml.h"

struct compose_files {
	const char *root;   /* of the scratch copy, a real path */
	const char *folder; /* of the first file: the project's */
	VEC(const char *) paths; /* the file, and the override beside it */
	const struct yaml_node *raw; /* the first, as written */
	const char *v2_key; /* the first that only Compose v2 knows, or NULL */
};

/* In the root, else in the one folder below it that has one. `wanted` (of
 * --map compose=FILE) settles which where there are two; NULL: none given. */
int compose_files_find(const char *root, const char *wanted,
		       struct arena *arena, struct compose_files *ret,
		       struct error *err);
void compose_files_release(struct compose_files *files);

#endif
