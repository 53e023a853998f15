#include "tests/test.h"

#include "format/csv.h"

/* The records as text: cells in [], quoted ones in <>, one record a line; or
 * the complaint. */
static const char *read_all(const char *text, size_t len,
			    const struct csv_limits *limits)
{
	static char out[4096];
	struct csv csv;
	struct error err = ERROR_INIT;
	size_t n = 0;
	int more = csv_open_text(&csv, "f.csv", text, len, limits, &err);

	out[0] = '\0';
	while (!more || more == 1) {
		more = csv_next(&csv, &err);
		if (more <= 0)
			break;
		for (size_t i = 0; i < csv.cells.len; i++) {
			const struct csv_cell *c = &csv.cells.at[i];
			ck_assert_uint_eq(strlen(c->text), c->len);
			n += (size_t)snprintf(out + n, sizeof(out) - n,
					      c->quoted ? "<%s>" : "[%s]",
					      c->text);
		}
		n += (size_t)snprintf(out + n, sizeof(out) - n, "\n");
	}
	if (more < 0)
		snprintf(out, sizeof(out), "%s", err.message);
	csv_close(&csv);
	return out;
}

#define READ(text) read_all(text, sizeof(text) - 1, NULL)

START_TEST(records_end_in_lf_crlf_or_the_file)
{
	ck_assert_str_eq(READ("a,b\n1,2\r\n3,4"), "[a][b]\n[1][2]\n[3][4]\n");
	ck_assert_str_eq(READ("a,b\n1,\n"), "[a][b]\n[1][]\n");
	ck_assert_str_eq(READ("a\n\n"), "[a]\n[]\n");
	ck_assert_str_eq(READ("a,b\n1,"), "[a][b]\n[1][]\n");
	ck_assert_str_eq(READ(""), "");
	ck_assert_str_eq(READ("\xef\xbb\xbf" "a\n"), "[a]\n");
	ck_assert_str_eq(READ("\xef\xbb\xbf"), "");
}
END_TEST

START_TEST(quotes_hold_separators_line_ends_and_quotes)
{
	ck_assert_str_eq(READ("a,b\n\"x,\"\"y\"\"\nz\",\"\"\n"),
			 "[a][b]\n<x,\"y\"\nz><>\n");
}
END_TEST

START_TEST(what_the_rfc_leaves_open_is_refused_with_its_place)
{
	ck_assert_str_eq(READ("a,b\n1,x\"y\n"),
			 "f.csv:2:4: a quote inside an unquoted cell");
	ck_assert_str_eq(READ("a\n\"x\"y\n"),
			 "f.csv:2:4: text after a closing quote");
	ck_assert_str_eq(READ("a\n\"x\ny"),
			 "f.csv:2:1: a quote that is never closed");
	ck_assert_str_eq(READ("a\rb"), "f.csv:1:2: a CR without LF");
	ck_assert_str_eq(READ("a\nx\0y\n"), "f.csv:2:2: a NUL byte");
	ck_assert_str_eq(READ("a\n\"x\0y\"\n"), "f.csv:2:3: a NUL byte");
	ck_assert_str_eq(READ("a,b\n1,2\n3\n"),
			 "f.csv:3:1: 1 cells where the header has 2");
}
END_TEST

START_TEST(columns_are_counted_in_characters)
{
	ck_assert_str_eq(READ("\xc3\xa9\xe2\x82\xac,x\"\n"),
			 "f.csv:1:5: a quote inside an unquoted cell");
	ck_assert_str_eq(READ("a\n\"\xc3\xa9\n\xc3\xa9\"x\n"),
			 "f.csv:3:3: text after a closing quote");
}
END_TEST

START_TEST(text_that_is_not_utf8_is_refused)
{
	static const char *const bad[] = {
		"\xff", "\xc3", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80",
		"\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\x80",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_str_eq(read_all(bad[i], strlen(bad[i]), NULL),
				 "f.csv:1:1: not UTF-8");
}
END_TEST

START_TEST(every_limit_is_named_when_it_is_hit)
{
	struct csv_limits limits = { 20, 3, 3, 4 };

#define CAPPED(text) read_all(text, sizeof(text) - 1, &limits)
	ck_assert_str_eq(CAPPED("a\n1\n2\n"), "[a]\n[1]\n[2]\n");
	ck_assert_str_eq(CAPPED("a\n1\n2\n3\n"), "f.csv:4:1: too many records");
	ck_assert_str_eq(CAPPED("a,b,c,d\n"), "f.csv:1:7: too many cells");
	ck_assert_str_eq(CAPPED("a\n12345\n"),
			 "f.csv:2:1: a cell of 5 bytes, more than 4");
	ck_assert_str_eq(CAPPED("123456789012345678901"),
			 "f.csv: larger than 20 bytes");
#undef CAPPED
}
END_TEST

START_TEST(file_that_is_not_there_is_unavailable)
{
	struct csv csv;
	struct error err = ERROR_INIT;

	ck_assert_int_eq(csv_open(&csv, "/nonexistent/x.csv", NULL, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_UNAVAILABLE);
	csv_close(&csv);
}
END_TEST

/* Every text over a small alphabet of the bytes that matter: a record or a
 * complaint with a place, and what was read holds no more than was given. */
START_TEST(every_short_text_is_read_or_refused)
{
	static const char alphabet[] = "a,\"\n\r\0\xc3\xa9";
	enum { BYTES = sizeof(alphabet) - 1, LONGEST = 6 };
	size_t texts = 1;

	for (size_t len = 0; len <= LONGEST; len++, texts *= BYTES) {
		for (size_t n = 0; n < texts; n++) {
			char text[LONGEST + 1];
			size_t rest = n;
			for (size_t i = 0; i < len; i++, rest /= BYTES)
				text[i] = alphabet[rest % BYTES];
			const char *got = read_all(text, len, NULL);
			ck_assert(!len || *got);
			ck_assert_uint_le(strlen(got), 3 * len + 80);
		}
	}
}
END_TEST

TESTS_MAIN("format/csv",
	   records_end_in_lf_crlf_or_the_file,
	   quotes_hold_separators_line_ends_and_quotes,
	   what_the_rfc_leaves_open_is_refused_with_its_place,
	   columns_are_counted_in_characters,
	   text_that_is_not_utf8_is_refused,
	   every_limit_is_named_when_it_is_hit,
	   every_short_text_is_read_or_refused,
	   file_that_is_not_there_is_unavailable)
