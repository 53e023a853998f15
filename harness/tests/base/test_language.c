/* The harness's words in the reader's language, without any locale. */
#include "tests/test.h"

#include "base/compiler.h"
#include "base/language.h"

START_TEST(a_language_is_found_in_every_way_it_is_named)
{
	static const char *const french[] = { "fr", "fr_FR", "fr_FR.UTF-8",
					      "fr-CH", "fr@euro" };
	static const char *const none[] = { "", "f", "fra", "de", "C",
					    "C.UTF-8" };
	enum language language;

	for (size_t i = 0; i < ARRAY_SIZE(french); i++) {
		ck_assert(language_parse(french[i], &language));
		ck_assert_int_eq(language, LANGUAGE_FRENCH);
	}
	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		ck_assert_msg(!language_parse(none[i], &language), "%s",
			      none[i]);
	ck_assert(language_parse("en_GB.UTF-8", &language));
	ck_assert_str_eq(language_name(language), "en");
}
END_TEST

static enum language asked(const char *lc_all, const char *lc_messages,
			   const char *lang, const char *language)
{
	const char *const pairs[][2] = {
		{ "LC_ALL", lc_all }, { "LC_MESSAGES", lc_messages },
		{ "LANG", lang }, { "LANGUAGE", language },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		if (pairs[i][1])
			setenv(pairs[i][0], pairs[i][1], 1);
		else
			unsetenv(pairs[i][0]);
	}
	return language_of_environment();
}

START_TEST(the_environment_is_read_as_gettext_reads_it)
{
	static const struct {
		const char *lc_all, *lc_messages, *lang, *language;
		enum language expected;
	} cases[] = {
		{ NULL, NULL, NULL, NULL, LANGUAGE_ENGLISH },
		{ NULL, NULL, "fr_FR.UTF-8", NULL, LANGUAGE_FRENCH },
		{ NULL, "fr_FR.UTF-8", "en_GB", NULL, LANGUAGE_FRENCH },
		{ "en_GB.UTF-8", "fr_FR", "fr_FR", NULL, LANGUAGE_ENGLISH },
		{ "", "", "fr", NULL, LANGUAGE_FRENCH },
		{ NULL, NULL, "en_GB", "de:fr:en", LANGUAGE_FRENCH },
		/* As asked for on a Debian that has no French locale. */
		{ "C.UTF-8", NULL, NULL, "fr", LANGUAGE_FRENCH },
		/* C asks for no language at all. */
		{ "C", NULL, "fr_FR", "fr", LANGUAGE_ENGLISH },
		{ NULL, NULL, NULL, "fr", LANGUAGE_ENGLISH },
		{ NULL, NULL, "de_DE", NULL, LANGUAGE_ENGLISH },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		ck_assert_msg(asked(cases[i].lc_all, cases[i].lc_messages,
				    cases[i].lang, cases[i].language) ==
				      cases[i].expected,
			      "case %zu", i);
}
END_TEST

START_TEST(words_are_french_in_a_c_locale)
{
	ck_assert_str_eq(language_say(LANGUAGE_FRENCH, "pending"),
			 "en attente");
	ck_assert_str_eq(language_say(LANGUAGE_ENGLISH, "pending"), "pending");
	ck_assert_str_eq(language_say(LANGUAGE_FRENCH, "no such words"),
			 "no such words");
}
END_TEST

START_TEST(nothing_is_singular_in_french_and_plural_in_english)
{
	static const struct {
		unsigned long count;
		const char *english, *french;
	} cases[] = {
		{ 0, "points off", "point retiré" },
		{ 1, "point off", "point retiré" },
		{ 2, "points off", "points retirés" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		ck_assert_str_eq(language_say_count(LANGUAGE_ENGLISH,
						    "point off", "points off",
						    cases[i].count),
				 cases[i].english);
		ck_assert_str_eq(language_say_count(LANGUAGE_FRENCH,
						    "point off", "points off",
						    cases[i].count),
				 cases[i].french);
	}
}
END_TEST

static const struct {
	const char *english, *french;
} sentences[] = {
	{ "no row moved", "aucune ligne déplacée" },
	{ "labels: 7 of 90 rows moved", "labels : 7 lignes sur 90 déplacées" },
	/* a list, of which one part is no sentence of ours */
	{ "labels: 7 of 90 rows moved; who knows; plans: 2 rows added",
	  "labels : 7 lignes sur 90 déplacées ; who knows ; "
	  "plans : 2 lignes ajoutées" },
	/* one inside another; numbers as they were written */
	{ "the change did not take effect: threads: 2 still",
	  "le changement n'a pas pris effet : threads : toujours 2" },
	{ "auc 0.7938, was 0.8199; 300 of 300 trees differ",
	  "auc 0.7938, avant 0.8199 ; 300 arbres sur 300 diffèrent" },
	{ "who knows; nobody", "who knows; nobody" },
	{ "It says nothing. no row moved", "It says nothing. aucune ligne "
	  "déplacée" },
	/* the first line alone; a percent sign is no conversion */
	{ "no row moved\nno row moved", "aucune ligne déplacée\nno row moved" },
	{ "100% %s %n", "100% %s %n" },
	{ "", "" },
	/* not a whole sentence, not a number */
	{ "labels: seven of 90 rows moved", "labels: seven of 90 rows moved" },
	{ "no row moved!", "no row moved!" },
};

START_TEST(a_sentence_is_found_again_by_its_format)
{
	for (size_t i = 0; i < sizeof(sentences) / sizeof(*sentences); i++) {
		struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
		language_sentence(LANGUAGE_FRENCH, sentences[i].english,
				  &text);
		ck_assert_str_eq(text.buf, sentences[i].french);
		strbuf_reset(&text);
		language_sentence(LANGUAGE_ENGLISH, sentences[i].english,
				  &text);
		ck_assert_str_eq(text.buf, sentences[i].english);
		strbuf_release(&text);
	}
}
END_TEST

/* What a submission printed may be anything: it ends, and soon. */
START_TEST(a_long_text_of_separators_ends)
{
	struct strbuf hostile = STRBUF_INIT(STRBUF_TEXT);
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);

	for (int i = 0; i < 3000; i++)
		strbuf_addstr(&hostile, i % 3 ? "; " : ": %s, was ");
	language_sentence(LANGUAGE_FRENCH, hostile.buf, &text);
	ck_assert_uint_gt(text.len, 0);
	strbuf_release(&text);
	strbuf_release(&hostile);
}
END_TEST

TESTS_MAIN("base/language", a_sentence_is_found_again_by_its_format,
	   a_long_text_of_separators_ends, a_language_is_found_in_every_way_it_is_named,
	   the_environment_is_read_as_gettext_reads_it,
	   words_are_french_in_a_c_locale,
	   nothing_is_singular_in_french_and_plural_in_english)
