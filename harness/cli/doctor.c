/*
 * bis doctor: what this machine has and lacks for Bis, and the command that
 * installs it. It tries what it says: PostgreSQL makes a cluster.
 */
#include "base/clock.h"
#include "base/io.h"
#include "base/locked_folder.h"
#include "cli/command.h"
#include "stack/account.h"
#include "stack/engine.h"
#include "stack/machine.h"
#include "stack/memory_folder.h"
#include "stack/postgres.h"
#include "stack/program.h"
#include "stack/supervisor.h"

#include <locale.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

/* What a part is needed for. */
enum need {
	NEEDED,   /* nothing runs without it */
	USEFUL,   /* something does less without it */
};

struct finding {
	const char *name;
	bool ok;
	enum need need;
	const char *detail; /* what was found, or what is wrong */
	const char *remedy; /* a command, or NULL */
};

struct findings {
	VEC(struct finding) list;
	struct arena *arena;
};

static void add(struct findings *f, const char *name, bool ok, enum need need,
		const char *detail, const char *remedy)
{
	*vec_push(&f->list) = (struct finding){
		name, ok, need, detail, ok ? NULL : remedy,
	};
}

static const char *kept(struct findings *f, const struct error *err)
{
	return arena_strdup(f->arena, err->message);
}

/* A run of initdb, as a stack does it. */
static int try_initdb(struct arena *arena, struct supervisor *s,
		      const struct postgres_programs *programs,
		      const struct account *account, struct error *err)
{
	struct postgres_cluster cluster = {
		.data = arena_printf(arena, "%s/run/pg", s->folder),
		.share = arena_printf(arena, "%s/bin/share", s->folder),
		.socket_dir = "", .log_dir = "", .title = "doctor",
		.port = 5432,
	};
	struct child_spec spec = {
		.kind = CHILD_COMMAND, .name = "initdb",
		.argv = postgres_initdb_argv(arena, programs, &cluster),
		.cwd = "/", .drop = account->drop, .uid = account->uid,
		.gid = account->gid,
	};
	struct subprocess_result result;
	int rc = 0;

	if (private_folder_lay_out(s->folder, account, err) < 0 ||
	    postgres_configure(programs, &cluster, err) < 0 ||
	    memory_folder_make(s, account,
			       (const char *const[]){ cluster.data, NULL },
			       err) < 0 ||
	    supervisor_run(s, &spec, 60 * CLOCK_SEC, 0, &result, err) < 0)
		return -1;
	if (result.exit_code) {
		strbuf_rtrim(&result.err);
		rc = error_set(err, ERROR_UNAVAILABLE, "%s",
			       result.err.len ? result.err.buf
					      : "initdb failed");
	}
	subprocess_result_release(&result);
	return rc;
}

static void check_initdb(struct findings *f,
			 const struct postgres_programs *programs,
			 const struct account *account)
{
	struct supervisor s = SUPERVISOR_INIT;
	struct error err = ERROR_INIT;
	int64_t started = clock_monotonic();
	char took[CLOCK_TEXT];
	bool ok = supervisor_start(&s, "doctor", account->uid, &err) == 0 &&
		try_initdb(f->arena, &s, programs, account, &err) == 0;

	supervisor_end(&s);
	clock_format_duration(clock_monotonic() - started, took);
	add(f, "initdb", ok, NEEDED,
	    ok ? arena_printf(f->arena, "makes a cluster in %s", took)
	       : kept(f, &err),
	    "look at the message: a folder, a locale or space is missing");
}

static void check_postgres(struct findings *f)
{
	struct postgres_programs programs;
	struct account account;
	struct error err = ERROR_INIT;
	bool user = account_choose(&account, &err) == 0;

	add(f, "unprivileged user", user, NEEDED,
	    user ? arena_printf(f->arena, "services run as %s", account.name)
		 : kept(f, &err), POSTGRES_INSTALL);
	if (postgres_find(f->arena, &programs, &err) < 0) {
		add(f, "PostgreSQL", false, NEEDED,
		    "its server is not installed", POSTGRES_INSTALL);
		return;
	}
	add(f, "PostgreSQL", programs.major >= 13, NEEDED,
	    arena_printf(f->arena, "%s, in %s", programs.version,
			 programs.bindir), POSTGRES_INSTALL);
	if (programs.major < 15)
		add(f, "PostgreSQL's JSON log", false, USEFUL,
		    "since version 15: causes are found without statements",
		    "install a newer postgresql");
	if (user)
		check_initdb(f, &programs, &account);
}

static void check_locale(struct findings *f)
{
	locale_t locale = newlocale(LC_ALL_MASK, "C.UTF-8", NULL);

	add(f, "locale C.UTF-8", locale != NULL, NEEDED,
	    locale ? "there" : "not there",
	    "sudo apt-get install libc-bin");
	if (locale)
		freelocale(locale);
}

/* Space where private folders are made: a run of the embedded lab takes
 * about 150 MiB. */
static void check_space(struct findings *f)
{
	enum { WANTED_MIB = 300 };
	const char *places[3];
	struct statvfs fs;

	locked_folder_places(places);
	bool known = statvfs(places[0], &fs) == 0;
	unsigned long long mib = known ?
		(unsigned long long)fs.f_bavail * fs.f_frsize >> 20 : 0;
	add(f, "space", known && mib >= WANTED_MIB, NEEDED,
	    arena_printf(f->arena, "%llu MiB free in %s", mib, places[0]),
	    "make room, or set TMPDIR to a folder with more");
}

static void check_program(struct findings *f, const char *name,
			  enum need need, const char *what,
			  const char *remedy)
{
	const char *path = program_find(f->arena, name);

	add(f, name, path != NULL, need,
	    path ? path : arena_printf(f->arena, "not found: %s", what),
	    remedy);
}

static void check_engine(struct findings *f)
{
	struct engine engine = { .arena = f->arena, .home = "/nonexistent" };
	struct error err = ERROR_INIT;
	bool ok = engine_find(&engine, &err) == 0;

	/* What is wrong says what to type. */
	add(f, "container engine", ok, USEFUL,
	    ok ? arena_printf(f->arena, "%s %s, Compose %s", engine.client,
			      engine.version, engine.compose_version)
	       : kept(f, &err), NULL);
}

/* What the change `clock` preloads into a training. */
static void check_faketime(struct findings *f)
{
	glob_t found;
	bool there = glob("/usr/lib/*/faketime/libfaketime.so.1", 0, NULL,
			  &found) == 0;

	add(f, "libfaketime", there, USEFUL,
	    there ? arena_strdup(f->arena, found.gl_pathv[0])
		  : "not found: no training is given another clock",
	    "sudo apt-get install libfaketime");
	globfree(&found);
}

static void print_machine(struct findings *f)
{
	struct fact facts[MACHINE_FACTS];
	size_t n = machine_facts(f->arena, facts);

	for (size_t i = 0; i < n; i++)
		printf("        %-22s %s\n", facts[i].name, facts[i].value);
}

static int print_findings(struct findings *f)
{
	int code = EXIT_ALL_PASSED;

	for (size_t i = 0; i < f->list.len; i++) {
		const struct finding *one = &f->list.at[i];
		bool fatal = !one->ok && one->need == NEEDED;
		printf("%-7s %-22s %s\n", one->ok ? "ok" :
		       fatal ? "MISSING" : "lacks", one->name, one->detail);
		if (one->remedy)
			printf("        %-22s %s\n", "", one->remedy);
		if (fatal)
			code = EXIT_NOT_CHECKED;
	}
	return code;
}

static int doctor_main(const struct arguments *arguments)
{
	struct arena arena = ARENA_INIT;
	struct findings findings = { VEC_INIT, &arena };
	int code;

	if (arguments->operand_count)
		return command_usage_error("doctor", "takes no operand");
	check_postgres(&findings);
	check_locale(&findings);
	check_space(&findings);
	check_program(&findings, "streamflow", NEEDED,
		      "the embedded lab", "make");
	check_program(&findings, "psql", USEFUL,
		      "for the commands by hand of a report",
		      "sudo apt-get install postgresql-client");
	check_program(&findings, "curl", USEFUL,
		      "for the commands by hand of a report",
		      "sudo apt-get install curl");
	check_faketime(&findings);
	check_engine(&findings);
	code = print_findings(&findings);
	print_machine(&findings);
	vec_release(&findings.list);
	arena_release(&arena);
	return code;
}

static const struct option_spec options[] = { { 0 } };

const struct command command_doctor = {
	.name = "doctor",
	.summary = "What this machine has and lacks, and what installs it",
	.usage = "doctor",
	.details = "Exit code 0 where nothing is missing that every run "
		"needs, else 4.",
	.options = options,
	.main = doctor_main,
};
