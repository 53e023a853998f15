#include "tests/test.h"

#include "format/utf8.h"

static const char *visible(const char *s, const char *keep)
{
	static struct strbuf sb = STRBUF_INIT(STRBUF_LINE);

	strbuf_reset(&sb);
	utf8_add_visible(&sb, s, strlen(s), keep);
	return sb.buf;
}

START_TEST(what_is_not_utf8_is_replaced_byte_by_byte)
{
	ck_assert_str_eq(visible("a\xff" "b", NULL), "a\ufffd" "b");
	/* Overlong "/", a surrogate, past U+10FFFF, cut short. */
	ck_assert_str_eq(visible("\xc0\xaf", NULL), "\ufffd\ufffd");
	ck_assert_str_eq(visible("\xed\xa0\x80", NULL), "\ufffd\ufffd\ufffd");
	ck_assert_str_eq(visible("\xf4\x90\x80\x80", NULL),
			 "\ufffd\ufffd\ufffd\ufffd");
	ck_assert_str_eq(visible("\xe2\x82", NULL), "\ufffd\ufffd");
	ck_assert_str_eq(visible("\xe0\x80\xaf", NULL), "\ufffd\ufffd\ufffd");
}
END_TEST

START_TEST(every_character_is_written_as_it_was_read)
{
	struct strbuf sb = STRBUF_INIT(8);

	for (uint32_t c = 1; c <= 0x10ffff; c++) {
		uint32_t read;
		size_t taken;
		bool is_char = !(c >= 0xd800 && c <= 0xdfff);

		strbuf_reset(&sb);
		utf8_add(&sb, c);
		if (utf8_decode(sb.buf, sb.len, &read, &taken) != is_char)
			ck_abort_msg("U+%04X", (unsigned)c);
		if (is_char && (read != c || taken != sb.len))
			ck_abort_msg("U+%04X", (unsigned)c);
	}
	strbuf_release(&sb);
}
END_TEST

START_TEST(controls_and_marks_of_direction_are_seen)
{
	ck_assert_str_eq(visible("\x1b[31mred\x7f", NULL), "␛[31mred␡");
	ck_assert_str_eq(visible("a\tb\nc\r", NULL), "a␉b␊c␍");
	ck_assert_str_eq(visible("a\tb\nc\r", "\n\t"), "a\tb\nc␍");
	ck_assert_str_eq(visible("\u202egnp.exe", NULL), "⟨U+202E⟩gnp.exe");
	ck_assert_str_eq(visible("\u2066x\u200b\xc2\x85", NULL),
			 "⟨U+2066⟩x⟨U+200B⟩⟨U+0085⟩");
	ck_assert_str_eq(visible("\U000e0041", NULL), "⟨U+E0041⟩");
}
END_TEST

START_TEST(writing_of_people_stands_as_it_is)
{
	static const char text[] = "Zoë Łukasz 李小龙 مرحبا שלום नमस्ते 👩‍💻";

	ck_assert_str_eq(visible(text, NULL), text);
}
END_TEST

START_TEST(a_nul_byte_is_seen)
{
	struct strbuf sb = STRBUF_INIT(64);

	utf8_add_visible(&sb, "a\0b", 3, "\n");
	ck_assert_str_eq(sb.buf, "a␀b");
	strbuf_release(&sb);
}
END_TEST

START_TEST(width_is_counted_in_terminal_columns)
{
	static const struct {
		const char *text;
		size_t width;
	} cases[] = {
		{ "", 0 },
		{ "abc", 3 },
		{ "é", 1 },
		{ "e\u0301", 1 },  /* a letter and a combining accent */
		{ "李小龙", 6 },   /* ideographs take two */
		{ "한", 2 },
		{ "\u1112\u1161\u11ab", 2 }, /* the same, in letters */
		{ "ｱ", 1 },        /* halfwidth */
		{ "Ａ", 2 },       /* fullwidth */
		{ "👍", 2 },
		{ "\x1b", 1 },     /* as its picture */
		{ "\u202e", 8 },   /* as its number */
		{ "\xff", 1 },
		{ "│─┼…", 4 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		ck_assert_msg(utf8_width(cases[i].text) == cases[i].width,
			      "\"%s\" takes %zu columns, not %zu",
			      cases[i].text, cases[i].width,
			      utf8_width(cases[i].text));
}
END_TEST

TESTS_MAIN("format/utf8", what_is_not_utf8_is_replaced_byte_by_byte,
	   every_character_is_written_as_it_was_read,
	   controls_and_marks_of_direction_are_seen,
	   writing_of_people_stands_as_it_is, a_nul_byte_is_seen,
	   width_is_counted_in_terminal_columns)
