#include "tests/test.h"

#include "base/io.h"
#include "stack/state_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct account nobody_else = { .drop = false };

struct fixture {
	char root[64], here[80], there[80];
	struct state_folder folder;
};

static char *in(const char *folder, const char *name)
{
	static char path[2][256];
	static int turn;

	turn = !turn;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", folder, name);
	return path[turn];
}

static void put(const char *folder, const char *name, const char *text)
{
	ck_assert_int_eq(io_write_file(in(folder, name), text, strlen(text),
				       0640, NULL), 0);
}

static bool holds(const char *folder, const char *name, const char *text)
{
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT(1000);

	return !io_read_file(in(folder, name), &sb, NULL) &&
	       !strcmp(sb.buf, text);
}

static ino_t inode(const char *folder, const char *name)
{
	struct stat st;

	ck_assert_int_eq(lstat(in(folder, name), &st), 0);
	return st.st_ino;
}

static void begin(struct fixture *f)
{
	struct error err = ERROR_INIT;

	memset(f, 0, sizeof(*f));
	snprintf(f->root, sizeof(f->root), "/tmp/bt-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(f->root));
	snprintf(f->here, sizeof(f->here), "%s/here", f->root);
	snprintf(f->there, sizeof(f->there), "%s/there", f->root);
	io_make_folders(in(f->here, "run/artifacts"), 0755, NULL);
	put(f->here, "run/artifacts/model", "a model");
	put(f->here, "run/meta", "meta");
	ck_assert_int_eq(symlink("meta", in(f->here, "run/link")), 0);
	ck_assert_msg(!state_folder_keep(&f->folder, f->here, f->there,
					 &nobody_else, &err), "%s",
		      err.message);
}

static void put_back(struct fixture *f)
{
	struct error err = ERROR_INIT;

	ck_assert_msg(!state_folder_put_back(&f->folder, &nobody_else, &err),
		      "%s", err.message);
}

static void end(struct fixture *f)
{
	state_folder_release(&f->folder);
	io_remove_tree(f->root, NULL);
}

START_TEST(what_was_not_touched_stays_the_file_it_is)
{
	struct fixture f;

	begin(&f);
	ino_t before = inode(f.here, "run/artifacts/model");
	put(f.here, "run/new", "new");
	put_back(&f);
	ck_assert(inode(f.here, "run/artifacts/model") == before);
	ck_assert(!io_exists(in(f.here, "run/new")));
	end(&f);
}
END_TEST

START_TEST(a_file_written_in_place_comes_back_though_size_and_time_are_kept)
{
	struct fixture f;
	struct stat st;

	begin(&f);
	stat(in(f.here, "run/meta"), &st);
	int fd = open(in(f.here, "run/meta"), O_WRONLY);
	ck_assert_int_eq(write(fd, "META", 4), 4);
	const struct timespec times[] = { st.st_atim, st.st_mtim };
	ck_assert_int_eq(futimens(fd, times), 0);
	close(fd);
	put_back(&f);
	ck_assert(holds(f.here, "run/meta", "meta"));
	ck_assert(holds(f.there, "run/meta", "meta"));
	end(&f);
}
END_TEST

START_TEST(what_was_removed_or_became_another_thing_comes_back)
{
	struct fixture f;
	char target[16] = "";
	struct stat st;

	begin(&f);
	io_remove_tree(in(f.here, "run/artifacts"), NULL);
	put(f.here, "run/artifacts", "a file in a folder's place");
	unlink(in(f.here, "run/link"));
	put(f.here, "run/link", "no link");
	put_back(&f);
	ck_assert(holds(f.here, "run/artifacts/model", "a model"));
	ck_assert_int_eq(readlink(in(f.here, "run/link"), target, 15), 4);
	ck_assert_str_eq(target, "meta");
	stat(in(f.here, "run/artifacts/model"), &st);
	ck_assert_int_eq(st.st_mode & 07777, 0640);
	end(&f);
}
END_TEST

START_TEST(it_comes_back_as_often_as_one_likes)
{
	struct fixture f;

	begin(&f);
	for (int i = 0; i < 3; i++) {
		put(f.here, "run/meta", "other");
		put_back(&f);
		ck_assert(holds(f.here, "run/meta", "meta"));
	}
	ino_t before = inode(f.here, "run/meta");
	put_back(&f);
	ck_assert(inode(f.here, "run/meta") == before);
	end(&f);
}
END_TEST

TESTS_MAIN("stack/state_folder", what_was_not_touched_stays_the_file_it_is,
	   a_file_written_in_place_comes_back_though_size_and_time_are_kept,
	   what_was_removed_or_became_another_thing_comes_back,
	   it_comes_back_as_often_as_one_likes)
