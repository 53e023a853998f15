#include "diagnose/change.h"

#include "base/language.h"
#include "diagnose/diagnose.h"
#include "diagnose/explain.h"
#include "diagnose/fresh_stack.h"

#include <string.h>

static const struct key_spec later_keys[] = {
	{ .name = "as_of", .type = KEY_STRING, .required = true,
	  .doc = "The AS_OF of the month that is ingested later." },
	{ .name = "month", .type = KEY_STRING, .required = true,
	  .doc = "The month that is ingested later." },
	{ .name = "run", .type = KEY_STEP, .required = true,
	  .doc = "The id of the train step that is repeated." },
	{ 0 },
};
static const struct key_spec run_keys[] = {
	{ .name = "run", .type = KEY_STEP, .required = true,
	  .doc = "The id of the train step that is repeated." },
	{ 0 },
};
static const struct key_spec seed_keys[] = {
	{ .name = "run", .type = KEY_STEP, .required = true,
	  .doc = "The id of the train step that is repeated." },
	{ .name = "seed", .type = KEY_INTEGER, .required = true,
	  .doc = "The other seed." },
	{ 0 },
};

const struct step_syntax change_syntaxes[] = {
	{ "as-of", "Train at another AS_OF: the result must change.",
	  later_keys },
	{ "clock", "Train more than a year later, by the clock.", run_keys },
	{ "features", "Permute the features that the training is seen to "
	  "read: the result must change.", run_keys },
	{ "fresh-stack", "Bring a second stack up from nothing, ingest the "
	  "same data, train there.", run_keys },
	{ "hash-seed", "Train with another hash seed (PYTHONHASHSEED).",
	  run_keys },
	{ "labels", "Permute the labels that the training is seen to read: "
	  "the result must change.", run_keys },
	{ "later-month", "Ingest the next month, train at the old AS_OF.",
	  later_keys },
	{ "locale", "Train in another locale.", run_keys },
	{ "restart", "Stop and start every service, then train.", run_keys },
	{ "row-order", "Rewrite the tables that the training reads in "
	  "another physical order, and have its queries run by other plans.",
	  run_keys },
	{ "seed", "Train with another seed, where there is a knob for it: "
	  "the result must change.", seed_keys },
	{ "surroundings", "Change the clock, the hash seed, the locale, the "
	  "processors and the time zone at once, and find which matters only "
	  "if any does.", run_keys },
	{ "threads", "Train on one processor.", run_keys },
	{ "time-zone", "Train in another time zone.", run_keys },
};
const size_t change_count = ARRAY_SIZE(change_syntaxes);

/* The check is about the ingestion: where the rows' order alone is why, that
 * is the question of `row-order`. */
static int explain_later(struct world *world, struct error *err)
{
	bool order;

	if (explain_later_month(world, &order, err) < 0)
		return -1;
	if (order) {
		world->check->verdict = VERDICT_PASSED;
		world->check->note =
			WORDS("it differs only because the ingestion moved "
			      "rows that nothing orders (see row-order); the "
			      "rows themselves are the same");
	}
	return 0;
}

const struct change changes[] = {
	{ .name = "as-of", .must_matter = true, .apply = apply_as_of,
	  .prove = prove_matrix },
	{ .name = "clock", .spares_data = true,
	  .apply = apply_surrounding,
	  .explain = explain_changed_surroundings },
	{ .name = "features",
	  .title = { "other features give another model",
		     "d'autres features donnent un autre modèle" },
	  .must_matter = true, .apply = apply_features,
	  .prove = prove_matrix },
	{ .name = "fresh-stack",
	  .title = { "another stack from nothing gives the same",
		     "une autre pile, partie de rien, donne la même chose" },
	  .elsewhere = true, .apply = apply_fresh_stack,
	  .prove = prove_fresh_stack, .explain = explain_fresh_stack,
	  .undo = undo_fresh_stack },
	{ .name = "hash-seed", .spares_data = true,
	  .apply = apply_surrounding,
	  .explain = explain_changed_surroundings },
	{ .name = "labels",
	  .title = { "other labels give another model",
		     "d'autres étiquettes donnent un autre modèle" },
	  .must_matter = true, .apply = apply_labels, .prove = prove_matrix },
	{ .name = "later-month", .apply = apply_later_month,
	  .explain = explain_later },
	{ .name = "locale", .spares_data = true,
	  .apply = apply_surrounding,
	  .explain = explain_changed_surroundings },
	{ .name = "restart",
	  .title = { "a restart changes nothing",
		     "un redémarrage ne change rien" },
	  .apply = apply_restart, .explain = explain_restart },
	{ .name = "row-order",
	  .title = { "the order of the rows does not matter",
		     "l'ordre des lignes n'importe pas" },
	  .apply = apply_row_order, .explain = explain_row_order,
	  .undo = undo_row_order },
	{ .name = "seed", .must_matter = true, .spares_data = true,
	  .apply = apply_seed },
	{ .name = "surroundings",
	  .title = { "where and when it runs does not matter",
		     "le lieu et le moment n'importent pas" },
	  .spares_data = true, .apply = apply_surroundings,
	  .explain = explain_changed_surroundings },
	{ .name = "threads", .spares_data = true,
	  .apply = apply_surrounding,
	  .explain = explain_changed_surroundings },
	{ .name = "time-zone", .spares_data = true,
	  .apply = apply_surrounding,
	  .explain = explain_changed_surroundings },
};

const struct change *change_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++)
		if (!strcmp(changes[i].name, name))
			return &changes[i];
	return NULL;
}
