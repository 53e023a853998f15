#include "event/result.h"

#include <string.h>

struct result *result_new(struct arena *arena)
{
	struct result *result = arena_new(arena, struct result);

	result->arena = arena;
	return result;
}

static void release_check(struct check_result *check)
{
	json_decref(check->value);
	vec_release(&check->broken);
}

static void release_run(struct train_record *run)
{
	json_decref(run->metrics);
	json_decref(run->params);
	json_decref(run->tags);
	vec_release(&run->artifacts);
}

static void release_diagnosis(struct diagnosis *diagnosis)
{
	for (size_t i = 0; i < diagnosis->evidence.len; i++)
		json_decref(diagnosis->evidence.at[i].data);
	vec_release(&diagnosis->evidence);
}

static void release_hand_in(struct hand_in *hand_in)
{
	if (!hand_in)
		return;
	vec_release(&hand_in->notes);
	vec_release(&hand_in->maps);
	json_decref(hand_in->left_out);
	json_decref(hand_in->recorded);
}

void result_release(struct result *result)
{
	if (!result)
		return;
	for (size_t i = 0; i < result->exercises.len; i++) {
		struct exercise_result *exercise = result->exercises.at[i];
		for (size_t j = 0; j < exercise->checks.len; j++)
			release_check(exercise->checks.at[j]);
		vec_release(&exercise->checks);
	}
	for (size_t i = 0; i < result->runs.len; i++)
		release_run(result->runs.at[i]);
	for (size_t i = 0; i < result->diagnosis.len; i++)
		release_diagnosis(result->diagnosis.at[i]);
	release_hand_in(result->hand_in);
	for (size_t i = 0; i < result->matrix.len; i++)
		json_decref(result->matrix.at[i].stages);
	json_decref(result->vars);
	vec_release(&result->exercises);
	vec_release(&result->runs);
	vec_release(&result->screens);
	vec_release(&result->diagnosis);
	vec_release(&result->matrix);
	vec_release(&result->remedies);
	vec_release(&result->environment);
	vec_release(&result->timings);
	vec_release(&result->commands);
}

struct check_result *result_find_check(const struct result *result,
				       const char *id)
{
	for (size_t i = 0; i < result->exercises.len; i++) {
		const struct exercise_result *exercise =
			result->exercises.at[i];
		for (size_t j = 0; j < exercise->checks.len; j++)
			if (!strcmp(exercise->checks.at[j]->id, id))
				return exercise->checks.at[j];
	}
	return NULL;
}

struct train_record *result_find_run(const struct result *result,
				     const char *id)
{
	for (size_t i = 0; i < result->runs.len; i++)
		if (!strcmp(result->runs.at[i]->id, id))
			return result->runs.at[i];
	return NULL;
}

const char *result_recorded_as(const struct result *result,
			       const char *git_blob)
{
	const json_t *files = result->hand_in
		? json_object_get(result->hand_in->recorded, "files") : NULL;
	json_t *file;
	size_t i;

	json_array_foreach(files, i, file) {
		const char *id = json_string_value(
			json_object_get(file, "git_blob"));
		if (id && !strcmp(id, git_blob))
			return json_string_value(
				json_object_get(file, "path"));
	}
	return NULL;
}

const char *confidence_name(enum confidence confidence)
{
	return confidence == CONFIDENCE_CERTAIN ? "certain"
		: confidence == CONFIDENCE_LIKELY ? "likely" : "possible";
}
