/*
 * Repositories: which commit is graded and why, and what a hostile one can't
 * have us do. Each of its ways in is shown to work with git itself, where that
 * is installed, so that this test can fail.
 */
#include "tests/submission/made.h"

#include "base/clock.h"
#include "base/subprocess.h"
#include "submission/history.h"

#define DAY 86400
#define START 1700000000

/* Two commits by a person, one by a robot; the last changes `file`. */
static const char *ids[3];

static void make_history(struct made *m)
{
	made_write(m, "compose.yaml", "services: {}\n");
	made_write(m, "file", "first");
	ids[0] = made_commit(m, "Ada", "ada@example.org", START);
	made_write(m, "file", "second");
	ids[1] = made_commit(m, "Ada", "ada@example.org", START + DAY);
	made_write(m, "file", "third");
	ids[2] = made_commit(m, "github-classroom[bot]",
			     "66690702+github-classroom[bot]@users.noreply."
			     "github.com", START + 2 * DAY);
}

START_TEST(head_is_graded_where_nothing_is_said)
{
	struct made m;

	made_init(&m);
	make_history(&m);
	made_must_open(&m, NULL);
	ck_assert_str_eq(m.s.commit, ids[2]);
	ck_assert(strstr(m.s.chosen_by.en, "HEAD"));
	made_expect(&m, "file", "third");
	ck_assert(!made_has(&m, ".git"));
	ck_assert_uint_eq(m.s.notes.len, 0);
	/* A robot's commit dates nothing. */
	ck_assert_int_eq(m.s.date, (START + DAY) * CLOCK_SEC);
	ck_assert_str_eq(m.s.dated_by.en, "its last commit by a person");
	made_release(&m);
}
END_TEST

START_TEST(a_revision_is_graded_where_it_is_given)
{
	struct made m;

	made_init(&m);
	make_history(&m);
	made_must_open(&m, arena_printf(&m.arena, "%s@%.12s", m.source,
					ids[0]));
	ck_assert_str_eq(m.s.commit, ids[0]);
	ck_assert(strstr(m.s.chosen_by.en, "as asked"));
	made_expect(&m, "file", "first");
	ck_assert_int_eq(m.s.date, START * CLOCK_SEC);
	made_release(&m);
}
END_TEST

START_TEST(a_deadline_chooses_the_last_commit_before_it)
{
	struct error err = ERROR_INIT;
	struct made m;

	made_init(&m);
	make_history(&m);
	ck_assert_int_eq(made_open(&m, NULL, (START + DAY + 60) * CLOCK_SEC,
				   NULL, &err), 0);
	ck_assert_str_eq(m.s.commit, ids[1]);
	ck_assert_str_eq(m.s.chosen_by.en, "the last commit before "
			 "2023-11-15 22:14:20 UTC");
	/* Exactly at it is late. */
	ck_assert_int_eq(made_open(&m, NULL, (START + DAY) * CLOCK_SEC, NULL,
				   &err), 0);
	ck_assert_str_eq(m.s.commit, ids[0]);
	ck_assert_int_eq(made_open(&m, NULL, START * CLOCK_SEC, NULL, &err),
			 -1);
	ck_assert_msg(strstr(err.message, "no commit before"), "%s",
		      err.message);
	made_release(&m);
}
END_TEST

START_TEST(what_was_not_committed_is_not_graded)
{
	struct made m;

	made_init(&m);
	make_history(&m);
	made_write(&m, "file", "not committed");
	made_write(&m, "new", "not committed");
	made_must_open(&m, NULL);
	made_expect(&m, "file", "third");
	ck_assert(!made_has(&m, "new"));
	ck_assert(made_notes(&m, "1 of its files are not as they were "
			     "committed (file)"));
	made_release(&m);
}
END_TEST

START_TEST(an_unknown_revision_is_refused)
{
	struct error err = ERROR_INIT;
	struct made m;

	made_init(&m);
	make_history(&m);
	ck_assert_int_eq(made_open(&m, arena_printf(&m.arena, "%s@nope",
						    m.source), 0, NULL, &err),
			 -1);
	ck_assert_int_eq(err.kind, ERROR_INVALID);
	ck_assert_msg(strstr(err.message, "no revision `nope`"), "%s",
		      err.message);
	made_release(&m);
}
END_TEST

START_TEST(a_folder_without_history_has_no_revisions)
{
	struct error err = ERROR_INIT;
	struct made m;

	made_init(&m);
	made_write(&m, "file", "x");
	made_must_open(&m, NULL);
	ck_assert_ptr_null(m.s.commit);
	ck_assert_str_eq(m.s.chosen_by.en, "the folder as it is");
	ck_assert_int_eq(made_open(&m, NULL, START * CLOCK_SEC, NULL, &err),
			 -1);
	ck_assert_msg(strstr(err.message, "no git repository"), "%s",
		      err.message);
	made_release(&m);
}
END_TEST

START_TEST(a_repository_without_a_commit_is_a_folder)
{
	git_repository *repository = NULL;
	struct made m;

	made_init(&m);
	made_write(&m, "file", "x");
	git_libgit2_init();
	GIT(git_repository_init(&repository, m.source, 0));
	git_repository_free(repository);
	git_libgit2_shutdown();
	made_must_open(&m, NULL);
	made_expect(&m, "file", "x");
	ck_assert(made_notes(&m, "nothing was committed yet"));
	made_release(&m);
}
END_TEST

/* "git clone --filter=blob:none", or whoever took the large files out. */
START_TEST(a_file_whose_content_is_missing_keeps_its_id)
{
	static const char text[] = "a model of sixty megabytes";
	struct file_digest digest;
	struct made m;
	json_t *file;
	size_t i;

	made_init(&m);
	made_write(&m, "models/model.pkl", text);
	make_history(&m);
	ck_assert_int_eq(hash_file(path_join(&m.arena, m.source,
					     "models/model.pkl"), &digest,
				   NULL), 0);
	ck_assert_int_eq(unlink(arena_printf(
		&m.arena, "%s/.git/objects/%.2s/%s", m.source,
		digest.git_blob, digest.git_blob + 2)), 0);
	made_must_open(&m, NULL);
	ck_assert(!made_has(&m, "models/model.pkl"));
	ck_assert_str_eq(made_left_out(&m, "models/model.pkl"), "missing");
	made_expect(&m, "file", "third");
	bool found = false;
	json_array_foreach(m.s.files, i, file)
		found |= !strcmp(json_string_value(json_object_get(
					 file, "git_blob")), digest.git_blob);
	ck_assert(found);
	struct error err = ERROR_INIT;
	ck_assert_int_eq(submission_prepare(&m.s, NULL, NULL, &err), 0);
	const json_t *recorded = json_array_get(
		json_object_get(m.s.recorded, "files"), 0);
	ck_assert_str_eq(json_string_value(json_object_get(
				 recorded, "git_blob")), digest.git_blob);
	ck_assert(json_is_null(json_object_get(recorded, "sha256")));
	made_release(&m);
}
END_TEST

START_TEST(an_archive_with_a_repository_is_graded_as_handed_in)
{
	struct made m;

	made_init(&m);
	make_history(&m);
	made_write(&m, "file", "handed in");
	/* The whole folder, with .git, as a student packs it. */
	const char *argv[] = { "tar", "-C", m.folder, "-cf",
			       made_path(&m, "x.tar"), "hand-in", NULL };
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;
	struct subprocess_result result;
	spec.argv = argv;
	ck_assert_int_eq(subprocess_run(&spec, &result, NULL), 0);
	ck_assert_int_eq(result.exit_code, 0);
	subprocess_result_release(&result);
	made_must_open(&m, made_path(&m, "x.tar"));
	made_expect(&m, "file", "handed in");
	ck_assert(!made_has(&m, ".git"));
	ck_assert_str_eq(m.s.commit, ids[2]);
	ck_assert(made_notes(&m, "its files are the archive's"));
	/* Where a deadline is given, the commit counts. */
	struct error err = ERROR_INIT;
	ck_assert_msg(!made_open(&m, made_path(&m, "x.tar"),
				 (START + 60) * CLOCK_SEC, NULL, &err), "%s",
		      err.message);
	made_expect(&m, "file", "first");
	made_release(&m);
}
END_TEST

/* ------------------------------------------------------- hostile repositories */

/* A file of the repository, in which $RUN is a script that leaves a mark, and
 * $ELSE a folder that is not the submission's. */
static const struct {
	const char *what, *file, *text;
	const char *git; /* what a person would type, to be run by it */
} ways_in[] = {
	{ "core.fsmonitor", ".git/config",
	  "[core]\nrepositoryformatversion = 0\nfsmonitor = $RUN\n",
	  "git status" },
	{ "log.showSignature", ".git/config",
	  "[core]\nrepositoryformatversion = 0\n[log]\nshowSignature = true\n"
	  "[gpg]\nprogram = $RUN\n", "git log" },
	{ "core.sshCommand", ".git/config",
	  "[core]\nrepositoryformatversion = 0\nsshCommand = $RUN\n"
	  "[remote \"origin\"]\nurl = ssh://nowhere.invalid/x\n"
	  "fetch = +refs/heads/*:refs/remotes/origin/*\n",
	  "git fetch" },
	{ "core.pager", ".git/config",
	  "[core]\nrepositoryformatversion = 0\n[alias]\nstatus2 = !$RUN\n",
	  "git status2" },
	{ "include.path", ".git/config",
	  "[core]\nrepositoryformatversion = 0\n[include]\n"
	  "path = ../evil.config\n", "git status" },
	{ "core.hooksPath", ".git/config",
	  "[core]\nrepositoryformatversion = 0\nhooksPath = $HOOKS\n",
	  "git checkout -q HEAD~0" },
	{ "a hook", ".git/hooks/post-checkout", "#!/bin/sh\n$RUN\n",
	  "git checkout -q HEAD~0" },
	{ "a filter", ".git/config",
	  "[core]\nrepositoryformatversion = 0\n[filter \"f\"]\n"
	  "smudge = $RUN\nclean = $RUN\n",
	  "echo '* filter=f' >.gitattributes; rm file; git checkout file" },
	{ "attributes", ".git/info/attributes", "* filter=f diff=f merge=f\n",
	  NULL },
	{ "a promisor remote", ".git/config",
	  "[core]\nrepositoryformatversion = 1\n[extensions]\n"
	  "partialClone = origin\n[remote \"origin\"]\n"
	  "url = ext::$RUN\npromisor = true\n", NULL },
	{ "core.worktree", ".git/config",
	  "[core]\nrepositoryformatversion = 0\nworktree = $ELSE\n", NULL },
	{ "a repository format of the future", ".git/config",
	  "[core]\nrepositoryformatversion = 9\n", NULL },
	{ "commondir", ".git/commondir", "$ELSE\n", NULL },
};

static const char *fill_in(struct made *m, const char *text)
{
	static const char *const names[] = { "$RUN", "$ELSE", "$HOOKS" };
	const char *values[] = { made_path(m, "run"), made_path(m, "else"),
				 made_path(m, "hooks") };
	struct strbuf sb = STRBUF_INIT(10000);

	for (const char *p = text; *p;) {
		size_t i = 0;
		while (i < 3 && strncmp(p, names[i], strlen(names[i])))
			i++;
		if (i < 3) {
			strbuf_addstr(&sb, values[i]);
			p += strlen(names[i]);
		} else {
			strbuf_addch(&sb, *p++);
		}
	}
	const char *filled = arena_strdup(&m->arena, sb.buf);
	strbuf_release(&sb);
	return filled;
}

static void write_program(struct made *m, const char *name, const char *text)
{
	const char *path = made_path(m, name);

	ck_assert_int_eq(io_make_folders(path_dirname(&m->arena, path), 0755,
					 NULL), 0);
	ck_assert_int_eq(io_write_file(path, text, strlen(text), 0755, NULL),
			 0);
}

/* The last commit once more, signed: git would have the signature checked. */
static void sign_last(struct made *m)
{
	git_repository *repository = NULL;
	git_commit *last = NULL;
	git_tree *tree = NULL;
	git_reference *head = NULL, *moved = NULL;
	git_buf buffer = { NULL, 0, 0 };
	char *hex = arena_alloc(&m->arena, GIT_OID_HEXSZ + 1);
	git_oid id;

	git_libgit2_init();
	git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
	GIT(git_repository_open(&repository, m->source));
	GIT(git_repository_head(&head, repository));
	GIT(git_commit_lookup(&last, repository, git_reference_target(head)));
	GIT(git_commit_tree(&tree, last));
	const git_commit *parents[] = { last };
	GIT(git_commit_create_buffer(&buffer, repository,
				     git_commit_author(last),
				     git_commit_author(last), NULL, "signed",
				     tree, 1, parents));
	GIT(git_commit_create_with_signature(
		&id, repository, buffer.ptr,
		"-----BEGIN PGP SIGNATURE-----\n\niQEz\n"
		"-----END PGP SIGNATURE-----\n", NULL));
	GIT(git_reference_set_target(&moved, head, &id, NULL));
	ids[2] = git_oid_tostr(hex, GIT_OID_HEXSZ + 1, &id);
	git_buf_dispose(&buffer);
	git_reference_free(moved);
	git_reference_free(head);
	git_tree_free(tree);
	git_commit_free(last);
	git_repository_free(repository);
	git_libgit2_shutdown();
}

static void make_hostile(struct made *m, size_t way)
{
	make_history(m);
	if (strstr(ways_in[way].what, "showSignature"))
		sign_last(m);
	const char *run = arena_printf(&m->arena, "#!/bin/sh\ntouch '%s'\n",
				       made_path(m, "ran"));
	write_program(m, "run", run);
	write_program(m, "hooks/post-checkout", run);
	made_write(m, "evil.config",
		   fill_in(m, "[core]\nfsmonitor = $RUN\n"));
	made_write(m, ways_in[way].file, fill_in(m, ways_in[way].text));
	chmod(path_join(&m->arena, m->source, ways_in[way].file), 0755);
}

/* Whether git, run in it, runs the submission's program. */
static bool git_runs_it(struct made *m, size_t way)
{
	const char *script = arena_printf(
		&m->arena, "cd '%s' && git config --global safe.directory '*' "
		"&& { %s; } >/dev/null 2>&1; exit 0", m->source,
		ways_in[way].git);
	const char *argv[] = { "sh", "-c", script, NULL };
	const char *env[] = { "PATH=/usr/bin:/bin",
			      arena_printf(&m->arena, "HOME=%s",
					   made_path(m, "home")), NULL };
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;
	struct subprocess_result result;

	io_make_folders(made_path(m, "home"), 0755, NULL);
	spec.argv = argv;
	spec.env = env;
	spec.timeout = 30 * CLOCK_SEC;
	ck_assert_int_eq(subprocess_run(&spec, &result, NULL), 0);
	subprocess_result_release(&result);
	return io_exists(made_path(m, "ran"));
}

START_TEST(nothing_that_a_repository_names_is_run)
{
	struct made m;

	made_init(&m);
	make_hostile(&m, (size_t)_i);
	made_must_open(&m, NULL);
	ck_assert_msg(!io_exists(made_path(&m, "ran")), "%s was run",
		      ways_in[_i].what);
	ck_assert_str_eq(m.s.commit, ids[2]);
	made_expect(&m, "file", "third");
	if (ways_in[_i].git && io_exists("/usr/bin/git"))
		ck_assert_msg(git_runs_it(&m, (size_t)_i),
			      "%s does not even run with git", ways_in[_i].what);
	made_release(&m);
}
END_TEST

/* Somebody else's objects, which the submission names. */
START_TEST(alternates_are_not_followed)
{
	struct made m;

	made_init(&m);
	make_history(&m);
	made_write(&m, ".git/objects/info/alternates",
		   arena_printf(&m.arena, "%s\n", made_path(&m, "else")));
	const char *objects = path_join(&m.arena, m.source, ".git/objects");
	ck_assert_int_eq(rename(arena_printf(&m.arena, "%s/%.2s", objects,
					     ids[2]),
				made_path(&m, "moved")), 0);
	const char *other = arena_printf(&m.arena, "%s/%.2s",
					 made_path(&m, "else"), ids[2]);
	ck_assert_int_eq(io_make_folders(made_path(&m, "else"), 0755, NULL),
			 0);
	ck_assert_int_eq(rename(made_path(&m, "moved"), other), 0);
	made_must_open(&m, NULL);
	ck_assert_ptr_null(m.s.commit);
	ck_assert(made_notes(&m, "graded as they lie"));
	made_release(&m);
}
END_TEST

START_TEST(links_in_the_repository_are_not_followed)
{
	static const char *const links[] = { ".git/objects", ".git/refs",
					     ".git" };
	struct made m;

	made_init(&m);
	make_history(&m);
	const char *path = path_join(&m.arena, m.source, links[_i]);
	ck_assert_int_eq(rename(path, made_path(&m, "else")), 0);
	ck_assert_int_eq(symlink(made_path(&m, "else"), path), 0);
	made_must_open(&m, NULL);
	ck_assert_ptr_null(m.s.commit);
	ck_assert_uint_ge(m.s.notes.len, 1);
	made_expect(&m, "file", "third");
	made_release(&m);
}
END_TEST

START_TEST(a_dot_git_file_is_not_followed)
{
	struct made m;

	made_init(&m);
	make_history(&m);
	const char *path = path_join(&m.arena, m.source, ".git");
	ck_assert_int_eq(rename(path, made_path(&m, "else")), 0);
	made_write(&m, ".git", arena_printf(&m.arena, "gitdir: %s\n",
					    made_path(&m, "else")));
	made_must_open(&m, NULL);
	ck_assert_ptr_null(m.s.commit);
	ck_assert(made_notes(&m, "was not followed"));
	made_release(&m);
}
END_TEST

START_TEST(a_damaged_object_is_no_crash)
{
	struct made m;

	made_init(&m);
	make_history(&m);
	const char *path = arena_printf(&m.arena, "%s/.git/objects/%.2s/%s",
					m.source, ids[2], ids[2] + 2);
	chmod(path, 0644);
	ck_assert_int_eq(io_write_file(path, "\x78\x9c garbage", 10, 0644,
				       NULL), 0);
	made_must_open(&m, NULL);
	ck_assert_ptr_null(m.s.commit);
	made_expect(&m, "file", "third");
	made_release(&m);
}
END_TEST

/* A tree may name what no file system should be asked for. */
START_TEST(names_in_a_tree_stay_below_it)
{
	static const char *const names[] = { "..", ".git", "a\\b" };
	git_repository *repository = NULL;
	git_odb *odb = NULL;
	git_oid blob, tree, commit;
	struct strbuf raw = STRBUF_INIT(1000);
	struct made m;

	made_init(&m);
	make_history(&m);
	git_libgit2_init();
	git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
	git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 0);
	GIT(git_repository_open(&repository, m.source));
	GIT(git_repository_odb(&odb, repository));
	GIT(git_odb_write(&blob, odb, "evil", 4, GIT_OBJECT_BLOB));
	strbuf_addf(&raw, "100644 %s%c", names[_i], 0);
	strbuf_add(&raw, blob.id, sizeof(blob.id));
	strbuf_addf(&raw, "100644 good%c", 0);
	strbuf_add(&raw, blob.id, sizeof(blob.id));
	GIT(git_odb_write(&tree, odb, raw.buf, raw.len, GIT_OBJECT_TREE));
	char hex[GIT_OID_HEXSZ + 1];
	git_oid_tostr(hex, sizeof(hex), &tree);
	strbuf_reset(&raw);
	strbuf_addf(&raw, "tree %s\nauthor A <a@b> 1700000000 +0000\n"
		    "committer A <a@b> 1700000000 +0000\n\nx\n", hex);
	GIT(git_odb_write(&commit, odb, raw.buf, raw.len, GIT_OBJECT_COMMIT));
	git_oid_tostr(hex, sizeof(hex), &commit);
	git_odb_free(odb);
	git_repository_free(repository);
	git_libgit2_shutdown();
	made_must_open(&m, arena_printf(&m.arena, "%s@%s", m.source, hex));
	made_expect(&m, "good", "evil");
	ck_assert_uint_eq(json_array_size(m.s.left_out), 1);
	strbuf_release(&raw);
	made_release(&m);
}
END_TEST

START_TEST(a_robot_is_no_person)
{
	ck_assert(history_is_robot("dependabot[bot]", "x@y"));
	ck_assert(history_is_robot("GitHub Classroom", ""));
	ck_assert(history_is_robot("x", "1+renovate[bot]@users.noreply"));
	ck_assert(!history_is_robot("Robot Smith", "robot@example.org"));
	ck_assert(!history_is_robot("Talbot", "abbot@example.org"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("submission/history");
	TCase *tcase = tcase_create("history");

	tcase_set_timeout(tcase, 120);
	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, head_is_graded_where_nothing_is_said);
	tcase_add_test(tcase, a_revision_is_graded_where_it_is_given);
	tcase_add_test(tcase, a_deadline_chooses_the_last_commit_before_it);
	tcase_add_test(tcase, what_was_not_committed_is_not_graded);
	tcase_add_test(tcase, an_unknown_revision_is_refused);
	tcase_add_test(tcase, a_folder_without_history_has_no_revisions);
	tcase_add_test(tcase, a_repository_without_a_commit_is_a_folder);
	tcase_add_test(tcase, a_file_whose_content_is_missing_keeps_its_id);
	tcase_add_test(tcase, an_archive_with_a_repository_is_graded_as_handed_in);
	tcase_add_loop_test(tcase, nothing_that_a_repository_names_is_run, 0,
			    (int)(sizeof(ways_in) / sizeof(*ways_in)));
	tcase_add_test(tcase, alternates_are_not_followed);
	tcase_add_loop_test(tcase, links_in_the_repository_are_not_followed, 0,
			    3);
	tcase_add_test(tcase, a_dot_git_file_is_not_followed);
	tcase_add_test(tcase, a_damaged_object_is_no_crash);
	tcase_add_loop_test(tcase, names_in_a_tree_stay_below_it, 0, 3);
	tcase_add_test(tcase, a_robot_is_no_person);
	return tests_run(suite);
}
