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
	_cleanup_(sql_close) PGconn *conn = NULL;

	ck_assert_int_eq(sql_connect(conninfo, &conn, NULL), 0);
	plans_resolve(&asked, &tables, conn);
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
	_cleanup_(sql_close) PGconn *conn = NULL;
	json_t *names = json_pack("[s]", "churn_label");
	struct replay replay;

	ck_assert_int_eq(sql_connect(conninfo, &conn, NULL), 0);
	replay_statements(&asked, conn, names, &replay);
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

static const char *answer(PGconn *conn, const char *query)
{
	PGresult *result;

	ck_assert_int_eq(sql_run(conn, query, NULL, 0, &result, NULL), 0);
	const char *text = arena_strdup(&asked.arena,
					PQgetvalue(result, 0, 0));
	PQclear(result);
	return text;
}

START_TEST(a_session_is_kept_and_each_question_finds_it_as_new)
{
	struct sql_session session = { .conninfo = NULL };
	PGconn *conn, *next;

	begin();
	session.conninfo = conninfo;
	ck_assert_int_eq(sql_session_ask(&session, &conn, NULL), 0);
	int pid = PQbackendPID(conn);
	sql_run(conn, "SET work_mem = '64kB'", NULL, 0, NULL, NULL);
	sql_run(conn, "CREATE TEMP TABLE left_behind (a int)", NULL, 0, NULL,
		NULL);
	ck_assert_int_eq(sql_session_ask(&session, &next, NULL), 0);
	ck_assert_ptr_eq(next, conn);
	ck_assert_int_eq(PQbackendPID(next), pid);
	ck_assert_str_ne(answer(next, "SHOW work_mem"), "64kB");
	ck_assert_str_eq(answer(next, "SELECT to_regclass('left_behind') IS "
				"NULL"), "t");
	sql_session_end(&session);
	ck_assert_int_eq(sql_session_ask(&session, &conn, NULL), 0);
	ck_assert_int_ne(PQbackendPID(conn), pid);
	sql_session_end(&session);
	end();
}
END_TEST

START_TEST(a_session_that_was_shown_out_or_left_in_the_middle_begins_anew)
{
	struct sql_session session = { .conninfo = NULL };
	PGconn *conn;

	begin();
	session.conninfo = conninfo;
	ck_assert_int_eq(sql_session_ask(&session, &conn, NULL), 0);
	run(arena_printf(&asked.arena, "DO $$ BEGIN PERFORM "
			 "pg_terminate_backend(%d, 5000); END $$",
			 PQbackendPID(conn)));
	ck_assert_int_eq(sql_session_ask(&session, &conn, NULL), 0);
	ck_assert_str_eq(answer(conn, "SELECT 1"), "1");
	ck_assert_int_eq(sql_run(conn, "BEGIN", NULL, 0, NULL, NULL), 0);
	ck_assert_int_eq(sql_session_ask(&session, &conn, NULL), 0);
	ck_assert_int_eq(PQtransactionStatus(conn), PQTRANS_IDLE);
	sql_session_end(&session);
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
	a_session_is_kept_and_each_question_finds_it_as_new,
	a_session_that_was_shown_out_or_left_in_the_middle_begins_anew,
	the_first_stage_that_parts_is_named_and_harmless_tables_are_not)
