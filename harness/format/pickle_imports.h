/*
 * What loading a pickle would import, judged against what a model needs.
 *
 * The judgement is by name and nothing more: it says what a Python would be
 * told to fetch and call, and cannot know what a library does then. A name
 * that no table has is `unknown`, which is no accusation.
 */
#ifndef FORMAT_PICKLE_IMPORTS_H
#define FORMAT_PICKLE_IMPORTS_H

#include "format/pickle.h"

enum import_verdict {
	IMPORT_NEEDED,  /* data and models are made of it */
	IMPORT_UNKNOWN,
	IMPORT_CODE,    /* it rebuilds functions: code travels in the file */
	IMPORT_HOSTILE, /* no model needs it: it runs programs, reads files,
			 * opens connections or evaluates text */
};

/* "needed", "unknown", "carries code", "hostile" */
const char *import_verdict_name(enum import_verdict verdict);

/* By the full name. */
enum import_verdict import_judge(const char *full);

/* The gravest of all that the pickle names. */
enum import_verdict pickle_judge(const struct pickle *p);

#endif
