/* Rows that were replaced, rows that moved: undone on the running stack, one
 * or the other or both, until the training agrees again. */
#include "diagnose/explain.h"

#include "base/language.h"
#include "diagnose/cause.h"
#include "diagnose/change.h"
#include "diagnose/evidence.h"
#include "diagnose/table_rewrite.h"
#include "step/sql.h"

#include <string.h>

enum { SPARED_MAX = 64 };

/* What a trial takes back of the changed world. */
struct undo {
	bool order, contents;
	const char *table; /* the order of this one alone; NULL: of all */
	/* Contents: these are left as the change made them. */
	const char *spared[SPARED_MAX];
	size_t spared_count;
};

static const char *id_with(struct world *world, const char *suffix)
{
	return arena_printf(world->worlds->runner->options.arena, "%s.%s",
			    world->entry->id, suffix);
}

/* A table that the training reads and whose rows moved. */
static bool has_moved(struct world *world, const char *table)
{
	const struct statement *unbounded;

	return world_reads(world, table, &unbounded) &&
	       tables_compare(&world->worlds->base, &world->now, table).moved;
}

/* What the training reads without a bound on time and the change replaced. */
static bool is_suspect(struct world *world, const char *table,
		       const struct statement **ret_unbounded)
{
	*ret_unbounded = NULL;
	if (!tables_find(&world->worlds->base, table) ||
	    !world_reads(world, table, ret_unbounded))
		return false;
	struct table_change c =
		tables_compare(&world->worlds->base, &world->now, table);
	if (world->suspects_all)
		return c.changed || c.removed || c.added;
	if (!c.changed && !c.removed)
		return false;
	return *ret_unbounded || !world->asked_known;
}

static bool is_spared(const struct undo *undo, const char *table)
{
	for (size_t i = 0; i < undo->spared_count; i++)
		if (!strcmp(undo->spared[i], table))
			return true;
	return false;
}

/* The world's tables as the change left them, but for what is undone. */
static int arrange(struct world *world, const struct undo *undo,
		   struct error *err)
{
	struct tables *base = &world->worlds->base;
	PGconn *conn = NULL;
	const struct statement *unbounded;
	int rc = sql_session_ask(&world->worlds->session, &conn, err);

	for (size_t i = 0; i < world->now.at.len && rc == 0; i++) {
		const struct table_state *now = world->now.at.at[i];
		const struct table_state *before =
			tables_find(base, now->name);
		if (!before || table_is_same(before, now))
			continue;
		bool order = undo->order && has_moved(world, now->name) &&
			(!undo->table || !strcmp(undo->table, now->name));
		if (undo->contents && !is_spared(undo, now->name) &&
		    is_suspect(world, now->name, &unbounded))
			rc = table_put_back(conn, before, err);
		else if (order)
			rc = table_reorder(conn, &world->now, base, now->name,
					   err);
		else
			rc = table_put_back(conn, now, err);
	}
	return rc;
}

static int try_undo(struct world *world, struct undo undo, const char *suffix,
		    bool *ret_agrees, struct error *err)
{
	const struct trial trial = {
		.id = id_with(world, suffix), .purpose = "fix",
		.with = world->worlds->with,
	};

	if (arrange(world, &undo, err) < 0)
		return error_context(err, "trying the fix");
	return world_try(world->worlds, &trial, NULL, ret_agrees, NULL, err);
}

static bool any_table(struct world *world,
		      bool (*has)(struct world *, const char *))
{
	for (size_t i = 0; i < world->now.at.len; i++)
		if (has(world, world->now.at.at[i]->name))
			return true;
	return false;
}

static bool suspects_it(struct world *world, const char *table)
{
	const struct statement *unbounded;

	return is_suspect(world, table, &unbounded);
}

static void add_name(struct strbuf *list, const char *name)
{
	strbuf_addf(list, "%s%s", list->len ? ", " : "", name);
}

/* "labels, plans": the tables that moved. */
static const char *moved_tables(struct world *world)
{
	struct strbuf sb = STRBUF_INIT(STRBUF_LINE);

	for (size_t i = 0; i < world->now.at.len; i++)
		if (has_moved(world, world->now.at.at[i]->name))
			add_name(&sb, world->now.at.at[i]->name);
	const char *names = arena_strdup(world->worlds->runner->options.arena,
					 sb.buf);
	strbuf_release(&sb);
	return names;
}

/* The first statement that reads the table; unordered: and asks for no
 * order. */
static const struct statement *find_read(const struct world *world,
					 const char *table, bool unordered)
{
	const struct statements *asked = world->asked_known
		? &world->asked : &world->worlds->asked;

	for (size_t i = 0; i < asked->at.len; i++) {
		const struct statement *s = asked->at.at[i];
		if (s->failure || !s->reads_only || (unordered && s->ordered))
			continue;
		for (size_t j = 0; j < s->reads.len; j++)
			if (!strcmp(s->reads.at[j].table, table))
				return s;
	}
	return NULL;
}

static const struct statement *first_read(const struct world *world,
					  const char *table)
{
	return find_read(world, table, false);
}

static const struct statement *unordered_read(const struct world *world,
					      const char *table)
{
	return find_read(world, table, true);
}

/* How a trial shows that what it took back was the cause. */
enum proof {
	PROOF_MODEL, /* the training gives the same answer again */
	PROOF_ROWS,  /* its queries return the same rows again, if in another
		      * order, which nothing settles */
};

static void settle(struct diagnosis *diagnosis, enum proof proof)
{
	diagnosis->fix_tried = diagnosis->fix_worked = proof == PROOF_MODEL;
	diagnosis->confidence = proof == PROOF_MODEL ? CONFIDENCE_CERTAIN
						     : CONFIDENCE_LIKELY;
}

/* The diagnosis for rows that were replaced: which tables, whose statement. */
static void name_contents(struct world *world, const struct undo *undo,
			  enum proof proof)
{
	struct worlds *worlds = world->worlds;
	struct arena *arena = worlds->runner->options.arena;
	struct diagnosis *diagnosis = NULL;
	struct strbuf list = STRBUF_INIT(STRBUF_LINE);
	const struct statement *unbounded;

	for (size_t i = 0; i < world->now.at.len; i++) {
		const struct table_state *now = world->now.at.at[i];
		if (is_spared(undo, now->name) ||
		    !is_suspect(world, now->name, &unbounded))
			continue;
		add_name(&list, now->name);
		bool labels = worlds_label_column(worlds, now) != NULL;
		if (!diagnosis)
			diagnosis = diagnosis_new(
				worlds->runner, world->entry->id,
				"labels-not-versioned", now->name);
		if (!labels)
			diagnosis->cause = "features-past-as-of";
		const struct statement *read = unbounded
			? unbounded : first_read(world, now->name);
		if (read)
			evidence_statement(worlds->runner, diagnosis, read,
					   "statement", now->name);
		evidence_rows_changed(world, diagnosis, now->name);
	}
	diagnosis->words = cause_find(diagnosis->cause)->words;
	if (world->suspects_all &&
	    !strcmp(diagnosis->cause, "labels-not-versioned"))
		diagnosis->words = (struct bilingual){
			"The training reads labels that a later ingestion "
			"brought: nothing ties them to AS_OF.",
			"L'entraînement lit des étiquettes qu'une ingestion "
			"ultérieure a apportées : rien ne les lie à AS_OF.",
		};
	evidence_failures(world, diagnosis);
	const char *names = arena_strdup(arena, list.buf);
	strbuf_release(&list);
	settle(diagnosis, proof);
	if (proof == PROOF_ROWS) {
		evidence_note(worlds->runner, diagnosis, "rows", arena_printf(
			arena, WORDS("with the rows of %s as of %s put back "
				     "the training's queries return the same "
				     "rows again"),
			names, worlds->graded->as_of));
		return;
	}
	diagnosis->fix = (struct bilingual){
		arena_printf(arena, "the rows of %s as of %s put back, %s",
			     names, worlds->graded->as_of, undo->order
			     ? "and all rows in their earlier order"
			     : "the rest left as it was"),
		arena_printf(arena, "les lignes de %s du %s remises, %s",
			     names, worlds->graded->as_of, undo->order
			     ? "et toutes les lignes dans l'ordre d'avant"
			     : "le reste inchangé"),
	};
}

/* The diagnosis for rows that moved: of one table, or (NULL) of all. */
static void name_order(struct world *world, const char *table,
		       enum proof proof)
{
	struct runner *runner = world->worlds->runner;
	struct arena *arena = runner->options.arena;
	struct diagnosis *diagnosis = diagnosis_new(
		runner, world->entry->id, "rows-unordered", "entity rows");
	const char *names = table ? table : moved_tables(world);

	for (size_t i = 0; i < world->now.at.len; i++) {
		const char *name = world->now.at.at[i]->name;
		const struct statement *statement =
			unordered_read(world, name);
		if ((table && strcmp(table, name) != 0) ||
		    !has_moved(world, name) || (!table && !statement))
			continue;
		if (statement)
			evidence_statement(runner, diagnosis, statement,
					   "statement", name);
		evidence_rows_moved(world, diagnosis, name);
	}
	settle(diagnosis, proof);
	if (proof == PROOF_ROWS) {
		evidence_note(runner, diagnosis, "order",
			      WORDS("the training's queries return the same "
				    "rows in another order: tables that have "
				    "grown are read by another plan"));
		return;
	}
	diagnosis->fix = (struct bilingual){
		arena_printf(arena, "the rows of %s put back in the order that "
			     "they had", names),
		arena_printf(arena, "les lignes de %s remises dans l'ordre "
			     "qu'elles avaient", names),
	};
}

const char *explain_stage(const struct world *world)
{
	bool order;
	enum stage stage = stages_part(&world->worlds->stages, &world->stages,
				       &order);

	return stage == STAGES ? NULL : arena_printf(
		world->worlds->runner->options.arena, "%s%s",
		stage_name(stage), order ? " (order only)" : "");
}

static void name_nothing(struct world *world)
{
	diagnosis_new(world->worlds->runner, world->entry->id, "unknown",
		      explain_stage(world));
}

/* Tables that can be left as they are while the rest agrees are not why. */
static int spare_harmless(struct world *world, struct undo *undo,
			  struct error *err)
{
	for (size_t i = 0; i < world->now.at.len; i++) {
		const char *name = world->now.at.at[i]->name;
		bool agrees = false;
		if (!suspects_it(world, name) ||
		    undo->spared_count == SPARED_MAX)
			continue;
		undo->spared[undo->spared_count++] = name;
		if (try_undo(world, *undo, arena_printf(
				     world->worlds->runner->options.arena,
				     "without-%s", name), &agrees, err) < 0)
			return -1;
		if (!agrees)
			undo->spared_count--;
	}
	return 0;
}

/* Rows that were only added, or that a condition on time lets through: every
 * table that changed is put back, then as few as it takes. */
static int try_everything(struct world *world, bool moved, struct error *err)
{
	struct undo undo = { .contents = true, .order = moved };
	bool agrees = false;

	world->suspects_all = true;
	if (any_table(world, suspects_it) &&
	    try_undo(world, undo, "fix-all", &agrees, err) < 0)
		return -1;
	if (!agrees) {
		name_nothing(world);
		return 0;
	}
	if (spare_harmless(world, &undo, err) < 0)
		return -1;
	name_contents(world, &undo, PROOF_MODEL);
	return 0;
}

static bool same_multiset(const struct stage_digest *a,
			  const struct stage_digest *b)
{
	return a->known && b->known && !strcmp(a->multiset, b->multiset);
}

/* All that the training asks for, features too, is what it was, but in
 * another order. */
static bool only_order_differs(const struct replay *before,
			       const struct replay *now)
{
	return !before->missed && !now->missed && before->features.known &&
	       same_multiset(&before->matrix, &now->matrix) &&
	       strcmp(before->matrix.sequence, now->matrix.sequence) != 0;
}

/* Where nothing orders the rows, no table that is put back need bring their
 * order back: what they are read with (how large its tables are) has changed,
 * too. Then what the queries return says whether the rows are the same. The
 * last trial's undo is still in place. */
static int settle_by_rows(struct world *world, const struct undo *undo,
			  bool *ret_settled, struct error *err)
{
	struct replay now = { .replayed = 0 };

	*ret_settled = false;
	if (world_replay(world, &now, err) < 0)
		return -1;
	if (!only_order_differs(&world->worlds->replay, &now))
		return 0;
	name_contents(world, undo, PROOF_ROWS);
	name_order(world, NULL, PROOF_ROWS);
	*ret_settled = true;
	return 0;
}

/* The order alone, the rows alone, both: the first that makes it agree. */
int explain_later_month(struct world *world, bool *ret_order,
			struct error *err)
{
	struct undo undo = { .order = true };
	bool moved = any_table(world, has_moved);
	bool agrees = false, settled = false;

	*ret_order = false;
	if (moved && try_undo(world, undo, "order", ret_order, err) < 0)
		return -1;
	*ret_order |= only_order_differs(&world->worlds->replay,
					 &world->replay);
	if (*ret_order)
		return 0; /* another entry's question */
	if (!any_table(world, suspects_it))
		return try_everything(world, moved, err);
	undo = (struct undo){ .contents = true };
	if (try_undo(world, undo, "fix", &agrees, err) < 0)
		return -1;
	if (!agrees && moved) {
		undo.order = true;
		if (try_undo(world, undo, "fix-order", &agrees, err) < 0)
			return -1;
		if (agrees)
			name_order(world, NULL, PROOF_MODEL);
	}
	if (!agrees && settle_by_rows(world, &undo, &settled, err) < 0)
		return -1;
	if (settled)
		return 0;
	if (!agrees)
		return try_everything(world, moved, err);
	name_contents(world, &undo, PROOF_MODEL);
	return 0;
}

/* The earlier order, of one table after the other, those first that a
 * statement reads without asking for one: the table that makes the training
 * agree again is the one whose order mattered. */
static int find_unordered(struct world *world, bool with_statement,
			  const char **ret, struct error *err)
{
	bool agrees = false;

	for (size_t i = 0; i < world->now.at.len && !*ret; i++) {
		const char *name = world->now.at.at[i]->name;
		bool has = unordered_read(world, name) != NULL;
		if (has != with_statement || !has_moved(world, name))
			continue;
		if (try_undo(world, (struct undo){ .order = true,
						   .table = name },
			     name, &agrees, err) < 0)
			return -1;
		if (agrees)
			*ret = name;
	}
	return 0;
}

int explain_row_order(struct world *world, struct error *err)
{
	const char *found = NULL;
	bool agrees = false;

	/* The tables' order is looked at with the plans as they were. */
	undo_row_order(world);
	if (find_unordered(world, true, &found, err) < 0)
		return -1;
	if (!found && try_undo(world, (struct undo){ .order = true }, "order",
			       &agrees, err) < 0)
		return -1;
	if (!found && !agrees)
		name_nothing(world);
	else
		name_order(world, found, PROOF_MODEL);
	return 0;
}

void explain_unmoved(struct runner *runner, const char *check_id, int count,
		     bool model_moved)
{
	struct diagnosis *diagnosis = diagnosis_new(
		runner, check_id,
		model_moved ? "metrics-not-from-model" : "hard-coded",
		"metrics");
	char text[200];

	diagnosis->confidence = CONFIDENCE_LIKELY;
	snprintf(text, sizeof(text),
		WORDS("%d times the training's data were shown "
		 "to change and the logged metrics stayed the same to the "
		 "last bit%s"), count, model_moved
		 ? ", while the model changed" : "");
	evidence_note(runner, diagnosis, "unmoved", text);
}
