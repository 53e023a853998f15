/* Stacks for tests: a stack file from a text, in a folder of its own that is
 * also TMPDIR, so that what is left behind can be seen. */
#ifndef TESTS_STACK_FIXTURE_H
#define TESTS_STACK_FIXTURE_H

#include "tests/test.h"

#include "base/io.h"
#include "stack/postgres.h"
#include "stack/private_folder.h"
#include "stack/stack.h"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

/* An HTTP service and PostgreSQL, with what the tests of the driver use. */
#define TWO_SERVICES \
	"bis-stack: 1\n" \
	"driver: process\n" \
	"vars: { greeting: hello, users: 20 }\n" \
	"programs: { service: service }\n" \
	"services:\n" \
	"  postgres:\n" \
	"    role: database\n" \
	"    postgres: { databases: [app, tracking] }\n" \
	"  api:\n" \
	"    role: api\n" \
	"    needs: [postgres]\n" \
	"    run: [service, --port, '${port}', --conninfo, '${postgres.app}']\n" \
	"    env: ['GREETING=${greeting}']\n" \
	"    ready: { http: /health, within: 20s }\n" \
	"    state: [artifacts]\n" \
	"prepare:\n" \
	"  - { makes: data, run: [sh, -c, 'echo ${users} > ${data}/users'] }\n" \
	"actions:\n" \
	"  show:\n" \
	"    params: [what]\n" \
	"    run: [sh, -c, 'echo \"found=$$0 $$*\"; cat ${data}/users', '${what}']\n" \
	"    optional: { seed: [--seed, '${seed}'] }\n" \
	"    values: { found: 'found=(\\w+)', users: '^(\\d+)$' }\n" \
	"  put: { params: [text], run: [sh, -c, 'echo ${text} > ${state.artifacts}/file'] }\n" \
	"  restart: { restart: [api] }\n"

struct fixture {
	struct arena arena;
	char folder[64];
	char file[128];
	struct stack *stack;
};

static inline void fixture_init(struct fixture *f, const char *text)
{
	struct error err = ERROR_INIT;
	char programs[PATH_MAX];

	memset(f, 0, sizeof(*f));
	snprintf(f->folder, sizeof(f->folder), "/tmp/stacktest-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(f->folder));
	chmod(f->folder, 0755);
	setenv("TMPDIR", f->folder, 1);
	snprintf(programs, sizeof(programs), "%s/harness/tests/stack",
		 tests_builddir());
	setenv("BIS_PROGRAMS", programs, 1);
	snprintf(f->file, sizeof(f->file), "%s/stack.yaml", f->folder);
	ck_assert(io_write_file(f->file, text, strlen(text), 0644, &err) == 0);
}

static inline int fixture_open(struct fixture *f, const json_t *vars,
			       struct error *err)
{
	struct stack_options options = {
		.file = f->file, .vars = vars, .arena = &f->arena,
	};

	return stack_open(&options, &f->stack, err);
}

static inline void fixture_up(struct fixture *f)
{
	struct error err = ERROR_INIT;

	ck_assert_msg(fixture_open(f, NULL, &err) == 0 &&
		      stack_up(f->stack, &err) == 0, "%s", err.message);
}

static inline void fixture_release(struct fixture *f)
{
	stack_close(f->stack);
	arena_release(&f->arena);
	io_remove_tree(f->folder, NULL);
}

/* Brings it up, expecting that this fails: why. */
static inline struct error fixture_fails(const char *text)
{
	struct fixture f;
	struct error err = ERROR_INIT;

	fixture_init(&f, text);
	ck_assert_int_eq(fixture_open(&f, NULL, &err) < 0 ? -1
			 : stack_up(f.stack, &err), -1);
	fixture_release(&f);
	return err;
}

/* A private folder that nobody holds, with one file in it; its path goes to
 * ret_folder. */
static inline void fixture_leftover(struct fixture *f, const char *name,
				    const char *text, char ret_folder[128])
{
	char file[160];

	snprintf(ret_folder, 128, "%s/" PRIVATE_FOLDER_PREFIX "abcdef",
		 f->folder);
	snprintf(file, sizeof(file), "%s/%s", ret_folder, name);
	ck_assert_int_eq(mkdir(ret_folder, 0700), 0);
	ck_assert_int_eq(io_write_file(file, text, strlen(text), 0600, NULL),
			 0);
}

static inline void fixture_need_postgres(void)
{
	struct arena arena = ARENA_INIT;
	struct postgres_programs programs;
	struct error err = ERROR_INIT;

	tests_need("postgres", postgres_find(&arena, &programs, &err) == 0,
		   err.message);
	arena_release(&arena);
}

#endif
