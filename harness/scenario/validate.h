/*
 * A YAML mapping against a table of keys: what is there is known, what is
 * required is there, and every value has its type. Complaints have the place,
 * the line, a caret and a suggestion.
 *
 * What comes back is JSON in one shape, however it was written: KEY_STRING,
 * KEY_NAME and KEY_CHOICE are strings (a bare 16 is "16"), KEY_DURATION is its
 * text ("60s", see validate_duration()), KEY_STRINGS and KEY_EXPRESSIONS are
 * arrays of strings, KEY_BILINGUAL is {"en": ..., "fr": ...} with "fr" where
 * it was given. A key that is not there is not there.
 */
#ifndef SCENARIO_VALIDATE_H
#define SCENARIO_VALIDATE_H

#include "base/error.h"
#include "format/yaml.h"
#include "scenario/key_spec.h"

#include <jansson.h>

/* For who must look at values on the way (the loader of scenarios). */
struct validator {
	void *self;
	/* A text with a "$" in it: are its names known? Where `spec` is of
	 * another type than text, the text is one "$name" alone. */
	int (*text)(void *self, const struct yaml_node *node,
		    const struct key_spec *spec, struct error *err);
	/* An expression, at "key" or "key.below[2]": it is left out of the
	 * JSON. */
	int (*expression)(void *self, const char *path,
			  const struct yaml_node *node, struct error *err);
	/* The id of a step. */
	int (*step)(void *self, const struct yaml_node *node,
		    struct error *err);
};

/* `what` names the mapping in complaints: "a step", "`http`". validator NULL:
 * a "$name" has no meaning, expressions are texts; ret NULL: only validate.
 * The caller owns *ret. */
int validate_mapping(const struct yaml_node *node, const struct key_spec *keys,
		     const char *what, const struct validator *validator,
		     json_t **ret, struct error *err);

/* NULL where the scalar is of the type, else what it must be ("a whole
 * number"). */
const char *validate_scalar(const struct yaml_node *scalar,
			    const struct key_spec *spec);

/* Whether a text is one variable alone, "$name" or "${name}". */
bool validate_is_reference(const char *text);

/* A KEY_DURATION of validated arguments in microseconds; `fallback` where the
 * key is not there. */
int64_t validate_duration(const json_t *args, const char *key,
			  int64_t fallback);

/* The row of that name, or NULL. */
const struct key_spec *key_spec_find(const struct key_spec *keys,
				     const char *name);
size_t key_spec_count(const struct key_spec *keys);
/* For suggest_name() over a table of keys. */
const char *key_spec_name_at(const void *keys, size_t i);

#endif
