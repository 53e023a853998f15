#include "report/next_steps.h"

#include "report/words.h"

#include <stdlib.h>
#include <string.h>

size_t exercise_number(const struct result *result, size_t index)
{
	size_t number = 0;

	if (words_is_beyond(result->exercises.at[index]))
		return 0;
	for (size_t i = 0; i <= index; i++)
		number += !words_is_beyond(result->exercises.at[i]);
	return number;
}

/* Adds up what waits for a check, however far down the line. */
static void add_blocked(const struct result *result, const char *id,
			struct next_step *step, int depth)
{
	for (size_t i = 0; i < result->exercises.len && depth < 16; i++) {
		const struct exercise_result *e = result->exercises.at[i];

		for (size_t j = 0; j < e->checks.len; j++) {
			const struct check_result *check = e->checks.at[j];

			if (check->verdict != VERDICT_BLOCKED ||
			    !check->blocked_by ||
			    strcmp(check->blocked_by, id))
				continue;
			step->points += check->max_points;
			step->blocks++;
			add_blocked(result, check->id, step, depth + 1);
		}
	}
}

static int rank(const struct next_step *step)
{
	if (step->check->verdict == VERDICT_FAILED)
		return step->points > 0 ? 0 : 2;
	return step->points > 0 ? 1 : 3;
}

static int by_use(const void *a, const void *b)
{
	const struct next_step *x = a, *y = b;

	if (rank(x) != rank(y))
		return rank(x) < rank(y) ? -1 : 1;
	if (x->points > y->points || x->points < y->points)
		return x->points > y->points ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static void find_same_causes(struct next_steps *next)
{
	for (size_t i = 0; i < next->steps.len; i++) {
		struct next_step *step = &next->steps.at[i];

		for (size_t j = 0; j < i && step->diagnosis; j++) {
			const struct next_step *earlier = &next->steps.at[j];

			if (!earlier->diagnosis || earlier->same ||
			    !strcmp(step->diagnosis->cause, "unknown") ||
			    strcmp(earlier->diagnosis->cause,
				   step->diagnosis->cause))
				continue;
			step->same = earlier;
			break;
		}
	}
}

/* The step with the same reason why it could not be decided, or NULL. */
static struct next_step *find_reason(const struct next_steps *next,
				     const struct check_result *check)
{
	for (size_t i = 0; i < next->steps.len; i++) {
		struct next_step *step = &next->steps.at[i];

		if (check->actual && step->check->actual &&
		    step->check->verdict == check->verdict &&
		    verdict_is_pending(check->verdict) &&
		    !strcmp(step->check->actual, check->actual))
			return step;
	}
	return NULL;
}

static void add_step(struct next_steps *next, const struct result *result,
		     size_t exercise, const struct check_result *check,
		     size_t order)
{
	struct next_step *step = find_reason(next, check);

	if (step) {
		step->others++;
		step->points += check->max_points;
		return;
	}
	step = vec_push(&next->steps);
	*step = (struct next_step){
		.check = check,
		.exercise = result->exercises.at[exercise],
		.number = exercise_number(result, exercise),
		.points = check->max_points - check->points,
		.order = order,
		.diagnosis = words_diagnosis(result, check->id),
	};
	add_blocked(result, check->id, step, 0);
}

void next_steps_collect(struct next_steps *next, const struct result *result)
{
	size_t order = 0;

	*next = (struct next_steps){ VEC_INIT };
	for (size_t i = 0; i < result->exercises.len; i++) {
		const struct exercise_result *e = result->exercises.at[i];

		for (size_t j = 0; j < e->checks.len; j++, order++) {
			const struct check_result *check = e->checks.at[j];

			if (check->verdict == VERDICT_FAILED ||
			    verdict_is_pending(check->verdict))
				add_step(next, result, i, check, order);
		}
	}
	if (next->steps.len)
		qsort(next->steps.at, next->steps.len,
		      sizeof(*next->steps.at), by_use);
	find_same_causes(next);
}

void next_steps_release(struct next_steps *next)
{
	vec_release(&next->steps);
}
