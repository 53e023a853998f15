#include "tests/test.h"

#include "base/hash.h"
#include "base/io.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A fresh folder that anybody may write into. */
static void make_folder(char folder[64])
{
	snprintf(folder, 64, "/tmp/iotest-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chmod(folder, 0777), 0);
}

static void write_at(const char *folder, const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	ck_assert_int_eq(io_write_file(path, text, strlen(text), 0640, NULL),
			 0);
}

START_TEST(a_device_or_a_pipe_is_written_to_and_not_replaced)
{
	struct error err = ERROR_INIT;
	char folder[64], path[300];
	struct stat st;

	ck_assert_int_eq(io_write_file("/dev/null", "text", 4, 0644, NULL), 0);
	ck_assert_int_eq(stat("/dev/null", &st), 0);
	ck_assert(S_ISCHR(st.st_mode));
	ck_assert_int_eq(io_write_file("/dev/full", "text", 4, 0644, &err),
			 -1);
	ck_assert_ptr_nonnull(strstr(err.message, "No space left"));
	ck_assert_int_eq(stat("/dev/full", &st), 0);
	ck_assert(S_ISCHR(st.st_mode));
	make_folder(folder);
	snprintf(path, sizeof(path), "%s/pipe", folder);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(io_write_file(path, "text", 4, 0644, &err), -1);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert(S_ISFIFO(st.st_mode));
	/* A link is no pipe, wherever it leads. */
	snprintf(path, sizeof(path), "%s/link", folder);
	ck_assert_int_eq(symlink("/dev/null", path), 0);
	write_at(folder, "link", "text");
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert(S_ISREG(st.st_mode));
	ck_assert_int_eq(io_remove_tree(folder, NULL), 0);
}
END_TEST

START_TEST(a_copied_tree_keeps_modes_and_links_and_leaves_out_pipes)
{
	struct strbuf text = STRBUF_INIT(100);
	char folder[64], path[300], target[16] = "";
	struct stat st;

	make_folder(folder);
	snprintf(path, sizeof(path), "%s/a/b", folder);
	ck_assert_int_eq(io_make_folders(path, 0750, NULL), 0);
	write_at(folder, "a/b/file", "text");
	snprintf(path, sizeof(path), "%s/a/link", folder);
	ck_assert_int_eq(symlink("/etc/passwd", path), 0);
	snprintf(path, sizeof(path), "%s/a/pipe", folder);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	char from[128], to[128];
	snprintf(from, sizeof(from), "%s/a", folder);
	snprintf(to, sizeof(to), "%s/copy", folder);
	ck_assert_int_eq(io_copy_tree(from, to, NULL), 0);
	snprintf(path, sizeof(path), "%s/b/file", to);
	ck_assert_int_eq(io_read_file(path, &text, NULL), 0);
	ck_assert_str_eq(text.buf, "text");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0640);
	snprintf(path, sizeof(path), "%s/link", to);
	ck_assert_int_eq(readlink(path, target, sizeof(target) - 1), 11);
	ck_assert_str_eq(target, "/etc/passwd");
	snprintf(path, sizeof(path), "%s/pipe", to);
	ck_assert(!io_exists(path));
	ck_assert_int_eq(io_copy_tree(from, to, NULL), -1); /* is there */
	strbuf_release(&text);
	ck_assert_int_eq(io_remove_tree(folder, NULL), 0);
}
END_TEST

/* What a service may leave: folders that nobody, it included, can enter. */
static void leave_closed(const char *folder)
{
	static const struct {
		const char *name;
		mode_t mode;
	} closed[] = { { "none", 0 }, { "read", 0400 }, { "enter", 0500 } };
	char path[256];

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s/below", folder,
			 closed[i].name);
		if (io_make_folders(path, 0700, NULL) < 0)
			_exit(2);
		write_at(path, "file", "x");
		snprintf(path, sizeof(path), "%s/%s", folder, closed[i].name);
		write_at(path, "file", "x");
		if (chmod(path, closed[i].mode) < 0)
			_exit(3);
	}
}

START_TEST(folders_that_forbid_it_are_removed_all_the_same)
{
	char folder[64], inner[128];
	int status;

	make_folder(folder);
	snprintf(inner, sizeof(inner), "%s/inner", folder);
	pid_t pid = fork();
	if (pid == 0) {
		/* Root is forbidden nothing. */
		if (!geteuid() && setuid(65534) < 0)
			_exit(4);
		if (mkdir(inner, 0700) < 0)
			_exit(5);
		leave_closed(inner);
		_exit(io_remove_tree(inner, NULL) < 0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert(!io_exists(inner));
	io_remove_tree(folder, NULL);
}
END_TEST

START_TEST(a_link_is_removed_and_not_what_it_leads_to)
{
	char folder[64], link[128], kept[64];

	make_folder(kept);
	write_at(kept, "file", "x");
	make_folder(folder);
	snprintf(link, sizeof(link), "%s/link", folder);
	ck_assert_int_eq(symlink(kept, link), 0);
	ck_assert_int_eq(io_remove_tree(folder, NULL), 0);
	ck_assert(!io_exists(folder));
	snprintf(link, sizeof(link), "%s/file", kept);
	ck_assert(io_exists(link));
	io_remove_tree(kept, NULL);
}
END_TEST

/* The ids are git's: `printf hello | git hash-object --stdin`. */
START_TEST(a_likely_digest_counts_only_where_the_bytes_are_the_same)
{
	static const char hello[] = "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0";
	struct file_digest known, same, other, forged;
	char folder[64], path[128];

	make_folder(folder);
	write_at(folder, "file", "hello");
	snprintf(path, sizeof(path), "%s/file", folder);
	ck_assert_int_eq(hash_file(path, &known, NULL), 0);
	ck_assert_str_eq(known.git_blob, hello);
	forged = known;
	memset(forged.git_blob, '0', SHA1_HEX - 1);
	/* It is not computed again. */
	ck_assert_int_eq(hash_file_like(path, &forged, &same, NULL), 0);
	ck_assert_str_eq(same.sha256, known.sha256);
	ck_assert_str_eq(same.git_blob, forged.git_blob);
	write_at(folder, "file", "hullo"); /* as long */
	ck_assert_int_eq(hash_file_like(path, &forged, &other, NULL), 0);
	ck_assert_str_eq(other.git_blob,
			 "84b22d8ad8cc89188f91470a6044aa09d12ca4b9");
	write_at(folder, "file", "hello, world");
	ck_assert_int_eq(hash_file_like(path, &forged, &other, NULL), 0);
	ck_assert_int_eq(other.size, 12);
	ck_assert_str_ne(other.git_blob, forged.git_blob);
	io_remove_tree(folder, NULL);
}
END_TEST

TESTS_MAIN("base/io", a_device_or_a_pipe_is_written_to_and_not_replaced,
	   a_likely_digest_counts_only_where_the_bytes_are_the_same,
	   a_copied_tree_keeps_modes_and_links_and_leaves_out_pipes,
	   folders_that_forbid_it_are_removed_all_the_same,
	   a_link_is_removed_and_not_what_it_leads_to)
