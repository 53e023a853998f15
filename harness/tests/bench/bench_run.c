/*
 * How long `bis run streamflow/tp4` takes on the embedded stack, from start
 * to report, and where the time goes: five runs, the least and the middle of
 * each part. The promise: under 5 s; the goal: 2 s.
 */
#include "base/arena.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/path.h"
#include "base/subprocess.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RUNS = 5 };
static const double most_time = 5.0, goal = 2.0;

enum part { PART_UP, PART_GRADED, PART_WORLDS, PART_REPORT, PART_ALL, PARTS };
static const char *const part_names[PARTS] = {
	"stack up", "graded", "worlds", "down, report", "in all",
};

static double timing(const json_t *result, const char *name)
{
	const json_t *timings = json_object_get(result, "timings");
	json_t *entry;
	size_t i;

	json_array_foreach(timings, i, entry)
		if (!strcmp(json_string_value(json_object_get(entry, "name")),
			    name))
			return json_number_value(
				json_object_get(entry, "duration"));
	return 0;
}

static int run(struct arena *arena, const char *out, double took[PARTS],
	       int *ret_trainings, struct error *err)
{
	const char *build = getenv("BIS_BUILDDIR");
	const char *argv[] = { path_join(arena, build ? build : ".", "bis"),
			       "run", "streamflow/tp4", "--out", out, NULL };
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;
	struct subprocess_result result;
	int64_t begun = clock_monotonic();

	spec.argv = argv;
	spec.timeout = 300 * CLOCK_SEC;
	const char *source = getenv("BIS_SRCDIR");
	const char *env[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
		"/sbin:/bin", "LC_ALL=C.UTF-8",
		arena_printf(arena, "BIS_SCENARIOS=%s/scenarios",
			     source ? source : "."), NULL,
	};
	spec.env = env;
	if (subprocess_run(&spec, &result, err) < 0)
		return -1;
	took[PART_ALL] = (double)(clock_monotonic() - begun) /
			 (double)CLOCK_SEC;
	int code = result.exit_code;
	subprocess_result_release(&result);
	json_t *root = json_load_file(path_join(arena, out, "result.json"), 0,
				      NULL);
	if (code || !root) {
		json_decref(root);
		return error_set(err, ERROR_INVALID, "the run ended with %d",
				 code);
	}
	took[PART_UP] = timing(root, "stack up");
	took[PART_WORLDS] = timing(root, "worlds");
	took[PART_GRADED] = timing(root, "graded");
	took[PART_REPORT] = took[PART_ALL] - took[PART_UP] -
			    took[PART_WORLDS] - took[PART_GRADED];
	*ret_trainings = (int)json_array_size(json_object_get(root, "runs"));
	json_decref(root);
	return 0;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int report(double took[PARTS][RUNS], int trainings)
{
	printf("bis run streamflow/tp4, %d trainings: start to report\n",
	       trainings);
	for (size_t i = 0; i < PARTS; i++) {
		qsort(took[i], RUNS, sizeof(took[i][0]), by_value);
		printf("  %-14s least %6.2f s   middle %6.2f s\n",
		       part_names[i], took[i][0], took[i][RUNS / 2]);
	}
	bool good = took[PART_ALL][RUNS / 2] < most_time;
	printf("%s: under %.0f s (the goal: %.0f s)\n",
	       good ? "holds" : "DOES NOT HOLD", most_time, goal);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(void)
{
	char folder[] = "/tmp/bis-bench-XXXXXX";
	struct arena arena = ARENA_INIT;
	struct error err = ERROR_INIT;
	double took[PARTS][RUNS];
	int trainings = 0, rc = 0;

	if (!mkdtemp(folder))
		return EXIT_FAILURE;
	for (int i = 0; i < RUNS && rc == 0; i++) {
		double parts[PARTS];
		rc = run(&arena, arena_printf(&arena, "%s/%d", folder, i),
			 parts, &trainings, &err);
		for (size_t j = 0; j < PARTS && rc == 0; j++)
			took[j][i] = parts[j];
	}
	io_remove_tree(folder, NULL);
	if (rc < 0)
		fprintf(stderr, "bench_run: %s\n", err.message);
	int code = rc < 0 ? EXIT_FAILURE : report(took, trainings);
	arena_release(&arena);
	return code;
}
