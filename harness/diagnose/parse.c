#include "diagnose/parse.h"

#include "base/strbuf.h"

#include <jansson.h>
#include <pg_query.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 200 };

/* What a walk over the parse tree gathers. */
struct walk {
	struct arena *arena;
	const struct tables *tables;
	struct statement *statement;
	VEC(const char *) ctes;     /* names that are no tables */
	VEC(const char *) compared; /* columns in comparisons, "x" or "a.x" */
	VEC(const char *) aliases;  /* "alias=table" pairs, flat */
};

static const char *text_of(const json_t *node, const char *key)
{
	return json_string_value(json_object_get(node, key));
}

static bool among(const char *const *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(list[i], name))
			return true;
	return false;
}

static void note_table(struct walk *walk, const struct table_state *table,
		       const char *alias)
{
	*vec_push(&walk->aliases) = arena_strdup(walk->arena, alias);
	*vec_push(&walk->aliases) = table->name;
	for (size_t i = 0; i < walk->statement->reads.len; i++)
		if (!strcmp(walk->statement->reads.at[i].table, table->name))
			return;
	*vec_push(&walk->statement->reads) =
		(struct table_read){ table->name, false };
}

/* Who reads a view reads its tables. */
static void note_relation(struct walk *walk, const json_t *range)
{
	const char *relation = text_of(range, "relname");
	const char *schema = text_of(range, "schemaname");
	const char *alias = text_of(json_object_get(range, "alias"),
				    "aliasname");

	if (!relation || (!schema && among(walk->ctes.at, walk->ctes.len,
					   relation)))
		return;
	const char *name = schema && strcmp(schema, "public")
		? arena_printf(walk->arena, "%s.%s", schema, relation)
		: relation;
	const struct table_state *table = tables_find(walk->tables, name);
	if (!alias)
		alias = relation;
	if (table)
		note_table(walk, table, alias);
	for (size_t i = 0; i < walk->tables->views.len && !table; i++) {
		const struct table_view *view = &walk->tables->views.at[i];
		const struct table_state *below =
			tables_find(walk->tables, view->table);
		if (!strcmp(view->name, name) && below)
			note_table(walk, below, alias);
	}
}

/* ["a", "x"] or ["x"] of a ColumnRef, as "a.x" or "x"; NULL for a star. */
static const char *column_name(struct walk *walk, const json_t *column)
{
	const json_t *fields = json_object_get(column, "fields");
	struct strbuf name = STRBUF_INIT(STRBUF_LINE);
	json_t *field;
	size_t i;

	json_array_foreach(fields, i, field) {
		const char *part =
			text_of(json_object_get(field, "String"), "sval");
		if (!part)
			part = text_of(json_object_get(field, "String"),
				       "str");
		if (!part) {
			strbuf_release(&name);
			return NULL;
		}
		strbuf_addf(&name, "%s%s", i ? "." : "", part);
	}
	const char *copy = arena_strdup(walk->arena, name.buf);
	strbuf_release(&name);
	return copy;
}

/* JOIN ... USING (user_id, as_of) compares both sides' columns. */
static void note_using(struct walk *walk, const json_t *names)
{
	json_t *name;
	size_t i;

	json_array_foreach(names, i, name) {
		const json_t *string = json_object_get(name, "String");
		const char *text = text_of(string, "sval");
		if (!text)
			text = text_of(string, "str");
		if (text)
			*vec_push(&walk->compared) =
				arena_strdup(walk->arena, text);
	}
}

static void gather(struct walk *walk, const json_t *node, bool compared,
		   int depth)
{
	const char *key;
	json_t *child;
	size_t i;

	if (depth > DEPTH_MAX)
		return;
	json_array_foreach(node, i, child)
		gather(walk, child, compared, depth + 1);
	json_object_foreach((json_t *)(uintptr_t)node, key, child) {
		bool inside = compared || !strcmp(key, "A_Expr");
		if (!strcmp(key, "RangeVar")) {
			note_relation(walk, child);
		} else if (!strcmp(key, "ColumnRef") && compared) {
			const char *name = column_name(walk, child);
			if (name)
				*vec_push(&walk->compared) = name;
		} else if (!strcmp(key, "usingClause")) {
			note_using(walk, child);
		} else if (!strcmp(key, "SelectStmt")) {
			/* A subquery's columns count by their own place. */
			gather(walk, child, false, depth + 1);
		} else {
			gather(walk, child, inside, depth + 1);
		}
	}
}

static void gather_ctes(struct walk *walk, const json_t *node, int depth)
{
	const char *key;
	json_t *child;
	size_t i;

	if (depth > DEPTH_MAX)
		return;
	json_array_foreach(node, i, child)
		gather_ctes(walk, child, depth + 1);
	json_object_foreach((json_t *)(uintptr_t)node, key, child) {
		const char *name = !strcmp(key, "CommonTableExpr")
			? text_of(child, "ctename") : NULL;
		if (name)
			*vec_push(&walk->ctes) =
				arena_strdup(walk->arena, name);
		gather_ctes(walk, child, depth + 1);
	}
}

static bool has_word(const char *words, const char *word)
{
	char spaced[256];

	snprintf(spaced, sizeof(spaced), " %s ", word);
	return strstr(words, spaced) != NULL;
}

/* A compared column bounds the table where it is one of its time columns:
 * by the table's alias, or without one where only this table has it. */
static void settle_bounds(struct walk *walk)
{
	for (size_t i = 0; i < walk->compared.len; i++) {
		const char *name = walk->compared.at[i];
		const char *dot = strrchr(name, '.');
		const char *column = dot ? dot + 1 : name;
		for (size_t j = 0; j < walk->statement->reads.len; j++) {
			struct table_read *read = &walk->statement->reads.at[j];
			const struct table_state *table =
				tables_find(walk->tables, read->table);
			bool meant = !dot;
			for (size_t k = 0; dot && k < walk->aliases.len;
			     k += 2)
				if (!strcmp(walk->aliases.at[k + 1],
					    read->table) &&
				    !strncmp(walk->aliases.at[k], name,
					     (size_t)(dot - name)) &&
				    !walk->aliases.at[k][dot - name])
					meant = true;
			if (meant && has_word(table->time_columns, column))
				read->bounded = true;
		}
	}
}

/* The text of the SELECT inside COPY (...) TO: the parentheses are found by
 * the parser's own scanner, not by us: COPY's query is deparsed. */
static const char *copied_query(struct arena *arena, const char *text)
{
	PgQueryProtobufParseResult parsed = pg_query_parse_protobuf(text);
	const char *open = strchr(text, '(');
	const char *query = NULL;

	if (!parsed.error && open) {
		int depth = 0;
		for (const char *p = open; *p && !query; p++) {
			if (*p == '(')
				depth++;
			else if (*p == ')' && --depth == 0)
				query = arena_strndup(arena, open + 1,
						      (size_t)(p - open - 1));
		}
	}
	pg_query_free_protobuf_parse_result(parsed);
	return query;
}

static void classify(struct walk *walk, const json_t *tree)
{
	const json_t *statements = json_object_get(tree, "stmts");
	const json_t *node = json_object_get(json_array_get(statements, 0),
					     "stmt");
	const json_t *select = json_object_get(node, "SelectStmt");
	struct statement *statement = walk->statement;

	if (json_array_size(statements) != 1)
		return;
	const json_t *copy = json_object_get(node, "CopyStmt");
	if (copy && !json_is_true(json_object_get(copy, "is_from"))) {
		select = json_object_get(json_object_get(copy, "query"),
					 "SelectStmt");
		statement->query = select
			? copied_query(walk->arena, statement->text) : NULL;
		if (!statement->query)
			select = NULL;
	}
	statement->reads_only = select &&
		!json_object_get(select, "intoClause") &&
		!json_object_get(select, "lockingClause");
	statement->ordered =
		json_array_size(json_object_get(select, "sortClause")) > 0;
}

void parse_statement(struct arena *arena, const struct tables *tables,
		     struct statement *statement)
{
	struct walk walk = { .arena = arena, .tables = tables,
			     .statement = statement };
	PgQueryParseResult parsed = pg_query_parse(statement->text);
	json_t *tree = parsed.error ? NULL
				    : json_loads(parsed.parse_tree, 0, NULL);

	statement->query = statement->text;
	if (tree) {
		classify(&walk, tree);
		gather_ctes(&walk, tree, 0);
		gather(&walk, tree, false, 0);
		settle_bounds(&walk);
	}
	json_decref(tree);
	pg_query_free_parse_result(parsed);
	vec_release(&walk.ctes);
	vec_release(&walk.compared);
	vec_release(&walk.aliases);
}
