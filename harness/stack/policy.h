/*
 * What a submission's Compose file may ask of the engine: an allowlist of keys
 * and forms of their values, over the engine's own normalised `config`
 * (stack/compose_config.h). A key that isn't in the table is refused by its
 * name, so what an engine learns tomorrow does not pass either. The table is
 * policy_keys.c.
 *
 * A mount's source, a build's context and its Dockerfile must lie in the
 * scratch copy, links followed. They are looked at again before every start
 * of a container (policy_check() once more): what runs may have put a link
 * where a folder was.
 */
#ifndef STACK_POLICY_H
#define STACK_POLICY_H

#include "base/arena.h"
#include "format/yaml.h"

#include <jansson.h>
#include <stdbool.h>

enum policy_form {
	FORM_REFUSED,    /* never; `why` says why */
	FORM_ANY,        /* whatever it is, it does no harm */
	FORM_TEXT,       /* one scalar */
	FORM_TEXTS,      /* scalars: one, a list, or a mapping */
	FORM_FALSE,      /* false, or not there */
	FORM_CHOICE,     /* each scalar one of `choices` */
	FORM_KEYS,       /* a mapping with `keys`; or null */
	FORM_EACH,       /* a mapping from names to such mappings */
	FORM_LIST,       /* a list of such mappings */
	FORM_INSIDE,     /* a path in the copy */
	FORM_DOCKERFILE, /* a path in the copy, from the build's context */
	FORM_IMAGE,      /* the name of an image that is not one of ours */
};

struct policy_key {
	const char *name;
	enum policy_form form;
	const struct policy_key *keys;
	const char *const *choices;
	const char *why; /* it is refused, as "it ..." */
};

extern const struct policy_key policy_keys[];

struct policy {
	const char *root;  /* of the scratch copy, a real path */
	const char *file;  /* the Compose file, as people call it */
	const struct yaml_node *raw; /* it as written, for places; or NULL */
	const char *const *allow; /* names of keys that pass; or NULL */
	struct arena *arena;
};

/* Images that Bis makes have names that begin so: no Compose file may use
 * one, or it would run another's code. */
#define POLICY_OUR_IMAGES "bis-"

/* ERROR_INVALID with file, key and why for the first key that may not pass,
 * and how many there are more. */
int policy_check(const struct policy *policy, const json_t *config,
		 struct error *err);

#endif
