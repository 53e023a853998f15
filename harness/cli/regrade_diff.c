/* bis regrade-diff: what another grading changed, and why. */
#include "cli/commands.h"

#include "base/arena.h"
#include "base/io.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "grade/regrade_diff.h"
#include "grade/result_file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct comparing {
	struct arena arena;
	struct strbuf text;
	size_t changed, compared, alone;
};

static int complain(const struct error *err)
{
	fprintf(stderr, "bis: regrade-diff: %s\n", err->message);
	return EXIT_USAGE;
}

/* The reported result, with decisions; where it was never reported, the
 * automatic one. NULL: there is none. */
static const char *result_of(struct arena *arena, const char *student)
{
	const char *path = path_join(arena, student, "result.json");

	if (io_exists(path))
		return path;
	path = path_join(arena, student, "run/result.json");
	return io_exists(path) ? path : NULL;
}

static int compare(struct comparing *c, const char *id, const char *old_path,
		   const char *new_path, struct error *err)
{
	struct arena arena = ARENA_INIT;
	struct result *old = NULL, *new = NULL;
	int rc = result_file_read(old_path, &arena, &old, err);

	if (!rc)
		rc = result_file_read(new_path, &arena, &new, err);
	if (!rc) {
		c->compared++;
		c->changed += regrade_diff(id, old, new, &c->text).checks > 0;
	}
	result_release(old);
	result_release(new);
	arena_release(&arena);
	return rc;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Every student of NEW, by slug; those of OLD alone are counted. */
static int compare_classes(struct comparing *c, const char *old,
			   const char *new, struct error *err)
{
	const char *folder = path_join(&c->arena, new, "students");
	VEC(const char *) names = VEC_INIT;
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int rc = 0;

	if (!dir)
		return error_set(err, ERROR_INVALID,
				 "%s holds no results of `bis grade`", new);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			*vec_push(&names) =
				arena_strdup(&c->arena, entry->d_name);
	closedir(dir);
	if (names.len)
		qsort(names.at, names.len, sizeof(*names.at), by_name);
	for (size_t i = 0; !rc && i < names.len; i++) {
		const char *a = result_of(&c->arena, arena_printf(
			&c->arena, "%s/students/%s", old, names.at[i]));
		const char *b = result_of(&c->arena, arena_printf(
			&c->arena, "%s/%s", folder, names.at[i]));

		if (a && b)
			rc = compare(c, names.at[i], a, b, err);
		else
			c->alone++;
	}
	vec_release(&names);
	return rc;
}

/* A class, a run's folder, or a result.json itself. */
static int compare_any(struct comparing *c, const char *old, const char *new,
		       struct error *err)
{
	const char *paths[2] = { old, new };

	if (io_exists(path_join(&c->arena, new, "students")))
		return compare_classes(c, old, new, err);
	for (int i = 0; i < 2; i++) {
		const char *inside = result_of(&c->arena, paths[i]);

		if (inside)
			paths[i] = inside;
	}
	return compare(c, path_basename(new), paths[0], paths[1], err);
}

static int regrade_diff_main(const struct arguments *arguments)
{
	struct comparing c = { .arena = ARENA_INIT,
			       .text = STRBUF_INIT(STRBUF_TEXT) };
	struct error err = ERROR_INIT;
	int code;

	if (arguments->operand_count != 2)
		return command_usage_error("regrade-diff", "which two? folders "
					   "of `bis grade` or `bis run`");
	if (compare_any(&c, arguments->operands[0], arguments->operands[1],
			&err) < 0) {
		code = complain(&err);
	} else {
		fputs(c.text.buf, stdout);
		printf("%zu of %zu changed", c.changed, c.compared);
		if (c.alone)
			printf(", %zu graded in one of the two only", c.alone);
		putchar('\n');
		code = c.changed ? EXIT_CHECK_FAILED : EXIT_ALL_PASSED;
	}
	strbuf_release(&c.text);
	arena_release(&c.arena);
	return code;
}

static const struct option_spec options[] = { { 0 } };

const struct command command_regrade_diff = {
	.name = "regrade-diff",
	.summary = "show what another grading changed, and why",
	.usage = "regrade-diff OLD NEW",
	.details = "Exits with 0 where no verdict and no points changed, 1 "
		   "where some did.",
	.options = options,
	.main = regrade_diff_main,
};
