/* Who is graded: the instructor's list, with names that mean harm. */
#include "tests/test.h"

#include "grade/entries.h"

#include "base/io.h"
#include "grade/overrides.h"

#include <stdlib.h>
#include <unistd.h>

static struct arena arena = ARENA_INIT;
static struct entries entries;
static struct error err;

static const char *file_of(const char *ending, const char *text)
{
	const char *dir = getenv("TMPDIR");
	const char *path = arena_printf(&arena, "%s/bt-%d%s", dir ? dir : "/tmp",
					(int)getpid(), ending);

	ck_assert_int_eq(io_write_file(path, text, strlen(text), 0644, NULL),
			 0);
	return path;
}

static int read_list(const char *text)
{
	const char *path = file_of("-class.csv", text);
	int rc = entries_read(&path, 1, &arena, &entries, &err);

	unlink(path);
	return rc;
}

static int read_overrides(const char *text, struct overrides *into)
{
	const char *path = file_of("-overrides.csv", text);
	int rc = overrides_read(path, &entries, &arena, into, &err);

	unlink(path);
	return rc;
}

START_TEST(a_folder_and_an_archive_are_named_by_their_files)
{
	static const char *const operands[] = { "in/ada/", "in/bob.tar.gz",
						"in/c d.zip" };

	ck_assert_int_eq(entries_read(operands, 3, &arena, &entries, &err), 0);
	ck_assert_str_eq(entries.at[0].id, "ada");
	ck_assert_str_eq(entries.at[1].id, "bob");
	ck_assert_str_eq(entries.at[2].id, "c d");
	ck_assert_str_eq(entries.at[2].slug, "c~20d");
}
END_TEST

START_TEST(a_row_has_its_path_beside_the_list_and_its_variables)
{
	ck_assert_int_eq(read_list("id,name,path,commit,var:fault\n"
				   "a,Ada,sub/a.zip,v1,\nb,,,,no-seed\n"), 0);
	ck_assert_uint_eq(entries.len, 2);
	ck_assert_ptr_nonnull(strstr(entries.at[0].path, "/sub/a.zip"));
	ck_assert_str_eq(entries.at[0].commit, "v1");
	ck_assert_uint_eq(entries.at[0].var_count, 0);
	ck_assert_ptr_null(entries.at[1].path);
	ck_assert_str_eq(entries.at[1].vars[0], "fault=no-seed");
}
END_TEST

START_TEST(the_same_id_twice_is_refused_and_names_both)
{
	ck_assert_int_eq(read_list("id\nada\nbob\nada\n"), -1);
	ck_assert_ptr_nonnull(strstr(err.message, "the id `ada`"));
	ck_assert_ptr_nonnull(strstr(err.message, ".csv:2"));
	ck_assert_ptr_nonnull(strstr(err.message, ".csv:4"));
}
END_TEST

START_TEST(two_folders_of_one_name_are_refused)
{
	static const char *const operands[] = { "mon/ada", "tue/ada.zip" };

	ck_assert_int_eq(entries_read(operands, 2, &arena, &entries, &err),
			 -1);
	ck_assert_ptr_nonnull(strstr(err.message, "mon/ada"));
	ck_assert_ptr_nonnull(strstr(err.message, "tue/ada.zip"));
}
END_TEST

START_TEST(a_misspelt_column_is_refused_with_a_suggestion)
{
	ck_assert_int_eq(read_list("id,pth\na,b\n"), -1);
	ck_assert_ptr_nonnull(strstr(err.message, "did you mean `path`?"));
	ck_assert_int_eq(read_list("name\nAda\n"), -1);
	ck_assert_ptr_nonnull(strstr(err.message, "no `id`"));
	ck_assert_int_eq(read_list(""), -1);
	ck_assert_int_eq(read_list("id\n"), -1);
	ck_assert_ptr_nonnull(strstr(err.message, "nobody"));
	ck_assert_int_eq(read_list("id,name\n,Ada\n"), -1);
	ck_assert_ptr_nonnull(strstr(err.message, "without an id"));
}
END_TEST

/* A slug is one component, of characters that neither a shell, a URL nor a
 * terminal reads as more, and tells ids apart. */
START_TEST(any_id_is_a_harmless_file_name)
{
	static const char *const ids[] = {
		"al01", ".", "..", "a/b", "../../etc/passwd", "a b", "a\nb",
		"=cmd()", "<script>", "\"quoted\"", "'", "\xe2\x80\xaegnp",
		"a~20b", "-rf", "$(reboot)", "a.b", "a.", "é",
	};
	const size_t count = sizeof(ids) / sizeof(ids[0]);

	for (size_t i = 0; i < count; i++) {
		const char *slug = entry_slug(&arena, ids[i]);

		ck_assert_str_ne(slug, "");
		ck_assert_uint_eq(strspn(slug, "abcdefghijklmnopqrstuvwxyz"
					 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
					 "-_.~"), strlen(slug));
		ck_assert_int_ne(slug[0], '.');
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(slug, entry_slug(&arena, ids[j]));
	}
}
END_TEST

START_TEST(long_ids_stay_apart_and_short_enough_for_a_file_name)
{
	char a[1001], b[1001];

	memset(a, 'x', 1000);
	memset(b, 'x', 1000);
	a[1000] = b[1000] = '\0';
	b[999] = 'y';
	ck_assert_str_ne(entry_slug(&arena, a), entry_slug(&arena, b));
	ck_assert_uint_le(strlen(entry_slug(&arena, a)), 120);
}
END_TEST

START_TEST(shards_are_the_class_each_once)
{
	size_t total = 0;

	for (size_t i = 1; i <= 3; i++) {
		entries.len = 0;
		ck_assert_int_eq(read_list("id\na\nb\nc\nd\ne\n"), 0);
		entries_keep_shard(&entries, i, 3);
		total += entries.len;
		if (i == 2) {
			ck_assert_str_eq(entries.at[0].id, "b");
			ck_assert_str_eq(entries.at[1].id, "e");
		}
	}
	ck_assert_uint_eq(total, 5);
}
END_TEST

#define HEAD "id,check,points,reason,who,date\n"

START_TEST(an_override_must_say_who_when_and_why)
{
	static const struct {
		const char *text, *complaint;
	} bad[] = {
		{ "id,check,points\na,c,1\n", "no column `reason`" },
		{ HEAD "a,c,1,,M. D,2026-11-20\n", "without `reason`" },
		{ HEAD "a,c,one,why,M. D,2026-11-20\n", "no number" },
		{ HEAD "a,c,-1,why,M. D,2026-11-20\n", "no number" },
		{ HEAD "a,c,nan,why,M. D,2026-11-20\n", "no number" },
		{ HEAD "a,c,1,why,M. D,yesterday\n", "no date" },
		{ HEAD "z,c,1,why,M. D,2026-11-20\n", "nobody in this class" },
		{ HEAD "a,c,1,why,M. D,2026-11-20\n"
		  "a,c,2,why,M. E,2026-11-21\n", "decided the same check" },
	};

	ck_assert_int_eq(read_list("id\na\n"), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct overrides overrides = VEC_INIT;

		ck_assert_int_eq(read_overrides(bad[i].text, &overrides), -1);
		ck_assert_msg(strstr(err.message, bad[i].complaint), "%s",
			      err.message);
		vec_release(&overrides);
	}
}
END_TEST

TESTS_MAIN("grade/entries",
	   a_folder_and_an_archive_are_named_by_their_files,
	   a_row_has_its_path_beside_the_list_and_its_variables,
	   the_same_id_twice_is_refused_and_names_both,
	   two_folders_of_one_name_are_refused,
	   a_misspelt_column_is_refused_with_a_suggestion,
	   any_id_is_a_harmless_file_name,
	   long_ids_stay_apart_and_short_enough_for_a_file_name,
	   shards_are_the_class_each_once,
	   an_override_must_say_who_when_and_why)
