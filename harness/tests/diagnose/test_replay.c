#include "tests/postgres.h"

#include "diagnose/parse.h"
#include "diagnose/replay.h"
#include "step/sql.h"

static struct tables tables;
static struct statements asked;
static const char *conninfo;

static const char make[] =
	"CREATE TABLE labels (user_id text PRIMARY KEY, churn_label bool);"
	"CREATE TABLE snapshots (user_id text, as_of date, hours float8,"
	" PRIMARY KEY (user_id, as_of));"
	"CREATE VIEW all_labels AS SELECT * FROM labels;"
	"CREATE VIEW january AS SELECT * FROM snapshots"
	" WHERE as_of = '2024-01-31';"
	"INSERT INTO labels SELECT 'u' || i, i % 3 = 0"
	" FROM generate_series(1, 30) i;"
	"INSERT INTO snapshots SELECT 'u' || i, '2024-01-31', i / 7.0"
	" FROM generate_series(1, 30) i";

static void run(const char *sql)
{
	_cleanup_(sql_close) PGconn *conn = NULL;

	ck_assert_int_eq(sql_connect(conninfo, &conn, NULL), 0);
	PGresult *result = PQexec(conn, sql);
	ck_assert_msg(PQresultStatus(result) == PGRES_COMMAND_OK, "%s",
		      PQerrorMessage(conn));
	PQclear(result);
}

static void begin(void)
{
	_cleanup_(sql_close) PGconn *conn = NULL;

	conninfo = tests_postgres_database();
	run(make);
	ck_assert_int_eq(sql_connect(conninfo, &conn, NULL), 0);
	ck_assert_int_eq(tables_read(conn, &tables, NULL), 0);
}

static struct statement *ask(const char *text, const char *param)
{
	struct statement *s = arena_new(&asked.arena, struct statement);

	s->text = s->shown = text;
	if (param) {
		s->params = arena_array(&asked.arena, 1, sizeof(char *));
		s->params[s->param_count++] = param;
	}
	parse_statement(&asked.arena, &tables, s);
	*vec_push(&asked.at) = s;
	return s;
}

static void end(void)
{
	statements_release(&asked);
	tables_release(&tables);
}

static const struct table_read *reads(const struct statement *s,
				      const char *table)
{
	for (size_t i = 0; i < s->reads.len; i++)
		if (!strcmp(s->reads.at[i].table, table))
			return &s->reads.at[i];
	return NULL;
}

static void resolve(void)
{
	struct error err = ERROR_INIT;

	ck_assert_msg(!plans_resolve(&asked, &tables, conninfo, &err), "%s",
		      err.message);
}

START_TEST(the_table_behind_a_view_is_found_unbounded)
{
	begin();
	struct statement *s = ask("SELECT * FROM all_labels", NULL);
	resolve();
	ck_assert_ptr_nonnull(reads(s, "labels"));
	ck_assert(!reads(s, "labels")->bounded);
	end();
}
END_TEST

START_TEST(a_bound_that_stands_in_the_view_counts)
{
	begin();
	struct statement *s = ask("SELECT user_id FROM january", NULL);
	struct statement *asked_for =
		ask("SELECT user_id FROM snapshots WHERE as_of = $1",
		    "2024-01-31");
	struct statement *all = ask("SELECT hours FROM snapshots", NULL);
	resolve();
	ck_assert(reads(s, "snapshots")->bounded);
	ck_assert(reads(asked_for, "snapshots")->bounded);
	ck_assert(!reads(all, "snapshots")->bounded);
	end();
}
END_TEST

START_TEST(a_statement_that_cannot_be_explained_keeps_what_was_parsed)
{
	begin();
	struct statement *s =
		ask("SELECT no_such_column FROM labels", NULL);
	struct statement *write = ask("DELETE FROM labels", NULL);
	resolve();
	ck_assert_ptr_nonnull(reads(s, "labels"));
	ck_assert(!write->reads_only);
	ck_assert_int_eq(tables_find(&tables, "labels")->row_count, 30);
	end();
}
END_TEST

static struct replay replayed(void)
{
	struct error err = ERROR_INIT;
	json_t *names = json_pack("[s]", "churn_label");
	struct replay replay;

	ck_assert_msg(!replay_statements(&asked, conninfo, names, &replay,
					 &err), "%s", err.message);
	json_decref(names);
	return replay;
}

START_TEST(other_rows_and_another_order_are_told_apart_by_stage)
{
	begin();
	ask("SELECT user_id FROM snapshots", NULL);
	ask("SELECT user_id, as_of, hours FROM snapshots", NULL);
	ask("SELECT user_id, churn_label FROM labels ORDER BY user_id", NULL);
	struct replay before = replayed();
	ck_assert_int_eq(before.replayed, 3);
	run("CREATE TEMP TABLE t AS SELECT * FROM snapshots; DELETE FROM "
	    "snapshots; INSERT INTO snapshots SELECT * FROM t ORDER BY "
	    "md5(user_id); UPDATE labels SET churn_label = NOT churn_label "
	    "WHERE user_id = 'u1'");
	struct replay after = replayed();
	ck_assert_str_eq(before.features.multiset, after.features.multiset);
	ck_assert_str_ne(before.features.sequence, after.features.sequence);
	ck_assert_str_eq(before.entity_rows.multiset,
			 after.entity_rows.multiset);
	ck_assert_str_ne(before.labels.multiset, after.labels.multiset);
	ck_assert_str_ne(before.matrix.multiset, after.matrix.multiset);
	end();
}
END_TEST

static struct stage_digest digest_of(const char *a, const char *b)
{
	struct digesting d = { .rows = 0 };

	digesting_add(&d, a, strlen(a));
	digesting_add(&d, b, strlen(b));
	return digesting_end(&d);
}

START_TEST(the_first_stage_that_parts_is_named_and_harmless_tables_are_not)
{
	struct stages before = { 0 }, now = { 0 };
	bool order;

	before.at[STAGE_SNAPSHOTS] = digest_of("a", "b");
	before.at[STAGE_ENTITY_ROWS] = digest_of("a", "b");
	before.at[STAGE_FEATURES] = digest_of("a", "b");
	before.at[STAGE_LABELS] = digest_of("x", "y");
	now = before;
	ck_assert_int_eq(stages_part(&before, &now, &order), STAGES);
	now.at[STAGE_SNAPSHOTS] = digest_of("a", "c"); /* nobody reads it */
	ck_assert_int_eq(stages_part(&before, &now, &order), STAGES);
	now.at[STAGE_LABELS] = digest_of("y", "x");
	ck_assert_int_eq(stages_part(&before, &now, &order), STAGE_LABELS);
	ck_assert(order);
	now.at[STAGE_FEATURES] = digest_of("a", "c");
	ck_assert_int_eq(stages_part(&before, &now, &order), STAGE_SNAPSHOTS);
	ck_assert(!order);
}
END_TEST

TESTS_MAIN_POSTGRES(
	"diagnose/replay", the_table_behind_a_view_is_found_unbounded,
	a_bound_that_stands_in_the_view_counts,
	a_statement_that_cannot_be_explained_keeps_what_was_parsed,
	other_rows_and_another_order_are_told_apart_by_stage,
	the_first_stage_that_parts_is_named_and_harmless_tables_are_not)
