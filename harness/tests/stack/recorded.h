/*
 * A submission's Compose file without an engine: a copy as
 * fixtures/hostile/compose/record makes it, and what Compose made of each of
 * the files there, as it was recorded.
 */
#ifndef TESTS_STACK_RECORDED_H
#define TESTS_STACK_RECORDED_H

#include "tests/test.h"

#include "base/io.h"
#include "stack/compose_config.h"
#include "stack/compose_files.h"
#include "stack/policy.h"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

struct recorded {
	struct arena arena;
	char root[64];  /* of the copy */
	char *text;     /* a recording */
};

static inline void recorded_write(const struct recorded *r, const char *name,
				  const char *text)
{
	char path[PATH_MAX];
	struct error err = ERROR_INIT;

	snprintf(path, sizeof(path), "%s/%s", r->root, name);
	ck_assert_msg(io_write_file(path, text, strlen(text), 0644,
				    &err) == 0, "%s", err.message);
}

static inline void recorded_link(const struct recorded *r, const char *to,
				 const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", r->root, name);
	ck_assert_int_eq(symlink(to, path), 0);
}

static inline void recorded_init(struct recorded *r)
{
	static const char *const folders[] = { "app", "other", "data" };
	char path[PATH_MAX];

	memset(r, 0, sizeof(*r));
	snprintf(r->root, sizeof(r->root), "/tmp/recorded-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(r->root));
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", r->root, folders[i]);
		ck_assert_int_eq(mkdir(path, 0755), 0);
	}
	recorded_write(r, "key", "");
	recorded_write(r, "app/key", "");
	recorded_write(r, "app/settings.env", "A=b\n");
	recorded_write(r, "app/Dockerfile", "FROM python:3.11-slim AS base\n");
	recorded_write(r, "other/Dockerfile", "");
	recorded_write(r, "other/compose.yaml", "services:\n  other:\n"
		       "    image: python:3.11-slim\n");
	recorded_link(r, "/etc", "link-to-etc");
	recorded_link(r, "data", "link-to-data");
	recorded_link(r, "app", "link-to-app");
}

static inline void recorded_release(struct recorded *r)
{
	free(r->text);
	arena_release(&r->arena);
	io_remove_tree(r->root, NULL);
}

/* A file of fixtures/hostile/compose; arena. */
static inline const char *recorded_fixture(struct recorded *r,
					   const char *name)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	struct error err = ERROR_INIT;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/fixtures/hostile/compose/%s",
		 tests_srcdir(), name);
	ck_assert_msg(io_read_file(path, &text, &err) == 0, "%s",
		      err.message);
	const char *copy = arena_strdup(&r->arena, text.buf);
	strbuf_release(&text);
	return copy;
}

/* What Compose ("v1", "v2") made of a file, in terms of this copy; NULL where
 * it refused it, or was not asked. */
static inline json_t *recorded_config(struct recorded *r, const char *engine,
				      const char *name)
{
	char file[64], head[256];
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	struct error err = ERROR_INIT;
	json_t *config = NULL;

	snprintf(file, sizeof(file), "recorded-%s.txt", engine);
	snprintf(head, sizeof(head), "=== %s\n", name);
	const char *at = strstr(recorded_fixture(r, file), head);
	ck_assert_msg(at != NULL, "%s is not in %s: run `record`", name, file);
	at += strlen(head);
	const char *end = strstr(at, "\n=== ");
	end = end ? end + 1 : at + strlen(at);
	if (!strncmp(at, "refused", 7))
		return NULL;
	/* Every "/copy" that begins a path. */
	for (; at < end; at++) {
		if (!strncmp(at, "/copy", 5) && strchr("/\"\n: ", at[5])) {
			strbuf_addstr(&text, r->root);
			at += 4;
		} else {
			strbuf_addch(&text, *at);
		}
	}
	ck_assert_msg(compose_config_read(text.buf, text.len, &config,
					  &err) == 0, "%s: %s", name,
		      err.message);
	strbuf_release(&text);
	return config;
}

#endif
