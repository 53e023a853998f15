/*
 * What keys a mapping of a scenario or stack file may have. A step kind, a
 * driver and the scenario itself each describe theirs as a table that ends
 * with a row without a name; scenario/validate.h validates by it (an unknown
 * key gets a suggestion), and the JSON Schema is printed from it.
 *
 * In the arguments of a step every scalar may also be "$name" alone, a
 * variable or an earlier capture: scenario.h.
 */
#ifndef SCENARIO_KEY_SPEC_H
#define SCENARIO_KEY_SPEC_H

#include <stdbool.h>

enum key_type {
	KEY_ANY,         /* any value: a body, parameters */
	KEY_STRING,      /* any scalar, read as text */
	KEY_NAME,        /* an identifier: [A-Za-z_][A-Za-z0-9_-]* */
	KEY_INTEGER,
	KEY_NUMBER,
	KEY_BOOLEAN,
	KEY_DURATION,    /* 250ms, 60s, 2m */
	KEY_CHOICE,      /* one of `choices` */
	KEY_EXPRESSION,  /* a jq expression */
	KEY_EXPRESSIONS, /* a list of them */
	KEY_BILINGUAL,   /* text, or {en: ..., fr: ...} */
	KEY_STRINGS,     /* a list of scalars; a single one stands for a list */
	KEY_MAPPING,     /* keys as `keys` says */
	KEY_MAPPINGS,    /* a list of such mappings */
	KEY_NAMED,       /* a mapping from free names to such mappings */
	KEY_VALUES,      /* a mapping from free names to scalars */
	KEY_LISTS,       /* a mapping from free names to lists of scalars */
	KEY_NAMED_EXPRESSIONS, /* a mapping from names to expressions */
	KEY_STEP,        /* the id of an earlier step; in the steps of a
			  * perturbation its own id, too: its training */
};

struct key_spec {
	const char *name;
	enum key_type type;
	bool required;
	const char *doc; /* one sentence: shown by the schema and by editors */
	const struct key_spec *keys;   /* KEY_MAPPING, KEY_MAPPINGS, KEY_NAMED */
	const char *const *choices;    /* KEY_CHOICE, NULL-terminated */
};

#endif
