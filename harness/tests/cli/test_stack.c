/* `bis stack`, `bis clean` and `bis doctor` as a person uses them. */
#include "tests/stack/stack_fixture.h"

#include "base/subprocess.h"

static struct subprocess_result bis(const struct fixture *f,
				    const char *pg_config, const char *verb,
				    const char *a, const char *b)
{
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;
	struct subprocess_result result;
	struct error err = ERROR_INIT;
	char path[PATH_MAX], tmpdir[128], programs[PATH_MAX], pg[128];

	snprintf(path, sizeof(path), "%s/bis", tests_builddir());
	snprintf(tmpdir, sizeof(tmpdir), "TMPDIR=%s", f->folder);
	snprintf(programs, sizeof(programs), "BIS_PROGRAMS=%s",
		 getenv("BIS_PROGRAMS"));
	snprintf(pg, sizeof(pg), "BIS_PG_CONFIG=%s", pg_config);
	spec.argv = (const char *const[]){ path, verb, a, b, NULL };
	spec.env = (const char *const[]){
		"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8", tmpdir,
		programs, pg_config ? pg : "A=", NULL,
	};
	ck_assert_msg(!subprocess_run(&spec, &result, &err), "%s",
		      err.message);
	return result;
}

/* What was printed; the exit code must be the expected one. */
static const char *said(struct fixture *f, int code, const char *verb,
		  const char *a, const char *b)
{
	struct subprocess_result r = bis(f, NULL, verb, a, b);
	const char *out = arena_strdup(&f->arena, r.out.buf);

	ck_assert_msg(r.exit_code == code, "bis %s %s: exit %d: %s%s", verb,
		      a ? a : "", r.exit_code, r.out.buf, r.err.buf);
	subprocess_result_release(&r);
	return out;
}

START_TEST(a_stack_lives_on_until_it_is_ended)
{
	struct fixture f;

	fixture_init(&f, TWO_SERVICES);
	const char *up = said(&f, 0, "stack", "up", f.file);
	ck_assert_msg(strstr(up, "export BIS_API='http://127.0.0.1:"), "%s",
		      up);
	ck_assert_ptr_nonnull(strstr(up, "export BIS_DATABASE='host="));
	const char *before = said(&f, 0, "stack", "ps", NULL);
	ck_assert_ptr_nonnull(strstr(before, "api        up"));
	ck_assert_ptr_nonnull(strstr(before, f.file));
	/* It is no leftover. Whether others in /tmp go is their matter. */
	struct subprocess_result clean = bis(&f, NULL, "clean", NULL, NULL);
	ck_assert_msg(strstr(clean.out.buf, "left alone: "), "%s%s",
		      clean.out.buf, clean.err.buf);
	subprocess_result_release(&clean);
	said(&f, 0, "stack", "restart", "api");
	const char *after = said(&f, 0, "stack", "ps", NULL);
	ck_assert_ptr_nonnull(strstr(after, "api        up"));
	ck_assert_str_ne(before, after); /* another process */
	said(&f, 0, "stack", "restart", "database");
	said(&f, 2, "stack", "restart", "nothing");
	said(&f, 0, "stack", "logs", "api");
	said(&f, 2, "stack", "logs", "nothing");
	said(&f, 0, "stack", "down", NULL);
	said(&f, 2, "stack", "down", NULL);
	ck_assert_ptr_nonnull(strstr(said(&f, 0, "stack", "ps", NULL),
				     "no stack is up"));
	fixture_release(&f);
}
END_TEST

START_TEST(clean_says_what_stays_why_and_what_to_do)
{
	struct fixture f;
	char folder[128], file[160];

	fixture_init(&f, "");
	fixture_leftover(&f, "state", "token 0123456789abcdef\n"
			 "engine docker unix:///nonexistent/engine.sock\n",
			 folder);
	snprintf(file, sizeof(file), "%s/state", folder);
	struct subprocess_result r = bis(&f, NULL, "clean", NULL, NULL);
	ck_assert_int_eq(r.exit_code, 4);
	ck_assert_msg(strstr(r.err.buf, folder) &&
		      strstr(r.err.buf, "its containers") &&
		      strstr(r.err.buf, "start it, then: bis clean"), "%s",
		      r.err.buf);
	ck_assert(io_exists(file)); /* it says what there is to remove */
	subprocess_result_release(&r);
	fixture_release(&f);
}
END_TEST

START_TEST(a_stack_file_with_a_mistake_is_exit_3)
{
	struct fixture f;

	fixture_init(&f, "bis-stack: 1\ndriver: proces\nservices: {}\n");
	struct subprocess_result r = bis(&f, NULL, "stack", "up", f.file);
	ck_assert_int_eq(r.exit_code, 3);
	ck_assert_msg(strstr(r.err.buf, "stack.yaml:2:9") &&
		      strstr(r.err.buf, "did you mean `process`?"), "%s",
		      r.err.buf);
	subprocess_result_release(&r);
	fixture_release(&f);
}
END_TEST

START_TEST(doctor_names_the_command_that_installs)
{
	struct fixture f;

	fixture_init(&f, "");
	struct subprocess_result r =
		bis(&f, "/nonexistent/pg_config", "doctor", NULL, NULL);
	ck_assert_int_eq(r.exit_code, 4);
	ck_assert_msg(strstr(r.out.buf, "MISSING PostgreSQL") &&
		      strstr(r.out.buf, "apt-get install postgresql"), "%s",
		      r.out.buf);
	subprocess_result_release(&r);
	fixture_release(&f);
}
END_TEST

static int run_tests(void);
TESTS_MAIN_NAMED(run_tests, "cli/stack", a_stack_lives_on_until_it_is_ended,
		 clean_says_what_stays_why_and_what_to_do,
		 a_stack_file_with_a_mistake_is_exit_3,
		 doctor_names_the_command_that_installs)

int main(void)
{
	fixture_need_postgres();
	return run_tests();
}
