/*
 * bis diff of two forests of 300 trees, about 50 and 60 MB, against what a
 * byte-wise tool makes of them (diffoscope, where it is installed), side by
 * side in the same run. The promise: under 0.15 s and 20 MB of memory of its
 * own (what is mapped is the files'), 150 times faster.
 *
 * The two are fitted here, to the same rows with other labels: what a later
 * month does to a baseline.
 */
#include "base/alloc.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/number.h"
#include "base/path.h"
#include "base/subprocess.h"
#include "model/sklearn_pickle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROWS = 5282, FEATURES = 15, RUNS = 7, OUTPUT_LINES = 60,
       MEMORY = 20 << 20 };

static const int64_t most_time = 150 * CLOCK_MSEC;
static const double least_ratio = 150;

static int fail(const struct error *err)
{
	fprintf(stderr, "bench_diff: %s\n", err->message);
	return EXIT_FAILURE;
}

/* xorshift64*: the rows are the same in every run. */
static double draw(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (double)(*state * UINT64_C(2685821657736338717) >> 11) /
	       9007199254740992.0;
}

/* A few features tell something about the label, noise says the rest. */
static void make_data(float *x, uint32_t *y, double noise)
{
	uint64_t state = 42;

	for (size_t i = 0; i < ROWS; i++) {
		float *row = x + i * FEATURES;
		for (size_t k = 0; k < FEATURES; k++) {
			double value = draw(&state);
			row[k] = k < 5 ? (float)(value > 0.5)
				: k < 9 ? (float)(int)(value * 70)
				: (float)(value * 100);
		}
		double churn = 0.2 + 0.3 * (double)row[0] -
			       (double)row[5] / 300;
		bool label = draw(&state) < churn;
		bool flip = draw(&state) < noise;
		y[i] = label != flip;
	}
}

static int write_model(const char *path, double noise, struct error *err)
{
	static const char params[] =
		"{\"n_estimators\": 300, \"n_jobs\": -1, \"random_state\": 42, "
		"\"class_weight\": \"balanced\", \"max_features\": \"sqrt\"}";
	static const int64_t names[] = { 0, 1 };
	const struct labels labels = { LABELS_INT, names, NULL, 2 };
	float *x = xreallocarray(NULL, ROWS * FEATURES, sizeof(*x));
	uint32_t *y = xreallocarray(NULL, ROWS, sizeof(*y));
	struct matrix matrix = matrix_by_rows(x, ROWS, FEATURES);
	struct forest_params p;
	struct forest forest;
	FILE *file = fopen(path, "w");
	struct byte_sink sink = byte_sink_file(file);
	int result = file ? 0 : error_set(err, ERROR_UNAVAILABLE, "%s", path);

	make_data(x, y, noise);
	if (!result)
		result = forest_params_parse(&p, params, sizeof(params) - 1,
					     err);
	if (!result)
		result = forest_fit(&forest, &matrix, y, 2, &p, 0, err);
	if (!result) {
		result = sklearn_pickle_classifier(&forest, &labels, &sink,
						   err);
		forest_release(&forest);
	}
	if (file && fclose(file) && !result)
		result = error_set(err, ERROR_UNAVAILABLE, "%s", path);
	free(x);
	free(y);
	return result;
}

static int by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	while ((text = strchr(text, '\n'))) {
		n++;
		text++;
	}
	return n;
}

/* The median of several runs, in a process whose data may not grow past the
 * cap; the first run, which warms the cache, is not counted. */
static int time_bis(const char *bis, const char *left, const char *right,
		    int64_t *ret_median, size_t *ret_lines, struct error *err)
{
	char cap[40];
	int64_t times[RUNS];
	snprintf(cap, sizeof(cap), "--data=%d", MEMORY);
	const char *const argv[] = { "prlimit", cap, bis, "diff", left, right,
				     NULL };
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;

	spec.argv = argv;
	for (int i = -1; i < RUNS; i++) {
		struct subprocess_result r;
		if (subprocess_run(&spec, &r, err) < 0)
			return -1;
		if (r.exit_code != 1) /* they differ: 1 */
			error_set(err, ERROR_INTERNAL, "bis diff: exit %d: %s",
				  r.exit_code, r.err.buf);
		bool good = r.exit_code == 1;
		if (i >= 0)
			times[i] = r.duration;
		*ret_lines = count_lines(r.out.buf);
		subprocess_result_release(&r);
		if (!good)
			return -1;
	}
	qsort(times, RUNS, sizeof(times[0]), by_time);
	*ret_median = times[RUNS / 2];
	return 0;
}

/* How long diffoscope takes, and how much it writes; false where there is
 * none. */
static bool time_diffoscope(const char *folder, const char *left,
			    const char *right, int64_t *ret, int64_t *ret_size)
{
	struct arena arena = ARENA_INIT;
	char *text = path_join(&arena, folder, "diffoscope.txt");
	const char *const argv[] = { "diffoscope", "--no-progress", "--text",
				     text, left, right, NULL };
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;
	struct subprocess_result r;
	struct stat st = { .st_size = 0 };

	spec.argv = argv;
	spec.timeout = 600 * CLOCK_SEC;
	bool ran = subprocess_run(&spec, &r, NULL) == 0;
	if (ran) {
		*ret = r.duration;
		ran = r.exit_code == 1 && stat(text, &st) == 0;
		*ret_size = st.st_size;
		subprocess_result_release(&r);
	}
	arena_release(&arena);
	return ran;
}

static double seconds(int64_t usec)
{
	return (double)usec / (double)CLOCK_SEC;
}

static int report(const char *folder, const char *left, const char *right,
		  int64_t bis_time, size_t lines)
{
	int64_t other, size;
	bool good = bis_time < most_time && lines < OUTPUT_LINES;

	printf("bis diff      %8.3f s   %zu lines, below %d MB of its own\n",
	       seconds(bis_time), lines, MEMORY >> 20);
	if (time_diffoscope(folder, left, right, &other, &size)) {
		double ratio = (double)other / (double)bis_time;
		printf("diffoscope    %8.3f s   %lld MB of text\n",
		       seconds(other), (long long)(size >> 20));
		printf("              %8.0f times faster\n", ratio);
		good = good && ratio >= least_ratio;
	} else {
		printf("diffoscope    not here: install diffoscope-minimal to "
		       "compare\n");
	}
	printf("%s: under %.2f s, %d lines, %.0f times faster\n",
	       good ? "holds" : "DOES NOT HOLD", seconds(most_time),
	       OUTPUT_LINES, least_ratio);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int bench(const char *folder, struct error *err)
{
	struct arena arena = ARENA_INIT;
	const char *build = getenv("BIS_BUILDDIR");
	char *bis = path_join(&arena, build ? build : ".", "bis");
	char *left = path_join(&arena, folder, "left.pkl");
	char *right = path_join(&arena, folder, "right.pkl");
	struct stat a, b;
	int64_t median;
	size_t lines;
	int result = -1;

	if (write_model(left, 0.05, err) == 0 &&
	    write_model(right, 0.17, err) == 0 && stat(left, &a) == 0 &&
	    stat(right, &b) == 0 &&
	    time_bis(bis, left, right, &median, &lines, err) == 0) {
		printf("two forests of 300 trees, %lld and %lld MB\n",
		       (long long)a.st_size / 1000000,
		       (long long)b.st_size / 1000000);
		result = report(folder, left, right, median, lines);
	}
	arena_release(&arena);
	return result;
}

int main(void)
{
	char folder[] = "/tmp/bis-bench-XXXXXX";
	struct error err = ERROR_INIT;

	if (!mkdtemp(folder))
		return EXIT_FAILURE;
	int result = bench(folder, &err);
	io_remove_tree(folder, NULL);
	return result < 0 ? fail(&err) : result;
}
