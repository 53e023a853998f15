/*
 * The forest's speed beside scikit-learn's: `make bench`, with an interpreter
 * that has scikit-learn 1.7.2 in $BIS_SKLEARN_PYTHON. Started without
 * arguments it runs bench_forest.py, which fits and asks its worker (this
 * program with a case as its argument) to fit in turn. Says so and leaves
 * where there is no such interpreter.
 *
 * The worker makes the rows of its case, says "ready", and answers a line
 * ("fit THREADS", "proba THREADS", "peak", "depth") with a line: seconds by the
 * clock and on the processors, or a multiple of the input's bytes, or how many
 * splits a training row goes through.
 */
#include "base/alloc.h"
#include "model/packed_tree.h"
#include "tests/model/made.h"
#include "tests/test.h"

#include <malloc.h>
#include <time.h>
#include <unistd.h>

static double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Seconds by the clock and, of all threads, on a processor, which other
 * programs on the machine change less. */
struct elapsed {
	double wall, cpu;
};

static struct elapsed now(void)
{
	return (struct elapsed){seconds(CLOCK_MONOTONIC),
				seconds(CLOCK_PROCESS_CPUTIME_ID)};
}

static struct elapsed since(struct elapsed started)
{
	struct elapsed t = now();

	return (struct elapsed){t.wall - started.wall, t.cpu - started.cpu};
}

struct worker {
	struct made made;
	struct forest_params params;
	struct forest forest;
	float *columns; /* the training rows, by columns */
	double *proba;
	double program; /* bytes of memory that it takes without data */
};

static void complain_and_exit(const struct error *err)
{
	fprintf(stderr, "bench_forest: %s\n", err->message);
	exit(1);
}

static struct elapsed fit(struct worker *w, const struct matrix *x,
			  unsigned int threads)
{
	struct error err = ERROR_INIT;
	struct elapsed started;

	forest_release(&w->forest);
	started = now();
	if (forest_fit(&w->forest, x, w->made.train.y, w->made.n_classes,
		       &w->params, threads, &err) < 0)
		complain_and_exit(&err);
	return since(started);
}

static struct elapsed predict(struct worker *w, unsigned int threads)
{
	const struct made_rows *rows = &w->made.test;
	struct matrix x = matrix_by_rows(rows->x, rows->n, rows->n_features);
	struct error err = ERROR_INIT;
	struct elapsed started = now();

	if (forest_predict_proba(&w->forest, &x, threads, w->proba, &err) < 0)
		complain_and_exit(&err);
	return since(started);
}

/* "VmRSS:", or "VmHWM:", which clear_refs sets back to what is in use. */
static double memory(const char *which)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];
	double kib = 0;

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, which, 6))
			kib = strtod(line + 6, NULL);
	if (file)
		fclose(file);
	return kib * 1024;
}

static void forget_peak(void)
{
	FILE *file = fopen("/proc/self/clear_refs", "we");

	if (file) {
		fputs("5", file);
		fclose(file);
	}
}

static double forest_bytes(const struct forest *forest)
{
	double nodes = 0;

	for (size_t t = 0; t < forest->n_trees; t++)
		nodes += (double)forest->trees[t].node_count;
	return nodes * (double)(sizeof(struct tree_node) +
				sizeof(struct packed_node) +
				forest->n_classes * sizeof(double));
}

/* The peak of a fit to columns, the input counted, less the finished forest
 * and the program itself, as a multiple of the input. The rows are gone by
 * then. */
static double measure_peak(struct worker *w)
{
	struct made_rows *rows = &w->made.train;
	struct matrix by_rows =
		matrix_by_rows(rows->x, rows->n, rows->n_features);
	struct matrix x;

	forest_release(&w->forest);
	w->columns = xcalloc(rows->n * rows->n_features, sizeof(float));
	for (size_t i = 0; i < rows->n; i++)
		for (size_t f = 0; f < rows->n_features; f++)
			w->columns[f * rows->n + i] = matrix_at(&by_rows, i, f);
	free(rows->x);
	free(w->made.test.x);
	free(w->made.test.y);
	free(w->proba);
	rows->x = w->made.test.x = NULL;
	w->made.test.y = NULL;
	w->proba = NULL;
	x = matrix_by_columns(w->columns, rows->n, rows->n_features);
	malloc_trim(0);
	forget_peak();
	fit(w, &x, 1);
	return (memory("VmHWM:") - w->program - forest_bytes(&w->forest)) /
	       (double)(rows->n * rows->n_features * sizeof(float));
}

/* The mean of the last fit's trees: the least that a fit has to do for a row,
 * whichever way it finds its splits. */
static double measure_depth(const struct forest *forest)
{
	double depth = 0;

	for (size_t t = 0; t < forest->n_trees; t++) {
		const struct tree *tree = &forest->trees[t];
		double rows = 0;
		for (size_t i = 0; i < tree->node_count; i++)
			if (tree->nodes[i].left_child >= 0)
				rows += (double)tree->nodes[i].n_node_samples;
		depth += rows / (double)tree->nodes[0].n_node_samples;
	}
	return depth / (double)forest->n_trees;
}

static void answer(struct worker *w, const char *line)
{
	const struct made_rows *rows = &w->made.train;
	struct matrix x = matrix_by_rows(rows->x, rows->n, rows->n_features);
	struct elapsed elapsed = {0};
	unsigned int threads = 0;

	if (sscanf(line, "fit %u", &threads) == 1)
		elapsed = fit(w, &x, threads);
	else if (sscanf(line, "proba %u", &threads) == 1)
		elapsed = predict(w, threads);
	else if (!strncmp(line, "depth", 5))
		elapsed.wall = measure_depth(&w->forest);
	else
		elapsed.wall = measure_peak(w);
	printf("%.9f %.9f\n", elapsed.wall, elapsed.cpu);
	fflush(stdout);
}

static int work(const char *json)
{
	json_error_t problem;
	json_t *one = json_loads(json, 0, &problem);
	struct worker w = {0};
	char line[64];

	if (!one) {
		fprintf(stderr, "bench_forest: %s\n", problem.text);
		return 1;
	}
	w.program = memory("VmRSS:");
	made_make(&w.made, json_object_get(one, "data"));
	w.params = made_params(one);
	w.proba = xcalloc(w.made.test.n * w.made.n_classes, sizeof(double));
	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin))
		answer(&w, line);
	forest_release(&w.forest);
	made_release(&w.made);
	free(w.columns);
	free(w.proba);
	json_decref(one);
	return 0;
}

int main(int argc, char **argv)
{
	const char *python = getenv("BIS_SKLEARN_PYTHON");
	char script[4096];

	if (argc > 1)
		return work(argv[1]);
	if (!python || !*python) {
		puts("bench_forest: SKIP: $BIS_SKLEARN_PYTHON names no "
		     "interpreter with scikit-learn 1.7.2");
		return 0;
	}
	/* So that scikit-learn's own libraries choose for this machine. */
	unsetenv("OPENBLAS_CORETYPE");
	unsetenv("OPENBLAS_L2_SIZE");
	snprintf(script, sizeof(script),
		 "%s/harness/tests/model/bench_forest.py", tests_srcdir());
	fflush(stdout);
	execlp(python, python, script, argv[0], (char *)NULL);
	perror(python);
	return 1;
}
