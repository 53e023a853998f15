/*
 * The words that several formats share, in the reader's language: points,
 * verdicts, the verdict of a run in a sentence.
 */
#ifndef REPORT_WORDS_H
#define REPORT_WORDS_H

#include "base/language.h"
#include "base/strbuf.h"
#include "event/result.h"

#include <stddef.h>

/* strbuf_addf() with the format in that language. */
void words_add(struct strbuf *into, enum language language,
	       const char *english, ...) PRINTF_LIKE(3, 4);

/* The sentence in that language, English where it lacks the other; "" where
 * it has none. Never NULL. */
const char *words_of(const struct bilingual *text, enum language language);

/* Between a heading and what it announces: ": ", in French with a space
 * before it too; and "; " likewise. */
const char *words_colon(enum language language);
const char *words_semicolon(enum language language);

/* A check's title, or its id where it has none. */
const char *words_check_title(const struct check_result *check,
			      enum language language);

/* "14", "2.5": at most two decimals. */
void words_add_points(struct strbuf *into, double points);
/* "14 / 20", "14 + 2 pending / 20" */
void words_add_score(struct strbuf *into, enum language language,
		     double points, double pending, double max_points);

/* "passed", "réussi" */
const char *words_verdict(enum verdict verdict, enum language language);
/* One column: "✓", "✗" ... */
const char *words_mark(enum verdict verdict);

/* Whether a check that does not hold is advice: it is worth no points. (One
 * that the handout asks for is rather a step of the way.) */
bool words_is_advice(const struct check_result *check);
/* Whether an exercise gives no points, so that all in it is advice. */
bool words_is_beyond(const struct exercise_result *exercise);

/* The checks of a result, counted. */
struct tally {
	size_t scored, failed, blocked, pending; /* of those with points */
	/* Of those without. */
	size_t advice, advice_failed, advice_blocked, advice_pending;
};
struct tally words_tally(const struct result *result);
struct tally words_tally_exercise(const struct exercise_result *exercise);

/* How an exercise went: "passed", "1 of 3 checks failed", "2 of 9 do not
 * hold; not counted"; in brief "failed", "2 of 9 do not hold". */
void words_add_exercise(struct strbuf *into, enum language language,
			const struct exercise_result *exercise, bool brief);

/* The run in one or two sentences: "What is asked holds. ..." */
void words_add_headline(struct strbuf *into, enum language language,
			const struct result *result);

/* " and 3 other checks" */
void words_add_others(struct strbuf *into, enum language language,
		      size_t others);

/* The first check that could not be decided for the same reason, to the
 * letter, where it comes before this one; else NULL. */
const struct check_result *words_same_reason(const struct result *result,
					     const struct check_result *check);

/* The diagnosis that explains a check; NULL where there is none. */
const struct diagnosis *words_diagnosis(const struct result *result,
					const char *check);
/* The diagnosis that matters most: of a failed check with points, else of a
 * failed one; NULL where there is none. */
const struct diagnosis *words_main_diagnosis(const struct result *result);

/* "certain", "probable" */
const char *words_confidence(enum confidence confidence,
			     enum language language);

#endif
