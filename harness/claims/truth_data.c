/* Facts of the data, and the model in every world of them. */
#include "claims/truth.h"

#include "base/language.h"
#include "worlds/month.h"

#include <string.h>

static json_t *number_list(size_t n)
{
	return json_pack("[I]", (json_int_t)n);
}

/* The folders and days of the lab's months. */
static void add_months(const struct worlds_lab *lab, json_t *facts)
{
	json_t *folders = json_array(), *days = json_array();

	for (size_t i = 0; i < lab->n_months; i++) {
		json_array_append_new(folders,
				      json_string(lab->months[i].folder));
		json_array_append_new(days, json_string(lab->months[i].as_of));
	}
	json_object_set_new(facts, "months", folders);
	json_object_set_new(facts, "as-of", days);
}

static void add_columns(const struct worlds_lab *lab, json_t *facts)
{
	json_t *texts = json_array();

	for (size_t f = 0; f < lab->n_features; f++)
		if (lab->features[f].type == FEATURE_TEXT)
			json_array_append_new(
				texts, json_string(lab->features[f].column));
	json_object_set_new(facts, "text-column-count",
			    number_list(json_array_size(texts)));
	json_object_set_new(
		facts, "number-column-count",
		number_list(lab->n_features - json_array_size(texts)));
	json_object_set_new(facts, "feature-count",
			    number_list(lab->n_features));
	json_object_set_new(facts, "text-columns", texts);
}

/* What the text columns hold. */
static int add_categories(const struct worlds_lab *lab, const char *dir,
			  json_t *facts, struct arena *arena, struct error *err)
{
	json_t *categories = json_array();
	struct map seen = MAP_INIT;
	struct month month;
	int result = month_read(&month, lab, &lab->months[0], 0, dir, arena,
				err);

	for (size_t f = 0; !result && f < lab->n_features; f++)
		for (size_t i = 0; month.texts[f] && i < month.n_rows; i++) {
			const char *text = month.texts[f][i];

			if (!text || map_get(&seen, text))
				continue;
			map_put(&seen, text, &seen);
			json_array_append_new(categories, json_string(text));
		}
	map_release(&seen);
	if (!result)
		month_release(&month);
	json_object_set_new(facts, "categories", categories);
	return result;
}

/* Whether a recorded file has the bytes of that model; by its blob id, where
 * only that is left. */
static bool is_file(const json_t *file, const struct world_order *order)
{
	const char *sha256 = json_string_value(json_object_get(file, "sha256"));
	const char *blob = json_string_value(json_object_get(file, "git_blob"));

	return *order->sha256 &&
	       ((sha256 && !strcmp(sha256, order->sha256)) ||
		(blob && !strcmp(blob, order->git_blob)));
}

static const json_t *find_file(const struct truth *truth,
			       const struct world_order *order)
{
	json_t *file;
	size_t i;

	json_array_foreach(json_object_get(truth->recorded, "files"), i, file)
		if (is_file(file, order))
			return file;
	return NULL;
}

static void look_for_recorded(struct truth *truth, struct arena *arena)
{
	for (size_t w = 0; w < truth->worlds->len && !truth->settled; w++) {
		const struct world *world = &truth->worlds->at[w];

		for (size_t i = 0; i < world->n_orders; i++) {
			const struct world_order *order = &world->orders[i];
			const json_t *file = find_file(truth, order);

			if (!file)
				continue;
			truth->settled = world;
			truth->settled_order = order;
			truth->settled_says = arena_printf(
				arena,
				WORDS("The recorded %s is byte for byte the "
				      "model of the world labels=%s, "
				      "features=%s, %s."),
				json_string_value(
					json_object_get(file, "path")),
				world->labels, world->features, order->name);
			*vec_push(&truth->notes) = truth->settled_says;
			return;
		}
	}
}

int truth_take_data(struct truth *truth, const char *lab,
		    const struct worlds_options *options, struct arena *arena,
		    struct error *err)
{
	struct worlds *worlds = arena_new(arena, struct worlds);
	struct worlds_options with = *options;

	with.digests = truth->recorded != NULL;
	if (worlds_lab_read(lab, arena, &truth->lab, err) < 0)
		return -1;
	truth->data = json_object();
	add_months(&truth->lab, truth->data);
	add_columns(&truth->lab, truth->data);
	if (worlds_fit(&truth->lab, &with, arena, worlds, err) < 0 ||
	    add_categories(&truth->lab, options->data, truth->data, arena,
			   err) < 0)
		return -1;
	truth->worlds = worlds;
	look_for_recorded(truth, arena);
	if (worlds->len)
		json_object_set_new(truth->data, "rows",
				    number_list(worlds->at[0].n_rows));
	return 0;
}
