/* What a model file says of the training that made it: parameters, seed and
 * the order of its columns. */
#include "worlds/lab.h"

#include "base/compiler.h"
#include "format/pickle_summary.h"

#include <stdlib.h>
#include <string.h>

static const struct lab_feature *find_feature(const struct worlds_lab *lab,
					      const char *column)
{
	for (size_t i = 0; i < lab->n_features; i++)
		if (!strcmp(lab->features[i].column, column))
			return &lab->features[i];
	return NULL;
}

static int take_columns(struct worlds_lab *lab, const json_t *names,
			struct arena *arena, struct error *err)
{
	size_t n = json_array_size(names);
	struct lab_feature *features =
		arena_array(arena, n + 1, sizeof(*features));

	for (size_t i = 0; i < n; i++) {
		const char *name = json_string_value(json_array_get(names, i));
		const struct lab_feature *found =
			name ? find_feature(lab, name) : NULL;

		if (!found)
			return error_set(err, ERROR_INVALID,
					 "the model was fitted to a column "
					 "`%s`, which %s does not name",
					 name ? name : "?", lab->path);
		features[i] = *found;
	}
	if (!n)
		return 0; /* fitted without names: the lab's order stays */
	lab->features = features;
	lab->n_features = n;
	return 0;
}

static int take_params(struct worlds_lab *lab, const json_t *summary,
		       struct error *err)
{
	static const char forest[] = "RandomForestClassifier";
	/* What a forest keeps beside its constructor's parameters. */
	static const char *const not_parameters[] = {
		"base_estimator", "estimator", "estimator_params"};
	const json_t *estimator = json_object_get(summary, "estimator");
	const char *class = json_string_value(
		json_object_get(estimator ? estimator : summary, "class"));
	const json_t *from = json_object_get(estimator, "params");
	json_t *params = json_deep_copy(
		from ? from : json_object_get(summary, "params"));
	const char *tail = class ? strrchr(class, '.') : NULL;
	char *text;
	int result;

	for (size_t i = 0; i < ARRAY_SIZE(not_parameters); i++)
		json_object_del(params, not_parameters[i]);
	text = params ? json_dumps(params, 0) : NULL;
	json_decref(params);
	if (!tail || strcmp(tail + 1, forest) != 0 || !text)
		result = error_set(err, ERROR_INVALID,
				   "the model is %s, and worlds are fitted "
				   "with a %s",
				   class ? class : "no estimator", forest);
	else
		result = forest_params_parse(&lab->forest, text, strlen(text),
					     err);
	free(text);
	return result;
}

int worlds_lab_take_model(struct worlds_lab *lab, const char *model,
			  struct arena *arena, struct error *err)
{
	json_t *summary = NULL;
	int result = pickle_summary_file(model, &summary, err);

	if (!result)
		result = take_params(lab, summary, err);
	if (!result)
		result = take_columns(
			lab, json_object_get(summary, "feature_names_in"),
			arena, err);
	json_decref(summary);
	return result < 0 ? error_context(err, "reading %s", model) : 0;
}
