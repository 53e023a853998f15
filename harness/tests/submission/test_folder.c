/* Folders as they lie about: what is copied, and that nothing is written. */
#include "tests/submission/made.h"

#include <fcntl.h>
#include <sys/wait.h>

START_TEST(the_original_is_never_written)
{
	struct stat before, after;
	struct made m;

	made_init(&m);
	made_write(&m, "a/file", "x");
	const char *file = path_join(&m.arena, m.source, "a/file");
	ck_assert_int_eq(stat(file, &before), 0);
	made_must_open(&m, NULL);
	const char *copy = path_join(&m.arena, m.s.root, "a/file");
	ck_assert_int_eq(io_write_file(copy, "changed", 7, 0644, NULL), 0);
	ck_assert_int_eq(stat(file, &after), 0);
	ck_assert_int_eq(before.st_ino == after.st_ino &&
			 before.st_mtim.tv_sec == after.st_mtim.tv_sec &&
			 after.st_size == 1, 1);
	made_release(&m);
}
END_TEST

START_TEST(links_inside_stay_and_links_out_go)
{
	struct made m;

	made_init(&m);
	made_write(&m, "a/b/file", "x");
	const char *at = m.source;
	ck_assert_int_eq(symlink("a/b", path_join(&m.arena, at, "in")), 0);
	ck_assert_int_eq(symlink("../../in/file",
				 path_join(&m.arena, at, "a/b/through")), 0);
	ck_assert_int_eq(symlink("/etc/passwd",
				 path_join(&m.arena, at, "absolute")), 0);
	ck_assert_int_eq(symlink("..", path_join(&m.arena, at, "up")), 0);
	/* `in` is a/b: from there, three up is out. */
	ck_assert_int_eq(symlink("in/../../../x",
				 path_join(&m.arena, at, "sly")), 0);
	ck_assert_int_eq(symlink("loop", path_join(&m.arena, at, "loop")), 0);
	made_must_open(&m, NULL);
	made_expect(&m, "in/file", "x");
	made_expect(&m, "a/b/through", "x");
	static const char *const out[] = { "absolute", "up", "sly" };
	for (size_t i = 0; i < 3; i++) {
		ck_assert_str_eq(made_left_out(&m, out[i]), "outside");
		ck_assert(!made_has(&m, out[i]));
	}
	ck_assert_str_eq(made_left_out(&m, "loop"), "dangling");
	made_release(&m);
}
END_TEST

START_TEST(special_files_and_closed_folders_are_left_out)
{
	struct made m;

	made_init(&m);
	made_write(&m, "file", "x");
	ck_assert_int_eq(mkfifo(path_join(&m.arena, m.source, "pipe"), 0600),
			 0);
	made_must_open(&m, NULL);
	ck_assert_str_eq(made_left_out(&m, "pipe"), "special");
	made_release(&m);
}
END_TEST

/* A database's volume, written by a container, belongs to somebody else. */
START_TEST(what_we_may_not_read_is_left_out)
{
	struct made m;
	int status;

	made_init(&m);
	made_write(&m, "file", "x");
	made_write(&m, "pgdata/PG_VERSION", "16");
	made_write(&m, "secret", "x");
	chmod(path_join(&m.arena, m.source, "pgdata"), 0);
	chmod(path_join(&m.arena, m.source, "secret"), 0);
	chmod(made_path(&m, "tmp"), 0777);
	/* root reads everything. */
	pid_t pid = fork();
	if (pid == 0) {
		if (geteuid() == 0 && setuid(65534) < 0)
			_exit(2);
		struct error err = ERROR_INIT;
		bool good = made_open(&m, NULL, 0, NULL, &err) == 0 &&
			!strcmp(made_left_out(&m, "pgdata"), "unreadable") &&
			!strcmp(made_left_out(&m, "secret"), "unreadable") &&
			made_has(&m, "file");
		made_close(&m);
		_exit(good ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	made_release(&m);
}
END_TEST

START_TEST(names_that_turn_the_writing_are_shown)
{
	struct made m;

	made_init(&m);
	made_write(&m, "good", "x");
	made_write(&m, "evil\nname", "x");
	made_write(&m, "rtl\xe2\x80\xaegnp.exe", "x");
	made_write(&m, "bad\xff", "x");
	made_must_open(&m, NULL);
	ck_assert_uint_eq(json_array_size(m.s.left_out), 2);
	ck_assert_str_eq(made_left_out(&m, "evil␊name"), "name");
	/* A mark of direction is a name like others on disk. */
	ck_assert(made_has(&m, "rtl\xe2\x80\xaegnp.exe"));
	made_release(&m);
}
END_TEST

START_TEST(a_file_of_two_gigabytes_is_refused_before_it_is_read)
{
	struct error err = ERROR_INIT;
	struct made m;

	made_init(&m);
	made_write(&m, "file", "x");
	made_write(&m, "huge.csv", "");
	ck_assert_int_eq(truncate(path_join(&m.arena, m.source, "huge.csv"),
				  (off_t)2 << 30), 0);
	ck_assert_int_eq(made_open(&m, NULL, 0, NULL, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_LIMIT);
	ck_assert_msg(strstr(err.message, "huge.csv: larger than 1024 MiB"),
		      "%s", err.message);
	made_release(&m);
}
END_TEST

START_TEST(the_same_files_have_the_same_digest)
{
	struct made m;

	made_init(&m);
	made_write(&m, "a/file", "x");
	made_must_open(&m, NULL);
	const char *first = arena_strdup(&m.arena, m.s.digest);
	made_must_open(&m, NULL);
	ck_assert_str_eq(m.s.digest, first);
	made_write(&m, "a/file", "y");
	made_must_open(&m, NULL);
	ck_assert_str_ne(m.s.digest, first);
	made_release(&m);
}
END_TEST

/* -------------------------------------------------------------- after a kill */

START_TEST(what_a_killed_run_left_is_cleaned_up)
{
	struct scratch_cleaned cleaned;
	struct made m;
	int status, ready[2];
	char byte;

	made_init(&m);
	made_write(&m, "file", "x");
	ck_assert_int_eq(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		if (made_open(&m, NULL, 0, NULL, NULL) == 0 &&
		    write(ready[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	ck_assert_int_eq((int)read(ready[0], &byte, 1), 1);
	scratch_clean(&cleaned);
	ck_assert_uint_eq(cleaned.removed, 0);
	ck_assert_uint_ge(cleaned.alive, 1);
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	scratch_clean(&cleaned);
	ck_assert_uint_eq(cleaned.removed, 1);
	made_release(&m);
}
END_TEST

START_TEST(a_stack_that_is_kept_keeps_its_copy)
{
	struct scratch_cleaned cleaned;
	struct made m;

	made_init(&m);
	made_write(&m, "file", "x");
	made_must_open(&m, NULL);
	const char *stack = made_path(&m, "stack");
	ck_assert_int_eq(mkdir(stack, 0700), 0);
	ck_assert_int_eq(scratch_keep(&m.s.scratch, stack, NULL), 0);
	made_close(&m);
	scratch_clean(&cleaned);
	ck_assert_uint_eq(cleaned.removed, 0);
	ck_assert_int_eq(rmdir(stack), 0);
	scratch_clean(&cleaned);
	ck_assert_uint_eq(cleaned.removed, 1);
	made_release(&m);
}
END_TEST

/* ----------------------------------------------------------------- bis.yaml */

static const struct {
	const char *text, *note; /* note NULL: none */
	const char *api, *auc;
} maps[] = {
	{ "roles: { api: backend }\nnames: { auc: my_auc }\n", NULL,
	  "backend", "my_auc" },
	{ "roles: { api: backend }\nactions: { train: { run: [rm] } }\n",
	  "`actions` is ignored", "backend", "" },
	{ "roles: { api: 'a b; rm' }\n", "`api` is ignored", "", "" },
	{ "roles: [api]\n", "`roles` is ignored", "", "" },
	{ "just text\n", "`bis.yaml` is ignored", "", "" },
	{ "roles: {\n", "is ignored", NULL, NULL },
	{ "points: 20\n", "`points` is ignored", "", "" },
};

START_TEST(a_map_maps_and_does_nothing_else)
{
	struct made m;

	made_init(&m);
	made_write(&m, "bis.yaml", maps[_i].text);
	made_must_open(&m, NULL);
	ck_assert_uint_eq(m.s.notes.len, maps[_i].note ? 1 : 0);
	if (maps[_i].note)
		ck_assert_msg(made_notes(&m, maps[_i].note), "%s",
			      m.s.notes.at[0].en);
	const char *api = json_string_value(json_object_get(
		json_object_get(m.s.maps, "roles"), "api"));
	const char *auc = json_string_value(json_object_get(
		json_object_get(m.s.maps, "names"), "auc"));
	ck_assert_str_eq(api ? api : "", maps[_i].api ? maps[_i].api : "");
	ck_assert_str_eq(auc ? auc : "", maps[_i].auc ? maps[_i].auc : "");
	made_release(&m);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("submission/folder");
	TCase *tcase = tcase_create("folder");

	tcase_set_timeout(tcase, 120);
	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, the_original_is_never_written);
	tcase_add_test(tcase, links_inside_stay_and_links_out_go);
	tcase_add_test(tcase, special_files_and_closed_folders_are_left_out);
	tcase_add_test(tcase, what_we_may_not_read_is_left_out);
	tcase_add_test(tcase, names_that_turn_the_writing_are_shown);
	tcase_add_test(tcase,
		       a_file_of_two_gigabytes_is_refused_before_it_is_read);
	tcase_add_test(tcase, the_same_files_have_the_same_digest);
	tcase_add_test(tcase, what_a_killed_run_left_is_cleaned_up);
	tcase_add_test(tcase, a_stack_that_is_kept_keeps_its_copy);
	tcase_add_loop_test(tcase, a_map_maps_and_does_nothing_else, 0,
			    (int)(sizeof(maps) / sizeof(*maps)));
	return tests_run(suite);
}
