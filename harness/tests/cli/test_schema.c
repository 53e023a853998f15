/*
 * doc/scenario.schema.json is what `bis schema` prints:
 *
 *	./bis schema > doc/scenario.schema.json
 *
 * writes it anew, to be read as a diff.
 */
#include "cli/tables.h"
#include "scenario/schema.h"
#include "tests/test.h"

#include "base/io.h"
#include "base/strbuf.h"

static json_t *load_schema(struct strbuf *text)
{
	const struct scenario_tables tables = cli_tables();
	json_t *schema;

	strbuf_init(text, STRBUF_TEXT);
	schema_print(&tables, text);
	schema = json_loads(text->buf, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_ptr_nonnull(schema);
	return schema;
}

START_TEST(the_committed_schema_is_the_one_that_is_printed)
{
	struct strbuf committed = STRBUF_INIT(STRBUF_TEXT), text;
	char path[4096];

	json_decref(load_schema(&text));
	snprintf(path, sizeof(path), "%s/doc/scenario.schema.json",
		 tests_srcdir());
	ck_assert_int_eq(io_read_file(path, &committed, NULL), 0);
	ck_assert_msg(!strcmp(committed.buf, text.buf),
		      "./bis schema > doc/scenario.schema.json");
	strbuf_release(&committed);
	strbuf_release(&text);
}
END_TEST

static json_t *at(json_t *schema, const char *const *path)
{
	for (; *path; path++)
		schema = json_object_get(schema, *path);
	return schema;
}

START_TEST(every_kind_and_every_change_is_in_it)
{
	const struct scenario_tables tables = cli_tables();
	struct strbuf text;
	json_t *schema = load_schema(&text);
	json_t *steps = at(schema, (const char *const[]){ "$defs", "step",
							  "properties", NULL });
	json_t *changes = at(schema, (const char *const[]){
					     "$defs", "perturbation",
					     "properties", NULL });

	for (size_t i = 0; i < tables.step_count; i++) {
		const char *name = tables.steps[i]->name;

		ck_assert(i == 0 ||
			  strcmp(tables.steps[i - 1]->name, name) < 0);
		ck_assert_ptr_nonnull(at(steps, (const char *const[]){
					name, "properties", "until", NULL }));
	}
	for (size_t i = 0; i < tables.change_count; i++)
		ck_assert_ptr_nonnull(
			json_object_get(changes, tables.changes[i].name));
	json_decref(schema);
	strbuf_release(&text);
}
END_TEST

/* Every $ref leads somewhere. */
static void check_refs(json_t *schema, json_t *node)
{
	const char *key, *ref;
	json_t *value;
	size_t i;

	ref = json_string_value(json_object_get(node, "$ref"));
	if (ref) {
		ck_assert_int_eq(strncmp(ref, "#/$defs/", 8), 0);
		ck_assert_msg(at(schema, (const char *const[]){
					 "$defs", ref + 8, NULL }) != NULL,
			      "%s", ref);
	}
	if (json_is_object(node)) {
		json_object_foreach(node, key, value)
			check_refs(schema, value);
	} else if (json_is_array(node)) {
		json_array_foreach(node, i, value)
			check_refs(schema, value);
	}
}

START_TEST(every_reference_leads_somewhere)
{
	struct strbuf text;
	json_t *schema = load_schema(&text);

	check_refs(schema, schema);
	json_decref(schema);
	strbuf_release(&text);
}
END_TEST

TESTS_MAIN("cli/schema", the_committed_schema_is_the_one_that_is_printed,
	   every_kind_and_every_change_is_in_it,
	   every_reference_leads_somewhere)
