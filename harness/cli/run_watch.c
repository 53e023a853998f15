/* bis run --watch: grades, and again whenever something changed; then it says
 * which verdicts that changed. */
#include "cli/run_watch.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "base/path.h"
#include "base/subprocess.h"
#include "base/vec.h"
#include "grade/regrade_diff.h"
#include "grade/result_file.h"
#include "scenario/find.h"
#include "stack/program.h"

#include <errno.h>
#include <fts.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

/* A run that is asked to end takes its stack down first. */
#define GRACE (30 * CLOCK_SEC)
/* Looked at so often, since a folder that is mounted into a container (or over
 * a network) tells nobody of its changes. */
#define LOOK_EVERY (500 * CLOCK_MSEC)
enum { MOST_FILES = 100 * 1000, MOST_WATCHED = 3 };

struct watch {
	struct session *session;
	struct arena arena;
	char *watched[MOST_WATCHED + 1]; /* ends with NULL: as fts takes it */
	bool commits; /* a repository: its last commit is what is graded */
	const char *out, *now, *before;
	char stamp[SHA256_HEX];
};

/* ------------------------------------------------------------- what changed */

/* Names, sizes and times of what is watched, without what we write. */
static void stamp(const struct watch *w, char ret[SHA256_HEX])
{
	FTS *fts = fts_open(w->watched, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	struct stat out = { 0 };
	struct sha256 hash;
	size_t files = 0;
	FTSENT *e;

	stat(w->out, &out);
	sha256_init(&hash);
	while (fts && (e = fts_read(fts)) && files < MOST_FILES) {
		const struct stat *st = e->fts_statp;
		if (e->fts_info == FTS_D &&
		    ((st->st_ino == out.st_ino && st->st_dev == out.st_dev) ||
		     (e->fts_level > 0 && !strcmp(e->fts_name, ".git"))))
			fts_set(fts, e, FTS_SKIP);
		/* A folder's own times change with what we write in it. */
		if (e->fts_info != FTS_F && e->fts_info != FTS_SL)
			continue;
		files++;
		sha256_add(&hash, e->fts_path, strlen(e->fts_path) + 1);
		sha256_add(&hash, &st->st_size, sizeof(st->st_size));
		sha256_add(&hash, &st->st_mtim, sizeof(st->st_mtim));
	}
	if (fts)
		fts_close(fts);
	sha256_finish(&hash, ret);
}

/* Changed, and then still for a moment: an editor, or git, is done. */
static void wait_for_change(struct watch *w)
{
	char last[SHA256_HEX], now[SHA256_HEX];

	memcpy(last, w->stamp, sizeof(last));
	while (!interrupt_signal()) {
		stamp(w, now);
		if (strcmp(now, w->stamp) && !strcmp(now, last))
			break;
		memcpy(last, now, sizeof(last));
		clock_sleep(LOOK_EVERY);
	}
}

/* ---------------------------------------------------------------------- runs */

/* What `bis run` was given, but for what is ours. */
static const char *const *words(struct watch *w)
{
	const struct arguments *arguments = w->session->arguments;
	struct argument_words words = { VEC_INIT };

	*vec_push(&words.at) = program_own(&w->arena);
	*vec_push(&words.at) = "run";
	if (arguments->operand_count)
		*vec_push(&words.at) = arguments->operands[0];
	*vec_push(&words.at) = "--out";
	*vec_push(&words.at) = w->now;
	for (const struct option_spec *o = arguments->options; o->name; o++)
		if (strcmp(o->name, "out") && strcmp(o->name, "watch"))
			argument_words_add(&words, arguments, o->name,
					   &w->arena);
	return argument_words_end(&words, &w->arena);
}

/* The last results stay for the comparison; older ones go. */
static int make_room(struct watch *w, struct error *err)
{
	if (io_make_folders(w->out, 0755, err) < 0)
		return -1;
	if (!io_exists(path_join(&w->arena, w->now, "result.json")))
		return io_remove_tree(w->now, err);
	if (io_remove_tree(w->before, err) < 0)
		return -1;
	if (rename(w->now, w->before) < 0)
		return error_errno(err, errno, "%s", w->before);
	return 0;
}

static int run_once(struct watch *w, struct error *err)
{
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;
	struct subprocess child;
	int status = 0;

	spec.argv = words(w);
	spec.env = (const char *const *)environ;
	spec.out_fd = STDOUT_FILENO;
	spec.err_fd = STDERR_FILENO;
	spec.die_with_us = true;
	if (make_room(w, err) < 0 || subprocess_begin(&spec, &child, err) < 0)
		return -1;
	while (!subprocess_has_ended(&child, &status)) {
		struct pollfd polled = { child.pidfd, POLLIN, 0 };

		if (interrupt_signal())
			subprocess_ask_to_end(&child, GRACE);
		poll(&polled, 1, 200);
	}
	return 0;
}

/* Which verdicts are not what they were, and what else is not. */
static void say_what_changed(struct watch *w)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	struct arena arena = ARENA_INIT;
	struct result *old = NULL, *new = NULL;
	const char *name = path_basename(w->session->source
					 ? w->session->source
					 : w->session->scenario_name);

	if (result_file_read(path_join(&arena, w->before, "result.json"),
			     &arena, &old, NULL) == 0 &&
	    result_file_read(path_join(&arena, w->now, "result.json"),
			     &arena, &new, NULL) == 0 &&
	    !regrade_diff(name, old, new, &text).checks)
		strbuf_addstr(&text, "No verdict changed.\n");
	printf("%s", text.buf);
	fflush(stdout);
	result_release(old);
	result_release(new);
	arena_release(&arena);
	strbuf_release(&text);
}

/* ------------------------------------------------------------- what it is of */

/* A repository is graded by its last commit: files that are only saved change
 * nothing. */
static void watch_submission(struct watch *w, const char *source)
{
	const char *git = path_join(&w->arena, source, ".git");
	size_t n = 0;

	w->commits = io_exists(git);
	if (!w->commits) {
		w->watched[n++] = arena_strdup(&w->arena, source);
		return;
	}
	w->watched[n++] = arena_strdup(&w->arena,
				       path_join(&w->arena, git, "HEAD"));
	w->watched[n++] = arena_strdup(&w->arena,
				       path_join(&w->arena, git, "refs"));
	git = path_join(&w->arena, git, "packed-refs");
	if (io_exists(git))
		w->watched[n++] = arena_strdup(&w->arena, git);
}

static int choose_watched(struct watch *w)
{
	const char *source = w->session->source, *path;
	struct error err = ERROR_INIT;

	if (source && !io_exists(source))
		return command_usage_error(
			"run", "--watch: there is no %s%s", source,
			strchr(source, '@')
			? " (a revision does not change)" : "");
	if (source) {
		watch_submission(w, source);
		return 0;
	}
	if (scenario_find(w->session->scenario_name, &w->arena, &path,
			  &err) < 0)
		return session_complain(w->session, &err, EXIT_BAD_SCENARIO);
	w->watched[0] = arena_strdup(&w->arena,
				     path_dirname(&w->arena, path));
	return 0;
}

static int watch(struct watch *w)
{
	struct error err = ERROR_INIT;

	while (!interrupt_signal()) {
		stamp(w, w->stamp);
		if (run_once(w, &err) < 0)
			return session_complain(w->session, &err,
						EXIT_INTERNAL);
		if (interrupt_signal())
			break;
		say_what_changed(w);
		fprintf(stderr, w->commits
			? "Waiting for a commit in %s; Ctrl-C ends.\n"
			: "Waiting for a change in %s; Ctrl-C ends.\n",
			w->commits ? w->session->source : w->watched[0]);
		wait_for_change(w);
	}
	return 128 + interrupt_signal();
}

int run_watch(struct session *session)
{
	struct watch w = { .session = session, .arena = ARENA_INIT };
	const char *out = argument_value(session->arguments, "out");
	int code;

	w.out = out ? out : "reports/watch";
	w.now = path_join(&w.arena, w.out, "now");
	w.before = path_join(&w.arena, w.out, "before");
	code = choose_watched(&w);
	if (!code)
		code = watch(&w);
	arena_release(&w.arena);
	return code;
}
