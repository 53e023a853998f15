/*
 * Grading the grader: every fault of the embedded stack is run under
 * streamflow/tp4-strict, and must come to exactly what the kill table says;
 * and once more under random names, with tables, metrics and services
 * renamed. A line a fault, and "N of N mutants killed".
 *
 *	MUTANTS=all       every row, not only those marked `+`
 *	FAULT=NAME        this row
 *	RENAMED=only|no   the runs under other names alone, or none of them
 *	JOBS=N            so many at once
 *	KILL_TABLE=FILE   writes doc/kill-table.md of what was found (of the
 *			  renamed runs where they alone were asked for)
 *	KILL_ROWS=FILE    writes the rows as they were found, to be read
 *			  before they become the table
 */
#include "tests/test.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/path.h"
#include "base/subprocess.h"
#include "tests/whole/kill_table.h"
#include "tests/whole/renamed.h"

#include <dirent.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of those marked, so many once more under other names: `make check`. */
enum { RENAMED_ALWAYS = 2 };

static struct arena arena;
static const char *work; /* the folder of this test's runs */

static const char *env_or(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && *value ? value : otherwise;
}

enum { ARGV_MAX = 32 };

/* `--var`s of a row's note: "with label_horizon=next-month months=3". */
static void add_vars(const char **argv, size_t *argc, const char *note)
{
	char *copy = arena_strdup(&arena, note), *save = NULL;
	const char *word = strtok_r(copy, " ", &save);

	if (!word || strcmp(word, "with"))
		return;
	while ((word = strtok_r(NULL, " ", &save)) && *argc + 3 < ARGV_MAX) {
		argv[(*argc)++] = "--var";
		argv[(*argc)++] = word;
	}
}

/* One run, in the table's own columns. *ret_why: what it said. */
static bool run_fault(const struct kill_row *row, bool renamed,
		      struct kill_row *ret, const char **ret_why)
{
	const char *fault = row->fields[KILL_NAME];
	const char *out = arena_printf(&arena, "%s/%s%s", work, fault,
				       renamed ? "-renamed" : "");
	struct renamed other = {
		arena_printf(&arena, "%s/scenarios", tests_srcdir()),
		"/usr/local/bin", fault, "rename=",
	};
	if (renamed)
		renamed_make(&arena, arena_printf(&arena, "%s.names", out),
			     fault, &other);
	const char *argv[ARGV_MAX] = {
		arena_printf(&arena, "%s/bis", tests_builddir()), "run",
		"streamflow/tp4-strict", "--var",
		arena_printf(&arena, "fault=%s", other.fault), "--var",
		other.vars, "--out", out,
	};
	size_t argc = 9;

	add_vars(argv, &argc, row->note);
	const char *env[] = {
		arena_printf(&arena, "PATH=%s:/usr/local/sbin:/usr/local/bin:"
			     "/usr/sbin:/usr/bin:/sbin:/bin", other.path),
		"LC_ALL=C.UTF-8", "ASAN_OPTIONS=detect_leaks=0",
		arena_printf(&arena, "BIS_SCENARIOS=%s", other.scenarios),
		NULL,
	};
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;
	struct subprocess_result result;
	struct error err = ERROR_INIT;
	const char *pending;
	int64_t start = clock_monotonic();
	char how[64];

	spec.argv = argv;
	spec.env = env;
	spec.timeout = 600 * CLOCK_SEC;
	if (subprocess_run(&spec, &result, &err) < 0) {
		*ret_why = arena_strdup(&arena, err.message);
		return false;
	}
	*ret = (struct kill_row){ .note = "" };
	ret->fields[KILL_NAME] = fault;
	ret->fields[KILL_EXIT] = result.signal
		? subprocess_describe(0, result.signal, how)
		: arena_printf(&arena, "%d", result.exit_code);
	*ret_why = arena_strdup(&arena, result.err.buf);
	subprocess_result_release(&result);
	ret->seconds = (double)(clock_monotonic() - start) / (double)CLOCK_SEC;
	int rc = kill_row_of(&arena, arena_printf(&arena, "%s/result.json",
						  out), ret, &pending);
	io_remove_tree(out, NULL);
	if (rc < 0)
		return false;
	if (strcmp(pending, "-"))
		printf("%-26s pending: %s\n", fault, pending);
	return true;
}

static bool run_row(const struct kill_row *want, bool renamed,
		    struct kill_row *got)
{
	const char *name = want->fields[KILL_NAME], *why = "";
	const char *how = renamed ? " renamed" : "";
	bool same = true;

	if (!run_fault(want, renamed, got, &why)) {
		printf("%-26s ALIVE%s: %s\n", name, how, why);
		return false;
	}
	for (int i = KILL_EXIT; i < KILL_FIELDS; i++) {
		if (!strcmp(want->fields[i], got->fields[i]))
			continue;
		printf("%-26s ALIVE%s: %s is %s, expected %s\n", name, how,
		       kill_field_names[i], got->fields[i], want->fields[i]);
		same = false;
	}
	if (same)
		printf("%-26s%s exit %s, failed: %s, cause: %s (%.0f s)\n",
		       name, how, got->fields[KILL_EXIT],
		       got->fields[KILL_FAILED], got->fields[KILL_CAUSE],
		       got->seconds);
	else
		printf("%s\n", why);
	return same;
}

/* --- several at once: each worker takes every n-th, and leaves its rows in a
 * file */

static const char *part_path(int worker)
{
	return arena_printf(&arena, "%s/part-%d", work, worker);
}

static void worker(const struct kill_table *rows, bool renamed, int number,
		   int jobs)
{
	FILE *part = fopen(part_path(number), "w");

	for (size_t i = (size_t)number; i < rows->rows.len; i += (size_t)jobs) {
		struct kill_row got = { .note = "" };
		bool same = run_row(&rows->rows.at[i], renamed, &got);
		fflush(stdout);
		if (!part || !got.fields[KILL_CAUSE])
			continue;
		for (int f = 0; f < KILL_FIELDS; f++)
			fprintf(part, "%s ", got.fields[f]);
		fprintf(part, "# %d %.3f\n", same, got.seconds);
		fflush(part);
	}
	if (part)
		fclose(part);
}

/* Gives how many were as expected; *ret: what was found. */
static int run_all(const struct kill_table *rows, bool renamed,
		   struct kill_table *ret)
{
	int jobs = atoi(env_or("JOBS", "1")), same = 0;

	jobs = jobs < 1 ? 1 : jobs;
	fflush(stdout);
	for (int i = 0; i < jobs; i++) {
		pid_t pid = fork();
		ck_assert_int_ge(pid, 0);
		if (pid)
			continue;
		worker(rows, renamed, i, jobs);
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	*ret = (struct kill_table){ VEC_INIT };
	for (int i = 0; i < jobs; i++) {
		struct kill_table part;
		kill_table_read(&arena, part_path(i), &part);
		for (size_t k = 0; k < part.rows.len; k++) {
			struct kill_row *row = vec_push(&ret->rows);
			*row = part.rows.at[k];
			row->seconds = strtod(row->note + 1, NULL);
			same += *row->note == '1';
		}
		kill_table_release(&part);
	}
	return same;
}

/* --- what is run, and what is written of it */

static void select_rows(const struct kill_table *table,
			struct kill_table *ret)
{
	const char *one = getenv("FAULT");
	bool all = !strcmp(env_or("MUTANTS", ""), "all");

	*ret = (struct kill_table){ VEC_INIT };
	for (size_t i = 0; i < table->rows.len; i++) {
		const struct kill_row *row = &table->rows.at[i];
		if (one ? !strcmp(row->fields[KILL_NAME], one)
			: all || row->always)
			*vec_push(&ret->rows) = *row;
	}
}

static int cmp_rows(const void *a, const void *b)
{
	const struct kill_row *x = a, *y = b;

	return strcmp(x->fields[KILL_NAME], y->fields[KILL_NAME]);
}

static void write_rows(const char *path, const struct kill_table *found)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	for (size_t i = 0; i < found->rows.len; i++) {
		const char *const *f = found->rows.at[i].fields;
		fprintf(file, "%-26s %-5s %-22s %-22s %s\n", f[KILL_NAME],
			f[KILL_EXIT], f[KILL_FAILED], f[KILL_BLOCKED],
			f[KILL_CAUSE]);
	}
	fclose(file);
}

static void write_found(struct kill_table *found,
			const struct kill_table *table)
{
	const char *page = getenv("KILL_TABLE"), *rows = getenv("KILL_ROWS");
	struct fault_list faults;

	if (found->rows.len)
		qsort(found->rows.at, found->rows.len, sizeof(*found->rows.at),
		      cmp_rows);
	if (rows)
		write_rows(rows, found);
	if (!page)
		return;
	fault_list_read(&arena, &faults);
	ck_assert_int_eq(kill_table_write(page, found, table, &faults), 0);
	vec_release(&faults.at);
}

static void read_table(struct kill_table *ret)
{
	kill_table_read(&arena, arena_printf(&arena, "%s/fixtures/streamflow/"
					     "kill-table.txt", tests_srcdir()),
			ret);
}

static bool is_no_cause(const char *word)
{
	for (size_t i = 0; word && i < kill_no_cause_count; i++)
		if (!strcmp(kill_no_causes[i].word, word))
			return true;
	return false;
}

START_TEST(the_table_holds_every_fault_and_says_why_one_is_not_caught)
{
	struct kill_table table;
	struct fault_list faults;
	size_t listed = 0;

	read_table(&table);
	fault_list_read(&arena, &faults);
	for (size_t i = 0; i < table.rows.len; i++) {
		const struct kill_row *row = &table.rows.at[i];
		const char *name = row->fields[KILL_NAME];
		const struct fault_line *fault =
			fault_list_find(&faults, name);
		bool caught = strcmp(row->fields[KILL_FAILED], "-") != 0;
		if (!strcmp(name, "none"))
			continue;
		listed++;
		ck_assert_msg(fault != NULL, "no fault %s", name);
		ck_assert_msg(fault->correct
			      ? !strcmp(row->fields[KILL_EXIT], "0")
			      : caught || *row->note,
			      "%s: neither caught nor said why not", name);
		ck_assert_msg(fault->correct ||
			      strcmp(row->fields[KILL_CAUSE], "-") != 0 ||
			      is_no_cause(row->no_cause),
			      "%s: neither a cause nor why there is none",
			      name);
	}
	ck_assert_uint_eq(listed, faults.at.len);
	kill_table_release(&table);
	vec_release(&faults.at);
}
END_TEST

/* As a whole word: `no-predict` is not in `no-predictions`. */
static bool has_word(const char *text, const char *word)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";
	size_t len = strlen(word);

	for (const char *p = text; (p = strstr(p, word)); p++)
		if ((p == text || !strchr(letters, p[-1])) &&
		    (!p[len] || !strchr(letters, p[len])))
			return true;
	return false;
}

static void assert_no_name(const char *path, const struct fault_list *faults)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);

	ck_assert_int_eq(io_read_file(path, &text, NULL), 0);
	for (size_t i = 0; i < faults->at.len; i++) {
		const char *name = faults->at.at[i].name;
		ck_assert_msg(!has_word(text.buf, name),
			      "%s knows of the fault %s", path, name);
	}
	strbuf_release(&text);
}

/* Every source of the program, its tests left out. */
static size_t search_folder(const char *path, const struct fault_list *faults)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	size_t count = 0;

	ck_assert_msg(dir != NULL, "%s", path);
	while ((entry = readdir(dir))) {
		const char *below = path_join(&arena, path, entry->d_name);
		const char *dot = strrchr(entry->d_name, '.');
		if (*entry->d_name == '.' || !strcmp(entry->d_name, "tests") ||
		    !strcmp(entry->d_name, "fuzz"))
			continue;
		if (!dot) {
			count += search_folder(below, faults);
		} else if (!strcmp(dot, ".c") || !strcmp(dot, ".h")) {
			assert_no_name(below, faults);
			count++;
		}
	}
	closedir(dir);
	return count;
}

START_TEST(the_harness_knows_no_fault_by_its_name)
{
	struct fault_list faults;

	fault_list_read(&arena, &faults);
	ck_assert_uint_ge(faults.at.len, 70);
	ck_assert_uint_gt(search_folder(arena_printf(&arena, "%s/harness",
						     tests_srcdir()), &faults),
			  100);
	vec_release(&faults.at);
}
END_TEST

START_TEST(every_fault_comes_to_what_the_table_says)
{
	struct kill_table table, rows, found;

	if (!strcmp(env_or("RENAMED", ""), "only"))
		return;
	read_table(&table);
	select_rows(&table, &rows);
	ck_assert_uint_gt(rows.rows.len, 0);
	int same = run_all(&rows, false, &found);
	write_found(&found, &table);
	printf("%d of %zu came to what the table says\n", same, rows.rows.len);
	ck_assert_uint_eq((size_t)same, rows.rows.len);
	kill_table_release(&table);
	kill_table_release(&rows);
	kill_table_release(&found);
}
END_TEST

START_TEST(under_other_names_every_fault_comes_to_the_same)
{
	struct kill_table table, rows, found;
	bool all = !strcmp(env_or("MUTANTS", ""), "all") || getenv("FAULT");

	if (!strcmp(env_or("RENAMED", ""), "no"))
		return;
	read_table(&table);
	select_rows(&table, &rows);
	/* The correct program comes first in the table, and says less. */
	if (!all && rows.rows.len > RENAMED_ALWAYS + 1) {
		for (size_t i = 0; i < RENAMED_ALWAYS; i++)
			rows.rows.at[i] = rows.rows.at[i + 1];
		rows.rows.len = RENAMED_ALWAYS;
	}
	int same = run_all(&rows, true, &found);
	if (!strcmp(env_or("RENAMED", ""), "only"))
		write_found(&found, &table);
	printf("%d of %zu came to the same under other names\n", same,
	       rows.rows.len);
	ck_assert_uint_eq((size_t)same, rows.rows.len);
	kill_table_release(&table);
	kill_table_release(&rows);
	kill_table_release(&found);
}
END_TEST

static void begin(void)
{
	work = arena_printf(&arena, "%s/mutants-%d", tests_builddir(),
			    (int)getpid());
	ck_assert_int_eq(io_make_folders(work, 0755, NULL), 0);
}

static void end(void)
{
	io_remove_tree(work, NULL);
	arena_release(&arena);
}

int main(void)
{
	tests_need("postgres", access("/usr/bin/pg_config", X_OK) == 0 ||
		   access("/usr/lib/postgresql", X_OK) == 0,
		   "the embedded stack runs on it");
	Suite *suite = suite_create("whole/mutants");
	TCase *tcase = tcase_create("mutants");
	tcase_set_timeout(tcase, 7200);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase,
		       the_table_holds_every_fault_and_says_why_one_is_not_caught);
	tcase_add_test(tcase, the_harness_knows_no_fault_by_its_name);
	tcase_add_test(tcase, every_fault_comes_to_what_the_table_says);
	tcase_add_test(tcase, under_other_names_every_fault_comes_to_the_same);
	suite_add_tcase(suite, tcase);
	return tests_run(suite);
}
