/*
 * The images that are kept: what they take, and that only those that are named
 * go, in order, unless they are in use. Images of a few bytes are made for it;
 * needs an engine that answers.
 */
#include "tests/test.h"

#include "base/arena.h"
#include "base/io.h"
#include "stack/engine.h"
#include "stack/image_cache.h"

#include <unistd.h>

static struct engine engine;
static struct arena arena;

START_TEST(sizes_are_read_as_engines_write_them)
{
	ck_assert_int_eq(image_cache_bytes("0B"), 0);
	ck_assert_int_eq(image_cache_bytes("122.1kB"), 122100);
	ck_assert_int_eq(image_cache_bytes("6.403GB"), 6403000000);
	ck_assert_int_eq(image_cache_bytes("12TB"), 12000000000000);
	ck_assert_int_eq(image_cache_bytes(""), -1);
	ck_assert_int_eq(image_cache_bytes("GB"), -1);
	ck_assert_int_eq(image_cache_bytes("-1GB"), -1);
	ck_assert_int_eq(image_cache_bytes("3 parsecs"), -1);
}
END_TEST

static const char *tag(int i)
{
	return arena_printf(&arena, "bis-cache/built-test%d:%d", i,
			    (int)getpid());
}

static bool is_here(const char *image)
{
	const char *const argv[] = { "image", "inspect", image, NULL };

	return engine_ask(&engine, argv, NULL, NULL) == 0;
}

enum { IMAGE_BYTES = 1000 };

/* A file of so many bytes, each image's of another name, or one would be
 * another name of the other. */
static void make(const char *image, char content)
{
	const char *file = arena_printf(&arena, "/tmp/bt-image-%d.tar",
					(int)getpid());
	const char *const argv[] = { "import", file, image, NULL };
	char tar[512 + 1024 + 1024] = { content };
	unsigned sum = 8 * ' ';
	struct error err = ERROR_INIT;

	memcpy(tar + 100, "0000644", 7);
	snprintf(tar + 124, 12, "%011o", IMAGE_BYTES);
	memcpy(tar + 136, "00000000000", 11);
	tar[156] = '0';
	for (int i = 0; i < 512; i++)
		sum += (unsigned char)tar[i];
	snprintf(tar + 148, 8, "%06o", sum);
	tar[155] = ' ';
	ck_assert(!io_write_file(file, tar, sizeof(tar), 0600, NULL));
	ck_assert_msg(!engine_ask(&engine, argv, NULL, &err), "%s",
		      err.message);
	unlink(file);
}

static void remove_all(void)
{
	for (int i = 0; i < 3; i++) {
		const char *const argv[] = { "image", "rm", "-f", tag(i),
					     NULL };
		engine_ask(&engine, argv, NULL, NULL);
	}
}

START_TEST(only_what_is_named_and_unused_goes)
{
	const char *const tags[] = { tag(0), tag(1) };
	const char *container;
	size_t removed = 9;
	int64_t bytes = -1;
	struct error err = ERROR_INIT;

	for (int i = 0; i < 3; i++)
		make(tag(i), (char)('a' + i));
	const char *const create[] = { "create", tag(0), "/none", NULL };
	ck_assert(!engine_ask(&engine, create, &container, NULL));

	/* There is room. */
	ck_assert_msg(!image_cache_trim(tags, 2, INT64_MAX, &removed, &bytes,
					&err), "%s", err.message);
	ck_assert_uint_eq(removed, 0);
	ck_assert_int_ge(bytes, 0);
	ck_assert(is_here(tag(0)) && is_here(tag(1)));

	/* There is none: the first is in use, the third was not named. */
	ck_assert(!image_cache_trim(tags, 2, -1, &removed, &bytes, NULL));
	ck_assert_uint_eq(removed, 1);
	ck_assert(is_here(tag(0)));
	ck_assert(!is_here(tag(1)));
	ck_assert(is_here(tag(2)));

	const char *const rm[] = { "rm", "-f", container, NULL };
	ck_assert(!engine_ask(&engine, rm, NULL, NULL));
	ck_assert(!image_cache_trim(tags, 1, -1, &removed, &bytes, NULL));
	ck_assert_uint_eq(removed, 1);
	ck_assert(!is_here(tag(0)));
}
END_TEST

/* The layers of the first are the oldest, but it was built anew. */
START_TEST(what_was_built_last_is_kept)
{
	const char *const again[] = { "tag", tag(0), tag(0), NULL };
	const char *const keep[] = { tag(1) };
	const char *pattern = "bis-cache/built-test*";

	for (int i = 0; i < 3; i++)
		make(tag(i), (char)('a' + i));
	ck_assert(!engine_ask(&engine, again, NULL, NULL));
	image_cache_cap(&engine, pattern, NULL, 0, 3 * IMAGE_BYTES);
	ck_assert(is_here(tag(0)) && is_here(tag(1)) && is_here(tag(2)));
	image_cache_cap(&engine, pattern, keep, 1, 2 * IMAGE_BYTES);
	ck_assert(is_here(tag(0)) && is_here(tag(1)) && is_here(tag(2)));
	image_cache_cap(&engine, pattern, NULL, 0, 2 * IMAGE_BYTES);
	ck_assert(is_here(tag(0)) && !is_here(tag(1)) && is_here(tag(2)));
	image_cache_cap(&engine, pattern, NULL, 0, -1);
	ck_assert(!is_here(tag(0)) && !is_here(tag(2)));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stack/image_cache");
	TCase *tcase = tcase_create("images");
	const char *why = "an engine that answers";
	struct error err = ERROR_INIT;

	engine = (struct engine){ .arena = &arena, .home = "/nonexistent" };
	tests_need("engine", engine_find(&engine, &err) == 0, why);
	tcase_add_unchecked_fixture(tcase, NULL, remove_all);
	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, sizes_are_read_as_engines_write_them);
	tcase_add_test(tcase, only_what_is_named_and_unused_goes);
	tcase_add_test(tcase, what_was_built_last_is_kept);
	suite_add_tcase(suite, tcase);
	return tests_run(suite);
}
