/* What a report was saved as does not matter, and is said. */
#include "base/compiler.h"
#include "claims/code_page.h"
#include "claims/report_text.h"
#include "format/utf8.h"
#include "tests/test.h"

static const char plain[] = "# Été\n\nl’AUC « vaut » 0.82 ✔ 🧪, à peu près\n";

static void check(const char *bytes, size_t len, const char *note)
{
	struct arena arena = ARENA_INIT;
	struct report_text text;
	struct error err = ERROR_INIT;

	ck_assert_msg(report_text_make(&text, bytes, len, &arena, &err) == 0,
		      "%s", err.message);
	ck_assert_str_eq(text.text.buf, plain);
	ck_assert_uint_eq(text.notes.len, note ? 1 : 0);
	if (note)
		ck_assert_ptr_nonnull(strstr(text.notes.at[0], note));
	report_text_release(&text);
	arena_release(&arena);
}

START_TEST(utf8_is_left_as_it_is)
{
	check(plain, strlen(plain), NULL);
}
END_TEST

START_TEST(a_mark_at_the_start_is_taken_off)
{
	struct strbuf with = STRBUF_INIT(STRBUF_LINE);

	strbuf_addf(&with, "\xef\xbb\xbf%s", plain);
	check(with.buf, with.len, "byte order mark");
	strbuf_release(&with);
}
END_TEST

START_TEST(line_ends_become_line_feeds)
{
	for (int style = 0; style < 2; style++) {
		struct strbuf with = STRBUF_INIT(STRBUF_LINE);

		for (const char *s = plain; *s; s++) {
			if (*s != '\n')
				strbuf_addch(&with, *s);
			else
				strbuf_addstr(&with, style ? "\r" : "\r\n");
		}
		check(with.buf, with.len, "CR");
		strbuf_release(&with);
	}
}
END_TEST

START_TEST(utf16_is_read_by_its_mark)
{
	for (int big = 0; big < 2; big++) {
		struct strbuf with = STRBUF_INIT(STRBUF_LINE);
		uint32_t c = 0xfeff;
		size_t len = 0;

		for (size_t i = 0; i <= strlen(plain); i += len) {
			uint32_t units[2] = {c, 0};

			if (c >= 0x10000) {
				units[0] = 0xd800 + ((c - 0x10000) >> 10);
				units[1] = 0xdc00 + ((c - 0x10000) & 0x3ff);
			}
			for (int u = 0; u < 2 && (u == 0 || units[1]); u++) {
				strbuf_addch(&with, (char)(units[u] >>
							   (big ? 8 : 0)));
				strbuf_addch(&with, (char)(units[u] >>
							   (big ? 0 : 8)));
			}
			if (i == strlen(plain))
				break;
			utf8_decode(plain + i, strlen(plain) - i, &c, &len);
		}
		check(with.buf, with.len, "UTF-16");
		strbuf_release(&with);
	}
}
END_TEST

START_TEST(utf8_that_was_mistaken_is_undone)
{
	for (int page = 0; page < CODE_PAGES; page++) {
		struct strbuf mistaken = STRBUF_INIT(STRBUF_LINE);

		for (const char *s = plain; *s; s++)
			utf8_add(&mistaken,
				 code_page_char((enum code_page)page,
						(unsigned char)*s));
		check(mistaken.buf, mistaken.len,
		      code_page_name((enum code_page)page));
		strbuf_release(&mistaken);
	}
}
END_TEST

START_TEST(so_it_is_where_latin_1_was_meant)
{
	struct strbuf mistaken = STRBUF_INIT(STRBUF_LINE);

	for (const char *s = plain; *s; s++)
		utf8_add(&mistaken, (unsigned char)*s);
	check(mistaken.buf, mistaken.len, "Latin-1");
	strbuf_release(&mistaken);
}
END_TEST

START_TEST(latin_1_is_read)
{
	struct arena arena = ARENA_INIT;
	struct report_text text;
	static const char bytes[] = "\xc9t\xe9, l\x92" "AUC co\xfbte 3 \x80";

	ck_assert_int_eq(report_text_make(&text, bytes, strlen(bytes), &arena,
					  NULL),
			 0);
	ck_assert_str_eq(text.text.buf, "Été, l’AUC coûte 3 €");
	ck_assert_ptr_nonnull(strstr(text.notes.at[0], "Latin-1"));
	report_text_release(&text);
	arena_release(&arena);
}
END_TEST

START_TEST(letters_that_only_look_mistaken_stay)
{
	static const char *const texts[] = {
		"d’écran, l’été, «’à»", "naïve Ångström, Ünal, ÆØÅ",
		"√2 © 2024 ™", "5 × 3 ÷ 2 ± 1",
	};
	struct arena arena = ARENA_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct report_text text;

		ck_assert_int_eq(report_text_make(&text, texts[i],
						  strlen(texts[i]), &arena,
						  NULL),
				 0);
		ck_assert_str_eq(text.text.buf, texts[i]);
		ck_assert_uint_eq(text.notes.len, 0);
		report_text_release(&text);
	}
	arena_release(&arena);
}
END_TEST

static void refused(const char *bytes, size_t len, enum error_kind kind,
		    const char *why)
{
	struct arena arena = ARENA_INIT;
	struct report_text text;
	struct error err = ERROR_INIT;

	ck_assert_int_eq(report_text_make(&text, bytes, len, &arena, &err), -1);
	ck_assert_int_eq(err.kind, kind);
	ck_assert_msg(strstr(err.message, why) != NULL, "%s", err.message);
	arena_release(&arena);
}

START_TEST(what_no_report_is_is_refused)
{
	struct strbuf many = STRBUF_INIT((size_t)64 << 20);

	strbuf_addchars(&many, 'x', REPORT_LINE + 1);
	refused(many.buf, many.len, ERROR_LIMIT, "line 1 is longer");
	strbuf_reset(&many);
	strbuf_addstr(&many, "a\n");
	strbuf_addchars(&many, '|', REPORT_BARS + 1);
	refused(many.buf, many.len, ERROR_LIMIT, "line 2 has more");
	strbuf_reset(&many);
	strbuf_addchars(&many, '\n', REPORT_LINES + 1);
	refused(many.buf, many.len, ERROR_LIMIT, "lines");
	strbuf_reset(&many);
	strbuf_addchars(&many, '\0', 1000);
	refused(many.buf, many.len, ERROR_INVALID, "no text");
	strbuf_reset(&many);
	for (int i = 0; i < REPORT_BYTES / 10 + 10; i++)
		strbuf_addstr(&many, "123456789\n");
	refused(many.buf, many.len, ERROR_LIMIT, "larger than");
	strbuf_release(&many);
}
END_TEST

TESTS_MAIN("claims/report_text", utf8_is_left_as_it_is,
	   a_mark_at_the_start_is_taken_off, line_ends_become_line_feeds,
	   utf16_is_read_by_its_mark, utf8_that_was_mistaken_is_undone,
	   so_it_is_where_latin_1_was_meant, latin_1_is_read,
	   letters_that_only_look_mistaken_stay, what_no_report_is_is_refused)
