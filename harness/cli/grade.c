/* bis grade: a class, one submission after the other or several at a time. */
#include "config.h"

#include "cli/grade.h"
#include "cli/grade_plan.h"
#include "cli/grade_slurm.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "base/number.h"
#include "base/path.h"
#include "cli/commands.h"
#include "cli/tables.h"
#include "grade/result_file.h"
#include "report/words.h"
#include "scenario/find.h"
#include "stack/kept_cluster.h"
#include "stack/program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

extern char **environ;

static const struct option_spec options[] = {
	{ .name = "allow", .argument = "KEY", .repeats = true,
	  .help = "let this key of a submission's compose file pass" },
	{ .name = "anonymous",
	  .help = "write anonymous/summary.md and index.html, too, to be "
		  "shared" },
	{ .name = "before", .argument = "DATE",
	  .help = "grade each submission's last commit before it (UTC)" },
	{ .name = "data", .argument = "DIR",
	  .help = "months of data in place of the submissions' own" },
	{ .name = "disk-limit", .argument = "MIB",
	  .help = "end a grading whose folder grows past it (4096)" },
	{ .name = "engine", .argument = "NAME",
	  .help = "local, or slurm: one job array on a cluster" },
	{ .name = "given", .argument = "SUBMISSION",
	  .help = "the template that the class was handed: a check that it "
		  "fails as well takes no points" },
	{ .name = "gradebook", .argument = "SHAPE",
	  .help = "of gradebook.csv: plain, moodle or canvas" },
	{ .name = "jobs", .letter = 'j', .argument = "N",
	  .help = "how many at a time; auto: by processors and memory (1)" },
	{ .name = "lang", .argument = "LANG",
	  .help = "language of the reports: en or fr" },
	{ .name = "map", .argument = "ROLE=NAME", .repeats = true,
	  .help = "which logged name plays a role: auc=val_auc" },
	{ .name = "max-disk", .argument = "GIB",
	  .help = "how much room the engine's images may take: those of "
		  "graded submissions go, the least recently used first" },
	{ .name = "monitoring",
	  .help = "start what only watches a submission's stack, too" },
	{ .name = "offline-run",
	  .help = "cut the submissions' network once they are built" },
	{ .name = "only-failed",
	  .help = "grade those again where a check does not hold or that "
		  "could not be graded" },
	{ .name = "out", .argument = "DIR",
	  .help = "where the results go, and where an earlier batch is gone "
		  "on with" },
	{ .name = "overrides", .argument = "FILE",
	  .help = "what people decided: id,check,points,reason,who,date" },
	{ .name = "packages-as-of", .argument = "DATE",
	  .help = "the day whose packages they are built with" },
	{ .name = "plan",
	  .help = "say what each is, what it lacks and about what it takes, "
		  "and start nothing" },
	{ .name = "regrade", .argument = "ID", .repeats = true,
	  .help = "grade this one again" },
	{ .name = "scenario", .argument = "SCENARIO",
	  .help = "what they are graded by" },
	{ .name = "shard", .argument = "I/N",
	  .help = "grade only the I-th of N parts of the class" },
	{ .name = "slurm-option", .argument = "WORD", .repeats = true,
	  .help = "more for sbatch: --slurm-option --partition=lab" },
	{ .name = "stack", .argument = "FILE",
	  .help = "the stack file, in place of the scenario's" },
	{ .name = "time-limit", .argument = "DURATION",
	  .help = "for each submission (30m)" },
	{ .name = "var", .argument = "NAME=VALUE", .repeats = true,
	  .help = "a variable of the scenario or the stack file, for all" },
	{ 0 },
};

const char *const grade_handed[] = {
	"allow", "before", "monitoring", "offline-run", "packages-as-of",
	"data", "map", "stack", "var",
};
const size_t grade_handed_count = ARRAY_SIZE(grade_handed);
/* The first of them are about submissions, and refused without one. */
enum { ABOUT_SUBMISSIONS = 5 };

static int complain(const struct error *err, int code)
{
	fprintf(stderr, "bis: grade: %s\n", err->message);
	return code;
}

static void release(struct grading *g)
{
	batch_release(&g->batch);
	journal_close(&g->journal);
	vec_release(&g->entries);
	vec_release(&g->given_entries);
	vec_release(&g->overrides);
	result_release((struct result *)g->given);
	arena_release(&g->given_arena);
	arena_release(&g->arena);
}

/* The scenario is read once here, for its name and digest, and so that one
 * that is invalid is said once and not by every student's run. */
static int load_scenario(struct grading *g)
{
	const struct scenario_tables tables = cli_tables();
	struct scenario *scenario;
	struct error err = ERROR_INIT;
	const char *path;

	g->scenario = argument_value(g->arguments, "scenario");
	if (!g->scenario)
		return command_usage_error("grade", "by which scenario? "
					   "--scenario NAME; `bis list` shows "
					   "them");
	if (scenario_find(g->scenario, &g->arena, &path, &err) < 0 ||
	    scenario_load(path, &tables, NULL, 0, NULL, &g->arena, &scenario,
			  &err) < 0)
		return complain(&err, EXIT_BAD_SCENARIO);
	g->name = scenario->name;
	g->digest = scenario->digest;
	scenario_release(scenario);
	return 0;
}

static int read_shard(struct grading *g)
{
	const char *shard = argument_value(g->arguments, "shard");
	const char *slash = shard ? strchr(shard, '/') : NULL;
	int64_t index, count;

	if (!shard)
		return 0;
	if (!slash ||
	    !number_parse_int(arena_strndup(&g->arena, shard,
					    (size_t)(slash - shard)),
			      1, 100000, &index) ||
	    !number_parse_int(slash + 1, index, 100000, &count))
		return command_usage_error("grade", "--shard takes I/N, like "
					   "2/5, not `%s`", shard);
	entries_keep_shard(&g->entries, (size_t)index, (size_t)count);
	return 0;
}

static int read_class(struct grading *g)
{
	const char *given = argument_value(g->arguments, "given");
	const char *overrides = argument_value(g->arguments, "overrides");
	struct error err = ERROR_INIT;
	int code;

	if (!g->arguments->operand_count)
		return command_usage_error("grade", "whom? folders, archives, "
					   "or a CSV with id,path,name");
	if (entries_read(g->arguments->operands, g->arguments->operand_count,
			 &g->arena, &g->entries, &err) < 0)
		return complain(&err, EXIT_USAGE);
	/* A decision may be about a student of another shard. */
	if (overrides &&
	    overrides_read(overrides, &g->entries, &g->arena, &g->overrides,
			   &err) < 0)
		return complain(&err, EXIT_USAGE);
	code = read_shard(g);
	if (code || !given)
		return code;
	if (entries_read(&given, 1, &g->arena, &g->given_entries, &err) < 0)
		return complain(&err, EXIT_USAGE);
	if (g->given_entries.len != 1)
		return command_usage_error("grade", "--given is one "
					   "submission, not %zu",
					   g->given_entries.len);
	return 0;
}

static void choose_out(struct grading *g)
{
	char *name;

	g->out = argument_value(g->arguments, "out");
	if (!g->out) {
		name = arena_printf(&g->arena, "reports/class-%s", g->name);
		for (char *p = name + strlen("reports/"); *p; p++)
			if (*p == '/')
				*p = '-';
		g->out = name;
	}
}

/* What every `bis run` is given: those options of grade_handed from `begin`
 * to before `end`. */
static const char *const *run_arguments(struct grading *g, size_t begin,
					size_t end)
{
	struct argument_words words = { VEC_INIT };

	for (size_t i = begin; i < end; i++)
		argument_words_add(&words, g->arguments, grade_handed[i],
				   &g->arena);
	return argument_words_end(&words, &g->arena);
}

static const char *clusters_folder(struct grading *g)
{
	return path_join(&g->arena, g->out, "clusters");
}

/* Ours, but for the file of a GitHub step: 200 summaries are none. And many
 * runs make one cluster of PostgreSQL's, where there are many. */
static const char *const *run_environment(struct grading *g)
{
	const char **env;
	size_t count = 0, n = 0;

	while (environ[count])
		count++;
	env = arena_array(&g->arena, count + 2, sizeof(*env));
	for (size_t i = 0; i < count; i++)
		if (strncmp(environ[i], "GITHUB_STEP_SUMMARY=", 20) != 0 &&
		    strncmp(environ[i], KEPT_CLUSTERS "=", 13) != 0)
			env[n++] = environ[i];
	if (g->entries.len > 1)
		env[n++] = arena_printf(&g->arena, KEPT_CLUSTERS "=%s",
					clusters_folder(g));
	return env;
}

/* A whole number of that option; it stays as it is where it isn't given. */
static int read_number(struct grading *g, const char *name, const char *unit,
		       int64_t most, int64_t *ret)
{
	const char *given = argument_value(g->arguments, name);

	if (!given || number_parse_int(given, 1, most, ret))
		return 0;
	return command_usage_error("grade", "--%s takes %s, not `%s`", name,
				   unit, given);
}

static int choose_limits(struct grading *g)
{
	const char *jobs = argument_value(g->arguments, "jobs");
	const char *limit = argument_value(g->arguments, "time-limit");
	struct job_options *o = &g->batch.options;
	int64_t number = 1, mib = 4096, gib = 0;
	int code = 0;

	o->time_limit = 30 * 60 * CLOCK_SEC;
	if (limit && !clock_parse_duration(limit, &o->time_limit))
		return command_usage_error("grade", "--time-limit takes a "
					   "duration with its unit, like 20m, "
					   "not `%s`", limit);
	if (jobs && !strcmp(jobs, "auto"))
		number = (int64_t)batch_jobs_auto((int64_t)1 << 30);
	else
		code = read_number(g, "jobs", "a number or auto", 1024,
				   &number);
	if (!code)
		code = read_number(g, "disk-limit", "MiB", 1 << 30, &mib);
	if (!code)
		code = read_number(g, "max-disk", "GiB", 1 << 20, &gib);
	o->disk_limit = mib << 20;
	g->batch.jobs = (size_t)number;
	g->batch.max_disk = gib << 30;
	return code;
}

static int choose_options(struct grading *g)
{
	const char *shape = argument_value(g->arguments, "gradebook");
	const char *lang = argument_value(g->arguments, "lang");
	struct job_options *o = &g->batch.options;
	int code = choose_limits(g);

	if (code)
		return code;
	if (shape && !gradebook_shape_parse(shape, &g->gradebook))
		return command_usage_error("grade", "--gradebook is plain, "
					   "moodle or canvas, not `%s`", shape);
	g->language = language_of_environment();
	if (lang && !language_parse(lang, &g->language))
		return command_usage_error("grade", "no language `%s`: there "
					   "are en and fr", lang);
	o->bis = program_own(&g->arena);
	o->scenario = g->scenario;
	o->arguments = run_arguments(g, ABOUT_SUBMISSIONS, grade_handed_count);
	o->of_submissions = run_arguments(g, 0, ABOUT_SUBMISSIONS);
	o->env = run_environment(g);
	g->batch.arena = &g->arena;
	return 0;
}

static json_t *new_head(struct grading *g)
{
	unsigned char bytes[16];
	char salt[2 * sizeof(bytes) + 1];
	json_t *arguments = json_array();
	const char *shard = argument_value(g->arguments, "shard");

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		memset(bytes, 0, sizeof(bytes));
	hash_hex(bytes, sizeof(bytes), salt);
	for (const char *const *a = g->batch.options.arguments; *a; a++)
		json_array_append_new(arguments, json_string(*a));
	for (const char *const *a = g->batch.options.of_submissions; *a; a++)
		json_array_append_new(arguments, json_string(*a));
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:s?, s:s}",
			 "event", "batch", "bis", PACKAGE_VERSION,
			 "scenario", g->name, "digest", g->digest,
			 "arguments", arguments, "shard", shard,
			 "salt", salt);
}

/* A folder of another scenario, or of other arguments, is left alone: its
 * results would not be what the reports say they are. */
static int check_head(struct grading *g, const json_t *ours,
		      struct error *err)
{
	const json_t *theirs = g->journal.head;
	static const char *const names[] = { "scenario", "digest", "arguments",
					     "shard" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const json_t *a = json_object_get(theirs, names[i]);
		const json_t *b = json_object_get(ours, names[i]);

		if (json_equal(a, b))
			continue;
		if (i == 0)
			return error_set(err, ERROR_INVALID,
					 "%s holds results of `%s`, not of "
					 "`%s`: give --out another folder",
					 g->out, json_string_value(a),
					 g->name);
		return error_set(err, ERROR_INVALID,
				 "%s holds results of the same scenario with "
				 "%s: give --out another folder, and `bis "
				 "regrade-diff` shows what changed", g->out,
				 i == 1 ? "other contents"
				 : i == 2 ? "other options of `bis run`" : "another --shard");
	}
	return 0;
}

/* Journal and batch in a folder, begun or gone on with. */
static int open_batch(struct grading *g, const char *out,
		      const struct entries *entries,
		      const struct batch_again *again, struct error *err)
{
	json_t *head = new_head(g);
	int rc;

	g->batch.out = out;
	g->batch.journal = &g->journal;
	rc = io_make_folders(path_join(&g->arena, out, "work"), 0755, err);
	if (!rc)
		rc = journal_open(&g->journal, out, &g->arena, err);
	if (!rc && g->journal.head)
		rc = check_head(g, head, err);
	else if (!rc)
		rc = journal_add(&g->journal, json_incref(head), err);
	json_decref(head);
	return rc < 0 ? -1 : batch_init(&g->batch, entries, again, err);
}

/* The template, as a class of one, in OUT/given. */
static int grade_given(struct grading *g, struct batch_watcher *watcher,
		       struct error *err)
{
	const struct batch_again again = { 0 };
	const char *out = path_join(&g->arena, g->out, "given");
	struct result *result = NULL;
	int rc = open_batch(g, out, &g->given_entries, &again, err);

	g->batch.watcher = watcher;
	if (!rc)
		rc = batch_run(&g->batch, err);
	if (!rc && g->batch.students.at[0].state != JOB_GRADED)
		rc = error_set(err, ERROR_UNAVAILABLE, "it could not be "
			       "graded: %s", g->batch.students.at[0].why);
	if (!rc)
		rc = result_file_read(g->batch.students.at[0].folder.result,
				      &g->given_arena, &result, err);
	g->given = result;
	batch_release(&g->batch);
	journal_close(&g->journal);
	g->journal = (struct journal)JOURNAL_INIT;
	g->batch.in_a_row = 0;
	return rc < 0 ? error_context(err, "the template (--given)") : 0;
}

static int check_regrade(struct grading *g, struct batch_again *again)
{
	again->failed = argument_value(g->arguments, "only-failed") != NULL;
	again->ids = argument_values(g->arguments, "regrade",
				     &again->id_count);
	for (size_t i = 0; i < again->id_count; i++)
		if (!entries_find(&g->entries, again->ids[i]))
			return command_usage_error(
				"grade", "--regrade: nobody has the id `%s`",
				again->ids[i]);
	return 0;
}

static void count(const struct class_result *c, size_t *ret_graded,
		  size_t *ret_pending)
{
	*ret_graded = *ret_pending = 0;
	for (size_t i = 0; i < c->students.len; i++) {
		*ret_graded += !c->students.at[i].problem;
		*ret_pending += c->students.at[i].pending > 0;
	}
}

/* Reports of whoever is graded, also where the batch had to stop. */
static int conclude(struct grading *g, int stopped, struct error *why)
{
	const char *salt = json_string_value(
		json_object_get(g->journal.head, "salt"));
	struct class_result *c = NULL;
	struct error err = ERROR_INIT;
	size_t graded = 0, pending = 0;
	int rc = grade_reports(g, salt ? salt : "", &c, &err);

	if (rc == 0) {
		count(c, &graded, &pending);
		printf(language_say(g->language,
				    "%zu of %zu graded, %zu with points that "
				    "wait for a person\n"), graded,
		       c->students.len, pending);
		printf("%s/summary.md\n", g->out);
	}
	bool whole = c && graded == c->students.len;
	class_result_release(c);
	if (stopped < 0) {
		fprintf(stderr, "bis: grade: %s\nThe same command goes on "
			"where this one stopped.\n", why->message);
		if (interrupt_signal())
			return 128 + interrupt_signal();
		return why->kind == ERROR_UNAVAILABLE ? EXIT_NOT_CHECKED
						      : EXIT_INTERNAL;
	}
	if (rc < 0)
		return complain(&err, err.kind == ERROR_INVALID ? EXIT_USAGE
				: EXIT_INTERNAL);
	return whole && !pending ? EXIT_ALL_PASSED : EXIT_NOT_CHECKED;
}

static int check_engine(struct grading *g, const struct batch_again *again)
{
	const char *engine = argument_value(g->arguments, "engine");

	if (!engine || !strcmp(engine, "local"))
		return 0;
	if (strcmp(engine, "slurm") != 0)
		return command_usage_error("grade", "--engine is local or "
					   "slurm, not `%s`", engine);
	if (again->failed || again->id_count ||
	    argument_value(g->arguments, "shard"))
		return command_usage_error(
			"grade", "--engine slurm grades who is missing: "
			"regrade (and --shard) without it");
	g->slurm = true;
	return 0;
}

/* Whoever waits, as numbers from 1. */
static size_t waiting(const struct batch *batch, size_t *tasks)
{
	size_t count = 0;

	for (size_t i = 0; i < batch->students.len; i++)
		if (batch->students.at[i].state == JOB_WAITING)
			tasks[count++] = i + 1;
	return count;
}

/* By arrays, until nobody waits any more, or one brought nobody further. */
static int grade_by_slurm(struct grading *g, const struct batch_again *again,
			  struct error *err)
{
	size_t *tasks = arena_array(&g->arena, g->entries.len, sizeof(*tasks));
	struct slurm_array array = {
		.bis = g->batch.options.bis, .out = g->out,
		.arguments = g->arguments, .tasks = tasks,
		.class_size = g->entries.len,
		.at_once = argument_value(g->arguments, "jobs")
			? g->batch.jobs : 0,
	};
	size_t before = g->entries.len + 1;
	int rc = 0;

	array.task_count = waiting(&g->batch, tasks);
	while (!rc && array.task_count) {
		if (array.task_count >= before)
			return error_set(err, ERROR_UNAVAILABLE,
					 "%zu tasks ended without a result; "
					 "their logs are in %s/shards",
					 array.task_count, g->out);
		before = array.task_count;
		batch_release(&g->batch);
		journal_close(&g->journal);
		g->journal = (struct journal)JOURNAL_INIT;
		rc = slurm_grade(&array, &g->arena, err);
		/* Also after a failure: what there is can be reported. */
		if (open_batch(g, g->out, &g->entries, again,
			       rc ? NULL : err) < 0)
			rc = -1;
		array.task_count = waiting(&g->batch, tasks);
	}
	return rc;
}

static int grade_them(struct grading *g, const struct batch_again *again,
		      struct batch_watcher *watcher, struct error *err)
{
	const char *clusters = clusters_folder(g);
	int rc;

	if (g->slurm)
		return grade_by_slurm(g, again, err);
	/* One that a power cut left may be half on the disk. */
	if (io_remove_tree(clusters, err) < 0 ||
	    io_make_folders(clusters, 0700, err) < 0)
		return -1;
	g->batch.watcher = watcher;
	rc = batch_run(&g->batch, err);
	io_remove_tree(clusters, NULL);
	return rc;
}

static int grade(struct grading *g)
{
	struct batch_again again = { 0 };
	struct error err = ERROR_INIT;
	struct grade_watch *watch;
	int code = check_regrade(g, &again), rc = 0;

	if (!code)
		code = check_engine(g, &again);
	if (code)
		return code;
	interrupt_install();
	watch = grade_watch_new(g->language);
	if (g->given_entries.len)
		rc = grade_given(g, grade_watch_watcher(watch), &err);
	if (!rc)
		rc = open_batch(g, g->out, &g->entries, &again, &err);
	if (rc < 0) {
		grade_watch_free(watch);
		return complain(&err, interrupt_signal()
				? 128 + interrupt_signal()
				: err.kind == ERROR_INVALID ? EXIT_USAGE
				: EXIT_INTERNAL);
	}
	rc = grade_them(g, &again, grade_watch_watcher(watch), &err);
	grade_watch_free(watch);
	return conclude(g, rc, &err);
}

static int grade_main(const struct arguments *arguments)
{
	struct grading g = { .arguments = arguments, .arena = ARENA_INIT,
			     .given_arena = ARENA_INIT,
			     .journal = JOURNAL_INIT };
	int code = load_scenario(&g);

	if (!code)
		code = read_class(&g);
	if (!code) {
		choose_out(&g);
		code = choose_options(&g);
	}
	if (!code)
		code = argument_value(arguments, "plan") ? grade_plan(&g)
							 : grade(&g);
	release(&g);
	return code;
}

const struct command command_grade = {
	.name = "grade",
	.summary = "grade a class",
	.usage = "grade SUBMISSION... --scenario SCENARIO [options]",
	.details =
		"A SUBMISSION is a folder, an archive, a local git repository, "
		"or a CSV file of\nthem: id,path,name,commit and var:NAME "
		"columns. A row without a path is graded\non the scenario's "
		"own stack with its variables. Killed at any moment and "
		"started\nagain with the same --out, it goes on where it was. "
		"Exit codes: 0 everybody was\ngraded and nothing waits for a "
		"person, 4 somebody was not or something does.",
	.options = options,
	.main = grade_main,
};
