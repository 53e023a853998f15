#include "report/words.h"

#include "base/compiler.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

void words_add(struct strbuf *into, enum language language,
	       const char *english, ...)
{
	va_list ap;

	va_start(ap, english);
	strbuf_vaddf(into, language_say(language, english), ap);
	va_end(ap);
}

const char *words_of(const struct bilingual *text, enum language language)
{
	if (language == LANGUAGE_FRENCH && text->fr)
		return text->fr;
	return text->en ? text->en : "";
}

const char *words_colon(enum language language)
{
	return language == LANGUAGE_FRENCH ? " : " : ": ";
}

const char *words_semicolon(enum language language)
{
	return language == LANGUAGE_FRENCH ? " ; " : "; ";
}

const char *words_check_title(const struct check_result *check,
			      enum language language)
{
	const char *title = words_of(&check->title, language);

	return *title ? title : check->id;
}

void words_add_points(struct strbuf *into, double points)
{
	char text[64];
	size_t len;

	snprintf(text, sizeof(text), "%.2f", points);
	len = strlen(text);
	while (text[len - 1] == '0')
		len--;
	len -= text[len - 1] == '.';
	strbuf_add(into, text, len);
}

void words_add_score(struct strbuf *into, enum language language,
		     double points, double pending, double max_points)
{
	words_add_points(into, points);
	if (pending > 0) {
		strbuf_addstr(into, " + ");
		words_add_points(into, pending);
		strbuf_addch(into, ' ');
		strbuf_addstr(into, language_say(language, "pending"));
	}
	strbuf_addstr(into, " / ");
	words_add_points(into, max_points);
}

const char *words_verdict(enum verdict verdict, enum language language)
{
	static const char *const words[VERDICT_COUNT] = {
		[VERDICT_PASSED] = WORDS("passed"),
		[VERDICT_FAILED] = WORDS("failed"),
		[VERDICT_BLOCKED] = WORDS("not reached"),
		[VERDICT_NOT_APPLICABLE] = WORDS("not applicable"),
		[VERDICT_INCONCLUSIVE] = WORDS("inconclusive"),
		[VERDICT_ERROR] = WORDS("could not be checked"),
	};

	return language_say(language, words[verdict]);
}

const char *words_mark(enum verdict verdict)
{
	static const char *const marks[VERDICT_COUNT] = {
		[VERDICT_PASSED] = "✓",       [VERDICT_FAILED] = "✗",
		[VERDICT_BLOCKED] = "·",      [VERDICT_NOT_APPLICABLE] = "–",
		[VERDICT_INCONCLUSIVE] = "?", [VERDICT_ERROR] = "!",
	};

	return marks[verdict];
}

bool words_is_advice(const struct check_result *check)
{
	return check->max_points <= 0;
}

bool words_is_beyond(const struct exercise_result *exercise)
{
	return exercise->max_points <= 0;
}

struct tally words_tally_exercise(const struct exercise_result *exercise)
{
	struct tally tally = { 0 };

	for (size_t i = 0; i < exercise->checks.len; i++) {
		const struct check_result *check = exercise->checks.at[i];

		if (check->verdict == VERDICT_NOT_APPLICABLE)
			continue;
		/* A step of the way, without points, that did what it had
		 * to is not advice, but where there are no other checks. */
		if (words_is_advice(check) && check->asked != ASKED_BEYOND &&
		    !words_is_beyond(exercise) &&
		    check->verdict != VERDICT_FAILED)
			continue;
		if (words_is_advice(check)) {
			tally.advice++;
			tally.advice_failed += check->verdict == VERDICT_FAILED;
			tally.advice_blocked +=
				check->verdict == VERDICT_BLOCKED;
			tally.advice_pending +=
				verdict_is_pending(check->verdict);
			continue;
		}
		tally.scored++;
		tally.failed += check->verdict == VERDICT_FAILED;
		tally.blocked += check->verdict == VERDICT_BLOCKED;
		tally.pending += verdict_is_pending(check->verdict);
	}
	return tally;
}

struct tally words_tally(const struct result *result)
{
	struct tally sum = { 0 };

	for (size_t i = 0; i < result->exercises.len; i++) {
		struct tally t = words_tally_exercise(result->exercises.at[i]);

		sum.scored += t.scored;
		sum.failed += t.failed;
		sum.blocked += t.blocked;
		sum.pending += t.pending;
		sum.advice += t.advice;
		sum.advice_failed += t.advice_failed;
		sum.advice_blocked += t.advice_blocked;
		sum.advice_pending += t.advice_pending;
	}
	return sum;
}

/* Between the parts of an enumeration. */
static void add_separator(struct strbuf *into, enum language language,
			  size_t begin)
{
	if (into->len > begin)
		strbuf_addstr(into, words_semicolon(language));
}

/* "1 of 3 checks failed; 1 not reached; 2 could not be decided" */
static void add_scored(struct strbuf *into, enum language language,
		       const struct tally *t)
{
	size_t begin = into->len;

	if (t->failed)
		words_add(into, language, "%zu of %zu checks failed",
			  t->failed, t->scored);
	if (t->blocked) {
		add_separator(into, language, begin);
		words_add(into, language, "%zu not reached", t->blocked);
	}
	if (t->pending && into->len == begin) {
		words_add(into, language,
			  "%zu of %zu checks could not be decided", t->pending,
			  t->scored);
	} else if (t->pending) {
		add_separator(into, language, begin);
		words_add(into, language, "%zu could not be decided",
			  t->pending);
	}
}

static void add_unscored(struct strbuf *into, enum language language,
			 const struct tally *t)
{
	size_t begin = into->len;

	if (t->advice_failed)
		strbuf_addf(into,
			    language_say_count(language,
					       "%zu of %zu does not hold",
					       "%zu of %zu do not hold",
					       t->advice_failed),
			    t->advice_failed, t->advice);
	if (t->advice_blocked) {
		add_separator(into, language, begin);
		words_add(into, language, "%zu not reached", t->advice_blocked);
	}
	if (t->advice_pending) {
		add_separator(into, language, begin);
		words_add(into, language, "%zu could not be decided",
			  t->advice_pending);
	}
	if (into->len == begin)
		words_add(into, language, "%zu of %zu hold", t->advice,
			  t->advice);
}

void words_add_exercise(struct strbuf *into, enum language language,
			const struct exercise_result *exercise, bool brief)
{
	struct tally t = words_tally_exercise(exercise);
	bool beyond = words_is_beyond(exercise) && t.advice;
	size_t begin = into->len;

	if (!brief)
		add_scored(into, language, &t);
	if (into->len == begin && !beyond)
		strbuf_addstr(into, words_verdict(exercise->verdict, language));
	if (!beyond && (brief || !t.advice_failed))
		return;
	add_separator(into, language, begin);
	if (!beyond) {
		strbuf_addstr(into, language_say(language, "advice:"));
		strbuf_addch(into, ' ');
	}
	add_unscored(into, language, &t);
	if (!brief) {
		strbuf_addstr(into, words_semicolon(language));
		strbuf_addstr(into, language_say(language, "not counted"));
	}
}

/* What a cause means, in one sentence that describes and accuses nobody.
 * Sorted by cause. */
static const struct {
	const char *cause, *headline;
} headlines[] = {
	{ "environment-drift",
	  WORDS("The result depends on the versions of the packages.") },
	{ "features-past-as-of",
	  WORDS("Features read at an AS_OF hold rows from after it.") },
	{ "flaky", WORDS("The same training, with nothing changed, does not "
			 "always give the same result.") },
	{ "hard-coded",
	  WORDS("The result stayed the same although the training data had "
		"changed.") },
	{ "hash-order",
	  WORDS("The result depends on the hash seed of the process.") },
	{ "labels-not-versioned",
	  WORDS("The same AS_OF gives another answer once a later month has "
		"been ingested.") },
	{ "metrics-not-from-model",
	  WORDS("The logged metrics could not be obtained from the logged "
		"model.") },
	{ "rows-unordered",
	  WORDS("The result depends on the physical order of the rows.") },
	{ "seed-missing-model",
	  WORDS("Two trainings on the same rows give two models.") },
	{ "seed-missing-split",
	  WORDS("Two trainings split the same rows differently.") },
	{ "state-kept",
	  WORDS("The result depends on what an earlier training left "
		"behind.") },
	{ "threads", WORDS("The result depends on the number of threads.") },
	{ "time-zone-or-locale",
	  WORDS("The result depends on the time zone or the locale.") },
	{ "unknown", WORDS("Where the difference comes from was not found.") },
	{ "wall-clock",
	  WORDS("The result depends on when the training runs.") },
};

static const char *cause_headline(const char *cause)
{
	for (size_t i = 0; i < ARRAY_SIZE(headlines); i++)
		if (cause && !strcmp(headlines[i].cause, cause))
			return headlines[i].headline;
	return NULL;
}

static bool has_open_advice(const struct tally *t)
{
	return t->advice_failed || t->advice_blocked || t->advice_pending;
}

static void add_verdict(struct strbuf *into, enum language language,
			const struct tally *t)
{
	const char *words;

	if (t->failed || t->blocked || t->pending) {
		add_scored(into, language, t);
		strbuf_addch(into, '.');
		return;
	}
	if (!t->scored && !t->advice)
		words = WORDS("Nothing was checked.");
	else if (t->scored && has_open_advice(t))
		words = WORDS("What is asked holds.");
	else if (has_open_advice(t))
		words = WORDS("Not everything that was checked holds.");
	else
		words = WORDS("Everything that was checked holds.");
	strbuf_addstr(into, language_say(language, words));
}

void words_add_headline(struct strbuf *into, enum language language,
			const struct result *result)
{
	const struct diagnosis *diagnosis = words_main_diagnosis(result);
	struct tally t = words_tally(result);
	const char *cause = diagnosis ? cause_headline(diagnosis->cause) : NULL;

	if (result->interrupted) {
		const char *name = sigabbrev_np(result->interrupted);

		words_add(into, language,
			  "Stopped before the end by signal %d (%s).",
			  result->interrupted, name ? name : "?");
		strbuf_addch(into, ' ');
	}
	add_verdict(into, language, &t);
	if (cause && t.scored &&
	    words_is_advice(result_find_check(result, diagnosis->check))) {
		strbuf_addch(into, ' ');
		strbuf_addstr(into,
			      language_say(language, "Beyond what is asked:"));
	}
	if (cause) {
		strbuf_addch(into, ' ');
		strbuf_addstr(into, language_say(language, cause));
	} else if (t.scored && has_open_advice(&t)) {
		strbuf_addch(into, ' ');
		strbuf_addstr(into,
			      language_say(language, "Beyond what is asked:"));
		strbuf_addch(into, ' ');
		add_unscored(into, language, &t);
		strbuf_addstr(into, words_semicolon(language));
		strbuf_addstr(into, language_say(language, "not counted"));
		strbuf_addch(into, '.');
	}
}

void words_add_others(struct strbuf *into, enum language language,
		      size_t others)
{
	strbuf_addf(into,
		    language_say_count(language, " and %zu other check",
				       " and %zu other checks", others),
		    others);
}

const struct check_result *words_same_reason(const struct result *result,
					     const struct check_result *check)
{
	if (!verdict_is_pending(check->verdict) || !check->actual)
		return NULL;
	for (size_t i = 0; i < result->exercises.len; i++) {
		const struct exercise_result *e = result->exercises.at[i];

		for (size_t j = 0; j < e->checks.len; j++) {
			const struct check_result *earlier = e->checks.at[j];

			if (earlier == check)
				return NULL;
			if (earlier->verdict == check->verdict &&
			    earlier->actual &&
			    !strcmp(earlier->actual, check->actual))
				return earlier;
		}
	}
	return NULL;
}

const struct diagnosis *words_diagnosis(const struct result *result,
					const char *check)
{
	for (size_t i = 0; i < result->diagnosis.len; i++) {
		const struct diagnosis *d = result->diagnosis.at[i];

		if (d->check && !strcmp(d->check, check))
			return d;
	}
	return NULL;
}

const struct diagnosis *words_main_diagnosis(const struct result *result)
{
	const struct diagnosis *advice = NULL;

	for (size_t i = 0; i < result->diagnosis.len; i++) {
		const struct diagnosis *d = result->diagnosis.at[i];
		const struct check_result *check =
			d->check ? result_find_check(result, d->check) : NULL;

		if (!check || check->verdict != VERDICT_FAILED)
			continue;
		if (!words_is_advice(check))
			return d;
		if (!advice)
			advice = d;
	}
	return advice;
}

const char *words_confidence(enum confidence confidence,
			     enum language language)
{
	static const char *const words[] = {
		[CONFIDENCE_POSSIBLE] = WORDS("possible"),
		[CONFIDENCE_LIKELY] = WORDS("likely"),
		[CONFIDENCE_CERTAIN] = WORDS("certain"),
	};

	return language_say(language, words[confidence]);
}
