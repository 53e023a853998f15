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

TESTS_MAIN("base/language", a_language_is_found_in_every_way_it_is_named,
	   the_environment_is_read_as_gettext_reads_it,
	   words_are_french_in_a_c_locale,
	   nothing_is_singular_in_french_and_plural_in_english)
