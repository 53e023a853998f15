#include "diagnose/replay.h"

#include "base/strbuf.h"
#include "step/sql.h"

#include <ctype.h>
#include <string.h>

enum { DEPTH_MAX = 100 };

/* The plan of a statement, from a read-only transaction; NULL where it can't
 * be had. */
static json_t *explain(PGconn *conn, const struct statement *statement)
{
	struct strbuf query = STRBUF_INIT(STRBUF_TEXT);
	PGresult *result = NULL;
	json_t *plan = NULL;

	if (statement->failure || !statement->reads_only)
		return NULL;
	strbuf_addf(&query, "EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) %s",
		    statement->query);
	if (!query.truncated &&
	    !sql_run(conn, "BEGIN READ ONLY", NULL, 0, NULL, NULL)) {
		if (!sql_run(conn, query.buf, statement->params,
			     statement->param_count, &result, NULL))
			plan = json_loads(PQgetvalue(result, 0, 0), 0, NULL);
		PQclear(result);
		sql_run(conn, "ROLLBACK", NULL, 0, NULL, NULL);
	}
	strbuf_release(&query);
	return plan;
}

static const char *text_of(const json_t *node, const char *key)
{
	return json_string_value(json_object_get(node, key));
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Whether a condition names alias.column, as VERBOSE writes it. */
static bool names_column(const char *condition, const char *alias,
			 const char *column)
{
	char name[256];
	size_t len = (size_t)snprintf(name, sizeof(name), "%s.%s", alias,
				      column);

	for (const char *p = condition; (p = strstr(p, name)); p++)
		if ((p == condition || !is_word(p[-1])) && !is_word(p[len]))
			return true;
	return false;
}

/* Whether any condition of any node compares one of the table's times. */
static bool is_bounded(const json_t *node, const struct table_state *table,
		       const char *alias, int depth)
{
	static const char *const conditions[] = {
		"Filter", "Index Cond", "Recheck Cond", "Hash Cond",
		"Merge Cond", "Join Filter",
	};
	json_t *child;
	size_t i;

	if (depth > DEPTH_MAX)
		return false;
	for (i = 0; i < ARRAY_SIZE(conditions); i++) {
		const char *condition = text_of(node, conditions[i]);
		for (size_t j = 0; condition && j < table->columns.len; j++)
			if (table->columns.at[j].is_time &&
			    names_column(condition, alias,
					 table->columns.at[j].name))
				return true;
	}
	json_array_foreach(json_object_get(node, "Plans"), i, child)
		if (is_bounded(child, table, alias, depth + 1))
			return true;
	return false;
}

static struct table_read *find_read(struct statement *statement,
				    const char *table)
{
	for (size_t i = 0; i < statement->reads.len; i++)
		if (!strcmp(statement->reads.at[i].table, table))
			return &statement->reads.at[i];
	return NULL;
}

/* Every scan below a node; `root` is where conditions are looked for. */
static void note_scans(struct statement *statement,
		       const struct tables *tables, const json_t *root,
		       const json_t *node, int depth)
{
	const char *relation = text_of(node, "Relation Name");
	const char *schema = text_of(node, "Schema");
	const char *alias = text_of(node, "Alias");
	char name[256];
	json_t *child;
	size_t i;

	if (depth > DEPTH_MAX)
		return;
	if (relation) {
		bool public = !schema || !strcmp(schema, "public");
		snprintf(name, sizeof(name), "%s%s%s", public ? "" : schema,
			 public ? "" : ".", relation);
		const struct table_state *table = tables_find(tables, name);
		struct table_read *read =
			table ? find_read(statement, table->name) : NULL;
		if (table && !read) {
			read = vec_push(&statement->reads);
			read->table = table->name;
		}
		if (read && is_bounded(root, table, alias ? alias : relation,
				       0))
			read->bounded = true;
	}
	json_array_foreach(json_object_get(node, "Plans"), i, child)
		note_scans(statement, tables, root, child, depth + 1);
}

void plans_resolve(struct statements *statements, const struct tables *tables,
		   PGconn *conn)
{
	for (size_t i = 0; i < statements->at.len; i++) {
		json_t *plan = explain(conn, statements->at.at[i]);
		const json_t *root = json_object_get(json_array_get(plan, 0),
						     "Plan");
		if (root)
			note_scans(statements->at.at[i], tables, root, root,
				   0);
		json_decref(plan);
	}
}

int plans_look(const struct statements *statements, const char *conninfo,
	       struct plans *ret, struct error *err)
{
	_cleanup_(sql_close) PGconn *conn = NULL;
	struct sha256 sum;

	if (sql_connect(conninfo, &conn, err) < 0)
		return -1;
	memset(ret, 0, sizeof(*ret));
	sha256_init(&sum);
	for (size_t i = 0; i < statements->at.len; i++) {
		json_t *plan = explain(conn, statements->at.at[i]);
		char *text = plan ? json_dumps(plan, JSON_SORT_KEYS) : NULL;
		if (text) {
			sha256_add(&sum, text, strlen(text) + 1);
			ret->count++;
			ret->parallel += strstr(text, "\"Gather") != NULL;
		}
		free(text);
		json_decref(plan);
	}
	sha256_finish(&sum, ret->digest);
	return 0;
}
