#include "diagnose/evidence.h"

#include "base/language.h"
#include "diagnose/cause.h"

#include <string.h>

struct diagnosis *diagnosis_new(struct runner *runner,
				const char *check, const char *cause,
				const char *stage)
{
	struct diagnosis *diagnosis =
		arena_new(runner->options.arena, struct diagnosis);

	diagnosis->check = check;
	diagnosis->cause = cause;
	diagnosis->stage = arena_strdup(runner->options.arena, stage);
	diagnosis->confidence = CONFIDENCE_POSSIBLE;
	diagnosis->words = cause_find(cause)->words;
	*vec_push(&runner->options.result->diagnosis) = diagnosis;
	return diagnosis;
}

void evidence_rows_changed(struct world *world, struct diagnosis *diagnosis,
			   const char *table)
{
	struct table_change c =
		tables_compare(&world->worlds->base, &world->now, table);

	struct arena *arena = world->worlds->runner->options.arena;
	const char *text = c.removed && !c.changed
		? arena_printf(arena,
			WORDS("table %s: %zu of %zu rows are gone since "
			       "the first training, %zu were added"), table,
			       c.removed, c.of, c.added)
		: c.changed || !c.added
		? arena_printf(arena,
			WORDS("table %s: %zu of %zu rows changed since "
			       "the first training"), table, c.changed, c.of)
		: arena_printf(arena,
			WORDS("table %s: %zu rows added to %zu since "
			       "the first training"), table, c.added, c.of);

	*vec_push(&diagnosis->evidence) = (struct evidence){
		.kind = "rows-changed", .text = text,
		.data = json_pack("{s:s,s:I,s:I}", "table", table,
				  "changed", (json_int_t)c.changed, "of",
				  (json_int_t)c.of),
	};
}

void evidence_rows_moved(struct world *world, struct diagnosis *diagnosis,
			 const char *table)
{
	struct table_change c =
		tables_compare(&world->worlds->base, &world->now, table);

	*vec_push(&diagnosis->evidence) = (struct evidence){
		.kind = "rows-moved",
		.text = arena_printf(world->worlds->runner->options.arena,
				     WORDS("table %s: %zu of %zu rows "
				           "moved"), table,
				     c.moved, c.of),
		.data = json_pack("{s:s,s:I,s:I}", "table", table,
				  "moved", (json_int_t)c.moved, "of",
				  (json_int_t)c.of),
	};
}

void evidence_statement(struct runner *runner, struct diagnosis *diagnosis,
			const struct statement *statement, const char *kind,
			const char *table)
{
	json_t *data = json_object();

	if (table)
		json_object_set_new(data, "table", json_string(table));
	if (statement->failure)
		json_object_set_new(data, "error",
				    json_string(statement->failure));
	*vec_push(&diagnosis->evidence) = (struct evidence){
		.kind = kind,
		.text = arena_strdup(runner->options.arena, statement->shown),
		.data = data,
	};
}

void evidence_failures(struct world *world, struct diagnosis *diagnosis)
{
	for (size_t i = 0; world->asked_known && i < world->asked.at.len; i++)
		if (world->asked.at.at[i]->failure)
			evidence_statement(world->worlds->runner, diagnosis,
					   world->asked.at.at[i],
					   "failed-statement", NULL);
}

void evidence_note(struct runner *runner, struct diagnosis *diagnosis,
		   const char *kind, const char *text)
{
	*vec_push(&diagnosis->evidence) = (struct evidence){
		.kind = kind,
		.text = arena_strdup(runner->options.arena, text),
	};
}
