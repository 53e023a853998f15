/* A cluster that is made once for many stacks: what the next begins with is
 * what initdb made, whatever the last one did. */
#include "tests/stack/stack_fixture.h"

#include "base/path.h"
#include "stack/kept_cluster.h"

static int sql(struct stack *stack, const char *text)
{
	return postgres_execute(stack_database(stack, NULL), text, NULL);
}

/* Of this version of PostgreSQL, in that folder. */
static const char *kept(struct fixture *f)
{
	struct postgres_programs programs;

	ck_assert_int_eq(postgres_find(&f->arena, &programs, NULL), 0);
	return arena_printf(&f->arena, "%s/clusters/pg-%s", f->folder,
			    programs.version);
}

static void again(struct fixture *f)
{
	stack_close(f->stack);
	fixture_up(f);
}

/* A line of the kept cluster's own file: only a copy of it obeys. */
static void mark(const char *cluster)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/postgresql.conf", cluster);
	file = fopen(path, "ae");
	ck_assert_ptr_nonnull(file);
	fputs("bis.mark = 'copied'\n", file);
	fclose(file);
}

START_TEST(the_next_stack_begins_with_a_copy)
{
	struct fixture f;
	struct stat st;

	fixture_init(&f, TWO_SERVICES);
	ck_assert_int_eq(mkdir(path_join(&f.arena, f.folder, "clusters"), 0700),
			 0);
	setenv(KEPT_CLUSTERS, path_join(&f.arena, f.folder, "clusters"), 1);
	fixture_up(&f);
	ck_assert_int_eq(sql(f.stack, "CREATE TABLE left_behind (a int)"), 0);
	ck_assert_int_eq(stat(kept(&f), &st), 0);
	/* Closed to the account that services run as. */
	ck_assert_uint_eq(st.st_uid, geteuid());
	ck_assert_uint_eq(st.st_mode & 0777, 0700);
	mark(kept(&f));
	again(&f);
	ck_assert_int_eq(sql(f.stack, "SELECT 1 / (current_setting('bis.mark') "
			     "= 'copied')::int"), 0);
	ck_assert_int_eq(sql(f.stack, "SELECT * FROM left_behind"), -1);
	ck_assert_int_eq(sql(f.stack, "CREATE TABLE left_behind (a int)"), 0);
	again(&f);
	ck_assert_int_eq(sql(f.stack, "SELECT * FROM left_behind"), -1);
	unsetenv(KEPT_CLUSTERS);
	fixture_release(&f);
}
END_TEST

START_TEST(nothing_is_kept_unasked)
{
	struct fixture f;

	fixture_init(&f, TWO_SERVICES);
	ck_assert_int_eq(mkdir(path_join(&f.arena, f.folder, "clusters"), 0700),
			 0);
	fixture_up(&f);
	ck_assert(!io_exists(kept(&f)));
	fixture_release(&f);
}
END_TEST

int main(void)
{
	fixture_need_postgres();
	Suite *suite = suite_create("stack/kept_cluster");
	TCase *tcase = tcase_create("cluster");

	tcase_set_timeout(tcase, 240);
	tcase_add_test(tcase, the_next_stack_begins_with_a_copy);
	tcase_add_test(tcase, nothing_is_kept_unasked);
	suite_add_tcase(suite, tcase);
	return tests_run(suite);
}
