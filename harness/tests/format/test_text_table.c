#include "tests/test.h"

#include "format/text_table.h"
#include "format/utf8.h"

static struct text_table table;
static struct strbuf drawn = STRBUF_INIT(STRBUF_TEXT);

#define ROW(...) text_table_row(&table, (const char *const[]){ __VA_ARGS__ })

static const char *draw(void)
{
	strbuf_reset(&drawn);
	text_table_render(&table, &drawn);
	text_table_release(&table);
	return drawn.buf;
}

static void begin(struct text_column first, struct text_column second)
{
	text_table_init(&table, (const struct text_column[]){ first, second },
			2);
}

START_TEST(columns_fit_their_widest_cell_and_numbers_stand_right)
{
	begin((struct text_column){ "run", TEXT_LEFT, 0 },
	      (struct text_column){ "auc", TEXT_RIGHT, 0 });
	ROW("rf_baseline", "0.8202");
	ROW("x", "1");
	ck_assert_str_eq(draw(), "┌─────────────┬────────┐\n"
				 "│ run         │    auc │\n"
				 "├─────────────┼────────┤\n"
				 "│ rf_baseline │ 0.8202 │\n"
				 "│ x           │      1 │\n"
				 "└─────────────┴────────┘\n");
}
END_TEST

START_TEST(without_headers_there_is_no_rule_for_them)
{
	begin((struct text_column){ NULL, TEXT_LEFT, 0 },
	      (struct text_column){ NULL, TEXT_LEFT, 0 });
	ROW("a", NULL);
	ck_assert_str_eq(draw(), "┌───┬───┐\n"
				 "│ a │   │\n"
				 "└───┴───┘\n");
}
END_TEST

START_TEST(what_is_too_long_ends_in_an_ellipsis)
{
	begin((struct text_column){ "id", TEXT_LEFT, 5 },
	      (struct text_column){ "long header", TEXT_RIGHT, 4 });
	ROW("7590-VHVEG", "12345");
	ROW("李小龙", "1");
	ck_assert_str_eq(draw(), "┌───────┬──────┐\n"
				 "│ id    │ lon… │\n"
				 "├───────┼──────┤\n"
				 "│ 7590… │ 123… │\n"
				 "│ 李小… │    1 │\n"
				 "└───────┴──────┘\n");
}
END_TEST

START_TEST(a_wide_character_that_does_not_fit_leaves_a_space)
{
	begin((struct text_column){ NULL, TEXT_LEFT, 4 },
	      (struct text_column){ NULL, TEXT_LEFT, 0 });
	ROW("李小龙", "x");
	ck_assert_str_eq(draw(), "┌──────┬───┐\n"
				 "│ 李…  │ x │\n"
				 "└──────┴───┘\n");
}
END_TEST

START_TEST(a_cell_of_several_lines_makes_a_row_of_several_lines)
{
	begin((struct text_column){ "call", TEXT_LEFT, 0 },
	      (struct text_column){ "answer", TEXT_LEFT, 0 });
	ROW("GET /health", "{\n  \"status\": \"ok\"\r\n}\n");
	ck_assert_str_eq(draw(), "┌─────────────┬──────────────────┐\n"
				 "│ call        │ answer           │\n"
				 "├─────────────┼──────────────────┤\n"
				 "│ GET /health │ {                │\n"
				 "│             │   \"status\": \"ok\" │\n"
				 "│             │ }                │\n"
				 "└─────────────┴──────────────────┘\n");
}
END_TEST

/* Whatever the cells hold, every line of the drawing has the same width. */
START_TEST(hostile_cells_cannot_break_the_frame)
{
	static const char *const hostile[] = {
		"\x1b[2J\x1b[31m", "\u202eright to left", "\xff\xfe\x80",
		"a\tb\rc\vd", "e\u0301\u0301\u0301", "👩‍💻", "\n\n\n", "│",
		"| pipe | ` tick ``` ", "\u2028\u2029\xc2\x85", "\xed\xa0\x80",
	};
	size_t width = 0;

	begin((struct text_column){ "a", TEXT_LEFT, 9 },
	      (struct text_column){ "b", TEXT_RIGHT, 0 });
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++)
		ROW(hostile[i], hostile[i]);
	draw();
	for (char *line = drawn.buf, *end; *line; line = end + 1) {
		end = strchr(line, '\n');
		*end = '\0';
		if (!width)
			width = utf8_width(line);
		ck_assert_msg(utf8_width(line) == width, "%s", line);
		for (char *p = line; *p; p++)
			ck_assert_int_ge((unsigned char)*p, 0x20);
	}
}
END_TEST

START_TEST(what_is_cut_says_so)
{
	char *long_cell = xmalloc(3 * TEXT_TABLE_CELL + 1);

	memset(long_cell, 'x', 3 * TEXT_TABLE_CELL);
	long_cell[3 * TEXT_TABLE_CELL] = '\0';
	begin((struct text_column){ NULL, TEXT_LEFT, 0 },
	      (struct text_column){ NULL, TEXT_LEFT, 0 });
	ROW(long_cell, "x");
	ck_assert_ptr_nonnull(strstr(draw(), "xxx… │ x │"));
	ck_assert_uint_lt(drawn.len, 9 * TEXT_TABLE_CELL);

	for (size_t i = 0; i < 3 * TEXT_TABLE_CELL; i += 2)
		long_cell[i] = '\n';
	begin((struct text_column){ NULL, TEXT_LEFT, 0 },
	      (struct text_column){ NULL, TEXT_LEFT, 0 });
	ROW(long_cell, "x");
	ck_assert_ptr_nonnull(strstr(draw(), "│ … │   │\n└"));
	free(long_cell);

	begin((struct text_column){ NULL, TEXT_LEFT, 0 },
	      (struct text_column){ NULL, TEXT_LEFT, 0 });
	for (size_t i = 0; i < TEXT_TABLE_ROWS + 7; i++)
		ROW("a", "b");
	ck_assert_ptr_nonnull(strstr(draw(), "┘\n… 7 more\n"));
}
END_TEST

START_TEST(no_column_draws_nothing)
{
	text_table_init(&table, NULL, 0);
	text_table_row(&table, NULL);
	ck_assert_str_eq(draw(), "");
}
END_TEST

TESTS_MAIN("format/text_table",
	   columns_fit_their_widest_cell_and_numbers_stand_right,
	   without_headers_there_is_no_rule_for_them,
	   what_is_too_long_ends_in_an_ellipsis,
	   a_wide_character_that_does_not_fit_leaves_a_space,
	   a_cell_of_several_lines_makes_a_row_of_several_lines,
	   hostile_cells_cannot_break_the_frame, what_is_cut_says_so,
	   no_column_draws_nothing)
