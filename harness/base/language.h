/*
 * The harness's own words, in the reader's language. English is in the
 * sources; the others are in po/, as gettext's tools write them, and are
 * compiled in: a catalogue needs no installed locale (a small Debian has
 * C.UTF-8 only, where libc's gettext gives English whatever is asked), no
 * setlocale() and no file to be found. Words of a scenario are bilingual
 * where they stand and don't pass through here.
 *
 * harness/tests/base/check-words reads the sources with xgettext and fails
 * where po/fr.po lacks a word; `make update-po` adds it there.
 */
#ifndef BASE_LANGUAGE_H
#define BASE_LANGUAGE_H

#include "base/strbuf.h"

#include <stdbool.h>

enum language { LANGUAGE_ENGLISH, LANGUAGE_FRENCH };

/* "en", "fr", and longer forms ("fr_FR.UTF-8"); false where it is none of
 * ours. */
bool language_parse(const char *name, enum language *ret_language);
const char *language_name(enum language language); /* "en" */

/* What LC_ALL, LC_MESSAGES or LANG asks for, the first that is set, and
 * LANGUAGE before them unless they say C: as gettext does. English where
 * nothing of ours is asked. */
enum language language_of_environment(void);

/* The words in that language; the English ones where it has none. The result
 * is a constant, a format with the same arguments as the English. */
const char *language_say(enum language language, const char *english)
	__attribute__((format_arg(2)));
const char *language_say_count(enum language language, const char *one,
			       const char *many, unsigned long count)
	__attribute__((format_arg(2), format_arg(3)));

/* Marks words in a table, which language_say() gets later. */
#define WORDS(english) english

/*
 * A sentence that was put together by a format which WORDS() marks: "3 of 5
 * services run as new processes". It is found again by its format, what was
 * filled in likewise, and so is each part of a list between "; "; what nobody
 * knows stays as it is, and so does everything behind the first line. Results
 * keep their sentences in English, and can be told in another language later.
 */
void language_sentence(enum language language, const char *english,
		       struct strbuf *into);

/* A catalogue, made from po/<language>.po by po/catalogue.awk. */
struct message {
	const char *english;
	const char *text, *many; /* many: NULL where the word has no plural */
};
extern const struct message language_french[]; /* ends with a row of NULLs */
const struct message *language_messages(enum language language); /* or NULL */

#endif
