/* Stage digests: what is the same in another order, and where two trainings
 * part first. */
#include "tests/test.h"

#include "diagnose/stages.h"
#include "diagnose/world.h"

/* Rows given as one letter each. */
static struct stage_digest digest_of(const char *rows)
{
	struct digesting d = { .rows = 0 };

	for (; *rows; rows++)
		digesting_add(&d, rows, 1);
	return digesting_end(&d);
}

START_TEST(order_and_rows_are_told_apart)
{
	struct stage_digest abb = digest_of("abb"), bab = digest_of("bab");
	struct stage_digest aab = digest_of("aab"), ab = digest_of("ab");

	ck_assert(abb.known && !digest_of("").known);
	ck_assert_str_ne(abb.sequence, bab.sequence);
	ck_assert_str_eq(abb.multiset, bab.multiset);
	ck_assert_str_ne(abb.multiset, aab.multiset);
	ck_assert_str_ne(abb.multiset, ab.multiset);
}
END_TEST

static struct stages all_of(const char *rows)
{
	struct stages stages;

	for (size_t i = 0; i < STAGES; i++)
		stages.at[i] = digest_of(rows);
	return stages;
}

START_TEST(the_first_stage_that_parts_is_named)
{
	struct stages before = all_of("abc"), now = all_of("abc");
	bool order;

	ck_assert_int_eq(stages_part(&before, &now, &order), STAGES);
	now.at[STAGE_ANSWERS] = digest_of("abd");
	ck_assert_int_eq(stages_part(&before, &now, &order), STAGE_ANSWERS);
	ck_assert(!order);
	now.at[STAGE_ENTITY_ROWS] = digest_of("bca");
	ck_assert_int_eq(stages_part(&before, &now, &order),
			 STAGE_ENTITY_ROWS);
	ck_assert(order);
	now.at[STAGE_ENTITY_ROWS].known = false;
	ck_assert_int_eq(stages_part(&before, &now, &order), STAGE_ANSWERS);
}
END_TEST

START_TEST(a_table_counts_only_where_a_query_shows_it)
{
	struct stages before = all_of("abc"), now = all_of("abc");
	bool order;

	now.at[STAGE_RAW_TABLES] = digest_of("abd");
	ck_assert_int_eq(stages_part(&before, &now, &order), STAGES);
	now.at[STAGE_FEATURES] = digest_of("abd");
	ck_assert_int_eq(stages_part(&before, &now, &order), STAGE_RAW_TABLES);
}
END_TEST

static struct stages answers_of(const char *kind, const char *value)
{
	struct stages stages = { .at[0].known = false };
	struct check_result check = { .kind = kind,
				      .value = json_loads(value, 0, NULL) };

	ck_assert_ptr_nonnull(check.value);
	world_digest_answers(&stages, &check);
	json_decref(check.value);
	return stages;
}

START_TEST(answers_of_the_api_are_a_stage)
{
	struct stages before = answers_of(
		"predict", "{\"answers\": [{\"user\": \"u1\", \"p\": 0.25},"
			   " {\"user\": \"u2\", \"p\": 0.5}]}");
	struct stages same = answers_of(
		"predict", "{\"answers\": [{\"user\": \"u1\", \"p\": 0.25},"
			   " {\"user\": \"u2\", \"p\": 0.5}]}");
	struct stages other = answers_of(
		"predict", "{\"answers\": [{\"user\": \"u1\", \"p\": 0.25},"
			   " {\"user\": \"u2\", \"p\": 0.5000000000000001}]}");
	bool order;

	ck_assert(before.at[STAGE_ANSWERS].known);
	ck_assert_int_eq(stages_part(&before, &same, &order), STAGES);
	ck_assert_int_eq(stages_part(&before, &other, &order), STAGE_ANSWERS);
	ck_assert(!order);
	other = answers_of("http", "{\"answers\": [1]}");
	ck_assert(!other.at[STAGE_ANSWERS].known);
	other = answers_of("predict", "{\"answers\": []}");
	ck_assert(!other.at[STAGE_ANSWERS].known);
}
END_TEST

START_TEST(the_report_says_rows_and_order)
{
	struct stages before = all_of("ab"), now = all_of("ba");
	json_t *list = stages_json(&before, &now);
	const json_t *last = json_array_get(list, STAGES - 1);

	ck_assert_uint_eq(json_array_size(list), STAGES);
	ck_assert_str_eq(json_string_value(json_object_get(last, "stage")),
			 "answers");
	ck_assert_str_eq(json_string_value(json_object_get(last, "rows")),
			 "same");
	ck_assert_str_eq(json_string_value(json_object_get(last, "order")),
			 "other");
	json_decref(list);
}
END_TEST

TESTS_MAIN("diagnose/stages", order_and_rows_are_told_apart,
	   the_first_stage_that_parts_is_named,
	   a_table_counts_only_where_a_query_shows_it,
	   answers_of_the_api_are_a_stage, the_report_says_rows_and_order)
