#include "diagnose/replay.h"

#include "base/strbuf.h"
#include "step/sql.h"

#include <string.h>

enum { ROWS_MAX = 2000000 };

/* What a replay gathers, by stage. */
struct gathering {
	const json_t *label_names;
	struct digesting entity_rows, features, labels, matrix;
};

static bool is_label(const struct gathering *g, const char *column)
{
	json_t *name;
	size_t i;

	json_array_foreach(g->label_names, i, name)
		if (!strcmp(json_string_value(name), column))
			return true;
	return false;
}

/* The stage that an answer belongs to, by its columns: the label among a few
 * is the labels, keys and dates alone are the entity rows. */
static struct digesting *stage_of(struct gathering *g, const PGresult *result)
{
	int columns = PQnfields(result);
	bool label = false;

	for (int j = 0; j < columns; j++)
		label |= is_label(g, PQfname(result, j));
	if (label && columns <= 3)
		return &g->labels;
	return columns <= 2 && !label ? &g->entity_rows : &g->features;
}

static void add_rows(struct gathering *g, const PGresult *result)
{
	struct strbuf row = STRBUF_INIT(STRBUF_TEXT);
	struct digesting *stage = stage_of(g, result);

	for (int i = 0; i < PQntuples(result) && i < ROWS_MAX; i++) {
		strbuf_reset(&row);
		for (int j = 0; j < PQnfields(result); j++) {
			strbuf_addch(&row, PQgetisnull(result, i, j) ? 0 : 1);
			strbuf_add(&row, PQgetvalue(result, i, j),
				   (size_t)PQgetlength(result, i, j) + 1);
		}
		digesting_add(stage, row.buf, row.len);
		digesting_add(&g->matrix, row.buf, row.len);
	}
	strbuf_release(&row);
}

void replay_statements(const struct statements *statements, PGconn *conn,
		       const json_t *label_names, struct replay *ret)
{
	struct gathering g = { .label_names = label_names };

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < statements->at.len; i++) {
		const struct statement *statement = statements->at.at[i];
		PGresult *result;
		bool asked = false;
		if (statement->failure || !statement->reads.len)
			continue;
		if (!statement->reads_only ||
		    sql_run(conn, "BEGIN READ ONLY", NULL, 0, NULL, NULL) < 0) {
			ret->missed++;
			continue;
		}
		if (!sql_run(conn, statement->query, statement->params,
			     statement->param_count, &result, NULL)) {
			add_rows(&g, result);
			PQclear(result);
			asked = true;
		}
		ret->replayed += asked;
		ret->missed += !asked;
		sql_run(conn, "ROLLBACK", NULL, 0, NULL, NULL);
	}
	ret->entity_rows = digesting_end(&g.entity_rows);
	ret->features = digesting_end(&g.features);
	ret->labels = digesting_end(&g.labels);
	ret->matrix = digesting_end(&g.matrix);
}
