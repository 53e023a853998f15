#include "run/points.h"

static void share_out(struct exercise_result *exercise)
{
	double applicable = 0, inapplicable = 0;

	for (size_t i = 0; i < exercise->checks.len; i++) {
		const struct check_result *check = exercise->checks.at[i];
		if (check->verdict == VERDICT_NOT_APPLICABLE)
			inapplicable += check->given_points;
		else
			applicable += check->given_points;
	}
	double factor = applicable > 0 ? 1 + inapplicable / applicable : 1;
	for (size_t i = 0; i < exercise->checks.len; i++) {
		struct check_result *check = exercise->checks.at[i];
		check->max_points =
			check->verdict == VERDICT_NOT_APPLICABLE &&
			applicable > 0 ? 0 : check->given_points * factor;
		check->points = check->verdict == VERDICT_PASSED ||
				check->verdict == VERDICT_NOT_APPLICABLE
			? check->max_points : 0;
	}
}

/* Of the worst scored check: failed, then blocked, then what is pending. */
static enum verdict worse(enum verdict a, enum verdict b)
{
	static const int rank[VERDICT_COUNT] = {
		[VERDICT_NOT_APPLICABLE] = 0, [VERDICT_PASSED] = 1,
		[VERDICT_INCONCLUSIVE] = 2,   [VERDICT_ERROR] = 3,
		[VERDICT_BLOCKED] = 4,	      [VERDICT_FAILED] = 5,
	};

	return rank[a] >= rank[b] ? a : b;
}

static void roll_up_exercise(struct exercise_result *exercise)
{
	exercise->points = exercise->pending = exercise->max_points = 0;
	exercise->verdict = VERDICT_NOT_APPLICABLE;
	share_out(exercise);
	for (size_t i = 0; i < exercise->checks.len; i++) {
		const struct check_result *check = exercise->checks.at[i];
		exercise->max_points += check->max_points;
		exercise->points += check->points;
		if (verdict_is_pending(check->verdict))
			exercise->pending += check->max_points;
		if (check->given_points > 0)
			exercise->verdict =
				worse(exercise->verdict, check->verdict);
	}
}

void points_roll_up(struct result *result)
{
	result->points = result->pending = result->max_points = 0;
	result->verdict = VERDICT_NOT_APPLICABLE;
	for (size_t i = 0; i < result->exercises.len; i++) {
		struct exercise_result *exercise = result->exercises.at[i];
		roll_up_exercise(exercise);
		result->points += exercise->points;
		result->pending += exercise->pending;
		result->max_points += exercise->max_points;
		result->verdict = worse(result->verdict, exercise->verdict);
	}
	for (size_t i = 0; i < result->remedies.len; i++)
		result->points -= result->remedies.at[i].deduction;
	if (result->points < 0)
		result->points = 0;
}

int points_exit_code(const struct result *result)
{
	int code = 0;

	for (size_t i = 0; i < result->exercises.len; i++) {
		const struct exercise_result *exercise =
			result->exercises.at[i];
		for (size_t j = 0; j < exercise->checks.len; j++) {
			const struct check_result *c = exercise->checks.at[j];
			if (c->given_points <= 0)
				continue;
			if (verdict_is_pending(c->verdict))
				return 4;
			if (c->verdict == VERDICT_FAILED ||
			    c->verdict == VERDICT_BLOCKED)
				code = 1;
		}
	}
	return code;
}
