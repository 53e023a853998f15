/* Facts of the data, and the model in every world of them. */
#include "claims/truth.h"

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

int truth_take_data(struct truth *truth, const char *lab,
		    const struct worlds_options *options, struct arena *arena,
		    struct error *err)
{
	struct worlds *worlds = arena_new(arena, struct worlds);

	if (worlds_lab_read(lab, arena, &truth->lab, err) < 0)
		return -1;
	truth->data = json_object();
	add_months(&truth->lab, truth->data);
	add_columns(&truth->lab, truth->data);
	if (worlds_fit(&truth->lab, options, arena, worlds, err) < 0 ||
	    add_categories(&truth->lab, options->data, truth->data, arena,
			   err) < 0)
		return -1;
	truth->worlds = worlds;
	if (worlds->len)
		json_object_set_new(truth->data, "rows",
				    number_list(worlds->at[0].n_rows));
	return 0;
}
