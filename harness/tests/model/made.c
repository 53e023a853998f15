#include "tests/model/made.h"
#include "base/alloc.h"
#include "model/random_state.h"
#include "tests/test.h"

#include <math.h>

/* Not ck_assert(): programs use this too that are no tests. */
static void need(bool holds, const char *what, const char *why)
{
	if (holds)
		return;
	fprintf(stderr, "%s: %s\n", what, why);
	abort();
}

static void fill_samples(struct random_state *rs, double *ret, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ret[i] = random_state_sample(rs);
}

double *made_uniform(uint32_t seed, size_t n)
{
	double *ret = xcalloc(n, sizeof(*ret));
	struct random_state rs;

	random_state_seed(&rs, seed);
	fill_samples(&rs, ret, n);
	return ret;
}

static double zero_of_either_sign(double u)
{
	if (u < 0.4)
		return -0.0;
	return u < 0.8 ? 0.0 : 1.0;
}

static double value_of(const char *kind, double u, double before)
{
	if (!strcmp(kind, "uniform"))
		return u;
	if (!strcmp(kind, "levels"))
		return floor(u * 12) / 8;
	if (!strcmp(kind, "constant"))
		return 3.25;
	if (!strcmp(kind, "copy"))
		return before;
	if (!strcmp(kind, "tiny"))
		return u * 1e-7;
	if (!strcmp(kind, "huge"))
		return (u - 0.5) * 2e37;
	if (!strcmp(kind, "bool"))
		return u < 0.3 ? 1 : 0;
	need(!strcmp(kind, "zeros"), kind, "no such kind of column");
	return zero_of_either_sign(u);
}

/* Column j: into x with its holes, into before[] without; its uniform numbers
 * into u[]. */
static void make_column(struct made_rows *rows, const json_t *data, size_t j,
			uint32_t seed, double *before, double *u)
{
	const char *kind = json_string_value(
		json_array_get(json_object_get(data, "kinds"), j));
	double missing = json_number_value(
		json_array_get(json_object_get(data, "missing"), j));
	struct random_state rs;

	random_state_seed(&rs, seed + (uint32_t)j);
	fill_samples(&rs, u, rows->n);
	for (size_t i = 0; i < rows->n; i++) {
		before[i] = value_of(kind, u[i], j ? before[i] : u[i]);
		rows->x[i * rows->n_features + j] = (float)before[i];
	}
	for (size_t i = 0; missing > 0 && i < rows->n; i++)
		if (random_state_sample(&rs) < missing)
			rows->x[i * rows->n_features + j] = NAN;
}

static void make_rows(struct made_rows *rows, const json_t *data, size_t n,
		      uint32_t seed)
{
	double k = json_number_value(json_object_get(data, "k"));
	double noise = json_number_value(json_object_get(data, "noise"));
	double *latent = made_uniform(seed, n);
	double *before = xcalloc(n, sizeof(*before));
	double *u = xcalloc(n, sizeof(*u));
	struct random_state rs;

	rows->n = n;
	rows->n_features = json_array_size(json_object_get(data, "kinds"));
	rows->x = xcalloc(n * rows->n_features, sizeof(*rows->x));
	rows->y = xcalloc(n, sizeof(*rows->y));
	for (size_t j = 0; j < rows->n_features; j++)
		make_column(rows, data, j, seed, before, u);
	random_state_seed(&rs, seed + 1000);
	fill_samples(&rs, before, n);
	fill_samples(&rs, u, n);
	for (size_t i = 0; i < n; i++)
		rows->y[i] = (uint32_t)floor(
			(u[i] < noise ? before[i] : latent[i]) * k);
	free(latent);
	free(before);
	free(u);
}

/* Numbers the classes of the training rows in order; others become 0. */
static void number_classes(struct made *made)
{
	uint32_t number[16] = {0};
	bool present[16] = {false};

	for (size_t i = 0; i < made->train.n; i++)
		present[made->train.y[i]] = true;
	for (size_t c = 0; c < 16; c++)
		if (present[c])
			number[c] = (uint32_t)made->n_classes++;
	for (size_t i = 0; i < made->train.n; i++)
		made->train.y[i] = number[made->train.y[i]];
	for (size_t i = 0; i < made->test.n; i++)
		made->test.y[i] = number[made->test.y[i]];
}

void made_make(struct made *ret, const json_t *data)
{
	uint32_t seed =
		(uint32_t)json_integer_value(json_object_get(data, "seed"));
	size_t n = (size_t)json_integer_value(json_object_get(data, "n"));
	size_t n_test =
		(size_t)json_integer_value(json_object_get(data, "n_test"));

	*ret = (struct made){0};
	make_rows(&ret->train, data, n, seed);
	make_rows(&ret->test, data, n_test, seed + 5000);
	number_classes(ret);
}

void made_release(struct made *made)
{
	free(made->train.x);
	free(made->train.y);
	free(made->test.x);
	free(made->test.y);
}

size_t made_each_case(const char *path, void (*fn)(const json_t *, size_t))
{
	char full[4096];
	char *line = NULL;
	size_t room = 0, number = 0;
	FILE *file;

	snprintf(full, sizeof(full), "%s/fixtures/%s", tests_srcdir(), path);
	file = fopen(full, "re");
	need(file != NULL, full, "can't be read");
	while (getline(&line, &room, file) > 0) {
		json_error_t problem;
		json_t *one = json_loads(line, 0, &problem);

		need(one != NULL, full, problem.text);
		fn(one, ++number);
		json_decref(one);
	}
	free(line);
	fclose(file);
	return number;
}

struct forest_params made_params(const json_t *one)
{
	char *json = json_dumps(json_object_get(one, "params"), 0);
	struct forest_params params;
	struct error err = ERROR_INIT;

	need(!forest_params_parse(&params, json, strlen(json), &err), json,
	     err.message);
	free(json);
	return params;
}
