#include "tests/test.h"

#include "diagnose/cause.h"
#include "diagnose/parse.h"

static struct arena arena;
static struct table_state labels = {
	.name = "labels", .time_columns = " ",
};
static struct table_state usage = {
	.name = "usage_snapshots", .time_columns = " as_of ",
};
static struct table_state *both[] = { &labels, &usage };
static struct table_view dated = { "labels_dated", "labels" };
static const struct tables tables = {
	.at = { both, 2, 2 }, .views = { &dated, 1, 1 },
};

static struct statement parsed(const char *text)
{
	struct statement statement = { .text = text };

	parse_statement(&arena, &tables, &statement);
	return statement;
}

static bool reads(const struct statement *s, const char *table, bool bounded)
{
	for (size_t i = 0; i < s->reads.len; i++)
		if (!strcmp(s->reads.at[i].table, table))
			return s->reads.at[i].bounded == bounded;
	return false;
}

static void release(struct statement *s)
{
	vec_release(&s->reads);
	arena_release(&arena);
}

START_TEST(a_condition_on_a_time_column_bounds_the_table)
{
	struct statement s = parsed(
		"SELECT hours FROM usage_snapshots u WHERE u.as_of = $1");

	ck_assert(s.reads_only);
	ck_assert(reads(&s, "usage_snapshots", true));
	release(&s);
}
END_TEST

START_TEST(who_reads_a_view_reads_its_tables)
{
	struct statement s = parsed("SELECT label FROM labels_dated");

	ck_assert_uint_eq(s.reads.len, 1);
	ck_assert(reads(&s, "labels", false));
	release(&s);
	s = parsed("SELECT label FROM labels_unheard_of");
	ck_assert_uint_eq(s.reads.len, 0);
	release(&s);
}
END_TEST

START_TEST(a_table_without_dates_is_never_bounded)
{
	struct statement s = parsed(
		"SELECT l.label, u.hours FROM labels l JOIN usage_snapshots u "
		"USING (user_id) WHERE u.as_of <= '2024-01-31' ORDER BY 1");

	ck_assert(reads(&s, "labels", false));
	ck_assert(reads(&s, "usage_snapshots", true));
	ck_assert(s.ordered);
	release(&s);
}
END_TEST

START_TEST(selecting_a_time_column_does_not_bound_it)
{
	struct statement s = parsed(
		"SELECT as_of, hours FROM usage_snapshots WHERE hours > 3");

	ck_assert(reads(&s, "usage_snapshots", false));
	ck_assert(!s.ordered);
	release(&s);
}
END_TEST

START_TEST(the_alias_decides_whose_column_it_is)
{
	struct statement s = parsed(
		"SELECT 1 FROM labels l, usage_snapshots u "
		"WHERE l.as_of = '2024-01-31'");

	ck_assert(reads(&s, "usage_snapshots", false));
	release(&s);
}
END_TEST

START_TEST(a_join_on_the_date_bounds_both_sides)
{
	struct statement s = parsed(
		"WITH e AS (SELECT user_id, as_of FROM usage_snapshots WHERE "
		"as_of = '2024-01-31') SELECT * FROM e JOIN labels USING "
		"(user_id)");

	ck_assert(reads(&s, "usage_snapshots", true));
	ck_assert(reads(&s, "labels", false));
	ck_assert_uint_eq(s.reads.len, 2);
	release(&s);
}
END_TEST

START_TEST(a_name_of_a_with_clause_is_no_table)
{
	struct statement s = parsed(
		"WITH labels AS (SELECT 1 AS x) SELECT x FROM labels");

	ck_assert_uint_eq(s.reads.len, 0);
	release(&s);
}
END_TEST

START_TEST(copy_of_a_query_reads)
{
	struct statement s = parsed(
		"COPY (SELECT (user_id), label FROM labels) TO STDOUT");

	ck_assert(s.reads_only);
	ck_assert_str_eq(s.query, "SELECT (user_id), label FROM labels");
	ck_assert(reads(&s, "labels", false));
	release(&s);
}
END_TEST

START_TEST(what_writes_does_not_only_read)
{
	struct statement s = parsed("DELETE FROM labels RETURNING label");
	struct statement locked = parsed("SELECT 1 FROM labels FOR UPDATE");

	ck_assert(!s.reads_only);
	ck_assert(!locked.reads_only);
	vec_release(&locked.reads);
	release(&s);
}
END_TEST

START_TEST(what_does_not_parse_reads_nothing)
{
	struct statement s = parsed("SELEC label FROM labels");

	ck_assert_uint_eq(s.reads.len, 0);
	ck_assert(!s.reads_only);
	release(&s);
}
END_TEST

START_TEST(causes_are_sorted_and_have_words_in_both_languages)
{
	for (size_t i = 0; i < cause_count; i++) {
		if (i)
			ck_assert(strcmp(causes[i - 1].id, causes[i].id) < 0);
		ck_assert_ptr_nonnull(causes[i].words.en);
		ck_assert_ptr_nonnull(causes[i].words.fr);
	}
	ck_assert_ptr_nonnull(cause_find("labels-not-versioned"));
	ck_assert_ptr_null(cause_find("gremlins"));
}
END_TEST

TESTS_MAIN("diagnose/parse", a_condition_on_a_time_column_bounds_the_table,
	   who_reads_a_view_reads_its_tables,
	   a_table_without_dates_is_never_bounded,
	   selecting_a_time_column_does_not_bound_it,
	   the_alias_decides_whose_column_it_is,
	   a_join_on_the_date_bounds_both_sides,
	   a_name_of_a_with_clause_is_no_table, copy_of_a_query_reads,
	   what_writes_does_not_only_read, what_does_not_parse_reads_nothing,
	   causes_are_sorted_and_have_words_in_both_languages)
