#include "worlds/worlds_json.h"

#include <string.h>

static json_t *text_or_null(const char *text)
{
	return text && *text ? json_string(text) : json_null();
}

static json_t *metric_json(const struct metric_target *target,
			   const struct metric_standing *s)
{
	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:f, s:f}", "metric",
			 lab_metric_name(target->metric), "value",
			 target->text, "orders", (json_int_t)s->orders,
			 "reached", (json_int_t)s->reached, "same",
			 (json_int_t)s->same, "min", s->min, "max", s->max);
}

/* What every order with a name gives. */
static json_t *named_json(const struct world *world)
{
	json_t *list = json_array();

	for (size_t i = 0; i < world->n_orders; i++) {
		const struct world_order *o = &world->orders[i];
		json_t *metrics = json_object();

		for (int m = 0; m < LAB_METRICS && !o->failed; m++)
			json_object_set_new(
				metrics, lab_metric_name((enum lab_metric)m),
				json_real(o->metrics[m]));
		if (o->name)
			json_array_append_new(
				list,
				json_pack("{s:s, s:o, s:o, s:o, s:o, s:I}",
					  "order", o->name, "metrics", metrics,
					  "error", text_or_null(o->why),
					  "sha256", text_or_null(o->sha256),
					  "git_blob",
					  text_or_null(o->git_blob), "bytes",
					  (json_int_t)o->bytes));
		else
			json_decref(metrics);
	}
	return list;
}

/* Those that count in ranges. */
static size_t usual_orders(const struct world *world)
{
	size_t n = 0;

	for (size_t i = 0; i < world->n_orders; i++)
		n += !world->orders[i].other_reading;
	return n;
}

static json_t *world_json(const struct world_standing *s,
			  const struct metric_target *targets, size_t n)
{
	json_t *metrics = json_array();
	json_t *world = json_pack(
		"{s:s, s:s, s:I, s:I}", "labels", s->world->labels, "features",
		s->world->features, "rows", (json_int_t)s->world->n_rows,
		"orders", (json_int_t)usual_orders(s->world));

	for (size_t i = 0; i < n; i++)
		json_array_append_new(metrics,
				      metric_json(&targets[i], &s->metrics[i]));
	if (n) {
		const struct metric_standing *first = &s->metrics[0];

		json_object_set_new(world, "reached",
				    json_integer((json_int_t)first->reached));
		json_object_set_new(world, "min", json_real(first->min));
		json_object_set_new(world, "max", json_real(first->max));
	}
	json_object_set_new(world, "exact", text_or_null(s->exact));
	json_object_set_new(world, "exact_random",
			    json_integer((json_int_t)s->exact_random));
	json_object_set_new(world, "model", text_or_null(s->model));
	json_object_set_new(world, "metrics", metrics);
	json_object_set_new(world, "named", named_json(s->world));
	return world;
}

json_t *worlds_json(const struct worlds *worlds,
		    const struct world_standing *list,
		    const struct metric_target *targets, size_t n_targets)
{
	json_t *all = json_array();

	for (size_t w = 0; w < worlds->len; w++)
		json_array_append_new(
			all, world_json(&list[w], targets, n_targets));
	return json_pack("{s:o}", "worlds", all);
}

static void say_exact(const struct world_standing *s, size_t n_targets,
		      struct strbuf *into)
{
	const char *what = n_targets > 1 ? "all of them" : "it";

	if (s->exact)
		strbuf_addf(into, "  exactly %s: labels=%s, features=%s, %s\n",
			    what, s->world->labels, s->world->features,
			    s->exact);
	else if (s->exact_random)
		strbuf_addf(into,
			    "  %zu random order%s in the world labels=%s, "
			    "features=%s give%s %s, which may be chance\n",
			    s->exact_random, s->exact_random == 1 ? "" : "s",
			    s->world->labels, s->world->features,
			    s->exact_random == 1 ? "s" : "", what);
}

static void say_model(const struct worlds *worlds,
		      const struct world_standing *list, const char *digest,
		      struct strbuf *into)
{
	bool found = false;

	for (size_t w = 0; w < worlds->len; w++) {
		if (!list[w].model)
			continue;
		found = true;
		strbuf_addf(into,
			    "The model is, byte for byte, the one trained in "
			    "the world labels=%s, features=%s, %s.\n",
			    list[w].world->labels, list[w].world->features,
			    list[w].model);
	}
	if (digest && !found)
		strbuf_addstr(into, "No named row order gives a model of the "
				    "same bytes.\n");
}

void worlds_say(const struct worlds *worlds, const struct world_standing *list,
		const struct metric_target *targets, size_t n_targets,
		const char *digest, struct strbuf *into)
{
	say_model(worlds, list, digest, into);
	for (size_t i = 0; i < n_targets; i++) {
		strbuf_addf(into, "%s\n", targets[i].name);
		for (size_t w = 0; w < worlds->len; w++) {
			strbuf_addstr(into, "  ");
			metric_standing_say(&list[w].metrics[i], &targets[i],
					    list[w].world, into);
			strbuf_addch(into, '\n');
		}
	}
	if (n_targets > 1)
		for (size_t w = 0; w < worlds->len; w++)
			if (list[w].exact || list[w].exact_random) {
				strbuf_addstr(into, "together\n");
				break;
			}
	for (size_t w = 0; w < worlds->len; w++)
		say_exact(&list[w], n_targets, into);
}
