#include "submission/tree_writer.h"

#include "base/clock.h"
#include "base/compiler.h"
#include "base/io.h"
#include "format/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

const struct tree_limits tree_default_limits = {
	100 * 1000, (uint64_t)4 << 30, (uint64_t)1 << 30, 32,
};

enum { LONGEST_NAME = 255, LONGEST_PATH = 2048 };

const char *left_out_name(enum left_out reason)
{
	static const char *const names[LEFT_OUT_COUNT] = {
		"", "name", "git", "outside", "dangling", "special", "twice",
		"unreadable", "missing", "submodule", "large",
	};

	return names[reason];
}

int tree_writer_open(struct tree_writer *w, const char *folder,
		     const struct tree_limits *limits, struct error *err)
{
	*w = (struct tree_writer){
		.limits = limits ? *limits : tree_default_limits,
		.left_out = json_array(),
	};
	w->root = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (w->root < 0)
		return error_errno(err, errno, "%s", folder);
	return 0;
}

void tree_writer_release(struct tree_writer *w)
{
	close_fd(&w->root);
	json_decref(w->left_out);
	w->left_out = NULL;
	vec_release(&w->links);
	arena_release(&w->arena);
}

json_t *tree_path_json(const char *path)
{
	_cleanup_(strbuf_release) struct strbuf sb =
		STRBUF_INIT(4 * LONGEST_PATH);

	utf8_add_visible(&sb, path, strnlen(path, LONGEST_PATH), "");
	return json_string(sb.buf);
}

void tree_writer_leave_out(struct tree_writer *w, const char *path,
			   enum left_out reason)
{
	if (++w->left_out_count > LEFT_OUT_LISTED)
		return;
	json_array_append_new(w->left_out,
			      json_pack("{s:o,s:s}", "path", tree_path_json(path),
					"reason", left_out_name(reason)));
}

static enum left_out name_problem(const char *name, size_t len)
{
	if (len == 2 && !memcmp(name, "..", 2))
		return LEFT_OUT_NAME;
	if (len == 4 && !strncasecmp(name, ".git", 4))
		return LEFT_OUT_GIT;
	if (len > LONGEST_NAME)
		return LEFT_OUT_NAME;
	for (size_t i = 0, taken; i < len; i += taken) {
		uint32_t c;
		if (!utf8_decode(name + i, len - i, &c, &taken) || c < 0x20 ||
		    c == 0x7f || c == '\\')
			return LEFT_OUT_NAME;
	}
	return LEFT_OUT_NONE;
}

enum left_out tree_path_problem(const char *path, bool keep_git)
{
	unsigned int depth = 0;

	if (*path == '/' || strlen(path) > LONGEST_PATH)
		return LEFT_OUT_NAME;
	for (const char *p = path; *p;) {
		size_t len = strcspn(p, "/");
		enum left_out problem = name_problem(p, len);
		depth += len && !(len == 1 && *p == '.');
		if (problem && !(problem == LEFT_OUT_GIT && keep_git &&
				 depth <= 2 && !memcmp(p, ".git", 4)))
			return problem;
		p += len;
		p += *p == '/';
	}
	return LEFT_OUT_NONE;
}

/* "./a//b/." to "a/b", in the arena; NULL for the root itself. */
static char *tidy(struct tree_writer *w, const char *path)
{
	char *tidied = arena_alloc(&w->arena, strlen(path) + 2), *to = tidied;

	for (const char *p = path; *p;) {
		size_t len = strcspn(p, "/");
		if (len && !(len == 1 && *p == '.')) {
			if (to != tidied)
				*to++ = '/';
			memcpy(to, p, len);
			to += len;
		}
		p += len;
		p += *p == '/';
	}
	*to = '\0';
	return *tidied ? tidied : NULL;
}

static int count_entry(struct tree_writer *w, struct error *err)
{
	if (++w->entries > w->limits.entries)
		return error_set(err, ERROR_LIMIT,
				 "more than %zu files and folders",
				 w->limits.entries);
	return 0;
}

/* Opens the folder of that path, making what is missing. *ret is -1 where a
 * part of it is a file. */
static int open_folder(struct tree_writer *w, char *path, int *ret,
		       struct error *err)
{
	int at = fcntl(w->root, F_DUPFD_CLOEXEC, 0);
	unsigned int depth = 0;

	*ret = -1;
	for (char *p = path; at >= 0 && *p;) {
		size_t len = strcspn(p, "/");
		char saved = p[len];
		p[len] = '\0';
		if (++depth > w->limits.depth) {
			close_fd(&at);
			return error_set(err, ERROR_LIMIT,
					 "folders more than %u deep",
					 w->limits.depth);
		}
		int made = mkdirat(at, p, 0755);
		if (made == 0 && count_entry(w, err) < 0) {
			close_fd(&at);
			return -1;
		}
		int next = made == 0 || errno == EEXIST
			? openat(at, p, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
				 O_CLOEXEC) : -1;
		close_fd(&at);
		at = next;
		p[len] = saved;
		p += len + (saved == '/');
	}
	if (at < 0 && errno != ENOTDIR && errno != ELOOP)
		return error_errno(err, errno, "making a folder");
	*ret = at;
	return 0;
}

/* Checks a path and opens the folder that it is to lie in. 0 with *ret_at -1:
 * left out, or the root itself. */
static int enter(struct tree_writer *w, const char *path, int *ret_at,
		 char **ret_name, struct error *err)
{
	enum left_out problem = tree_path_problem(path, w->keep_git);
	char *tidied = tidy(w, path);

	*ret_at = -1;
	if (problem) {
		tree_writer_leave_out(w, path, problem);
		return 0;
	}
	if (!tidied)
		return 0;
	char *slash = strrchr(tidied, '/');
	*ret_name = slash ? slash + 1 : tidied;
	if (slash)
		*slash = '\0';
	int rc = open_folder(w, slash ? tidied : *ret_name + strlen(*ret_name),
			     ret_at, err);
	if (rc == 0 && *ret_at < 0)
		tree_writer_leave_out(w, path, LEFT_OUT_TWICE);
	return rc < 0 ? error_context(err, "%s", path) : 0;
}

int tree_writer_folder(struct tree_writer *w, const char *path,
		       struct error *err)
{
	enum left_out problem = tree_path_problem(path, w->keep_git);
	char *tidied = tidy(w, path);
	int at = -1;

	if (problem)
		tree_writer_leave_out(w, path, problem);
	if (problem || !tidied)
		return 0;
	if (open_folder(w, tidied, &at, err) < 0)
		return error_context(err, "%s", path);
	if (at < 0)
		tree_writer_leave_out(w, path, LEFT_OUT_TWICE);
	close_fd(&at);
	return 0;
}

int tree_writer_file(struct tree_writer *w, const char *path, bool executable,
		     int *ret_fd, struct error *err)
{
	_cleanup_(close_fd) int at = -1;
	char *name;

	*ret_fd = -1;
	if (count_entry(w, err) < 0 || enter(w, path, &at, &name, err) < 0)
		return -1;
	if (at < 0)
		return 0;
	*ret_fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
			 O_CLOEXEC, executable ? 0755 : 0644);
	if (*ret_fd >= 0)
		return 0;
	if (errno != EEXIST)
		return error_errno(err, errno, "writing %s", path);
	tree_writer_leave_out(w, path, LEFT_OUT_TWICE);
	return 0;
}

int tree_writer_add(struct tree_writer *w, int fd, const char *path,
		    const void *data, size_t len, struct error *err)
{
	off_t size = lseek(fd, 0, SEEK_CUR);

	w->bytes += len;
	if (size < 0 || (uint64_t)size + len > w->limits.file)
		return error_set(err, ERROR_LIMIT, "%s: larger than %llu MiB",
				 path, (unsigned long long)
				 (w->limits.file >> 20));
	if (w->bytes > w->limits.bytes)
		return error_set(err, ERROR_LIMIT,
				 "%s: more than %llu MiB in all", path,
				 (unsigned long long)(w->limits.bytes >> 20));
	if (io_write_all(fd, data, len, err) < 0)
		return error_context(err, "%s", path);
	return 0;
}

int tree_writer_close(struct tree_writer *w, int fd, const char *path,
		      int64_t time, struct error *err)
{
	const struct timespec at = { time / CLOCK_SEC, 0 };
	const struct timespec times[2] = { at, at };

	if (time > w->newest && time <= clock_now())
		w->newest = time;
	if (time > 0)
		futimens(fd, times);
	if (close(fd) < 0)
		return error_errno(err, errno, "writing %s", path);
	return 0;
}

int tree_writer_link(struct tree_writer *w, const char *path,
		     const char *target, struct error *err)
{
	if (count_entry(w, err) < 0)
		return -1;
	if (*target == '/') {
		tree_writer_leave_out(w, path, LEFT_OUT_OUTSIDE);
		return 0;
	}
	*vec_push(&w->links) = (struct tree_link){
		arena_strdup(&w->arena, path), arena_strdup(&w->arena, target),
	};
	return 0;
}

/* Where the link leads. A kernel without openat2(2) can't say it for one with
 * ".." in it: through another link that may be anywhere. */
static enum left_out link_problem(const struct tree_writer *w,
				  const struct tree_link *link)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	int fd = (int)syscall(SYS_openat2, w->root, link->path, &how,
			      sizeof(how));

	if (fd >= 0) {
		close(fd);
		return LEFT_OUT_NONE;
	}
	if (errno == ENOSYS || errno == EPERM)
		return strstr(link->target, "..") ? LEFT_OUT_OUTSIDE
						  : LEFT_OUT_NONE;
	return errno == EXDEV ? LEFT_OUT_OUTSIDE : LEFT_OUT_DANGLING;
}

int tree_writer_finish(struct tree_writer *w, struct error *err)
{
	for (size_t i = 0; i < w->links.len; i++) {
		struct tree_link *link = &w->links.at[i];
		_cleanup_(close_fd) int at = -1;
		char *name;
		if (enter(w, link->path, &at, &name, err) < 0)
			return -1;
		if (at >= 0 && symlinkat(link->target, at, name) == 0)
			continue;
		if (at >= 0)
			tree_writer_leave_out(w, link->path, LEFT_OUT_TWICE);
		link->path = NULL;
	}
	for (size_t i = 0; i < w->links.len; i++) {
		const struct tree_link *link = &w->links.at[i];
		enum left_out problem =
			link->path ? link_problem(w, link) : LEFT_OUT_NONE;
		if (!problem)
			continue;
		tree_writer_leave_out(w, link->path, problem);
		unlinkat(w->root, link->path, 0);
	}
	return 0;
}
