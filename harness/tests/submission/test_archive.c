/* Archives as they are handed in, and as nobody should. */
#include "tests/submission/made.h"

static const struct made_entry plain[] = {
	{ .path = "compose.yaml", .text = "services: {}\n" },
	{ .path = "src/train.py", .text = "print(1)\n" },
	{ .path = NULL },
};

START_TEST(every_kind_is_unpacked)
{
	static const char *const names[] = { "x.zip", "x.tar", "x.tar.gz",
					     "x.tar.bz2", "x.tar.xz" };
	struct made m;

	made_init(&m);
	made_must_open(&m, made_archive(&m, names[_i], plain));
	made_expect(&m, "compose.yaml", "services: {}\n");
	made_expect(&m, "src/train.py", "print(1)\n");
	ck_assert_uint_eq(json_array_size(m.s.left_out), 0);
	ck_assert_str_eq(m.s.chosen_by.en, "the archive as it was handed in");
	ck_assert_str_eq(m.s.dated_by.en, "its newest file");
	ck_assert_int_eq(m.s.date, 1700000000 * INT64_C(1000000));
	made_release(&m);
}
END_TEST

START_TEST(one_folder_around_all_is_taken_off)
{
	const struct made_entry entries[] = {
		{ .path = "tp4-main/", .type = AE_IFDIR },
		{ .path = "tp4-main/compose.yaml", .text = "x" },
		{ .path = "__MACOSX/._compose.yaml", .text = "y" },
		{ .path = NULL },
	};
	struct made m;

	made_init(&m);
	made_must_open(&m, made_archive(&m, "x.zip", entries));
	made_expect(&m, "compose.yaml", "x");
	made_release(&m);
}
END_TEST

/* What leads out, or is no file, stays out; the rest is graded. */
static const struct {
	struct made_entry entry;
	const char *reason;
} hostile[] = {
	{ { .path = "../above", .text = "x" }, "name" },
	{ { .path = "a/../../above", .text = "x" }, "name" },
	{ { .path = "/tmp/absolute", .text = "x" }, "name" },
	{ { .path = "a\nb", .text = "x" }, "name" },
	{ { .path = "a/b/.git/config", .text = "x" }, "git" },
	{ { .path = "out", .text = "/etc/passwd", .type = AE_IFLNK },
	  "outside" },
	{ { .path = "up", .text = "src/../../etc", .type = AE_IFLNK },
	  "outside" },
	{ { .path = "nowhere", .text = "nothing", .type = AE_IFLNK },
	  "dangling" },
	{ { .path = "disk", .type = AE_IFBLK }, "special" },
	{ { .path = "pipe", .type = AE_IFIFO }, "special" },
	{ { .path = "compose.yaml", .text = "other" }, "twice" },
	{ { .path = "compose.yaml/below", .text = "x" }, "twice" },
};

START_TEST(what_leads_out_stays_out)
{
	struct made_entry entries[] = { plain[0], plain[1],
					hostile[_i].entry, { .path = NULL } };
	struct made m;

	made_init(&m);
	made_must_open(&m, made_archive(&m, "x.tar", entries));
	made_expect(&m, "compose.yaml", "services: {}\n");
	ck_assert_uint_eq(json_array_size(m.s.left_out), 1);
	ck_assert_str_eq(json_string_value(json_object_get(
				 json_array_get(m.s.left_out, 0), "reason")),
			 hostile[_i].reason);
	ck_assert(!io_exists(made_path(&m, "tmp/above")));
	made_release(&m);
}
END_TEST

/* Written through a link, a file would lie elsewhere. */
START_TEST(nothing_is_written_through_a_link)
{
	const struct made_entry entries[] = {
		{ .path = "a/keep", .text = "x" },
		{ .path = "l", .text = "/tmp", .type = AE_IFLNK },
		{ .path = "l/written-through", .text = "x" },
		{ .path = "in", .text = "a", .type = AE_IFLNK },
		{ .path = NULL },
	};
	struct made m;

	made_init(&m);
	made_must_open(&m, made_archive(&m, "x.tar", entries));
	ck_assert(!io_exists("/tmp/written-through"));
	made_expect(&m, "l/written-through", "x");
	made_expect(&m, "in/keep", "x");
	ck_assert_str_eq(made_left_out(&m, "l"), "outside");
	made_release(&m);
}
END_TEST

static const struct tree_limits small = { 20, 1 << 20, 1 << 19, 4 };

static const struct {
	struct made_entry entry;
	size_t repeats;
	const char *says;
} bombs[] = {
	{ { .path = "zeros", .zeros = 1 << 20 }, 1, "larger than 0 MiB" },
	{ { .path = "f%zu", .zeros = 1 << 18 }, 6, "more than 1 MiB in all" },
	{ { .path = "f%zu", .text = "x" }, 30,
	  "more than 20 files and folders" },
	{ { .path = "a/b/c/d/e/f", .text = "x" }, 1,
	  "folders more than 4 deep" },
};

START_TEST(a_bomb_is_refused_with_its_limit)
{
	struct made_entry entries[40] = { { .path = NULL } };
	struct error err = ERROR_INIT;
	struct made m;

	made_init(&m);
	for (size_t i = 0; i < bombs[_i].repeats; i++) {
		entries[i] = bombs[_i].entry;
		if (bombs[_i].repeats > 1)
			entries[i].path = arena_printf(&m.arena, "f%zu", i);
	}
	for (int zip = 0; zip < 2; zip++) {
		const char *path = made_archive(
			&m, zip ? "bomb.zip" : "bomb.tar.gz", entries);
		err = (struct error)ERROR_INIT;
		ck_assert_int_eq(made_open(&m, path, 0, &small, &err), -1);
		ck_assert_int_eq(err.kind, ERROR_LIMIT);
		ck_assert_msg(strstr(err.message, bombs[_i].says) &&
			      strstr(err.message, "bomb"), "%s", err.message);
	}
	made_release(&m);
}
END_TEST

START_TEST(a_broken_archive_says_so)
{
	struct strbuf bytes = STRBUF_INIT(1 << 20);
	struct error err = ERROR_INIT;
	struct made m;

	made_init(&m);
	const char *path = made_archive(&m, "x.zip", plain);
	ck_assert_int_eq(io_read_file(path, &bytes, NULL), 0);
	ck_assert_int_eq(truncate(path, (off_t)bytes.len / 2), 0);
	ck_assert_int_eq(made_open(&m, path, 0, NULL, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INVALID);
	ck_assert_msg(strstr(err.message, "can't be unpacked"), "%s",
		      err.message);
	strbuf_release(&bytes);
	made_release(&m);
}
END_TEST

START_TEST(what_is_no_submission_is_refused)
{
	static const struct {
		const char *name, *text, *says;
		enum error_kind kind;
	} cases[] = {
		{ "nowhere", NULL, "No such file", ERROR_UNAVAILABLE },
		{ "notes.txt", "hello", "neither a folder nor a .zip",
		  ERROR_INVALID },
		{ "empty.zip", "", "neither a folder nor a .zip",
		  ERROR_INVALID },
	};
	struct error err = ERROR_INIT;
	struct made m;

	made_init(&m);
	const char *path = made_path(&m, cases[_i].name);
	if (cases[_i].text)
		ck_assert_int_eq(io_write_file(path, cases[_i].text,
					       strlen(cases[_i].text), 0644,
					       NULL), 0);
	ck_assert_int_eq(made_open(&m, path, 0, NULL, &err), -1);
	ck_assert_int_eq(err.kind, cases[_i].kind);
	ck_assert_msg(strstr(err.message, cases[_i].says), "%s", err.message);
	made_release(&m);
}
END_TEST

START_TEST(an_archive_without_files_is_refused)
{
	const struct made_entry entries[] = {
		{ .path = "a/", .type = AE_IFDIR }, { .path = NULL } };
	struct error err = ERROR_INIT;
	struct made m;

	made_init(&m);
	ck_assert_int_eq(made_open(&m, made_archive(&m, "x.tar", entries), 0,
				   NULL, &err), -1);
	ck_assert_msg(strstr(err.message, "holds no files"), "%s",
		      err.message);
	made_release(&m);
}
END_TEST

/* The services' user reads the copy, and nobody else does. */
START_TEST(the_copy_is_the_services_own)
{
	struct stat st;
	struct made m;

	made_init(&m);
	made_must_open(&m, made_archive(&m, "x.tar", plain));
	ck_assert_int_eq(stat(m.s.scratch.path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07, 0);
	ck_assert_int_eq(stat(path_join(&m.arena, m.s.root, "src/train.py"),
			      &st), 0);
	ck_assert_uint_eq(st.st_uid, geteuid() == 0 ? 65534 : geteuid());
	ck_assert_int_eq(st.st_mode & 0777, 0644);
	made_release(&m);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("submission/archive");
	TCase *tcase = tcase_create("archive");

	tcase_set_timeout(tcase, 120);
	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, every_kind_is_unpacked, 0, 5);
	tcase_add_test(tcase, one_folder_around_all_is_taken_off);
	tcase_add_loop_test(tcase, what_leads_out_stays_out, 0,
			    (int)(sizeof(hostile) / sizeof(*hostile)));
	tcase_add_test(tcase, nothing_is_written_through_a_link);
	tcase_add_loop_test(tcase, a_bomb_is_refused_with_its_limit, 0,
			    (int)(sizeof(bombs) / sizeof(*bombs)));
	tcase_add_test(tcase, a_broken_archive_says_so);
	tcase_add_loop_test(tcase, what_is_no_submission_is_refused, 0, 3);
	tcase_add_test(tcase, an_archive_without_files_is_refused);
	tcase_add_test(tcase, the_copy_is_the_services_own);
	return tests_run(suite);
}
