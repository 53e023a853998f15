#include "run/repair.h"

#include "base/compiler.h"
#include "base/io.h"
#include "base/path.h"
#include "base/vec.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_REMOVED = 20, READ_MOST = 1024 * 1024 };

const struct key_spec repair_keys[] = {
	{ .name = "beside", .type = KEY_STRING,
	  .doc = "`remove`: only in or below a folder that holds this file; "
		 "`folder`: in each folder that does." },
	{ .name = "folder", .type = KEY_STRING,
	  .doc = "A folder of the submission that must be there." },
	{ .name = "from", .type = KEY_STRINGS,
	  .doc = "`set`: files to begin with; the first that is there." },
	{ .name = "named_in", .type = KEY_STRINGS,
	  .doc = "`set`: files whose ${NAME} a pattern of `values` covers." },
	{ .name = "remove", .type = KEY_STRING,
	  .doc = "Files of the submission: a pattern of paths." },
	{ .name = "run", .type = KEY_STRINGS,
	  .doc = "A command, in `service`." },
	{ .name = "service", .type = KEY_NAME,
	  .doc = "Where `run` runs: a role or a name." },
	{ .name = "set", .type = KEY_STRING,
	  .doc = "A file of NAME=VALUE lines." },
	{ .name = "text", .type = KEY_STRING,
	  .doc = "`write`: what the file holds." },
	{ .name = "unless", .type = KEY_STRING,
	  .doc = "`remove`: not where the file's text matches." },
	{ .name = "values", .type = KEY_STRINGS,
	  .doc = "`set`: NAME=VALUE; NAME may be a pattern." },
	{ .name = "write", .type = KEY_STRING,
	  .doc = "A file of the submission that is not there." },
	{ 0 },
};

struct repairing {
	const struct repair_scene *scene;
	const json_t *repair;
	const char *output;
	const struct pattern_match *match;
	int root;
	struct strbuf *done;
	struct error *err;
};

static const char *text(const json_t *repair, const char *key)
{
	return json_string_value(json_object_get(repair, key));
}

static void say(struct repairing *r, const char *verb, const char *what)
{
	strbuf_addf(r->done, "%s%s %s", r->done->len ? ", " : "", verb, what);
}

/* What was printed is the submission's: a name or a path of plain characters
 * may come from it, and nothing that a shell or a pattern would read. */
static bool is_plain(const char *s, size_t len)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789_-./";

	for (size_t i = 0; i < len; i++)
		if (!s[i] || !strchr(plain, s[i]))
			return false;
	return len > 0 && len < 500;
}

/* The text with $1 to $9 replaced. */
static int expand(struct repairing *r, const char *template, const char **ret)
{
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT(STRBUF_LINE);

	for (const char *p = template; *p; p++) {
		if (*p != '$' || p[1] < '1' || p[1] > '9') {
			strbuf_addch(&sb, *p);
			continue;
		}
		size_t group = (size_t)(*++p - '0');
		const char *found = r->output + r->match->from[group];
		size_t len = r->match->to[group] - r->match->from[group];
		if (!is_plain(found, len))
			return error_set(r->err, ERROR_INVALID, "`%s`: what "
					 "was printed is no plain name",
					 template);
		strbuf_add(&sb, found, len);
	}
	*ret = arena_strdup(r->scene->arena, sb.buf);
	return 0;
}

/* A path of the copy, also where it is printed from its root on. */
static int expand_path(struct repairing *r, const char *key, const char **ret)
{
	size_t len = strlen(r->scene->root);

	if (expand(r, text(r->repair, key), ret) < 0)
		return -1;
	if (!strncmp(*ret, r->scene->root, len) && (*ret)[len] == '/')
		*ret += len + 1;
	if (!path_is_contained(*ret))
		return error_set(r->err, ERROR_INVALID, "`%s` is not in the "
				 "submission", *ret);
	return 0;
}

/* Opens the folder that a path lies in, making it where asked; no link is
 * followed. -1 where it is not there. */
static int open_parent(struct repairing *r, const char *path, bool make,
		       const char **ret_name)
{
	int at = fcntl(r->root, F_DUPFD_CLOEXEC, 0);
	const char *p = path;

	for (const char *slash; at >= 0 && (slash = strchr(p, '/'));
	     p = slash + 1) {
		const char *name = arena_strndup(r->scene->arena, p,
						 (size_t)(slash - p));
		if (!*name || !strcmp(name, "."))
			continue;
		if (make && mkdirat(at, name, 0755) == 0 && r->scene->drop &&
		    fchownat(at, name, r->scene->uid, r->scene->gid,
			     AT_SYMLINK_NOFOLLOW) < 0)
			close_fd(&at);
		int next = openat(at, name, O_RDONLY | O_DIRECTORY |
				  O_NOFOLLOW | O_CLOEXEC);
		close_fd(&at);
		at = next;
	}
	*ret_name = p;
	return at;
}

static bool read_file(struct repairing *r, const char *path,
		      struct strbuf *into)
{
	const char *name;
	_cleanup_(close_fd) int at = open_parent(r, path, false, &name);
	_cleanup_(close_fd) int fd = at < 0 ? -1 : openat(
		at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	ssize_t n = 1;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	while (n > 0) {
		size_t room;
		char *to = strbuf_room(into, 64 * 1024, &room);
		n = room ? read(fd, to, room) : 0;
		if (n > 0)
			strbuf_grew(into, (size_t)n);
	}
	return n == 0;
}

/* A new file, or a new one in its place. */
static int write_file(struct repairing *r, const char *path, const char *data,
		      size_t len)
{
	const char *name;
	_cleanup_(close_fd) int at = open_parent(r, path, true, &name);

	if (at < 0)
		return error_errno(r->err, errno, "%s", path);
	unlinkat(at, name, 0);
	_cleanup_(close_fd) int fd =
		openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
		       O_CLOEXEC, 0644);
	if (fd < 0 || (r->scene->drop &&
		       fchown(fd, r->scene->uid, r->scene->gid) < 0))
		return error_errno(r->err, errno, "writing %s", path);
	return io_write_all(fd, data, len, r->err);
}

/* ----------------------------------------------------------------- the kinds */

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* The files of the copy whose paths a pattern matches, by name. */
struct paths {
	VEC(const char *) at;
};
static void find(struct repairing *r, const char *pattern, struct paths *ret)
{
	char *const roots[] = { arena_strdup(r->scene->arena, r->scene->root),
				NULL };
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	size_t skip = strlen(r->scene->root) + 1;
	FTSENT *e;

	while (fts && (e = fts_read(fts)) && ret->at.len < MOST_REMOVED) {
		if (e->fts_info != FTS_F)
			continue;
		const char *path = e->fts_path + skip;
		/* "*" before a slash also stands for no folder at all. */
		if (fnmatch(pattern, path, 0) == 0 ||
		    (!strncmp(pattern, "*/", 2) &&
		     fnmatch(pattern + 2, path, 0) == 0))
			*vec_push(&ret->at) =
				arena_strdup(r->scene->arena, path);
	}
	if (fts)
		fts_close(fts);
}

static bool is_spared(struct repairing *r, const char *path)
{
	_cleanup_(strbuf_release) struct strbuf content =
		STRBUF_INIT(READ_MOST);
	const char *unless = text(r->repair, "unless");

	return unless && (!read_file(r, path, &content) ||
			  pattern_find(unless, content.buf, content.len, 0,
				       NULL, NULL));
}

/* Whether the folder of a path, or one above it, holds a file of that name. */
static bool is_below(struct repairing *r, const char *path, const char *holds)
{
	struct arena *arena = r->scene->arena;

	while (strchr(path, '/')) {
		path = path_dirname(arena, path);
		if (io_exists(arena_printf(arena, "%s/%s/%s", r->scene->root,
					   path, holds)))
			return true;
	}
	return io_exists(path_join(arena, r->scene->root, holds));
}

static bool is_meant(struct repairing *r, const char *path)
{
	const char *beside = text(r->repair, "beside");

	return (!beside || is_below(r, path, beside)) && !is_spared(r, path);
}

static int remove_files(struct repairing *r)
{
	struct paths paths = { VEC_INIT };
	const char *pattern;

	if (expand(r, text(r->repair, "remove"), &pattern) < 0)
		return -1;
	find(r, pattern, &paths);
	for (size_t i = 0; i < paths.at.len; i++) {
		const char *name;
		_cleanup_(close_fd) int at =
			open_parent(r, paths.at.at[i], false, &name);
		if (at >= 0 && is_meant(r, paths.at.at[i]) &&
		    unlinkat(at, name, 0) == 0)
			say(r, "removed", paths.at.at[i]);
	}
	vec_release(&paths.at);
	return 0;
}

static int write_text(struct repairing *r)
{
	const char *content = text(r->repair, "text"), *path, *name;
	struct stat st;

	if (expand_path(r, "write", &path) < 0)
		return -1;
	_cleanup_(close_fd) int at = open_parent(r, path, false, &name);
	if (at >= 0 && fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	if (write_file(r, path, content ? content : "",
		       content ? strlen(content) : 0) < 0)
		return -1;
	say(r, "wrote", path);
	return 0;
}

static int make_one(struct repairing *r, const char *path)
{
	const char *name;
	struct stat st;

	_cleanup_(close_fd) int before = open_parent(r, path, false, &name);
	if (before >= 0 && fstatat(before, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	_cleanup_(close_fd) int at = open_parent(
		r, arena_printf(r->scene->arena, "%s/", path), true, &name);
	if (at < 0)
		return error_errno(r->err, errno, "making %s", path);
	say(r, "made the folder", path);
	return 0;
}

static int make_folder(struct repairing *r)
{
	struct arena *arena = r->scene->arena;
	const char *path, *beside = text(r->repair, "beside");
	struct paths paths = { VEC_INIT };
	int rc;

	if (expand_path(r, "folder", &path) < 0)
		return -1;
	if (!beside)
		return make_one(r, path);
	find(r, arena_printf(arena, "*/%s", beside), &paths);
	rc = paths.at.len ? 0 : make_one(r, path);
	for (size_t i = 0; rc == 0 && i < paths.at.len; i++)
		rc = make_one(r, strchr(paths.at.at[i], '/') ? path_join(
				      arena, path_dirname(arena,
							  paths.at.at[i]),
				      path) : path);
	vec_release(&paths.at);
	return rc;
}

/* Whether a file of NAME=VALUE lines sets a name. */
static bool sets(const char *lines, const char *name, size_t len)
{
	for (const char *p = lines; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		p += strspn(p, " \t");
		p += strncmp(p, "export ", 7) ? 0 : 7;
		if (!strncmp(p, name, len) && p[len] == '=')
			return true;
	}
	return false;
}

static void add_value(struct repairing *r, struct strbuf *lines,
		      const char *name, size_t len, const char *value)
{
	if (sets(lines->buf, name, len))
		return;
	if (lines->len && lines->buf[lines->len - 1] != '\n')
		strbuf_addch(lines, '\n');
	strbuf_addf(lines, "%.*s=%s\n", (int)len, name, value);
	say(r, "set", arena_strndup(r->scene->arena, name, len));
}

/* Names that `text` interpolates without a default, which the pattern covers:
 * ${NAME}, $NAME, ${NAME:?...}. */
static void add_interpolated(struct repairing *r, const char *content,
			     const char *pattern, const char *value,
			     struct strbuf *lines)
{
	struct pattern_match match;
	size_t len = strlen(content);

	for (size_t from = 0;
	     pattern_find("\\$\\{?([A-Za-z_][A-Za-z0-9_]*)(?!:?-|\\w)", content,
			  len, from, &match, NULL) == 1; from = match.to[0]) {
		const char *name = arena_strndup(
			r->scene->arena, content + match.from[1],
			match.to[1] - match.from[1]);
		if (fnmatch(pattern, name, 0) == 0)
			add_value(r, lines, name, strlen(name), value);
	}
}

static void set_one(struct repairing *r, const char *setting,
		    const struct strbuf *named, struct strbuf *lines)
{
	const char *equals = strchr(setting, '=');

	if (!equals)
		return;
	const char *name = arena_strndup(r->scene->arena, setting,
					 (size_t)(equals - setting));
	if (strpbrk(name, "*?["))
		add_interpolated(r, named->buf, name, equals + 1, lines);
	else
		add_value(r, lines, name, strlen(name), equals + 1);
}

/* All files of `named_in`, one after the other. */
static void read_named(struct repairing *r, struct strbuf *into)
{
	json_t *item;
	size_t i;

	json_array_foreach(json_object_get(r->repair, "named_in"), i, item) {
		struct paths paths = { VEC_INIT };
		find(r, json_string_value(item), &paths);
		for (size_t j = 0; j < paths.at.len; j++)
			read_file(r, paths.at.at[j], into);
		vec_release(&paths.at);
	}
}

static int set_values(struct repairing *r)
{
	_cleanup_(strbuf_release) struct strbuf lines = STRBUF_INIT(READ_MOST);
	_cleanup_(strbuf_release) struct strbuf named = STRBUF_INIT(READ_MOST);
	const char *path;
	json_t *item;
	size_t i;

	if (expand_path(r, "set", &path) < 0)
		return -1;
	bool there = read_file(r, path, &lines);
	json_array_foreach(json_object_get(r->repair, "from"), i, item) {
		const char *slash = strrchr(path, '/');
		const char *from = arena_printf(
			r->scene->arena, "%.*s%s",
			slash ? (int)(slash + 1 - path) : 0, path,
			json_string_value(item));
		if (there || !read_file(r, from, &lines))
			continue;
		say(r, "copied", from);
		there = true;
	}
	read_named(r, &named);
	json_array_foreach(json_object_get(r->repair, "values"), i, item)
		set_one(r, json_string_value(item), &named, &lines);
	if (!r->done->len)
		return 0;
	strbuf_addf(r->done, " in %s", path);
	return write_file(r, path, lines.buf, lines.len);
}

static int run_command(struct repairing *r)
{
	const json_t *words = json_object_get(r->repair, "run");
	size_t count = json_array_size(words);
	const char **argv = arena_array(r->scene->arena, count + 1,
					sizeof(*argv));
	const char *role = text(r->repair, "service");
	struct subprocess_result result;

	for (size_t i = 0; i < count; i++)
		if (expand(r, json_string_value(json_array_get(words, i)),
			   &argv[i]) < 0)
			return -1;
	const struct stack_command command = {
		.service = role ? stack_service(r->scene->stack, role) : NULL,
		.argv = argv, .timeout = 60 * INT64_C(1000000),
	};
	if (role && !command.service)
		return error_set(r->err, ERROR_INVALID, "no service is the "
				 "`%s`", role);
	if (stack_run(r->scene->stack, &command, &result, r->err) < 0)
		return -1;
	int code = result.exit_code;
	subprocess_result_release(&result);
	if (code)
		return error_set(r->err, ERROR_INVALID, "`%s` ended with %d",
				 argv[0], code);
	say(r, "ran", argv[0]);
	for (size_t i = 1; i < count; i++)
		strbuf_addf(r->done, " %s", argv[i]);
	return 0;
}

static const struct {
	const char *key;
	int (*make)(struct repairing *r);
} kinds[] = {
	{ "folder", make_folder }, { "remove", remove_files },
	{ "run", run_command },	   { "set", set_values },
	{ "write", write_text },
};

int repair_make(const json_t *repair, const struct repair_scene *scene,
		const char *output, const struct pattern_match *match,
		struct strbuf *done, struct error *err)
{
	struct repairing r = {
		.scene = scene, .repair = repair, .output = output,
		.match = match, .done = done, .err = err,
		.root = open(scene->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
	};
	int rc = 0;

	if (r.root < 0)
		return error_errno(err, errno, "%s", scene->root);
	for (size_t i = 0; !rc && i < ARRAY_SIZE(kinds); i++)
		if (json_object_get(repair, kinds[i].key))
			rc = kinds[i].make(&r);
	close_fd(&r.root);
	return rc;
}
