/* Logged metrics, by name. */
#include "compare/ladder.h"

#include "base/number.h"

#include <math.h>
#include <stdio.h>

static const char *print(const json_t *v, char buf[NUMBER_TEXT])
{
	if (!v)
		return "absent";
	if (!json_is_number(v))
		return json_is_string(v) ? json_string_value(v) : "no number";
	return number_format_double(json_number_value(v), buf);
}

static bool equal(const json_t *left, const json_t *right)
{
	if (json_is_number(left) && json_is_number(right))
		return json_number_value(left) == json_number_value(right);
	return left && right && json_equal(left, right);
}

static void compare_metric(const char *name, const json_t *left,
			   const json_t *right, const struct declared *d,
			   struct comparison *c)
{
	bool numbers = json_is_number(left) && json_is_number(right);
	char l[NUMBER_TEXT], r[NUMBER_TEXT];
	uint64_t ulps;

	if (equal(left, right))
		return;
	ulps = numbers ? number_ulps(json_number_value(left),
				     json_number_value(right)) : 0;
	comparison_add(c, declared_volatile_metric(d, name)
			  ? DIFFERENCE_VOLATILE : DIFFERENCE_VALUE,
		       RUNG_NONE, name, print(left, l), print(right, r),
		       numbers ? &ulps : NULL);
}

void compare_metrics(const json_t *left, const json_t *right,
		     const struct compare_options *options,
		     struct comparison *c)
{
	const struct declared *d = options && options->declared
		? options->declared : &declared_mlflow;
	json_t *a = (json_t *)(uintptr_t)left;
	json_t *b = (json_t *)(uintptr_t)right;
	const char *name;
	json_t *value;

	comparison_lower(c, RUNG_METRICS);
	json_object_foreach(a, name, value)
		compare_metric(name, value, json_object_get(b, name), d, c);
	json_object_foreach(b, name, value)
		if (!json_object_get(a, name))
			compare_metric(name, NULL, value, d, c);
}
