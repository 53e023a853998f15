#include "tests/test.h"

#include "run/points.h"

/* A result with one exercise of these checks. */
struct sample {
	double points;
	enum verdict verdict;
};

static struct arena arena;

static struct result *result_of(const struct sample *samples, size_t count)
{
	struct result *result = result_new(&arena);
	struct exercise_result *exercise =
		arena_new(&arena, struct exercise_result);

	*vec_push(&result->exercises) = exercise;
	for (size_t i = 0; i < count; i++) {
		struct check_result *check =
			arena_new(&arena, struct check_result);
		check->id = "x";
		check->given_points = samples[i].points;
		check->verdict = samples[i].verdict;
		*vec_push(&exercise->checks) = check;
	}
	points_roll_up(result);
	return result;
}

#define RESULT(...) \
	result_of((const struct sample[]){ __VA_ARGS__ }, \
		  sizeof((const struct sample[]){ __VA_ARGS__ }) / \
			  sizeof(struct sample))

static void done(struct result *result)
{
	result_release(result);
	arena_release(&arena);
}

START_TEST(passed_checks_win_their_points)
{
	struct result *r = RESULT({ 3, VERDICT_PASSED }, { 2, VERDICT_PASSED });

	ck_assert_double_eq(r->points, 5);
	ck_assert_double_eq(r->max_points, 5);
	ck_assert_int_eq(r->verdict, VERDICT_PASSED);
	ck_assert_int_eq(points_exit_code(r), 0);
	done(r);
}
END_TEST

START_TEST(failed_and_blocked_lose_theirs_and_exit_1)
{
	struct result *r = RESULT({ 3, VERDICT_PASSED }, { 2, VERDICT_FAILED },
				  { 1, VERDICT_BLOCKED });

	ck_assert_double_eq(r->points, 3);
	ck_assert_double_eq(r->max_points, 6);
	ck_assert_double_eq(r->pending, 0);
	ck_assert_int_eq(r->verdict, VERDICT_FAILED);
	ck_assert_int_eq(points_exit_code(r), 1);
	done(r);
}
END_TEST

START_TEST(what_could_not_be_checked_is_pending_and_exits_4)
{
	struct result *r = RESULT({ 3, VERDICT_FAILED }, { 2, VERDICT_ERROR },
				  { 1, VERDICT_INCONCLUSIVE });

	ck_assert_double_eq(r->points, 0);
	ck_assert_double_eq(r->pending, 3);
	ck_assert_int_eq(points_exit_code(r), 4);
	done(r);
}
END_TEST

START_TEST(advice_costs_nothing_and_exits_0)
{
	struct result *r = RESULT({ 3, VERDICT_PASSED }, { 0, VERDICT_FAILED },
				  { 0, VERDICT_ERROR });

	ck_assert_double_eq(r->points, 3);
	ck_assert_double_eq(r->max_points, 3);
	ck_assert_int_eq(r->verdict, VERDICT_PASSED);
	ck_assert_int_eq(points_exit_code(r), 0);
	done(r);
}
END_TEST

START_TEST(points_of_what_does_not_apply_are_shared_out)
{
	struct result *r = RESULT({ 4, VERDICT_PASSED }, { 2, VERDICT_FAILED },
				  { 3, VERDICT_NOT_APPLICABLE });

	/* 9 points remain 9: 4 of 6 parts and 2 of 6 parts. */
	ck_assert_double_eq(r->max_points, 9);
	ck_assert_double_eq(r->points, 6);
	ck_assert_double_eq(r->exercises.at[0]->checks.at[2]->max_points, 0);
	points_roll_up(r); /* once more: nothing moves */
	ck_assert_double_eq(r->points, 6);
	done(r);
}
END_TEST

START_TEST(an_exercise_where_nothing_applies_keeps_its_points)
{
	struct result *r = RESULT({ 3, VERDICT_NOT_APPLICABLE });

	ck_assert_double_eq(r->points, 3);
	ck_assert_double_eq(r->max_points, 3);
	ck_assert_int_eq(points_exit_code(r), 0);
	done(r);
}
END_TEST

TESTS_MAIN("run/points", passed_checks_win_their_points,
	   failed_and_blocked_lose_theirs_and_exit_1,
	   what_could_not_be_checked_is_pending_and_exits_4,
	   advice_costs_nothing_and_exits_0,
	   points_of_what_does_not_apply_are_shared_out,
	   an_exercise_where_nothing_applies_keeps_its_points)
