#include "model/forest_params.h"
#include "base/compiler.h"

#include <jansson.h>
#include <string.h>

/* As many as a decoded model may have. */
enum { TREES_MAX = 1000000 };

const struct forest_params forest_params_default = {
	.n_estimators = 100,
	.min_samples_split = {.kind = FOREST_NUMBER_INT, .integer = 2},
	.min_samples_leaf = {.kind = FOREST_NUMBER_INT, .integer = 1},
	.max_features = {.kind = FOREST_NUMBER_SQRT},
	.bootstrap = true,
};

static const char *const criterion_names[] = {
	[CRITERION_GINI] = "gini",
	[CRITERION_ENTROPY] = "entropy",
	[CRITERION_LOG_LOSS] = "log_loss",
};

static const char *const class_weight_names[] = {
	[CLASS_WEIGHT_NONE] = NULL,
	[CLASS_WEIGHT_BALANCED] = "balanced",
	[CLASS_WEIGHT_BALANCED_SUBSAMPLE] = "balanced_subsample",
};

const char *forest_criterion_name(enum forest_criterion criterion)
{
	return criterion_names[criterion];
}

const char *forest_class_weight_name(enum forest_class_weight weight)
{
	return class_weight_names[weight];
}

static int refuse(struct error *err, const char *name, const char *must)
{
	return error_set(err, ERROR_INVALID,
			 "the '%s' parameter of RandomForestClassifier must "
			 "be %s",
			 name, must);
}

/* What values a struct forest_number may take. Unnamed kinds are refused. */
struct number_rule {
	const char *name;
	size_t offset;
	bool none, names;
	int64_t least;      /* of an int; INT64_MIN: ints are refused */
	double above, most; /* of a float in (above, most] */
	bool open;          /* most itself is refused too */
	const char *must;
};

#define RULE(field)                                                            \
	.name = #field, .offset = offsetof(struct forest_params, field)
static const struct number_rule number_rules[] = {
	{RULE(max_depth), .none = true, .least = 1, .above = 1, .most = 0,
	 .must = "an int in the range [1, inf) or None"},
	{RULE(min_samples_split), .least = 2, .above = 0, .most = 1,
	 .must = "an int in the range [2, inf) or a float in the range "
		 "(0.0, 1.0]"},
	{RULE(min_samples_leaf), .least = 1, .above = 0, .most = 1,
	 .open = true,
	 .must = "an int in the range [1, inf) or a float in the range "
		 "(0.0, 1.0)"},
	{RULE(max_features), .none = true, .names = true, .least = 1,
	 .above = 0, .most = 1,
	 .must = "an int in the range [1, inf), a float in the range "
		 "(0.0, 1.0], 'sqrt', 'log2' or None"},
	{RULE(max_leaf_nodes), .none = true, .least = 2, .above = 1, .most = 0,
	 .must = "an int in the range [2, inf) or None"},
	{RULE(max_samples), .none = true, .least = 1, .above = 0, .most = 1,
	 .must = "None, a float in the range (0.0, 1.0] or an int in the "
		 "range [1, inf)"},
	{RULE(n_jobs), .none = true, .least = INT64_MIN, .above = 1, .most = 0,
	 .must = "an int or None"},
};

static struct forest_number *number_field(struct forest_params *params,
					  const struct number_rule *rule)
{
	return (struct forest_number *)((char *)params + rule->offset);
}

static bool number_allowed(const struct forest_number *n,
			   const struct number_rule *rule)
{
	switch (n->kind) {
	case FOREST_NUMBER_NONE:
		return rule->none;
	case FOREST_NUMBER_INT:
		return n->integer >= rule->least;
	case FOREST_NUMBER_FLOAT:
		return n->real > rule->above && n->real <= rule->most &&
		       !(rule->open && n->real == rule->most);
	case FOREST_NUMBER_SQRT:
	case FOREST_NUMBER_LOG2:
		return rule->names;
	}
	return false;
}

int forest_params_check(const struct forest_params *params, struct error *err)
{
	struct forest_params p = *params;

	if (p.n_estimators < 1)
		return refuse(err, "n_estimators",
			      "an int in the range [1, inf)");
	if (p.n_estimators > TREES_MAX)
		return error_set(err, ERROR_LIMIT,
				 "the 'n_estimators' parameter of "
				 "RandomForestClassifier is %lld; more than %d "
				 "trees are not fitted here",
				 (long long)p.n_estimators, TREES_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(number_rules); i++)
		if (!number_allowed(number_field(&p, &number_rules[i]),
				    &number_rules[i]))
			return refuse(err, number_rules[i].name,
				      number_rules[i].must);
	if (!(p.min_weight_fraction_leaf >= 0 &&
	      p.min_weight_fraction_leaf <= 0.5))
		return refuse(err, "min_weight_fraction_leaf",
			      "a float in the range [0.0, 0.5]");
	if (!(p.min_impurity_decrease >= 0))
		return refuse(err, "min_impurity_decrease",
			      "a float in the range [0.0, inf)");
	if (!p.bootstrap && p.max_samples.kind != FOREST_NUMBER_NONE)
		return error_set(err, ERROR_INVALID,
				 "`max_samples` cannot be set if "
				 "`bootstrap=False`");
	return 0;
}

static int parse_number(struct forest_number *ret, const json_t *value,
			const struct number_rule *rule, struct error *err)
{
	const char *text = json_string_value(value);
	struct forest_number n = {0};

	if (json_is_null(value)) {
		n.kind = FOREST_NUMBER_NONE;
	} else if (json_is_integer(value)) {
		n.kind = FOREST_NUMBER_INT;
		n.integer = json_integer_value(value);
	} else if (json_is_real(value)) {
		n.kind = FOREST_NUMBER_FLOAT;
		n.real = json_real_value(value);
	} else if (text && !strcmp(text, "sqrt")) {
		n.kind = FOREST_NUMBER_SQRT;
	} else if (text && !strcmp(text, "log2")) {
		n.kind = FOREST_NUMBER_LOG2;
	} else {
		return refuse(err, rule->name, rule->must);
	}
	*ret = n;
	return 0;
}

static int parse_int(int64_t *ret, const json_t *value, int64_t min,
		     int64_t max, const char *name, const char *must,
		     struct error *err)
{
	if (!json_is_integer(value) || json_integer_value(value) < min ||
	    json_integer_value(value) > max)
		return refuse(err, name, must);
	*ret = json_integer_value(value);
	return 0;
}

static int parse_real(double *ret, const json_t *value, const char *name,
		      struct error *err)
{
	if (!json_is_number(value))
		return refuse(err, name, "a float");
	*ret = json_number_value(value);
	return 0;
}

static int parse_criterion(struct forest_params *p, const json_t *value,
			   struct error *err)
{
	const char *text = json_string_value(value);

	for (size_t i = 0; text && i < ARRAY_SIZE(criterion_names); i++)
		if (!strcmp(text, criterion_names[i])) {
			p->criterion = (enum forest_criterion)i;
			return 0;
		}
	return refuse(err, "criterion",
		      "a str among {'gini', 'log_loss', 'entropy'}");
}

static int parse_class_weight(struct forest_params *p, const json_t *value,
			      struct error *err)
{
	const char *text = json_string_value(value);

	p->class_weight = CLASS_WEIGHT_NONE;
	if (json_is_null(value))
		return 0;
	for (size_t i = 1; text && i < ARRAY_SIZE(class_weight_names); i++)
		if (!strcmp(text, class_weight_names[i])) {
			p->class_weight = (enum forest_class_weight)i;
			return 0;
		}
	return refuse(err, "class_weight",
		      "a str among {'balanced', 'balanced_subsample'} or None");
}

/* The parameters that scikit-learn has and this does not: only their
 * defaults are taken. */
static bool is_default_of_others(const char *name, const json_t *value,
				 bool *ret_known)
{
	*ret_known = true;
	if (!strcmp(name, "oob_score") || !strcmp(name, "warm_start"))
		return json_is_false(value);
	if (!strcmp(name, "ccp_alpha"))
		return json_is_number(value) && json_number_value(value) == 0;
	if (!strcmp(name, "monotonic_cst"))
		return json_is_null(value);
	*ret_known = false;
	return false;
}

static int parse_other(const char *name, const json_t *value, struct error *err)
{
	bool known, is_default = is_default_of_others(name, value, &known);

	if (is_default)
		return 0;
	return error_set(err, ERROR_INVALID,
			 known ? "%s: only scikit-learn's default is supported"
			       : "%s: RandomForestClassifier has no such "
				 "parameter",
			 name);
}

static int parse_one(struct forest_params *p, const char *name,
		     const json_t *value, struct error *err)
{
	int64_t seed;

	for (size_t i = 0; i < ARRAY_SIZE(number_rules); i++)
		if (!strcmp(name, number_rules[i].name))
			return parse_number(number_field(p, &number_rules[i]),
					    value, &number_rules[i], err);
	if (!strcmp(name, "n_estimators"))
		return parse_int(&p->n_estimators, value, 1, INT64_MAX, name,
				 "an int in the range [1, inf)", err);
	if (!strcmp(name, "verbose"))
		return parse_int(&p->verbose, value, 0, INT32_MAX, name,
				 "an int in the range [0, inf)", err);
	if (!strcmp(name, "criterion"))
		return parse_criterion(p, value, err);
	if (!strcmp(name, "class_weight"))
		return parse_class_weight(p, value, err);
	if (!strcmp(name, "min_weight_fraction_leaf"))
		return parse_real(&p->min_weight_fraction_leaf, value, name,
				  err);
	if (!strcmp(name, "min_impurity_decrease"))
		return parse_real(&p->min_impurity_decrease, value, name, err);
	if (!strcmp(name, "bootstrap")) {
		p->bootstrap = json_is_true(value);
		return json_is_boolean(value) ? 0 : refuse(err, name, "a bool");
	}
	if (!strcmp(name, "random_state")) {
		if (parse_int(&seed, value, 0, UINT32_MAX, name,
			      "an int in the range [0, 4294967295]", err) < 0)
			return -1;
		p->random_state = (uint32_t)seed;
		return 0;
	}
	return parse_other(name, value, err);
}

/* Where a character is last before `end`, or 0. */
static size_t last_before(const char *text, size_t end, char c)
{
	while (end > 0)
		if (text[--end] == c)
			return end;
	return 0;
}

/* What does not parse; of a number that no number here holds, its name. */
static int refuse_text(const char *json, size_t len, const json_error_t *problem,
		       struct error *err)
{
	size_t at = problem->position > 0 ? (size_t)problem->position : 0;
	size_t colon, end, start;

	if (json_error_code(problem) != json_error_numeric_overflow)
		return error_set(err, ERROR_INVALID,
				 "the parameters are no JSON object: line %d: "
				 "%s",
				 problem->line, problem->text);
	colon = last_before(json, at < len ? at : len, ':');
	end = last_before(json, colon, '"');
	start = last_before(json, end, '"');
	return error_set(err, ERROR_INVALID,
			 "the '%.*s' parameter of RandomForestClassifier is "
			 "too large a number (line %d)",
			 (int)(end > start ? end - start - 1 : 0),
			 json + start + 1, problem->line);
}

int forest_params_parse(struct forest_params *ret, const char *json, size_t len,
			struct error *err)
{
	struct forest_params p = forest_params_default;
	json_error_t problem;
	json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, &problem);
	const char *name;
	json_t *value;
	int result = 0;

	if (!root)
		return refuse_text(json, len, &problem, err);
	if (!json_is_object(root)) {
		json_decref(root);
		return error_set(err, ERROR_INVALID,
				 "the parameters are no JSON object");
	}
	json_object_foreach(root, name, value)
	{
		result = parse_one(&p, name, value, err);
		if (result < 0)
			break;
	}
	json_decref(root);
	if (!result)
		result = forest_params_check(&p, err);
	if (!result)
		*ret = p;
	return result;
}
